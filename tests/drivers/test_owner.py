"""The owner thread: begun and ended, begun anew after a bug or a hang, and what is asked of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from drivers.device import SelfTest
from drivers.owner import BACK_OFF, MOST_HUNG, STEADY_SECONDS, Fall, Owner, Turn
from tests.contract.heard import DEADLINE


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class World:
    """An owner whose body does what `does` says, and what was told of its falls."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.does: Callable[[Turn], None] = self.rounds
        self.begun = threading.Semaphore(0)
        self.falls: list[Fall] = []
        self.fell = threading.Semaphore(0)
        self.awake = threading.Event()
        self.threads: list[threading.Thread] = []
        self.owner = Owner(
            "thing", self._body, fell=self._fell, wake=self.awake.set, patience=60.0, monotonic=self.clock
        )

    def _body(self, turn: Turn) -> None:
        self.threads.append(threading.current_thread())
        self.begun.release()
        self.does(turn)

    def _fell(self, fall: Fall) -> None:
        self.falls.append(fall)
        self.fell.release()

    def rounds(self, turn: Turn) -> None:
        """As a driver does."""
        while turn.beat():
            self.owner.serve()
            self.awake.wait(DEADLINE)
            self.awake.clear()


def idle(turn: Turn) -> None:
    """Serves nobody."""
    turn.wait(DEADLINE)


def came(happened: threading.Semaphore) -> None:
    assert happened.acquire(timeout=DEADLINE), "it never came"


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.owner.close()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.owner.BACK_OFF", (0.0,))


def test_opening_twice_is_one_thread_and_closing_twice_ends_it_once(world: World) -> None:
    world.owner.open()
    world.owner.open()
    came(world.begun)
    assert world.owner.is_open
    world.owner.close()
    world.owner.close()
    assert [thread.is_alive() for thread in world.threads] == [False]


def test_it_can_be_opened_again(world: World) -> None:
    for _ in range(3):
        world.owner.open()
        came(world.begun)
        world.owner.close()
    assert len(world.threads) == 3


def test_it_may_be_closed_by_its_own_thread(world: World) -> None:
    def close(_turn: Turn) -> None:
        world.owner.close()

    world.does = close
    world.owner.open()
    came(world.begun)
    world.threads[0].join(DEADLINE)
    assert not world.threads[0].is_alive()
    assert world.falls == []


def test_what_is_asked_is_done_by_the_owner_thread(world: World) -> None:
    world.owner.open()
    assert world.owner.ask(threading.current_thread, DEADLINE) is world.threads[0]


def test_nobody_waits_for_a_closed_owner(world: World) -> None:
    assert world.owner.ask(lambda: 1, DEADLINE) is None
    stuck = threading.Event()

    def hang(_turn: Turn) -> None:
        stuck.wait(DEADLINE)

    world.does = hang
    world.owner.open()
    came(world.begun)
    answers: list[object] = []
    asking = threading.Thread(target=lambda: answers.append(world.owner.ask(lambda: 1, DEADLINE)))
    asking.start()
    assert world.awake.wait(DEADLINE)
    stuck.set()
    world.owner.close()
    asking.join(DEADLINE)
    assert answers == [None]


@pytest.mark.usefixtures("at_once")
def test_crash_is_told_and_the_thread_is_begun_anew(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def crash(turn: Turn) -> None:
        world.does = world.rounds
        raise ZeroDivisionError("names 张三 110101199003070038")

    world.does = crash
    with caplog.at_level(logging.ERROR, "drivers"):
        world.owner.open()
        came(world.fell)
        came(world.begun)
        came(world.begun)
    assert world.falls == [Fall.CRASHED]
    assert world.owner.ask(lambda: 7, DEADLINE) == 7
    (line,) = caplog.messages
    assert "ZeroDivisionError at test_owner.py" in line
    assert "张三" not in line
    assert caplog.records[0].exc_info is None  # a traceback would show the words


@pytest.mark.usefixtures("at_once")
def test_crash_while_somebody_asks_lets_go_who_asked(world: World) -> None:
    world.owner.open()

    def bug() -> int:
        raise KeyError

    assert world.owner.ask(bug, DEADLINE) is None
    came(world.fell)
    assert world.owner.ask(lambda: 7, DEADLINE) == 7


def test_each_fall_waits_longer_and_a_steady_time_forgives(world: World) -> None:
    fall = world.owner._fall
    pauses = []
    for _ in range(len(BACK_OFF) + 2):
        world.clock.now += 61.0
        pauses.append(fall(Fall.CRASHED, ""))
    assert pauses == [*BACK_OFF, BACK_OFF[-1], BACK_OFF[-1]]
    world.clock.now += STEADY_SECONDS + 1
    assert fall(Fall.CRASHED, "") == BACK_OFF[0]


def test_closing_ends_a_pause(world: World) -> None:
    def crash(_turn: Turn) -> None:
        raise ZeroDivisionError

    world.does = crash
    world.owner.open()
    came(world.fell)
    world.owner.close()
    assert not world.threads[0].is_alive()
    assert len(world.threads) == 1


@pytest.mark.usefixtures("at_once")
def test_a_thread_that_hangs_is_given_up_and_another_takes_its_place(world: World) -> None:
    let_go = threading.Event()
    after: list[bool] = []

    def hang(turn: Turn) -> None:
        turn.beat()
        let_go.wait(DEADLINE)
        after.append(turn.beat())

    world.does = hang
    world.owner.open()
    came(world.begun)
    world.owner.attend()
    assert world.falls == []  # not yet
    world.does = world.rounds
    world.clock.now += 61.0
    world.owner.attend()
    assert world.falls == [Fall.HUNG]
    came(world.begun)
    assert world.owner.ask(threading.current_thread, DEADLINE) is world.threads[1]
    let_go.set()
    world.threads[0].join(DEADLINE)
    assert after == [False]  # when it wakes it has to return, and is not heard
    world.owner.attend()
    assert world.falls == [Fall.HUNG]


def test_a_thread_that_beats_is_not_given_up(world: World) -> None:
    world.owner.open()
    for _ in range(5):
        world.clock.now += 59.0
        world.owner.ask(lambda: None, DEADLINE)
        world.owner.ask(lambda: None, DEADLINE)  # the round of the first has beaten by now
        world.owner.attend()
    assert world.falls == []


def test_the_first_of_many_falls_is_logged_and_the_recovery(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.owner.open()
    came(world.begun)
    fall = world.owner._fall
    with caplog.at_level(logging.DEBUG, "drivers"):
        for _ in range(100):
            fall(Fall.CRASHED, "KeyError at thing.py:1")
        fall(Fall.CRASHED, "KeyError at thing.py:2")
        world.clock.now += STEADY_SECONDS + 1
        world.owner.ask(lambda: None, DEADLINE)
        world.owner.ask(lambda: None, DEADLINE)  # the round of the first has beaten by now
    assert [(record.levelname, "runs again" in record.message) for record in caplog.records] == [
        ("ERROR", False),
        ("ERROR", False),
        ("WARNING", True),
    ]


@pytest.mark.usefixtures("at_once")
def test_who_cannot_be_told_of_a_fall_does_not_end_the_device(world: World) -> None:
    def deaf(_fall: Fall) -> None:
        world.fell.release()
        raise ValueError

    def crash(_turn: Turn) -> None:
        world.does = world.rounds
        raise ZeroDivisionError

    world.owner._fell = deaf
    world.does = crash
    world.owner.open()
    came(world.fell)
    came(world.begun)
    came(world.begun)
    assert world.owner.ask(lambda: 7, DEADLINE) == 7


def test_one_that_was_given_up_serves_nobody_any_more(world: World) -> None:
    let_go, over = threading.Event(), threading.Event()
    served: list[threading.Thread] = []

    def hang(_turn: Turn) -> None:
        let_go.wait(DEADLINE)
        world.owner.serve()
        over.set()

    world.does = hang
    world.owner.open()
    came(world.begun)
    world.does = idle
    world.clock.now += 61.0
    world.owner.attend()
    asking = threading.Thread(
        target=lambda: world.owner.ask(lambda: served.append(threading.current_thread()), DEADLINE)
    )
    asking.start()
    while not world.owner.is_asked:
        pass
    let_go.set()
    assert over.wait(DEADLINE)
    assert served == []
    world.owner.close()
    asking.join(DEADLINE)


def test_a_self_test_of_a_closed_device_or_without_an_outcome_does_not_pass(world: World) -> None:
    assert world.owner.self_test(lambda: SelfTest(True, "well"), DEADLINE) == SelfTest(False, "设备没有打开")
    world.owner.open()
    assert world.owner.self_test(lambda: SelfTest(True, "well"), DEADLINE).passed
    world.does = idle
    world.owner.close()
    world.owner.open()
    came(world.begun)
    came(world.begun)
    outcome = world.owner.self_test(lambda: SelfTest(True, "well"), 0.05)
    assert outcome == SelfTest(False, "0.05 秒内没有结果")


@pytest.mark.usefixtures("at_once")
def test_of_a_device_that_hangs_again_and_again_only_so_many_threads_are_left(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    let_go = [threading.Event() for _ in range(MOST_HUNG)]
    hangs = iter(let_go)

    def hang(_turn: Turn) -> None:
        next(hangs).wait(DEADLINE)

    world.does = hang
    world.owner.open()
    for _ in let_go:
        came(world.begun)
        world.clock.now += 61.0
        world.owner.attend()
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]  # it hung; no other is begun
    caplog.clear()
    with caplog.at_level(logging.WARNING, "drivers"):
        for _ in range(10):
            world.clock.now += 61.0
            world.owner.attend()
        assert caplog.messages == []
        assert world.owner.ask(lambda: 7, DEADLINE) is None  # and nobody waits for it
        assert world.falls == [Fall.HUNG] * MOST_HUNG
        assert len(world.threads) == MOST_HUNG
        world.does = world.rounds
        let_go[1].set()
        world.threads[1].join(DEADLINE)
        world.owner.attend()
    came(world.begun)
    assert world.owner.ask(lambda: 7, DEADLINE) == 7
    assert "thing: the driver has a thread again" in caplog.messages
    for each in let_go:
        each.set()


def test_those_that_did_not_end_on_closing_count_as_hanging(world: World) -> None:
    let_go = threading.Event()

    def hang(_turn: Turn) -> None:
        let_go.wait(DEADLINE)

    world.does = hang
    for _ in range(MOST_HUNG):
        world.owner.open()
        came(world.begun)
        world.owner.close(0.0)
    world.owner.open()
    assert world.falls == [Fall.NOT_BEGUN]
    assert len(world.threads) == MOST_HUNG
    let_go.set()


def refuses(_thread: threading.Thread) -> None:
    """As a system that is out of threads."""
    raise RuntimeError("can't start new thread")


@pytest.mark.usefixtures("at_once")
def test_a_system_without_threads_is_told_and_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR, "drivers"):
        patched.setattr(threading.Thread, "start", refuses)
        world.owner.open()
        assert world.falls == [Fall.NOT_BEGUN]
        world.owner.attend()
        world.owner.attend()
        assert [record.levelname for record in caplog.records] == ["ERROR"]
    world.owner.attend()
    came(world.begun)
    assert world.owner.ask(lambda: 7, DEADLINE) == 7


@pytest.mark.usefixtures("at_once")
def test_a_system_without_threads_when_one_hangs_costs_no_more_than_a_while(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()

    def hang(_turn: Turn) -> None:
        let_go.wait(DEADLINE)

    world.does = hang
    world.owner.open()
    came(world.begun)
    world.does = world.rounds
    world.clock.now += 61.0
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuses)
        world.owner.attend()
    assert world.falls == [Fall.HUNG]
    world.owner.attend()
    came(world.begun)
    assert world.owner.ask(lambda: 7, DEADLINE) == 7
    let_go.set()


def test_an_owner_without_a_thread_is_closed_as_any_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuses)
        world.owner.open()
        world.owner.close()
    world.owner.attend()
    assert not world.owner.is_open
    assert world.threads == []
