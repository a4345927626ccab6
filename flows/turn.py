"""The inside of one `advance`: collects what changes and what is asked of the world.

A `Turn` is made, used and thrown away within one call of the engine, so that the steps read like a
script while the engine as a whole stays a pure function.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol, TypeVar

from msgspec.structs import replace

from flows.effects import Call, Cancel, ClosePayment, Effect, RefundPayment
from flows.events import Event, PaymentEnded
from flows.fields import Source, Trust
from flows.held import Known
from flows.kinds import ConfirmBooking, Options, Rate, Review, Step, Submit, set_by
from flows.model import Flow
from flows.page import Body, Page
from flows.parts import Action, Reason
from flows.run import Run, Trouble
from flows.words import DEPARTMENT_DOWN, OFFLINE

StepT_contra = TypeVar("StepT_contra", contravariant=True)

NEXT = Action(id="next", label="下一步")
BACK = Action(id="back", label="返回")
FINISH = Action(id="finish", label="知道了")
RETRY = Action(id="retry", label="再试一次")
REVISE = Action(id="revise", label="返回修改")
UP = Action(id="up", label="返回")
"""返回 to the question before on the same step."""


def framed(
    flow: Flow,
    title: str,
    body: Body,
    *,
    primary: Action | None = None,
    back: Action | None = BACK,
    others: tuple[Action, ...] = (),
) -> Page:
    """A page of `flow`."""
    return Page(
        item=flow.item,
        item_name=flow.name,
        title=title,
        body=body,
        primary=primary,
        back=back,
        others=others,
    )


class StepLogic(Protocol[StepT_contra]):
    """How one kind of step behaves. `stage` is its word in the stepper, empty when it has none."""

    stage: str

    def enter(self, turn: Turn, step: StepT_contra) -> None:
        """The run has arrived at the step."""

    def handle(self, turn: Turn, step: StepT_contra, event: Event) -> None:
        """Something happened while the run stands at the step."""

    def page(self, flow: Flow, run: Run, step: StepT_contra) -> Page:
        """What the citizen sees now (title, body, buttons; the engine adds the frame)."""
        ...

    def stops(self, flow: Flow, run: Run, step: StepT_contra) -> bool:
        """Whether 返回 may come to rest here: the step asks something."""
        ...

    def lacks(self, flow: Flow, run: Run, step: StepT_contra) -> bool:
        """Whether something is still to be answered here, as the other answers now stand."""
        ...


class Asks:
    """What most kinds of step share: they lack nothing once they have been gone through."""

    def lacks(self, flow: Flow, run: Run, step: Any) -> bool:
        """Nothing."""
        return False


class Turn:
    """One event being worked off."""

    def __init__(self, flow: Flow, run: Run, logic: dict[type[Any], StepLogic[Any]]) -> None:
        self.flow = flow
        self.run = run
        self.effects: list[Effect] = []
        self._logic = logic

    @property
    def step(self) -> Step:
        """The step the run stands at."""
        return self.flow.steps[self.run.step]

    def logic(self, step: Step) -> StepLogic[Any]:
        """The behaviour of `step`'s kind."""
        return self._logic[type(step)]

    def set(self, **changes: Any) -> None:
        """Change the run."""
        self.run = replace(self.run, **changes)

    def emit(self, kind: type[Effect], /, **arguments: Any) -> str:
        """Ask the world for something; the id is what its outcome will name."""
        effect_id = self.send(kind, **arguments)
        self.set(pending=self.run.pending | {effect_id})
        return effect_id

    def send(self, kind: type[Effect], /, **arguments: Any) -> str:
        """Tell the world something that goes on whatever the run does next: nothing cancels it."""
        number = self.run.issued + 1
        effect_id = f"{self.run.id}.{number}"
        self.effects.append(kind(id=effect_id, **arguments))
        self.set(issued=number)
        return effect_id

    def answer(self, values: dict[str, Known]) -> None:
        """Take answers. What was chosen from a list that another answer narrowed is asked anew with it."""
        before = self.run.values
        stale = {
            step.field
            for step in self.flow.steps
            if isinstance(step, Options)
            and step.by in values
            and (step.by not in before or before[step.by].value != values[step.by].value)
        }
        kept = {name: known for name, known in before.items() if name not in stale}
        self.set(values={**kept, **values}, empty=self.run.empty - stale)

    def cancel_pending(self) -> None:
        """Nothing that was asked for is wanted any more."""
        if not self.run.pending:
            return
        for effect_id in sorted(self.run.pending):
            self.effects.append(Cancel(id=f"{effect_id}.cancel", target=effect_id))
        self.set(pending=frozenset())

    def know(self, values: dict[str, tuple[str, Source, Trust]]) -> None:
        """Bind values that the flow has fields for; others are not kept."""
        bound = {
            name: Known(value=value, source=source, trust=trust)
            for name, (value, source, trust) in values.items()
            if name in self.flow.fields and value
        }
        self.set(values={**self.run.values, **bound})

    def flag(self, check: str) -> None:
        """Remember a check that could not be made; it is sent and printed."""
        if check not in self.run.unchecked:
            self.set(unchecked=(*self.run.unchecked, check))

    def unflag(self, check: str) -> None:
        """The check is made anew: what an earlier attempt could not do says nothing any more."""
        self.set(unchecked=tuple(each for each in self.run.unchecked if each != check))

    def enter(self, index: int) -> None:
        """Arrive at step `index`; what another step had in hand is put away."""
        self.cancel_pending()
        self.set(
            step=index,
            phase="",
            errors={},
            message="",
            sheet=1,
            draft={},
            record=None,
            entries=(),
            capturing="",
            taken=(),
            picture=None,
            upload=None,
            problems=(),
        )
        self.logic(self.step).enter(self, self.step)

    def next(self) -> None:
        """Go on: to where a change was asked from, else to the next step, else to the end."""
        if self.run.return_to is not None:
            self._return(self.run.return_to)
        elif self.run.step + 1 < len(self.flow.steps):
            self.enter(self.run.step + 1)
        else:
            self.end()

    def _return(self, back_to: int) -> None:
        """To where a change was asked from; on the way to a review, to what the change makes necessary."""
        if isinstance(self.flow.steps[back_to], Review):
            missing = self.lacking(self.run.step + 1, back_to)
            if missing is not None:
                self.enter(missing)
                return
        self.set(return_to=None)
        self.enter(back_to)

    def lacking(self, first: int, end: int) -> int | None:
        """The first step of those from `first` up to `end` where something is still to be answered."""
        for index in range(first, end):
            step = self.flow.steps[index]
            if self.logic(step).lacks(self.flow, self.run, step):
                return index
        return None

    def back(self) -> None:
        """To the nearest earlier step that asks something; before the first one the item is left."""
        if self.run.return_to is not None:
            back_to = self.run.return_to
            self.set(return_to=None)
            self.enter(back_to)
            return
        for index in range(self.run.step - 1, -1, -1):
            if self._rests(index):
                self.enter(index)
                return
        self.leave()

    def change(self, what: str) -> None:
        """From the review to the question that asked the field `what` (or to the step ``#n``), and back when
        it is answered."""
        for index, step in enumerate(self.flow.steps):
            if (what in set_by(step) or what == f"#{index}") and self._rests(index):
                self.visit(index)
                return

    def earlier(self, names: Collection[str]) -> int | None:
        """The nearest step before this one at which the citizen sets one of `names`."""
        return next(
            (
                index
                for index in range(self.run.step - 1, -1, -1)
                if set(names) & set(set_by(self.flow.steps[index])) and self._rests(index)
            ),
            None,
        )

    def visit(self, index: int) -> None:
        """To step `index`, and back here when it is answered."""
        self.set(return_to=self.run.step)
        self.enter(index)

    def _rests(self, index: int) -> bool:
        step = self.flow.steps[index]
        return self.logic(step).stops(self.flow, self.run, step)

    def trouble(self, trouble: Trouble) -> None:
        """The run cannot go on; the reasons are shown until the citizen has read them.

        What was paid for and is not rendered is paid back, once; then there is nothing to try again with.
        """
        self.cancel_pending()
        if self.pay_back(trouble.code or trouble.kind):
            trouble = replace(trouble, retry=False)
        self.set(trouble=trouble, outcome=trouble.kind)

    def pay_back(self, reason: str) -> bool:
        """Ask for a refund of what was paid, or of what the bank may yet say was paid. Never twice."""
        payment = self.run.payment
        if payment is None or payment.state not in {"paid", "unknown"} or self.run.refund:
            return False
        refund = self.send(RefundPayment, payment=payment.id, reason=reason)
        state = "refunding" if payment.state == "paid" else "unknown"
        self.set(payment=replace(payment, state=state), refund=refund)
        return True

    def refunded(self, event: Event) -> None:
        """News of the money that is paid back."""
        payment = self.run.payment
        if isinstance(event, PaymentEnded) and payment is not None:
            known = payment.state != "unknown" or event.state == "refunded"
            if event.state in {"refunding", "refunded"} and known:
                self.set(payment=replace(payment, state=event.state))

    def refused(
        self, title: str, reasons: tuple[Reason, ...], code: str = "", change: int | None = None
    ) -> None:
        """The city said no. `change`: the step to which there is a way back, to answer otherwise."""
        shown = reasons or (Reason(message="平台没有说明原因，请到窗口或拨打 12345 询问"),)
        after = ("没有提交任何申请", "可按“求助”反映办不成事，或拨打 12345")
        self.trouble(
            Trouble(kind="refused", title=title, reasons=shown, next=after, code=code, change=change)
        )

    def unavailable(self, reason: str, *, retry: bool = True) -> None:
        """It needs the network, and there is none; or the department, and only that one does not answer."""
        title, why, after = DEPARTMENT_DOWN if reason == "department-down" else OFFLINE
        self.trouble(
            Trouble(
                kind="unavailable",
                title=title,
                reasons=(Reason(message=why),),
                next=(after, "也可拨打 12345 咨询"),
                code=reason,
                retry=retry,
            )
        )

    def skip_to_rating(self) -> None:
        """After trouble, or when the paper is not wanted: the rating is the last thing asked."""
        self.set(trouble=None)
        for index in range(self.run.step, len(self.flow.steps)):
            if isinstance(self.flow.steps[index], Rate):
                self.enter(index)
                return
        self.end()

    def leave(self) -> None:
        """The citizen gave up before anything was promised; what was held for them is given back."""
        self.cancel_pending()
        self.release()
        self.set(ended="cancelled")

    def release(self) -> None:
        """Give back the slot that is held, close the payment that is open, pay back what buys nothing now."""
        booking, payment = self.run.booking, self.run.payment
        if booking is not None and booking.state == "held":
            self.send(Call, operation="cancelBooking", item=self.flow.item, body={}, path={"id": booking.id})
            self.set(booking=None)
        if payment is not None and payment.state == "pending":
            self.send(ClosePayment, payment=payment.id)
        if payment is not None and self.still_to_render():
            self.pay_back("left")

    def still_to_render(self) -> bool:
        """Whether something is yet to be filed or booked: until then a payment buys nothing."""
        booked = self.run.booking is not None and self.run.booking.state == "confirmed"
        ahead = self.flow.steps[self.run.step :]
        renders = any(isinstance(step, Submit | ConfirmBooking) for step in ahead)
        return renders and self.run.filed is None and not booked

    def end(self) -> None:
        """The last step is behind."""
        self.cancel_pending()
        self.release()
        self.set(ended=self.run.outcome or "done")
