"""A client, its provider in memory, and both their clocks; and how tests read what came of a login."""

from __future__ import annotations

from datetime import timedelta

from kiosk import keys
from kiosk.gateway.outcomes import Reason, Unreachable
from kiosk.identity.client import CardFacts, CardType, IdentityClient
from kiosk.identity.outcomes import Denied, DeniedReason, Identity, LoggedIn, Login
from kiosk.identity.phone import PhoneScan
from tests.kiosk.clocks import TestClock
from tests.kiosk.fake_provider import CLIENT, ISSUER, FakeProvider

CARD = CardFacts("120101199001011239", "张示例", "05.01-20260101-0000000001", CardType.RESIDENT)
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


def identity_of(login: object) -> Identity:
    """Who it is, where somebody is logged in."""
    assert isinstance(login, LoggedIn), login
    return login.identity


def reason_of(login: object) -> DeniedReason:
    """Why not, where nobody is."""
    assert isinstance(login, Denied), login
    return login.reason
