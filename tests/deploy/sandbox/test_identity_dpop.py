"""Proofs of possession (RFC 9449) at identity and gateway: what is taken, and each way to be refused."""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import OctKey

from deploy.sandbox.identity.dpop import BadProofError, _opened
from tests.deploy.sandbox.test_identity import verified
from tests.deploy.sandbox.world import ASSERTION_TYPE, CARD_GRANT, PHONE_GRANT, TIMEOUT, World, new_key

LOOSE = jws.JWSRegistry(algorithms=["ES256", "HS256"], strict_check_header=False)


class Holder:
    """Whoever holds a key, and makes proofs by it; a claim or header given as None is left out."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.key = new_key()
        self.nonce: str | None = None
        self.token = ""

    def proof(self, method: str, url: str, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """For one request."""
        full = {
            "jti": str(uuid.uuid4()),
            "htm": method,
            "htu": url,
            "iat": int(self.world.clock()),
            "nonce": self.nonce,
            **claims,
        }
        present = {name: value for name, value in full.items() if value is not None}
        head = {
            "typ": "dpop+jwt",
            "alg": "ES256",
            "jwk": self.key.as_dict(private=False),
            **(header or {}),
        }
        return jwt.encode(
            {name: value for name, value in head.items() if value is not None},
            present,
            self.key,
            registry=LOOSE,
        )

    def ask(self, proof: str, grant: str = CARD_GRANT, **form: str) -> requests.Response:
        """The token endpoint, with this proof."""
        if grant == CARD_GRANT:
            form["assertion"] = self.world.card_assertion("p-wang-xiulan")
        answer = self.world.http.post(
            self.url,
            data={
                "grant_type": grant,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": self.world.assertion(),
                **form,
            },
            headers={"DPoP": proof},
            timeout=TIMEOUT,
        )
        self.nonce = answer.headers["DPoP-Nonce"]
        return answer

    @property
    def url(self) -> str:
        """The token endpoint."""
        return f"{self.world.city.issuer}/token"

    def log_in(self) -> dict[str, Any]:
        """With the nonce that the first answer brings."""
        assert self.ask(self.proof("POST", self.url)).json()["error"] == "use_dpop_nonce"
        answer = self.ask(self.proof("POST", self.url))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        self.token, self.nonce = tokens["access_token"], None
        return tokens

    @property
    def cases(self) -> str:
        """An operation of the gateway."""
        return f"{self.world.city.gateway_url}/cases"

    def ath(self) -> str:
        """Of the token."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.token.encode()).digest()).rstrip(b"=").decode()

    def call(self, proof: str | None = None, scheme: str = "DPoP", token: str = "") -> requests.Response:
        """The gateway, which first says its nonce."""
        headers = {"Authorization": f"{scheme} {token or self.token}"}
        if proof is not None:
            headers["DPoP"] = proof
        answer = self.world.http.get(self.cases, headers=headers, timeout=TIMEOUT)
        self.nonce = answer.headers.get("DPoP-Nonce", self.nonce)
        return answer

    def good(self, **claims: Any) -> str:
        """A proof for the gateway that is right but for these claims."""
        return self.proof("GET", self.cases, **{"ath": self.ath(), **claims})


@pytest.fixture
def holder(world: World) -> Holder:
    """Logged in, and told the gateway's nonce."""
    holder = Holder(world)
    holder.log_in()
    assert challenged(holder.call(holder.good())) == "use_dpop_nonce"
    return holder


def challenged(answer: requests.Response) -> str:
    """The error of a 401."""
    assert answer.status_code == 401, answer.text
    return answer.headers["WWW-Authenticate"].split('error="')[1].split('"')[0]


def test_token_is_bound_to_the_key_of_the_proof(world: World) -> None:
    holder = Holder(world)
    tokens = holder.log_in()
    assert tokens["token_type"] == "DPoP"
    assert verified(world, tokens["access_token"])["cnf"] == {"jkt": holder.key.thumbprint()}


def test_without_a_proof_the_token_is_plain(world: World) -> None:
    tokens = world.visit("p-wang-xiulan")
    assert tokens["token_type"] == "Bearer"
    assert "cnf" not in verified(world, tokens["access_token"])


def test_phone_and_terminal_may_be_bound_too(world: World) -> None:
    holder = Holder(world)
    codes = world.phone_codes()
    world.control("post", "/approve", {"user_code": codes["user_code"], "person": "p-wang-xiulan"})
    for grant, form in (
        (PHONE_GRANT, {"device_code": codes["device_code"]}),
        ("client_credentials", {"scope": "gateway"}),
    ):
        holder.ask(holder.proof("POST", holder.url), grant, **form)
        answer = holder.ask(holder.proof("POST", holder.url), grant, **form)
        assert answer.json()["token_type"] == "DPoP", answer.text


def test_challenge_for_a_nonce_uses_nothing_up(world: World) -> None:
    """The very assertion may come again: it was not looked at."""
    holder = Holder(world)
    form = {
        "grant_type": CARD_GRANT,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": world.assertion(),
        "assertion": world.card_assertion("p-wang-xiulan"),
    }
    for expected in (400, 200):
        answer = world.http.post(
            holder.url, data=form, headers={"DPoP": holder.proof("POST", holder.url)}, timeout=TIMEOUT
        )
        holder.nonce = answer.headers["DPoP-Nonce"]
        assert answer.status_code == expected


def test_bound_token_opens_the_gateway_with_its_proof(holder: Holder) -> None:
    assert holder.call(holder.good()).status_code == 200
    assert holder.call(holder.good(htu=holder.cases + "?a=b#c")).status_code == 200
    assert holder.call(holder.good(htu=holder.cases.replace("https", "HTTPS"))).status_code == 200


def test_each_proof_serves_once(holder: Holder) -> None:
    once = holder.good()
    assert holder.call(once).status_code == 200
    assert challenged(holder.call(once)) == "invalid_dpop_proof"


@pytest.mark.parametrize(
    "claims",
    [
        {"htm": "POST"},
        {"htm": None},
        {"htu": "https://gateway.example/v1/cases"},
        {"htu": None},
        {"htu": 7},
        {"ath": "x"},
        {"ath": None},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 300},
        {"iat": None},
        {"iat": True},
        {"iat": 0},
        {"iat": "now"},
    ],
    ids=str,
)
def test_claim_that_does_not_fit_is_refused(holder: Holder, claims: dict[str, Any]) -> None:
    assert challenged(holder.call(holder.good(**claims))) == "invalid_dpop_proof"


@pytest.mark.parametrize("seconds", [-61, 61])
def test_proof_is_of_this_minute(holder: Holder, seconds: int) -> None:
    now = int(holder.world.clock())
    assert challenged(holder.call(holder.good(iat=now + seconds))) == "invalid_dpop_proof"
    assert holder.call(holder.good(iat=now + seconds // 61 * 59)).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": None},
        {"jwk": None},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
    ],
    ids=str,
)
def test_header_that_does_not_fit_is_refused(holder: Holder, header: dict[str, Any]) -> None:
    proof = holder.proof("GET", holder.cases, header=header, ath=holder.ath())
    assert challenged(holder.call(proof)) == "invalid_dpop_proof"


def test_private_key_in_the_proof_is_refused(holder: Holder) -> None:
    proof = holder.proof("GET", holder.cases, header={"jwk": holder.key.as_dict(private=True)})
    assert challenged(holder.call(proof)) == "invalid_dpop_proof"


def test_shared_secret_is_no_signature(holder: Holder) -> None:
    shared = OctKey.import_key(b"0" * 32)
    header = {"typ": "dpop+jwt", "alg": "HS256", "jwk": shared.as_dict()}
    proof = jwt.encode(header, {"htm": "GET", "htu": holder.cases}, shared, registry=LOOSE)
    assert challenged(holder.call(proof)) == "invalid_dpop_proof"


def test_stolen_token_is_no_use_without_its_key(holder: Holder) -> None:
    assert challenged(holder.call(scheme="Bearer")) == "invalid_token"
    assert challenged(holder.call()) == "invalid_dpop_proof"
    thief = Holder(holder.world)
    thief.token, thief.nonce = holder.token, holder.nonce
    assert challenged(thief.call(thief.good())) == "invalid_token"


def test_plain_token_is_not_taken_as_a_bound_one(holder: Holder) -> None:
    plain = holder.world.as_person("p-wang-xiulan")
    assert challenged(holder.call(holder.good(), token=plain)) == "invalid_token"


def test_nonce_runs_out_and_a_new_one_is_told(holder: Holder) -> None:
    before = holder.nonce
    holder.world.clock.move(300)
    assert holder.call(holder.good()).status_code == 200
    holder.world.clock.move(300)
    assert challenged(holder.call(holder.good())) == "use_dpop_nonce"
    assert holder.nonce != before
    assert holder.call(holder.good()).status_code == 200


def test_nonce_of_identity_is_not_the_gateways(world: World) -> None:
    holder = Holder(world)
    holder.ask(holder.proof("POST", holder.url))
    of_identity = holder.nonce
    holder.nonce = None
    holder.log_in()
    holder.nonce = of_identity
    assert challenged(holder.call(holder.good())) == "use_dpop_nonce"


@given(
    st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: f"{base64.urlsafe_b64encode(raw)!r}.e30.x")
)
def test_what_is_no_proof_is_refused_and_nothing_else(text: str) -> None:
    with pytest.raises(BadProofError):
        _opened(text)


def test_discovery_says_which_signatures_are_taken(world: World) -> None:
    url = f"{world.city.own_issuer}/.well-known/openid-configuration"
    metadata = world.http.get(url, timeout=TIMEOUT).json()
    assert metadata["dpop_signing_alg_values_supported"] == ["ES256"]
