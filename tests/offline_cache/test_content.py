"""Public content: fresh from here, stale from the origin while it answers, never without saying its age."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import apsw
import pytest

from offline_cache.connection import Schema
from offline_cache.content import CONTENT, ContentCache
from offline_cache.exc import StoreBusy, StoreFull
from offline_cache.origin import Fetched, Gone, NotModified, Unreachable
from offline_cache.storage import Store
from tests.offline_cache.disk import FailingDisk
from tests.offline_cache.world import FakeClock

KEY = "/items/service.item-guide/guide"


class Origin:
    """Answers by `says`, and remembers with which ETag it was asked."""

    def __init__(self) -> None:
        self.says: Fetched | NotModified | Gone | Unreachable = Fetched(b"one", '"1"', 60, 600)
        self.asked: list[str | None] = []

    def __call__(self, etag: str | None) -> Fetched | NotModified | Gone | Unreachable:
        self.asked.append(etag)
        return self.says


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cache(tmp_path: Path, clock: FakeClock) -> Iterator[ContentCache]:
    cache = ContentCache(tmp_path / "content.db", clock, max_bytes=10_000)
    yield cache
    cache.close()


@pytest.fixture
def origin() -> Origin:
    return Origin()


def test_fresh_content_comes_with_its_age_and_asks_nobody(
    cache: ContentCache, clock: FakeClock, origin: Origin
) -> None:
    first = cache.get(KEY, origin)
    assert first is not None
    assert (first.body, first.age, first.stale, first.stored) == (b"one", 0.0, False, True)
    clock.advance(59)
    again = cache.get(KEY, origin)
    assert again is not None
    assert (again.body, again.age, again.stale, again.etag) == (b"one", 59.0, False, '"1"')
    assert origin.asked == [None]


def test_stale_content_is_asked_for_with_its_etag_whenever_the_origin_answers(
    cache: ContentCache, clock: FakeClock, origin: Origin
) -> None:
    cache.get(KEY, origin)
    clock.advance(60)
    origin.says = Fetched(b"two", '"2"', 60, 600)
    changed = cache.get(KEY, origin)
    assert changed is not None
    assert (changed.body, changed.age, changed.stale) == (b"two", 0.0, False)
    clock.advance(61)
    origin.says = NotModified(30, 600)
    confirmed = cache.get(KEY, origin)
    assert confirmed is not None
    assert (confirmed.body, confirmed.age, confirmed.stale) == (b"two", 0.0, False)
    clock.advance(29)
    cache.get(KEY, origin)
    clock.advance(1)
    cache.get(KEY, origin)
    assert origin.asked == [None, '"1"', '"2"', '"2"']


def test_stale_content_is_shown_only_while_the_origin_is_silent_and_within_its_time(
    cache: ContentCache, clock: FakeClock, origin: Origin
) -> None:
    cache.get(KEY, origin)
    origin.says = Unreachable()
    clock.advance(659)
    shown = cache.get(KEY, origin)
    assert shown is not None
    assert (shown.body, shown.age, shown.stale) == (b"one", 659.0, True)
    clock.advance(1)
    assert cache.get(KEY, origin) is None
    assert len(origin.asked) == 3
    origin.says = NotModified(60, 600)  # it was not forgotten meanwhile
    assert cache.get(KEY, origin) is not None


def test_content_without_stale_if_error_is_not_shown_stale(
    cache: ContentCache, clock: FakeClock, origin: Origin
) -> None:
    origin.says = Fetched(b"one", None, 60, 0)
    cache.get(KEY, origin)
    origin.says = Unreachable()
    clock.advance(60)
    assert cache.get(KEY, origin) is None


def test_nothing_held_and_nobody_there_is_none(cache: ContentCache, origin: Origin) -> None:
    origin.says = Unreachable()
    assert cache.get(KEY, origin) is None
    origin.says = NotModified(60, 60)  # nonsense: nothing was asked about
    assert cache.get(KEY, origin) is None


def test_content_that_may_not_be_kept_is_used_once_and_removes_what_was_kept(
    cache: ContentCache, clock: FakeClock, origin: Origin
) -> None:
    cache.get(KEY, origin)
    clock.advance(60)
    origin.says = Fetched(b"secret", None, 0, 0)
    once = cache.get(KEY, origin)
    assert once is not None
    assert (once.body, once.stored) == (b"secret", False)
    assert cache.peek(KEY) is None


def test_content_that_is_gone_is_forgotten(cache: ContentCache, clock: FakeClock, origin: Origin) -> None:
    cache.get(KEY, origin)
    clock.advance(60)
    origin.says = Gone()
    assert cache.get(KEY, origin) is None
    assert cache.peek(KEY) is None


def test_peek_asks_nobody(cache: ContentCache, clock: FakeClock, origin: Origin) -> None:
    assert cache.peek(KEY) is None
    cache.get(KEY, origin)
    clock.advance(100)
    seen = cache.peek(KEY)
    assert seen is not None
    assert (seen.body, seen.age, seen.stale) == (b"one", 100.0, True)
    assert len(origin.asked) == 1


def test_content_and_its_age_outlive_a_restart(tmp_path: Path, clock: FakeClock, origin: Origin) -> None:
    path = tmp_path / "content.db"
    cache = ContentCache(path, clock)
    cache.get(KEY, origin)
    cache.close()
    clock.advance(40)
    cache = ContentCache(path, clock)
    seen = cache.get(KEY, origin)
    assert seen is not None
    assert (seen.body, seen.age) == (b"one", 40.0)
    assert len(origin.asked) == 1
    cache.close()


@pytest.mark.parametrize("years", [10, -10])
def test_civil_clock_that_jumps_ages_nothing_fetched_since_the_start(
    years: int, cache: ContentCache, clock: FakeClock, origin: Origin
) -> None:
    cache.get(KEY, origin)
    clock.civil += timedelta(days=365 * years)
    clock.advance(10)
    seen = cache.get(KEY, origin)
    assert seen is not None
    assert (seen.age, seen.stale) == (10.0, False)
    assert len(origin.asked) == 1


def test_content_from_the_future_after_a_restart_is_fresh_by_nobodys_word(
    tmp_path: Path, clock: FakeClock, origin: Origin
) -> None:
    path = tmp_path / "content.db"
    cache = ContentCache(path, clock)
    cache.get(KEY, origin)
    cache.close()
    clock.civil -= timedelta(days=1)
    cache = ContentCache(path, clock)
    origin.says = Unreachable()
    seen = cache.get(KEY, origin)
    assert seen is not None
    assert (seen.age, seen.stale) == (None, True)
    assert repr(seen) == "Content(3 bytes, age=unknown, stale=True)"
    assert origin.asked == [None, '"1"']
    cache.close()


def test_body_that_rotted_on_the_disk_is_fetched_again(
    cache: ContentCache, tmp_path: Path, clock: FakeClock, origin: Origin
) -> None:
    cache.get(KEY, origin)
    other = apsw.Connection(str(tmp_path / "content.db"))
    other.execute("UPDATE content SET body = CAST('0ne' AS BLOB)")
    other.close()
    origin.says = Unreachable()
    assert cache.peek(KEY) is None
    assert cache.get(KEY, origin) is None
    origin.says = Fetched(b"one", '"1"', 60, 600)
    again = cache.get(KEY, origin)
    assert again is not None
    assert again.body == b"one"


@pytest.mark.parametrize("damage", [b"rubbish" * 2000, b""])
def test_damaged_file_is_thrown_away_and_fetched_again(
    damage: bytes, tmp_path: Path, clock: FakeClock, origin: Origin
) -> None:
    path = tmp_path / "content.db"
    cache = ContentCache(path, clock)
    cache.get(KEY, origin)
    cache.close()
    path.write_bytes(damage)
    cache = ContentCache(path, clock)
    assert cache.thrown_away == (1 if damage else 0)
    seen = cache.get(KEY, origin)
    assert seen is not None
    assert (seen.body, seen.stored) == (b"one", True)
    assert origin.asked == [None, None]
    assert not list(tmp_path.glob("*damaged*"))
    cache.close()


def test_file_that_is_damaged_while_in_use_is_thrown_away(
    tmp_path: Path, clock: FakeClock, origin: Origin
) -> None:
    disk = FailingDisk()
    cache = ContentCache(tmp_path / "content.db", clock, vfs=disk.name)
    origin.says = Fetched(bytes(1 << 20), None, 600, 600)
    for number in range(4):  # more than SQLite holds in memory: the next look goes to the disk
        cache.get(f"/pictures/{number}", origin)
    faults = iter([apsw.CorruptError])
    disk.fault = lambda kind, _: next(faults, None) if kind == "read" else None
    for _ in range(2):
        for number in range(4):
            seen = cache.get(f"/pictures/{number}", origin)
            assert seen is not None
            assert (len(seen.body), seen.stored) == (1 << 20, True)
    assert cache.thrown_away == 1
    assert len(origin.asked) == 8
    assert cache.trouble is None
    cache.close()


def test_file_of_a_newer_agent_is_thrown_away(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "content.db"
    Store.open(path, Schema(CONTENT.application_id, (*CONTENT.migrations, "CREATE TABLE later (a);"))).close()
    cache = ContentCache(path, clock)
    assert cache.thrown_away == 1
    cache.close()


def test_second_agent_is_refused(cache: ContentCache, tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(StoreBusy):
        ContentCache(tmp_path / "content.db", clock)


def test_full_disk_is_seen_and_content_is_shown_all_the_same(
    tmp_path: Path, clock: FakeClock, origin: Origin
) -> None:
    disk = FailingDisk()
    cache = ContentCache(tmp_path / "content.db", clock, vfs=disk.name)
    cache.get(KEY, origin)
    clock.advance(60)
    disk.fault = lambda kind, _: apsw.FullError if kind == "write" else None
    origin.says = Fetched(b"two", '"2"', 60, 600)
    shown = cache.get(KEY, origin)
    assert shown is not None
    assert (shown.body, shown.stored) == (b"two", False)
    trouble = cache.trouble
    assert isinstance(trouble, StoreFull)
    old = cache.peek(KEY)  # what is held goes on ageing, and is not taken for the new one
    assert old is not None
    assert (old.body, old.age, old.stale) == (b"one", 60.0, True)
    disk.fault = lambda _kind, _file: None
    shown = cache.get(KEY, origin)
    assert shown is not None
    assert shown.stored
    assert cache.trouble is None
    cache.close()


def test_room_is_made_in_the_stated_order(cache: ContentCache, clock: FakeClock, origin: Origin) -> None:
    """What may not be shown any more, then what nobody prefetched, then what was confirmed longest ago."""

    def keep(key: str, *, prefetched: bool = False, lasts: float = 100_000) -> None:
        origin.says = Fetched(random.Random(key).randbytes(2000), None, lasts / 2, lasts / 2)
        assert (cache.prefetch if prefetched else cache.get)(key, origin) is not None
        clock.advance(100)

    def held() -> set[str]:
        return {
            key for key in ("needed", "old", "short", "middle", "young", "6", "7", "8") if cache.peek(key)
        }

    keep("needed", prefetched=True)
    keep("old")
    keep("short", lasts=150)
    keep("middle")
    keep("young")
    assert held() == {"needed", "old", "middle", "young"}
    keep("6")  # 10,000 bytes are held: the outdated one goes
    assert held() == {"needed", "old", "middle", "young", "6"}
    keep("7")
    assert held() == {"needed", "middle", "young", "6", "7"}
    origin.says = NotModified(50_000, 50_000)
    clock.advance(50_000)
    cache.get("middle", origin)  # confirmed: now the youngest
    keep("8")
    assert held() == {"needed", "middle", "6", "7", "8"}


def test_replacing_content_counts_its_room_once(
    cache: ContentCache, clock: FakeClock, origin: Origin
) -> None:
    cache.get("other", origin)
    for number in range(10):
        origin.says = Fetched(bytes([number]) * 6000, None, 10, 10)
        cache.get(KEY, origin)
        clock.advance(20)
    assert cache.peek("other") is not None


def test_body_larger_than_the_cache_is_shown_and_evicts_nothing(cache: ContentCache, origin: Origin) -> None:
    cache.get("other", origin)
    origin.says = Fetched(bytes(10_001), None, 60, 60)
    shown = cache.get(KEY, origin)
    assert shown is not None
    assert not shown.stored
    assert cache.peek("other") is not None


def test_prefetched_content_that_is_fresh_is_not_asked_for_but_kept_longest(
    cache: ContentCache, clock: FakeClock, origin: Origin
) -> None:
    origin.says = Fetched(bytes(4000), '"1"', 6000, 600)
    cache.get(KEY, origin)
    clock.advance(1)
    assert cache.prefetch(KEY, origin) is not None
    assert len(origin.asked) == 1
    for number in range(5):
        clock.advance(1)
        origin.says = Fetched(bytes(4000), None, 6000, 600)
        cache.get(f"/other/{number}", origin)
    assert cache.peek(KEY) is not None


def test_slow_origin_of_one_page_does_not_hold_up_another(cache: ContentCache, origin: Origin) -> None:
    cache.get("fast", origin)
    entered, release = threading.Event(), threading.Event()

    def slow(_etag: str | None) -> Fetched:
        entered.set()
        assert release.wait(20)
        return Fetched(b"slow", None, 60, 60)

    thread = threading.Thread(target=cache.get, args=("slow", slow))
    thread.start()
    assert entered.wait(20)
    assert cache.get("fast", origin) is not None
    assert cache.get("third", origin) is not None
    release.set()
    thread.join(20)
    slow_one = cache.peek("slow")
    assert slow_one is not None
    assert slow_one.body == b"slow"


def test_repr_is_short(cache: ContentCache, origin: Origin) -> None:
    origin.says = Fetched(bytes(5000), None, 60, 60)
    assert repr(cache.get(KEY, origin)) == "Content(5000 bytes, age=0, stale=False)"
