"""What may stand in an item's entry of the sandbox (docs/sandbox-items.md), and what is wrong with one.

For `python -m deploy.offer`: what is misspelt there would otherwise never be missed, for an item without a
rule or a list is an item too.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec

Where = dict[str, str]


class _Part(msgspec.Struct, forbid_unknown_fields=True):
    pass


class _Register(_Part):
    """Rows of a register."""

    register: str
    where: Where = {}


class _Query(_Register):
    columns: list[str] = []
    title: str = ""


class _Shut(_Register, kw_only=True):
    told: tuple[str, str, str]


class _Eligible(_Part):
    age_from: int = 0
    age_to: int = 150
    local: bool | None = None
    has: _Register | list[_Register] = []
    lacks: _Shut | list[_Shut] = []


class _Options(_Part):
    register: str = ""
    where: Where = {}
    id: str = ""
    label: str = ""
    detail: str = ""
    brings: Where = {}


class _Prefill(_Part):
    register: str = ""
    where: Where = {}
    column: str = ""


class _Bill(_Part):
    kind: str = ""
    fee: str = ""
    sums: list[int] = []
    told: str = ""
    brings: Where = {}


class _Booking(_Part):
    hours: list[int]
    capacity: int
    serves: str = ""
    places: list[str] = []


class _Document(_Part):
    role: str
    name: str
    importance: Literal["main", "secondary"]
    deferrable: bool = False
    commitment_instead: bool = False
    for_children: bool = False
    counts_as: list[str] = []
    when: dict[str, list[str]] = {}
    known_by: str = ""


class Entry(_Part):
    """An entry of data/items."""

    code: str
    name: str
    department: str
    level: Literal["none", "card", "card+face", "phone"]
    conditions: Annotated[list[str], msgspec.Meta(min_length=1, max_length=4)]
    documents: list[_Document]
    badges: list[str]
    defer_working_days: int | None = None
    commitment_text: str = ""
    query: _Query | None = None
    options: dict[str, _Options] = {}
    prefill: dict[str, _Prefill] = {}
    bill: _Bill | None = None
    booking: _Booking | None = None
    eligible: _Eligible | None = None
    open: str = ""
    pictures: list[tuple[str, str, str]] = []
    closed: str = ""

    def registers(self) -> Iterator[str]:
        """All that it names."""
        told = self.eligible or _Eligible()
        has = told.has if isinstance(told.has, list) else [told.has]
        lacks = told.lacks if isinstance(told.lacks, list) else [told.lacks]
        for each in (self.query, *self.options.values(), *self.prefill.values(), *has, *lacks):
            if each is not None and each.register:
                yield each.register
        yield from (each.known_by for each in self.documents if each.known_by)


def mistakes(whole: Mapping[str, Any]) -> list[str]:
    """What is wrong with the entries of `whole` (what `deploy.offer` compiles), a line each."""
    return [line for told in whole["items"] for line in _wrong(told, whole)]


def _wrong(told: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[str]:
    code = told.get("code", "an entry without a code")
    try:
        entry = msgspec.convert(told, Entry)
    except msgspec.ValidationError as error:
        yield f"{code}: {error}"
        return
    if entry.eligible and entry.open:
        yield f"{code}: `open` says that nobody is refused, `eligible` who is"
    for name in entry.registers():
        yield from _unknown(f"{code}: register", name, whole["registers"])
    for field in entry.options:
        yield from _unknown(f"{code}: list under options", field, whole["options"])
    for field, how in entry.prefill.items():
        if not (how.register and how.column):  # it changes what lists.yaml says of the field
            yield from _unknown(
                f"{code}: field under prefill", field, {**whole["prefill"], **whole["options"]}
            )


def _unknown(what: str, name: str, known: Iterable[str]) -> Iterator[str]:
    if name not in known:
        near = difflib.get_close_matches(name, list(known), 1)
        yield f"{what} {name!r} is not known{f', did you mean {near[0]!r}?' if near else ''}"
