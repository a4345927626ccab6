"""A run that is walked at random, by moves that are possible: whatever is offered may be touched, whatever
was asked may be answered, refused, lost or answered too late, and the network comes and goes.

    .venv/bin/python -m tests.flows.wandering ITEM SEED

walks one again and tells each move.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

from flows import engine, kinds
from flows.bodies import CameraBody
from flows.effects import (
    Call,
    Cancel,
    ClosePayment,
    Effect,
    PhoneScan,
    PrintPaper,
    ReadCard,
    RefundPayment,
    StartPayment,
    Submit,
)
from flows.events import (
    Accepted,
    Act,
    Answered,
    NotStored,
    Outcome,
    PaymentEnded,
    PaymentShown,
    Progress,
    Refused,
    StillWaiting,
    Stored,
    Unreachable,
)
from flows.model import Flow
from flows.rehearsal.citizen import Citizen
from flows.rehearsal.city import City
from flows.rehearsal.playing import MOST_TOUCHES
from flows.rehearsal.script import AT, varied
from flows.rehearsal.transcript import tag
from tests.flows.mishaps import NETWORK, broken, gone, refusals
from tests.flows.shipped import offered
from tests.flows.test_any_order import FLOWS as EVERY_KIND

ITEMS: dict[str, Flow] = {**offered(), **EVERY_KIND}
"""The city's items, the terminal's own, and small ones that have every kind of step."""
EVENTS = (
    "on",
    "back",
    "leave",
    "change",
    "other touch",
    "answered",
    "refused",
    "unreachable",
    "device lost",
    "late",
    "network lost",
    "network back",
    "abandoned",
)
MOST_MOVES = 140
_TOUCHES = {"back": "back", "up": "back", "leave": "leave", "change": "change"}
SELDOM = {
    **dict.fromkeys(("benefits", "confirm-booking", "sign"), 8),
    **dict.fromkeys(("book", "commitment", "confirm-benefit", "pay", "review", "submit"), 5),
    **dict.fromkeys(("bundle", "choose-benefit", "choose-case", "display", "draft", "eligibility"), 4),
    **dict.fromkeys(("guide", "lookup", "match", "phone-code", "photo", "prefill", "query", "records"), 4),
}
"""Kinds of step that few runs come by or that are soon over: how much more is made to happen there."""


class LostError(AssertionError):
    """Something that may never happen did."""


class Wanderer:
    """One run. `met` counts (kind of step, kind of event)."""

    def __init__(self, flow: Flow, seed: int, met: Counter[tuple[str, str]] | None = None) -> None:
        self.flow = flow
        self.luck = random.Random(seed)
        self.met = Counter() if met is None else met
        script = varied(flow, seed)
        self.citizen = Citizen(flow, script)
        self.city = City(flow, script)
        self.open: dict[str, Effect] = {}
        """Asked, and neither answered nor cancelled."""
        self.late: list[Effect] = []
        """Cancelled: whoever was asked may not have heard of it yet."""
        self.asked: list[Effect] = []
        self.heard: list[Outcome] = []
        self.told: list[str] = []
        self.confirmed: Mapping[str, Any] | None = None
        """The answers as they stood when the review was passed; None while it was not."""
        self.abandoned = False
        self.run, effects = engine.start(flow, f"w.{seed}", at=AT)
        self._take(effects)
        self._check()

    def wander(self) -> None:
        """Moves at random, then only on, to the end. Raises LostError."""
        for _ in range(self.luck.randrange(4, MOST_MOVES)):
            if self.run.ended or self.abandoned:
                break
            self._move()
        self._press_on()
        self._settled()

    # -- moves

    def _move(self) -> None:
        roll = self.luck.random() / SELDOM.get(tag(self.flow.steps[self.run.step]), 1)
        pending = [each for each in self.open.values() if each.id in self.run.pending or self._refund(each)]
        if roll < 0.02:
            self._note("network back" if not self.city.network else "network lost")
            self.city.network = not self.city.network
        elif roll < 0.025:
            self._note("abandoned")
            self.abandoned = True
            self._take(engine.abandon(self.flow, self.run))
        elif roll < 0.05 and self.late:
            effect = self.luck.choice(self.late)
            self._hear(self.luck.choice(self.city.outcomes(effect) or (gone(effect),)), "late")
        elif pending and self.luck.random() < 0.7:
            self._answer(self.luck.choice(pending))
        else:
            self._touch()

    def _refund(self, effect: Effect) -> bool:
        return isinstance(effect, RefundPayment)

    def _answer(self, effect: Effect) -> None:
        if isinstance(effect, RefundPayment):  # news of it comes whatever the run does meanwhile
            self._all(effect, self.city.outcomes(effect), "late")
            return
        seldom = tag(self.flow.steps[self.run.step]) in SELDOM
        roll = self.luck.random() if not seldom else self.luck.uniform(0.5, 1)
        if roll < 0.8:
            outcomes = self.city.outcomes(effect)
            self._all(effect, outcomes, "unreachable" if _missed(outcomes) else "answered")
        elif roll < 0.87 and isinstance(effect, NETWORK):
            self._all(effect, (gone(effect, self.luck),), "unreachable")
        elif roll < 0.94 and (refused := refusals(effect, self.luck)):
            self._all(effect, refused, "refused")
        elif failed := broken(effect, self.luck):
            self._all(effect, failed, "device lost")

    def _all(self, effect: Effect, outcomes: tuple[Outcome, ...], kind: str) -> None:
        for outcome in outcomes:
            if effect.id in self.open and not self.run.ended:
                self._hear(outcome, kind)

    def _touch(self) -> None:
        page = engine.page(self.flow, self.run)
        offered = sorted(engine.offered(page))
        act = self.citizen.does(self.run, page)
        if isinstance(page.body, CameraBody) and self.luck.random() < 0.1:
            self._act(Act(action="no-camera", at=AT), "device lost")
        elif act is not None and act.action in offered and self.luck.random() < 0.7:
            self._act(act, "on")
        elif offered:
            # Whoever leaves is gone, and whoever goes back is not far: that is done seldom.
            out = {"finish", "back"} if self.run.payment is not None else {"leave", "finish", "back"}
            stays = [each for each in offered if each not in out]
            chosen = stays if stays and self.luck.random() < 0.85 else offered
            if not stays and self.luck.random() < 0.75:
                return
            action = self.luck.choice(chosen)
            values = dict(act.values) if act is not None else {}
            if values and self.luck.random() < 0.2:
                values[self.luck.choice(sorted(values))] = self.luck.choice(("", "胡\x00", "9" * 200))
            kind = _TOUCHES.get(action.partition(":")[0], "other touch")
            self._act(Act(action=action, values=values, at=AT), kind)

    def _press_on(self) -> None:
        """From here the citizen only presses on, and what is asked is answered."""
        self.citizen = Citizen(self.flow, self.citizen.script)
        for _ in range(MOST_TOUCHES):
            if self.run.ended or self.abandoned:
                return
            page = engine.page(self.flow, self.run)
            act = self.citizen.does(self.run, page)
            waits = [each for each in self.open.values() if each.id in self.run.pending]
            by_itself = [each for each in waits if not isinstance(each, ReadCard | PhoneScan)]
            if by_itself:
                self._all(by_itself[0], self.city.outcomes(by_itself[0]), "answered")
            elif act is not None and act.action in engine.offered(page):
                self._act(act, "on")
            elif waits:
                self._all(waits[0], self.city.outcomes(waits[0]), "answered")
            else:
                raise LostError(f"nothing leads on from {page.title}")
        raise LostError("it does not end, though the citizen only presses on")

    # -- what it comes to

    def _note(self, kind: str, more: str = "") -> None:
        step = tag(self.flow.steps[self.run.step])
        self.met[step, kind] += 1
        self.told.append(f"{step}: {kind} {more}".rstrip())

    def _act(self, act: Act, kind: str) -> None:
        self._note(kind, act.action)
        before = self.run
        self.run, effects = engine.advance(self.flow, self.run, act)
        reviewed = isinstance(self.flow.steps[before.step], kinds.Review) and act.action == "next"
        if reviewed and self.run.step > before.step and not before.trouble:
            self.confirmed = self.run.values
        self._take(effects)
        self._check()

    def _hear(self, outcome: Outcome, kind: str) -> None:
        self._note(kind, type(outcome).__name__)
        awaited = outcome.effect in self.run.pending or outcome.effect == self.run.refund
        if awaited:
            self.heard.append(outcome)
        if not isinstance(outcome, Progress) and outcome.effect in self.open:
            self.late.append(self.open.pop(outcome.effect))  # it may be said twice
        before = self.run
        self.run, effects = engine.advance(self.flow, self.run, outcome)
        if not awaited and (self.run is not before or effects):
            raise LostError("an answer that nobody waits for changed something")
        self._take(effects)
        self._check()

    def _take(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, Cancel):
                found = self.open.pop(effect.target, None)
                if isinstance(found, RefundPayment):
                    raise LostError("a refund is cancelled")
                if found is not None:
                    self.late.append(found)
                continue
            self.asked.append(effect)
            self.open[effect.id] = effect
            if _settles(effect):
                self._was_confirmed(effect)

    def _was_confirmed(self, effect: Effect) -> None:
        if self.confirmed is None:
            raise LostError(f"{type(effect).__name__} without the citizen's confirmation")
        if self.confirmed != self.run.values:
            raise LostError("what goes out is not what was confirmed")
        signs = any(isinstance(step, kinds.Sign) for step in self.flow.steps)
        if isinstance(effect, Submit) and signs and self.run.signature is None:
            raise LostError("filed without a signature")

    def _check(self) -> None:
        """What holds at every moment."""
        review = next((n for n, step in enumerate(self.flow.steps) if isinstance(step, kinds.Review)), 0)
        if self.run.step <= review:
            self.confirmed = None
        if self.run.ended or self.abandoned:
            return
        page = engine.page(self.flow, self.run)
        if not page.title:
            raise LostError("a page without a title")
        if not engine.offered(page) and not self.run.pending & set(self.open):
            raise LostError(f"a dead page: {page.title}")

    def _settled(self) -> None:
        """What holds at the end, however it came."""
        self._nothing_lost()
        holds = {
            each.data["id"]
            for each in self.heard
            if isinstance(each, Answered) and isinstance(each.data, dict) and each.data.get("state") == "held"
        }
        back = {
            each.path["id"]
            for each in self.asked
            if isinstance(each, Call) and each.operation == "cancelBooking"
        }
        booking = self.run.booking
        booked = booking is not None and booking.state == "confirmed"
        expired = any(
            isinstance(each, Answered) and isinstance(each.data, dict) and each.data.get("state") == "expired"
            for each in self.heard
        )
        if holds - back and not booked and not expired:
            raise LostError("a time is held for nobody")
        self._money()

    def _nothing_lost(self) -> None:
        filings = [each for each in self.asked if isinstance(each, Submit) and each.wait]
        refused = {each.effect for each in self.heard if isinstance(each, Refused | NotStored)}
        stored = {each.effect for each in self.heard if isinstance(each, Stored)}
        kept = [each for each in filings if each.id in stored and each.id not in refused]
        if len([each for each in filings if each.id not in refused]) > 1:
            raise LostError("filed twice")
        if not kept:
            return
        if self.run.filed is None:
            raise LostError("what is written down is not told")
        settled = any(isinstance(each, Accepted | StillWaiting) for each in self.heard)
        numbers = {self.run.filed.slip, self.run.filed.case_no}
        printed = [
            each
            for each in self.asked[self.asked.index(kept[0]) :]
            if isinstance(each, PrintPaper) and each.number in numbers
        ]
        if settled and not printed:
            raise LostError("filed, and nothing says so on paper")

    def _money(self) -> None:
        payment = self.run.payment
        shown = [each for each in self.heard if isinstance(each, PaymentShown)]
        refunds = [each for each in self.asked if isinstance(each, RefundPayment)]
        closes = [each for each in self.asked if isinstance(each, ClosePayment)]
        paid = [each for each in self.heard if isinstance(each, PaymentEnded) and each.state == "paid"]
        if len(refunds) > 1 or len({each.effect for each in paid}) > 1:
            raise LostError("paid or paid back twice")
        if not shown or payment is None:
            return
        booked = self.run.booking is not None and self.run.booking.state == "confirmed"
        renders = any(isinstance(step, kinds.Submit | kinds.ConfirmBooking) for step in self.flow.steps)
        rendered = not renders or self.run.filed is not None or booked
        if payment.state == "pending" and not closes:
            raise LostError("a payment is left open")
        if payment.state in {"paid", "unknown"} and not rendered and not refunds:
            raise LostError("paid for nothing, and not paid back")


def _settles(effect: Effect) -> bool:
    """What commits the citizen. A move of what is confirmed already has its own confirmation: the touch."""
    called = isinstance(effect, Call) and effect.operation in {"confirmBooking", "confirmBenefit"}
    return called or isinstance(effect, StartPayment) or (isinstance(effect, Submit) and effect.wait)


def _missed(outcomes: tuple[Outcome, ...]) -> bool:
    return any(isinstance(each, Unreachable) for each in outcomes)


def main() -> None:
    """Walk one again."""
    item, seed = sys.argv[1:]
    wanderer = Wanderer(ITEMS[item], int(seed))
    try:
        wanderer.wander()
    finally:
        sys.stdout.write("\n".join((*wanderer.told, "")))


if __name__ == "__main__":
    main()
