"""Unified identity: which tokens are believed, by which keys, and what discovery and userinfo say."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from kiosk import keys
from kiosk.gateway.outcomes import Reason, Unreachable
from kiosk.identity.client import IdentityClient
from kiosk.identity.outcomes import (
    Denied,
    DeniedReason,
    Level,
    LoggedIn,
    Method,
    level_of,
)
from tests.kiosk.clocks import TestClock
from tests.kiosk.fake_provider import CLIENT, ISSUER, PERSON, FakeProvider
from tests.kiosk.identity_world import DISCOVERY, DOWN, World, identity_of, reason_of


@pytest.fixture
def world() -> World:
    return World()


class TestIdToken:
    """What makes an ID token believed."""

    @pytest.mark.parametrize("alg", ["RS256", "RS512", "PS256"])
    def test_rsa_signatures_are_taken(self, world: World, alg: str) -> None:
        key = RSAKey.generate_key(2048, {"kid": "rsa"})
        world.provider.signing_key, world.provider.alg = key, alg
        world.provider.header = {"kid": "rsa"}
        world.provider.published.append(dict(key.as_dict(private=False)))
        assert identity_of(world.card()).sub == "s-1"

    @pytest.mark.parametrize(("alg", "crv"), [("ES384", "P-384"), ("ES512", "P-521")])
    def test_signatures_on_other_curves_are_taken(self, world: World, alg: str, crv: str) -> None:
        key = ECKey.generate_key(crv, {"kid": "ec"})
        world.provider.signing_key, world.provider.alg = key, alg
        world.provider.header = {"kid": "ec"}
        world.provider.published.append(dict(key.as_dict(private=False)))
        assert identity_of(world.card()).sub == "s-1"

    @pytest.mark.filterwarnings("ignore:Key size")
    def test_short_rsa_key_is_not_used(self, world: World) -> None:
        key = RSAKey.generate_key(1024, {"kid": "rsa"})
        world.provider.signing_key, world.provider.alg = key, "RS256"
        world.provider.header = {"kid": "rsa"}
        world.provider.published.append(dict(key.as_dict(private=False)))
        assert reason_of(world.card()) is DeniedReason.NOT_VERIFIED

    @pytest.mark.filterwarnings("ignore:JWS algorithm .none.")
    def test_no_signature_is_refused(self, world: World) -> None:
        world.provider.alg = "none"
        login = world.card()
        assert reason_of(login) is DeniedReason.NOT_VERIFIED
        assert isinstance(login, Denied)
        assert "none or a shared secret" in login.detail

    def test_public_key_used_as_a_shared_secret_is_refused(self, world: World) -> None:
        pem = ECKey.import_key(dict(world.provider.published[0])).as_pem(private=False)
        payload = world.provider.id_token().split(".")[1]
        head = _encoded(json.dumps({"alg": "HS256", "kid": "sig-1"}).encode())
        mac = hmac.digest(pem, f"{head}.{payload}".encode(), "sha256")
        world.provider.token_members["id_token"] = f"{head}.{payload}.{_encoded(mac)}"
        login = world.card()
        assert isinstance(login, Denied)
        assert "shared secret" in login.detail

    def test_other_key_under_the_same_id_is_refused(self, world: World) -> None:
        world.provider.signing_key = ECKey.generate_key("P-256", {"kid": "sig-1"})
        assert reason_of(world.card()) is DeniedReason.NOT_VERIFIED

    def test_token_without_key_id_is_checked_with_every_key(self, world: World) -> None:
        world.provider.header = {}
        world.provider.published.insert(0, dict(ECKey.generate_key("P-256").as_dict(private=False)))
        assert identity_of(world.card()).sub == "s-1"

    def test_header_that_must_be_understood_and_is_not_is_refused(self, world: World) -> None:
        world.provider.header = {"kid": "sig-1", "extra": 1}
        assert identity_of(world.card()).sub == "s-1"
        world.provider.token_members["id_token"] = _with_crit(world.provider)
        assert reason_of(world.card()) is DeniedReason.NOT_VERIFIED

    @pytest.mark.parametrize(
        "claims",
        [
            {"iss": "https://id.example"},
            {"iss": ISSUER + "/"},
            {"iss": None},
            {"aud": "another-terminal"},
            {"aud": ["another-terminal", "third"]},
            {"aud": [CLIENT, "another-terminal"]},
            {"aud": [CLIENT, "another-terminal"], "azp": "another-terminal"},
            {"azp": "another-terminal"},
            {"aud": None},
            {"aud": []},
            {"aud": {"a": 1}},
            {"sub": None},
            {"sub": 7},
            {"exp": None},
            {"exp": "2100"},
            {"exp": 0},
            {"iat": None},
            {"iat": 99999999999},
            {"nbf": 99999999999},
            {"nonce": "another"},
            {"name": "\x00"},
            {"name": {"given": "x"}},
            {"id_number": 120101199001011239},
        ],
        ids=str,
    )
    def test_claim_that_does_not_fit_is_refused(self, world: World, claims: dict[str, Any]) -> None:
        world.provider.claims |= claims
        world.provider.discovery["userinfo_endpoint"] = None
        login = world.card()
        assert reason_of(login) is DeniedReason.NOT_VERIFIED
        assert "张示例" not in repr(login)

    def test_token_for_several_that_names_us_is_taken(self, world: World) -> None:
        world.provider.claims |= {"aud": [CLIENT, "gateway"], "azp": CLIENT}
        assert identity_of(world.card()).sub == "s-1"

    def test_end_is_judged_by_the_platforms_clock_with_little_leeway(self, world: World) -> None:
        now = int(world.clock.now().timestamp())
        world.provider.claims["exp"] = now - 29
        assert identity_of(world.card()).sub == "s-1"
        world.provider.claims["exp"] = now - 31
        assert reason_of(world.card()) is DeniedReason.NOT_VERIFIED

    def test_nonce_that_comes_back_is_ours(self, world: World) -> None:
        first = world.provider.id_token

        def echo() -> str:
            world.provider.claims["nonce"] = world.provider._opened(world.provider.asked[-1][1]["assertion"])[
                "nonce"
            ]
            return first()

        world.provider.id_token = echo  # type: ignore[method-assign]  # the provider echoes what it was sent
        assert identity_of(world.card()).sub == "s-1"

    @pytest.mark.parametrize("token", ["", "a.b", "x" * 20_000, "....", "e30.e30.e30", 7, None])
    def test_what_is_no_token_is_refused(self, world: World, token: object) -> None:
        world.provider.token_members["id_token"] = token
        assert reason_of(world.card()) is DeniedReason.NOT_VERIFIED

    @pytest.mark.parametrize(
        "members",
        [
            {"access_token": None},
            {"access_token": ""},
            {"access_token": "a b"},
            {"access_token": "a\r\nX-Evil: 1"},
            {"access_token": "a" * 20_000},
            {"token_type": "mac"},
            {"token_type": None},
        ],
        ids=str,
    )
    def test_access_token_that_cannot_be_used_is_refused(self, world: World, members: dict[str, Any]) -> None:
        world.provider.token_members |= members
        assert reason_of(world.card()) is DeniedReason.NOT_VERIFIED

    @pytest.mark.parametrize(
        ("said", "seconds"), [(60, 60), ("60", 60), (None, 300), (0, 300), (-5, 300), (True, 300), ("x", 300)]
    )
    def test_lifetime_is_read_with_care(self, world: World, said: object, seconds: int) -> None:
        world.provider.token_members["expires_in"] = said
        assert identity_of(world.card()).expires_at == world.clock.now() + timedelta(seconds=seconds)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _with_crit(provider: FakeProvider) -> str:
    """A token whose header demands that a member is understood which nobody defined."""

    payload = provider.id_token().split(".")[1]
    head = _encoded(json.dumps({"alg": "ES256", "kid": "sig-1", "crit": ["x"], "x": 1}).encode())
    private = provider.signing_key.private_key
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(private.sign(f"{head}.{payload}".encode(), ec.ECDSA(SHA256())))
    return f"{head}.{payload}.{_encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


class TestRotation:
    """The provider's keys change when it likes."""

    def test_key_rotated_in_the_middle_of_a_visit_is_fetched(self, world: World) -> None:
        world.card()
        world.provider.rotate("sig-2")
        assert identity_of(world.card()).sub == "s-1"
        assert world.provider.paths().count("j") == 2

    def test_keys_are_not_fetched_for_every_login(self, world: World) -> None:
        for _ in range(4):
            world.card()
        assert world.provider.paths().count("j") == 1
        assert world.provider.paths().count(DISCOVERY) == 1

    def test_tokens_by_unknown_keys_cause_no_storm(self, world: World) -> None:
        world.card()
        world.provider.header = {"kid": "nobody"}
        for _ in range(10):
            assert reason_of(world.card()) is DeniedReason.NOT_VERIFIED
        assert world.provider.paths().count("j") == 2
        world.clock.advance(31)
        world.card()
        assert world.provider.paths().count("j") == 3

    def test_keys_in_hand_do_while_the_platform_gives_none(self, world: World) -> None:
        world.card()
        world.clock.advance(4000)
        world.provider.broken["j"] = DOWN
        world.provider.broken[DISCOVERY] = DOWN
        assert identity_of(world.card()).sub == "s-1"

    def test_unknown_key_and_no_keys_to_be_had_is_no_verdict(self, world: World) -> None:
        world.card()
        world.provider.rotate("sig-2")
        world.provider.broken["j"] = DOWN
        assert world.card() == DOWN

    def test_refetch_that_failed_may_be_tried_again_at_once(self, world: World) -> None:
        world.card()
        world.provider.rotate("sig-2")
        world.provider.broken["j"] = DOWN
        assert world.card() == DOWN
        del world.provider.broken["j"]
        assert isinstance(world.card(), LoggedIn)

    def test_odd_keys_in_the_list_do_not_spoil_it(self, world: World) -> None:
        odd: list[Any] = [None, 7, {}, {"kty": "EC"}, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]
        odd += [
            {"kty": "RSA", "n": "***", "e": "AQAB"},
            {"kty": "AKP", "pub": "x"},
            {"kty": "oct", "k": "AAAA"},
        ]
        odd += [{**world.provider.published[0], "use": "enc"}, {**world.provider.published[0], "kid": 7}]
        world.provider.published = odd + list(world.provider.published)
        assert identity_of(world.card()).sub == "s-1"

    @pytest.mark.parametrize("document", [{}, {"keys": None}, {"keys": {}}])
    def test_answer_without_keys_is_malformed(self, world: World, document: dict[str, Any]) -> None:
        world.provider.broken["j"] = world.provider.answer(200, document)
        login = world.card()
        assert isinstance(login, Unreachable)
        assert login.reason is Reason.MALFORMED


class TestDiscovery:
    """Every endpoint comes from the discovery document, and the document is the issuer's."""

    def test_endpoints_on_other_paths_and_hosts_are_found(self, world: World) -> None:
        world.card()
        world.scan()
        assert world.provider.paths() == [DISCOVERY, "t", "j", "d"]

    @pytest.mark.parametrize("issuer", [ISSUER + "/", ISSUER.upper(), "https://id.example", None, [ISSUER]])
    def test_document_of_another_issuer_is_refused(self, world: World, issuer: object) -> None:
        world.provider.discovery["issuer"] = issuer
        named = issuer if isinstance(issuer, str) else "none"
        assert world.card() == Unreachable(Reason.MALFORMED, f"discovery names another issuer: {named}")
        assert world.provider.paths() == [DISCOVERY]

    @pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri"])
    @pytest.mark.parametrize("value", [None, "http://id.example/t", "/t", 7, "https://" + "x" * 2000])
    def test_endpoint_that_is_not_https_is_refused(self, world: World, name: str, value: object) -> None:
        world.provider.discovery[name] = value
        login = world.card()
        assert isinstance(login, Unreachable)
        assert login.reason is Reason.MALFORMED

    def test_document_is_asked_for_again_after_an_hour(self, world: World) -> None:
        world.card()
        world.provider.discovery["token_endpoint"] = "https://id.example/nowhere"
        world.clock.advance(3599)
        assert isinstance(world.card(), LoggedIn)
        world.provider.discovery["token_endpoint"] = "https://id.example/t"
        world.clock.advance(2)
        world.card()
        assert world.provider.paths().count(DISCOVERY) == 2

    def test_issuer_must_be_https(self) -> None:
        with pytest.raises(ValueError, match="https"):
            IdentityClient(
                issuer="http://id.example",
                client_id=CLIENT,
                key=keys.generate(),
                http=World().provider,
                clock=TestClock(),
            )


class TestUserinfo:
    """Providers that keep the person out of the ID token."""

    def test_person_is_asked_for_where_the_token_has_none(self, world: World) -> None:
        world.provider.claims = {"acr": "card"}
        world.provider.userinfo = {"sub": "s-1", "acr": "phone", **PERSON}
        identity = identity_of(world.card())
        assert (identity.name, identity.id_number) == ("张示例", "120101199001011239")
        assert identity.level is Level.CARD  # signed, and so not from userinfo

    def test_person_of_another_subject_is_refused(self, world: World) -> None:
        world.provider.claims = {"acr": "card"}
        world.provider.userinfo = {"sub": "s-2", **PERSON}
        assert reason_of(world.card()) is DeniedReason.NOT_VERIFIED

    def test_nobody_known_is_nobody_logged_in(self, world: World) -> None:
        world.provider.claims = {"acr": "card"}
        world.provider.userinfo = {"sub": "s-1"}
        assert reason_of(world.card()) is DeniedReason.NOT_VERIFIED

    def test_userinfo_that_is_not_there_is_no_verdict(self, world: World) -> None:
        world.provider.claims = {"acr": "card"}
        world.provider.broken["u"] = DOWN
        assert world.card() == DOWN


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


class TestAnyAnswer:
    """Whatever JSON a provider answers with: nobody is logged in by it, and nothing falls over."""

    @given(JSON)
    def test_as_the_token_response(self, said: object) -> None:
        world = World()
        world.provider.broken["t"] = world.provider.answer(200, said)
        assert not isinstance(world.card(), LoggedIn)

    @given(
        st.dictionaries(
            st.sampled_from(["access_token", "token_type", "expires_in", "id_token", "scope"]), JSON
        )
    )
    def test_as_members_of_it(self, said: dict[str, object]) -> None:
        world = World()
        world.provider.token_members |= {"id_token": "no.such.token", **said}
        assert not isinstance(world.card(), LoggedIn)

    @given(st.dictionaries(st.sampled_from(["iss", "aud", "exp", "iat", "nbf", "sub", "azp", "acr"]), JSON))
    def test_as_claims(self, said: dict[str, object]) -> None:
        """A claim that is there is the right one, or the token is refused; a level is only what is said."""
        world = World()
        world.provider.claims |= said
        login = world.card()
        if isinstance(login, LoggedIn):
            assert login.identity.level is level_of(world.provider.claims["acr"], Method.ID_CARD)
        else:
            assert reason_of(login) is DeniedReason.NOT_VERIFIED

    @given(JSON)
    def test_as_keys(self, said: object) -> None:
        world = World()
        world.provider.broken["j"] = world.provider.answer(200, {"keys": [said]})
        assert not isinstance(world.card(), LoggedIn)

    @given(st.dictionaries(st.sampled_from(sorted(World().provider.discovery)), JSON))
    def test_as_discovery(self, said: dict[str, object]) -> None:
        world = World()
        world.provider.discovery |= said
        world.provider.discovery["token_endpoint"] = None
        assert isinstance(world.card(), Unreachable)

    @given(JSON, st.integers(200, 599))
    def test_as_error_of_a_poll(self, said: object, status: int) -> None:
        world = World()
        scan = world.scan()
        world.provider.broken["t"] = world.provider.answer(status, said)
        world.clock.advance(scan.interval)
        assert not isinstance(scan.poll(), LoggedIn)
