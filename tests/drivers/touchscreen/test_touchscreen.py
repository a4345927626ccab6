"""The device's own rules, by a clock that the test moves and a line that it speaks on."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator

import pytest

from drivers.device import HealthChanged
from drivers.exc import TransportLost, TransportTimeout
from drivers.owner import PATIENCE_SECONDS
from drivers.touchscreen import Condition, Touchscreen
from drivers.touchscreen import touchscreen as module
from drivers.touchscreen.dialect import Reply
from drivers.touchscreen.health import MEANING, condition_of_error
from drivers.touchscreen.report import Report
from drivers.touchscreen.watch import STUCK_SECONDS
from tests.contract.heard import DEADLINE, Heard


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Line:
    """A line that a test speaks on. `receive` never waits."""

    skipped = 0

    def __init__(self, *, asks: bool) -> None:
        self.asks = asks
        self.answering = True
        self.asked = 0
        self.opened = 0
        self.error: OSError | Exception | None = None
        self.reports: list[Report] = []
        self.replies = [Reply((("firmware", "1"),))]

    def open(self) -> None:
        if self.error is not None:
            raise self.error
        self.opened += 1

    def close(self) -> None:
        """Nothing is held."""

    def receive(self, timeout: float) -> list[Report]:
        if self.error is not None:
            raise self.error
        found, self.reports = self.reports, []
        return found

    def answers(self) -> bool:
        self.asked += 1
        return self.answering

    def examine(self) -> list[Reply]:
        return self.replies if self.answering else []

    def wake(self) -> None:
        """It never waits."""


class World:
    def __init__(self, *, asks: bool) -> None:
        self.clock = Clock()
        self.line = Line(asks=asks)
        self.heard = Heard()
        self.screen = Touchscreen(source=lambda: self.line, listener=self.heard, monotonic=self.clock)
        self.screen.open()
        self.screen.self_test()

    @property
    def condition(self) -> str:
        return self.screen.health().condition

    def later(self, seconds: float, step: float = 20.0) -> None:
        """Time passes in steps that no watchdog minds, and the owner thread lives through each."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.clock.now = min(end, self.clock.now + step)
            self.rounds()

    def rounds(self) -> None:
        """The owner thread went round twice: what was due is done."""
        for _ in range(3):
            assert self.screen._owner.ask(lambda: True, 10.0)

    def tap(self) -> None:
        self.line.reports = [Report(0, True, 0.5, 0.5), Report(0, False, 0.5, 0.5)]
        self.rounds()


@pytest.fixture
def serial() -> Iterator[World]:
    made = World(asks=True)
    yield made
    made.screen.close()


@pytest.fixture
def node() -> Iterator[World]:
    made = World(asks=False)
    yield made
    made.screen.close()


def test_serial_controller_is_asked_every_half_minute_of_silence(serial: World) -> None:
    serial.rounds()
    before = serial.line.asked
    serial.later(module.ASK_SECONDS - 1)
    assert serial.line.asked == before
    serial.later(2)
    assert serial.line.asked == before + 1


def test_serial_controller_that_is_touched_is_not_asked(serial: World) -> None:
    serial.rounds()
    before = serial.line.asked
    for _ in range(10):
        serial.later(module.ASK_SECONDS / 2)
        serial.tap()
    assert serial.line.asked == before


def test_three_unanswered_questions_are_silence_and_two_are_not(serial: World) -> None:
    serial.rounds()
    serial.line.answering = False
    serial.later(module.ASK_SECONDS + 0.1)
    assert (serial.screen.counts["unanswered"], serial.condition) == (1, Condition.READY)
    serial.later(module.AGAIN_SECONDS + 0.1)
    assert (serial.screen.counts["unanswered"], serial.condition) == (2, Condition.READY)
    serial.later(module.AGAIN_SECONDS + 0.1)
    assert (serial.screen.counts["unanswered"], serial.condition) == (3, Condition.SILENT)
    serial.line.answering = True
    serial.later(module.AGAIN_SECONDS + 0.1)
    assert serial.condition == Condition.READY


def test_node_that_was_not_touched_is_listening_and_never_ready(node: World) -> None:
    node.rounds()
    assert node.condition == Condition.LISTENING
    assert not node.screen.self_test().passed
    node.later(600)
    assert [each.health.condition for each in node.heard.of(HealthChanged)] == [Condition.LISTENING]


def test_node_that_nobody_touched_for_long_is_not_known_to_be_well(
    node: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STALE_SECONDS", 600.0)
    node.tap()
    assert node.condition == Condition.READY
    node.later(module.STALE_SECONDS - 60)
    assert node.condition == Condition.READY
    node.later(120)
    assert node.condition == Condition.LISTENING
    node.tap()
    assert node.condition == Condition.READY


def test_page_that_sees_three_touches_which_the_node_does_not_shows_it_silent(node: World) -> None:
    node.tap()
    for missed in range(module.PAGE_TOUCHES):
        assert node.condition == Condition.READY, missed
        node.later(10)
        node.screen.page_touched()
        node.later(module.PAGE_SECONDS)
    assert node.condition == Condition.SILENT
    node.tap()
    assert node.condition == Condition.READY


def test_touch_that_both_saw_begins_the_count_anew(node: World) -> None:
    node.tap()
    for _ in range(4):
        node.later(10)
        node.screen.page_touched()
        node.later(module.PAGE_SECONDS)
        node.later(10)
        node.screen.page_touched()
        node.later(module.PAGE_SECONDS)
        node.later(10)
        node.tap()
        node.screen.page_touched()
        node.later(module.PAGE_SECONDS)
    assert node.condition == Condition.READY


def test_touch_that_the_page_tells_late_or_early_is_the_same_touch(node: World) -> None:
    for _ in range(5):
        node.tap()
        node.later(module.PAGE_SECONDS - 1, step=1)
        node.screen.page_touched()
        node.later(20)
        node.screen.page_touched()
        node.later(module.PAGE_SECONDS - 1, step=1)
        node.tap()
        node.later(20)
    assert node.condition == Condition.READY


def test_contact_that_stays_is_stuck_after_a_minute(node: World) -> None:
    node.line.reports = [Report(0, True, 0.5, 0.5)]
    node.rounds()
    node.later(STUCK_SECONDS - 1)
    assert node.condition == Condition.READY
    node.later(2)
    assert node.condition == Condition.STUCK
    node.line.reports = [Report(0, False, 0.5, 0.5)]
    node.rounds()
    assert node.condition == Condition.READY


def test_plug_that_bounces_is_not_told_and_one_that_stays_out_is(node: World) -> None:
    node.tap()
    node.line.error = TransportLost(errno.ENODEV, "gone")
    node.rounds()
    assert node.condition == Condition.READY
    node.line.error = None
    node.later(module.BOUNCE_SECONDS - 0.5, step=0.1)
    node.tap()
    assert [each.health.condition for each in node.heard.of(HealthChanged)][-1] == Condition.READY
    node.line.error = TransportLost(errno.ENODEV, "gone")
    node.later(module.BOUNCE_SECONDS + 1, step=0.1)
    assert node.condition == Condition.UNPLUGGED


def test_port_that_never_was_there_is_told_at_once_and_only_once() -> None:
    clock, line, heard = Clock(), Line(asks=False), Heard()
    line.error = TransportLost(errno.ENOENT, "no such port")
    screen = Touchscreen(source=lambda: line, listener=heard, monotonic=clock)
    screen.open()
    heard.condition(Condition.UNPLUGGED)
    for _ in range(10):
        clock.now += 10
        screen.self_test()
    assert len(heard.of(HealthChanged)) == 1
    screen.close()


@pytest.mark.parametrize(
    ("number", "condition"),
    [
        (errno.EBUSY, Condition.PORT_BUSY),
        (errno.EAGAIN, Condition.PORT_BUSY),
        (errno.EACCES, Condition.PORT_DENIED),
        (errno.EPERM, Condition.PORT_DENIED),
        (errno.ENOTTY, Condition.NOT_A_TOUCHSCREEN),
        (errno.ENOENT, Condition.UNPLUGGED),
        (errno.ENODEV, Condition.UNPLUGGED),
    ],
)
def test_condition_of_a_port_is_that_of_its_errno(number: int, condition: Condition) -> None:
    assert condition_of_error(TransportLost(number, "port")) is condition
    assert condition_of_error(TransportTimeout("took no bytes")) is Condition.UNPLUGGED


def test_bug_in_a_line_is_told_and_the_panel_comes_back(
    serial: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.owner.BACK_OFF", (0.0,))
    serial.rounds()
    serial.line.error = ZeroDivisionError()
    serial.heard.condition(Condition.DRIVER_FAILED)
    serial.line.error = None
    serial.heard.condition(Condition.READY)


class HangingLine(Line):
    """A line whose next `receive` hangs until `let_go`; the panel was touched then, or `lost`."""

    def __init__(self, lost: Exception | None) -> None:
        super().__init__(asks=False)
        self.hangs, self.let_go = threading.Event(), threading.Event()
        self.thread = threading.current_thread()
        self._lost = lost

    def receive(self, timeout: float) -> list[Report]:
        self.thread = threading.current_thread()
        self.hangs.set()
        assert self.let_go.wait(DEADLINE)
        if self._lost is not None:
            raise self._lost
        return [Report(0, True, 0.5, 0.5), Report(0, False, 0.5, 0.5)]


@pytest.mark.parametrize("lost", [None, TransportLost(errno.EACCES, "denied")])
def test_thread_that_was_given_up_and_wakes_says_nothing_of_the_panel(
    lost: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.owner.BACK_OFF", (DEADLINE * 4,))  # no other turn begins meanwhile
    clock, heard, line = Clock(), Heard(), HangingLine(lost)
    screen = Touchscreen(source=lambda: line, listener=heard, monotonic=clock)
    screen.open()
    assert line.hangs.wait(DEADLINE)
    clock.now += PATIENCE_SECONDS + 1
    screen.attend()
    line.let_go.set()
    line.thread.join(DEADLINE)
    assert not line.thread.is_alive()
    assert screen.health().condition == Condition.DRIVER_FAILED
    assert heard.of(HealthChanged)[-1].health.condition == Condition.DRIVER_FAILED
    screen.close()


def test_fault_that_the_controller_names_is_in_the_cause(serial: World) -> None:
    serial.line.replies = [Reply(fault="its own status is 04h")]
    assert not serial.screen.self_test().passed
    assert "04h" in serial.screen.health().cause


@pytest.mark.parametrize("condition", Condition)
def test_every_condition_has_its_cause_and_remedy_but_the_good_one(condition: Condition) -> None:
    meaning = MEANING[condition]
    assert bool(meaning.cause) is bool(meaning.remedy) is (condition is not Condition.READY)


def test_nothing_of_where_is_logged(serial: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    serial.line.reports = [Report(0, True, 0.34375, 0.65625), Report(0, False, 0.34375, 0.65625)]
    serial.rounds()
    serial.line.error = TransportLost(errno.ENODEV, "gone")
    serial.later(5, step=0.5)
    assert "0.34" not in caplog.text + repr(serial.heard.events)
    assert "gone" in caplog.text
