"""The owner thread by the clock: how many codes are told in a second, when a trigger is given again."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from drivers.code_scanner import CodeRead, CodeScanner, Condition
from drivers.code_scanner.raw import Raw
from drivers.code_scanner.scanner import BACK_OFF, MOST_A_SECOND, TRIGGER_SECONDS
from drivers.device import HealthChanged
from drivers.exc import TransportLost
from tests.contract.heard import Heard


class Clock:
    """Stands still until the test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Fed:
    """A source that the test feeds."""

    proven = True
    identified = False

    def __init__(self) -> None:
        self.bodies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.triggered: list[bool] = []
        self.opened = 0
        self.gone = False

    def open(self) -> None:
        self.opened += 1
        if self.gone:
            raise TransportLost("not there")

    def close(self) -> None: ...

    def receive(self, timeout: float, asked: int) -> list[Raw]:
        if self.gone:
            raise TransportLost("gone")
        try:
            body = self.bodies.get(timeout=min(timeout, 0.01))
        except queue.Empty:
            return []
        return [Raw(asked, body if asked else b"")]

    def drain(self) -> list[Raw]:
        return []

    def forget(self) -> None: ...

    def trigger(self, *, on: bool) -> None:
        self.triggered.append(on)

    def wake(self) -> None: ...


class Bench:
    """A scanner whose time and codes are the test's."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.source = Fed()
        self.heard = Heard()
        self.scanner = CodeScanner(source=self.source, listener=self.heard, monotonic=self.clock)
        self.scanner.open()
        self.heard.condition(Condition.READY)

    def round(self) -> None:
        """The owner thread has been round once since what was done before."""
        self.scanner.self_test()

    def feed(self, count: int) -> None:
        """So many codes, each judged when this returns."""
        wanted = sum(self.scanner.counts.values()) + count
        for number in range(count):
            self.source.bodies.put(f"{number:04}".encode())
        while sum(self.scanner.counts.values()) < wanted:
            self.round()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.source.gone = False
    made.scanner.close()


def test_no_more_than_a_hand_shows_are_told_in_a_second(bench: Bench) -> None:
    bench.scanner.arm()
    bench.round()
    bench.feed(4 * MOST_A_SECOND)
    assert bench.scanner.counts == {"read": MOST_A_SECOND, "unreadable": 0, "dropped": 3 * MOST_A_SECOND}
    bench.clock.now += 0.999
    bench.feed(1)
    assert bench.scanner.counts["read"] == MOST_A_SECOND
    bench.clock.now += 0.001
    bench.feed(1)
    assert bench.scanner.counts["read"] == len(bench.heard.of(CodeRead)) == MOST_A_SECOND + 1


def test_trigger_is_given_again_while_a_code_is_asked_for_and_taken_back_after(bench: Bench) -> None:
    bench.round()
    assert bench.source.triggered == [False]
    bench.scanner.arm()
    bench.round()
    bench.round()
    assert bench.source.triggered == [False, True]
    bench.clock.now += TRIGGER_SECONDS
    bench.round()
    bench.round()
    assert bench.source.triggered == [False, True, True]
    bench.scanner.disarm()
    bench.round()
    assert bench.source.triggered == [False, True, True, False]


def test_scanner_is_not_left_reading_when_it_is_closed(bench: Bench) -> None:
    bench.scanner.arm()
    bench.round()
    bench.scanner.close()
    assert bench.source.triggered[-1] is False


def test_lost_port_is_told_once_and_so_is_its_return(bench: Bench) -> None:
    bench.source.gone = True
    bench.heard.condition(Condition.UNPLUGGED)
    for _ in BACK_OFF:
        bench.round()  # a self-test tries at once
    bench.source.gone = False
    bench.round()
    bench.heard.condition(Condition.READY)
    assert bench.source.opened >= len(BACK_OFF) + 2
    conditions = [event.health.condition for event in bench.heard.of(HealthChanged)]
    assert conditions == ["ready", "unplugged", "ready"]


def test_health_of_a_closed_scanner_is_not_that_of_the_open_one(bench: Bench) -> None:
    bench.scanner.close()
    assert bench.scanner.health().condition == Condition.UNKNOWN
    assert not bench.scanner.self_test().passed
