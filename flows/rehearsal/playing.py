"""One rehearsal: citizen and city in turn, until the run is over."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from flows import engine, kinds
from flows.bodies import CameraBody
from flows.effects import (
    Call,
    Cancel,
    Effect,
    LoadGuide,
    PhoneScan,
    PrintCertificate,
    PrintPaper,
    ReadCard,
    StartPayment,
    Submit,
)
from flows.events import Event, Progress
from flows.model import Flow
from flows.rehearsal.citizen import Citizen
from flows.rehearsal.city import City
from flows.rehearsal.lines import line
from flows.rehearsal.script import AT, Script
from flows.rehearsal.transcript import Asked, Seen, Transcript, asked, seen, tag
from flows.run import Run
from flows.trials import Ends

MOST_TOUCHES = 300
"""Nobody who only presses on needs more: four times the longest item there is."""
_BY_HAND = (ReadCard, PhoneScan)
"""Effects that wait for the citizen: a card is put down, a QR is scanned."""


def rehearse(flow: Flow, script: Script) -> Transcript:
    """What a citizen meets at `flow` who does as `script` says. Raises nothing that `flow` is to blame for:
    where nothing leads on it ends as ``stuck``."""
    return _Play(flow, script).to_the_end()


class _Play:
    def __init__(self, flow: Flow, script: Script) -> None:
        self.flow = flow
        self.citizen = Citizen(flow, script)
        self.city = City(flow, script)
        self.pages: list[Seen] = []
        self.effects: list[tuple[int, Effect]] = []
        self.written: list[Asked] = []
        self.path: list[int] = []
        self.lines: dict[tuple[int, str, str], str] = {}
        self.faces: set[int] = set()
        self.told = ""
        self.run, effects = engine.start(flow, "rehearsal", at=AT)
        self._perform(effects)

    def to_the_end(self) -> Transcript:
        ends: Ends = "stuck"
        for _ in range(MOST_TOUCHES):
            if self.run.ended or not self._on():
                break
        if self.run.ended:
            ends = how_it_ended(self.flow, self.run, self.told)
        return self._transcript(ends)

    def _hear(self, event: Event) -> None:
        self.run, effects = engine.advance(self.flow, self.run, event)
        if self.run.trouble is not None:
            self.told = self.run.trouble.code or self.run.trouble.kind
        self._perform(effects)

    def _perform(self, effects: tuple[Effect, ...]) -> None:
        open_ = deque(effects)
        while open_:
            effect = open_.popleft()
            if isinstance(effect, Cancel):
                continue
            self._note(effect)
            if isinstance(effect, _BY_HAND):
                for outcome in self.city.outcomes(effect):
                    if isinstance(outcome, Progress):
                        self._hear(outcome)
                continue
            for outcome in self.city.outcomes(effect):
                self._hear(outcome)

    def _note(self, effect: Effect) -> None:
        self.effects.append((self.run.step, effect))
        self.written.append(asked(self.run.step, effect))
        self._at(self.run.step)

    def _at(self, step: int) -> None:
        if not self.path or self.path[-1] != step:
            self.path.append(step)

    def _on(self) -> bool:
        """The citizen does the next thing; whether there was one."""
        page = engine.page(self.flow, self.run)
        offered = engine.offered(page)
        at = (self.run.step, str(page.body.__struct_config__.tag), page.title)
        self.lines.setdefault(at, line(self.flow, self.flow.steps[self.run.step], page, offered))
        act = self.citizen.does(self.run, page)
        if act is None or act.action not in offered:
            return self._by_hand()
        self._at(self.run.step)
        if isinstance(page.body, CameraBody) and page.body.kind == "face":
            self.faces.add(self.run.step)
        self.pages.append(seen(self.run.step, self.flow.steps[self.run.step], page, offered, act.action))
        self._hear(act)
        return True

    def _by_hand(self) -> bool:
        for _, effect in reversed(self.effects):
            if isinstance(effect, _BY_HAND) and effect.id in self.run.pending:
                for outcome in self.city.outcomes(effect):
                    if not isinstance(outcome, Progress):
                        self._hear(outcome)
                return True
        return False

    def _transcript(self, ends: Ends) -> Transcript:
        final = self._final()
        body = final.body if isinstance(final, Submit) else {}
        person = self.run.person
        return Transcript(
            item=self.flow.item,
            pages=tuple(self.pages),
            effects=tuple(self.written),
            lines=tuple(filter(None, self.lines.values())),
            path=tuple(self._words()),
            asks=tuple(self.citizen.asks),
            refused=tuple(self.citizen.refused),
            missed=tuple(self.citizen.missed),
            judged=self._judged(),
            sends=self._sends(final),
            documents=tuple(dict.fromkeys(each["role"] for each in body.get("documents", ()))),
            later=tuple(body.get("deferred_documents", ())),
            items=tuple(each["item"] for each in body.get("children", ())),
            files=tuple(_filed(each) for each in body.get("children", ())),
            level="none" if person is None else person.level,
            unchecked=self.run.unchecked,
            papers=tuple(
                each.kind if isinstance(each, PrintPaper) else "certificate"
                for _, each in self.effects
                if isinstance(each, PrintPaper | PrintCertificate)
            ),
            ends=ends,
            told=self.told,
        )

    def _words(self) -> list[str]:
        words: list[str] = []
        for number in self.path:
            words.append(tag(self.flow.steps[number]))
            if number in self.faces:
                words.append("face")
        return words

    def _final(self) -> Effect | None:
        """The effect that settles it: what was filed; else confirmed, paid, asked or looked up last."""
        filed = [
            each
            for number, each in self.effects
            if isinstance(each, Submit) and (each.wait or _rates_a_case(self.flow.steps[number]))
        ]
        others = [
            each
            for number, each in self.effects
            if isinstance(each, Call | StartPayment | LoadGuide)
            and isinstance(self.flow.steps[number], _SETTLES)
        ]
        return (filed or others or [None])[-1]

    def _judged(self) -> tuple[str, ...]:
        return next(
            (
                tuple(each.body["fields"])
                for number, each in self.effects
                if isinstance(each, Call) and isinstance(self.flow.steps[number], kinds.Eligibility)
            ),
            (),
        )

    def _sends(self, final: Effect | None) -> tuple[str, ...]:
        step = next((self.flow.steps[n] for n, each in self.effects if each is final), None)
        match step:
            case kinds.Submit() | kinds.Rate() if isinstance(final, Submit):
                fields = final.body.get("fields")
                return tuple(fields if fields is not None else (n for n in final.body if n != "kind"))
            case kinds.Query() | kinds.Match() if isinstance(final, Call):
                return tuple(final.body.get("fields", final.body.get("answers", ())))
            case kinds.ConfirmBenefit():
                return (step.benefit, step.account)
            case kinds.Pay():
                return (step.bill, step.amount)
            case kinds.ConfirmBooking():
                return next((s.place, s.date) for s in self.flow.steps if isinstance(s, kinds.Book))
            case kinds.Lookup() | kinds.Draft() | kinds.Guide():
                return (step.field,)
            case _:
                return ()


def _filed(child: Mapping[str, Any]) -> str:
    told = ", ".join((*child["fields"], *(each["role"] for each in child.get("documents", ()))))
    return f"{child['item']}：{told}"


def _rates_a_case(step: kinds.Step) -> bool:
    return isinstance(step, kinds.Rate) and step.case is not None


_SETTLES = (
    kinds.Query,
    kinds.Match,
    kinds.ConfirmBenefit,
    kinds.Pay,
    kinds.ConfirmBooking,
    kinds.Lookup,
    kinds.Draft,
    kinds.Guide,
)


def how_it_ended(flow: Flow, run: Run, told: str) -> Ends:
    """What `run`, which is over, came to. `told`: the last trouble's code."""
    files = any(isinstance(step, kinds.Submit | kinds.ConfirmBenefit) for step in flow.steps)
    match run.ended:
        case "queued":
            return "slip"
        case "refused" | "unavailable":
            return run.ended
        case "cancelled" | "called-off":
            return "left"
    if run.filed is not None and files:
        return "case"
    if run.payment is not None and run.payment.state == "paid":
        return "paid"
    if run.booking is not None and run.booking.state == "confirmed":
        return "booked"
    return "continued" if run.then is not None else "shown"
