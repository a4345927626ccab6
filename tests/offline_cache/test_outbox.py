"""What the outbox promises, refuses, orders and remembers."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from offline_cache.answers import (
    Accepted,
    Expired,
    InProgress,
    Outcome,
    Reason,
    Refused,
    Rejected,
    Rejection,
    SealKeyGone,
    Temporary,
    TooMany,
    Unauthorised,
    Unreachable,
)
from offline_cache.events import AnswerKind, SubmissionAnswered, SubmissionStored, VisitBegan
from offline_cache.exc import DuplicateKey, NotSealed, OutboxFull
from offline_cache.outbox import Limits
from offline_cache.submission import MAX_ENVELOPE, State
from tests.offline_cache.world import START, FakeClock, open_at, submission, visit_id


@pytest.fixture
def chance() -> random.Random:
    return random.Random(7)


def test_submission_and_its_journal_entries_are_one_transaction(
    tmp_path: Path, chance: random.Random
) -> None:
    opened = open_at(tmp_path / "outbox.db")
    one = submission(chance)
    opened.outbox.enqueue(one, VisitBegan(visit=one.visit))
    assert [entry.event for entry in opened.journal.entries()] == [one.stored, VisitBegan(visit=one.visit)]
    assert one.stored == SubmissionStored(
        visit=one.visit, key=one.key, operation=one.stored.operation, payload_hash=one.payload_hash
    )
    with pytest.raises(DuplicateKey):
        opened.outbox.enqueue(replace(one, visit=visit_id(chance)), VisitBegan(visit=one.visit))
    assert opened.journal.head().sequence == 2
    opened.outbox.enqueue(submission(chance))  # and the chain goes on from where it was
    assert opened.journal.head().sequence == 3
    opened.close()


def test_what_is_due_comes_back_as_it_was_written_also_after_a_restart(
    tmp_path: Path, chance: random.Random
) -> None:
    path = tmp_path / "outbox.db"
    opened = open_at(path)
    filed = [submission(chance, size=size) for size in (40, 2000, 100_000)]
    for one in filed:
        opened.outbox.enqueue(one)
    assert opened.outbox.due() == filed[0]
    opened.close()
    opened = open_at(path)
    assert opened.outbox.depth() == 3
    for one in filed:
        assert opened.outbox.due() == one
        opened.outbox.record(one.key, Accepted(), START)
    assert opened.outbox.due() is None
    opened.close()


@pytest.mark.parametrize("envelope", [b"", b'{"name": "x"}', "李桂兰".encode(), b"eyJ.only.jws", b"eyJa.b.c"])
def test_envelope_that_is_not_sealed_is_never_written(envelope: bytes, chance: random.Random) -> None:
    with pytest.raises(NotSealed):
        replace(submission(chance), envelope=envelope)


def test_submission_out_of_shape_is_a_bug_of_the_caller(chance: random.Random) -> None:
    one = submission(chance)
    for name, value in (
        ("operation", "query"),
        ("target", "和平区"),
        ("sequence", -1),
        ("created_at", one.created_at.replace(tzinfo=None)),
        ("visit", "120103194001010017"),
        ("key", "not-a-uuid"),
        ("envelope", b"eyJ.a.b.c." + bytes(MAX_ENVELOPE)),
    ):
        with pytest.raises(ValueError):  # noqa: PT011 - several kinds, all of them ValueError
            replace(one, **{name: value})  # type: ignore[arg-type]  # wrong on purpose


def test_repr_shows_no_envelope(chance: random.Random) -> None:
    assert "eyJ" not in repr(submission(chance))


def test_later_one_of_a_visit_waits_for_the_earlier_also_when_that_must_wait(
    tmp_path: Path, chance: random.Random
) -> None:
    clock = FakeClock()
    opened = open_at(tmp_path / "outbox.db", clock)
    visit = visit_id(chance)
    first, second = (submission(chance, visit, sequence) for sequence in (1, 2))
    other = submission(chance)
    for one in (first, second, other):
        opened.outbox.enqueue(one)
    assert opened.outbox.due() == first
    opened.outbox.record(first.key, Temporary("status 503", 30.0), START)
    assert opened.outbox.due() == other
    opened.outbox.record(other.key, Accepted(), START)
    assert opened.outbox.due() is None
    assert 30.0 <= opened.outbox.wait() <= 32.0
    clock.advance(opened.outbox.wait())
    assert opened.outbox.due() == first
    opened.outbox.record(first.key, Refused((Reason("NOT_INSURED"),)), START)
    assert opened.outbox.due() == second  # a refusal is an answer: the next has its turn
    opened.close()


def test_earlier_sequence_is_refused_while_a_later_waits(tmp_path: Path, chance: random.Random) -> None:
    opened = open_at(tmp_path / "outbox.db")
    visit = visit_id(chance)
    opened.outbox.enqueue(submission(chance, visit, 5))
    for sequence in (4, 5):
        with pytest.raises(DuplicateKey):
            opened.outbox.enqueue(submission(chance, visit, sequence))
    assert opened.outbox.depth() == 1
    opened.close()


def test_failing_one_does_not_starve_the_others(tmp_path: Path, chance: random.Random) -> None:
    clock = FakeClock()
    opened = open_at(tmp_path / "outbox.db", clock)
    filed = [submission(chance) for _ in range(5)]
    for one in filed:
        opened.outbox.enqueue(one)
    served: set[str] = set()
    for _ in range(40):
        due = opened.outbox.due()
        if due is None:
            clock.advance(opened.outbox.wait())
            continue
        served.add(due.key)
        opened.outbox.record(due.key, Temporary("status 500"), START)
    assert served == {one.key for one in filed}
    opened.close()


def test_citizen_at_the_screen_goes_before_the_backlog_but_not_before_their_own_earlier_one(
    tmp_path: Path, chance: random.Random
) -> None:
    opened = open_at(tmp_path / "outbox.db")
    backlog = [submission(chance) for _ in range(4)]
    visit = visit_id(chance)
    first, second = (submission(chance, visit, sequence) for sequence in (1, 2))
    for one in (*backlog, first, second):
        opened.outbox.enqueue(one)
    opened.outbox.hurry(second.key)
    for expected in (first, second, backlog[0]):
        assert opened.outbox.due() == expected
        opened.outbox.record(expected.key, Accepted(), START)
    opened.outbox.hurry(first.key)  # long answered: nothing happens
    opened.close()


def test_hurry_does_not_break_a_retry_after(tmp_path: Path, chance: random.Random) -> None:
    opened = open_at(tmp_path / "outbox.db")
    one = submission(chance)
    opened.outbox.enqueue(one)
    opened.outbox.record(one.key, Temporary("status 503", 60.0), START)
    opened.outbox.hurry(one.key)
    assert opened.outbox.due() is None
    opened.close()


FINAL: list[tuple[Outcome, State, AnswerKind, str]] = [
    (Accepted("TJ-2026-7", "identity-to-confirm"), State.DONE, AnswerKind.ACCEPTED, ""),
    (
        Refused((Reason("NOT_INSURED", "您未参保"), Reason("TOO_YOUNG"))),
        State.REFUSED,
        AnswerKind.REFUSED,
        "NOT_INSURED,TOO_YOUNG",
    ),
    (
        Refused((Reason("李桂兰"), Reason("120103194001010017"))),
        State.REFUSED,
        AnswerKind.REFUSED,
        "OTHER,OTHER",
    ),
    (SealKeyGone(), State.QUARANTINED, AnswerKind.SEAL_KEY_GONE, "seal-key-gone"),
    (Rejected(Rejection.KEY_REUSED), State.QUARANTINED, AnswerKind.REJECTED, "key-reused"),
    (Expired(), State.EXPIRED, AnswerKind.EXPIRED, "expired"),
]


@pytest.mark.parametrize(("answer", "state", "kind", "reason"), FINAL, ids=lambda value: str(value)[:30])
def test_final_answer_is_kept_for_a_slip_and_the_envelope_goes(
    answer: Outcome, state: State, kind: AnswerKind, reason: str, tmp_path: Path, chance: random.Random
) -> None:
    path = tmp_path / "outbox.db"
    opened = open_at(path)
    one = submission(chance, size=3000)
    opened.outbox.enqueue(one)
    assert opened.outbox.record(one.key, answer, START + timedelta(hours=1)) is state
    opened.close()

    opened = open_at(path)
    filed = opened.outbox.get(one.key)
    assert (filed.state, filed.reason, filed.answered_at) == (state, reason, START + timedelta(hours=1))
    if isinstance(answer, Accepted):
        assert (filed.number, filed.case_state) == ("TJ-2026-7", "identity-to-confirm")
    assert (filed.size > 0) is (state is State.QUARANTINED)
    assert opened.outbox.depth() == 0
    assert opened.outbox.due() is None
    assert opened.journal.entries()[-1].event == SubmissionAnswered(key=one.key, kind=kind)
    opened.store.checkpoint()
    kept = one.envelope[200:400] in path.read_bytes()
    assert kept is (state is State.QUARANTINED)  # secure_delete: not even in a free page
    opened.close()


def test_words_of_the_gateway_that_are_no_case_number_are_not_written(
    tmp_path: Path, chance: random.Random
) -> None:
    opened = open_at(tmp_path / "outbox.db")
    one = submission(chance)
    opened.outbox.enqueue(one)
    opened.outbox.record(one.key, Accepted("李桂兰", "已受理"), START)
    filed = opened.outbox.get(one.key)
    assert (filed.state, filed.number, filed.case_state) == (State.DONE, None, None)
    opened.close()


def test_second_answer_changes_nothing(tmp_path: Path, chance: random.Random) -> None:
    opened = open_at(tmp_path / "outbox.db")
    one = submission(chance)
    opened.outbox.enqueue(one)
    opened.outbox.record(one.key, Accepted("TJ-1", "received"), START)
    head = opened.journal.head()
    for late in (Refused(()), Temporary("x"), Expired(), Accepted("TJ-2", "received")):
        assert opened.outbox.record(one.key, late, START) is State.DONE
    assert opened.outbox.get(one.key).number == "TJ-1"
    assert opened.journal.head() == head
    with pytest.raises(KeyError):
        opened.outbox.record("00000000-0000-4000-8000-000000000000", Accepted(), START)
    opened.close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (InProgress(), "in-progress"),
        (Temporary("status 503"), "status 503"),
        (TooMany(), "too-many"),
        (Unreachable("timeout"), "timeout"),
        (Unauthorised(), "unauthorised"),
    ],
)
def test_answer_that_is_not_final_keeps_it_waiting_and_writes_nothing(
    answer: Outcome, reason: str, tmp_path: Path, chance: random.Random
) -> None:
    opened = open_at(tmp_path / "outbox.db")
    one = submission(chance)
    opened.outbox.enqueue(one)
    head = opened.journal.head()
    assert opened.outbox.record(one.key, answer, START) is State.WAITING
    filed = opened.outbox.get(one.key)
    assert (filed.state, filed.reason, filed.attempts) == (State.WAITING, reason, 1)
    assert opened.journal.head() == head
    opened.close()


def test_backoff_is_full_jitter_and_capped(tmp_path: Path) -> None:
    opened = open_at(tmp_path / "outbox.db", limits=Limits(base=2.0, cap=300.0))
    for failures, bound in ((0, 2.0), (3, 16.0), (7, 256.0), (8, 300.0), (5000, 300.0)):
        waits = [opened.outbox.backoff(failures) for _ in range(300)]
        assert 0.0 <= min(waits) < bound * 0.1
        assert bound * 0.9 < max(waits) <= bound
    opened.close()


def test_retry_after_is_kept_spread_and_capped(tmp_path: Path) -> None:
    opened = open_at(tmp_path / "outbox.db", limits=Limits(base=2.0, longest_wait=3600.0))
    waits = [opened.outbox.backoff(0, 120.0) for _ in range(200)]
    assert all(120.0 <= wait <= 122.0 for wait in waits)
    assert len(set(waits)) > 100
    assert 3600.0 <= opened.outbox.backoff(0, 1e9) <= 3602.0
    assert 0.0 <= opened.outbox.backoff(0, -5.0) <= 4.0
    opened.close()


def test_bounds_refuse_new_work_and_drop_no_old(tmp_path: Path, chance: random.Random) -> None:
    path = tmp_path / "outbox.db"
    limits = Limits(rows=3, bytes=4000)
    opened = open_at(path, limits=limits)
    first, second, third = (submission(chance, size=1000) for _ in range(3))
    opened.outbox.enqueue(first)
    assert opened.outbox.has_room(3000)
    assert not opened.outbox.has_room(3001)
    assert not opened.outbox.has_room()  # the largest there may be
    with pytest.raises(OutboxFull):
        opened.outbox.enqueue(submission(chance, size=3001))
    opened.outbox.enqueue(second)
    opened.outbox.enqueue(third)
    with pytest.raises(OutboxFull):
        opened.outbox.enqueue(submission(chance, size=40))
    opened.close()

    opened = open_at(path, limits=limits)  # counted anew
    assert not opened.outbox.has_room(40)
    opened.outbox.record(first.key, SealKeyGone(), START)  # quarantine still takes room
    assert not opened.outbox.has_room(40)
    opened.outbox.record(second.key, Accepted(), START)
    assert opened.outbox.has_room(2000)
    assert not opened.outbox.has_room(2001)
    opened.close()


def test_list_shows_states_and_no_content(tmp_path: Path, chance: random.Random) -> None:
    opened = open_at(tmp_path / "outbox.db")
    filed = [submission(chance) for _ in range(4)]
    for one in filed:
        opened.outbox.enqueue(one)
    opened.outbox.record(filed[1].key, Accepted("TJ-1"), START)
    opened.outbox.record(filed[2].key, SealKeyGone(), START)
    assert [one.state for one in opened.outbox.list()] == ["waiting", "done", "quarantined", "waiting"]
    assert [one.key for one in opened.outbox.list(State.QUARANTINED)] == [filed[2].key]
    assert len(opened.outbox.list(limit=2)) == 2
    assert "eyJ" not in repr(opened.outbox.list())
    assert opened.outbox.oldest() == filed[0].created_at
    assert opened.outbox.depth() == 2
    opened.close()


def test_answered_ones_are_forgotten_after_their_time_and_others_never(
    tmp_path: Path, chance: random.Random
) -> None:
    opened = open_at(tmp_path / "outbox.db")
    filed = [submission(chance) for _ in range(3)]
    for one in filed:
        opened.outbox.enqueue(one)
    opened.outbox.record(filed[0].key, Accepted(), START)
    opened.outbox.record(filed[1].key, SealKeyGone(), START)
    assert opened.outbox.prune(START + timedelta(days=179)) == 0
    assert opened.outbox.prune(START + timedelta(days=181)) == 1
    assert [one.key for one in opened.outbox.list()] == [filed[1].key, filed[2].key]
    opened.close()


def test_row_that_rotted_on_the_disk_goes_to_quarantine_and_holds_nobody_up(
    tmp_path: Path, chance: random.Random
) -> None:
    opened = open_at(tmp_path / "outbox.db")
    rotten, sound = submission(chance), submission(chance)
    opened.outbox.enqueue(rotten)
    opened.outbox.enqueue(sound)
    with opened.store.transaction() as db:
        db.execute("UPDATE submission SET envelope = zeroblob(500) WHERE key = ?", (rotten.key,))
    assert opened.outbox.due() == sound
    filed = opened.outbox.get(rotten.key)
    assert (filed.state, filed.reason) == (State.QUARANTINED, "damaged")
    opened.close()


def test_row_that_is_no_longer_where_it_was_written_is_never_sent_as_another(
    tmp_path: Path, chance: random.Random
) -> None:
    opened = open_at(tmp_path / "outbox.db")
    moved, other = submission(chance), submission(chance)
    opened.outbox.enqueue(moved)
    opened.outbox.enqueue(other)
    with opened.store.transaction() as db:  # as a rotten disk may have it: each has the other's number
        db.execute("UPDATE submission SET id = id + 10")
        db.execute("UPDATE submission SET id = 1 WHERE key = ?", (other.key,))
    assert opened.outbox.due() is None
    assert [(one.state, one.reason) for one in opened.outbox.list()] == [(State.QUARANTINED, "damaged")] * 2
    assert opened.outbox.depth() == 0
    opened.close()


def test_enqueue_from_many_threads_keeps_every_row_and_the_chain(
    tmp_path: Path, chance: random.Random
) -> None:
    opened = open_at(tmp_path / "outbox.db")
    filed = [[submission(chance) for _ in range(25)] for _ in range(4)]

    def file(mine: int) -> None:
        for one in filed[mine]:
            opened.outbox.enqueue(one)

    threads = [threading.Thread(target=file, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    answered = 0
    while any(thread.is_alive() for thread in threads) or opened.outbox.depth():
        due = opened.outbox.due()
        if due is not None:
            opened.outbox.record(due.key, Accepted(), START)
            answered += 1
    for thread in threads:
        thread.join(30)
    assert answered == 100
    assert {one.state for one in opened.outbox.list()} == {State.DONE}
    assert opened.journal.head().sequence == 200
    assert type(opened.journal.verify()).__name__ == "Intact"
    opened.close()


def test_notes_outlive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    opened = open_at(path)
    opened.notes.remember("time-floor", b"2026-07-01T08:00:00Z")
    opened.notes.remember("revoke.1", b"sealed")
    opened.notes.remember("revoke.2", b"sealed")
    opened.notes.remember("time-floor", b"2026-07-01T09:00:00Z")
    opened.notes.forget("revoke.1")
    with pytest.raises(ValueError, match="65537 bytes"):
        opened.notes.remember("large", bytes(65537))
    opened.close()
    opened = open_at(path)
    assert opened.notes.recall("time-floor") == b"2026-07-01T09:00:00Z"
    assert opened.notes.recall("revoke.1") is None
    assert opened.notes.names("revoke.") == ["revoke.2"]
    opened.close()


def test_what_is_answered_and_only_noted_takes_no_room_from_the_next_citizen(
    tmp_path: Path, chance: random.Random
) -> None:
    opened = open_at(tmp_path / "outbox.db", limits=Limits(rows=2))
    for _ in range(2):
        opened.outbox.enqueue(submission(chance))
    due = opened.outbox.due()
    assert due is not None
    assert opened.outbox.note(due.key, Accepted("TJ-1", "received"), START) is State.DONE
    assert opened.outbox.noted == 1
    opened.outbox.enqueue(submission(chance))
    assert opened.outbox.noted == 0, "it is written down for that"
    with pytest.raises(OutboxFull):
        opened.outbox.enqueue(submission(chance))
    opened.close()
