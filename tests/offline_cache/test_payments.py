"""The book of payments: written before it can be paid, forwards only, and nothing of it is lost."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_cache.exc import UnfitEvent
from offline_cache.opening import Opened, open_outbox
from offline_cache.payments import PaymentState
from tests.offline_cache.world import FakeClock

VISIT = "0" * 31 + "1"
KEY = "0b8f7c1e-6f0e-4a63-9d5b-000000000001"
REFUND = "0b8f7c1e-6f0e-4a63-9d5b-000000000002"


def opened(folder: Path, clock: FakeClock | None = None) -> Opened:
    return open_outbox(folder / "outbox.db", clock=clock or FakeClock(), random=random.Random(1))


def begin(book: Opened, payment: str = "P1", key: str = KEY) -> None:
    book.payments.opened(key=key, payment=payment, item="utility.electricity-pay", fen=8650, visit=VISIT)


def test_a_payment_is_there_after_a_crash(tmp_path: Path) -> None:
    first = opened(tmp_path)
    begin(first)
    first.close()
    again = opened(tmp_path)
    [kept] = again.payments.unsettled()
    assert (kept.id, kept.key, kept.fen, kept.state) == ("P1", KEY, 8650, PaymentState.OPEN)


def test_the_same_key_again_changes_nothing(tmp_path: Path) -> None:
    book = opened(tmp_path)
    begin(book)
    book.payments.settled("P1", PaymentState.PAID)
    begin(book)
    assert [each.state for each in book.payments.all()] == [PaymentState.PAID]


def test_what_is_over_is_not_asked_about_again(tmp_path: Path) -> None:
    book = opened(tmp_path)
    begin(book)
    book.payments.settled("P1", PaymentState.CLOSED)
    assert book.payments.unsettled() == []


def test_what_was_taken_for_closed_and_is_paid_is_paid(tmp_path: Path) -> None:
    book = opened(tmp_path)
    begin(book)
    book.payments.settled("P1", PaymentState.CLOSED)
    book.payments.settled("P1", PaymentState.PAID)
    assert [each.state for each in book.payments.all()] == [PaymentState.PAID]


def test_a_refund_is_owed_under_one_key_until_it_is_done(tmp_path: Path) -> None:
    book = opened(tmp_path)
    begin(book)
    book.payments.settled("P1", PaymentState.PAID)
    assert book.payments.owe("P1", refund_key=REFUND, reason="refused") == REFUND
    assert book.payments.owe("P1", refund_key=KEY, reason="again") == REFUND
    [owed] = book.payments.unsettled()
    assert (owed.state, owed.refund_reason) == (PaymentState.REFUND_OWED, "refused")
    book.payments.settled("P1", PaymentState.PAID)
    assert [each.state for each in book.payments.unsettled()] == [PaymentState.REFUND_OWED]
    book.payments.settled("P1", PaymentState.REFUNDED)
    assert book.payments.unsettled() == []


def test_every_step_is_in_the_journal_and_the_chain_holds(tmp_path: Path) -> None:
    book = opened(tmp_path)
    begin(book)
    book.payments.settled("P1", PaymentState.PAID)
    book.payments.owe("P1", refund_key=REFUND, reason="refused")
    kinds = [entry.event.__struct_config__.tag for entry in book.journal.entries()]
    assert kinds == ["payment-opened", "payment-settled", "payment-settled"]


def test_what_does_not_fit_the_journal_is_not_kept_either(tmp_path: Path) -> None:
    book = opened(tmp_path)
    with pytest.raises(UnfitEvent):
        begin(book, key="not a key")
    assert book.payments.all() == []


def test_settled_ones_go_after_half_a_year_and_open_ones_never(tmp_path: Path) -> None:
    clock = FakeClock()
    book = opened(tmp_path, clock)
    begin(book)
    begin(book, "P2", REFUND)
    book.payments.settled("P1", PaymentState.PAID)
    clock.civil += timedelta(days=181)
    begin(book, "P3", "0b8f7c1e-6f0e-4a63-9d5b-000000000003")
    assert [each.id for each in book.payments.all()] == ["P2", "P3"]


@given(st.lists(st.sampled_from(list(PaymentState)), max_size=12))
def test_no_order_of_news_makes_what_is_over_open_again(news: list[PaymentState]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        book = opened(Path(folder))
        begin(book)
        over = False
        for state in news:
            book.payments.settled("P1", state)
            [kept] = book.payments.all()
            over |= kept.state not in {PaymentState.OPEN, PaymentState.REFUND_OWED}
            assert not (over and kept.state is PaymentState.OPEN)
        book.close()
