"""The chain shows every change, and its types have no room for a person."""

from __future__ import annotations

import hashlib
import random
import typing
import uuid
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_cache import events
from offline_cache.events import (
    ConnectivityChanged,
    DeviceChanged,
    Event,
    ItemStarted,
    Printed,
    SubmissionStored,
    VisitBegan,
    VisitEnded,
    check,
)
from offline_cache.exc import UnfitEvent
from offline_cache.journal import Break, Broken, Head, Intact, Journal
from offline_cache.opening import Opened
from tests.offline_cache.world import FakeClock, open_at, submission

VISIT = "0123456789abcdef0123456789abcdef"
CATALOGUE: tuple[type[msgspec.Struct], ...] = typing.get_args(Event)

# Fictional: 李桂兰's number has a right check digit; the bank card passes Luhn; none belongs to anybody.
PERSONAL = [
    "李桂兰",
    "12010319400101001X",
    "120103194001010017",
    "120103400101001",
    "13800000000",
    "+86-138-0000-0000",
    "6222020000000000007",
    "4000000000000002",
    "天津市和平区某路1号",
    "li.guilan@example.com",
    "1940-01-01 09:30",
]


def written(folder: Path, count: int = 12) -> Opened:
    opened = open_at(folder / "outbox.db")
    opened.journal.append(VisitBegan(visit=VISIT))
    for number in range(count - 1):
        opened.journal.append(ConnectivityChanged(online=number % 2 == 0))
    return opened


def tamper(opened: Opened, *statements: str) -> None:
    with opened.store.transaction() as db:
        for statement in statements:
            db.execute(statement)


def test_untouched_journal_verifies_up_to_its_head(tmp_path: Path) -> None:
    opened = written(tmp_path)
    assert opened.journal.verify() == Intact(opened.journal.head())
    assert opened.journal.head().sequence == 12
    opened.close()


def test_entries_come_back_typed_and_dated(tmp_path: Path) -> None:
    clock = FakeClock()
    opened = open_at(tmp_path / "outbox.db", clock)
    opened.journal.append(VisitBegan(visit=VISIT))
    clock.advance(90)
    opened.journal.append(VisitEnded(visit=VISIT, how="finished", items=1))
    first, second = opened.journal.entries()
    assert (first.sequence, first.event) == (1, VisitBegan(visit=VISIT))
    assert (second.at - first.at).total_seconds() == 90
    assert opened.journal.entries(after=1) == [second]
    opened.close()


def test_journal_longer_than_a_batch_verifies_and_is_read_in_parts(tmp_path: Path) -> None:
    opened = open_at(tmp_path / "outbox.db")
    opened.journal.append(*[ConnectivityChanged(online=True)] * 1203)
    assert isinstance(opened.journal.verify(), Intact)
    assert len(opened.journal.entries(after=1000)) == 203
    tamper(opened, "UPDATE journal SET hash = zeroblob(32) WHERE sequence = 1100")
    assert opened.journal.verify() == Broken(Break.EDITED, 1100)
    opened.close()


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (["DELETE FROM journal WHERE sequence = 5"], Broken(Break.DELETED, 5)),
        (["DELETE FROM journal WHERE sequence BETWEEN 1 AND 3"], Broken(Break.DELETED, 1)),
        (["UPDATE journal SET hash = zeroblob(32) WHERE sequence = 7"], Broken(Break.EDITED, 7)),
        (["DELETE FROM journal WHERE sequence > 9 AND sequence < 100"], Broken(Break.TRUNCATED, 10)),
        (["DELETE FROM journal WHERE sequence > 9"], Broken(Break.HEAD_LOST, 9)),
        (["DELETE FROM journal WHERE sequence < 100"], Broken(Break.TRUNCATED, 1)),
        (
            [
                "UPDATE journal SET sequence = -1 WHERE sequence = 4",
                "UPDATE journal SET sequence = 4 WHERE sequence = 5",
                "UPDATE journal SET sequence = 5 WHERE sequence = -1",
            ],
            Broken(Break.REORDERED, 4),
        ),
        (
            ["DELETE FROM journal WHERE sequence = 5", "UPDATE journal SET sequence = 5 WHERE sequence = 6"],
            Broken(Break.REORDERED, 5),
        ),
        (
            ["""UPDATE journal SET body = CAST('{"sequence":9}' AS BLOB) WHERE sequence > 100"""],
            Broken(Break.HEAD_LOST, 9),
        ),
        (["UPDATE journal SET hash = zeroblob(32) WHERE sequence > 100"], Broken(Break.HEAD_LOST, 12)),
    ],
    ids=lambda value: str(value)[:60],
)
def test_tampering_is_found_and_placed(statements: list[str], broken: Broken, tmp_path: Path) -> None:
    opened = written(tmp_path)
    tamper(opened, *statements)
    assert opened.journal.verify() == broken
    opened.close()


@pytest.mark.parametrize("rehashed", [False, True])
def test_edited_entry_is_found_there_or_where_the_next_no_longer_follows(
    rehashed: bool, tmp_path: Path
) -> None:
    opened = written(tmp_path)
    ((body,), (before,)) = opened.store.read(
        "SELECT body FROM journal WHERE sequence = 4 UNION ALL SELECT hash FROM journal WHERE sequence = 3"
    )
    edited = body.replace(b"true", b"false") if b"true" in body else body.replace(b"false", b"true")
    with opened.store.transaction() as db:
        db.execute("UPDATE journal SET body = ? WHERE sequence = 4", (edited,))
        if rehashed:
            digest = hashlib.sha256(before + edited).digest()
            db.execute("UPDATE journal SET hash = ? WHERE sequence = 4", (digest,))
    assert opened.journal.verify() == Broken(Break.EDITED, 5 if rehashed else 4)
    opened.close()


def test_journal_rewritten_from_one_place_on_is_known_by_an_anchor(tmp_path: Path) -> None:
    """Who owns the file can compute a new chain; a head that was kept at the gateway does not fit it."""
    opened = written(tmp_path, 8)
    anchor = opened.journal.head()
    opened.close()
    (tmp_path / "outbox.db").unlink()
    forged = written(tmp_path, 20)
    with forged.store.transaction() as db:
        db.execute("DELETE FROM journal WHERE sequence < 100")
        db.execute(
            "UPDATE journal SET body = ?, hash = zeroblob(32) WHERE sequence > 100", (b'{"sequence":0}',)
        )
    another = Journal(forged.store, FakeClock())
    another.append(*[ConnectivityChanged(online=False)] * 20)
    assert isinstance(another.verify(), Intact)
    assert another.verify([anchor]) == Broken(Break.REWRITTEN, 8)
    assert another.verify([Head(21, bytes(32))]) == Broken(Break.TRUNCATED, 21)
    assert isinstance(another.verify([another.head()]), Intact)
    forged.close()


def test_event_that_does_not_fit_writes_nothing_not_even_the_submission_beside_it(tmp_path: Path) -> None:
    opened = open_at(tmp_path / "outbox.db")
    with pytest.raises(UnfitEvent):
        opened.journal.append(VisitBegan(visit=VISIT), VisitBegan(visit="120103194001010017"))
    with pytest.raises(UnfitEvent):
        opened.outbox.enqueue(submission(random.Random(1)), VisitBegan(visit="李桂兰"))
    assert opened.journal.head().sequence == 0
    assert opened.outbox.depth() == 0
    assert opened.outbox.list() == []
    opened.close()


def test_error_about_an_unfit_event_does_not_quote_it() -> None:
    with pytest.raises(UnfitEvent) as caught:
        check(VisitBegan(visit="李桂兰"))
    assert "李桂兰" not in str(caught.value)


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.__name__)
def test_every_event_says_what_it_means(event: type[msgspec.Struct]) -> None:
    assert event.__doc__
    assert event.__doc__ != events._Event.__doc__


def test_every_event_is_in_the_closed_set() -> None:
    assert set(events._Event.__subclasses__()) == set(CATALOGUE)


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.__name__)
@pytest.mark.parametrize("personal", PERSONAL)
def test_no_field_of_any_event_takes_personal_data(event: type[msgspec.Struct], personal: str) -> None:
    hints = typing.get_type_hints(event, include_extras=True)
    for hint in hints.values():
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(personal, hint)


@given(st.integers(min_value=10**14, max_value=10**19 - 1), st.sampled_from(["", "X", "x"]))
def test_no_field_of_any_event_takes_a_long_number(number: int, check_digit: str) -> None:
    for event in CATALOGUE:
        for hint in typing.get_type_hints(event, include_extras=True).values():
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(f"{number}{check_digit}", hint)


def test_the_words_that_are_meant_do_fit() -> None:
    check(
        ItemStarted(visit=VISIT, item="social-insurance.rights-record", flow_version="2026-07-01"),
        ItemStarted(visit=str(uuid.UUID(VISIT)), item="civil.senior-allowance-apply", flow_version="1"),
        DeviceChanged(device="receipt_printer", availability="offline", condition="paper-out"),
        Printed(visit=VISIT, paper="slip", outcome="failed", reason="cover-open"),
        SubmissionStored(
            visit=VISIT,
            key=str(uuid.uuid4()),
            operation=events.Operation.RATE,
            payload_hash="a" * 64,
        ),
    )
