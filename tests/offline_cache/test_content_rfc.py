"""The cache against RFC 9111 and RFC 5861, by section: what is shown, and whether the origin was asked.

Headers are read in `kiosk.gateway.freshness`, and tested there against the same sections.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from offline_cache.content import ContentCache
from offline_cache.origin import Answer, Fetched, Gone, NotModified, Unreachable
from tests.offline_cache.world import FakeClock

FRESH, LATER, TOO_LATE = 59.0, 100.0, 660.0
"""Seconds: within max-age 60; past it and within stale-if-error 600; past both."""


class World:
    """One cache, one key, and an origin of which it is counted how often it is asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = FakeClock()
        self.cache = ContentCache(path, self.clock)
        self.asked: list[str | None] = []

    def get(self, says: Answer) -> tuple[bytes, float | None, bool] | None:
        def fetch(etag: str | None) -> Answer:
            self.asked.append(etag)
            return says

        found = self.cache.get("k", fetch)
        return None if found is None else (found.body, found.age, found.stale)

    def restart(self) -> None:
        self.cache.close()
        self.cache = ContentCache(self.path, self.clock)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "content.db")
    world.get(Fetched(b"one", '"1"', 60, 600))
    world.asked.clear()
    yield world
    world.cache.close()


TWO = Fetched(b"two", '"2"', 60, 600)
TABLE = [
    ("9111-4.2: fresh, the origin is not asked", FRESH, TWO, (b"one", FRESH, False), 0),
    ("9111-4.3.1: stale, a live origin is asked and believed", LATER, TWO, (b"two", 0.0, False), 1),
    ("9111-4.3.4: 304 makes it current again", LATER, NotModified(60, 600), (b"one", 0.0, False), 1),
    ("5861-4: no answer, within stale-if-error", LATER, Unreachable(), (b"one", LATER, True), 1),
    ("5861-4: no answer, at the end of stale-if-error", TOO_LATE, Unreachable(), None, 1),
    ("9111-4.2.4: past both and a live origin", TOO_LATE, TWO, (b"two", 0.0, False), 1),
    ("9111-4.3.4: past both, and confirmed", TOO_LATE, NotModified(60, 600), (b"one", 0.0, False), 1),
    ("9111-4.3.3: gone at the origin is gone here", LATER, Gone(), None, 1),
]


@pytest.mark.parametrize(
    ("passed", "says", "shown", "asked"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_what_is_shown(
    world: World, passed: float, says: Answer, shown: tuple[bytes, float, bool] | None, asked: int
) -> None:
    world.clock.advance(passed)
    assert world.get(says) == shown
    assert world.asked == ['"1"'] * asked


def test_5861_4_content_without_stale_if_error_is_never_shown_stale(world: World) -> None:
    world.clock.advance(LATER)
    world.get(Fetched(b"strict", None, 60, 0))  # what `must-revalidate` comes to
    world.clock.advance(59)
    assert world.get(Unreachable()) == (b"strict", 59.0, False)
    world.clock.advance(1)
    assert world.get(Unreachable()) is None


def test_9111_5_2_2_5_no_store_is_used_once_and_takes_what_was_kept_with_it(world: World) -> None:
    world.clock.advance(LATER)
    assert world.get(Fetched(b"once", '"3"', 0, 0)) == (b"once", 0.0, False)
    assert world.get(Unreachable()) is None
    assert world.asked == ['"1"', None]


def test_9111_4_2_3_age_on_the_way_counts_as_time_here(world: World) -> None:
    world.clock.advance(LATER)
    assert world.get(Fetched(b"old", '"4"', 60, 600, age=50)) == (b"old", 50, False)
    world.clock.advance(9)
    assert world.get(TWO) == (b"old", 59.0, False)
    world.clock.advance(1)
    assert world.get(Unreachable()) == (b"old", 60.0, True)
    world.clock.advance(599)
    assert world.get(Unreachable()) == (b"old", 659.0, True)
    world.clock.advance(1)
    assert world.get(Unreachable()) is None


def test_9111_4_2_3_age_on_the_way_outlives_a_restart(world: World) -> None:
    world.clock.advance(LATER)
    world.get(Fetched(b"old", '"4"', 60, 600, age=50))
    world.restart()
    world.clock.advance(5)
    assert world.get(Unreachable()) == (b"old", 55.0, False)


def test_9111_4_2_what_comes_past_both_its_times_is_used_and_not_kept(world: World) -> None:
    world.clock.advance(LATER)
    assert world.get(Fetched(b"ancient", '"5"', 60, 600, age=660)) == (b"ancient", 660, False)
    assert world.get(Unreachable()) is None


def test_9111_3_2_a_304_brings_its_own_times(world: World) -> None:
    world.clock.advance(LATER)
    world.get(NotModified(10, 20, age=4))
    world.clock.advance(5)
    assert world.get(Unreachable()) == (b"one", 9.0, False)
    world.clock.advance(20)
    assert world.get(Unreachable()) == (b"one", 29.0, True)
    world.clock.advance(1)
    assert world.get(Unreachable()) is None


def test_9111_3_2_a_304_that_says_nothing_leaves_the_times_as_they_were(world: World) -> None:
    world.clock.advance(LATER)
    world.get(NotModified(None, None))
    world.clock.advance(59)
    assert world.get(Unreachable()) == (b"one", 59.0, False)
    world.clock.advance(600)
    assert world.get(Unreachable()) == (b"one", 659.0, True)


def test_9111_5_2_2_5_a_304_that_forbids_keeping_is_obeyed(world: World) -> None:
    world.clock.advance(LATER)
    assert world.get(NotModified(0, 0)) == (b"one", 0.0, False)
    assert world.get(Unreachable()) is None


@pytest.mark.parametrize("years", [10, -10])
def test_9111_4_2_3_a_clock_that_jumps_while_the_agent_runs_ages_nothing(world: World, years: int) -> None:
    """Resident time is counted by the monotonic clock."""
    world.clock.civil += timedelta(days=3652 * (1 if years > 0 else -1))
    assert world.get(Unreachable()) == (b"one", 0.0, False)
    world.clock.advance(LATER)
    assert world.get(Unreachable()) == (b"one", LATER, True)
    world.clock.advance(TOO_LATE - LATER)
    assert world.get(Unreachable()) is None
    assert world.cache.prune() == 1


def test_a_start_ten_years_later_shows_nothing_and_asks(world: World) -> None:
    world.clock.civil += timedelta(days=3652)
    world.restart()
    assert world.get(Unreachable()) is None
    assert world.asked == ['"1"']
    assert world.get(NotModified(60, 600)) == (b"one", 0.0, False), "it was not deleted meanwhile"


def test_a_start_ten_years_earlier_shows_it_with_an_unknown_age_and_never_as_fresh(world: World) -> None:
    world.clock.civil -= timedelta(days=3652)
    world.restart()
    assert world.get(Unreachable()) == (b"one", None, True)
    assert world.asked == ['"1"']
    assert world.cache.prune() == 0
    assert world.get(TWO) == (b"two", 0.0, False)


def test_of_unknown_age_and_without_stale_if_error_it_is_not_shown(world: World) -> None:
    world.clock.advance(LATER)
    world.get(Fetched(b"strict", None, 60, 0))
    world.clock.civil -= timedelta(days=3652)
    world.restart()
    assert world.get(Unreachable()) is None


def test_housekeeping_deletes_what_is_past_both_its_times_and_nothing_else(world: World) -> None:
    world.cache.get("strict", lambda _: Fetched(b"s", None, 60, 0))
    world.cache.prefetch("needed", lambda _: Fetched(b"n", None, 60, 40))
    world.clock.advance(99)
    assert world.cache.prune() == 1
    world.clock.advance(1)
    assert world.cache.prune() == 1, "prefetched or not"
    assert world.get(Unreachable()) == (b"one", 100.0, True)
