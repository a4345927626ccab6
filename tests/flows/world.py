"""A small world for the engine: answers each effect as told, and keeps a history to assert on."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from flows import engine
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
    Act,
    Answered,
    CardRead,
    EntriesLoaded,
    Event,
    GuideLoaded,
    Identified,
    OptionsLoaded,
    Outcome,
    PaymentEnded,
    PaymentShown,
    PictureChecked,
    PoliciesLoaded,
    PrintEnded,
    Refused,
    ScanReady,
    StillWaiting,
    Stored,
    Unreachable,
    Uploaded,
    UploadShown,
)
from flows.model import Flow
from flows.page import GuideView, Page
from flows.parts import Option, Published
from flows.run import Person

AT = "2026-11-22T10:00:00+08:00"
CARD = {"name": "王秀兰", "id_number": "120103194001010025", "card_type": "resident", "sam_id": "05.01"}
PRINCIPAL = {"name": "李德顺", "id_number": "120103193801010010", "card_type": "resident", "sam_id": "05.01"}
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode()
SIGNATURE = {"signature": f"data:image/png;base64,{PIXEL}", "strokes": "[[1,2]]"}
SLIP = "6f1f7c0e-6f0e-4a63-9d5b-0d0f7f4f9a11"
UNTIL = "2026-12-27"

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0 a picture \xff\xd9").decode()
PICTURE = {"picture": f"data:image/jpeg;base64,{JPEG}"}
PERSON = Person(
    name=CARD["name"],
    id_number=CARD["id_number"],
    level="card+face",
    method="id-card",
    confirmed=True,
    at=AT,
    card=CARD,
)
"""Somebody whom this visit knows well enough for any item."""

GUIDE = GuideView(
    item="civil.senior-allowance-apply",
    name="高龄津贴",
    conditions=("年满 80 周岁",),
    documents=(),
    fee="不收费",
    days="20 个工作日",
    office="民政局",
    hotline="12345",
    legal_basis=(),
    badges=(),
    sample=True,
    version="1",
    age="",
)


LISTS = {
    "divisions": (
        Option(value="120000", label="天津市"),
        Option(value="120103", label="河西区", detail="120000"),
        Option(value="130000", label="河北省"),
        Option(value="130100", label="石家庄市", detail="130000"),
        Option(value="110000", label="北京市"),
    ),
    "colour_code": (Option(value="R", label="红"), Option(value="G", label="绿")),
}
"""Code lists, by name."""
ENTRIES = (
    Published(label="河西某院", detail="某路", fields={"home": "120103", "code": ["R", "G"]}),
    Published(label="某处"),
)
"""What a department publishes."""


class World:
    """Plays the shell: `online` decides what the network says; `calls` overrides single operations.

    `pays`: how a payment ends that is shown (None: it stays open). `closes`: what closing one finds.
    `guide`, `entries` (as old as `age` says): what is published.
    `person` is known already. Whoever is known at the start is at the first page.
    """

    def __init__(
        self,
        flow: Flow,
        *,
        online: bool = True,
        person: Person | None = None,
        guide: GuideView | None = None,
        pays: str | None = "paid",
        entries: tuple[Published, ...] = ENTRIES,
    ) -> None:
        self.flow = flow
        self.online = online
        self.guide = guide or GUIDE
        self.entries, self.age = entries, ""
        self.pays: Any = pays
        self.closes: Any = "closed"
        self.problems: tuple[str, ...] = ()
        self.history: list[Effect] = []
        self.calls: dict[str, Callable[[Call], Outcome]] = {}
        self.hold: set[type[Effect]] = set()
        self.card: Mapping[str, str] = CARD
        self.run, effects = engine.start(flow, "v.1", person=person, at=AT)
        self.perform(effects)

    @property
    def page(self) -> Page:
        """What is on the screen."""
        return engine.page(self.flow, self.run)

    def tell(self, event: Event) -> None:
        """An event reaches the run."""
        self.run, effects = engine.advance(self.flow, self.run, event)
        self.perform(effects)

    def tap(self, action: str, **values: str) -> None:
        """The citizen taps."""
        self.tell(Act(action=action, values=values, at=AT))

    def show_face(self) -> None:
        """Agree to the comparison, and look into the camera."""
        self.tap("face")
        self.tap("next", **PICTURE)

    def perform(self, effects: tuple[Effect, ...]) -> None:
        """Answer what was asked, unless its kind is held."""
        for effect in effects:
            self.history.append(effect)
            if type(effect) not in self.hold:
                for outcome in self.outcomes(effect):
                    self.tell(outcome)

    def asked(self, kind: type[Effect]) -> list[Any]:
        """All effects of one kind so far."""
        return [effect for effect in self.history if isinstance(effect, kind)]

    def sent(self, role: str, *problems: str, sha256: str = "ab" * 32) -> None:
        """The phone sends a picture of `role`, which will do or not."""
        image = "" if problems else JPEG
        effect = self.asked(OpenUpload)[-1].id
        self.tell(Uploaded(effect=effect, role=role, problems=problems, image=image, sha256=sha256))

    def called(self, operation: str) -> list[Call]:
        """All calls of one operation so far."""
        return [each for each in self.asked(Call) if each.operation == operation]

    def refuse(self, operation: str, code: str = "REFUSED", **told: Any) -> None:
        """From now on the city says no to `operation`."""
        self.calls[operation] = lambda call: Refused(effect=call.id, reasons=(), code=code, **told)

    def lose(self, operation: str) -> None:
        """From now on no answer comes to `operation`."""
        self.calls[operation] = lambda call: Unreachable(effect=call.id, reason="timeout", at=AT)

    def answer(self, operation: str, data: Any) -> None:
        """From now on this is the answer to `operation`."""
        self.calls[operation] = lambda call: Answered(effect=call.id, data=data)

    def outcomes(self, effect: Effect) -> list[Outcome]:  # noqa: PLR0912 - a kind each
        """What the world says."""
        gone = Unreachable(effect=effect.id, reason="no-network", at=AT)
        match effect:
            case LoadGuide():
                return [GuideLoaded(effect=effect.id, guide=self.guide)]
            case LoadEntries():
                return [EntriesLoaded(effect=effect.id, entries=self.entries, age=self.age)]
            case LoadPolicies():
                return [PoliciesLoaded(effect=effect.id, policies=(Option(value="", label="创业补贴"),))]
            case CheckPicture():
                if self.problems:
                    return [PictureChecked(effect=effect.id, problems=self.problems)]
                return [PictureChecked(effect=effect.id, problems=(), image=JPEG, sha256="ab" * 32)]
            case LoadOptions(list=name) if name:
                return [
                    OptionsLoaded(effect=effect.id, options=LISTS.get(name, LISTS["colour_code"]), list=name)
                ]
            case LoadOptions():
                option = Option(value="civil.senior-allowance-apply", label="高龄津贴")
                return [OptionsLoaded(effect=effect.id, options=(option,))]
            case ReadCard(whose=whose):
                return [CardRead(effect=effect.id, card=self.card if whose == "citizen" else PRINCIPAL)]
            case Login(card=card, face=face):
                if not self.online:
                    return [gone]
                return [
                    Identified(
                        effect=effect.id,
                        name=card["name"],
                        id_number=card["id_number"],
                        level="card" if face is None else "card+face",
                        method="id-card",
                        at=AT,
                    )
                ]
            case NumberLogin(name=name, id_number=number):
                if not self.online:
                    return [gone]
                return [
                    Identified(
                        effect=effect.id,
                        name=name,
                        id_number=number,
                        level="card+face",
                        method="number-face",
                        at=AT,
                    )
                ]
            case PhoneScan():
                return [ScanReady(effect=effect.id, uri="https://id.example/d?c=AB", user_code="AB")]
            case Call():
                if not self.online:
                    return [gone]
                if effect.operation in self.calls:
                    return [self.calls[effect.operation](effect)]
                return [Answered(effect=effect.id, data=self._answer(effect))]
            case Submit():
                stored = Stored(effect=effect.id, slip=SLIP, until=UNTIL)
                if not effect.wait:
                    return [stored]
                if not self.online:
                    return [stored, StillWaiting(effect=effect.id, slip=SLIP)]
                return [stored, Accepted(effect=effect.id, slip=SLIP, case_no="TJ-1", state="accepted")]
            case OpenUpload():
                shown = UploadShown(effect=effect.id, link="https://up.invalid/1", expires_at=AT)
                return [shown] if self.online else [gone]
            case StartPayment() | ClosePayment() | RefundPayment():
                return self._money(effect)
            case PrintCertificate():
                return [PrintEnded(effect=effect.id, result="printed", code="TJ-7788", count=1)]
            case PrintPaper():
                return [PrintEnded(effect=effect.id, result="printed")]
            case Cancel():
                return []
        raise AssertionError(effect)

    def _money(self, effect: StartPayment | ClosePayment | RefundPayment) -> list[Outcome]:
        if isinstance(effect, RefundPayment):
            return [PaymentEnded(effect=effect.id, payment=effect.payment, state="refunding")]
        if isinstance(effect, ClosePayment):
            return [PaymentEnded(effect=effect.id, payment=effect.payment, state=self.closes)]
        if not self.online:
            return [Unreachable(effect=effect.id, reason="no-network", at=AT)]
        shown = PaymentShown(effect=effect.id, payment="P-1", qr="https://pay.invalid/1", expires_at=AT)
        return [shown] if self.pays is None else [shown, self.ended(effect, self.pays)]

    def ended(self, effect: Effect, state: Any) -> PaymentEnded:
        """A payment's end."""
        bill = "DEMO1" if state == "paid" else ""
        return PaymentEnded(effect=effect.id, payment="P-1", state=state, paid_at=AT, bill_no=bill)

    def _answer(self, call: Call) -> Any:
        """What the city answers, where the call says what it must agree with."""
        match call.operation:
            case "holdSlot" | "rescheduleBooking":
                slot = next((each for each in SLOTS if each["id"] == call.body["slot"]), SLOTS[0])
                state = "held" if call.operation == "holdSlot" else "confirmed"
                if call.operation == "rescheduleBooking" and not self.called("confirmBooking"):
                    state = "held"
                return {"id": call.path.get("id", "B-1"), "slot": slot, "state": state, "held_until": AT}
            case "confirmBooking":
                return {"id": call.path["id"], "state": "confirmed", "ticket": "YY11220001"}
            case "getOptions":
                return OPTIONS.get(call.path["field"], OPTIONS["bill"])
            case _:
                return ANSWERS[call.operation]


SLOTS: list[dict[str, Any]] = [
    {"id": "s1", "place": "河西窗口", "starts_at": "2026-12-01T09:00:00+08:00", "free": 3},
    {"id": "s2", "place": "河西窗口", "starts_at": "2026-12-01T10:00:00+08:00", "free": 1},
    {"id": "s3", "place": "南开窗口", "starts_at": "2026-12-02T09:00:00+08:00", "free": 2},
    {"id": "s4", "place": "南开窗口", "starts_at": "2026-12-02T10:00:00+08:00", "free": 0},
]
OPTIONS: dict[str, Any] = {
    "bill": [
        {
            "id": "b1",
            "label": "10 月电费",
            "fields": {
                "amount": {"value": 12345, "source": "share", "trust": "A"},
                "note": {"value": "第一笔", "source": "share"},
                "person_name": {"value": "别人", "source": "share", "trust": "A"},
            },
        },
        {"id": "b2", "label": "9 月电费", "fields": {"amount": {"value": 200, "source": "share"}}},
    ],
    "region_mode": [{"id": "online", "label": "全程网办", "detail": "在这里提交，由户籍地办理"}],
}
_UPLOAD = {
    "id": "U-1",
    "link": "https://up.invalid/phone/1",
    "state": "waiting",
    "expires_at": AT,
    "documents": [],
}
ANSWERS: dict[str, Any] = {
    **dict.fromkeys(("openUpload", "getUpload", "closeUpload"), _UPLOAD),
    "getSlots": SLOTS,
    "cancelBooking": {"id": "B-1", "state": "cancelled"},
    "sendPhoneCode": {"id": "C-1", "expires_at": AT},
    "verifyPhoneCode": {"verified": True},
    "matchPolicies": [
        {
            "policy": {"id": "p1", "title": "稳岗补贴（演示数据）"},
            "result": "can-apply",
            "reasons": ["用工满一年"],
            "amount_fen": 100000,
        }
    ],
    "confirmBenefit": {"case_no": "TJ-9", "item": "x.y", "state": "accepted", "accepted_at": AT},
    "listCases": [],
    "getDraft": {"item": "civil.senior-allowance-apply", "fields": {}},
    "getSlip": {"state": "accepted", "case_no": "TJ-1"},
    "getTicket": {"ticket": "TK1", "state": "dispatched"},
    "verifyCertificate": {"valid": True, "title": "参保证明"},
    "prefill": {
        "residential_address": {"value": "和平区某某路 1 号", "source": "share", "trust": "A"},
        "mother_maiden_name": {"value": "never asked", "source": "share"},
    },
    "checkEligibility": {"eligible": True, "reasons": []},
    "listBenefits": [],
    "lookupProxy": [{"authorisation": "A-1", "relation": "child"}],
    "query": {
        "title": "权益",
        "columns": [{"key": "y", "label": "年"}, {"key": "m", "label": "缴费", "kind": "money"}],
        "rows": [{"y": "2025", "m": 123456} for _ in range(11)],
    },
}
