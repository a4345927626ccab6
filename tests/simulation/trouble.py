"""What can go wrong, by name; each strikes once and is over by itself."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import apsw

from tests.simulation.box import Box
from tests.simulation.city import SimulatedCity
from tests.simulation.net import Line
from tests.simulation.tasks import Tasks

NETWORK = ("cut", "silent", "tls", "portal", "reset", "late", "slow", "duplicate")
BUSY = ("5xx", "429", "changed")
DISK = ("full", "read-only", "read-error", "write-error", "sync-error")
HANDS = ("leave", "lift", "unplug", "paper-out", "printer-silent")
DEATHS = ("kill", "power-cut")
JUMPS = ("ten-years-on", "ten-years-back")
KEYS = ("keys-rotate",)
KINDS = (*NETWORK, *BUSY, *DISK, *HANDS, *DEATHS, *JUMPS, *KEYS)

_DISK: dict[str, dict[str, type[apsw.Error]]] = {
    "read-only": {"write": apsw.ReadOnlyError, "truncate": apsw.ReadOnlyError},
    "read-error": {"read": apsw.IOError},
    "write-error": {"write": apsw.IOError},
    "sync-error": {"sync": apsw.IOError},
}
TEN_YEARS = timedelta(days=3652)


class Trouble:
    """Whoever calls `strike` makes it happen."""

    def __init__(
        self,
        tasks: Tasks,
        box: Box,
        line: Line,
        city: SimulatedCity,
        chance: random.Random,
        leave: Callable[[], None],
        told: Callable[[str], None],
    ) -> None:
        self._tasks = tasks
        self._box = box
        self._line = line
        self._city = city
        self._chance = chance
        self._leave = leave
        self._told = told

    def strike(self, kind: str) -> None:
        """It goes wrong now, and is well again after a while."""
        self._told(f"! {kind} at {self._box.step or 'no step'}")
        lasts = self._chance.uniform(1.0, 40.0)
        if kind in NETWORK:
            many = kind in {"cut", "silent", "slow"} and self._chance.random() < 0.7
            self._line.weather[kind] = None if many else self._chance.randrange(1, 4)
            self._later(lasts, lambda: self._line.weather.pop(kind, None))
        elif kind in BUSY:
            wish = {"operation": "*", "kind": kind, "count": self._chance.randrange(1, 4)}
            self._city.faults.order(wish)
            self._later(lasts, self._city.faults.clear)
        elif kind == "full":
            full = self._box.disk
            full.spare = 0
            self._later(lasts, lambda: setattr(full, "spare", None))
        elif kind in _DISK:
            disk = self._box.disk
            disk.trouble = dict(_DISK[kind])
            self._later(lasts, disk.trouble.clear)
        elif kind in DEATHS:
            self._box.die(power=kind == "power-cut")
            self._tasks.spawn(self._box.boot, self._chance.uniform(2.0, 20.0))
        elif kind in KEYS:
            self._city.rotate_keys()
        elif kind in JUMPS:
            self._box.machine.wrong += TEN_YEARS if kind == "ten-years-on" else -TEN_YEARS
        else:
            self._hand(kind, lasts)

    def _hand(self, kind: str, lasts: float) -> None:
        bench = self._box.bench
        if kind == "leave":
            self._leave()
        elif kind == "lift":
            bench.reader.lift()
        elif kind == "unplug":
            bench.reader.unplug()
            self._later(lasts, bench.reader.replug)
        else:
            bench.paper.trouble = kind
            self._later(lasts, lambda: setattr(bench.paper, "trouble", ""))

    def over(self) -> None:
        """Everything is well."""
        self._line.weather.clear()
        self._city.faults.clear()
        self._box.disk.trouble.clear()
        self._box.disk.spare = None
        self._box.machine.wrong = timedelta(0)

    def _later(self, seconds: float, mend: Callable[[], object]) -> None:
        self._tasks.spawn(mend, seconds)
