"""The devices of the simulated terminal: they keep the drivers' contracts, on simulated time."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from drivers.device import Availability, Health
from drivers.document_printer import JobOutcome as A4Outcome
from drivers.document_printer import Printed as A4Printed
from drivers.id_card import IdCard
from drivers.id_card.simulator.chip import make_chip
from drivers.id_card.text import read_text
from drivers.receipt_printer import (
    Document,
    Failed,
    FailReason,
    JobOutcome,
    Printed,
    Unconfirmed,
    UnconfirmedReason,
)
from drivers.simulated.memory.id_card import IdCardDouble
from kiosk.attached import Attached, Heard
from kiosk.camera import BrowserCamera
from kiosk.config_devices import Devices
from tests.simulation.tasks import Tasks

SAM_ID = "05.01-20190101-1234567890-0987654321"


class Paper:
    """A receipt printer: takes a second or two, and may be out of paper or fall silent."""

    def __init__(self, tasks: Tasks, chance: random.Random) -> None:
        self._tasks = tasks
        self._chance = chance
        self.trouble = ""
        self.came_out: list[Document] = []
        self.off = False

    def open(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Whoever waits hears nothing more."""
        self.off = True

    def attend(self) -> None:
        """It has no thread."""

    def health(self) -> Health:
        """As far as the printer says."""
        condition = "paper-out" if self.trouble == "paper-out" else "ready"
        return Health(Availability.ONLINE, condition, 0.0)

    def print(self, document: Document, done: Callable[[JobOutcome], None]) -> None:
        """One job, one outcome."""

        def work() -> None:
            if self.trouble == "paper-out":
                outcome: JobOutcome = Failed(FailReason.PAPER_OUT)
            elif self.trouble:
                outcome = Unconfirmed(UnconfirmedReason.NO_ANSWER)
            else:
                self.came_out.append(document)
                outcome = Printed()
            if not self.off:
                done(outcome)

        self._tasks.spawn(work, self._chance.uniform(0.5, 3.0))


class Pages:
    """An A4 printer that prints."""

    def __init__(self, tasks: Tasks, chance: random.Random) -> None:
        self._tasks = tasks
        self._chance = chance

    def open(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""

    def attend(self) -> None:
        """It has no thread."""

    def health(self) -> Health:
        """Ready."""
        return Health(Availability.ONLINE, "ready", 0.0)

    def longest(self, size: int) -> float:
        """Seconds, as the driver says it."""
        return 60.0

    def print(self, pdf: bytes, done: Callable[[A4Outcome], None]) -> None:
        """One job."""
        self._tasks.spawn(lambda: done(A4Printed(pages=1)), self._chance.uniform(2.0, 9.0))


class Bench:
    """What stands beside the screen, for one life of the agent."""

    def __init__(self, tasks: Tasks, chance: random.Random) -> None:
        self._tasks = tasks
        self._chance = chance
        self.reader: IdCardDouble
        self.paper = Paper(tasks, chance)

    def attach(self, config: Devices, heard: Heard, monotonic: Callable[[], float]) -> Attached:
        """See `kiosk.world.World`."""
        self.reader = IdCardDouble(listener=lambda event: heard("id_card", event), monotonic=monotonic)
        paper: Any = self.paper
        pages: Any = Pages(self._tasks, self._chance)
        reader: Any = self.reader
        return Attached(reader, paper, pages, None, None, None, BrowserCamera())


@cache
def _card(fields: tuple[tuple[str, str], ...]) -> IdCard:
    return replace(read_text(make_chip(dict(fields)).text), sam_id=SAM_ID)


def card(sheet: dict[str, Any]) -> IdCard:
    """The card of a resident, as a reader reads it."""
    return _card(tuple(sorted(sheet["card"].items())))
