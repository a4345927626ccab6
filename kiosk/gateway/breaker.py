"""A circuit breaker per department: who does not answer is left alone, and the others are not touched.

One gateway stands in front of forty departments. When the system of one of them hangs, every citizen
who wants it would wait out a whole deadline, and every terminal would go on pressing on it. After
`failures` failures in a row of its kind (5xx, or no answer in time) its breaker opens, and what is
asked of it is answered at once; after `rest` seconds one request is let through as a probe, and its
outcome closes the breaker or opens it for another rest.

Only the monotonic clock that is injected moves a breaker: the same events at the same times give
the same states.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, TypeVar

from kiosk.clock import Clock
from kiosk.gateway.contract import Operation
from kiosk.gateway.outcomes import Problem, Reason, Unreachable
from kiosk.gateway.transport import HttpAnswer

log = logging.getLogger(__name__)
_Said = TypeVar("_Said")

FAILURES = 5
"""In a row: one call may make three attempts, and one citizen's bad luck is not yet a department's."""

REST = 30.0
"""Seconds that an open breaker keeps everybody away."""

_FAIR = 2.0
"""Seconds: a department that did not answer within less is not blamed for it."""

_GATEWAYS_OWN = frozenset({401, 403, 429})
"""Statuses that the gateway gives before it asks anybody."""

_ITEM_IN_BODY = frozenset({"holdSlot", "createPayment"})
"""Bodies that name the item which is asked for. A rating or a ticket names one too, and goes to the
city's own desk, which works while the department does not."""


class State(StrEnum):
    """What a breaker lets through: all, nothing, or one probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Verdict(Enum):
    """What an attempt says about the department."""

    GOOD = 1
    """It answered, whatever it said."""
    BAD = 2
    """A failure of its kind: 5xx, or no answer in time."""
    SILENT = 3
    """Nothing: the network, or the gateway itself."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Leave to make one attempt. To be handed back to `Breaker.settle` with its verdict."""

    generation: int


class Breaker:
    """One department's. Not safe for several threads by itself; times are monotonic seconds."""

    def __init__(self, failures: int = FAILURES, rest: float = REST) -> None:
        self._failures = failures
        self._rest = rest
        self._failed = 0
        self._until: float | None = None
        self._probing = False
        self._generation = 0

    def state(self, now: float) -> State:
        """What holds at `now`."""
        if self._until is None:
            return State.CLOSED
        return State.OPEN if now < self._until else State.HALF_OPEN

    def admit(self, now: float) -> Pass | float:
        """A `Pass`, or the seconds after which asking again makes sense."""
        match self.state(now):
            case State.CLOSED:
                return Pass(self._generation)
            case State.HALF_OPEN if not self._probing:
                self._probing = True
                return Pass(self._generation)
            case State.HALF_OPEN:
                return 1.0  # the probe's own answer decides, and it has a deadline
            case State.OPEN:
                return (self._until or now) - now

    def settle(self, leave: Pass, verdict: Verdict, now: float) -> None:
        """The attempt that `leave` allowed has ended. What began before the last change says nothing now."""
        if leave.generation != self._generation:
            return
        self._probing = False
        if verdict is Verdict.GOOD:
            self._failed = 0
            if self._until is not None:
                self.close()
        elif verdict is Verdict.BAD:
            self._failed += 1
            if self._until is not None or self._failed >= self._failures:
                self.open(now)

    def open(self, now: float) -> None:
        """Keep away for a rest, counted from `now`."""
        self._change(now + self._rest)

    def relent(self, now: float) -> None:
        """It is said to be up again: if open, a probe is let through at once."""
        if self._until is not None and now < self._until:
            self._change(now)

    @property
    def shut(self) -> bool:
        """Whether it is anything but closed."""
        return self._until is not None

    def close(self) -> None:
        """Begin anew, with nothing counted."""
        self._change(None)

    def _change(self, until: float | None) -> None:
        self._until = until
        self._failed = 0
        self._probing = False
        self._generation += 1


class Breakers:
    """One `Breaker` a department, for the items of the catalogue. Safe from several threads.

    `departments` says which department an item belongs to.
    """

    def __init__(
        self, departments: Mapping[str, str], clock: Clock, *, failures: int = FAILURES, rest: float = REST
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures, self._rest = failures, rest
        self._departments: Mapping[str, str] = {}
        self._breakers: dict[str, Breaker] = {}
        self.learn(departments)

    def learn(self, departments: Mapping[str, str]) -> None:
        """These items belong to these departments from now on; what is known of a department stays."""
        with self._lock:
            for name in sorted(set(departments.values()) - self._breakers.keys()):
                self._breakers[name] = Breaker(self._failures, self._rest)
            self._departments = {**self._departments, **departments}

    def department(
        self, operation: Operation, path: Mapping[str, str], query: Mapping[str, str], body: Any = None
    ) -> str | None:
        """Whose system answers: None where the gateway does so itself, or where nobody can tell."""
        if operation.conditional:  # public content, which the gateway keeps
            return None
        item = path.get("item") or query.get("item")
        if item is None and operation.name in _ITEM_IN_BODY and isinstance(body, Mapping):
            item = body.get("item")
        return self._departments.get(item) if isinstance(item, str) else None

    def guarded(self, department: str | None, attempt: Callable[[], _Said]) -> _Said | Unreachable:
        """What `attempt` comes to, or Unreachable(department-down) at once while the breaker is open."""
        if department is None:
            return attempt()
        begun = self._clock.monotonic()
        with self._lock:
            leave = self._breakers[department].admit(begun)
        if isinstance(leave, float):
            return Unreachable(Reason.DEPARTMENT_DOWN, "left alone after several failures", leave)
        found = Verdict.SILENT
        try:
            said = attempt()
            found = verdict(said, self._clock.monotonic() - begun)
        finally:  # a probe that ends in an exception must not keep the department shut for good
            with self._changing():
                self._breakers[department].settle(leave, found, self._clock.monotonic())
        return said

    def told(self, health: Any) -> None:
        """What getHealth says of the departments: `down` opens, `up` or `slow` lets a probe through.

        Names that the catalogue does not have are not looked at.
        """
        if not isinstance(health, Mapping):
            return
        with self._changing():
            now = self._clock.monotonic()
            for name, breaker in self._breakers.items():
                if health.get(name) == "down":
                    breaker.open(now)
                elif health.get(name) in ("up", "slow"):
                    breaker.relent(now)

    def gateway_lost(self) -> None:
        """The gateway itself does not answer: what timed out meanwhile says nothing about a department."""
        with self._changing():
            for breaker in self._breakers.values():
                breaker.close()

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Under the lock; the log hears of the first failure and of the recovery, not of each in between."""
        with self._lock:
            before = {name for name, breaker in self._breakers.items() if breaker.shut}
            yield
            after = {name for name, breaker in self._breakers.items() if breaker.shut}
        for name in sorted(after - before):
            log.warning("department %s does not answer, and is left alone", name)
        for name in sorted(before - after):
            log.warning("department %s is asked again", name)

    def state(self, department: str) -> State:
        """What holds now, for a technician."""
        with self._lock:
            return self._breakers[department].state(self._clock.monotonic())


def verdict(said: object, took: float) -> Verdict:
    """What an attempt that ended after `took` seconds says about the department."""
    match said:
        case HttpAnswer(status=status) | Problem(status=status) if status in _GATEWAYS_OWN:
            return Verdict.SILENT
        case HttpAnswer(status=status):
            return Verdict.BAD if status >= 500 else Verdict.GOOD
        case Unreachable(reason=Reason.SERVER_ERROR):
            return Verdict.BAD
        case Unreachable(reason=Reason.TIMEOUT):
            return Verdict.BAD if took >= _FAIR else Verdict.SILENT
        case Unreachable():
            return Verdict.SILENT
        case _:
            return Verdict.GOOD
