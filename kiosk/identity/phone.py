"""The phone scan (津心办): device authorization grant, RFC 8628.

The terminal shows a QR, the citizen approves on the phone, the terminal asks until there is an
answer. The caller drives: `poll` never waits, it says how long to wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from kiosk.clock import Clock
from kiosk.gateway.outcomes import Unreachable
from kiosk.identity.outcomes import Denied, DeniedReason, Login, Poll, Waiting
from kiosk.identity.provider import OAuthError
from kiosk.identity.terminal import refusal
from kiosk.identity.tokens import Invalid, number

_DEFAULT_INTERVAL = 5.0
"""Seconds between polls where the provider names none, and what `slow_down` adds (RFC 8628, 3.2 and 3.5)."""

_MAX_INTERVAL = 30.0
_MAX_LIFETIME = 1800.0
"""Seconds: the cap of a whole visit."""

_MAX_URI = 800
"""Characters of an address that a phone still reads as a QR on the screen."""


class PhoneScan:
    """One QR, from the time it is shown until it is approved, declined or too old.

    `uri` is what the QR holds; `user_code` is shown beside it, to compare with the phone or (where
    `uri_is_complete` is False) to type there; `lifetime` in seconds from the start.
    """

    def __init__(
        self,
        *,
        uri: str,
        uri_is_complete: bool,
        user_code: str,
        lifetime: float,
        interval: float,
        ask: Callable[[], Mapping[str, Any] | OAuthError | Unreachable],
        finish: Callable[[Mapping[str, Any]], Login],
        clock: Clock,
    ) -> None:
        self.uri = uri
        self.uri_is_complete = uri_is_complete
        self.user_code = user_code
        self.lifetime = lifetime
        self.interval = interval
        """Seconds to wait before the first poll, and between polls until the platform asks for more."""
        self._ask = ask
        self._finish = finish
        self._clock = clock
        self._ends = clock.monotonic() + lifetime
        self._next = clock.monotonic() + interval
        self._lock = threading.Lock()
        self._approved: Mapping[str, Any] | None = None
        self._ended: Poll | None = None

    def poll(self) -> Poll:
        """Ask once, if it is time. Returns `Waiting` with the seconds until the next poll, or how it ended.

        Polling too early or after the end asks nothing.
        """
        with self._lock:
            if self._ended is not None:
                return self._ended
            now = self._clock.monotonic()
            if now >= self._ends:
                self._ended = Denied(DeniedReason.EXPIRED)
                return self._ended
            if now < self._next:
                return Waiting(self._next - now)
            result = self._advance()
            if isinstance(result, Waiting):
                # The end of the QR is always looked at, however long the interval has become.
                wait = min(result.seconds, self._ends - self._clock.monotonic())
                result = Waiting(max(wait, 0.0), result.trouble)
                self._next = self._clock.monotonic() + result.seconds
            else:
                self._ended = result
            return result

    def _advance(self) -> Poll:
        # The code is good for one answer only. When the keys to check it with could not be fetched,
        # the answer is kept, so that the next poll does not ask for what is spent.
        answer = self._approved or self._ask()
        if isinstance(answer, Unreachable):
            # RFC 8628, 3.5: back off when the platform does not answer.
            self.interval = min(self.interval * 2, _MAX_INTERVAL)
            return Waiting(max(self.interval, answer.retry_after or 0.0), answer)
        if isinstance(answer, OAuthError):
            return self._of_error(answer)
        self._approved = answer
        login = self._finish(answer)
        return Waiting(self.interval, login) if isinstance(login, Unreachable) else login

    def _of_error(self, error: OAuthError) -> Poll:
        match error.code:
            case "authorization_pending":
                return Waiting(self.interval)
            case "slow_down":
                self.interval = min(self.interval + _DEFAULT_INTERVAL, _MAX_INTERVAL)
                return Waiting(self.interval)
            case "access_denied":
                return Denied(DeniedReason.DECLINED, error.code)
            case "expired_token":
                return Denied(DeniedReason.EXPIRED, error.code)
            case _:
                return refusal(error, DeniedReason.NOT_VERIFIED)


def device_code_of(members: Mapping[str, Any]) -> str | Invalid:
    """The code to poll with, from the device authorization response (RFC 8628, 3.2)."""
    code = members.get("device_code")
    return code if isinstance(code, str) and 0 < len(code) <= 4096 else Invalid("no device_code")


def shown(members: Mapping[str, Any]) -> tuple[str, bool, str] | Invalid:
    """What the citizen is shown: address, whether it holds the code already, and the code."""
    user_code, plain = members.get("user_code"), members.get("verification_uri")
    complete = members.get("verification_uri_complete")
    if not isinstance(user_code, str) or not 0 < len(user_code) <= 64 or not user_code.isprintable():
        return Invalid("no user_code")
    for uri, is_complete in ((complete, True), (plain, False)):
        if isinstance(uri, str) and 0 < len(uri) <= _MAX_URI and uri.isascii() and uri.isprintable():
            return uri, is_complete, user_code
    return Invalid("no verification_uri")


def timing(members: Mapping[str, Any]) -> tuple[float, float] | Invalid:
    """`expires_in` and `interval` in seconds, within what a visit allows."""
    lifetime, interval = number(members.get("expires_in")), number(members.get("interval"))
    if not isinstance(lifetime, int | float) or lifetime <= 0:
        return Invalid("no expires_in")
    if not isinstance(interval, int | float):
        interval = _DEFAULT_INTERVAL
    return float(min(lifetime, _MAX_LIFETIME)), float(min(max(interval, 1.0), _MAX_INTERVAL))
