"""A citizen who does, on any page, what leads on: fills in what fits, takes pictures, signs, chooses."""

from __future__ import annotations

from collections.abc import Mapping

from flows import kinds
from flows.bodies import (
    BundleBody,
    CameraBody,
    DocumentsBody,
    FaceConsentBody,
    RecordsBody,
)
from flows.events import Act
from flows.fields import Field
from flows.model import Flow
from flows.page import ChoiceBody, FormBody, IdentifyBody, Input, Page, RateBody, SignBody
from flows.rehearsal.fitting import fitting
from flows.rehearsal.people import CITIZEN, PICTURE, SIGNATURE
from flows.rehearsal.script import AT, Script
from flows.run import Run

WAIT = ""
"""In place of an action: put the card down, scan, or wait for what is under way."""
_WAYS_ON = ("done", "finish", "next")


class Citizen:
    """Knows the item only as far as its fields go: what a question may be answered with.

    refused: fields that did not take what `Script.refuses` had typed there. asks: what had to be typed or
    chosen, in order. missed: what `Script.answers` wants to choose and was not offered.
    """

    def __init__(self, flow: Flow, script: Script) -> None:
        self.flow = flow
        self.script = script
        self.asks: dict[str, None] = {}
        self.refused: list[str] = []
        self.missed: dict[str, None] = {}
        self._tried: set[str] = set()
        self._went: set[str] = set()

    def does(self, run: Run, page: Page) -> Act | None:
        """What to do at `page`; None where nothing is to be touched."""
        step = self.flow.steps[run.step]
        values: Mapping[str, str] = {}
        match page.body:
            case IdentifyBody():
                action = self._who(run, page)
            case FaceConsentBody():
                action = "phone" if self.script.way == "phone" else "face"
            case CameraBody():
                action, values = "next", PICTURE
            case ChoiceBody(options=options) if options:
                action, values = "choose", {"choice": self._choice(step, run, page.body)}
            case FormBody():
                action, values = self._form(page), self._filled(step, run, page.body)
            case DocumentsBody():
                action = self._document(page.body)
            case RecordsBody():
                action = self._record(step, page.body)
            case BundleBody():
                action = self._bundle(page.body)
            case SignBody():
                action, values = "next", SIGNATURE
            case RateBody():
                action = ("rate", "skip")[self.script.below("rate", 2)]
                values = {"level": "5"}
            case _:
                action = self._on(page)
        return Act(action=action, values=values, at=AT) if action else None

    def _on(self, page: Page) -> str:
        """The way on; out where there is none."""
        if page.primary is not None:
            return page.primary.id
        return next((each.id for each in page.others if each.id in _WAYS_ON), WAIT)

    def _form(self, page: Page) -> str:
        """The way on; where a code by text message will not do, another one first."""
        wrong = isinstance(page.body, FormBody) and any(each.error for each in page.body.inputs)
        if wrong and any(each.id == "resend" for each in page.others) and "resend" not in self._went:
            self._went.add("resend")
            return "resend"
        self._went.discard("resend")
        return self._on(page)

    def _who(self, run: Run, page: Page) -> str:
        """The card, the phone, a company's account, or number and face. What did not help is not tried
        again while there is another way."""
        ways = [each.id for each in page.others]
        way = self.script.way
        if self.script.whom == "business" and way != "skip":
            way = "" if run.phase == "business" else "business"
        if way in ways and way not in self._went:
            self._went.add(way)
            return way
        if run.pending:
            return WAIT
        left = [each for each in ("phone", "skip", "business", "card") if each in ways]
        return next((each for each in left if each not in self._went), left[0] if left else WAIT)

    def _choice(self, step: kinds.Step, run: Run, body: ChoiceBody) -> str:
        values = [option.value for option in body.options]
        name = ""
        match step:
            case kinds.Proxy() if run.phase == "who":
                return "other" if self.script.whom == "proxy" else "self"
            case kinds.Proxy():
                name = "relation"
            case kinds.Pay():
                name = "pay"
            case kinds.Book():
                name = f"book {run.phase}"
            case _:
                name = str(getattr(step, "field", ""))
        if name in self.flow.fields or isinstance(step, kinds.Pay):
            self._note(name, self.flow.fields.get(name))
        elif isinstance(step, kinds.Book):
            self._note(step.place if run.phase == "place" else step.date, None)
        wanted = self.script.answers.get(name, "")
        if wanted and wanted not in values:
            self.missed[name] = None
        return wanted if wanted in values else values[self.script.below(f"choose {name}", len(values))]

    def _note(self, name: str, field: Field | None) -> None:
        self.asks[name if field is None or field.required else f"{name}?"] = None

    def _filled(self, step: kinds.Step, run: Run, body: FormBody) -> dict[str, str]:
        group = step.field if isinstance(step, kinds.Records) else ""
        fields = self.flow.fields[group].record if group else self.flow.fields
        if isinstance(step, kinds.PhoneCode | kinds.Identify):
            fields = {}  # what these ask is no field of the item, however it is called
        values: dict[str, str] = {}
        others = {name: known.value for name, known in run.values.items()}
        for each in body.inputs:
            if each.locked:
                continue
            field = fields.get(each.name)
            values[each.name] = self._answer(each, field, {**others, **values}, group)
        return values

    def _answer(self, each: Input, field: Field | None, others: dict[str, str], group: str) -> str:
        if each.error and each.name in self._tried and each.name not in self.refused:
            self.refused.append(each.name)
        if field is None:  # asked by the engine itself: a code by text message, name and number
            return {"code": "1234", "name": CITIZEN["name"], "number": CITIZEN["id_number"]}.get(
                each.name, ""
            )
        if each.name in self.script.refuses and each.name not in self._tried:
            self._tried.add(each.name)
            self._note(f"{group}.{each.name}" if group else each.name, field)
            return self.script.refuses[each.name]
        told = self.script.answers.get(each.name, "")
        if each.value and not each.error and told in {"", each.value}:
            return each.value
        self._note(f"{group}.{each.name}" if group else each.name, field)
        if told and each.options and field.kind != "address" and all(o.value != told for o in each.options):
            self.missed[each.name] = None
        elif told:
            return told
        if self.script.sparse and not field.required:
            return ""
        if each.options and field.kind != "address":
            return each.options[self.script.below(f"choose {each.name}", len(each.options))].value
        return fitting(field, each.name, self.script, others)

    def _document(self, body: DocumentsBody) -> str:
        for row in body.rows:
            if row.state != "missing":
                continue
            if row.may_follow and row.role in self.script.later:
                return f"later:{row.role}"
            brought = any(each.state == "taken" for each in body.rows)
            if not (row.optional and self.script.sparse and brought):
                return f"capture:{row.role}" if body.camera else "upload"
        return "next"

    def _record(self, step: kinds.Step, body: RecordsBody) -> str:
        name = str(getattr(step, "field", ""))
        field = self.flow.fields[name]
        wanted = 1 + self.script.below(f"records {name}", 2)
        if self.script.sparse and not field.required:
            wanted = 0
        self._note(name, field)
        return "add" if len(body.rows) < min(wanted, body.most) else "next"

    def _bundle(self, body: BundleBody) -> str:
        if body.error:
            self._went.add("want")
            return f"want:{body.rows[0].item}"
        for row in body.rows if "want" not in self._went else ():
            dropped = self.script.items is not None and row.item not in self.script.items
            if dropped and row.wanted and not row.needed:
                return f"drop:{row.item}"
        return "next"
