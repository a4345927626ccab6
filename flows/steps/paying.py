"""Payment: by QR or at a bank card terminal. Never twice, never lost, and `unknown` is never called failed.

The desk writes the payment's id down before the QR is shown (`effects.StartPayment`). A bill is paid under
one intent; only after the bank has said that nothing was taken is there a new one.
"""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from flows.bodies import PayBody, ToldBody
from flows.effects import ClosePayment, StartPayment
from flows.events import Act, Event, PaymentEnded, PaymentShown, Refused, Unreachable
from flows.held import Payment
from flows.kinds import Pay
from flows.model import Flow
from flows.page import ChoiceBody, Page
from flows.parts import Action, Option, Reason
from flows.run import Run
from flows.turn import Asks, Turn, framed
from flows.values import fen, yuan

Method = Literal["qr", "pos"]
METHODS = {"qr": Option(value="qr", label="手机扫码付款"), "pos": Option(value="pos", label="刷银行卡")}
NOT_TAKEN = {
    "failed": ("没有付款", "付款没有成功，没有扣您的钱"),
    "closed": ("没有付款", "这次付款已经取消，没有扣您的钱"),
    "refunding": ("这笔钱正在退回", "您付的钱正在退回原来的账户，到账以前请不要再付"),
    "refunded": ("这笔钱已经退回", "您付的钱已经退回原来的账户"),
}
"""States in which nothing of the citizen's money is kept: title, and what is said."""
_AGAIN = frozenset({"failed", "closed", "refunded"})
"""Of these: those in which the bill may be paid anew, under a new intent."""


class PayLogic(Asks):
    """One bill. What is paid is never paid again in this run."""

    stage = "缴费"

    def enter(self, turn: Turn, step: Pay) -> None:
        """Which way, where there are two; else at once. What is under way is gone on with, the same way.

        Passed over where nothing is due."""
        payment = turn.run.payment
        if step.bill in turn.run.empty:
            turn.next()
        elif payment is None or payment.state in _AGAIN:
            self._begin(turn, step)
        elif payment.state in {"creating", "pending"}:
            self._start(turn, step, payment.method)
        elif payment.state == "refunding":
            turn.set(phase="not-taken")
        else:
            turn.next()

    def _begin(self, turn: Turn, step: Pay) -> None:
        turn.set(phase="method")
        if len(step.methods) == 1:
            self._start(turn, step, step.methods[0])

    def _start(self, turn: Turn, step: Pay, method: Method) -> None:
        bill, amount = _bill(turn, step)
        if not bill or amount <= 0:
            reason = Reason(message="没有查到要缴的金额", instead="请重新查询账单，或到窗口缴费")
            turn.refused("这笔费用现在不能缴", (reason,), code="NO-AMOUNT")
            return
        before = turn.run.payment
        attempt = 1 if before is None else before.attempt + (before.state in _AGAIN)
        payment = Payment(fen=amount, state="creating", method=method, attempt=attempt)
        turn.set(phase=method, payment=payment)
        turn.emit(
            StartPayment,
            item=turn.flow.item,
            bill=bill,
            fen=amount,
            method=method,
            intent=f"pay:{turn.run.id}:{bill}:{amount}:{method}:{attempt}",
        )

    def handle(self, turn: Turn, step: Pay, event: Event) -> None:
        """Shown, then settled one way or the other."""
        payment = turn.run.payment
        if isinstance(event, Act):
            self._touched(turn, step, event)
        elif payment is None:
            return
        elif isinstance(event, PaymentShown):
            shown = replace(
                payment, state="pending", id=event.payment, qr=event.qr, expires_at=event.expires_at
            )
            turn.set(payment=shown)
        elif isinstance(event, PaymentEnded):
            self._ended(turn, payment, event)
        elif isinstance(event, Refused):
            turn.set(payment=None)
            turn.refused("这笔费用现在不能缴", event.reasons, code=event.code)
        elif isinstance(event, Unreachable):
            turn.unavailable(event.reason)

    def _ended(self, turn: Turn, payment: Payment, event: PaymentEnded) -> None:
        turn.cancel_pending()
        settled = replace(
            payment,
            id=event.payment,
            state=event.state,
            qr="",
            paid_at=event.paid_at,
            bill_no=event.bill_no,
            bill_check_code=event.bill_check_code,
        )
        turn.set(payment=settled)
        if event.state in NOT_TAKEN:
            turn.set(phase="not-taken")
            return
        if not turn.still_to_render():
            turn.set(outcome="done")
        turn.next()

    def _touched(self, turn: Turn, step: Pay, act: Act) -> None:
        run = turn.run
        if run.phase == "method":
            for method in step.methods:
                if method == act.values.get("choice", ""):
                    self._start(turn, step, method)
                    return
        elif act.action == "close" and run.payment is not None:
            turn.set(phase="closing")
            turn.emit(ClosePayment, payment=run.payment.id)
        elif act.action == "again":
            self._begin(turn, step)

    def page(self, flow: Flow, run: Run, step: Pay) -> Page:
        """The QR, or which way, or that nothing was taken."""
        payment = run.payment
        if run.phase == "not-taken" and payment is not None:
            return _not_taken(flow, payment)
        if run.phase == "method" or payment is None:
            options = tuple(METHODS[method] for method in step.methods)
            return framed(flow, "怎么付款？", ChoiceBody(title="怎么付款？", hint="", options=options))
        state = _state(run.phase, payment)
        titles = {
            "creating": "正在生成付款码",
            "qr": "请用手机扫码付款",
            "pos": "请在刷卡机上付款",
            "closing": "正在查询付款结果",
        }
        body = PayBody(
            state=state,
            subject=flow.name,
            amount=yuan(payment.fen),
            qr=payment.qr if state == "qr" else "",
            expires=payment.expires_at[11:16],
            sample=run.sample,
        )
        close = (Action(id="close", label="不付了"),) if state in {"qr", "pos"} else ()
        return framed(flow, titles[state], body, back=None, others=close)

    def stops(self, flow: Flow, run: Run, step: Pay) -> bool:
        """Nobody goes back over a payment."""
        return False


def _bill(turn: Turn, step: Pay) -> tuple[str, int]:
    """The bill, and what it comes to in fen; 0 where that is not known."""
    values = turn.run.values
    bill, amount = values.get(step.bill), values.get(step.amount)
    try:
        return bill.value if bill is not None else "", fen(amount.value) if amount is not None else 0
    except ValueError:
        return "", 0


def _state(phase: str, payment: Payment) -> Literal["creating", "qr", "pos", "closing"]:
    if phase == "closing":
        return "closing"
    if payment.state == "creating":
        return "creating"
    return payment.method


def _not_taken(flow: Flow, payment: Payment) -> Page:
    title, words = NOT_TAKEN[payment.state]
    may = payment.state in _AGAIN
    lines = (words, "可以再付一次，也可以不付了") if may else (words,)
    leave = Action(id="leave", label="不付了，回首页" if may else "知道了，回首页")
    body = ToldBody(lines=lines, caution=True)
    if may:
        again = Action(id="again", label="再付一次")
        return framed(flow, title, body, primary=again, back=None, others=(leave,))
    return framed(flow, title, body, primary=leave, back=None)
