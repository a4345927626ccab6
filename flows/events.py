"""What a run can hear: the citizen's touch, a code under the scanner, and the outcomes of its effects.

Every outcome names the effect it answers; the engine drops one that is no longer awaited.
A `Progress` leaves its effect pending, any other outcome ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from flows.fields import Level
from flows.held import Slot
from flows.page import GuideView
from flows.parts import Option, Published, Reason


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """A touch: the button's action, what was filled in, and the civil time (RFC 3339 with offset)."""

    action: str
    values: Mapping[str, str] = {}
    at: str = ""


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """A code was held under the scanner while a page asks for one: what it says for `field`, or, in `words`
    for the citizen, why it is not taken."""

    field: str
    value: str = ""
    words: str = ""

    def __repr__(self) -> str:
        """Nothing of the code."""
        return f"Scanned(field={self.field!r}, words={self.words!r})"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one effect."""

    effect: str


class Progress(Outcome, frozen=True, kw_only=True):
    """News of an effect that goes on."""


class GuideLoaded(Outcome, frozen=True, kw_only=True):
    """A guide, fresh or from the offline cache (then with its age in words)."""

    guide: GuideView


class PoliciesLoaded(Outcome, frozen=True, kw_only=True):
    """The published policies: title and summary; `age` in words while they are not fresh."""

    policies: tuple[Option, ...]
    age: str = ""


class EntriesLoaded(Outcome, frozen=True, kw_only=True):
    """A department's published list, whole; `age` in words while it is not fresh."""

    entries: tuple[Published, ...]
    age: str = ""


class PictureChecked(Outcome, frozen=True, kw_only=True):
    """`problems` in words for the citizen, none when the picture will do; then `image` is what is kept:
    base64 of a JPEG without its camera's notes, and its SHA-256."""

    problems: tuple[str, ...]
    image: str = ""
    sha256: str = ""

    def __repr__(self) -> str:
        """Nothing of the picture."""
        return f"PictureChecked(problems={self.problems!r})"


class UploadShown(Progress, frozen=True, kw_only=True):
    """The city's page for the phone: its address, and until when it takes pictures (RFC 3339)."""

    link: str
    expires_at: str

    def __repr__(self) -> str:
        """Not the address: whoever has it can send."""
        return "UploadShown()"


class Uploaded(Progress, frozen=True, kw_only=True):
    """A picture from the phone: `problems` in words when it will not do, else base64 of the very JPEG that
    the city has, and its SHA-256."""

    role: str
    problems: tuple[str, ...] = ()
    image: str = ""
    sha256: str = ""

    def __repr__(self) -> str:
        """Nothing of the picture."""
        return f"Uploaded(role={self.role!r}, problems={self.problems!r})"


class UploadEnded(Outcome, frozen=True, kw_only=True):
    """No more pictures come: the phone said that this is all, the time is over, or the city was not heard."""

    how: Literal["done", "expired", "lost"]


class OptionsLoaded(Outcome, frozen=True, kw_only=True):
    """A list to choose from; `list` is its name, where it is a code list."""

    options: tuple[Option, ...]
    list: str = ""


class CardRead(Outcome, frozen=True, kw_only=True):
    """The text of an ID card: `name`, `id_number`, `card_type`, `sam_id` and the rest, as read."""

    card: Mapping[str, str]


class CardTrouble(Progress, frozen=True, kw_only=True):
    """No card could be read yet; the reader goes on asking. `words` say what to do."""

    words: str


class ScanReady(Progress, frozen=True, kw_only=True):
    """The platform's QR for the phone."""

    uri: str
    user_code: str
    typed: bool = False
    """The code has to be typed on the phone."""


class Business(msgspec.Struct, frozen=True, kw_only=True):
    """A legal person, and by which authority the citizen acts for it."""

    name: str
    code: str
    authority: Literal["legal-representative", "handler"]


class Identified(Outcome, frozen=True, kw_only=True):
    """The platform knows who it is."""

    name: str
    id_number: str
    level: Level
    method: Literal["id-card", "phone", "number-face"]
    at: str
    sam_id: str = ""
    business: Business | None = None


class LoginDenied(Outcome, frozen=True, kw_only=True):
    """The platform said no, with words for the citizen. `face`: it was the comparison that failed."""

    words: str
    face: bool = False


class Answered(Outcome, frozen=True, kw_only=True):
    """An operation's answer (parsed JSON, checked against the contract's shape by the client)."""

    data: Any


class Refused(Outcome, frozen=True, kw_only=True):
    """The city refused, with every reason at once; `offers`: other times that are free."""

    reasons: tuple[Reason, ...]
    code: str = ""
    offers: tuple[Slot, ...] = ()


TOO_LOW = "LEVEL-TOO-LOW"
"""Code of a refusal: this operation wants a higher level of identity (RFC 9470)."""


class Unreachable(Outcome, frozen=True, kw_only=True):
    """No answer could be had; `reason` is a closed word for the technician."""

    reason: str
    at: str = ""
    about: str = ""
    """The code list that could not be had."""


class Stored(Progress, frozen=True, kw_only=True):
    """The submission is written down (one fsync); from here nothing promised can be lost.

    `until` is the day (RFC 3339) up to which it is sent.
    """

    slip: str
    until: str = ""


class NotStored(Outcome, frozen=True, kw_only=True):
    """It could not be written down: nothing was promised. `words` say why."""

    words: str
    code: str


class ChildFiled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one item of a bundle. `documents`: of one that was refused, those that would mend it."""

    item: str
    case_no: str
    state: str
    reasons: tuple[str, ...] = ()
    next: str = ""
    documents: tuple[str, ...] = ()


class Accepted(Outcome, frozen=True, kw_only=True):
    """The gateway's case. `documents` may follow until the day `due`; a bundle has `children`."""

    slip: str
    case_no: str
    state: str
    next: str = ""
    working_days: int | None = None
    documents: tuple[str, ...] = ()
    due: str = ""
    children: tuple[ChildFiled, ...] = ()


class StillWaiting(Outcome, frozen=True, kw_only=True):
    """No answer within the deadline: it stays in the outbox and is delivered later."""

    slip: str


class PaymentShown(Progress, frozen=True, kw_only=True):
    """The payment exists and is written down: it may be paid now. `qr` is empty at a bank card terminal."""

    payment: str
    qr: str
    expires_at: str = ""


class PaymentEnded(Outcome, frozen=True, kw_only=True):
    """How a payment stands at the end of a watch.

    unknown: the bank has not said; never shown as failed. refunding counts as not yet refunded.
    """

    payment: str
    state: Literal["paid", "failed", "closed", "unknown", "refunding", "refunded"]
    paid_at: str = ""
    bill_no: str = ""
    bill_check_code: str = ""


class PrintEnded(Outcome, frozen=True, kw_only=True):
    """What the printer did. A certificate tells its verification code and how often it was printed.

    `count` is of a certificate of which sheets may lie there: of one that failed whole it is 0.
    """

    result: Literal["printed", "failed", "unconfirmed"]
    words: str = ""
    code: str = ""
    count: int = 0


Event = Act | Scanned | Outcome
