"""The owner thread by the clock: how many codes are told in a second, when a trigger is given again."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator

import pytest

from drivers.code_scanner import CodeRead, CodeScanner, CodeUnreadable, Condition
from drivers.code_scanner.poller import BACK_OFF, MOST_A_SECOND, TRIGGER_SECONDS
from drivers.code_scanner.raw import Raw
from drivers.device import HealthChanged
from drivers.exc import TransportLost
from drivers.owner import PATIENCE_SECONDS
from tests.contract.heard import DEADLINE, Heard


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

    def __init__(self, settle: float = 0.0) -> None:
        self.clock = Clock()
        self.source = Fed()
        self.heard = Heard()
        self.scanner = CodeScanner(
            source=lambda: self.source, listener=self.heard, monotonic=self.clock, settle=settle
        )
        self.scanner.open()
        self.heard.condition(Condition.READY)

    def round(self) -> None:
        """The owner thread has been round once since what was done before."""
        self.scanner.self_test()

    def lose(self) -> None:
        """The plug is out, and the owner thread knows."""
        self.source.gone = True
        while self.scanner.self_test().passed:
            pass

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


def test_plug_that_bounces_is_not_told(bench: Bench) -> None:
    bench.scanner.close()
    bouncing = Bench(settle=1.0)
    try:
        bouncing.lose()
        bouncing.clock.now += 0.5
        assert bouncing.scanner.health().condition == Condition.READY
        bouncing.source.gone = False
        bouncing.round()
        bouncing.clock.now += 10.0
        bouncing.round()
        assert [event.health.condition for event in bouncing.heard.of(HealthChanged)] == ["ready"]
    finally:
        bouncing.scanner.close()


def test_loss_that_lasts_is_told_when_it_has_settled_and_since_when(bench: Bench) -> None:
    bench.scanner.close()
    lost = Bench(settle=1.0)
    try:
        lost.lose()
        lost.clock.now += 1.0
        lost.round()
        lost.heard.condition(Condition.UNPLUGGED)
        assert lost.scanner.health().since == 1000.0
    finally:
        lost.source.gone = False
        lost.scanner.close()


def test_serial_scanner_whose_plug_bounced_is_as_known_as_before(bench: Bench) -> None:
    bench.scanner.close()
    bouncing = Bench(settle=1.0)
    bouncing.source.proven = False
    try:
        for _ in range(2):
            bouncing.lose()
            bouncing.source.gone = False
            bouncing.clock.now += 0.9
            bouncing.round()
        assert bouncing.scanner.self_test().passed
        bouncing.lose()
        bouncing.clock.now += 1.1
        bouncing.heard.condition(Condition.UNPLUGGED)
        bouncing.source.gone = False
        bouncing.round()
        bouncing.heard.condition(Condition.LISTENING)
    finally:
        bouncing.scanner.close()


def test_driver_that_a_bug_took_says_so_and_comes_back_asking_and_counting(bench: Bench) -> None:
    bench.scanner.arm()
    bench.round()
    bench.feed(1)

    def broken(_event: object) -> None:
        bench.heard.then = lambda _event: None
        raise RuntimeError("a bug")

    bench.heard.then = broken
    bench.source.bodies.put(b"0002")
    bench.heard.condition(Condition.DRIVER_FAILED)
    bench.heard.condition(Condition.READY)
    bench.round()
    bench.feed(1)
    assert bench.scanner.counts["read"] == 3


def test_call_that_hangs_in_the_kernel_costs_the_thread_and_not_the_scanner() -> None:
    stuck, let_go = threading.Event(), threading.Event()
    clock = Clock()
    sources: list[Fed] = []

    class Stuck(Fed):
        """Its trigger report is never taken."""

        def trigger(self, *, on: bool) -> None:
            if on:
                stuck.set()
                let_go.wait(DEADLINE)
            super().trigger(on=on)

    def source() -> Fed:
        sources.append(Fed() if sources else Stuck())
        return sources[-1]

    heard = Heard()
    scanner = CodeScanner(source=source, listener=heard, monotonic=clock)
    try:
        scanner.open()
        heard.condition(Condition.READY)
        scanner.arm()
        assert stuck.wait(DEADLINE)
        assert not scanner.self_test(deadline=0.05).passed
        clock.now += PATIENCE_SECONDS + 1
        scanner.attend()
        heard.condition(Condition.DRIVER_FAILED)
        heard.condition(Condition.READY)
        assert scanner.self_test().passed
        sources[1].bodies.put(b"0001")
        assert heard.next(CodeRead).text == "0001"
        let_go.set()
    finally:
        let_go.set()
        scanner.close()


def test_nothing_of_a_code_is_logged(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    secret = "TJ-SECRET-110101199003070038"
    with caplog.at_level(logging.DEBUG):
        bench.source.bodies.put(secret.encode())
        bench.scanner.arm()
        bench.round()
        bench.source.bodies.put(secret.encode())
        assert bench.heard.next(CodeRead).text == secret
        bench.source.bodies.put(secret.encode() + b"\x00")
        bench.heard.next(CodeUnreadable)

        def broken(event: object) -> None:
            bench.heard.then = lambda _event: None
            raise RuntimeError(secret, event)

        bench.heard.then = broken
        bench.source.bodies.put(secret.encode())
        bench.heard.condition(Condition.DRIVER_FAILED)
        bench.heard.condition(Condition.READY)
        bench.source.gone = True
        bench.heard.condition(Condition.UNPLUGGED)
    assert len(caplog.records) >= 2  # the fall and the loss
    assert secret not in caplog.text
