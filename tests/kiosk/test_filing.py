"""The desk of submissions: written down before anything is promised, on a real outbox."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from joserfc import jwe, jws
from joserfc.jwk import ECKey

from flows.effects import Submit
from flows.events import Accepted, NotStored, Outcome, Refused, StillWaiting, Stored
from kiosk import keys
from kiosk.desks.filing import Case, FilingDesk
from kiosk.loop import Loop
from kiosk.seal import SealingKey, choose_key
from kiosk.visit import Visit
from offline_cache import answers
from offline_cache.journal import Intact, Journal
from offline_cache.outbox import Limits, Outbox
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from tests.kiosk.clocks import TestClock

T = TypeVar("T")
KEY = "0b8f7c1e-6f0e-4a63-9d5b-0d0f7f4f9a11"
GATEWAY = ECKey.generate_key("P-256", {"use": "enc", "kid": "seal-1"}, private=True)
TERMINAL = keys.generate()


class Inline:
    """An executor that does the work at once."""

    def submit(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        done(work())


class Desk:
    """A filing desk on a real outbox."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.clock = TestClock()
        self.loop = Loop(self.clock, lambda error: None)
        self.store = Store.open(folder / "outbox.db", OUTBOX)
        self.journal = Journal(self.store, self.clock)
        self.outbox = Outbox(self.store, self.journal, self.clock, random.Random(1), limits)
        self.kicked: list[str] = []
        self.online: bool | None = True
        self.sealing: SealingKey | None = choose_key(
            {"keys": [dict(GATEWAY.as_dict(private=False)) | {"exp": 4102444800}]}, self.clock.now()
        )
        self.told: list[Outcome] = []
        numbers = iter(range(1, 99))
        self.visit = Visit(id="0" * 31 + "1", began=0.0, touched=0.0)
        self.desk = FilingDesk(
            outbox=self.outbox,
            kick=self.kicked.append,
            online=lambda: self.online,
            sealing_key=lambda: self.sealing,
            key=TERMINAL,
            terminal="tj-test-1",
            channel="terminal",
            new_key=lambda: f"{KEY[:-2]}{next(numbers):02d}",
            answer_seconds=8.0,
            executor=Inline(),
            loop=self.loop,
            clock=self.clock,
        )

    def submit(self, operation: str = "submitApplication", *, wait: bool = True, **body: object) -> None:
        item = "civil.senior-allowance-apply"
        effect = Submit(id="v.1", operation=operation, item=item, body={"item": item, **body}, wait=wait)
        self.desk.submit(effect, self.visit, self.told.append)

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        while self.loop.step():
            pass


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.store.close()


def test_what_is_stored_is_signed_by_the_terminal_and_sealed_to_the_gateway(desk: Desk) -> None:
    desk.submit(fields={"a": {"value": "和平区", "source": "typed"}})
    [stored] = desk.told
    assert isinstance(stored, Stored)
    submission = desk.outbox.due()
    assert submission is not None
    assert submission.key == stored.slip
    assert "和平区".encode() not in submission.envelope
    inner = jwe.decrypt_compact(submission.envelope, GATEWAY).plaintext
    assert inner is not None
    opened = jws.deserialize_compact(
        inner,
        ECKey.import_key(dict(TERMINAL.public_jwk)),
        registry=jws.JWSRegistry(strict_check_header=False),
    )
    assert opened.headers()["idk"] == stored.slip
    body = json.loads(opened.payload)
    assert body["terminal"] == "tj-test-1"
    assert body["channel"] == "terminal"
    assert datetime.fromisoformat(body["submitted_at"]).utcoffset() == timedelta(hours=8)


def test_it_is_on_the_disk_before_stored_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    seen: list[int] = []
    tell = desk.told.append
    item = "civil.senior-allowance-apply"

    def look(outcome: Outcome) -> None:
        seen.append(desk.outbox.depth())
        tell(outcome)

    effect = Submit(id="v.1", operation="submitApplication", item=item, body={"item": item}, wait=True)
    desk.desk.submit(effect, desk.visit, look)
    assert seen == [1]
    assert desk.kicked == [desk.outbox.list()[0].key]
    desk.store.close()


def test_an_answer_within_the_deadline_is_told_with_what_happens_next(desk: Desk) -> None:
    desk.submit()
    key = desk.kicked[0]
    desk.desk.answered(key, answers.InProgress(1.0), None)
    desk.desk.answered(key, answers.Accepted("TJ-7", "accepted"), Case(next="等短信", working_days=20))
    assert desk.told[-1] == Accepted(
        effect="v.1", slip=key, case_no="TJ-7", state="accepted", next="等短信", working_days=20
    )
    desk.wait(60)
    assert len(desk.told) == 2


def test_no_answer_within_the_deadline_becomes_a_slip_and_it_stays_queued(desk: Desk) -> None:
    desk.submit()
    desk.wait(7.9)
    assert len(desk.told) == 1
    desk.wait(0.2)
    assert isinstance(desk.told[-1], StillWaiting)
    assert desk.outbox.depth() == 1
    desk.desk.answered(desk.kicked[0], answers.Accepted("TJ-7", "accepted"), None)
    assert len(desk.told) == 2


def test_known_to_be_offline_the_citizen_waits_less(desk: Desk) -> None:
    desk.online = False
    desk.submit()
    desk.wait(2.6)
    assert isinstance(desk.told[-1], StillWaiting)


def test_the_network_going_away_while_waiting_ends_the_wait(desk: Desk) -> None:
    desk.submit()
    desk.online = False
    desk.desk.answered(desk.kicked[0], answers.Unreachable("no-network"), None)
    assert isinstance(desk.told[-1], StillWaiting)


def test_a_refusal_is_told_with_every_reason(desk: Desk) -> None:
    desk.submit()
    reasons = (answers.Reason("A", "甲"), answers.Reason("B", "乙", instead="窗口"))
    desk.desk.answered(desk.kicked[0], answers.Refused(reasons), None)
    told = desk.told[-1]
    assert isinstance(told, Refused)
    assert [(each.message, each.instead) for each in told.reasons] == [("甲", ""), ("乙", "窗口")]


@pytest.mark.parametrize("answer", [answers.Rejected(answers.Rejection.MALFORMED), answers.SealKeyGone()])
def test_what_can_never_pass_is_not_called_queued(desk: Desk, answer: answers.Answer) -> None:
    desk.submit()
    desk.desk.answered(desk.kicked[0], answer, None)
    told = desk.told[-1]
    assert isinstance(told, Refused)
    assert "不要等待" in told.reasons[0].message
    assert "已转" not in told.reasons[0].message  # it lies in quarantine: nobody has been told
    assert "窗口" in told.reasons[0].instead


def test_without_a_valid_sealing_key_nothing_is_promised(desk: Desk) -> None:
    desk.sealing = None
    desk.submit()
    [told] = desk.told
    assert isinstance(told, NotStored)
    assert told.code == "NO-SEAL-KEY"
    assert desk.outbox.depth() == 0
    assert desk.kicked == []


def test_a_full_outbox_promises_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Limits(rows=1))
    desk.submit()
    desk.submit()
    told = desk.told[-1]
    assert isinstance(told, NotStored)
    assert told.code == "OUTBOX-FULL"
    desk.store.close()


def test_a_broken_store_promises_nothing(desk: Desk) -> None:
    desk.store.close()
    desk.submit()
    told = desk.told[-1]
    assert isinstance(told, NotStored)
    assert told.code == "STORE"


def test_a_rating_is_stored_and_nobody_waits(desk: Desk) -> None:
    desk.submit("rate", wait=False, level=5)
    assert isinstance(desk.told[-1], Stored)
    desk.wait(60)
    assert len(desk.told) == 1
    assert isinstance(desk.journal.verify(), Intact)
    kinds = [type(entry.event).__name__ for entry in desk.journal.entries()]
    assert kinds == ["SubmissionStored", "Rated"]


def test_the_order_within_a_visit_is_kept(desk: Desk) -> None:
    desk.submit()
    desk.submit("rate", wait=False, level=5)
    assert [filed.sequence for filed in desk.outbox.list()] == [1, 2]
    first = desk.outbox.due()
    assert first is not None
    assert first.operation == "submitApplication"


def test_after_the_visit_nobody_is_told_but_it_stays_queued(desk: Desk) -> None:
    desk.submit()
    desk.desk.forget(desk.visit)
    desk.desk.answered(desk.kicked[0], answers.Accepted("TJ-7", "accepted"), None)
    desk.wait(60)
    assert len(desk.told) == 1
    assert desk.outbox.depth() == 1


def test_an_expired_sealing_key_is_not_chosen() -> None:
    old = dict(GATEWAY.as_dict(private=False)) | {"exp": 1_700_000_000}
    assert choose_key({"keys": [old]}, datetime(2026, 11, 22, tzinfo=UTC)) is None
