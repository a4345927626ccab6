"""Unified identity: card, phone and the terminal itself, against a provider that keeps to the standards."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, RSAKey

from kiosk import keys
from kiosk.gateway.outcomes import Problem, Reason, Unreachable
from kiosk.gateway.transport import HttpAnswer
from kiosk.identity.client import CardFacts, CardType, IdentityClient
from kiosk.identity.outcomes import (
    Denied,
    DeniedReason,
    Identity,
    Level,
    LoggedIn,
    Login,
    Method,
    Revoked,
    Waiting,
    level_of,
    unconfirmed,
)
from kiosk.identity.phone import PhoneScan
from tests.kiosk.clocks import TestClock
from tests.kiosk.fake_provider import CLIENT, ISSUER, PERSON, FakeProvider

CARD = CardFacts("120101199001011239", "张示例", "05.01-20260101-0000000001", CardType.RESIDENT)
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
DOWN = Unreachable(Reason.NO_NETWORK, "the line was cut")
DISCOVERY = "realm/.well-known/openid-configuration"


class World:
    """A client, its provider, and both their clocks."""

    def __init__(self, behind: float = 0.0) -> None:
        key = keys.generate()
        self.clock = TestClock()
        self.provider = FakeProvider(key.public_jwk, lambda: self.clock.now() - timedelta(seconds=behind))
        self.client = IdentityClient(
            issuer=ISSUER, client_id=CLIENT, key=key, http=self.provider, clock=self.clock
        )

    def card(self) -> Login:
        """Log in with the card."""
        return self.client.login_with_card(CARD)

    def scan(self) -> PhoneScan:
        """Start a phone scan that the provider offers."""
        scan = self.client.start_phone_scan()
        assert isinstance(scan, PhoneScan), scan
        return scan


@pytest.fixture
def world() -> World:
    return World()


def _identity(login: object) -> Identity:
    assert isinstance(login, LoggedIn), login
    return login.identity


def _denied(login: object) -> DeniedReason:
    assert isinstance(login, Denied), login
    return login.reason


class TestCard:
    """JWT-bearer grant with the terminal's assertion."""

    def test_card_logs_in_at_level_card(self, world: World) -> None:
        assert _identity(world.card()) == Identity(
            name="张示例",
            id_number="120101199001011239",
            level=Level.CARD,
            method=Method.ID_CARD,
            confirmed=True,
            access_token="at-1",
            expires_at=world.clock.now() + timedelta(seconds=300),
            sub="s-1",
        )

    def test_assertion_says_what_the_contract_asks_for_and_lives_a_minute(self, world: World) -> None:
        world.card()
        claims = world.provider.assertions[0]
        now = int(world.clock.now().timestamp())
        assert {name: claims[name] for name in claims if name not in ("jti", "nonce")} == {
            "iss": CLIENT,
            "sub": "120101199001011239",
            "aud": ISSUER,
            "iat": now,
            "exp": now + 60,
            "name": "张示例",
            "sam_id": "05.01-20260101-0000000001",
            "card_type": "resident",
        }

    def test_no_jti_is_used_twice(self, world: World) -> None:
        for _ in range(5):
            world.card()
        used = [one["jti"] for one in world.provider.assertions + world.provider.proofs]
        assert len(set(used)) == len(used) == 10

    def test_platform_whose_clock_is_off_by_five_minutes_believes_us(self) -> None:
        for behind in (-300.0, 300.0):
            world = World(behind)
            assert _identity(world.card()).level is Level.CARD
            world.clock.advance(1000)
            assert _identity(world.card()).level is Level.CARD

    def test_other_kinds_of_card_are_named(self, world: World) -> None:
        world.client.login_with_card(CardFacts(CARD.number, CARD.name, CARD.sam_id, CardType.FOREIGN))
        assert world.provider.assertions[0]["card_type"] == "foreign"

    def test_card_that_is_refused_has_words_for_the_citizen(self, world: World) -> None:
        world.provider.errors[JWT_BEARER] = ["invalid_grant"]
        login = world.card()
        assert login == Denied(DeniedReason.CARD_REFUSED, "invalid_grant")
        assert isinstance(login, Denied)
        assert "手机扫码" in login.words

    def test_platform_that_takes_no_cards_says_so(self, world: World) -> None:
        world.provider.errors[JWT_BEARER] = ["unsupported_grant_type"]
        assert _denied(world.card()) is DeniedReason.NOT_OFFERED

    def test_token_of_another_person_is_refused(self, world: World) -> None:
        world.provider.claims["id_number"] = "120101199001011247"
        assert world.card() == Denied(DeniedReason.NOT_VERIFIED, "another person than the card's")

    def test_check_letter_may_be_small(self, world: World) -> None:
        world.provider.claims["id_number"] = "11010119900101100x"
        card = CardFacts("11010119900101100X", "张示例", CARD.sam_id, CardType.RESIDENT)
        assert _identity(world.client.login_with_card(card)).id_number == "11010119900101100x"

    @pytest.mark.parametrize(
        ("acr", "level"),
        [
            ("card", Level.CARD),
            ("phone", Level.PHONE),
            ("gold", Level.NONE),
            (None, Level.NONE),
            (3, Level.NONE),
        ],
    )
    def test_level_is_what_the_platform_says_and_no_more(
        self, world: World, acr: object, level: Level
    ) -> None:
        world.provider.claims["acr"] = acr
        assert _identity(world.card()).level is level

    @pytest.mark.parametrize("path", [DISCOVERY, "t", "j"])
    def test_platform_that_is_not_there_is_a_value(self, world: World, path: str) -> None:
        world.provider.broken[path] = DOWN
        assert world.card() == DOWN

    @pytest.mark.parametrize(
        ("got", "reason"),
        [
            (HttpAnswer(302, {"location": "https://portal.example"}, b""), Reason.CAPTIVE_PORTAL),
            (HttpAnswer(200, {"content-type": "text/html"}, b"<html>"), Reason.CAPTIVE_PORTAL),
            (HttpAnswer(503, {}, b""), Reason.SERVER_ERROR),
            (HttpAnswer(429, {"retry-after": "5"}, b""), Reason.SERVER_ERROR),
            (HttpAnswer(400, {}, b'{"error":"temporarily_unavailable"}'), Reason.SERVER_ERROR),
            (HttpAnswer(400, {}, b"{}"), Reason.MALFORMED),
            (HttpAnswer(400, {}, b'{"error":{"a":1}}'), Reason.MALFORMED),
            (HttpAnswer(200, {}, b"[]"), Reason.MALFORMED),
            (HttpAnswer(200, {}, b"\xff"), Reason.MALFORMED),
        ],
    )
    def test_answer_that_is_none_is_told_apart(self, world: World, got: HttpAnswer, reason: Reason) -> None:
        world.provider.broken["t"] = got
        login = world.card()
        assert isinstance(login, Unreachable)
        assert login.reason is reason


class TestIdToken:
    """What makes an ID token believed."""

    @pytest.mark.parametrize("alg", ["RS256", "PS256"])
    def test_rsa_signatures_are_taken(self, world: World, alg: str) -> None:
        key = RSAKey.generate_key(2048, {"kid": "rsa"})
        world.provider.signing_key, world.provider.alg = key, alg
        world.provider.header = {"kid": "rsa"}
        world.provider.published.append(dict(key.as_dict(private=False)))
        assert _identity(world.card()).sub == "s-1"

    @pytest.mark.filterwarnings("ignore:Key size")
    def test_short_rsa_key_is_not_used(self, world: World) -> None:
        key = RSAKey.generate_key(1024, {"kid": "rsa"})
        world.provider.signing_key, world.provider.alg = key, "RS256"
        world.provider.header = {"kid": "rsa"}
        world.provider.published.append(dict(key.as_dict(private=False)))
        assert _denied(world.card()) is DeniedReason.NOT_VERIFIED

    @pytest.mark.filterwarnings("ignore:JWS algorithm .none.")
    def test_no_signature_is_refused(self, world: World) -> None:
        world.provider.alg = "none"
        login = world.card()
        assert _denied(login) is DeniedReason.NOT_VERIFIED
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
        assert _denied(world.card()) is DeniedReason.NOT_VERIFIED

    def test_token_without_key_id_is_checked_with_every_key(self, world: World) -> None:
        world.provider.header = {}
        world.provider.published.insert(0, dict(ECKey.generate_key("P-256").as_dict(private=False)))
        assert _identity(world.card()).sub == "s-1"

    def test_header_that_must_be_understood_and_is_not_is_refused(self, world: World) -> None:
        world.provider.header = {"kid": "sig-1", "extra": 1}
        assert _identity(world.card()).sub == "s-1"
        world.provider.token_members["id_token"] = _with_crit(world.provider)
        assert _denied(world.card()) is DeniedReason.NOT_VERIFIED

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
        assert _denied(login) is DeniedReason.NOT_VERIFIED
        assert "张示例" not in repr(login)

    def test_token_for_several_that_names_us_is_taken(self, world: World) -> None:
        world.provider.claims |= {"aud": [CLIENT, "gateway"], "azp": CLIENT}
        assert _identity(world.card()).sub == "s-1"

    def test_end_is_judged_by_the_platforms_clock_with_little_leeway(self, world: World) -> None:
        now = int(world.clock.now().timestamp())
        world.provider.claims["exp"] = now - 29
        assert _identity(world.card()).sub == "s-1"
        world.provider.claims["exp"] = now - 31
        assert _denied(world.card()) is DeniedReason.NOT_VERIFIED

    def test_nonce_that_comes_back_is_ours(self, world: World) -> None:
        first = world.provider.id_token

        def echo() -> str:
            world.provider.claims["nonce"] = world.provider._opened(world.provider.asked[-1][1]["assertion"])[
                "nonce"
            ]
            return first()

        world.provider.id_token = echo  # type: ignore[method-assign]  # the provider echoes what it was sent
        assert _identity(world.card()).sub == "s-1"

    @pytest.mark.parametrize("token", ["", "a.b", "x" * 20_000, "....", "e30.e30.e30", 7, None])
    def test_what_is_no_token_is_refused(self, world: World, token: object) -> None:
        world.provider.token_members["id_token"] = token
        assert _denied(world.card()) is DeniedReason.NOT_VERIFIED

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
        assert _denied(world.card()) is DeniedReason.NOT_VERIFIED

    @pytest.mark.parametrize(
        ("said", "seconds"), [(60, 60), ("60", 60), (None, 300), (0, 300), (-5, 300), (True, 300), ("x", 300)]
    )
    def test_lifetime_is_read_with_care(self, world: World, said: object, seconds: int) -> None:
        world.provider.token_members["expires_in"] = said
        assert _identity(world.card()).expires_at == world.clock.now() + timedelta(seconds=seconds)


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
        assert _identity(world.card()).sub == "s-1"
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
            assert _denied(world.card()) is DeniedReason.NOT_VERIFIED
        assert world.provider.paths().count("j") == 2
        world.clock.advance(31)
        world.card()
        assert world.provider.paths().count("j") == 3

    def test_keys_in_hand_do_while_the_platform_gives_none(self, world: World) -> None:
        world.card()
        world.clock.advance(4000)
        world.provider.broken["j"] = DOWN
        world.provider.broken[DISCOVERY] = DOWN
        assert _identity(world.card()).sub == "s-1"

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
        assert _identity(world.card()).sub == "s-1"

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


class TestDeadline:
    """An operation is over in time, however many requests it takes."""

    def test_requests_share_what_is_left(self, world: World) -> None:
        world.provider.before = lambda: world.clock.advance(4)
        world.provider.claims = {"acr": "card"}
        world.provider.userinfo = {"sub": "s-1", **PERSON}
        login = world.card()
        assert isinstance(login, Unreachable)
        assert login.reason is Reason.TIMEOUT
        assert world.provider.timeouts == [10.0, 6.0, 2.0]

    def test_gateways_deadline_holds_for_its_token_too(self, world: World) -> None:
        world.client.terminal_bearer(False, 2.5)
        assert world.provider.timeouts == [2.5, 2.5]

    def test_thread_that_holds_everything_up_costs_no_more_than_the_deadline(self, world: World) -> None:
        entered, leave = threading.Event(), threading.Event()

        def hold() -> None:
            entered.set()
            leave.wait(10)

        world.provider.before = hold
        first = threading.Thread(target=world.client.terminal_token)
        first.start()
        assert entered.wait(5)
        second = world.client.terminal_bearer(False, 0.2)
        leave.set()
        first.join(5)
        assert second == Unreachable(Reason.TIMEOUT, "another request to the platform took all the time")

    def test_platform_gone_is_not_asked_for_its_discovery_each_time(self, world: World) -> None:
        world.card()
        world.clock.advance(4000)
        world.provider.broken |= {DISCOVERY: DOWN, "t": DOWN}
        for _ in range(5):
            assert world.card() == DOWN
        assert world.provider.paths().count(DISCOVERY) == 2
        world.clock.advance(61)
        world.card()
        assert world.provider.paths().count(DISCOVERY) == 3


class TestUserinfo:
    """Providers that keep the person out of the ID token."""

    def test_person_is_asked_for_where_the_token_has_none(self, world: World) -> None:
        world.provider.claims = {"acr": "card"}
        world.provider.userinfo = {"sub": "s-1", "acr": "phone", **PERSON}
        identity = _identity(world.card())
        assert (identity.name, identity.id_number) == ("张示例", "120101199001011239")
        assert identity.level is Level.CARD  # signed, and so not from userinfo

    def test_person_of_another_subject_is_refused(self, world: World) -> None:
        world.provider.claims = {"acr": "card"}
        world.provider.userinfo = {"sub": "s-2", **PERSON}
        assert _denied(world.card()) is DeniedReason.NOT_VERIFIED

    def test_nobody_known_is_nobody_logged_in(self, world: World) -> None:
        world.provider.claims = {"acr": "card"}
        world.provider.userinfo = {"sub": "s-1"}
        assert _denied(world.card()) is DeniedReason.NOT_VERIFIED

    def test_userinfo_that_is_not_there_is_no_verdict(self, world: World) -> None:
        world.provider.claims = {"acr": "card"}
        world.provider.broken["u"] = DOWN
        assert world.card() == DOWN


class TestTerminal:
    """The terminal's own proof and token."""

    def test_token_is_kept_until_shortly_before_its_end(self, world: World) -> None:
        assert world.client.terminal_token() == "at-1"
        world.clock.advance(269)
        assert world.client.terminal_token() == "at-1"
        assert world.provider.paths().count("t") == 1
        world.clock.advance(2)
        world.provider.token_members["access_token"] = "at-2"
        assert world.client.terminal_token() == "at-2"

    def test_refused_token_is_replaced_at_once(self, world: World) -> None:
        world.client.terminal_token()
        world.provider.token_members["access_token"] = "at-2"
        assert world.client.terminal_token(fresh=True) == "at-2"
        assert world.client.terminal_token() == "at-2"

    def test_many_threads_ask_once(self, world: World) -> None:
        together = threading.Barrier(8)
        tokens: list[object] = []

        def ask() -> None:
            together.wait(5)
            tokens.append(world.client.terminal_token())

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        assert tokens == ["at-1"] * 8
        assert world.provider.paths().count("t") == 1

    def test_provider_that_wants_its_token_endpoint_as_audience_is_learnt(self, world: World) -> None:
        world.provider.audiences = {"https://id.example/t"}
        assert isinstance(world.card(), LoggedIn)
        assert isinstance(world.card(), LoggedIn)
        assert [proof["aud"] for proof in world.provider.proofs] == [
            ISSUER,
            "https://id.example/t",
            "https://id.example/t",
        ]

    def test_terminal_that_is_not_enrolled_is_told_so_without_the_platforms_words(self, world: World) -> None:
        world.provider.audiences = set()
        denied = Denied(DeniedReason.TERMINAL_REFUSED, "invalid_client")
        assert world.client.terminal_token() == denied
        assert world.card() == denied
        assert world.client.start_phone_scan() == denied
        assert world.client.terminal_bearer(False, 5.0) == Problem(401, "TERMINAL_REFUSED", denied.words)

    def test_gateway_is_given_the_token_or_why_there_is_none(self, world: World) -> None:
        assert world.client.terminal_bearer(False, 5.0) == "at-1"
        world.provider.broken["t"] = DOWN
        assert world.client.terminal_bearer(True, 5.0) == DOWN

    def test_failure_is_not_kept(self, world: World) -> None:
        world.provider.broken["t"] = DOWN
        assert world.client.terminal_token() == DOWN
        del world.provider.broken["t"]
        assert world.client.terminal_token() == "at-1"


class TestPhone:
    """The phone scan; the caller keeps the time."""

    def test_citizen_approves_and_is_logged_in_at_level_phone(self, world: World) -> None:
        world.provider.errors[DEVICE_CODE] = ["authorization_pending", "authorization_pending"]
        world.provider.claims["acr"] = "phone"
        scan = world.scan()
        assert (scan.uri, scan.user_code) == ("https://login.example/go?c=WDJB-MJHT", "WDJB-MJHT")
        assert (scan.uri_is_complete, scan.lifetime, scan.interval) == (True, 120.0, 5.0)
        for _ in range(2):
            world.clock.advance(5)
            assert scan.poll() == Waiting(5.0)
        world.clock.advance(5)
        identity = _identity(scan.poll())
        assert (identity.level, identity.method, identity.confirmed) == (Level.PHONE, Method.PHONE, True)
        assert [form["device_code"] for path, form in world.provider.asked if path == "t"] == ["dev-1"] * 3

    def test_polling_too_early_asks_nothing(self, world: World) -> None:
        scan = world.scan()
        world.clock.advance(2)
        assert scan.poll() == Waiting(3.0)
        assert "t" not in world.provider.paths()

    def test_slow_down_is_honoured_from_then_on(self, world: World) -> None:
        world.provider.errors[DEVICE_CODE] = ["slow_down", "authorization_pending"]
        scan = world.scan()
        world.clock.advance(5)
        assert scan.poll() == Waiting(10.0)
        world.clock.advance(9)
        assert scan.poll() == Waiting(1.0)
        world.clock.advance(1)
        assert scan.poll() == Waiting(10.0)
        assert world.provider.paths().count("t") == 2

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            ("access_denied", DeniedReason.DECLINED),
            ("expired_token", DeniedReason.EXPIRED),
            ("invalid_grant", DeniedReason.NOT_VERIFIED),
            ("unauthorized_client", DeniedReason.TERMINAL_REFUSED),
            ("unsupported_grant_type", DeniedReason.NOT_OFFERED),
        ],
    )
    def test_no_is_the_end(self, world: World, error: str, reason: DeniedReason) -> None:
        world.provider.errors[DEVICE_CODE] = [error]
        scan = world.scan()
        world.clock.advance(5)
        assert _denied(scan.poll()) is reason
        world.clock.advance(50)
        assert _denied(scan.poll()) is reason
        assert world.provider.paths().count("t") == 1

    def test_qr_ends_by_our_clock_too_and_is_looked_at_then(self, world: World) -> None:
        world.provider.errors[DEVICE_CODE] = ["authorization_pending"]
        world.provider.device |= {"expires_in": 8}
        scan = world.scan()
        world.clock.advance(5)
        assert scan.poll() == Waiting(3.0)
        world.clock.advance(4)
        assert scan.poll() == Denied(DeniedReason.EXPIRED)

    def test_platform_gone_for_a_while_does_not_end_the_scan(self, world: World) -> None:
        scan = world.scan()
        world.provider.broken["t"] = DOWN
        world.clock.advance(5)
        assert scan.poll() == Waiting(10.0, DOWN)
        del world.provider.broken["t"]
        world.clock.advance(10)
        assert isinstance(scan.poll(), LoggedIn)

    def test_approval_is_not_lost_when_the_keys_cannot_be_had(self, world: World) -> None:
        scan = world.scan()
        world.provider.broken["j"] = DOWN
        world.clock.advance(5)
        assert scan.poll() == Waiting(5.0, DOWN)
        del world.provider.broken["j"]
        world.clock.advance(5)
        assert isinstance(scan.poll(), LoggedIn)
        assert world.provider.paths().count("t") == 1

    def test_platform_without_an_address_in_full_shows_the_code_to_type(self, world: World) -> None:
        del world.provider.device["verification_uri_complete"]
        scan = world.scan()
        assert (scan.uri, scan.uri_is_complete) == ("https://login.example/go", False)

    @pytest.mark.parametrize(
        ("said", "interval", "lifetime"),
        [
            ({}, 5.0, 120.0),
            ({"interval": None}, 5.0, 120.0),
            ({"interval": 0}, 1.0, 120.0),
            ({"interval": -3}, 1.0, 120.0),
            ({"interval": 9999}, 30.0, 120.0),
            ({"interval": "x"}, 5.0, 120.0),
            ({"interval": 10**400}, 30.0, 120.0),
            ({"expires_in": 10**400}, 5.0, 1800.0),
        ],
        ids=str,
    )
    def test_times_stay_within_a_visit(
        self, world: World, said: dict[str, Any], interval: float, lifetime: float
    ) -> None:
        world.provider.device |= said
        scan = world.scan()
        assert (scan.interval, scan.lifetime) == (interval, lifetime)

    @pytest.mark.parametrize(
        "said",
        [
            {"device_code": None},
            {"device_code": ""},
            {"user_code": 7},
            {"user_code": "\x1b[2J"},
            {"verification_uri": None, "verification_uri_complete": "x" * 900},
            {"verification_uri": "中", "verification_uri_complete": 7},
            {"expires_in": 0},
            {"expires_in": "soon"},
        ],
        ids=str,
    )
    def test_answer_that_cannot_be_shown_is_refused(self, world: World, said: dict[str, Any]) -> None:
        world.provider.device |= said
        assert _denied(world.client.start_phone_scan()) is DeniedReason.NOT_VERIFIED

    @pytest.mark.parametrize("endpoint", [None, "http://login.example/d"])
    def test_platform_without_phone_scan_says_so(self, world: World, endpoint: str | None) -> None:
        world.provider.discovery["device_authorization_endpoint"] = endpoint
        assert _denied(world.client.start_phone_scan()) is DeniedReason.NOT_OFFERED

    @pytest.mark.parametrize("path", [DISCOVERY, "d"])
    def test_platform_that_is_not_there_is_a_value(self, world: World, path: str) -> None:
        world.provider.broken[path] = DOWN
        assert world.client.start_phone_scan() == DOWN


class TestRevocation:
    """The end of the visit."""

    def test_token_is_revoked(self, world: World) -> None:
        assert world.client.revoke("at-1") == Revoked()
        assert world.provider.revoked == ["at-1"]

    @pytest.mark.parametrize("path", [DISCOVERY, "r"])
    def test_platform_that_is_not_there_is_a_value_so_that_it_can_be_queued(
        self, world: World, path: str
    ) -> None:
        world.provider.broken[path] = DOWN
        assert world.client.revoke("at-1") == DOWN

    def test_platform_that_revokes_nothing_says_so(self, world: World) -> None:
        world.provider.discovery["revocation_endpoint"] = None
        assert _denied(world.client.revoke("at-1")) is DeniedReason.NOT_OFFERED
        world = World()
        world.provider.broken["r"] = world.provider.answer(400, {"error": "unsupported_token_type"})
        assert world.client.revoke("at-1") == Denied(DeniedReason.NOT_OFFERED, "unsupported_token_type")


class TestLevels:
    """none < card < card+face or phone."""

    @pytest.mark.parametrize(
        ("level", "reached"),
        [
            (Level.NONE, {Level.NONE}),
            (Level.CARD, {Level.NONE, Level.CARD}),
            (Level.CARD_FACE, set(Level)),
            (Level.PHONE, set(Level)),
        ],
    )
    def test_order(self, level: Level, reached: set[Level]) -> None:
        assert {least for least in Level if level.reaches(least)} == reached

    def test_unknown_word_assures_of_nothing(self) -> None:
        assert [level_of(acr) for acr in ("card+face", "gold", "", None, 7)] == [Level.CARD_FACE] + [
            Level.NONE
        ] * 4


def test_card_read_offline_is_level_card_and_not_confirmed() -> None:
    identity = unconfirmed("张示例", "120101199001011239")
    assert (identity.level, identity.confirmed, identity.access_token) == (Level.CARD, False, None)


def test_every_denial_has_words_that_say_what_to_do() -> None:
    for reason in DeniedReason:
        words = Denied(reason).words
        assert words.endswith("。")
        assert "请" in words


def test_no_repr_shows_who_it_is(world: World) -> None:
    login = world.card()
    shown = repr(login) + repr(CARD) + repr(unconfirmed("张示例", "120101199001011239")) + repr(world.scan())
    assert "LoggedIn(identity=Identity(id-card, level=card, confirmed=True))" in shown
    assert not any(secret in shown for secret in ("张示例", "120101199001011239", "at-1", "dev-1"))
