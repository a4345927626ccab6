"""A device of jobs: each told once, whatever becomes of the thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from enum import StrEnum

import pytest

from drivers.device import Availability, Meaning, SelfTest
from drivers.jobs import JobDevice
from drivers.keeping import DRIVER_FAILED, KeptHealth
from drivers.owner import PATIENCE_SECONDS, Fall, Turn
from tests.contract.heard import DEADLINE, Heard


class Condition(StrEnum):
    """Of a thing."""

    UNKNOWN = "unknown"
    READY = "ready"
    DRIVER_FAILED = "driver-failed"


_MEANINGS = {
    Condition.UNKNOWN: Meaning(Availability.UNKNOWN, "", ""),
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.DRIVER_FAILED: DRIVER_FAILED,
}


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Told:
    """A `done`."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self._so = threading.Event()

    def __call__(self, outcome: str) -> None:
        self.outcomes.append(outcome)
        self._so.set()

    def outcome(self) -> str:
        assert self._so.wait(DEADLINE), "no outcome"
        return self.outcomes[0]


class World:
    """A device that does what `does` says with a job."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.heard = Heard()
        self.kept = KeptHealth(_MEANINGS, Condition.UNKNOWN, self.heard, self.clock)
        self.does: Callable[[str], str] = str.upper
        self.works: list[World.Work] = []
        self.device: JobDevice[Condition, str, str, World.Work] = JobDevice(
            "thing",
            monotonic=self.clock,
            kept=self.kept,
            failed=Condition.DRIVER_FAILED,
            closing=0.2,
            lost=lambda job: f"{job} lost",
            refused=lambda job: f"{job} refused",
            begin=self._begin,
        )

    def _begin(self, turn: Turn, _before: World.Work | None) -> World.Work:
        self.works.append(World.Work(self, turn))
        return self.works[-1]

    def give(self, job: str, *, alone: bool = False) -> Told:
        told = Told()
        self.device.put(job, told, alone=alone)
        return told

    class Work:
        """One turn's."""

        def __init__(self, world: World, turn: Turn) -> None:
            self._world = world
            self._turn = turn
            self.closed = 0

        def idle(self) -> float:
            if not self._turn.over:
                self._world.kept.report(Condition.READY)
            return 5.0

        def do(self, job: str) -> str:
            return self._world.does(job)

        def self_test(self) -> SelfTest:
            return SelfTest(True, "well")

        def wake(self) -> None: ...

        def close(self) -> None:
            self.closed += 1


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.device.close()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.owner.BACK_OFF", (0.0,))


class Held:
    """What a job does that a test lets go."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, job: str) -> str:
        self.begun.set()
        self.go_on.wait(DEADLINE)
        return f"{job} late"


def test_jobs_are_done_one_after_the_other_and_told_once(world: World) -> None:
    world.device.open()
    told = [world.give(job) for job in "abc"]
    assert [each.outcome() for each in told] == ["A", "B", "C"]
    assert world.device.self_test(DEADLINE).passed
    assert [len(each.outcomes) for each in told] == [1, 1, 1]


def test_a_job_for_a_closed_device_is_refused_at_once(world: World) -> None:
    assert world.give("a").outcomes == ["a refused"]
    world.device.open()
    world.device.close()
    assert world.give("b").outcomes == ["b refused"]


def test_a_job_that_wants_to_be_alone_is_refused_beside_another(world: World) -> None:
    world.does = held = Held()
    world.device.open()
    first = world.give("a", alone=True)
    assert held.begun.wait(DEADLINE)
    assert world.give("b", alone=True).outcomes == ["b refused"]
    held.go_on.set()
    assert first.outcome() == "a late"


@pytest.mark.usefixtures("at_once")
def test_a_bug_loses_the_job_in_hand_and_refuses_those_that_wait(world: World) -> None:
    held = Held()

    def bug(job: str) -> str:
        held(job)
        world.does = str.upper
        raise ZeroDivisionError

    world.does = bug
    world.device.open()
    told = [world.give("a")]
    assert held.begun.wait(DEADLINE)
    told += [world.give("b"), world.give("c")]
    held.go_on.set()
    assert [each.outcome() for each in told] == ["a lost", "b refused", "c refused"]
    world.heard.condition("driver-failed")
    world.heard.condition("ready")
    assert world.give("d").outcome() == "D"
    assert [len(each.outcomes) for each in told] == [1, 1, 1]


def test_a_job_between_a_fall_and_the_next_beginning_is_refused(world: World) -> None:
    def bug(_job: str) -> str:
        raise ZeroDivisionError

    world.does = bug
    world.device.open()
    assert world.give("a").outcome() == "a lost"
    world.heard.condition("driver-failed")  # and a pause of a second
    assert world.give("b").outcomes == ["b refused"]


@pytest.mark.usefixtures("at_once")
def test_a_job_that_hangs_is_lost_once_and_its_line_released_by_the_next_turn(world: World) -> None:
    world.does = held = Held()
    world.device.open()
    told = [world.give("a")]
    assert held.begun.wait(DEADLINE)
    told.append(world.give("b"))
    world.clock.now += PATIENCE_SECONDS + 1
    world.device.attend()
    assert [each.outcomes for each in told] == [["a lost"], ["b refused"]]
    world.does = str.upper
    world.heard.condition("driver-failed")
    world.heard.condition("ready")
    assert world.works[0].closed == 1
    held.go_on.set()  # the one that was given up has an outcome now
    assert world.give("c").outcome() == "C"
    world.device.close()
    assert [len(each.outcomes) for each in told] == [1, 1]


def test_a_job_that_does_not_end_on_closing_is_lost(world: World) -> None:
    world.does = held = Held()
    world.device.open()
    told = world.give("a")
    assert held.begun.wait(DEADLINE)
    world.device.close()
    assert told.outcomes == ["a lost"]
    held.go_on.set()


def test_a_device_that_its_own_job_closes_tells_what_became_of_it(world: World) -> None:
    def close(job: str) -> str:
        world.device.close()
        return f"{job} done"

    world.does = close
    world.device.open()
    told = world.give("a")
    assert told.outcome() == "a done"
    assert world.device.health().condition == "unknown"


def test_a_job_that_hangs_is_lost_also_when_the_device_is_closed_before_its_fall_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.does = held = Held()
    world.device.open()
    told = world.give("a")
    assert held.begun.wait(DEADLINE)
    tell = world.device._owner._tell

    def closed_just_before(fall: Fall) -> None:
        world.device.close()
        tell(fall)

    monkeypatch.setattr(world.device._owner, "_tell", closed_just_before)
    world.clock.now += PATIENCE_SECONDS + 1
    world.device.attend()
    assert told.outcomes == ["a lost"]
    held.go_on.set()
