"""The kinds of step, as data. What each does is in ``flows/steps/``; docs/steps.md tells it to people.

An `operation` is an `operationId` of the gateway's contract, never a URL.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from flows.fields import Base, Choice, FieldName, Label, Text, When

OfflineRule = Literal["typed", "flag", "block"]
Paper = Literal["receipt", "record", "guide", "certificate"]
ItemCode = Annotated[str, Meta(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$", max_length=64)]
Role = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]


class Notice(Base, tag_field="step", tag="notice", frozen=True, kw_only=True):
    """一次性告知: everything that is needed, before anything is asked."""


class Consent(Base, tag_field="step", tag="consent", frozen=True, kw_only=True):
    """Consent to the use of the fields' data; the purposes are listed from the fields themselves."""

    authorises: str = ""
    """A query at a third party that this consent also authorises, in words for the citizen."""


class Identify(Base, tag_field="step", tag="identify", frozen=True, kw_only=True):
    """The citizen shows who they are: ID card at the reader, or phone scan. The level is the item's.

    `card+face` is reached by card and a face comparison (with a consent of its own) or by phone scan.
    """

    who: Literal["citizen", "business", "either"] = "citizen"
    """`business`: a legal person by phone scan, with the handler's authority; `either`: both are offered."""
    optional: bool = False
    """May be passed over: nothing that only a login gives is needed."""
    without_card: bool = False
    """Number and face at the platform are offered to whoever has no card."""


class Proxy(Base, tag_field="step", tag="proxy", frozen=True, kw_only=True):
    """亲友代办: for oneself or for somebody else; then the other person's card and the relation."""

    operation: str
    relations: Annotated[tuple[Choice, ...], Meta(min_length=1)]
    offline: OfflineRule = "flag"


class Region(Base, tag_field="step", tag="region", frozen=True, kw_only=True):
    """跨省通办: the home division, then which of the modes applies, as the city says."""

    operation: str
    field: FieldName
    """The field of kind `code` that holds the home division."""
    title: Label
    offline: Literal["flag", "block"] = "block"
    """`flag`: without a network the division is chosen, and how it is done is left to the city."""


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


class Options(Base, tag_field="step", tag="options", frozen=True, kw_only=True):
    """Choose one entry of a department's list: a flat, a bill, a child. What comes with it is filled in."""

    operation: str
    field: FieldName
    title: Label
    by: FieldName | None = None
    """The field whose value narrows the list, e.g. the account whose bills are due."""
    none: Text
    """What to say and do when the list is empty."""
    empty: Literal["refuse", "skip"] = "refuse"
    """`skip`: an empty list is passed over, and so is paying what nothing is due of; `none` stands in the
    review."""
    offline: Literal["typed", "block"] = "block"
    """`typed`: without a network the field is asked in the form instead, and flagged `options`."""


class Shown(Base, frozen=True, kw_only=True):
    """A column of a published list: which value of an entry's own, and what the citizen reads above it."""

    field: FieldName
    label: Label
    kind: Literal["text", "date", "month", "money", "number"] = "text"


class Browse(Base, tag_field="step", tag="browse", frozen=True, kw_only=True):
    """A list that a department publishes (kept in the offline cache), narrowed by what was answered: a table.

    `field` is the list's name in the contract's path, not a field of the item.
    """

    operation: Literal["getOptions"]
    field: FieldName
    title: Label
    by: tuple[FieldName, ...] = ()
    """The answers that narrow it."""
    columns: Annotated[tuple[Shown, ...], Meta(max_length=3)] = ()
    """What the entries have to show beside label and detail."""
    none: Text
    """What to say and do when nothing is left."""


class Form(Base, tag_field="step", tag="form", frozen=True, kw_only=True):
    """One page of questions, at most seven. Left out when none of them is to be asked."""

    title: Label
    fields: Annotated[tuple[FieldName, ...], Meta(min_length=1, max_length=7)]


class Records(Base, tag_field="step", tag="records", frozen=True, kw_only=True):
    """A repeating group: a list of entries, each added, changed and removed on pages of its own."""

    title: Label
    field: FieldName


class PhoneCode(Base, tag_field="step", tag="phone-code", frozen=True, kw_only=True):
    """A code sent to the mobile number, typed in. Not asked when the number comes from the account."""

    field: FieldName
    offline: Literal["flag", "block"] = "flag"


class Document(Base, frozen=True, kw_only=True):
    """One document to bring: photographed page by page, or brought later where it may be deferred."""

    role: Role
    name: Label
    importance: Literal["main", "secondary"]
    deferrable: bool = False
    pages: Annotated[int, Meta(ge=1, le=9)] = 3
    """At most so many pages."""
    needed: bool = True
    when: When | None = None
    """It is asked for only after this answer."""


class Documents(Base, tag_field="step", tag="documents", frozen=True, kw_only=True):
    """Documents are photographed; 容缺: a secondary one may follow later."""

    title: Label
    documents: Annotated[tuple[Document, ...], Meta(min_length=1, max_length=8)]


class Photo(Base, tag_field="step", tag="photo", frozen=True, kw_only=True):
    """A portrait, with retakes. Kept out of the fields: it goes as a document of the role `photo`."""

    title: Label


class Commitment(Base, tag_field="step", tag="commitment", frozen=True, kw_only=True):
    """告知承诺: proof or commitment, as the citizen chooses; the text is the guide's, read to its end.

    The operation is asked whether this person may commit; whoever may not is told why and brings proof.
    """

    operation: str
    field: FieldName
    """The field of kind `choice` that holds `commitment` or `proof`."""
    replaces: Annotated[tuple[Role, ...], Meta(min_length=1)]
    """The documents that are not asked for when the citizen commits."""
    offline: Literal["flag", "block"] = "flag"


class Review(Base, tag_field="step", tag="review", frozen=True, kw_only=True):
    """Check your answers, with a way to change each."""


class Sign(Base, tag_field="step", tag="sign", frozen=True, kw_only=True):
    """A handwritten signature under a statement."""

    statement: Text


class Submit(Base, tag_field="step", tag="submit", frozen=True, kw_only=True):
    """Sealed, written down, then sent: a case number, or a slip that says 暂存."""

    operation: str
    about: Literal["cannot-do", "12345", "business-environment"] = "cannot-do"
    """Of a report (`escalate`): who is to answer it."""


class Book(Base, tag_field="step", tag="book", frozen=True, kw_only=True):
    """Choose a place and a time; it is held for the citizen, and confirmed after the review.

    Leaving the item, or the end of the visit, gives the hold back.
    """

    place: FieldName
    date: FieldName
    title: Label
    offline: Literal["block"] = "block"


class ConfirmBooking(Base, tag_field="step", tag="confirm-booking", frozen=True, kw_only=True):
    """The held slot becomes an appointment; afterwards it can still be moved."""


class Pay(Base, tag_field="step", tag="pay", frozen=True, kw_only=True):
    """Pay a bill by QR, or by bank card at an external terminal. Never double, never silently lost."""

    bill: FieldName
    amount: FieldName
    methods: Annotated[tuple[Literal["qr", "pos"], ...], Meta(min_length=1)] = ("qr",)
    offline: Literal["block"] = "block"


class Query(Base, tag_field="step", tag="query", frozen=True, kw_only=True):
    """Ask the department; the answer is a table."""

    operation: str
    fields: tuple[FieldName, ...] = ()
    offline: Literal["block"] = "block"


class Guide(Base, tag_field="step", tag="guide", frozen=True, kw_only=True):
    """Fetch the guide of the item that `field` names, from the network or the offline cache."""

    operation: str
    field: FieldName


class Lookup(Base, tag_field="step", tag="lookup", frozen=True, kw_only=True):
    """Ask by a number that the citizen holds (slip, ticket, printed certificate); the answer is a table."""

    operation: Literal["getSlip", "getTicket", "verifyCertificate"]
    field: FieldName
    offline: Literal["block"] = "block"


class Match(Base, tag_field="step", tag="match", frozen=True, kw_only=True):
    """Answers in, policies out, with reasons. Without a network: the published policies, unmatched."""

    operation: str
    fields: Annotated[tuple[FieldName, ...], Meta(min_length=1)]


class Display(Base, tag_field="step", tag="display", frozen=True, kw_only=True):
    """Show what was asked for; long tables page."""

    title: Label


class ChooseBenefit(Base, tag_field="step", tag="choose-benefit", frozen=True, kw_only=True):
    """免申即享: what this person receives without applying; those that lack an account can be chosen."""

    operation: str
    field: FieldName
    title: Label


class ConfirmBenefit(Base, tag_field="step", tag="confirm-benefit", frozen=True, kw_only=True):
    """The account for a benefit is confirmed: a case."""

    operation: str
    benefit: FieldName
    account: FieldName


class ChooseCase(Base, tag_field="step", tag="choose-case", frozen=True, kw_only=True):
    """One of the citizen's own cases that something is still missing for; without a network it is typed."""

    operation: str
    field: FieldName
    title: Label


class Child(Base, frozen=True, kw_only=True):
    """One item of a bundle: what it takes of the bundle's fields, and what must be filed before it."""

    item: ItemCode
    name: Label
    fields: Annotated[tuple[FieldName, ...], Meta(min_length=1)]
    documents: tuple[Role, ...] = ()
    after: tuple[ItemCode, ...] = ()
    needed: bool = True
    """Always part of the bundle; else the citizen says whether it is wanted."""


class Bundle(Base, tag_field="step", tag="bundle", frozen=True, kw_only=True):
    """一件事: which items are filed together, in which order; asked once, filed as one application."""

    title: Label
    children: Annotated[tuple[Child, ...], Meta(min_length=2)]


class Draft(Base, tag_field="step", tag="draft", frozen=True, kw_only=True):
    """A draft begun on the phone, by its code: the item it is for goes on with what was filled in."""

    operation: str
    field: FieldName


class Print(Base, tag_field="step", tag="print", frozen=True, kw_only=True):
    """Bring it onto paper; an unconfirmed print is never repeated by itself."""

    paper: Paper


class Benefits(Base, tag_field="step", tag="benefits", frozen=True, kw_only=True):
    """免申即享: what this person receives without applying. Left out when there is no network."""

    operation: str


class Rate(Base, tag_field="step", tag="rate", frozen=True, kw_only=True):
    """好差评: five levels, may be skipped."""

    operation: str
    case: FieldName | None = None
    """The field that names the case, where it is rated afterwards and nothing is filed in this run."""
    comment: FieldName | None = None
    """The field that says more, for such a rating."""


Step = (
    Notice
    | Consent
    | Identify
    | Proxy
    | Region
    | Prefill
    | Eligibility
    | Select
    | Options
    | Browse
    | Form
    | Records
    | PhoneCode
    | Documents
    | Photo
    | Commitment
    | Review
    | Sign
    | Submit
    | Book
    | ConfirmBooking
    | Pay
    | Query
    | Guide
    | Lookup
    | Match
    | Display
    | ChooseBenefit
    | ConfirmBenefit
    | ChooseCase
    | Bundle
    | Draft
    | Print
    | Benefits
    | Rate
)


def set_by(step: Step) -> tuple[FieldName, ...]:
    """The fields that the citizen sets at `step`: those that a review offers to change there."""
    match step:
        case Form():
            return step.fields
        case (
            Select()
            | Options()
            | Records()
            | Region()
            | Commitment()
            | ChooseBenefit()
            | ChooseCase()
            | Draft()
        ):
            return (step.field,)
        case Book():
            return (step.place, step.date)
        case _:
            return ()
