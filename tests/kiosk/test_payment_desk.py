"""The payment desk: shown only when written down, watched, closed, refunded; unknown is unknown."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from flows.effects import ClosePayment, RefundPayment, StartPayment
from flows.events import Outcome, PaymentEnded, PaymentShown, Refused, Unreachable
from kiosk.desks.payment import UNKNOWN_SECONDS, WATCH_SECONDS, PaymentDesk
from kiosk.gateway.outcomes import Ok, Problem, Reason
from kiosk.gateway.outcomes import Unreachable as Silence
from kiosk.loop import Loop
from kiosk.visit import Visit
from offline_cache.exc import StoreFull
from offline_cache.journal import Journal
from offline_cache.payments import PaymentBook, PaymentState
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from tests.kiosk.clocks import TestClock
from tests.kiosk.test_filing import Inline

VISIT = Visit(id="0" * 31 + "1", began=0.0, touched=0.0)
EFFECT = StartPayment(
    id="v.1", item="utility.electricity-pay", bill="B1", fen=8650, method="qr", intent="pay:B1:1"
)


class Gateway:
    """Answers as it is told; remembers what it was asked."""

    def __init__(self) -> None:
        self.state = "pending"
        self.say: Any = None
        self.asked: list[tuple[str, str | None]] = []

    def call(self, operation: str, path: Any, body: Any = None, *, key: str | None = None, **_: Any) -> Any:
        self.asked.append((operation, key))
        if self.say is not None:
            return self.say
        if operation == "refundPayment" and self.state not in {"paid", "refunding", "refunded"}:
            return Problem(status=409, code="NOT_PAID", detail="这笔款没有付成")
        if operation == "closePayment" and self.state == "pending":
            self.state = "closed"
        if operation == "refundPayment" and self.state == "paid":
            self.state = "refunding"
        data: dict[str, Any] = {"id": "P1", "state": self.state, "fen": 8650, "qr": "https://pay.example/P1"}
        if self.state == "paid":
            data |= {"bill_no": "DEMO1", "bill_check_code": "abc", "paid_at": "2026-11-27T10:00:00+08:00"}
        return Ok(data)


class Terminal:
    """A POS."""

    def __init__(self) -> None:
        self.sales: list[tuple[int, str]] = []
        self.cancelled = 0
        self.done: Any = None

    def sale(self, fen: int, reference: str, done: Any) -> None:
        self.sales.append((fen, reference))
        self.done = done

    def cancel(self) -> None:
        self.cancelled += 1


class World:
    def __init__(self, folder: Path) -> None:
        self.clock = TestClock()
        self.loop = Loop(self.clock, lambda error: None)
        self.store = Store.open(folder / "outbox.db", OUTBOX)
        self.book = PaymentBook(self.store, Journal(self.store, self.clock), self.clock)
        self.gateway = Gateway()
        self.terminal = Terminal()
        self.told: list[Outcome] = []
        keys: dict[str, str] = {}
        client: Any = self.gateway
        self.desk = PaymentDesk(
            client=client,
            book=self.book,
            card_terminal=self.terminal,
            new_key=lambda: str(uuid.uuid4()),
            key_of=lambda visit, intent: keys.setdefault(visit.id + intent, str(uuid.uuid4())),
            executor=Inline(),
            loop=self.loop,
            clock=self.clock,
            heard=lambda _: None,
        )

    def start(self, effect: StartPayment = EFFECT) -> None:
        self.desk.start(effect, VISIT, None, self.told.append)

    def wait(self, seconds: float) -> None:
        ends = self.clock.passed + seconds
        while self.clock.passed < ends:
            self.clock.advance(1.0)
            while self.loop.step():
                pass

    @property
    def last(self) -> Outcome:
        return self.told[-1]

    def states(self) -> list[PaymentState]:
        return [each.state for each in self.book.all()]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_it_is_written_down_before_the_qr_is_shown(world: World) -> None:
    seen: list[int] = []
    world.desk.start(EFFECT, VISIT, None, lambda outcome: seen.append(len(world.book.unsettled())))
    assert seen == [1]


def test_what_the_disk_does_not_take_is_not_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: Any) -> None:
        raise StoreFull("no room")

    monkeypatch.setattr(world.book, "opened", full)
    world.start()
    assert isinstance(world.last, Refused)
    assert not any(isinstance(each, PaymentShown) for each in world.told)


def test_paid_is_told_with_its_bill_and_settled(world: World) -> None:
    world.start()
    world.gateway.state = "paid"
    world.wait(3)
    assert isinstance(world.last, PaymentEnded)
    assert (world.last.state, world.last.bill_no) == ("paid", "DEMO1")
    assert world.states() == [PaymentState.PAID]


def test_the_same_intent_has_the_same_key_and_another_one_another(world: World) -> None:
    for intent in ("pay:B1:1", "pay:B1:1", "pay:B1:2"):
        each = StartPayment(id=uuid.uuid4().hex, item="a.b", bill="B1", fen=1, method="qr", intent=intent)
        world.start(each)
    first, again, other = [key for operation, key in world.gateway.asked if operation == "createPayment"]
    assert first == again != other


def test_a_citizen_who_does_not_pay_after_all_closes_it(world: World) -> None:
    world.start()
    world.desk.close(ClosePayment(id="v.2", payment="P1"), None, world.told.append)
    assert isinstance(world.last, PaymentEnded)
    assert world.last.state == "closed"
    assert world.states() == [PaymentState.CLOSED]
    assert world.terminal.cancelled == 1


def test_closing_one_that_was_paid_meanwhile_says_paid(world: World) -> None:
    world.start()
    world.gateway.state = "paid"
    world.desk.close(ClosePayment(id="v.2", payment="P1"), None, world.told.append)
    assert isinstance(world.last, PaymentEnded)
    assert world.last.state == "paid"


@pytest.mark.parametrize("answer", [Silence(Reason.NO_NETWORK), Silence(Reason.TIMEOUT), Problem(429)])
def test_without_an_answer_closing_is_unknown_and_asked_again_later(world: World, answer: Any) -> None:
    world.start()
    world.gateway.say = answer
    world.desk.close(ClosePayment(id="v.2", payment="P1"), None, world.told.append)
    assert isinstance(world.last, PaymentEnded)
    assert world.last.state == "unknown"
    world.gateway.say = None
    world.desk.forget(VISIT)
    assert world.states() == [PaymentState.CLOSED]


def test_unknown_is_waited_for_and_never_called_failed(world: World) -> None:
    world.start()
    world.gateway.state = "unknown"
    world.wait(UNKNOWN_SECONDS + 6)
    assert isinstance(world.last, PaymentEnded)
    assert world.last.state == "unknown"
    assert world.states() == [PaymentState.OPEN]
    world.gateway.state = "paid"
    world.desk.settle()
    assert world.states() == [PaymentState.PAID]


def test_what_nobody_pays_in_time_is_closed_and_not_left_open(world: World) -> None:
    world.start()
    world.wait(WATCH_SECONDS + 6)
    assert isinstance(world.last, PaymentEnded)
    assert world.last.state == "closed"


def test_the_network_may_go_while_the_qr_is_shown(world: World) -> None:
    world.start()
    world.gateway.say = Silence(Reason.NO_NETWORK)
    world.wait(20)
    assert isinstance(world.last, PaymentShown)
    world.gateway.say, world.gateway.state = None, "paid"
    world.wait(3)
    assert isinstance(world.last, PaymentEnded)
    assert world.last.state == "paid"


def test_the_end_of_the_visit_closes_what_is_open_and_tells_nobody(world: World) -> None:
    world.start()
    told = len(world.told)
    world.desk.forget(VISIT)
    world.wait(10)
    assert len(world.told) == told
    assert world.states() == [PaymentState.CLOSED]


def test_refused_and_unreachable_are_told_and_leave_nothing(world: World) -> None:
    world.gateway.say = Problem(422, "BILL_PAID", "这张账单已经付过了")
    world.start()
    assert isinstance(world.last, Refused)
    world.gateway.say = Silence(Reason.NO_NETWORK)
    world.start()
    assert isinstance(world.last, Unreachable)
    assert world.book.all() == []


def test_a_refund_is_owed_when_the_network_is_down_and_asked_for_under_one_key(world: World) -> None:
    world.start()
    world.gateway.state = "paid"
    world.wait(3)
    world.gateway.say = Silence(Reason.NO_NETWORK)
    world.desk.refund(RefundPayment(id="v.3", payment="P1", reason="refused"), world.told.append)
    assert isinstance(world.last, PaymentEnded)
    assert world.last.state == "refunding"
    assert world.states() == [PaymentState.REFUND_OWED]
    world.gateway.say = None
    world.desk.settle()
    assert world.states() == [PaymentState.REFUND_OWED]
    world.gateway.state = "refunded"
    world.desk.settle()
    assert world.states() == [PaymentState.REFUNDED]
    keys = {key for operation, key in world.gateway.asked if operation == "refundPayment"}
    assert len(keys) == 1


@pytest.mark.parametrize(("end", "kept"), [("failed", PaymentState.FAILED), ("closed", PaymentState.CLOSED)])
def test_what_is_owed_for_a_payment_that_took_nothing_is_owed_no_more(
    world: World, end: str, kept: PaymentState
) -> None:
    world.start()
    world.gateway.state = "unknown"
    world.wait(40)
    world.desk.refund(RefundPayment(id="v.3", payment="P1", reason="refused"), world.told.append)
    assert world.states() == [PaymentState.REFUND_OWED], "the bank has not said: it may still be paid"
    world.gateway.state = end
    world.desk.settle()
    assert world.states() == [kept]
    asked = len(world.gateway.asked)
    world.desk.settle()
    assert len(world.gateway.asked) == asked, "and nobody is asked again"


def test_a_bank_card_is_asked_for_at_the_terminal_and_the_gateway_says_whether_it_was_paid(
    world: World,
) -> None:
    world.start(StartPayment(id="v.1", item="a.b", bill="B1", fen=8650, method="pos", intent="pay"))
    assert world.terminal.sales == [(8650, "P1")]
    world.gateway.state = "paid"
    world.terminal.done()
    while world.loop.step():
        pass
    assert isinstance(world.last, PaymentEnded)
    assert world.last.state == "paid"
