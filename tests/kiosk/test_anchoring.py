"""The journal's head goes to the gateway daily, whatever the network does, and a contradiction is told."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kiosk.anchoring import DAY_SECONDS, RETRY_CAP_SECONDS, SPREAD_SECONDS, Anchoring
from kiosk.gateway.outcomes import Ok, Problem, Reason, TooLow, Unreachable
from kiosk.loop import Loop
from offline_cache.chain import Head
from offline_cache.events import AnchorRefused, ConnectivityChanged, JournalAnchored
from offline_cache.exc import StoreFull
from offline_cache.journal import Journal
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from tests.kiosk.clocks import TestClock
from tests.kiosk.test_filing import Inline

GONE = Unreachable(Reason.NO_NETWORK)
CONFLICT = Problem(409, "CONFLICT")


class Gateway:
    """Says what it is told; remembers what it was asked, and when."""

    def __init__(self, clock: TestClock) -> None:
        self.say: Any = Ok({"sequence": 1})
        self.asked: list[tuple[float, dict[str, Any]]] = []
        self._clock = clock

    def call(self, operation: str, path: Any, body: dict[str, Any], *, deadline: float) -> Any:
        assert (operation, path) == ("anchorJournal", {"id": "TJ-0001"})
        assert deadline <= 10
        self.asked.append((self._clock.passed, body))
        return self.say


class World:
    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.clock = TestClock()
        self.crashes: list[Exception] = []
        self.loop = Loop(self.clock, self.crashes.append)
        self.store = Store.open(folder / "outbox.db", OUTBOX)
        self.journal = Journal(self.store, self.clock)
        self.gateway = Gateway(self.clock)
        self.seed = seed
        self.journal.append(ConnectivityChanged(online=True))

    def begin(self) -> None:
        """The agent starts."""
        client: Any = self.gateway
        anchoring = Anchoring(
            client=client,
            journal=self.journal,
            terminal="TJ-0001",
            executor=Inline(),
            loop=self.loop,
            clock=self.clock,
            random=random.Random(self.seed),
        )
        anchoring.begin()

    def wait(self, seconds: float) -> None:
        ends = self.clock.passed + seconds
        while self.clock.passed < ends:
            self.clock.advance(60.0)
            while self.loop.step():
                pass
        assert self.crashes == []

    def times(self) -> list[float]:
        return [when for when, _ in self.gateway.asked]

    def events(self) -> list[Any]:
        return [entry.event for entry in self.journal.entries(1)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_the_head_is_anchored_soon_after_the_first_start_and_kept(world: World) -> None:
    head = world.journal.head()
    world.begin()
    world.wait(SPREAD_SECONDS + 60)
    ((_, body),) = world.gateway.asked
    assert (body["sequence"], body["hash"]) == (head.sequence, head.hash.hex())
    newest = world.journal.anchors.newest()
    assert newest is not None
    assert newest.head == head
    assert world.events() == [JournalAnchored(sequence=head.sequence)]


def test_then_it_is_daily(world: World) -> None:
    world.begin()
    world.wait(10 * (DAY_SECONDS + SPREAD_SECONDS))
    times = world.times()
    assert len(times) in (10, 11)
    assert all(
        DAY_SECONDS <= later - earlier <= DAY_SECONDS + SPREAD_SECONDS + 60
        for earlier, later in pairwise(times)
    )


@pytest.mark.parametrize(
    ("hours", "soon"), [(1, False), (23, False), (25, True), (-1, True), (-90_000, True)]
)
def test_a_start_anchors_only_what_is_a_day_old_or_dated_in_the_future(
    hours: int, soon: bool, world: World
) -> None:
    world.journal.anchors.confirmed(
        Head(1, world.journal.head().hash), world.clock.now() - timedelta(hours=hours)
    )
    world.begin()
    world.wait(SPREAD_SECONDS + 60)
    assert bool(world.times()) == soon
    world.wait(DAY_SECONDS)
    assert world.times()


def test_the_terminals_of_a_city_do_not_come_at_the_same_second(tmp_path: Path) -> None:
    minutes: dict[int, int] = {}
    for seed in range(60):
        (tmp_path / str(seed)).mkdir()
        world = World(tmp_path / str(seed), seed)
        world.begin()
        world.wait(SPREAD_SECONDS + 60)
        minute = int(world.times()[0] // 60)
        minutes[minute] = minutes.get(minute, 0) + 1
        world.store.close()
    assert len(minutes) >= 12
    assert max(minutes.values()) <= 12


@pytest.mark.parametrize(
    "trouble",
    [GONE, Problem(503, "DOWN"), Problem(404), TooLow(()), Problem(409, "IN_PROGRESS", retryable=True)],
)
def test_a_city_that_is_away_is_asked_less_and_less_often_and_anchored_when_it_is_back(
    trouble: Any, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.gateway.say = trouble
    world.begin()
    world.wait(DAY_SECONDS)
    times = world.times()
    assert 24 <= len(times) <= 60
    assert times[-1] - times[-2] >= RETRY_CAP_SECONDS / 2
    assert world.events() == []
    world.gateway.say = Ok({"sequence": 1})
    with caplog.at_level("INFO"):
        world.wait(RETRY_CAP_SECONDS + 60)
    assert world.events() == [JournalAnchored(sequence=1)]
    told = [record.getMessage() for record in caplog.records if record.name == "kiosk.anchoring"]
    assert [each.split(":")[0] for each in told] == [
        "the journal could not be anchored",
        "the journal is anchored again",
    ]


def test_a_gateway_that_names_a_time_is_not_asked_before(world: World) -> None:
    world.gateway.say = Problem(429, "SLOW", retry_after=7200.0)
    world.begin()
    world.wait(DAY_SECONDS / 2)
    times = world.times()
    assert all(b - a >= 7200 for a, b in pairwise(times))


def test_another_hash_at_the_gateway_is_an_alarm_and_not_asked_again_at_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.gateway.say = CONFLICT
    world.begin()
    world.wait(SPREAD_SECONDS + 7200)
    assert len(world.times()) == 1
    assert world.events() == [AnchorRefused(sequence=1)]
    assert world.journal.anchors.newest() is None
    assert "the gateway keeps another hash for entry 1 of the journal" in caplog.text
    world.gateway.say = Ok({"sequence": 2})
    world.wait(DAY_SECONDS)
    assert world.events()[-1] == JournalAnchored(sequence=2)


def test_what_cannot_be_written_down_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise StoreFull("no room")

    with monkeypatch.context() as patch:
        patch.setattr(world.journal.anchors, "confirmed", full)
        world.begin()
        world.wait(SPREAD_SECONDS + 60)
        assert len(world.times()) >= 1
    assert world.events() == []
    world.wait(RETRY_CAP_SECONDS)
    assert world.events() == [JournalAnchored(sequence=1)]
