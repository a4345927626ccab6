"""What may go wrong with an effect, as a city, a network or a device may say it."""

from __future__ import annotations

import random
from typing import Any

from msgspec.structs import replace

from flows.effects import (
    Call,
    CheckPicture,
    ClosePayment,
    Effect,
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
    StartPayment,
    Submit,
)
from flows.events import (
    TOO_LOW,
    Answered,
    CardTrouble,
    LoginDenied,
    NotStored,
    Outcome,
    PaymentEnded,
    PaymentShown,
    PictureChecked,
    PrintEnded,
    Refused,
    Stored,
    Unreachable,
    Uploaded,
    UploadEnded,
)
from flows.held import Slot
from flows.parts import Reason
from flows.rehearsal.script import AT

_EMPTY: dict[str, Any] = {
    "checkEligibility": {"eligible": False, "reasons": [{"code": "AGE", "message": "不满年龄"}]},
    "verifyPhoneCode": {"verified": False, "tries_left": 0},
    **{name: [] for name in ("getOptions", "getSlots", "listBenefits", "listCases", "lookupProxy")},
    "matchPolicies": [],
    "prefill": {},
    "confirmBooking": {"id": "B-1", "state": "expired"},
}
_OFFERS = (Slot(id="s3", place="南开窗口", starts_at="2026-12-02T09:00:00+08:00", free=1),)
NETWORK = (
    Call,
    LoadGuide,
    LoadOptions,
    LoadPolicies,
    Login,
    NumberLogin,
    OpenUpload,
    PhoneScan,
    StartPayment,
)


def gone(effect: Effect, luck: random.Random | None = None) -> Outcome:
    """No answer to it; without `luck` always for the same reason."""
    reasons = ("timeout", "department-down", "status-429")
    about = effect.list if isinstance(effect, LoadOptions) else ""
    reason = luck.choice(reasons) if luck is not None else reasons[0]
    return Unreachable(effect=effect.id, reason=reason, at=AT, about=about)


def refusals(effect: Effect, luck: random.Random) -> tuple[Outcome, ...]:
    """What the city may say against it."""
    no = Refused(effect=effect.id, reasons=(Reason(message="不行"),), code=luck.choice(("NO", TOO_LOW)))
    match effect:
        case Call(operation="holdSlot" | "rescheduleBooking" | "confirmBooking"):
            return (replace(no, code="CONFLICT", offers=luck.choice(((), _OFFERS))),)
        case Call(operation=operation) if operation in _EMPTY and luck.random() < 0.7:
            return (Answered(effect=effect.id, data=_EMPTY[operation]),)
        case Call() | LoadGuide() | OpenUpload():
            return (no,)
        case Login() | NumberLogin() | PhoneScan():
            return (LoginDenied(effect=effect.id, words="不符"),)
        case Submit(wait=True):
            stored = Stored(effect=effect.id, slip="slip", until="2026-12-27")
            return luck.choice(((stored, no), (NotStored(effect=effect.id, words="满了", code="FULL"),)))
        case StartPayment() | ClosePayment():
            closes = isinstance(effect, ClosePayment)  # it may have been paid all the same
            shown = PaymentShown(effect=effect.id, payment="P-1", qr="", expires_at=AT)
            state: Any = luck.choice(("failed", "closed", "unknown", *(("paid",) if closes else ())))
            ended = PaymentEnded(effect=effect.id, payment="P-1", state=state)
            return (no,) if luck.random() < 0.2 and not closes else (shown, ended)
    return ()


def broken(effect: Effect, luck: random.Random) -> tuple[Outcome, ...]:
    """What a device may do."""
    match effect:
        case ReadCard():
            return (CardTrouble(effect=effect.id, words="请放好"),)
        case PrintPaper() | PrintCertificate():
            result: Any = luck.choice(("failed", "unconfirmed"))
            return (PrintEnded(effect=effect.id, result=result, words="缺纸"),)
        case OpenUpload(documents=documents):
            blurred = Uploaded(effect=effect.id, role=documents[0].role, problems=("太暗",))
            how: Any = luck.choice(("expired", "lost"))
            return luck.choice(((blurred,), (UploadEnded(effect=effect.id, how=how),)))
        case CheckPicture():
            return (PictureChecked(effect=effect.id, problems=("太暗",)),)
        case Submit():
            return (NotStored(effect=effect.id, words="满了", code="FULL"),)
    return ()
