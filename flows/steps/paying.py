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
from flows.parts import Action, Option
from flows.run import Run
from flows.steps.city import waiting
from flows.turn import Turn, framed
from flows.values import fen, yuan

METHODS = {"qr": Option(value="qr", label="手机扫码付款"), "pos": Option(value="pos", label="刷银行卡")}
NOT_TAKEN = {
    "failed": "付款没有成功，没有扣您的钱",
    "closed": "这次付款已经取消，没有扣您的钱",
}


class PayLogic:
    """One bill. What is paid is never paid again in this run."""

    stage = "缴费"

    def enter(self, turn: Turn, step: Pay) -> None:
        """Which way, where there are two; else at once."""
        payment = turn.run.payment
        if payment is not None and payment.state in {"paid", "unknown"}:
            turn.next()
            return
        turn.set(phase="method")
        if len(step.methods) == 1:
            self._start(turn, step, step.methods[0])

    def _start(self, turn: Turn, step: Pay, method: Literal["qr", "pos"]) -> None:
        values, before = turn.run.values, turn.run.payment
        bill = values[step.bill].value
        amount = fen(values[step.amount].value)
        attempt = 1 if before is None else before.attempt + (before.state in NOT_TAKEN)
        turn.set(phase=method, payment=Payment(fen=amount, state="creating", attempt=attempt))
        turn.emit(
            StartPayment,
            item=turn.flow.item,
            bill=bill,
            fen=amount,
            method=method,
            intent=f"pay:{bill}:{attempt}",
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
        turn.set(outcome="done")
        turn.next()

    def _touched(self, turn: Turn, step: Pay, act: Act) -> None:
        run = turn.run
        if run.phase == "method":
            choice = act.values.get("choice", "")
            for method in step.methods:
                if method == choice:
                    self._start(turn, step, method)
        elif act.action == "close" and run.payment is not None and run.payment.id:
            turn.set(phase="closing")
            turn.emit(ClosePayment, payment=run.payment.id)
        elif act.action == "again":
            turn.set(phase="method")
            if len(step.methods) == 1:
                self._start(turn, step, step.methods[0])

    def page(self, flow: Flow, run: Run, step: Pay) -> Page:
        """The QR, or which way, or that nothing was taken."""
        payment = run.payment
        if run.phase == "not-taken" and payment is not None:
            words = NOT_TAKEN[payment.state]
            return framed(
                flow,
                "没有付款",
                ToldBody(lines=(words, "可以再付一次，也可以不付了"), caution=True),
                primary=Action(id="again", label="再付一次"),
                back=None,
                others=(Action(id="leave", label="不付了，回首页"),),
            )
        if run.phase == "method" or payment is None:
            options = tuple(METHODS[method] for method in step.methods)
            return framed(flow, "怎么付款？", ChoiceBody(title="怎么付款？", hint="", options=options))
        if payment.state == "creating":
            return waiting(flow, "正在生成付款码")
        state: Literal["qr", "pos", "closing"] = (
            "closing" if run.phase == "closing" else "pos" if run.phase == "pos" else "qr"
        )
        titles = {"qr": "请用手机扫码付款", "pos": "请在刷卡机上付款", "closing": "正在查询付款结果"}
        close = () if run.phase == "closing" else (Action(id="close", label="不付了"),)
        return framed(
            flow,
            titles[state],
            PayBody(
                state=state,
                subject=flow.name,
                amount=yuan(payment.fen),
                qr=payment.qr if state == "qr" else "",
                expires=payment.expires_at[11:16],
            ),
            back=None,
            others=close,
        )

    def stops(self, flow: Flow, run: Run, step: Pay) -> bool:
        """Nobody goes back over a payment."""
        return False
