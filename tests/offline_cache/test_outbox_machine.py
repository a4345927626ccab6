"""The outbox against a model of it: whatever citizens, gateway, time and restarts do in whatever order."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from offline_cache.answers import (
    Accepted,
    Expired,
    InProgress,
    Outcome,
    Refused,
    Rejected,
    Rejection,
    SealKeyGone,
    Temporary,
    Unreachable,
)
from offline_cache.exc import OutboxFull
from offline_cache.journal import Intact
from offline_cache.outbox import Limits
from offline_cache.submission import State
from tests.offline_cache.world import START, FakeClock, open_at, submission, visit_id

LIMITS = Limits(rows=12, bytes=8000, base=2.0, cap=60.0)
FINAL: dict[State, list[Outcome]] = {
    State.DONE: [Accepted("TJ-1", "received")],
    State.REFUSED: [Refused(())],
    State.QUARANTINED: [SealKeyGone(), Rejected(Rejection.CONFLICT)],
    State.EXPIRED: [Expired()],
}
PASSING: list[Outcome] = [InProgress(5.0), Temporary("status 500"), Temporary("s", 90.0), Unreachable("dns")]


@dataclass
class Row:
    visit: str
    sequence: int
    size: int
    state: State
    not_before: float = 0.0


class OutboxMachine(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "outbox.db"
        self.chance = random.Random(seed)
        self.clock = FakeClock()
        self.visits = [visit_id(self.chance) for _ in range(3)]
        self.rows: dict[str, Row] = {}
        self.journalled = 0
        self.noted: list[str] = []  # answered, and perhaps not on the disk yet
        self.opened = open_at(self.path, self.clock, LIMITS)

    def waiting(self) -> list[str]:
        return [key for key, row in self.rows.items() if row.state is State.WAITING]

    def unwritten(self) -> list[str]:
        if not self.opened.outbox.noted:
            self.noted.clear()
        return self.noted

    def held(self) -> list[Row]:
        return [row for row in self.rows.values() if row.state in (State.WAITING, State.QUARANTINED)]

    @rule(visit=st.integers(0, 2), size=st.sampled_from([40, 700, 2500]))
    def file(self, visit: int, size: int) -> None:
        sequence = len(self.rows)
        one = submission(self.chance, self.visits[visit], sequence, size)
        size = len(one.envelope)
        held = self.held()
        fits = len(held) < LIMITS.rows and sum(row.size for row in held) + size <= LIMITS.bytes
        try:
            self.opened.outbox.enqueue(one)
        except OutboxFull:
            assert not fits
            return
        assert fits
        self.rows[one.key] = Row(one.visit, sequence, size, State.WAITING)
        self.journalled += 1

    @precondition(lambda self: self.waiting())
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        due = self.opened.outbox.due()
        unwritten = {self.rows[key].visit for key in self.unwritten()}
        heads = [
            key
            for key in self.waiting()
            if self.rows[key].visit not in unwritten
            and not any(
                self.rows[other].visit == self.rows[key].visit
                and self.rows[other].sequence < self.rows[key].sequence
                for other in self.waiting()
            )
        ]
        ready = [key for key in heads if self.rows[key].not_before <= self.clock.seconds]
        if due is None:
            assert not ready
            return
        assert due.key in heads
        state = data.draw(st.sampled_from([State.WAITING, *FINAL]))
        if state is State.WAITING:
            outcome = data.draw(st.sampled_from(PASSING))
            assert self.opened.outbox.record(due.key, outcome, START) is State.WAITING
            self.rows[due.key].not_before = self.clock.seconds + 91.0 + LIMITS.cap  # not later than this
        else:
            outcome = data.draw(st.sampled_from(FINAL[state]))
            if data.draw(st.booleans()):
                assert self.opened.outbox.note(due.key, outcome, START) is state
                self.noted.append(due.key)
            else:
                assert self.opened.outbox.record(due.key, outcome, START) is state
            self.rows[due.key].state = state
            self.journalled += 1

    @rule()
    def look(self) -> None:
        self.opened.outbox.list()
        assert not self.opened.outbox.noted

    @rule()
    def settle(self) -> None:
        self.opened.outbox.settle()
        assert not self.opened.outbox.noted

    @rule()
    def power_cut(self) -> None:
        """What was only noted waits again."""
        for key in self.unwritten():
            self.rows[key].state = State.WAITING
            self.journalled -= 1
        self.opened.store.close()
        self.begin_again()

    @rule(seconds=st.sampled_from([0.5, 10.0, 200.0]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(key=st.randoms())
    def hurry(self, key: random.Random) -> None:
        if self.rows:
            self.opened.outbox.hurry(key.choice(list(self.rows)))

    @rule()
    def checkpoint(self) -> None:
        assert self.opened.store.checkpoint()

    @rule()
    def restart(self) -> None:
        self.opened.close()
        self.begin_again()

    def begin_again(self) -> None:
        self.noted.clear()
        self.opened = open_at(self.path, self.clock, LIMITS)
        assert self.opened.damage is None
        for row in self.rows.values():
            row.not_before = 0.0

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "opened"):
            return
        outbox = self.opened.outbox
        assert (outbox.due() is not None) is (outbox.wait() == 0.0)
        if outbox.noted:  # to look would write it down
            assert len(self.unwritten()) == outbox.noted
            assert outbox.depth() == len(self.waiting()) + outbox.noted
            return
        assert {filed.key: filed.state for filed in outbox.list()} == {
            k: r.state for k, r in self.rows.items()
        }
        assert outbox.depth() == len(self.waiting())
        room = LIMITS.bytes - sum(row.size for row in self.held())
        assert outbox.has_room(room) is (len(self.held()) < LIMITS.rows)
        assert not outbox.has_room(room + 1)
        assert self.opened.journal.verify() == Intact(self.opened.journal.head())
        assert self.opened.journal.head().sequence == self.journalled

    def teardown(self) -> None:
        self.opened.close()
        self.folder.cleanup()


TestOutboxMachine = OutboxMachine.TestCase
TestOutboxMachine.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
