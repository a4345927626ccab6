"""What an item is: typed, immutable, as read from one YAML file under ``flows/catalogue/``.

Nothing here runs. The words are those of ``docs/decisions/0001-words.md`` and the catalogue; the
operations are `operationId`s of the gateway's contract, never URLs.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

ItemCode = Annotated[str, Meta(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$", max_length=64)]
FieldName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Label = Annotated[str, Meta(min_length=1, max_length=40)]
Text = Annotated[str, Meta(min_length=1, max_length=300)]

Level = Literal["none", "card", "card+face", "phone"]
Source = Literal[
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
Trust = Literal["A", "B", "C", "D"]
Policy = Literal["unavailable", "queue", "cached"]
OfflineRule = Literal["typed", "flag", "block"]
Mask = Literal["none", "name", "id-number", "card", "address"]
DeviceName = Literal["id_card", "receipt_printer"]
InputKind = Literal["text", "digits", "id-number", "year", "choice"]
Paper = Literal["receipt", "record", "guide"]


class Base(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Every part of a flow is immutable, and refuses keys it does not know."""


class Choice(Base, frozen=True, kw_only=True):
    """One answer of a `choice` field: its code, and what the citizen reads."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    label: Label


class Field(Base, frozen=True, kw_only=True):
    """One thing that is asked or known: what it is for, how it is masked, and how long it is kept."""

    label: Label
    kind: InputKind
    purpose: Text
    """Why it is needed, in words for the citizen (shown on the consent page)."""
    mask: Mask
    keep: Literal["visit", "submission"]
    """`visit`: may be offered to the next item of this visit; `submission`: gone when this item ends."""
    prefill: tuple[Source, ...] = ()
    locked: bool = False
    """Taken from a card or the platform and never typed over."""
    required: bool = True
    help: str = ""
    min_length: Annotated[int, Meta(ge=0)] = 0
    max_length: Annotated[int, Meta(ge=1, le=500)] = 80
    check: Literal["", "luhn"] = ""
    choices: tuple[Choice, ...] = ()
    years_back: Annotated[int, Meta(ge=0, le=120)] = 0
    """For `year`: how many years before the present one are offered."""


class Notice(Base, tag_field="step", tag="notice", frozen=True, kw_only=True):
    """一次性告知: everything that is needed, before anything is asked."""


class Consent(Base, tag_field="step", tag="consent", frozen=True, kw_only=True):
    """Consent to the use of the fields' data; the purposes are listed from the fields themselves."""


class Identify(Base, tag_field="step", tag="identify", frozen=True, kw_only=True):
    """The citizen shows who they are: ID card at the reader, or phone scan. The level is the item's."""


class Proxy(Base, tag_field="step", tag="proxy", frozen=True, kw_only=True):
    """亲友代办: for oneself or for somebody else; then the other person's card and the relation."""

    operation: str
    relations: Annotated[tuple[Choice, ...], Meta(min_length=1)]
    offline: OfflineRule = "flag"


class Prefill(Base, tag_field="step", tag="prefill", frozen=True, kw_only=True):
    """Fields that the city already knows arrive filled and are only confirmed."""

    operation: str
    fields: Annotated[tuple[FieldName, ...], Meta(min_length=1)]
    offline: OfflineRule = "typed"


class Eligibility(Base, tag_field="step", tag="eligibility", frozen=True, kw_only=True):
    """Early verdict, every reason at once, and where to go instead."""

    operation: str
    fields: Annotated[tuple[FieldName, ...], Meta(min_length=1)]
    offline: OfflineRule = "flag"


class Select(Base, tag_field="step", tag="select", frozen=True, kw_only=True):
    """Choose one entry of a list that the city publishes (kept in the offline cache)."""

    operation: str
    field: FieldName
    title: Label


class Form(Base, tag_field="step", tag="form", frozen=True, kw_only=True):
    """One page of questions, at most seven."""

    title: Label
    fields: Annotated[tuple[FieldName, ...], Meta(min_length=1, max_length=7)]


class Review(Base, tag_field="step", tag="review", frozen=True, kw_only=True):
    """Check your answers, with a way to change each."""


class Sign(Base, tag_field="step", tag="sign", frozen=True, kw_only=True):
    """A handwritten signature under a statement."""

    statement: Text


class Submit(Base, tag_field="step", tag="submit", frozen=True, kw_only=True):
    """Sealed, written down, then sent: a case number, or a slip that says 暂存."""

    operation: str


class Query(Base, tag_field="step", tag="query", frozen=True, kw_only=True):
    """Ask the department; the answer is a table."""

    operation: str
    fields: tuple[FieldName, ...] = ()
    offline: Literal["block"] = "block"


class Guide(Base, tag_field="step", tag="guide", frozen=True, kw_only=True):
    """Fetch the guide of the item that `field` names, from the network or the offline cache."""

    operation: str
    field: FieldName


class Display(Base, tag_field="step", tag="display", frozen=True, kw_only=True):
    """Show what was asked for; long tables page."""

    title: Label


class Print(Base, tag_field="step", tag="print", frozen=True, kw_only=True):
    """Bring it onto paper; an unconfirmed print is never repeated by itself."""

    paper: Paper


class Benefits(Base, tag_field="step", tag="benefits", frozen=True, kw_only=True):
    """免申即享: what this person receives without applying. Left out when there is no network."""

    operation: str


class Rate(Base, tag_field="step", tag="rate", frozen=True, kw_only=True):
    """好差评: five levels, may be skipped."""

    operation: str


Step = (
    Notice
    | Consent
    | Identify
    | Proxy
    | Prefill
    | Eligibility
    | Select
    | Form
    | Review
    | Sign
    | Submit
    | Query
    | Guide
    | Display
    | Print
    | Benefits
    | Rate
)


class Flow(Base, frozen=True, kw_only=True):
    """One item 事项, complete."""

    item: ItemCode
    version: Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)*$")]
    name: Label
    """Official name, as in the catalogue and on the receipt."""
    short: Annotated[str, Meta(min_length=2, max_length=12)]
    """For a tile."""
    summary: Annotated[str, Meta(min_length=2, max_length=60)]
    department: Label
    kind: Literal[
        "apply",
        "query",
        "print-certificate",
        "declare",
        "report-status",
        "one-thing",
        "book",
        "pay",
        "policy-match",
    ]
    audience: Literal["citizen", "business", "both"]
    channels: Annotated[tuple[Literal["terminal", "stm"], ...], Meta(min_length=1)]
    identity: Level
    offline: Policy
    needs: tuple[DeviceName, ...]
    badges: tuple[str, ...] = ()
    remarks: str = ""
    """For colleagues: where and why this file differs from the catalogue."""
    fields: dict[FieldName, Field]
    steps: Annotated[tuple[Step, ...], Meta(min_length=1)]

    @property
    def domain(self) -> str:
        """First part of the code, e.g. ``civil``."""
        return self.item.partition(".")[0]
