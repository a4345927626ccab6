"""Payments: never twice, never lost, and `unknown` never called failed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from flows import engine, kinds
from flows.bodies import PayBody, ToldBody
from flows.effects import ClosePayment, PrintPaper, RefundPayment, StartPayment, Submit
from flows.events import NotStored, PaymentEnded, PaymentShown, Refused, Unreachable
from flows.page import ResultBody, ReviewBody, TroubleBody
from tests.flows.items import NOTICE, RATE, RECEIPT, REVIEW, SUBMIT, field, form, item
from tests.flows.world import GUIDE, World

FIELDS = {"bill": field("option"), "amount": field("amount", locked=True)}
BILLS = kinds.Options(operation="getOptions", field="bill", title="哪一笔", none="没有")
PAY = kinds.Pay(bill="bill", amount="amount", methods=("qr",))
BOTH = kinds.Pay(bill="bill", amount="amount", methods=("qr", "pos"))
POWER = item(FIELDS, BILLS, REVIEW, PAY, RECEIPT, RATE, kind="pay")
TWO_WAYS = item(FIELDS, BILLS, REVIEW, BOTH, RECEIPT, RATE, kind="pay")
FEE = item(FIELDS, BILLS, REVIEW, PAY, SUBMIT, RECEIPT, RATE)
FREE = item(
    {**FIELDS, "note": field("text")},
    form("note"),
    replace(BILLS, empty="skip"),
    REVIEW,
    PAY,
    SUBMIT,
    RECEIPT,
    RATE,
)


def at_pay(world: World) -> World:
    world.tap("choose", choice="b1")
    world.tap("next")
    return world


def test_a_bill_is_paid_for_what_the_list_said_and_printed_with_its_number() -> None:
    world = at_pay(World(POWER))
    [start] = world.asked(StartPayment)
    assert (start.bill, start.fen, start.method) == ("b1", 12345, "qr")
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert (body.state, body.number, body.number_label) == ("paid", "DEMO1", "票据号码")
    assert world.asked(PrintPaper)[0].kind == "payment"
    world.tap("next")
    world.tap("skip")
    assert world.run.ended == "done"
    assert not world.asked(RefundPayment)


@pytest.mark.parametrize("sample", [True, False])
def test_what_is_paid_for_is_a_sample_where_the_guide_is_one(sample: bool) -> None:
    flow = item(FIELDS, NOTICE, BILLS, REVIEW, PAY, RECEIPT, RATE)
    world = World(flow, pays=None, guide=replace(GUIDE, sample=sample))
    world.tap("next")
    body = at_pay(world).page.body
    assert isinstance(body, PayBody)
    assert body.sample is sample


def test_where_nothing_is_due_it_is_filed_and_nothing_is_paid() -> None:
    world = World(FREE)
    world.tap("next", note="补证")
    world.tap("choose", choice="b1")
    world.answer("getOptions", [])
    world.tap("back")
    assert isinstance(world.page.body, ReviewBody)
    world.tap("next")
    assert not world.asked(StartPayment)
    assert set(world.asked(Submit)[0].body["fields"]) == {"note"}
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert body.state == "accepted"


def test_unknown_is_not_called_failed_on_page_or_paper_and_is_not_paid_again() -> None:
    world = at_pay(World(POWER, pays="unknown"))
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert body.state == "unknown"
    assert world.page.title == "付款结果待银行确认"
    [paper] = world.asked(PrintPaper)
    said = "".join(paper.notes) + "".join(body.lines)
    assert "不要重复付款" in said
    assert "失败" not in said
    assert len(world.asked(StartPayment)) == 1
    assert world.run.outcome == "done"


@pytest.mark.parametrize("state", ["failed", "closed", "refunded"])
def test_what_took_no_money_may_be_paid_anew_under_a_new_intent(state: str) -> None:
    world = at_pay(World(POWER, pays=state))
    assert isinstance(world.page.body, ToldBody)
    assert "leave" in engine.offered(world.page)
    world.pays = "paid"
    world.tap("again")
    first, second = world.asked(StartPayment)
    assert first.intent != second.intent
    assert isinstance(world.page.body, ResultBody)


def test_while_money_is_on_its_way_back_nothing_is_paid_anew() -> None:
    world = at_pay(World(POWER, pays="refunding"))
    assert engine.offered(world.page) == {"leave"}


def test_after_no_answer_the_same_payment_is_asked_for_again_the_same_way() -> None:
    world = World(TWO_WAYS)
    world.hold.add(StartPayment)
    at_pay(world)
    world.tap("choose", choice="pos")
    [first] = world.asked(StartPayment)
    assert isinstance(world.page.body, PayBody)
    assert engine.offered(world.page) == frozenset(), "the outcome of a creation is waited for"
    world.tell(Unreachable(effect=first.id, reason="timeout"))
    world.tap("retry")
    _, second = world.asked(StartPayment)
    assert (second.intent, second.method) == (first.intent, "pos")


def test_who_does_not_pay_and_had_paid_has_paid() -> None:
    world = at_pay(World(POWER, pays=None))
    body = world.page.body
    assert isinstance(body, PayBody)
    assert (body.state, body.qr, body.amount) == ("qr", "https://pay.invalid/1", "123.45")
    world.closes = "paid"
    world.tap("close")
    assert len(world.asked(ClosePayment)) == 1
    assert world.run.payment is not None
    assert world.run.payment.state == "paid"


def test_who_does_not_pay_is_told_that_nothing_was_taken_only_when_the_city_said_so() -> None:
    world = at_pay(World(POWER, pays=None))
    world.hold.add(ClosePayment)
    world.tap("close")
    body = world.page.body
    assert isinstance(body, PayBody)
    assert body.state == "closing"
    [close] = world.asked(ClosePayment)
    world.tell(PaymentEnded(effect=close.id, payment="P-1", state="closed"))
    told = world.page.body
    assert isinstance(told, ToldBody)
    assert "没有扣您的钱" in told.lines[0]


def test_an_open_payment_is_closed_when_the_visit_ends_from_outside() -> None:
    world = at_pay(World(POWER, pays=None))
    [effect] = engine.abandon(world.flow, world.run)
    assert isinstance(effect, ClosePayment)


@pytest.mark.parametrize("state", ["paid", "unknown"])
def test_what_was_paid_and_cannot_be_filed_is_paid_back_once_and_said(state: str) -> None:
    world = World(FEE, pays=state)
    world.hold |= {Submit, RefundPayment}
    at_pay(world)
    [submit] = world.asked(Submit)
    world.tell(NotStored(effect=submit.id, words="满了", code="OUTBOX-FULL"))
    trouble = world.page.body
    assert isinstance(trouble, TroubleBody)
    assert ("退回" in trouble.next[0]) is True
    assert "retry" not in engine.offered(world.page)
    [refund] = world.asked(RefundPayment)
    world.tell(PaymentEnded(effect=refund.id, payment="P-1", state="refunded"))
    later = world.page.body
    assert isinstance(later, TroubleBody)
    assert "已经退回" in later.next[0]
    world.tap("finish")
    world.tap("skip")
    assert world.run.ended == "unavailable"
    assert len(world.asked(RefundPayment)) == 1


def test_a_fee_that_was_paid_is_told_beside_the_case() -> None:
    world = at_pay(World(FEE))
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert body.state == "accepted"
    assert "付款：已支付" in body.lines


def test_news_of_a_payment_that_is_over_changes_nothing() -> None:
    world = at_pay(World(POWER))
    before = world.run
    [start] = world.asked(StartPayment)
    world.tell(PaymentShown(effect=start.id, payment="P-2", qr="x"))
    world.tell(PaymentEnded(effect=start.id, payment="P-2", state="failed"))
    assert world.run == before


def test_a_refused_payment_is_told_with_its_reason_and_nothing_is_open() -> None:
    world = World(POWER)
    world.hold.add(StartPayment)
    at_pay(world)
    [start] = world.asked(StartPayment)
    world.tell(Refused(effect=start.id, reasons=(), code="BILL_PAID"))
    assert isinstance(world.page.body, TroubleBody)
    assert engine.abandon(world.flow, world.run) == ()


def test_two_runs_of_a_visit_do_not_share_the_intent_of_a_payment() -> None:
    first, second = at_pay(World(POWER, pays="closed")), World(POWER, pays="closed")
    run, effects = engine.start(POWER, "v.2")
    second.run = run
    second.perform(effects)
    at_pay(second)
    assert first.asked(StartPayment)[0].intent != second.asked(StartPayment)[-1].intent


def test_a_bill_without_an_amount_is_not_paid() -> None:
    world = World(POWER)
    world.answer("getOptions", [{"id": "b9", "label": "没有金额"}])
    world.run, effects = engine.start(POWER, "v.3")
    world.perform(effects)
    world.tap("choose", choice="b9")
    world.tap("next")
    assert isinstance(world.page.body, TroubleBody)
    assert not world.asked(StartPayment)
