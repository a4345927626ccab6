"""Whether the gateway is heard: judged by its own answers, with hysteresis."""

from __future__ import annotations

CALM = 2
"""Answers, or silences, in a row that change a judgement. One lost call is no outage, and a line that
comes and goes does not make the pages flicker."""


class Connectivity:
    """`online` is None until the first answer or silence, which settles it at once. Not safe for threads."""

    def __init__(self) -> None:
        self.online: bool | None = None
        self._against = 0

    def heard(self, reached: bool) -> bool:
        """Note that a call was answered (by the gateway itself) or not; True when the judgement changed."""
        if reached == self.online:
            self._against = 0
            return False
        self._against += 1
        if self.online is not None and self._against < CALM:
            return False
        self.online = reached
        self._against = 0
        return True
