"""The drain: in order, one at a time, only while the gateway is heard; nothing doubled, nothing starved."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import apsw
import pytest

from offline_cache.answers import (
    Accepted,
    Answer,
    Expired,
    Temporary,
    TooMany,
    Unauthorised,
    Unreachable,
)
from offline_cache.exc import StoreFull
from offline_cache.opening import Opened
from offline_cache.outbox import Outbox
from offline_cache.submission import State, Submission
from offline_cache.sync import Sync
from tests.offline_cache.disk import FailingDisk
from tests.offline_cache.world import FakeClock, Gateway, Told, open_at, submission, visit_id

WAIT = 20.0


def sync_of(outbox: Outbox, gateway: Gateway, told: Told, clock: FakeClock, seed: int = 1) -> Sync:
    return Sync(
        outbox,
        gateway.send,
        probe=gateway.probe,
        clock=clock,
        random=random.Random(seed),
        on_answer=told.on_answer,
        on_connectivity=told.connectivity.append,
    )


class Scene:
    """One terminal in simulated time."""

    def __init__(self, folder: Path, vfs: str | None = None) -> None:
        self.chance = random.Random(5)
        self.clock = FakeClock()
        self.path = folder / "outbox.db"
        self.vfs = vfs
        self.gateway = Gateway()
        self.told = Told()
        self.start()

    def start(self) -> None:
        """Start, or start again after a crash."""
        self.opened: Opened = open_at(self.path, self.clock, vfs=self.vfs)
        self.sync = sync_of(self.opened.outbox, self.gateway, self.told, self.clock)

    def file(self, count: int = 1, lasts: timedelta = timedelta(days=30)) -> list[Submission]:
        filed = [submission(self.chance, lasts=lasts, at=self.clock.now()) for _ in range(count)]
        for one in filed:
            self.opened.outbox.enqueue(one)
        return filed

    def run(self, seconds: float) -> None:
        """Let so much time pass, doing what is due when it is due."""
        until = self.clock.seconds + seconds
        for _ in range(100_000):
            pause = self.sync.step()
            if self.clock.seconds + pause > until:
                self.clock.advance(max(until - self.clock.seconds, 0.0))
                return
            self.clock.advance(pause)
        raise AssertionError("the drain never comes to rest")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.opened.close()


def test_drains_in_order_and_tells_each_answer(scene: Scene) -> None:
    filed = scene.file(5)
    scene.run(1)
    assert scene.gateway.received == [one.key for one in filed]
    assert [key for key, _ in scene.told.answers] == scene.gateway.received
    assert {one.state for one in scene.opened.outbox.list()} == {State.DONE}
    assert scene.sync.online is True


def test_one_step_does_one_thing(scene: Scene) -> None:
    scene.file(3)
    assert scene.sync.step() == 0.0
    assert (scene.gateway.probes, scene.gateway.received) == (1, [])
    scene.sync.step()
    assert len(scene.gateway.received) == 1
    scene.sync.step()
    assert len(scene.gateway.received) == 2


def test_nothing_is_sent_while_the_gateway_is_not_heard_and_all_when_it_is(scene: Scene) -> None:
    scene.gateway.alive = False
    filed = scene.file(3)
    scene.run(3600)
    assert scene.gateway.received == []
    assert scene.sync.online is False
    assert scene.gateway.probes < 3600 / 10  # an outage is no reason to hammer
    scene.gateway.alive = True
    scene.run(130)
    assert scene.gateway.received == [one.key for one in filed]
    assert scene.told.connectivity == [False, True]


def test_kick_asks_at_once_instead_of_waiting_out_the_silence(scene: Scene) -> None:
    scene.gateway.alive = False
    scene.run(3600)
    scene.gateway.alive = True
    (one,) = scene.file()
    scene.sync.kick(one.key)
    scene.run(1.0)
    assert scene.gateway.received == [one.key]


def test_one_lost_call_is_no_outage(scene: Scene) -> None:
    scene.file(4)
    answers: list[Answer] = [Accepted(), Unreachable("timeout"), Accepted(), Accepted(), Accepted()]
    scene.gateway.script = lambda _: answers.pop(0)
    scene.run(30)
    assert scene.told.connectivity == [True]
    assert {one.state for one in scene.opened.outbox.list()} == {State.DONE}


def test_two_lost_calls_are_one_and_one_answer_alone_does_not_end_it(scene: Scene) -> None:
    scene.run(1)
    for reached, online in (
        (False, True),
        (False, False),
        (True, False),
        (False, False),
        (True, False),
        (True, True),
    ):
        scene.sync.heard(reached)
        assert scene.sync.online is online
    assert scene.told.connectivity == [True, False, True]


def test_silence_while_idle_is_noticed_within_a_few_heartbeats(scene: Scene) -> None:
    scene.run(600)
    assert 5 <= scene.gateway.probes <= 15
    scene.gateway.alive = False
    scene.run(80)
    assert scene.told.connectivity == [True, False]


def test_other_calls_that_are_answered_spare_the_probe(scene: Scene) -> None:
    scene.run(1)
    for _ in range(60):
        scene.sync.heard(True)
        scene.run(30)
    assert scene.gateway.probes == 1


def test_order_within_a_visit_holds_through_failures(scene: Scene) -> None:
    visit = visit_id(scene.chance)
    filed = [submission(scene.chance, visit, sequence) for sequence in range(4)]
    for one in filed:
        scene.opened.outbox.enqueue(one)
    chance = random.Random(3)
    done: list[str] = []

    def moody(one: Submission) -> Answer:
        if chance.random() < 0.6:
            return Temporary("status 503") if chance.random() < 0.5 else Unreachable("reset")
        done.append(one.key)
        return Accepted()

    scene.gateway.script = moody
    scene.run(86400)
    assert done == [one.key for one in filed]


def test_unlucky_submission_does_not_hold_up_the_others(scene: Scene) -> None:
    filed = scene.file(6)
    scene.gateway.script = lambda one: Unreachable("timeout") if one == filed[0] else Accepted()
    scene.run(600)
    assert scene.opened.outbox.depth() == 1
    assert scene.opened.outbox.get(filed[0].key).attempts in range(2, 40)


def test_too_many_holds_the_whole_terminal_for_as_long_as_asked(scene: Scene) -> None:
    scene.file(3)
    answers: list[Answer] = [TooMany(300.0), Accepted(), Accepted(), Accepted()]
    scene.gateway.script = lambda _: answers.pop(0)
    scene.run(299)
    assert len(scene.gateway.received) == 1
    assert scene.sync.online is True
    scene.run(10)
    assert len(scene.gateway.received) == 4


def test_unknown_terminal_loses_nothing_and_does_not_hammer(scene: Scene) -> None:
    scene.file(3)
    scene.gateway.script = lambda _: Unauthorised("UNKNOWN_TERMINAL")
    scene.run(6 * 3600)
    assert scene.opened.outbox.depth() == 3
    assert len(scene.gateway.received) < 6 * 3600 / 60
    scene.gateway.script = lambda _: Accepted()
    scene.run(700)
    assert scene.opened.outbox.depth() == 0


def test_crash_between_sending_and_recording_sends_the_same_key_again(scene: Scene) -> None:
    (one,) = scene.file()
    ledger: dict[str, str] = {}

    def idempotent(submission: Submission) -> Answer:
        ledger.setdefault(submission.key, f"TJ-{len(ledger) + 1}")
        return Accepted(ledger[submission.key], "received")

    scene.gateway.script = idempotent
    scene.sync.step()
    scene.gateway.send(one)  # it arrives, the agent is killed before the answer is written down
    scene.opened.close()
    scene.start()
    scene.run(5)
    assert scene.gateway.received == [one.key, one.key]
    assert len(ledger) == 1
    assert scene.opened.outbox.get(one.key).number == "TJ-1"


def test_expired_one_is_not_sent_and_said(scene: Scene) -> None:
    (late,) = scene.file(lasts=timedelta(hours=1))
    (good,) = scene.file()
    scene.gateway.alive = False
    scene.run(2 * 3600)
    scene.gateway.alive = True
    scene.run(130)
    assert scene.gateway.received == [good.key]
    assert (late.key, Expired()) in scene.told.answers
    assert scene.opened.outbox.get(late.key).state is State.EXPIRED


def test_after_a_restart_the_dates_decide_what_is_expired(scene: Scene) -> None:
    scene.opened.outbox.time_confirmed()
    (late,) = scene.file(lasts=timedelta(hours=1))
    scene.opened.close()
    scene.clock.civil += timedelta(hours=2)
    scene.start()
    scene.run(5)
    assert scene.gateway.received == []
    assert (late.key, Expired()) in scene.told.answers


@pytest.mark.parametrize("days", [50, -50])
def test_what_was_written_by_a_wrong_clock_is_sent_once_the_right_time_is_known(
    days: int, scene: Scene
) -> None:
    """A terminal whose battery is flat, started without a network: its clock is weeks behind."""
    right = scene.clock.civil
    scene.clock.civil = right - timedelta(days=days)
    (one,) = scene.file()

    def heard() -> bool:
        scene.clock.civil = right
        return True

    scene.sync._probe = heard
    scene.run(5)
    assert scene.gateway.received == [one.key]


@pytest.mark.parametrize("years", [10, -10])
def test_civil_clock_that_jumps_offline_expires_nothing(years: int, scene: Scene) -> None:
    scene.gateway.alive = False
    (one,) = scene.file()
    right = scene.clock.civil
    scene.clock.civil += timedelta(days=365 * years)
    scene.run(3600)
    assert scene.opened.outbox.depth() == 1

    def heard() -> bool:
        scene.clock.civil = right + timedelta(
            hours=1
        )  # the agent takes the platform's Date before it returns
        return True

    scene.sync._probe = heard
    scene.run(130)
    assert scene.gateway.received == [one.key]


@pytest.mark.parametrize("years", [10, -10])
def test_civil_clock_that_jumps_online_expires_nothing(years: int, scene: Scene) -> None:
    scene.run(1)
    (one,) = scene.file()
    right = scene.clock.civil
    scene.clock.civil += timedelta(days=365 * years)

    def answering(_: Submission) -> Answer:
        scene.clock.civil = right  # by the Date of the answer
        return Accepted()

    scene.gateway.script = answering
    scene.sync.step()
    assert scene.gateway.received == [one.key]
    filed = scene.opened.outbox.get(one.key)
    assert filed.answered_at is not None
    assert abs(filed.answered_at - filed.created_at) < timedelta(minutes=1)


def test_answer_that_cannot_be_written_down_is_still_told_and_asked_for_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = FailingDisk()
    scene = Scene(tmp_path, disk.name)
    (one,) = scene.file()
    scene.sync.step()
    disk.fault = lambda kind, _: apsw.FullError if kind == "write" else None
    with caplog.at_level(logging.ERROR):
        scene.run(600)
    trouble = scene.sync.trouble
    assert isinstance(trouble, StoreFull)
    assert len([record for record in caplog.records if record.name == "offline_cache.sync"]) == 1
    assert (one.key, Accepted("TJ-2026-1", "received")) in scene.told.answers
    assert scene.opened.outbox.depth() == 1
    assert len(scene.gateway.received) < 60
    disk.fault = lambda _kind, _file: None
    scene.run(600)
    assert scene.opened.outbox.get(one.key).state is State.DONE
    assert scene.sync.trouble is None
    scene.opened.close()


def test_housekeeping_happens_in_idle_moments(scene: Scene) -> None:
    scene.gateway.alive = False
    for _ in range(6):
        scene.file(30)
        scene.run(120)
    log = scene.path.with_name("outbox.db-wal").stat().st_size
    assert log < 4 << 20
    scene.gateway.alive = True
    scene.run(3600)
    scene.clock.advance(200 * 86400)
    scene.run(7300)
    assert scene.opened.outbox.list() == []  # pruned


class Live:
    """The same with the real thread."""

    def __init__(self, folder: Path) -> None:
        self.chance = random.Random(5)
        self.clock = FakeClock()
        self.opened = open_at(folder / "outbox.db", self.clock)
        self.gateway = Gateway()
        self.answered = threading.Semaphore(0)
        self.sync = Sync(
            self.opened.outbox,
            self.gateway.send,
            probe=self.gateway.probe,
            clock=self.clock,
            random=self.chance,
            on_answer=lambda _key, _outcome: self.answered.release(),
            on_connectivity=lambda _online: None,
        )

    def file(self) -> Submission:
        one = submission(self.chance)
        self.opened.outbox.enqueue(one)
        self.sync.kick(one.key)
        return one

    def wait(self, answers: int) -> None:
        for _ in range(answers):
            assert self.answered.acquire(timeout=WAIT)


@pytest.fixture
def live(tmp_path: Path) -> Live:
    return Live(tmp_path)


def test_thread_sends_what_is_kicked_and_stops_within_its_deadline(live: Live) -> None:
    live.sync.start()
    first = live.file()
    live.wait(1)
    second = live.file()
    live.wait(1)
    assert live.gateway.received == [first.key, second.key]
    assert live.sync.stop(WAIT)
    live.opened.close()


def test_stop_says_so_when_a_call_is_still_under_way(live: Live) -> None:
    arrived, release = threading.Event(), threading.Event()

    def slow(_: Submission) -> Answer:
        arrived.set()
        assert release.wait(WAIT)
        return Accepted()

    live.gateway.script = slow
    live.sync.start()
    live.file()
    assert arrived.wait(WAIT)
    assert live.sync.stop(0.01) is False
    release.set()
    assert live.sync.stop(WAIT) is True
    live.opened.close()


def test_bug_in_one_sending_does_not_end_the_drain(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    bad = submission(live.chance)
    live.opened.outbox.enqueue(bad)
    raised = threading.Event()

    def buggy(one: Submission) -> Answer:
        if one.key == bad.key:
            raised.set()
            raise RuntimeError("李桂兰 must not be in a log")
        return Accepted()

    live.gateway.script = buggy
    live.sync.start()
    assert raised.wait(WAIT)
    good = live.file()
    live.wait(1)
    assert live.sync.stop(WAIT)
    assert live.opened.outbox.get(good.key).state is State.DONE
    assert live.opened.outbox.get(bad.key).state is State.WAITING
    assert "RuntimeError" in caplog.text
    assert "李桂兰" not in caplog.text
    live.opened.close()


def test_stop_before_start_is_harmless(live: Live) -> None:
    assert live.sync.stop(0.0)
    live.opened.close()


def test_terminals_of_a_city_come_back_spread_over_time(tmp_path: Path) -> None:
    """An hour without a gateway; then it is back, and each terminal notices at another moment."""
    noticed: list[float] = []
    for number in range(40):
        clock = FakeClock()
        back = clock.seconds + 3600
        opened = open_at(tmp_path / f"{number}.db", clock)
        sync = sync_of(opened.outbox, Gateway(alive=False), Told(), clock, seed=number)
        while clock.seconds < back:
            clock.advance(sync.step())
        noticed.append(clock.seconds - back)
        opened.close()
    assert max(noticed) <= 60
    assert max(noticed) > 30
    assert len({round(seconds) for seconds in noticed}) > 15
