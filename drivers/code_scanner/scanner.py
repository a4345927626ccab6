"""The code scanner as a device: its owner thread with a poller of its own in each turn."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.armed import ArmedReader, Outside
from drivers.code_scanner.health import LOSSES, MEANING, Condition
from drivers.code_scanner.line import Source
from drivers.code_scanner.poller import Counts, Poller
from drivers.device import Listener, Monotonic
from drivers.keeping import SETTLE_SECONDS, KeptHealth


class CodeScanner(ArmedReader[Condition, Poller]):
    """A bar code and QR scanner; never a keyboard.

    Codes are told only while armed, from the owner thread, none of them after `disarm` returned. What comes
    at any other time is dropped and counted; so is a code that had begun before it was asked for. The
    self-test tells whether a scanner is known to be there.
    """

    def __init__(
        self,
        *,
        source: Callable[[], Source],
        listener: Listener,
        monotonic: Monotonic = time.monotonic,
        settle: float = SETTLE_SECONDS,
        name: str = "code_scanner",
    ) -> None:
        """Nothing is opened yet. `source` makes what is listened to; a loss shorter than `settle` (seconds)
        is a plug that bounced."""
        self._counts = counts = Counts()

        def begin(outside: Outside[Condition], _before: Poller | None) -> Poller:
            return Poller(source(), name=name, counts=counts, monotonic=monotonic, outside=outside)

        super().__init__(
            name,
            listener=listener,
            monotonic=monotonic,
            kept=KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic, losses=LOSSES, settle=settle),
            failed=Condition.DRIVER_FAILED,
            begin=begin,
        )

    def __repr__(self) -> str:
        return f"<CodeScanner {self.name}: {self.health().condition}>"

    @property
    def counts(self) -> dict[str, int]:
        """How many codes were `read`, `unreadable`, and `dropped` because nobody asked, since it was made."""
        return self._counts.now
