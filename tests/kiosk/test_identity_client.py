"""Unified identity: card, the terminal itself, the end of a visit."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from kiosk.gateway.outcomes import Problem, Reason, Unreachable
from kiosk.gateway.transport import HttpAnswer
from kiosk.identity.client import CardFacts, CardType
from kiosk.identity.outcomes import (
    Denied,
    DeniedReason,
    Identity,
    Level,
    LoggedIn,
    Method,
    Revoked,
    level_of,
    unconfirmed,
)
from kiosk.identity.provider import JWT_BEARER
from tests.kiosk.fake_provider import CLIENT, ISSUER, PERSON
from tests.kiosk.identity_world import CARD, DISCOVERY, DOWN, World, identity_of, reason_of


@pytest.fixture
def world() -> World:
    return World()


class TestCard:
    """JWT-bearer grant with the terminal's assertion."""

    def test_card_logs_in_at_level_card(self, world: World) -> None:
        identity = identity_of(world.card())
        assert (identity.access_token, identity.token and identity.token.bound) == ("at-1", False)
        assert identity == Identity(
            name="张示例",
            id_number="120101199001011239",
            level=Level.CARD,
            method=Method.ID_CARD,
            confirmed=True,
            token=identity.token,
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
            assert identity_of(world.card()).level is Level.CARD
            world.clock.advance(1000)
            assert identity_of(world.card()).level is Level.CARD

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
        assert reason_of(world.card()) is DeniedReason.NOT_OFFERED

    def test_token_of_another_person_is_refused(self, world: World) -> None:
        world.provider.claims["id_number"] = "120101199001011247"
        assert world.card() == Denied(DeniedReason.NOT_VERIFIED, "another person than the one vouched for")

    def test_check_letter_may_be_small(self, world: World) -> None:
        world.provider.claims["id_number"] = "11010119900101100x"
        card = CardFacts("11010119900101100X", "张示例", CARD.sam_id, CardType.RESIDENT)
        assert identity_of(world.client.login_with_card(card)).id_number == "11010119900101100x"

    @pytest.mark.parametrize(
        ("acr", "level"),
        [
            ("card", Level.CARD),
            ("phone", Level.PHONE),
            ("gold", Level.NONE),
            (3, Level.NONE),
        ],
    )
    def test_level_is_what_the_platform_says_and_no_more(
        self, world: World, acr: object, level: Level
    ) -> None:
        world.provider.claims["acr"] = acr
        assert identity_of(world.card()).level is level

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


class TestRevocation:
    """The end of the visit."""

    def test_token_is_revoked(self, world: World) -> None:
        assert world.client.revoke("at-1") == Revoked()
        assert world.provider.revoked == ["at-1"]

    @pytest.mark.parametrize(
        ("kind", "body"), [("text/html", b""), ("text/plain", b"OK"), ("application/json", b"[]")]
    )
    def test_200_says_all_whatever_is_with_it(self, world: World, kind: str, body: bytes) -> None:
        """RFC 7009, 2.2."""
        world.provider.broken["r"] = HttpAnswer(200, {"content-type": kind}, body)
        assert world.client.revoke("at-1") == Revoked()

    def test_a_page_in_place_of_an_answer_revokes_nothing(self, world: World) -> None:
        world.provider.broken["r"] = HttpAnswer(200, {"content-type": "text/html"}, b"<html>sign in</html>")
        assert isinstance(world.client.revoke("at-1"), Unreachable)

    @pytest.mark.parametrize("path", [DISCOVERY, "r"])
    def test_platform_that_is_not_there_is_a_value_so_that_it_can_be_queued(
        self, world: World, path: str
    ) -> None:
        world.provider.broken[path] = DOWN
        assert world.client.revoke("at-1") == DOWN

    def test_platform_that_revokes_nothing_says_so(self, world: World) -> None:
        world.provider.discovery["revocation_endpoint"] = None
        assert reason_of(world.client.revoke("at-1")) is DeniedReason.NOT_OFFERED
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

    def test_silence_falls_to_the_least_that_the_method_proves(self, world: World) -> None:
        world.provider.claims["acr"] = None
        assert identity_of(world.card()).level is Level.CARD
        assert [level_of(None, method) for method in Method] == [
            Level.CARD,
            Level.PHONE,
            Level.NONE,
            Level.CARD,
        ]

    def test_unknown_word_assures_of_nothing(self) -> None:
        assert [level_of(acr, Method.ID_CARD) for acr in ("card+face", "gold", "", 7)] == [
            Level.CARD_FACE,
            *[Level.NONE] * 3,
        ]


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
