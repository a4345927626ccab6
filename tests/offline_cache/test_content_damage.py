"""Real damage to the content's file, and a disk that fails: the file is thrown away, the page still comes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import apsw
import pytest

from offline_cache.content import ContentCache
from offline_cache.exc import StoreBroken, StoreDamaged, StoreError, StoreFull
from offline_cache.origin import Answer, Fetched, Unreachable
from tests.offline_cache.disk import FailingDisk
from tests.offline_cache.world import FakeClock

PAGE = 4096
GUIDES = 60
SIZE = 12_000
"""Bytes of a guide: together more than SQLite keeps in memory, so that the file is read again."""


def body(key: str) -> bytes:
    return random.Random(key).randbytes(SIZE)


def live(key: str, body_of: bytes | None = None) -> Answer:
    return Fetched(body_of or body(key), f'"{key}"', 60, 6000)


def filled(path: Path, clock: FakeClock, vfs: str | None = None) -> ContentCache:
    cache = ContentCache(path, clock, vfs=vfs)
    for key in map(str, range(GUIDES)):
        assert cache.prefetch(key, lambda _, key=key: live(key)) is not None  # type: ignore[misc]
    return cache


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "content.db"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def flip(path: Path, pages: Iterator[int], chance: random.Random) -> None:
    """Bytes in the middle of each of these pages, as a failing flash does it."""
    raw = bytearray(path.read_bytes())
    for page in pages:
        start = page * PAGE
        for place in range(start, min(start + 400, len(raw))):
            raw[place] = chance.randrange(256)
    path.write_bytes(raw)


@pytest.mark.parametrize("page", ["first", "schema", "inner", "many"])
def test_damaged_while_it_was_closed_it_is_thrown_away_and_fetched_anew(
    path: Path, clock: FakeClock, page: str
) -> None:
    filled(path, clock).close()
    last = path.stat().st_size // PAGE
    pages = {"first": [0], "schema": [1], "inner": [1, 2, 3], "many": range(0, last, 3)}[page]
    flip(path, iter(pages), random.Random(page))
    cache = ContentCache(path, clock)
    assert cache.thrown_away == 1
    assert cache.peek("7") is None
    shown = cache.get("7", lambda _: live("7"))
    assert shown is not None
    assert (shown.body, shown.stored, cache.trouble) == (body("7"), True, None)
    cache.close()


@pytest.mark.parametrize("how", ["flipped", "cut", "emptied"])
def test_damaged_while_it_is_open_it_is_thrown_away_and_fetched_anew(
    path: Path, clock: FakeClock, how: str
) -> None:
    filled(path, clock).close()
    cache = ContentCache(path, clock)
    if how == "flipped":
        flip(path, iter(range(1, path.stat().st_size // PAGE)), random.Random(1))
    else:
        with path.open("r+b") as file:
            file.truncate(PAGE * 3 if how == "cut" else 0)
    for key in map(str, range(GUIDES)):
        clock.advance(1)
        shown = cache.get(key, lambda _, key=key: live(key))  # type: ignore[misc]
        assert shown is not None
        assert shown.body == body(key)
    assert cache.thrown_away == 1
    assert cache.trouble is None
    last = str(GUIDES - 1)
    held = cache.peek(last)
    assert held is not None
    assert held.body == body(last)
    cache.close()


def test_a_body_that_rotted_is_asked_for_again_and_the_rest_is_kept(path: Path, clock: FakeClock) -> None:
    cache = filled(path, clock)
    other = apsw.Connection(str(path))
    other.execute("UPDATE content SET body = zeroblob(12000) WHERE key = '7'")
    other.close()
    asked: list[str | None] = []

    def fetch(etag: str | None) -> Answer:
        asked.append(etag)
        return live("7")

    shown = cache.get("7", fetch)
    assert shown is not None
    assert shown.body == body("7")
    assert asked == [None], "without the version of what is no longer held"
    assert (cache.rotten, cache.thrown_away) == (1, 0)
    assert cache.peek("8") is not None
    cache.close()


def test_a_picture_that_rotted_is_not_found_by_the_digest_it_had(path: Path, clock: FakeClock) -> None:
    cache = ContentCache(path, clock)
    cache.get("p", lambda _: Fetched(b"jpeg", None, 60, 600, "image/jpeg"))
    other = apsw.Connection(str(path))
    [[digest]] = other.execute("SELECT digest FROM content")
    assert isinstance(digest, bytes)
    found = cache.by_digest(digest, "image/jpeg")
    assert found is not None
    assert found.body == b"jpeg"
    assert cache.by_digest(digest, "application/json") is None
    other.execute("UPDATE content SET body = CAST('hack' AS BLOB)")
    other.close()
    assert cache.by_digest(digest, "image/jpeg") is None
    assert cache.rotten == 1
    cache.close()


def test_a_picture_past_both_its_times_is_not_found_by_its_digest(path: Path, clock: FakeClock) -> None:
    cache = ContentCache(path, clock)
    cache.get("p", lambda _: Fetched(b"jpeg", None, 60, 600, "image/jpeg"))
    digest = apsw.Connection(str(path)).execute("SELECT digest FROM content").get
    clock.advance(659)
    found = cache.by_digest(digest, "image/jpeg")
    assert found is not None
    assert found.stale
    clock.advance(1)
    assert cache.by_digest(digest, "image/jpeg") is None
    cache.close()


KINDS: dict[str, tuple[set[str], type[apsw.Error], type[StoreError]]] = {
    "no read": ({"read"}, apsw.IOError, StoreBroken),
    "no write": ({"write", "sync", "truncate"}, apsw.IOError, StoreBroken),
    "full": ({"write"}, apsw.FullError, StoreFull),
    "damaged": ({"read"}, apsw.CorruptError, StoreDamaged),
    "anything": ({"read", "write", "sync", "truncate"}, apsw.IOError, StoreBroken),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nth", [1, 2, 7])
def test_an_error_at_every_nth_access_reaches_no_caller_and_costs_no_page(
    path: Path, clock: FakeClock, kind: str, nth: int
) -> None:
    touched, error, _ = KINDS[kind]
    disk = FailingDisk()
    cache = filled(path, clock, disk.name)
    accesses = count(1)
    failed = 0

    def fault(what: str, _: str) -> type[apsw.Error] | None:
        nonlocal failed
        if what not in touched or next(accesses) % nth:
            return None
        failed += 1
        return error

    disk.fault = fault
    chance = random.Random(nth)
    for step in range(40):
        clock.advance(chance.choice([0, 1, 30]))
        key = str(chance.randrange(GUIDES))
        new = chance.randbytes(SIZE)
        turn = chance.choice([cache.get, cache.prefetch])
        shown = turn(key, lambda _, key=key, new=new: live(key, new))  # type: ignore[misc]
        assert shown is not None
        cache.peek(key)
        cache.by_digest(chance.randbytes(32), "image/jpeg")
        if step % 20 == 0:
            cache.prune()
    assert failed > 5
    disk.fault = lambda _kind, _file: None
    clock.advance(61)
    for _ in range(3):  # at the most once to see that the file is not to be had, once to have it again
        shown = cache.get("1", lambda _: live("1"))
        assert shown is not None
        clock.advance(61)
    assert cache.trouble is None
    held = cache.peek("1")
    assert held is not None
    assert held.body == body("1")
    cache.close()


@pytest.mark.parametrize("kind", KINDS)
def test_trouble_says_which_it_is(path: Path, clock: FakeClock, kind: str) -> None:
    touched, error, typed = KINDS[kind]
    disk = FailingDisk()
    cache = filled(path, clock, disk.name)
    clock.advance(61)
    disk.fault = lambda what, _: error if what in touched else None
    cache.get("1", lambda _: live("1", b"new"))
    assert isinstance(cache.trouble, typed | StoreBroken)
    disk.fault = lambda _kind, _file: None
    cache.close()


def test_what_works_offline_and_is_more_than_the_bound_is_told(path: Path, clock: FakeClock) -> None:
    cache = ContentCache(path, clock, max_bytes=40_000)
    for key in "abc":
        shown = cache.prefetch(key, lambda _, key=key: live(key))  # type: ignore[misc]
        assert shown is not None
        assert shown.stored
    shown = cache.prefetch("d", lambda _: live("d"))
    assert shown is not None
    assert not shown.stored
    assert isinstance(cache.trouble, StoreFull)
    assert all(cache.peek(key) for key in "abc"), "nothing went for it"
    cache.close()


def test_once_closed_it_asks_the_origin_and_takes_the_file_no_more(path: Path, clock: FakeClock) -> None:
    cache = filled(path, clock)
    cache.close()
    shown = cache.get("1", lambda _: live("1"))
    assert shown is not None
    assert not shown.stored
    assert cache.get("1", lambda _: Unreachable()) is None
    ContentCache(path, clock).close()
    cache.close()
