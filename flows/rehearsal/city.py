"""A city that has something fitting for any item, made up from what the item itself declares."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from flows import kinds
from flows.asked_once import from_lists
from flows.effects import (
    Call,
    Cancel,
    CheckPicture,
    ClosePayment,
    Effect,
    LoadEntries,
    LoadGuide,
    LoadOptions,
    LoadPolicies,
    Login,
    NumberLogin,
    OpenUpload,
    PhoneScan,
    PrintCertificate,
    PrintPaper,
    ReadCard,
    RefundPayment,
    StartPayment,
    Submit,
)
from flows.events import (
    Accepted,
    Answered,
    CardRead,
    ChildFiled,
    EntriesLoaded,
    GuideLoaded,
    OptionsLoaded,
    Outcome,
    PaymentEnded,
    PaymentShown,
    PictureChecked,
    PoliciesLoaded,
    PrintEnded,
    ScanReady,
    StillWaiting,
    Stored,
    Unreachable,
    Uploaded,
    UploadEnded,
    UploadShown,
)
from flows.fields import Field, Source
from flows.listing import conditioned
from flows.model import Flow
from flows.narrowing import DIVISIONS
from flows.page import DocumentLine, GuideView
from flows.parts import Option, Published
from flows.rehearsal.fitting import fitting
from flows.rehearsal.people import CITIZEN, JPEG, PRINCIPAL, identified
from flows.rehearsal.script import AT, Script
from flows.steps.form import code_list
from flows.values import normal, to_wire

SLIP = "6f1f7c0e-6f0e-4a63-9d5b-0d0f7f4f9a11"
UNTIL = "2026-12-27"
PRINTED = "demo-7788"
"""What a printed certificate is verified by."""
PLACES = (
    Option(value="120000", label="天津市"),
    Option(value="120103", label="河西区", detail="120000"),
    Option(value="120104", label="南开区", detail="120000"),
    Option(value="130000", label="河北省"),
    Option(value="130100", label="石家庄市", detail="130000"),
)
SLOTS: tuple[dict[str, Any], ...] = tuple(
    {
        "id": f"s{number}",
        "place": place,
        "starts_at": f"{day}T09:00:00+08:00",
        "ends_at": f"{day}T09:30:00+08:00",
        "free": 2,
    }
    for number, (place, day) in enumerate(
        (place, day) for place in ("河西窗口", "南开窗口") for day in ("2026-12-01", "2026-12-02")
    )
)
_CITYS: tuple[Source, ...] = ("share", "e-licence", "account", "previous-case")
_DELIVERIES = ("pickup", "courier", "print", "e-licence")
"""The contract's ways in which a result reaches the citizen."""
OTHER = "other-paper"
"""A role that a case lacks and the item does not name."""


class City:
    """Answers what a run of `flow` asks. `network` may be lost and come back."""

    def __init__(self, flow: Flow, script: Script) -> None:
        self.flow = flow
        self.script = script
        self.network = script.network
        self.slot: dict[str, Any] = SLOTS[0]
        self.confirmed = False

    def outcomes(self, effect: Effect) -> tuple[Outcome, ...]:  # noqa: PLR0912 - a kind each
        """What the world says of `effect`, in order."""
        match effect:
            case LoadGuide() | LoadOptions() | LoadPolicies() | LoadEntries():
                return (self._published(effect),)
            case CheckPicture():
                return (PictureChecked(effect=effect.id, problems=(), image=JPEG, sha256="ab" * 32),)
            case ReadCard(whose=whose):
                return (CardRead(effect=effect.id, card=CITIZEN if whose == "citizen" else PRINCIPAL),)
            case PrintPaper():
                return (PrintEnded(effect=effect.id, result="printed"),)
            case Submit():
                return self._filed(effect)
            case ClosePayment(payment=payment):
                return (PaymentEnded(effect=effect.id, payment=payment, state="closed"),)
            case RefundPayment(payment=payment):
                return (PaymentEnded(effect=effect.id, payment=payment, state="refunding"),)
            case Cancel():
                return ()
            case PrintCertificate() if not self.network:
                return (PrintEnded(effect=effect.id, result="failed", words="没有网络"),)
        if (
            isinstance(effect, Call)
            and effect.operation == "getSlip"
            and not self.network
            and self.script.cache
        ):
            return (Answered(effect=effect.id, data=_SLIP_HERE),)
        if not self.network:
            return (Unreachable(effect=effect.id, reason="no-network", at=AT),)
        match effect:
            case Call():
                return (Answered(effect=effect.id, data=self._answer(effect)),)
            case PhoneScan():
                shown = ScanReady(effect=effect.id, uri="https://id.invalid/d?c=AB", user_code="AB")
                return (shown, identified(effect))
            case Login() | NumberLogin():
                return (identified(effect),)
            case StartPayment():
                return (
                    PaymentShown(effect=effect.id, payment="P-1", qr="https://pay.invalid/1", expires_at=AT),
                    PaymentEnded(effect=effect.id, payment="P-1", state="paid", paid_at=AT, bill_no="DEMO1"),
                )
            case OpenUpload(documents=documents):
                return (
                    UploadShown(effect=effect.id, link="https://up.invalid/1", expires_at=AT),
                    *(
                        Uploaded(effect=effect.id, role=each.role, image=JPEG, sha256="ab" * 32)
                        for each in documents
                    ),
                    UploadEnded(effect=effect.id, how="done"),
                )
            case PrintCertificate():
                return (PrintEnded(effect=effect.id, result="printed", code=PRINTED, count=1),)
        raise NotImplementedError(type(effect).__name__)

    def _published(self, effect: LoadGuide | LoadOptions | LoadPolicies | LoadEntries) -> Outcome:
        if not (self.network or self.script.cache):
            about = effect.list if isinstance(effect, LoadOptions) else ""
            return Unreachable(effect=effect.id, reason="no-network", at=AT, about=about)
        age = "" if self.network else "3 天前取的"
        match effect:
            case LoadGuide(item=item):
                return GuideLoaded(effect=effect.id, guide=self.guide(item, age))
            case LoadPolicies():
                return PoliciesLoaded(
                    effect=effect.id, policies=(Option(value="", label="政策（演示数据）"),), age=age
                )
            case LoadOptions(list=name):
                return OptionsLoaded(effect=effect.id, options=self.published(name), list=name)
            case LoadEntries():
                entry = Published(label="名录中的一条（演示数据）", detail="演示数据")
                return EntriesLoaded(effect=effect.id, entries=(entry,), age=age)

    def guide(self, item: str, age: str) -> GuideView:
        """The guide of any item: sample content that says of the documents what the flow says."""
        steps = [step for step in self.flow.steps if isinstance(step, kinds.Documents)]
        replaced = {
            role for step in self.flow.steps if isinstance(step, kinds.Commitment) for role in step.replaces
        }
        lines = tuple(
            DocumentLine(
                role=each.role,
                name=each.name,
                main=each.importance == "main",
                deferrable=each.deferrable,
                committable=each.role in replaced,
            )
            for step in steps
            for each in step.documents
        )
        return GuideView(
            item=item,
            name=self.flow.name,
            conditions=("演示数据",),
            documents=lines,
            fee="演示数据",
            days="演示数据",
            office="演示数据",
            hotline="12345",
            legal_basis=(),
            badges=(),
            sample=True,
            version="1",
            age=age,
            commitment_text="本人承诺属实（演示数据）",
            defer_days=10,
        )

    def published(self, name: str) -> tuple[Option, ...]:
        """The code list `name`; it has what conditions of this item wait for. Empty: the catalogue."""
        if not name:
            return (
                Option(value="civil.senior-allowance-apply", label="一项"),
                Option(value="service.item-guide", label="另一项"),
            )
        return PLACES if name == DIVISIONS else self._lists.get(name, ())

    @cached_property
    def _lists(self) -> dict[str, tuple[Option, ...]]:
        awaited: dict[str, list[str]] = {}
        groups = [self.flow.fields, *(field.record for field in self.flow.fields.values() if field.record)]
        for group in groups:
            for name, field in group.items():
                if field.kind == "code":
                    awaited.setdefault(code_list(field, name), [])
            for field in group.values():
                on = group.get(field.when.field) if field.when is not None else None
                if field.when is not None and on is not None and on.kind == "code":
                    awaited.setdefault(code_list(on, field.when.field), []).extend(field.when.values)
        for *_, when in conditioned(self.flow):
            on = self.flow.fields.get(when.field)
            if on is not None and on.kind == "code":
                awaited.setdefault(code_list(on, when.field), []).extend(when.values)
        return {
            name: tuple(
                Option(value=code, label=f"第 {number} 种")
                for number, code in enumerate(
                    _DELIVERIES if name == "delivery_method" else dict.fromkeys(("c1", *codes, "c2")), start=1
                )
            )
            for name, codes in awaited.items()
        }

    def _filed(self, effect: Submit) -> tuple[Outcome, ...]:
        stored = Stored(effect=effect.id, slip=SLIP, until=UNTIL)
        if not effect.wait:
            return (stored,)
        if not self.network:
            return (stored, StillWaiting(effect=effect.id, slip=SLIP))
        later = tuple(effect.body.get("deferred_documents", ()))
        children = tuple(
            ChildFiled(item=each["item"], case_no=f"TJ-{n}", state="accepted")
            for n, each in enumerate(effect.body.get("children", ()), start=2)
        )
        return (
            stored,
            Accepted(
                effect=effect.id,
                slip=SLIP,
                case_no="TJ-1",
                state="accepted-with-deferral" if later else "accepted",
                documents=later,
                due=UNTIL if later else "",
                children=children,
            ),
        )

    def _answer(self, call: Call) -> Any:
        match call.operation:
            case "prefill" if not self.script.known:
                return {}
            case "prefill":
                return self._values(self._asked_of_the_city(call))
            case "getOptions" if call.path.get("field") == "region_mode":
                return [{"id": "online", "label": "全程网办", "detail": "由户籍地办理"}]
            case "getOptions":
                return [self._entry(call.path["field"], number) for number in range(2)]
            case "getSlots":
                return SLOTS
            case "holdSlot" | "rescheduleBooking":
                self.slot = next((each for each in SLOTS if each["id"] == call.body["slot"]), SLOTS[0])
                state = "confirmed" if self.confirmed else "held"
                return {"id": "B-1", "slot": self.slot, "state": state, "held_until": AT}
            case "confirmBooking":
                self.confirmed = True
                return {"id": "B-1", "slot": self.slot, "state": "confirmed", "ticket": "YY11270001"}
            case "listCases":
                return [self._case()]
            case "query":
                return {**_TABLE, **({"certificate": "CERT-1"} if self._certifies else {})}
            case "getDraft":
                return {"item": "civil.senior-allowance-apply", "fields": {}}
            case "lookupProxy":
                steps = [step for step in self.flow.steps if isinstance(step, kinds.Proxy)]
                found = [{"authorisation": "A-1", "relation": step.relations[0].code} for step in steps]
                return found if self.script.below("authorised", 2) == 0 else []
            case other:
                return _ANSWERS[other]

    def _asked_of_the_city(self, call: Call) -> list[str]:
        return [name for name in call.body["fields"] if set(_CITYS) & set(self.flow.fields[name].prefill)]

    def _values(self, names: list[str]) -> dict[str, Any]:
        """The contract's `Value` of fields, each from where the field says that it may come from."""
        known: dict[str, str] = {}
        told: dict[str, Any] = {}
        for name in names:
            field = self.flow.fields[name]
            known[name] = normal(field, self._text(name, field, known))
            told[name] = {
                "value": [self._group(field)] if field.kind == "records" else to_wire(field, known[name]),
                "source": next((each for each in field.prefill if each in _CITYS), "share"),
                "trust": "A",
            }
        return told

    def _group(self, field: Field) -> dict[str, Any]:
        return {
            name: to_wire(part, normal(part, self._text(name, part, {})))
            for name, part in field.record.items()
        }

    def _text(self, name: str, field: Field, known: Mapping[str, str]) -> str:
        if field.kind == "code":
            codes = self.published(code_list(field, name))
            return codes[self.script.below(f"city {name}", len(codes))].value
        return fitting(field, name, self.script, known)

    def _entry(self, name: str, number: int) -> dict[str, Any]:
        """One of a department's list, with what comes with it."""
        return {"id": f"{name[:30]}-{number + 1}", "label": f"第 {number + 1} 项", "fields": self._brought}

    @cached_property
    def _brought(self) -> dict[str, Any]:
        chosen = {name for step in self.flow.steps for name in kinds.set_by(step) if not _is_form(step)}
        return self._values([name for name in self.flow.fields if name in from_lists(self.flow) - chosen])

    @cached_property
    def _certifies(self) -> bool:
        return any(isinstance(step, kinds.Print) and step.paper == "certificate" for step in self.flow.steps)

    def _case(self) -> dict[str, Any]:
        roles = [
            each.role
            for step in self.flow.steps
            if isinstance(step, kinds.Documents)
            for each in step.documents
        ]
        return {
            "case_no": "TJ-1",
            "item": "civil.senior-allowance-apply",
            "state": "accepted-with-deferral",
            "accepted_at": AT,
            "deferral": {"documents": [*roles, OTHER], "due": UNTIL},
        }


def _is_form(step: kinds.Step) -> bool:
    return isinstance(step, kinds.Form)


_SLIP_HERE = {"state": "not-asked", "here": {"state": "waiting", "until": UNTIL, "case_no": ""}}
"""What the terminal that printed the slip has written down itself."""
_TABLE: dict[str, Any] = {
    "title": "演示数据",
    "columns": [{"key": "y", "label": "年"}, {"key": "m", "label": "金额", "kind": "money"}],
    "rows": [{"y": str(2015 + n), "m": 123456} for n in range(11)],
}
_POLICY = {"policy": {"id": "p1", "title": "一项待遇（演示数据）"}, "reasons": ["演示数据"]}
_ANSWERS: dict[str, Any] = {
    "checkEligibility": {"eligible": True, "reasons": []},
    "sendPhoneCode": {"id": "C-1", "expires_at": AT},
    "verifyPhoneCode": {"verified": True},
    "cancelBooking": {"id": "B-1", "state": "cancelled"},
    "listBenefits": [
        {**_POLICY, "result": "needs-account"},
        {"policy": {"id": "p2", "title": "另一项（演示数据）"}, "result": "will-receive", "reasons": []},
    ],
    "matchPolicies": [{**_POLICY, "result": "can-apply", "amount_fen": 100000}],
    "confirmBenefit": {"case_no": "TJ-9", "item": "x.y", "state": "accepted", "accepted_at": AT},
    "getSlip": {"state": "accepted", "case_no": "TJ-1"},
    "getTicket": {"ticket": "TK1", "state": "dispatched"},
    "verifyCertificate": {"valid": True, "title": "演示数据"},
}
