"""What was signed under a clock that nobody had confirmed is not thrown away for its date."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from offline_cache.answers import Accepted
from offline_cache.dating import BATCH
from offline_cache.journal import Intact
from offline_cache.opening import Opened
from offline_cache.submission import State, Submission
from tests.offline_cache.world import START, FakeClock, open_at, submission

YEARS = timedelta(days=3650)
LIFETIME = timedelta(days=30)


def restarted(path: Path, clock: FakeClock, opened: Opened) -> Opened:
    opened.close()
    return open_at(path, clock)


def heard(opened: Opened, clock: FakeClock) -> None:
    """The city tells the time."""
    clock.civil = START
    opened.outbox.time_confirmed()


def would_be_sent(opened: Opened, one: Submission, clock: FakeClock) -> bool:
    due = opened.outbox.due()
    assert due is not None
    assert due.key == one.key
    return not opened.outbox.expired(due, clock.now())


@pytest.mark.parametrize("off", [YEARS, -YEARS], ids=["ahead", "behind"])
@pytest.mark.parametrize("maintained", [True, False])
def test_wrong_clock_and_a_restart_expire_nothing(off: timedelta, maintained: bool, tmp_path: Path) -> None:
    clock = FakeClock()
    clock.civil = START + off
    opened = open_at(tmp_path / "outbox.db", clock)
    one = submission(random.Random(1), at=clock.now())
    opened.outbox.enqueue(one)
    head = opened.journal.head()
    opened = restarted(tmp_path / "outbox.db", clock, opened)
    heard(opened, clock)
    if maintained:
        opened.outbox.maintain()
        filed = opened.outbox.get(one.key)
        assert filed.created_at == START  # its age is not known: from now on
        assert opened.store.read("SELECT expires_at - created_at FROM submission") == [(30 * 86_400_000,)]
    assert would_be_sent(opened, one, clock)
    opened.close()
    again = open_at(tmp_path / "outbox.db", clock)
    assert would_be_sent(again, one, clock)  # durably so
    assert again.journal.head() == head  # what happened stays as it was written
    assert isinstance(again.journal.verify(), Intact)
    again.close()


def test_one_of_this_start_is_dated_by_its_age(tmp_path: Path) -> None:
    clock = FakeClock()
    clock.civil = START - YEARS
    opened = open_at(tmp_path / "outbox.db", clock)
    one = submission(random.Random(1), at=clock.now())
    opened.outbox.enqueue(one)
    clock.advance(3600)
    heard(opened, clock)
    opened.outbox.maintain()
    assert opened.outbox.get(one.key).created_at == START - timedelta(hours=1)
    assert opened.store.read("SELECT * FROM undated") == []
    opened.close()


@pytest.mark.parametrize("days", [29, 31])
def test_dated_anew_it_expires_as_any_other(days: int, tmp_path: Path) -> None:
    clock = FakeClock()
    clock.civil = START - YEARS
    opened = open_at(tmp_path / "outbox.db", clock)
    one = submission(random.Random(1), at=clock.now(), lasts=LIFETIME)
    opened.outbox.enqueue(one)
    opened = restarted(tmp_path / "outbox.db", clock, opened)
    heard(opened, clock)
    opened.outbox.maintain()
    opened = restarted(tmp_path / "outbox.db", clock, opened)
    clock.civil = START + timedelta(days=days)
    opened.outbox.time_confirmed()
    assert would_be_sent(opened, one, clock) is (days < 30)
    opened.close()


def test_dated_by_a_confirmed_clock_it_expires_by_its_dates(tmp_path: Path) -> None:
    clock = FakeClock()
    opened = open_at(tmp_path / "outbox.db", clock)
    opened.outbox.time_confirmed()
    one = submission(random.Random(1), at=clock.now(), lasts=LIFETIME)
    opened.outbox.enqueue(one)
    assert opened.store.read("SELECT * FROM undated") == []
    opened = restarted(tmp_path / "outbox.db", clock, opened)
    clock.civil = START + timedelta(days=31)
    opened.outbox.time_confirmed()
    opened.outbox.maintain()
    assert not would_be_sent(opened, one, clock)
    opened.close()


def test_dated_before_the_city_was_heard_and_stored_after_it_is_undated_as_well(tmp_path: Path) -> None:
    clock = FakeClock()
    opened = open_at(tmp_path / "outbox.db", clock)
    one = submission(random.Random(1), at=START - YEARS)
    heard(opened, clock)
    opened.outbox.enqueue(one)
    opened.outbox.maintain()
    assert opened.outbox.get(one.key).created_at == START
    opened.close()


def test_answered_ones_keep_their_dates_and_many_are_dated_in_batches(tmp_path: Path) -> None:
    clock = FakeClock()
    clock.civil = START - YEARS
    opened = open_at(tmp_path / "outbox.db", clock)
    chance = random.Random(1)
    filed = [submission(chance, size=40, at=clock.now()) for _ in range(BATCH + 5)]
    for one in filed:
        opened.outbox.enqueue(one)
    opened.outbox.record(filed[0].key, Accepted("TJ-1"), START)
    heard(opened, clock)
    for left in (5, 0):
        opened.outbox.maintain()
        assert opened.store.read("SELECT count(*) FROM undated") == [(left,)]
    dates = {filed.key: filed.created_at for filed in opened.outbox.list()}
    assert dates.pop(filed[0].key) == START - YEARS
    assert set(dates.values()) == {START}
    assert {one.state for one in opened.outbox.list()} == {State.DONE, State.WAITING}
    opened.close()
