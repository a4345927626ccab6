"""The oldest parts go after half a year, by the gateway's time: no clock shortens the journal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from offline_cache import segments
from offline_cache.events import JournalDropped
from offline_cache.journal import Bounds, Intact
from tests.offline_cache.journals import DAY, SMALL, Book
from tests.offline_cache.world import START as BEGIN

HALF_A_YEAR = SMALL.kept


def test_what_the_gateway_has_confirmed_goes_after_180_days_and_the_chain_says_so(tmp_path: Path) -> None:
    book = Book(tmp_path / "outbox.db")
    book.days(178)
    assert isinstance(found := book.journal.verify(), Intact)
    assert found.first == 1
    book.days(30)
    found = book.journal.verify()
    assert isinstance(found, Intact)
    assert found.first > 20
    oldest = book.journal.entries(found.first - 1, 1)[0]
    assert book.clock.now() - oldest.at > HALF_A_YEAR - 9 * DAY
    dropped = [
        entry.event for entry in book.journal.entries(limit=10_000) if isinstance(entry.event, JournalDropped)
    ]
    assert dropped[-1].last == found.first - 1
    assert dropped[-1].hash == segments.listed(book.store)[0].before.hex()
    assert len(book.folder.names()) == len(segments.listed(book.store))
    book.close()


def test_every_entry_is_there_for_180_days(tmp_path: Path) -> None:
    book = Book(tmp_path / "outbox.db")
    first = 1
    for _ in range(40):
        book.days(6)
        found = book.journal.verify()
        assert isinstance(found, Intact)
        if found.first > 1:
            dropped_at = book.clock.now()
            ((covered,),) = book.store.read(
                "SELECT min(at) FROM anchor WHERE sequence >= ?", (found.first - 1,)
            )
            assert dropped_at - datetime.fromtimestamp(covered / 1000, UTC) >= HALF_A_YEAR
        first = found.first
    assert first > 200
    book.close()


@pytest.mark.parametrize("ahead", [365 * 10 * DAY, -365 * 10 * DAY], ids=["ahead", "behind"])
def test_a_clock_that_jumps_ten_years_drops_nothing(ahead: timedelta, tmp_path: Path) -> None:
    book = Book(tmp_path / "outbox.db")
    book.days(60)
    first = segments.listed(book.store)[0]
    book.clock.civil += ahead
    book.write(40)
    book.rotate(book.clock.now())  # the city has not been heard since; or it was, and is wrong itself
    assert segments.listed(book.store)[0] == first
    book.anchors.confirmed(book.journal.head(), BEGIN + 60 * DAY)
    book.rotate(book.clock.now())
    assert segments.listed(book.store)[0] == first
    book.close()


@pytest.mark.parametrize("least", [Bounds().least_segments, 1], ids=["as-it-is", "without-that-bound"])
def test_even_a_gateway_that_is_ten_years_ahead_leaves_the_newest_parts(least: int, tmp_path: Path) -> None:
    book = Book(tmp_path / "outbox.db", bounds=Bounds(rows=20, least_rows=5, least_segments=least))
    book.days(180)
    kept = len(segments.listed(book.store))
    book.clock.civil += 3650 * DAY
    book.days(3)
    left = segments.listed(book.store)
    assert kept > Bounds().least_segments
    assert len(left) == max(least, 4)  # four were confirmed after the leap only
    assert isinstance(book.journal.verify(), Intact)
    assert Bounds().least_segments * Bounds().closes >= Bounds().kept
    book.close()


def test_what_was_never_anchored_is_kept_for_two_years(tmp_path: Path) -> None:
    book = Book(tmp_path / "outbox.db")
    for _ in range(72):
        book.days(10, entries=2, anchored=False)
    assert book.journal.verify() == Intact(book.journal.head())
    for _ in range(6):
        book.days(10, entries=2, anchored=False)
    found = book.journal.verify()
    assert isinstance(found, Intact)
    assert found.first > 1
    assert (book.clock.now() - book.journal.entries(found.first - 1, 1)[0].at) > 720 * DAY
    book.close()


def test_without_a_confirmed_time_nothing_is_dropped(tmp_path: Path) -> None:
    book = Book(tmp_path / "outbox.db")
    book.days(150)
    book.clock.advance(100 * DAY.total_seconds())
    book.anchors.confirmed(book.journal.head(), book.clock.now())
    first = segments.listed(book.store)[0]
    book.rotate(None)
    assert segments.listed(book.store)[0] == first
    book.rotate(book.clock.now())
    assert segments.listed(book.store)[0] != first
    book.close()


def test_anchors_are_kept_for_more_than_a_year_of_days(tmp_path: Path) -> None:
    book = Book(tmp_path / "outbox.db", bounds=Bounds())
    book.days(405, entries=1)
    kept = book.anchors.all()
    assert len(kept) == 400
    assert kept[-1] == book.anchors.newest()
    assert kept[-1].at - kept[0].at == 399 * DAY
    book.close()
