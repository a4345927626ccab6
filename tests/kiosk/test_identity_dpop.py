"""Tokens bound to a key (RFC 9449): what a proof says, and providers that ask for too much of it."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from kiosk.gateway.transport import HttpAnswer
from kiosk.identity.bearer import Token
from kiosk.identity.dpop import Nonces, ProofKey
from kiosk.identity.outcomes import Denied, DeniedReason
from tests.kiosk.identity_world import World, identity_of, reason_of

NOW = 1_795_000_000.7
URL = "https://gateway.example/v1/cases?open=1#top"
LOOSE = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)


def opened(proof: str) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Header and claims, once the key in the header is found to have signed them."""
    header = jws.extract_compact(proof.encode(), registry=LOOSE).headers()
    signed = jws.deserialize_compact(proof, ECKey.import_key(header["jwk"]), registry=LOOSE)
    return header, json.loads(signed.payload or b"")


def key() -> ProofKey:
    return ProofKey(Nonces(), lambda: NOW)


def test_proof_says_what_the_standard_asks_for() -> None:
    token = Token("at-1", key())
    headers = token.headers("GET", URL)
    assert headers["Authorization"] == "DPoP at-1"
    header, claims = opened(headers["DPoP"])
    assert (header["typ"], header["alg"], set(header["jwk"])) == (
        "dpop+jwt",
        "ES256",
        {"kty", "crv", "x", "y"},
    )
    ath = urlsafe_b64encode(hashlib.sha256(b"at-1").digest()).rstrip(b"=").decode()
    del claims["jti"]
    assert claims == {"htm": "GET", "htu": "https://gateway.example/v1/cases", "iat": int(NOW), "ath": ath}


def test_no_two_proofs_are_the_same_and_no_two_logins_share_a_key() -> None:
    one = key()
    proofs = [opened(one.proof("GET", URL)) for _ in range(5)] + [opened(key().proof("GET", URL))]
    assert len({claims["jti"] for _, claims in proofs}) == 6
    assert len({header["jwk"]["x"] for header, _ in proofs}) == 2


def test_plain_token_is_sent_as_it_is() -> None:
    assert Token("at-1").headers("GET", URL) == {"Authorization": "Bearer at-1"}
    Token("at-1").nonce("n-1")


def test_repr_shows_neither_token_nor_key() -> None:
    assert repr(Token("at-1", key())) == "Token(bound=True)"


def test_nonce_is_for_the_server_that_gave_it() -> None:
    nonces = Nonces()
    token = Token("at-1", ProofKey(nonces, lambda: NOW))
    token.headers("GET", URL)
    token.nonce("n-1")
    assert opened(token.headers("POST", "https://GATEWAY.example/v1/other")["DPoP"])[1]["nonce"] == "n-1"
    assert "nonce" not in opened(token.headers("GET", "https://id.example/userinfo")["DPoP"])[1]


@given(st.text(max_size=600))
def test_nonce_is_what_the_standard_calls_one_and_else_passed_over(value: str) -> None:
    nonces = Nonces()
    nonces.take(URL, value)
    allowed = 0 < len(value) <= 500 and all("!" <= letter <= "~" and letter not in '"\\' for letter in value)
    assert nonces.of(URL) == (value if allowed else None)


@pytest.fixture
def world() -> World:
    """A provider that binds tokens."""
    world = World()
    world.provider.discovery["dpop_signing_alg_values_supported"] = ["RS256", "ES256"]
    world.provider.token_members["token_type"] = "DPoP"
    return world


def test_token_is_bound_where_the_provider_says_so(world: World) -> None:
    identity = identity_of(world.card())
    assert identity.token is not None
    assert identity.token.bound
    [proof] = world.provider.dpop
    _, claims = opened(proof)
    assert (claims["htm"], claims["htu"]) == ("POST", "https://id.example/t")
    assert "ath" not in claims


@pytest.mark.parametrize("algs", [None, [], ["RS256", "EdDSA"], "ES256", {"ES256": 1}], ids=str)
def test_token_is_plain_where_the_provider_knows_no_key_of_ours(world: World, algs: object) -> None:
    world.provider.discovery["dpop_signing_alg_values_supported"] = algs
    world.provider.token_members["token_type"] = "Bearer"
    identity = identity_of(world.card())
    assert identity.token is not None
    assert not identity.token.bound
    assert world.provider.dpop == []


def test_bound_token_that_nobody_asked_for_is_refused(world: World) -> None:
    world.provider.discovery["dpop_signing_alg_values_supported"] = None
    assert reason_of(world.card()) is DeniedReason.NOT_VERIFIED


def test_provider_may_answer_a_proof_with_a_plain_token(world: World) -> None:
    world.provider.token_members["token_type"] = "Bearer"
    identity = identity_of(world.card())
    assert identity.token is not None
    assert not identity.token.bound


def test_assertion_is_made_anew_for_the_attempt_with_the_nonce(world: World) -> None:
    world.provider.dpop_nonce = "n-1"
    assert identity_of(world.card()).token is not None
    assert [opened(proof)[1].get("nonce") for proof in world.provider.dpop] == [None, "n-1"]
    assertions = [form["assertion"] for path, form in world.provider.asked if path == "t"]
    assert len(set(assertions)) == 2
    identity_of(world.card())
    assert len(world.provider.dpop) == 3  # the next login knows the nonce


def test_provider_that_is_never_content_with_a_nonce_is_asked_twice(world: World) -> None:
    answer = HttpAnswer(
        400,
        {"content-type": "application/json", "dpop-nonce": "n"},
        b'{"error": "use_dpop_nonce"}',
    )
    world.provider.broken["t"] = answer
    assert world.card() == Denied(DeniedReason.CARD_REFUSED, "use_dpop_nonce")
    assert world.provider.paths().count("t") == 2


def test_userinfo_is_asked_with_a_proof_too(world: World) -> None:
    world.provider.claims = {"acr": "card"}
    world.provider.userinfo = {"sub": "s-1", "name": "张示例", "id_number": "120101199001011239"}
    assert identity_of(world.card()).name == "张示例"
    _, claims = opened(world.provider.dpop[-1])
    assert (claims["htm"], claims["htu"], "ath" in claims) == ("GET", "https://id.example/u", True)


def test_proofs_follow_the_gateways_clock_while_identity_is_not_asked(world: World) -> None:
    token = identity_of(world.card()).token
    assert token is not None
    world.client.platform_time(world.clock.now() + timedelta(minutes=5))
    world.clock.advance(7)
    _, claims = opened(token.headers("GET", URL)["DPoP"])
    assert claims["iat"] == int((world.clock.now() + timedelta(minutes=5)).timestamp())
