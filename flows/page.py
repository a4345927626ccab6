"""What a citizen sees, as data: the engine says it, the web room draws it, `kiosk walk` reads it.

A page knows nothing of HTML. Personal values arrive here already masked where the field says so;
the clear value stands beside only where the citizen may reveal it (`shown`, `clear`).
"""

from __future__ import annotations

from typing import Literal

from flows.bodies import (
    BundleBody,
    CameraBody,
    CommitmentBody,
    DocumentsBody,
    FaceConsentBody,
    PayBody,
    PictureBody,
    RecordsBody,
    ResultPart,
    ToldBody,
    UploadBody,
)
from flows.fields import InputKind
from flows.parts import Action, Option, Part, Reason


class DocumentLine(Part, frozen=True, kw_only=True):
    """One document of a guide. `committable`: a commitment may take its place."""

    name: str
    main: bool
    deferrable: bool
    role: str = ""
    committable: bool = False


class GuidePicture(Part, frozen=True, kw_only=True):
    """A picture of a guide: the SHA-256 (hexadecimal) under which the terminal keeps it, and its size in
    pixels, so that nothing moves when it arrives."""

    digest: str
    width: int
    height: int
    title: str = ""
    captions: str = ""


class GuideView(Part, frozen=True, kw_only=True):
    """The guide 一次性告知 of one item. `sample` content is labelled 演示数据 wherever it is shown."""

    item: str
    name: str
    conditions: tuple[str, ...]
    documents: tuple[DocumentLine, ...]
    fee: str
    days: str
    office: str
    hotline: str
    legal_basis: tuple[str, ...]
    badges: tuple[str, ...]
    sample: bool
    version: str
    age: str
    """How old the content is, in words; empty when it has just been fetched."""
    commitment_text: str = ""
    defer_days: int | None = None
    """Working days within which a deferred document is to follow."""
    pictures: tuple[GuidePicture, ...] = ()
    """Beside the words, which say everything by themselves."""


class NoticeBody(Part, tag="notice", frozen=True, kw_only=True):
    """Everything that is needed; `guide` is None when it could not be had."""

    guide: GuideView | None
    why_missing: str = ""


class Purpose(Part, frozen=True, kw_only=True):
    """One use of personal data: what, and what for."""

    label: str
    purpose: str


class ConsentBody(Part, tag="consent", frozen=True, kw_only=True):
    """What is used and why; agreeing goes on, declining ends the item."""

    item_name: str
    purposes: tuple[Purpose, ...]


class Scan(Part, frozen=True, kw_only=True):
    """A phone scan in progress: the QR's content, the code to compare."""

    uri: str
    user_code: str
    typed: bool = False
    """The code has to be typed on the phone: the address does not hold it (RFC 8628, 3.3)."""


class IdentifyBody(Part, tag="identify", frozen=True, kw_only=True):
    """Card on the reader, or phone scan.

    state: `asking` (put the card down), `checking` (platform), `scan` (QR shown).
    whose: whose card is asked for.
    """

    state: Literal["asking", "checking", "scan"]
    whose: Literal["citizen", "principal"]
    scan: Scan | None = None
    message: str = ""
    card_offered: bool = True
    phone_offered: bool = True
    business: bool = False
    """The phone scan is for a legal person's handler."""


class ChoiceBody(Part, tag="choice", frozen=True, kw_only=True):
    """One question with a few answers (big buttons) or a longer, paged list.

    Posted as ``action=choose`` and ``choice=<value>``.
    """

    title: str
    hint: str
    options: tuple[Option, ...]
    chosen: str = ""
    sample: bool = False
    """The list is sample content 演示数据."""


class FindBody(Part, tag="find", frozen=True, kw_only=True):
    """A choice of which the list is too long to be gone through: keys, and a screenful of what was found.

    No step makes one: the terminal lays it over a `ChoiceBody`. Posted as that; and as the keys of the lobby,
    which all come with ``query`` (see `kiosk.views.SearchBody`), and ``sheet:<n>``.
    """

    options: tuple[Option, ...]
    count: int
    """How many were found in all."""
    sheet: int = 1
    sheets: int = 1
    chosen: str = ""
    query: str = ""
    digits: bool = False
    """Whether the keys show digits, where there is no room for both."""
    advice: tuple[str, ...] = ()
    """What to do when nothing was found."""
    sample: bool = False


class Input(Part, frozen=True, kw_only=True):
    """One question of a form. Posted under `name`.

    `source` says in words where a known value came from, `trust` how far it can be trusted.
    """

    name: str
    label: str
    kind: InputKind
    value: str = ""
    shown: str = ""
    """The value as displayed while locked or confirmed: masked where the field says so."""
    source: str = ""
    trust: str = ""
    locked: bool = False
    required: bool = True
    help: str = ""
    error: str = ""
    unit: str = ""
    max_length: int = 80
    options: tuple[Option, ...] = ()
    """What is offered: the choices; for `address` the divisions that may begin it."""


class FormBody(Part, tag="form", frozen=True, kw_only=True):
    """A page of questions; errors stand at each input and in a summary that takes the focus."""

    title: str
    inputs: tuple[Input, ...]


class Row(Part, frozen=True, kw_only=True):
    """One line of a review: `change` is the action that goes to the question, empty when it is locked.

    `source` and `trust` as of an `Input`.
    """

    label: str
    shown: str
    clear: str = ""
    source: str = ""
    trust: str = ""
    change: str = ""


class ReviewBody(Part, tag="review", frozen=True, kw_only=True):
    """Check your answers. `unchecked` lists in words what could not be checked without a network."""

    rows: tuple[Row, ...]
    unchecked: tuple[str, ...] = ()


class SignBody(Part, tag="sign", frozen=True, kw_only=True):
    """A pad for the signature; posted as ``signature`` (PNG data URL) and ``strokes`` (JSON)."""

    statement: str
    item_name: str
    error: str = ""


class WaitingBody(Part, tag="waiting", frozen=True, kw_only=True):
    """Something is under way; `what` says what is being waited for."""

    what: str
    longest: int = 0
    """Seconds after which it ends one way or the other (its deadline); 0 when that is not told."""


ColumnKind = Literal["text", "date", "month", "money", "number", "status"]


class Column(Part, frozen=True, kw_only=True):
    """One column of a table; `kind` decides alignment and figures."""

    label: str
    kind: ColumnKind = "text"


class TableBody(Part, tag="table", frozen=True, kw_only=True):
    """An answer as a table, one screenful a page (`sheet` of `sheets`, from 1)."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    as_of: str = ""
    note: str = ""
    """What must be known of it: how old it is, how much of it this is."""
    sheet: int = 1
    sheets: int = 1
    sample: bool = False
    """Further screenfuls by ``action=sheet:<n>``."""


class GuideBody(Part, tag="guide", frozen=True, kw_only=True):
    """The guide that was asked for, to read and to print."""

    guide: GuideView


ResultState = Literal[
    "accepted",
    "received",
    "stored",
    "to-confirm",
    "paid",
    "booked",
    "called-off",
    "unknown",
    "partial",
    "shown",
]


class ResultBody(Part, tag="result", frozen=True, kw_only=True):
    """What became of it.

    state: `accepted` (green), `stored` (amber: 暂存, not yet accepted), `to-confirm` (amber: 身份待确认),
    `received` (amber: the city has it and has not said that it is accepted), `paid` and `booked` (green),
    `called-off` (an appointment that is no more), `unknown` (amber: the bank has not said yet), `partial`
    (amber: some items of a bundle were not accepted), `shown` (a query or guide was brought onto paper).
    paper: what the printer did.
    """

    state: ResultState
    number: str = ""
    number_label: str = ""
    """What the number is: 办件编号, 暂存单号, 票据号码 ..."""
    parts: tuple[ResultPart, ...] = ()
    """Of a bundle: what became of each item."""
    lines: tuple[str, ...] = ()
    paper: Literal["none", "printing", "printed", "failed", "unconfirmed"] = "none"
    paper_words: str = ""


class Benefit(Part, frozen=True, kw_only=True):
    """One policy that reaches this person without applying."""

    title: str
    result: str
    reasons: tuple[str, ...] = ()


class BenefitsBody(Part, tag="benefits", frozen=True, kw_only=True):
    """Policies: what will be received, what can be applied for, or what is missing for it.

    `note` says where they come from, when that matters: e.g. without a network, not matched.
    """

    benefits: tuple[Benefit, ...]
    note: str = ""
    sample: bool = False


class RateBody(Part, tag="rate", frozen=True, kw_only=True):
    """Five levels, 5 (非常满意) to 1; posted as ``action=rate``, ``level``. Skipping is an action."""

    item_name: str
    levels: tuple[Option, ...]


class TroubleBody(Part, tag="trouble", frozen=True, kw_only=True):
    """It could not be done: every reason at once, what happens next, and a short code for the technician.

    kind `refused` is the city's answer; `unavailable` is ours (network, device).
    """

    kind: Literal["refused", "unavailable"]
    title: str
    reasons: tuple[Reason, ...]
    next: tuple[str, ...] = ()
    code: str = ""


Body = (
    FaceConsentBody
    | CameraBody
    | PictureBody
    | DocumentsBody
    | UploadBody
    | RecordsBody
    | CommitmentBody
    | ToldBody
    | PayBody
    | BundleBody
    | NoticeBody
    | ConsentBody
    | IdentifyBody
    | ChoiceBody
    | FindBody
    | FormBody
    | ReviewBody
    | SignBody
    | WaitingBody
    | TableBody
    | GuideBody
    | ResultBody
    | BenefitsBody
    | RateBody
    | TroubleBody
)


class Stage(Part, frozen=True, kw_only=True):
    """One word of the stepper (看须知 › 刷证 › …); exactly one is `now`, those before are `past`."""

    label: str
    state: Literal["past", "now", "ahead"]


class Page(Part, frozen=True, kw_only=True):
    """One page of a run. `primary` is bottom right, `back` bottom left, `others` inside the working area."""

    item: str
    item_name: str
    title: str
    body: Body
    stages: tuple[Stage, ...] = ()
    primary: Action | None = None
    back: Action | None = None
    others: tuple[Action, ...] = ()
