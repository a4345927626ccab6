"""Bodies of requests, as far as the city reads them; the contract may grow, unknown members are kept."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Level = Literal["none", "card", "card+face", "phone"]


class Value(msgspec.Struct, frozen=True):
    """A field's value and where it is from."""

    value: Any
    source: Literal[
        "id-card",
        "social-security-card",
        "bank-card",
        "share",
        "e-licence",
        "account",
        "previous-case",
        "typed",
        "scanned",
    ]
    trust: Literal["A", "B", "C", "D"] | None = None
    as_of: str | None = None

    def text(self) -> str:
        """As text; empty for none."""
        return "" if self.value is None else str(self.value).strip()


Fields = dict[str, Value]


class Identity(msgspec.Struct, frozen=True):
    """How the applicant was identified."""

    method: Literal["id-card", "phone", "bank-card", "number-face", "business-licence", "none"]
    level: Level
    confirmed: bool
    at: str
    sam_id: str | None = None
    card: dict[str, Any] = {}


class Signature(msgspec.Struct, frozen=True):
    """The handwriting."""

    image: str
    signed_at: str
    strokes_sha256: str | None = None


class Proxy(msgspec.Struct, frozen=True):
    """Whom the applicant acts for."""

    principal: Fields
    relation: str
    authorisation: str | None = None


class Document(msgspec.Struct, frozen=True):
    """A paper that was scanned or photographed; `content` is base64."""

    role: str
    importance: Literal["main", "secondary"]
    media_type: str
    sha256: str
    content: str | None = None
    trust: Literal["A", "B", "C", "D"] | None = None


class Commitment(msgspec.Struct, frozen=True):
    """What the applicant signed in place of a proof."""

    text_version: str
    text_sha256: str
    agreed_at: str


class Region(msgspec.Struct, frozen=True):
    """Where home is (GB/T 2260), and how the item is handled for it."""

    home: str | None = None
    mode: Literal["local", "online", "forwarded", "joint"] | None = None


class Delivery(msgspec.Struct, frozen=True):
    """How the result comes."""

    method: Literal["print", "e-licence", "courier", "pickup"] | None = None
    address: str | None = None


class Application(msgspec.Struct, frozen=True):
    """The contract's Application, the members that the city looks at."""

    item: str
    flow_version: str
    terminal: str
    channel: Literal["terminal", "stm"]
    submitted_at: str
    identity: Identity
    fields: Fields
    proxy: Proxy | None = None
    signature: Signature | None = None
    unchecked: list[str] = []
    documents: list[Document] = []
    deferred_documents: list[str] = []
    commitment: Commitment | None = None
    region: Region | None = None
    delivery: Delivery | None = None
    children: list[Application] = []


class Supplement(msgspec.Struct, frozen=True):
    """supplementCase."""

    documents: list[Document]
    fields: Fields = {}


class Asked(msgspec.Struct, frozen=True):
    """prefill: names of fields."""

    fields: list[str]


class Given(msgspec.Struct, frozen=True):
    """checkEligibility and query: values by field."""

    fields: Fields


class Principal(msgspec.Struct, frozen=True):
    """lookupProxy."""

    principal_id_number: str


class Rating(msgspec.Struct, frozen=True):
    """rate."""

    item: str
    level: Annotated[int, msgspec.Meta(ge=1, le=5)]
    terminal: str
    at: str
    case_no: str | None = None
    slip: str | None = None
    reasons: list[str] = []
    comment: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class Escalation(msgspec.Struct, frozen=True):
    """escalate."""

    kind: Literal["cannot-do", "12345", "business-environment"]
    terminal: str
    at: str
    item: str | None = None
    step: str | None = None
    error: str | None = None
    words: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    contact: str | None = None


class Phone(msgspec.Struct, frozen=True):
    """sendPhoneCode."""

    phone: str


class Code(msgspec.Struct, frozen=True):
    """verifyPhoneCode."""

    code: str


class Hold(msgspec.Struct, frozen=True):
    """holdSlot."""

    item: str
    slot: str


class Move(msgspec.Struct, frozen=True):
    """rescheduleBooking."""

    slot: str


class Pay(msgspec.Struct, frozen=True):
    """createPayment."""

    item: str
    bill: str
    fen: int
    method: Literal["qr", "pos"]


class WantedDocument(msgspec.Struct, frozen=True):
    """A document that a phone may send."""

    role: str
    name: str
    pages: int


class Upload(msgspec.Struct, frozen=True):
    """openUpload."""

    item: str
    documents: list[WantedDocument]


class Refund(msgspec.Struct, frozen=True):
    """refundPayment."""

    reason: str


class Answers(msgspec.Struct, frozen=True):
    """matchPolicies."""

    answers: dict[str, Any]


class Account(msgspec.Struct, frozen=True):
    """confirmBenefit."""

    account: Value


class Anchor(msgspec.Struct, frozen=True):
    """anchorJournal."""

    sequence: int
    hash: str
    at: str
