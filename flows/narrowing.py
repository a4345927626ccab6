"""What is left of a department's published list when a citizen's answers are held against its entries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from flows.fields import Field
from flows.parts import Published
from flows.values import from_wire

DIVISIONS = "divisions"
_OF_DIVISIONS = (DIVISIONS, "division_code")
"""How the lists of divisions are called."""
_TEXTS = frozenset({"text", "long-text", "address"})
_BETWEEN = re.compile(r"[\s,，.。、;；:：/()（）]+")
_LEVELS = re.compile(r"[^省市区县镇乡\s]+[省市区县镇乡]?")
"""The parts of an address, from the largest: written without a blank between them."""


def narrowed(entries: Iterable[Published], by: Mapping[str, tuple[Field, str]]) -> tuple[Published, ...]:
    """The entries that fit every answer of `by` (the field, and the text that answered it), in their order.

    An entry fits where it has no value for the field, or the answer among its values. A division fits what
    lies in it, and what it lies in. What was written in words fits where each word occurs in the entry.
    """
    return tuple(
        entry for entry in entries if all(_fits(entry, name, *answer) for name, answer in by.items())
    )


def values_of(entry: Published, name: str) -> list[Any]:
    """What the entry has for `name`: none, one, or several values of the wire."""
    found = entry.fields.get(name)
    if found is None or found == "":
        return []
    return found if isinstance(found, list) else [found]


def _fits(entry: Published, name: str, field: Field, answer: str) -> bool:
    if not answer:
        return True
    own = values_of(entry, name)
    if field.kind in _TEXTS:
        told = _plain("\n".join([entry.label, entry.detail, *(str(each) for each in own)]))
        return all(word in told for word in words(field, answer))
    if not own:
        return True
    theirs = [from_wire(field, each) for each in own]
    if field.kind == "code" and (field.codes or name).endswith(_OF_DIVISIONS):
        return any(each is not None and _same_place(each, answer) for each in theirs)
    return answer in theirs


def words(field: Field, answer: str) -> list[str]:
    """The words of an answer that are looked for.

    Of an address not the province or city, of which the whole list is, nor the house: lists name streets.
    """
    if field.kind != "address":
        return [word for word in _BETWEEN.split(_plain(answer)) if word]
    street = re.split(r"\d", _plain(answer), maxsplit=1)[0]
    parts = [part for piece in _BETWEEN.split(street) for part in _LEVELS.findall(piece)]
    return [part for part in parts if not part.endswith(("省", "市"))]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _same_place(one: str, other: str) -> bool:
    """Whether one division lies in the other, or is it (GB/T 2260: each two digits a level)."""
    a, b = _stem(one), _stem(other)
    return a.startswith(b) or b.startswith(a)


def _stem(code: str) -> str:
    while code.endswith("00"):
        code = code[:-2]
    return code
