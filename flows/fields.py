"""What an item asks: typed, immutable fields, as read from its YAML file."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

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
BROUGHT: frozenset[Source] = frozenset({"share", "e-licence", "account", "previous-case"})
"""What the city may know of somebody, and is asked for."""
CITIZEN = ("person_name", "resident_id_number")
COMPANY = ("enterprise_name", "unified_social_credit_code", "handler_name")
WHO = frozenset((*CITIZEN, *COMPANY))
"""The fields that say who stands there: a login binds them, and nothing else answers them."""
Trust = Literal["A", "B", "C", "D"]
Mask = Literal["none", "name", "id-number", "card", "address", "phone"]
InputKind = Literal[
    "text",
    "long-text",
    "ascii",
    "digits",
    "number",
    "amount",
    "id-number",
    "credit-code",
    "phone",
    "plate",
    "address",
    "date",
    "month",
    "year",
    "choice",
    "yes-no",
    "code",
    "option",
    "scan",
    "records",
]
"""How a field is asked.

text: Chinese with the pinyin keyboard. long-text: several lines. ascii: letters, digits, hyphens.
digits: figures only. number: a decimal. amount: yuan with two decimals (on the wire: fen).
id-number: GB 11643. credit-code: 统一社会信用代码, GB 32100. phone: a mobile number. plate: 号牌, GA 36.
address: text that may begin with a division of the city's list. date, month, year: civil.
choice: from the item itself. code: from a published code list. option: only by a step `options`.
scan: read from a barcode, or typed from it. records: a repeating group, by a step `records`.
"""


class Base(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Every part of a flow is immutable, and refuses keys it does not know."""


class Choice(Base, frozen=True, kw_only=True):
    """One answer of a `choice` field: its code, and what the citizen reads."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    label: Label


class When(Base, frozen=True, kw_only=True):
    """A field is asked only when another one, asked on an earlier page, has one of these values."""

    field: FieldName
    values: Annotated[tuple[str, ...], Meta(min_length=1)]


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
    when: When | None = None
    help: str = ""
    unit: str = ""
    """What a number counts, e.g. ``千伏安``; shown behind it."""
    min_length: Annotated[int, Meta(ge=0)] = 0
    max_length: Annotated[int, Meta(ge=1, le=500)] = 80
    minimum: float | None = None
    """For `number` (in its unit) and `amount` (in yuan)."""
    maximum: float | None = None
    span: Literal["", "past", "future"] = ""
    """For `date` and `month`: not after, or not before, today."""
    not_before: Annotated[str, Meta(max_length=40)] = ""
    """For `date` and `month`: the field that it must not precede."""
    check: Literal["", "luhn"] = ""
    choices: tuple[Choice, ...] = ()
    codes: Annotated[str, Meta(max_length=64)] = ""
    """For `code`: the published list; empty: the list is called as the field."""
    years_back: Annotated[int, Meta(ge=0, le=120)] = 0
    """For `year`: how many years before the present one are offered."""
    record: dict[FieldName, Field] = {}
    """For `records`: the fields of one entry."""
    max_records: Annotated[int, Meta(ge=1, le=20)] = 8
