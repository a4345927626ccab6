"""What certified providers do differently, each within the standards: the client gets along with all of it.

The provider is oidc-provider (npm), put into the shape of another product from outside; see
tests/kiosk/openid_peer. The client is not told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.sandbox import faces
from kiosk.gateway.outcomes import Reason, Unreachable
from kiosk.gateway.transport import PinnedHttp
from kiosk.identity.client import CardFacts, CardType, Face, IdentityClient
from kiosk.identity.outcomes import Denied, DeniedReason, Level, LoggedIn, Revoked, Waiting
from tests.kiosk.clocks import TestClock
from tests.kiosk.identity_platforms import TERMINAL, Peer, Terminal, someone
from tests.kiosk.identity_world import identity_of, reason_of

WANG, ZHANG = someone("p-wang-xiulan"), someone("p-zhang-wei")
CARD = CardFacts(WANG.id_number, WANG.name, "05.01-20260101-0000000001", CardType.RESIDENT)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    peer = Peer(tmp_path_factory.mktemp("peer"))
    yield peer
    peer.close()


@pytest.fixture
def peer(running: Peer) -> Iterator[Peer]:
    """The provider as its author has it."""
    running.shape()
    yield running
    running.shape()


@pytest.fixture
def terminal(peer: Peer) -> Iterator[Terminal]:
    one = Terminal(peer)
    yield one
    one.close()


def test_issuer_has_a_path(peer: Peer, terminal: Terminal) -> None:
    assert peer.issuer.endswith("/realms/city")
    assert identity_of(terminal.client.login_with_card(CARD)).name == WANG.name


def test_issuer_without_its_path_is_another_issuer(peer: Peer) -> None:
    other = IdentityClient(
        issuer=peer.issuer + "/",
        client_id=TERMINAL,
        key=peer.key,
        http=PinnedHttp(peer.ca_file),
        clock=TestClock(),
    )
    login = other.login_with_card(CARD)
    assert isinstance(login, Unreachable)
    assert login.detail == f"discovery names another issuer: {peer.issuer}"


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256"])
@pytest.mark.parametrize("in_token", [True, False], ids=["in-the-token", "in-userinfo"])
def test_id_tokens_of_every_kind_with_the_person_inside_or_not(
    peer: Peer, terminal: Terminal, alg: str, in_token: bool
) -> None:
    peer.shape(alg=alg, inToken=in_token)
    identity = identity_of(terminal.client.login_with_card(CARD))
    assert (identity.name, identity.id_number, identity.level) == (WANG.name, WANG.id_number, Level.CARD)


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_token_for_several_audiences_names_us_in_azp(peer: Peer, terminal: Terminal, alg: str) -> None:
    peer.shape(alg=alg, several=True)
    assert identity_of(terminal.client.login_with_card(CARD)).name == WANG.name


def test_silence_about_the_level_raises_nobody(peer: Peer, terminal: Terminal) -> None:
    peer.shape(acr=False)
    now = datetime.now(UTC)
    card = terminal.client.login_with_card(CARD)
    with_face = terminal.client.login_with_card(CARD, Face(faces.picture(WANG.id), now))
    number = terminal.client.login_with_number(
        ZHANG.id_number, ZHANG.name, Face(faces.picture(ZHANG.id), now)
    )
    scan = terminal.scan()
    peer.say(scan.user_code, ZHANG.id)
    phone = terminal.polled(scan)
    levels = [identity_of(login).level for login in (card, with_face, number, phone)]
    assert levels == [Level.CARD, Level.CARD, Level.NONE, Level.PHONE]


@pytest.mark.parametrize(
    ("different", "seconds"),
    [
        ({"without": ["expires_in"]}, 300),
        ({"instead": {"expires_in": "120"}}, 120),
        ({"instead": {"token_type": "dpop"}}, 900),
        ({"instead": {"token_type": "DPOP"}}, 900),
        ({"bound": False, "instead": {"token_type": "bearer"}}, 900),
        ({"bound": False, "instead": {"token_type": "BEARER"}}, 900),
        ({"nonce": False}, 900),
        ({"instead": {"refresh_token": "x", "session_state": "", "not-before-policy": 0}}, 900),
    ],
    ids=str,
)
def test_token_response_in_other_words(
    peer: Peer, terminal: Terminal, different: dict[str, Any], seconds: int
) -> None:
    peer.shape(**different)
    identity = identity_of(terminal.client.login_with_card(CARD))
    assert identity.expires_at == terminal.clock.now() + timedelta(seconds=seconds)
    assert identity.token is not None
    assert identity.token.bound == different.get("bound", True)
    assert peer.opens(identity.token)
    assert terminal.client.revoke(identity.token.text) == Revoked()


def test_bound_token_is_taken_only_where_a_proof_was_sent(peer: Peer, terminal: Terminal) -> None:
    peer.shape(bound=False, instead={"token_type": "DPoP"})
    assert reason_of(terminal.client.login_with_card(CARD)) is DeniedReason.NOT_VERIFIED


def test_qr_without_the_code_in_it_and_without_an_interval(peer: Peer, terminal: Terminal) -> None:
    peer.shape(without=["verification_uri_complete", "interval"])
    scan = terminal.scan()
    assert (scan.uri_is_complete, scan.interval) == (False, 5.0)
    assert scan.uri == f"{peer.issuer}/device"
    peer.say(scan.user_code, WANG.id)
    assert identity_of(terminal.polled(scan)).level is Level.PHONE


def test_slow_down_is_honoured_until_the_end(peer: Peer, terminal: Terminal) -> None:
    peer.shape(slower=2, instead={"interval": 1})
    scan = terminal.scan()
    assert scan.interval == 1.0
    assert [terminal.polled(scan) for _ in range(3)] == [Waiting(6.0), Waiting(11.0), Waiting(11.0)]
    peer.say(scan.user_code, WANG.id)
    assert isinstance(terminal.polled(scan), LoggedIn)


@pytest.mark.parametrize("in_token", [True, False], ids=["in-the-token", "in-userinfo"])
def test_business_is_found_where_the_provider_puts_it(peer: Peer, terminal: Terminal, in_token: bool) -> None:
    peer.shape(inToken=in_token)
    scan = terminal.scan(business=True)
    peer.say(scan.user_code, ZHANG.id, business=peer.businesses[1]["code"])
    business = identity_of(terminal.polled(scan)).business
    assert business is not None
    assert business.code == peer.businesses[1]["code"]


@pytest.mark.parametrize("statuses", [{}, {"400": 401}, {"401": 400}, {"400": 403, "401": 403}], ids=str)
def test_errors_mean_the_same_under_another_status(
    peer: Peer, terminal: Terminal, statuses: dict[str, int]
) -> None:
    peer.shape(statuses=statuses)
    wrong = CardFacts(WANG.id_number, "李四", CARD.sam_id, CardType.RESIDENT)
    refused = Denied(DeniedReason.CARD_REFUSED, "invalid_grant")
    assert terminal.client.login_with_card(wrong) == refused
    scan = terminal.scan()
    assert isinstance(terminal.polled(scan), Waiting)
    peer.say(scan.user_code, WANG.id, approve=False)
    assert terminal.polled(scan) == Denied(DeniedReason.DECLINED, "access_denied")


def test_error_that_is_not_json_is_no_verdict_about_the_citizen(peer: Peer, terminal: Terminal) -> None:
    peer.shape(plainErrors=True, bound=False)
    login = terminal.client.login_with_card(CardFacts(WANG.id_number, "李四", CARD.sam_id, CARD.card_type))
    assert login == Unreachable(Reason.MALFORMED, "status 400 without an error code")
    scan = terminal.scan()
    assert isinstance(terminal.polled(scan), Waiting)
    assert isinstance(terminal.client.login_with_card(CARD), LoggedIn)


def test_client_error_that_is_not_json_is_still_about_the_terminal(peer: Peer, terminal: Terminal) -> None:
    peer.shape(plainErrors=True)
    stranger = IdentityClient(
        issuer=peer.issuer,
        client_id="TJ-9999",
        key=peer.key,
        http=PinnedHttp(peer.ca_file),
        clock=TestClock(),
    )
    denied = Denied(DeniedReason.TERMINAL_REFUSED, "invalid_client")
    assert stranger.login_with_card(CARD) == denied
