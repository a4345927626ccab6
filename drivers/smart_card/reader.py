"""The smart card reader as a device: its owner thread with a poller and a worker of its own in each turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from drivers.armed import ArmedReader, Outside
from drivers.device import Listener, Monotonic
from drivers.keeping import SETTLE_SECONDS, KeptHealth
from drivers.smart_card.health import LOSSES, MEANING, Condition
from drivers.smart_card.link import DEFAULT_PYTHON, Link, WorkerLink
from drivers.smart_card.poller import Poller


class SmartCardReader(ArmedReader[Condition, Poller]):
    """A reader of social-security and bank cards behind pcscd.

    Cards are read only while armed, and each once from its coming to its going. Card events come from the
    owner thread, none of them after `disarm` returned; a read under way is abandoned at its next APDU. The
    self-test asks pcscd for its readers, and touches no card.
    """

    def __init__(
        self,
        *,
        listener: Listener,
        reader: str | None = None,
        python: Path = DEFAULT_PYTHON,
        monotonic: Monotonic = time.monotonic,
        settle: float = SETTLE_SECONDS,
        link: Callable[[], Link] | None = None,
    ) -> None:
        """Nothing is started yet. `reader` is a part of the reader's PC/SC name; without it all readers are
        watched but those for SAMs. `python` is an interpreter that has pyscard; what `link` makes takes its
        place. A loss shorter than `settle` (seconds) is a plug that bounced.
        """
        self._what = reader or "any reader"

        def begin(outside: Outside[Condition], before: Poller | None) -> Poller:
            return Poller(
                WorkerLink(python=python, monotonic=monotonic) if link is None else link(),
                reader=reader,
                monotonic=monotonic,
                outside=outside,
                in_hand=before is not None and before.in_hand,
            )

        super().__init__(
            "smart_card",
            listener=listener,
            monotonic=monotonic,
            kept=KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic, losses=LOSSES, settle=settle),
            failed=Condition.DRIVER_FAILED,
            begin=begin,
        )

    def __repr__(self) -> str:
        return f"<SmartCardReader {self._what}: {self.health().condition}>"
