"""A city of terminals against one gateway, through a day with outages, on one simulated clock.

Each terminal is the real thing below the agent: outbox, journal, schedule, rate and sync on a SQLite file of
its own. There are no threads: one heap of events, and `Sync.step` is called by hand. A sending takes time
on the clock of its own terminal only, so a slow answer to one holds up no other.
"""

from __future__ import annotations

import heapq
import random
import resource
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from offline_cache.answers import Accepted, Answer, Temporary, TooMany, Unreachable
from offline_cache.journal import Intact
from offline_cache.opening import open_outbox
from offline_cache.rate import Left, Quota, Stated
from offline_cache.submission import State, Submission
from offline_cache.sync import Sync
from tests.offline_cache.world import START, Roomy, submission, visit_id

HOUR = 3600.0
DAY = 24 * HOUR
Span = tuple[float, float]
"""From and until, in seconds."""


class Clock:
    """One terminal's: at the event that it acts on, or further while it waits for an answer."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def reach(self, seconds: float) -> None:
        """It is at least that late."""
        self.seconds = max(self.seconds, seconds)


class NoJitter(random.Random):
    """Chance without chance: always the middle."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


SIX_A_MINUTE = Quota(6, 60.0)


@dataclass
class Plan:
    """What a day is made of. `quota` is stated for each terminal; `faults` is the share of requests that are
    reset after the gateway acted, refused with 429 or 503, or slow: a quarter each."""

    terminals: int
    submissions: int
    outages: tuple[Span, ...]
    quota: Quota = SIX_A_MINUTE
    faults: float = 0.08
    citizens_after: int = 1
    kicked: bool = True
    paced: bool = True
    jitter: bool = True
    seed: int = 1


class Gateway:
    """Acts once for each key, states its rate, counts everything that reaches it; silent in an outage."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.chance = random.Random(plan.seed)
        self.asked: list[list[float]] = [[] for _ in range(plan.terminals)]  # when, by terminal
        self.acted: dict[str, tuple[float, Submission]] = {}
        self.told: Counter[str] = Counter()
        self._recent: list[deque[float]] = [deque() for _ in range(plan.terminals)]

    def silent(self, at: float) -> bool:
        return any(begin <= at < end for begin, end in self.plan.outages)

    def arrived(self, terminal: int, at: float) -> Stated:
        """Counted; what the answer will state."""
        self.asked[terminal].append(at)
        quota, recent = self.plan.quota, self._recent[terminal]
        recent.append(at)
        while recent[0] <= at - quota.seconds:
            recent.popleft()
        left = max(quota.requests - len(recent), 0)
        return Stated((quota,), (Left(left, recent[0] + quota.seconds - at),))

    def act(self, one: Submission, at: float) -> Answer:
        """Once; then the same answer again."""
        self.acted.setdefault(one.key, (at, one))
        return Accepted(f"TJ-{one.key[:8]}", "received")


class Terminal:
    """One of the city."""

    def __init__(self, number: int, plan: Plan, gateway: Gateway, folder: Path) -> None:
        self.number = number
        self.plan = plan
        self.gateway = gateway
        self.clock = Clock()
        self.chance = random.Random(plan.seed * 10_000 + number)
        self.opened = open_outbox(
            folder / str(number) / "outbox.db",
            clock=self.clock,
            random=random.Random(self.chance.getrandbits(32)),
            disk=Roomy(),
        )
        self.waits: dict[str, float] = {}  # key → when the citizen who still waits for it confirmed
        self.waited: list[float] = []
        self.probes_in_vain = 0
        self.sync = Sync(
            self.opened.outbox,
            self.send,
            probe=self.probe,
            clock=self.clock,
            random=random.Random(self.chance.getrandbits(32)) if plan.jitter else NoJitter(),
            on_answer=lambda key, _: self._answered(key),
            on_connectivity=lambda _: None,
        )

    def probe(self) -> bool:
        return not isinstance(self._exchange(None), Unreachable)

    def send(self, one: Submission) -> Answer:
        return self._exchange(one)

    def citizen(self, size: int, at: float, *, waits: bool) -> list[str]:
        """A visit: so many are confirmed, written down and hurried; returns their keys."""
        self.clock.reach(at)
        visit = visit_id(self.chance)
        keys = []
        for sequence in range(size):
            one = submission(self.chance, visit, sequence, size=200, at=self.clock.now())
            self.opened.outbox.enqueue(one)
            keys.append(one.key)
            if waits:
                self.waits[one.key] = at
            if self.plan.kicked or waits:
                self.sync.kick(one.key)
        return keys

    def _answered(self, key: str) -> None:
        if key in self.waits and self.opened.outbox.get(key).state is State.DONE:
            self.waited.append(self.clock.seconds - self.waits.pop(key))

    def _exchange(self, one: Submission | None) -> Answer:
        """One request over the line, and what came of it."""
        chance, gateway = self.chance, self.gateway
        out, back = chance.uniform(0.01, 0.1), chance.uniform(0.01, 0.1)
        if gateway.silent(self.clock.seconds):
            self.probes_in_vain += one is None
            self.clock.seconds += 4.0 if one is None else 15.0
            return Unreachable("timeout")
        self.clock.seconds += out
        stated = gateway.arrived(self.number, self.clock.seconds)
        fault = chance.choice(("reset", "429", "503", "slow")) if chance.random() < self.plan.faults else ""
        gateway.told[fault] += 1
        answer: Answer = Accepted()
        if one is not None and fault not in {"429", "503"}:
            answer = gateway.act(one, self.clock.seconds)
        if fault == "reset":
            return Unreachable("no-network")
        self.clock.seconds += back + (5.0 if fault == "slow" else 0.0)
        if self.plan.paced:
            self.sync.paced(stated)
        if fault == "429":
            return TooMany(10.0)
        return Temporary("server-error") if fault == "503" else answer


@dataclass
class Report:
    """What a day came to. Times in seconds."""

    terminals: int
    submissions: int
    requests: int
    worst_terminal: int
    """The most that one terminal asked in one window of the quota."""
    worst_city: int
    """The most that all asked together in one window of the quota."""
    stated_city: int
    drained: float
    """From the end of the last outage until the last of what then waited was acted upon."""
    first_contacts: list[float] = field(repr=False)
    """When each terminal was first heard again, from the end of the last outage."""
    probes_a_minute: float
    """The mean of a terminal in the outages."""
    waited: list[float] = field(repr=False)
    """How long citizens after the outage waited for the answer to their own."""

    @property
    def first_together(self) -> int:
        """The most first contacts in any one second."""
        return most_within(1.0, sorted(self.first_contacts))

    def __str__(self) -> str:
        waited = sorted(self.waited) or [0.0]
        return (
            f"fleet: {self.terminals} terminals, {self.submissions} submissions, {self.requests} requests;"
            f" drained in {self.drained / 60:.1f} min; at most {self.worst_terminal} a window from one"
            f" terminal, {self.worst_city} of {self.stated_city} stated from all; first contact spread over"
            f" {max(self.first_contacts):.0f} s, at most {self.first_together} in a second;"
            f" {self.probes_a_minute:.2f} probes a minute in the outage; a citizen during the drain waited"
            f" {waited[len(waited) // 2]:.1f} s (median), {waited[-1]:.1f} s (longest)"
        )


class Fleet:
    """The city. `run` goes through the day; `report` judges it, and raises where a promise broke."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.gateway = Gateway(plan)
        self.terminals = [Terminal(number, plan, self.gateway, folder) for number in range(plan.terminals)]
        self.enqueued: set[str] = set()
        self._heap: list[tuple[float, int, Callable[[float], None]]] = []
        self._ties = count()
        self._turn = [0] * plan.terminals

    def run(self) -> None:
        """From 0 to an hour after the last outage."""
        begin, end = self.plan.outages[0][0], self.plan.outages[-1][1]
        for terminal in self.terminals:
            chance = terminal.chance
            left = self.plan.submissions
            while left > 0:
                size = min(left, chance.choice((1, 1, 2, 3)))
                left -= size
                at = chance.uniform(begin, end - 60.0) if self.plan.kicked else 0.0
                self._at(at, self._citizen(terminal, size, waits=False))
            for _ in range(self.plan.citizens_after):
                self._at(end + chance.uniform(60.0, 600.0), self._citizen(terminal, 1, waits=True))
            self._step_at(terminal, 0.0)
        until = end + HOUR
        while self._heap and self._heap[0][0] <= until:
            at, _, act = heapq.heappop(self._heap)
            act(at)

    def report(self) -> Report:
        """Judge the day."""
        self._all_delivered_once_and_in_order()
        quota, asked = self.plan.quota, self.gateway.asked
        end = self.plan.outages[-1][1]
        silent = sum(until - since for since, until in self.plan.outages) / 60
        waited_then = [at for at, _ in self.gateway.acted.values() if at >= end]
        return Report(
            terminals=len(self.terminals),
            submissions=len(self.gateway.acted),
            requests=sum(map(len, asked)),
            worst_terminal=max(most_within(quota.seconds, at) for at in asked),
            worst_city=most_within(quota.seconds, sorted(at for each in asked for at in each)),
            stated_city=quota.requests * len(self.terminals),
            drained=max(waited_then) - end,
            first_contacts=[each[bisect_left(each, end)] - end for each in asked],
            probes_a_minute=sum(each.probes_in_vain for each in self.terminals) / len(asked) / silent,
            waited=[seconds for terminal in self.terminals for seconds in terminal.waited],
        )

    def _all_delivered_once_and_in_order(self) -> None:
        acted = self.gateway.acted
        assert acted.keys() == self.enqueued, "not exactly what was promised was delivered"
        visits: dict[str, list[tuple[float, int]]] = {}
        for at, one in acted.values():
            visits.setdefault(one.visit, []).append((at, one.sequence))
        for steps in visits.values():
            assert [sequence for _, sequence in sorted(steps)] == sorted(s for _, s in steps), "out of order"
        for terminal in self.terminals:
            filed = terminal.opened.outbox.list()
            assert {one.state for one in filed} == {State.DONE}, "not all of them were told"
            assert all(one.number == f"TJ-{one.key[:8]}" for one in filed), "another's number"
            assert isinstance(terminal.opened.journal.verify(), Intact)

    def close(self) -> None:
        for terminal in self.terminals:
            terminal.opened.close()

    def _at(self, seconds: float, act: Callable[[float], None]) -> None:
        heapq.heappush(self._heap, (seconds, next(self._ties), act))

    def _citizen(self, terminal: Terminal, size: int, *, waits: bool) -> Callable[[float], None]:
        def act(at: float) -> None:
            self.enqueued.update(terminal.citizen(size, at, waits=waits))
            self._step_at(terminal, terminal.clock.seconds)

        return act

    def _step_at(self, terminal: Terminal, seconds: float) -> None:
        """The next step; one that was planned before does not count any more."""
        self._turn[terminal.number] += 1
        turn = self._turn[terminal.number]

        def act(at: float) -> None:
            if turn == self._turn[terminal.number]:
                terminal.clock.reach(at)
                pause = terminal.sync.step()
                self._step_at(terminal, terminal.clock.seconds + pause)

        self._at(seconds, act)


def most_within(seconds: float, at: Sequence[float]) -> int:
    """The most of the sorted `at` in any half-open window of so many seconds (but for rounding)."""
    most = first = 0
    for number, end in enumerate(at):
        while at[first] <= end - seconds + 1e-6:
            first += 1
        most = max(most, number - first + 1)
    return most


def many_files() -> None:
    """Four a terminal are open at once."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
