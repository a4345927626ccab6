"""Unified identity for the agent: log in by card, face, number, phone or bank host, and log out.

Every endpoint comes from the issuer's discovery document; any conforming provider will do.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from kiosk.clock import Clock
from kiosk.gateway.outcomes import Problem, Unreachable
from kiosk.gateway.transport import Http
from kiosk.identity import phone
from kiosk.identity.credentials import CardFacts, CardType, Face
from kiosk.identity.outcomes import (
    Denied,
    DeniedReason,
    LoggedIn,
    Login,
    Method,
    Revocation,
    Revoked,
)
from kiosk.identity.person import Reader
from kiosk.identity.provider import DEVICE_CODE, JWT_BEARER, TOKEN_EXCHANGE, Lock, OAuthError, Provider
from kiosk.identity.stepup import Way, ways_to
from kiosk.identity.terminal import TerminalAuth, refusal, sign_assertion
from kiosk.identity.tokens import Invalid
from kiosk.keys import TerminalKey

__all__ = ["CardFacts", "CardType", "Face", "IdentityClient"]

_SCOPE = "openid profile"
_JWT = "urn:ietf:params:oauth:token-type:jwt"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a kind
_BUSINESS = json.dumps({"id_token": {"business": {"essential": True}}, "userinfo": {"business": None}})
"""OpenID Connect Core, 5.5: how any provider can be asked for a claim."""

_LAUNCH_TOKEN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2,4}")
_MAX_LAUNCH_TOKEN = 8192


class IdentityClient:
    """The agent's side of unified identity. Safe to use from several threads; keeps nothing of a citizen.

    Each operation is over within `deadline` seconds, however many requests it takes.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        key: TerminalKey,
        http: Http,
        clock: Clock,
        deadline: float = 10.0,
        lock: Callable[[], Lock] = threading.Lock,
    ) -> None:
        """`lock` makes what keeps threads from asking the platform twice for the same thing."""
        self._deadline = deadline
        self._provider = Provider(issuer=issuer, http=http, clock=clock, lock=lock)
        self._terminal = TerminalAuth(
            provider=self._provider, client_id=client_id, key=key, clock=clock, lock=lock
        )
        self._reader = Reader(provider=self._provider, client_id=client_id, clock=clock)
        self._client_id = client_id
        self._key = key
        self._clock = clock

    def terminal_token(self, *, fresh: bool = False) -> str | Denied | Unreachable:
        """The terminal's own access token, kept until shortly before its end; `fresh` gets another."""
        return self._terminal.token(self._ends(), fresh=fresh)

    def terminal_bearer(self, fresh: bool, deadline: float) -> str | Problem | Unreachable:
        """The same within `deadline` seconds, as `GatewayClient(terminal_token=...)` takes it."""
        token = self._terminal.token(self._clock.monotonic() + deadline, fresh=fresh)
        if isinstance(token, Denied):
            return Problem(401, "TERMINAL_REFUSED", token.words)
        return token

    def platform_time(self, date: datetime) -> None:
        """The gateway's `Date`, as it comes: proofs for the gateway are judged by its clock, and a visit may
        go on for long without asking identity anything."""
        self._provider.heard(date)

    def _ends(self) -> float:
        return self._clock.monotonic() + self._deadline

    def login_with_card(self, card: CardFacts, face: Face | None = None) -> Login:
        """Log in with the card that was read just now (JWT-bearer grant, RFC 7523).

        With `face`, the platform compares it with the card's holder: level `card+face`. Stepping up is
        the same call with the visit's card and a face.
        """
        claims = {"sub": card.number, "name": card.name, "sam_id": card.sam_id, "card_type": card.card_type}
        return self._vouch(claims, face, Method.ID_CARD, DeniedReason.CARD_REFUSED)

    def login_with_number(self, number: str, name: str, face: Face) -> Login:
        """Log in without a card, where the item allows it: number, name and a face to compare."""
        claims = {"sub": number, "name": name}
        return self._vouch(claims, face, Method.NUMBER_FACE, DeniedReason.NUMBER_REFUSED)

    def _vouch(
        self, who: Mapping[str, str], face: Face | None, method: Method, otherwise: DeniedReason
    ) -> Login:
        nonce = str(uuid.uuid4())
        claims = {"iss": self._client_id, "aud": self._provider.issuer, "nonce": nonce, **who}
        if face is not None:
            claims |= face.claims()

        def form() -> dict[str, str]:
            assertion = sign_assertion(self._key, self._provider, claims)
            return {"grant_type": JWT_BEARER, "assertion": assertion, "scope": _SCOPE}

        login = self._login(form, method, otherwise, nonce)
        if isinstance(login, LoggedIn) and login.identity.id_number.upper() != who["sub"].upper():
            return Denied(DeniedReason.NOT_VERIFIED, "another person than the one vouched for")
        return login

    def exchange(self, launch_token: str) -> Login:
        """Log in the customer that the bank's host vouches for (token exchange, RFC 8693)."""
        if len(launch_token) > _MAX_LAUNCH_TOKEN or not _LAUNCH_TOKEN.fullmatch(launch_token):
            return Denied(DeniedReason.LAUNCH_REFUSED, "not a signed token")
        form = {
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": launch_token,
            "subject_token_type": _JWT,
            "requested_token_type": _ACCESS_TOKEN,
            "scope": _SCOPE,
        }
        return self._login(lambda: form, Method.BANK, DeniedReason.LAUNCH_REFUSED, None)

    def _login(
        self,
        form: Callable[[], Mapping[str, str]],
        method: Method,
        otherwise: DeniedReason,
        nonce: str | None,
    ) -> Login:
        ends = self._ends()
        metadata = self._provider.metadata(ends)
        if isinstance(metadata, Unreachable):
            return metadata
        key = self._provider.proof_key(metadata)
        answer = self._terminal.post(metadata, metadata.token_endpoint, form, ends, key)
        if isinstance(answer, Unreachable):
            return answer
        if isinstance(answer, OAuthError):
            return refusal(answer, otherwise)
        return self._reader.login(answer, method, ends, key=key, nonce=nonce)

    def ways(self, acr_values: Sequence[str]) -> tuple[Way, ...] | Unreachable:
        """What the citizen can do now that an operation was refused as too low (`TooLow.acr_values`)."""
        metadata = self._provider.metadata(self._ends())
        return metadata if isinstance(metadata, Unreachable) else ways_to(acr_values, metadata)

    def start_phone_scan(self, business: bool = False) -> phone.PhoneScan | Denied | Unreachable:
        """Ask for a QR (device authorization grant, RFC 8628); then call its `poll` until it ends.

        `business`: somebody is wanted who acts for a legal person; it is for the citizen to say on the
        phone for which, and `Identity.business` is None where they did not.
        """
        ends = self._ends()
        metadata = self._provider.metadata(ends)
        if isinstance(metadata, Unreachable):
            return metadata
        endpoint = metadata.device_authorization_endpoint
        if endpoint is None:
            return Denied(DeniedReason.NOT_OFFERED, "no device_authorization_endpoint")
        wish = {"scope": _SCOPE, "claims": _BUSINESS} if business else {"scope": _SCOPE}
        answer = self._terminal.post(metadata, endpoint, lambda: wish, ends)
        if isinstance(answer, Unreachable):
            return answer
        if isinstance(answer, OAuthError):
            return refusal(answer, DeniedReason.NOT_OFFERED)
        code, shown, timing = phone.device_code_of(answer), phone.shown(answer), phone.timing(answer)
        if isinstance(code, Invalid) or isinstance(shown, Invalid) or isinstance(timing, Invalid):
            return Denied(DeniedReason.NOT_VERIFIED, "an incomplete device authorization response")
        form = {"grant_type": DEVICE_CODE, "device_code": code}
        key = self._provider.proof_key(metadata)
        token_endpoint = metadata.token_endpoint
        return phone.PhoneScan(
            uri=shown[0],
            uri_is_complete=shown[1],
            user_code=shown[2],
            lifetime=timing[0],
            interval=timing[1],
            ask=lambda: self._terminal.post(metadata, token_endpoint, lambda: form, self._ends(), key),
            # RFC 8628 carries no nonce.
            finish=lambda answer: self._reader.login(
                answer, Method.PHONE, self._ends(), key=key, business=business
            ),
            clock=self._clock,
        )

    def revoke(self, access_token: str) -> Revocation:
        """End a token before its time (RFC 7009), at the end of the visit.

        `Unreachable`: try again later, at most until the token ends by itself.
        """
        ends = self._ends()
        metadata = self._provider.metadata(ends)
        if isinstance(metadata, Unreachable):
            return metadata
        if metadata.revocation_endpoint is None:
            return Denied(DeniedReason.NOT_OFFERED, "no revocation_endpoint")
        form = {"token": access_token, "token_type_hint": "access_token"}
        endpoint = metadata.revocation_endpoint
        answer = self._terminal.post(metadata, endpoint, lambda: form, ends, told_by_status=True)
        if isinstance(answer, Unreachable):
            return answer
        if isinstance(answer, OAuthError):
            return refusal(answer, DeniedReason.NOT_OFFERED)
        return Revoked()
