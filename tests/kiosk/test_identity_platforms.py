"""The identity client against two independent platforms: nothing here knows which of them answers.

What is proven is contracts/identity.md, over TLS, by real tokens that a service lets in or does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from deploy.sandbox import faces
from kiosk import keys
from kiosk.identity.bearer import Token
from kiosk.identity.client import CardFacts, CardType, Face
from kiosk.identity.outcomes import (
    Authority,
    Business,
    Denied,
    DeniedReason,
    Level,
    LoggedIn,
    Method,
    Revoked,
    Waiting,
)
from kiosk.identity.stepup import Way
from tests.kiosk.identity_platforms import Peer, Platform, Sandbox, Terminal, someone
from tests.kiosk.identity_world import identity_of

WANG, ZHANG = someone("p-wang-xiulan"), someone("p-zhang-wei")
CARD = CardFacts(WANG.id_number, WANG.name, "05.01-20260101-0000000001", CardType.RESIDENT)


@pytest.fixture(scope="module", params=[Sandbox, Peer], ids=["authlib", "oidc-provider"])
def platform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One of the two, running."""
    running: Platform = request.param(tmp_path_factory.mktemp("platform"))
    yield running
    running.close()


@pytest.fixture
def terminal(platform: Platform) -> Iterator[Terminal]:
    """An enrolled terminal, and a platform whose clock is right."""
    platform.off_by(0)
    one = Terminal(platform)
    yield one
    one.close()
    platform.off_by(0)


def token_of(login: object) -> Token:
    """The token of a login."""
    token = identity_of(login).token
    assert token is not None
    return token


def face(person: str, now: datetime | None = None, *, dark: bool = False) -> Face:
    """A live picture, agreed to just now."""
    return Face(faces.picture(person, dark=dark), now or datetime.now(UTC))


def test_card_logs_in_at_level_card(terminal: Terminal) -> None:
    identity = identity_of(terminal.client.login_with_card(CARD))
    assert (identity.name, identity.id_number) == (WANG.name, WANG.id_number)
    assert (identity.level, identity.method, identity.business) == (Level.CARD, Method.ID_CARD, None)


def test_token_opens_with_its_key_and_not_without(platform: Platform, terminal: Terminal) -> None:
    token = token_of(terminal.client.login_with_card(CARD))
    assert token.bound
    assert platform.opens(token)
    assert not platform.opens(Token(token.text))
    other = token_of(terminal.client.login_with_card(CARD))
    assert platform.opens(other)
    other.text = token.text  # with another login's key
    assert not platform.opens(other)


def test_revoked_token_opens_nothing_any_more(platform: Platform, terminal: Terminal) -> None:
    token = token_of(terminal.client.login_with_card(CARD))
    assert platform.opens(token)
    assert terminal.client.revoke(token.text) == Revoked()
    assert not platform.opens(token)
    assert terminal.client.revoke(token.text) == Revoked()


def test_stepping_up_is_the_same_card_with_a_face(platform: Platform, terminal: Terminal) -> None:
    first = terminal.client.login_with_card(CARD)
    assert identity_of(first).level is Level.CARD
    ways = terminal.client.ways(("card+face", "phone"))
    assert ways == (Way.CARD_FACE, Way.NUMBER_FACE, Way.PHONE)
    second = terminal.client.login_with_card(CARD, face(WANG.id))
    assert identity_of(second).level is Level.CARD_FACE
    assert identity_of(second).sub == identity_of(first).sub
    assert platform.opens(token_of(second))


def test_number_and_face_are_as_good_as_card_and_face(platform: Platform, terminal: Terminal) -> None:
    login = terminal.client.login_with_number(ZHANG.id_number, ZHANG.name, face(ZHANG.id))
    assert (identity_of(login).level, identity_of(login).method) == (Level.CARD_FACE, Method.NUMBER_FACE)
    assert platform.opens(token_of(login))


def test_face_of_somebody_else_is_refused_with_words(terminal: Terminal) -> None:
    for login in (
        terminal.client.login_with_card(CARD, face(ZHANG.id)),
        terminal.client.login_with_number(WANG.id_number, WANG.name, face(ZHANG.id)),
    ):
        assert isinstance(login, Denied)
        assert "手机扫码" in login.words


def test_card_that_does_not_fit_is_refused(terminal: Terminal) -> None:
    wrong = CardFacts(WANG.id_number, "李四", CARD.sam_id, CardType.RESIDENT)
    login = terminal.client.login_with_card(wrong)
    assert isinstance(login, Denied)
    assert login.reason is DeniedReason.CARD_REFUSED


def test_phone_logs_in_at_level_phone(platform: Platform, terminal: Terminal) -> None:
    scan = terminal.scan()
    assert scan.uri.startswith("https://")
    assert isinstance(terminal.polled(scan), Waiting)
    platform.say(scan.user_code, WANG.id)
    platform.off_by(scan.interval)
    identity = identity_of(terminal.polled(scan))
    assert (identity.name, identity.level, identity.method) == (WANG.name, Level.PHONE, Method.PHONE)
    assert identity.token is not None
    assert platform.opens(identity.token)


def test_phone_that_declines_ends_the_scan(platform: Platform, terminal: Terminal) -> None:
    scan = terminal.scan()
    platform.say(scan.user_code, WANG.id, approve=False)
    assert terminal.polled(scan) == Denied(DeniedReason.DECLINED, "access_denied")


def test_qr_that_nobody_scans_runs_out(platform: Platform, terminal: Terminal) -> None:
    scan = terminal.scan()
    platform.off_by(scan.lifetime + 1)
    assert terminal.polled(scan) == Denied(DeniedReason.EXPIRED, "expired_token")


@pytest.mark.parametrize("authority", Authority)
def test_phone_says_for_which_business(platform: Platform, terminal: Terminal, authority: Authority) -> None:
    claim = next(one for one in platform.businesses if one["authority"] == authority.value)
    scan = terminal.scan(business=True)
    platform.say(scan.user_code, ZHANG.id, business=claim["code"])
    identity = identity_of(terminal.polled(scan))
    assert identity.name == ZHANG.name
    assert identity.business == Business(claim["name"], claim["code"], authority)


def test_phone_may_act_for_nobody_but_oneself(platform: Platform, terminal: Terminal) -> None:
    scan = terminal.scan(business=True)
    platform.say(scan.user_code, ZHANG.id)
    assert identity_of(terminal.polled(scan)).business is None


def test_banks_customer_logs_in_at_level_card(platform: Platform, terminal: Terminal) -> None:
    identity = identity_of(terminal.client.exchange(platform.launch_token(ZHANG.id)))
    assert (identity.name, identity.id_number) == (ZHANG.name, ZHANG.id_number)
    assert (identity.level, identity.method) == (Level.CARD, Method.BANK)
    assert identity.token is not None
    assert platform.opens(identity.token)


@pytest.mark.parametrize("what", ["replayed", "tampered", "audience", "machine", "expired", "nobody"])
def test_launch_token_that_is_not_right_is_refused(platform: Platform, terminal: Terminal, what: str) -> None:
    token = platform.launch_token(ZHANG.id)
    if what == "replayed":
        assert isinstance(terminal.client.exchange(token), LoggedIn)
    elif what == "tampered":
        head, body, signature = token.split(".")
        token = f"{head}.{body}.{signature[::-1]}"
    elif what == "audience":
        token = platform.launch_token(ZHANG.id, aud="TJ-0002")
    elif what == "machine":
        token = platform.launch_token(ZHANG.id, terminal="TJ-0002")
    elif what == "nobody":
        token = platform.launch_token(ZHANG.id, sub=None)
    else:
        platform.off_by(200)
    login = terminal.client.exchange(token)
    assert isinstance(login, Denied)
    assert login.reason is DeniedReason.LAUNCH_REFUSED
    assert "银行" in login.words


@pytest.mark.parametrize("seconds", [-300, 300])
def test_platforms_clock_may_be_off_by_five_minutes(
    platform: Platform, terminal: Terminal, seconds: int
) -> None:
    """The terminal dates by the platform's `Date`, and judges ID tokens by it."""
    platform.off_by(seconds)
    fresh = Terminal(platform)
    token = token_of(fresh.client.login_with_card(CARD))
    assert platform.opens(token)
    consent = datetime.fromtimestamp(datetime.now(UTC).timestamp() + seconds, UTC)
    login = fresh.client.login_with_card(CARD, face(WANG.id, consent))
    assert identity_of(login).level is Level.CARD_FACE
    assert isinstance(fresh.client.exchange(platform.launch_token(ZHANG.id)), LoggedIn)
    assert isinstance(fresh.client.terminal_token(), str)
    fresh.close()


@pytest.mark.parametrize("seconds", [-300, 300])
def test_platforms_clock_may_jump_in_the_middle_of_a_visit(
    platform: Platform, terminal: Terminal, seconds: int
) -> None:
    assert isinstance(terminal.client.login_with_card(CARD), LoggedIn)
    platform.off_by(seconds)
    assert isinstance(terminal.client.login_with_card(CARD), LoggedIn)


def test_key_rotated_in_the_middle_of_a_visit_is_fetched(platform: Platform, terminal: Terminal) -> None:
    before = token_of(terminal.client.login_with_card(CARD))
    platform.rotate()
    after = token_of(terminal.client.login_with_card(CARD))
    assert platform.opens(before)
    assert platform.opens(after)


def test_terminal_proves_itself_and_strangers_cannot(platform: Platform, terminal: Terminal) -> None:
    assert isinstance(terminal.client.terminal_token(), str)
    stranger = Terminal(platform, keys.generate())
    denied = Denied(DeniedReason.TERMINAL_REFUSED, "invalid_client")
    assert stranger.client.terminal_token() == denied
    assert stranger.client.login_with_card(CARD) == denied
    assert stranger.client.start_phone_scan() == denied
    assert stranger.client.exchange(platform.launch_token(ZHANG.id)) == denied
    stranger.close()
