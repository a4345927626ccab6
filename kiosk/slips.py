"""What this terminal itself knows of a slip: beside the gateway's answer, or in its place.

The gateway cannot know of what still waits here, nor of what could not be delivered; and while it is away,
what was written down here is all that can be told. Nothing of it is personal: a slip's number is random.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flows.events import Answered, Outcome, Unreachable
from kiosk.desks.desk import CHINA
from offline_cache.desk import CLOSED
from offline_cache.exc import StoreError
from offline_cache.submission import Filed, State

NOT_ASKED = "not-asked"
"""In place of the contract's states: the gateway did not answer, and what follows is this terminal's word."""


class Slips:
    """Adds `here` to what the gateway says of a slip: `{state, until, case_no}`."""

    def __init__(self, get: Callable[[str], Filed]) -> None:
        """`get` is the outbox's: raises KeyError for what it does not know."""
        self._get = get

    def told(self, outcome: Outcome, number: str) -> Outcome:
        """`outcome` of asking the gateway about `number`, with what is known here where that says more."""
        asked = isinstance(outcome, Answered)
        if not asked and not isinstance(outcome, Unreachable):
            return outcome
        if isinstance(outcome, Answered) and outcome.data["state"] != "not-received":
            return outcome
        here = self._here(number)
        if here is None:
            return outcome
        data = outcome.data if isinstance(outcome, Answered) else {"state": NOT_ASKED}
        return Answered(effect=outcome.effect, data={**data, "here": here})

    def _here(self, number: str) -> dict[str, Any] | None:
        try:
            filed = self._get(number.lower())
        except (KeyError, StoreError):
            return None
        closed = filed.state is State.REFUSED and filed.reason in CLOSED
        return {
            "state": "closed" if closed else filed.state.value,
            "until": filed.expires_at.astimezone(CHINA).date().isoformat(),
            "case_no": filed.number or "",
        }
