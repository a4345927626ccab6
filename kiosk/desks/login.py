"""The desk of unified identity: login by card, by phone; tokens in memory; revocation at the end."""

from __future__ import annotations

import base64
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from flows import effects
from flows.effects import Login, NumberLogin, PhoneScan
from flows.events import Business, Identified, LoginDenied, Outcome, ScanReady, Unreachable
from kiosk.clock import Clock
from kiosk.desks.desk import Tell, civil
from kiosk.gateway.outcomes import Unreachable as NotReached
from kiosk.identity import outcomes
from kiosk.identity.bearer import Token
from kiosk.identity.client import CardFacts, CardType, Face
from kiosk.identity.outcomes import Denied, DeniedReason, LoggedIn, Poll, Revocation, Waiting
from kiosk.identity.outcomes import Login as LoginOutcome
from kiosk.identity.phone import PhoneScan as Scan
from kiosk.loop import Executor, Loop
from kiosk.visit import Visit

log = logging.getLogger(__name__)
MOST_OWED = 200
"""Revocations kept in memory while the network is down. They are never written down (a token is the
citizen's); one that is lost with the power ends by itself, within the token's lifetime."""
_CARD_TYPES = {
    "resident": CardType.RESIDENT,
    "hmt": CardType.HMT,
    "foreign-2017": CardType.FOREIGN,
    "foreign-2023": CardType.FOREIGN,
}


class Platform(Protocol):
    """What this desk needs of the identity client."""

    def login_with_card(self, card: CardFacts, face: Face | None = None) -> LoginOutcome:
        """JWT-bearer login; with a face at level `card+face`."""
        ...

    def login_with_number(self, number: str, name: str, face: Face) -> LoginOutcome:
        """Without a card."""
        ...

    def start_phone_scan(self, business: bool = False) -> Scan | Denied | NotReached:
        """Device grant."""
        ...

    def revoke(self, access_token: str) -> Revocation:
        """RFC 7009."""
        ...


@dataclass(slots=True)
class _Scanning:
    effect: PhoneScan
    visit: Visit
    tell: Tell
    wanted: bool = True


class LoginDesk:
    """Logins and tokens of the present visit. Loop's thread only, but for the work it hands out."""

    def __init__(
        self,
        *,
        platform: Platform,
        executor: Executor,
        loop: Loop,
        clock: Clock,
        heard: Callable[[bool], None],
    ) -> None:
        self._platform = platform
        self._owed: deque[str] = deque(maxlen=MOST_OWED)
        self._executor = executor
        self._loop = loop
        self._clock = clock
        self._heard = heard
        self._tokens: dict[str, Token] = {}
        self._wanted: set[str] = set()
        """Logins by card under way that the run still waits for."""
        self._scanning: _Scanning | None = None

    def token(self, visit: Visit) -> Token | None:
        """The access token of whoever is logged in."""
        return self._tokens.get(visit.id)

    def login(self, effect: Login, visit: Visit, tell: Tell) -> None:
        """By card. Whoever was logged in before is so no more: nothing is asked as them for this card."""
        self._end(visit)
        self._wanted.add(effect.id)
        card = CardFacts(
            number=effect.card["id_number"],
            name=effect.card["name"],
            sam_id=effect.card.get("sam_id", ""),
            card_type=_CARD_TYPES[effect.card["card_type"]],
        )

        def done(login: LoginOutcome) -> None:
            if effect.id in self._wanted:
                self._wanted.discard(effect.id)
                self._logged_in(effect.id, visit, tell, login, effect.card.get("sam_id", ""))
            else:
                self._too_late(login)

        face = _face(effect.face) if effect.face is not None else None
        self._executor.submit(lambda: self._platform.login_with_card(card, face), done)

    def by_number(self, effect: NumberLogin, visit: Visit, tell: Tell) -> None:
        """Without a card: number, name and face."""
        self._wanted.add(effect.id)
        face = _face(effect.face)

        def done(login: LoginOutcome) -> None:
            if effect.id in self._wanted:
                self._wanted.discard(effect.id)
                self._logged_in(effect.id, visit, tell, login, "")
            else:
                self._too_late(login)

        self._executor.submit(
            lambda: self._platform.login_with_number(effect.id_number, effect.name, face), done
        )

    def scan(self, effect: PhoneScan, visit: Visit, tell: Tell) -> None:
        """By phone: show the QR, then poll until it is approved, declined or too old."""
        scanning = _Scanning(effect, visit, tell)
        self._scanning = scanning
        self._executor.submit(
            lambda: self._platform.start_phone_scan(effect.business), lambda scan: self._shown(scanning, scan)
        )

    def cancel(self, target: str) -> None:
        """The login or the scan is no longer wanted; a token that it still brings is nobody's."""
        self._wanted.discard(target)
        if self._scanning is not None and self._scanning.effect.id == target:
            self._scanning.wanted = False
            self._scanning = None

    def forget(self, visit: Visit) -> None:
        """The visit is over: its token is revoked, now or when the network is back."""
        if self._scanning is not None:
            self.cancel(self._scanning.effect.id)
        self._wanted.clear()
        self._end(visit)

    def online(self) -> None:
        """The network is back: revoke what is owed."""
        owed = list(self._owed)
        self._owed.clear()
        for token in owed:
            self._revoke(token)

    def _end(self, visit: Visit) -> None:
        token = self._tokens.pop(visit.id, None)
        if token is not None:
            self._revoke(token.text)

    def _too_late(self, login: LoginOutcome | Poll) -> None:
        if isinstance(login, LoggedIn) and login.identity.access_token:
            self._revoke(login.identity.access_token)

    def _revoke(self, token: str) -> None:
        def done(outcome: Revocation) -> None:
            if isinstance(outcome, NotReached):
                self._owed.append(token)

        self._executor.submit(lambda: self._platform.revoke(token), done)

    def _shown(self, scanning: _Scanning, scan: Scan | Denied | NotReached) -> None:
        if not scanning.wanted:
            return
        if isinstance(scan, Denied):
            scanning.tell(LoginDenied(effect=scanning.effect.id, words=scan.words))
        elif isinstance(scan, NotReached):
            scanning.tell(self._unreachable(scanning.effect.id, scan))
        else:
            scanning.tell(
                ScanReady(
                    effect=scanning.effect.id,
                    uri=scan.uri,
                    user_code=scan.user_code,
                    typed=not scan.uri_is_complete,
                )
            )
            self._loop.later(scan.interval, lambda: self._poll(scanning, scan))

    def _poll(self, scanning: _Scanning, scan: Scan) -> None:
        if scanning.wanted:
            self._executor.submit(scan.poll, lambda polled: self._polled(scanning, scan, polled))

    def _polled(self, scanning: _Scanning, scan: Scan, polled: Poll) -> None:
        if isinstance(polled, Waiting):
            self._loop.later(polled.seconds, lambda: self._poll(scanning, scan))
        elif scanning.wanted:
            self._scanning = None
            self._logged_in(scanning.effect.id, scanning.visit, scanning.tell, polled, "")
        else:
            self._too_late(polled)

    def _logged_in(self, effect_id: str, visit: Visit, tell: Tell, login: LoginOutcome, sam_id: str) -> None:
        if isinstance(login, Denied):
            log.info("login denied: %s", login.reason.value)
            tell(LoginDenied(effect=effect_id, words=login.words, face=login.reason in _FACE))
            return
        if isinstance(login, NotReached):
            tell(self._unreachable(effect_id, login))
            return
        identity = login.identity
        if identity.token is not None:
            self._end(visit)
            self._tokens[visit.id] = identity.token
        tell(
            Identified(
                effect=effect_id,
                name=identity.name,
                id_number=identity.id_number,
                level=identity.level.value,
                method=_METHODS.get(identity.method.value, "phone"),
                business=_business(identity.business),
                at=civil(self._clock.now()),
                sam_id=sam_id,
            )
        )

    def _unreachable(self, effect_id: str, outcome: NotReached) -> Outcome:
        self._heard(False)
        return Unreachable(effect=effect_id, reason=outcome.reason.value, at=civil(self._clock.now()))


_METHODS: dict[str, Literal["id-card", "phone", "number-face"]] = {
    "id-card": "id-card",
    "number-face": "number-face",
}
_FACE = frozenset({DeniedReason.FACE_NOT_FOUND, DeniedReason.FACE_TOO_DARK, DeniedReason.FACE_DIFFERS})


def _face(face: effects.Face) -> Face:
    """The run's picture as the platform's client takes it; it was judged before (kiosk.pictures)."""
    return Face(jpeg=base64.b64decode(face.image), consent_at=datetime.fromisoformat(face.consent_at))


def _business(found: outcomes.Business | None) -> Business | None:
    if found is None:
        return None
    return Business(name=found.name, code=found.code, authority=found.authority.value)
