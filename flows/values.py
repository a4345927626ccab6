"""Values between the citizen's form and the contract's: text here, JSON there.

Within a run every value is text as a citizen writes and reads it: ``123.45`` yuan, ``2026-11-27``, ``yes``.
On the wire money is in fen, a number is a number, and a repeating group is a list.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from flows.applying import asked
from flows.fields import Field, InputKind, Source, Trust
from flows.held import Known
from flows.model import Flow
from flows.run import Run
from flows.words import clean

YES, NO = "yes", "no"
_AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?")
_MOST_FEN = 10**12
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,3})?")
"""Fifteen figures at most: a JSON number holds them all."""
_DATE = re.compile(r"([0-9]{4})[-/.]?([0-9]{2})[-/.]?([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})[-/.]?([0-9]{2})")
_WIDE: frozenset[InputKind] = frozenset(
    {"text", "long-text", "address", "choice", "code", "option", "records"}
)
"""Kinds whose letters are kept as they are; in all others full-width figures become plain ones."""
TEXT_LIMIT = 2000
"""Characters of one value that are ever taken from the city."""
RECORDS_LIMIT = 20
"""Entries of a repeating group that are ever read."""


def normal(field: Field, typed: str) -> str:
    """What was typed, in the one form that is kept; unchanged where it is not a value of its kind."""
    if field.kind not in _WIDE:
        typed = _plain_letters(typed).strip()
    match field.kind:
        case "digits" | "id-number" | "phone" | "credit-code" | "plate" | "year":
            return _plain_letters(re.sub(r"[\s·-]", "", typed).upper())
        case "ascii" | "scan":
            return _plain_letters(re.sub(r"\s", "", typed))
        case "amount" if _AMOUNT.fullmatch(typed.replace(",", "")):
            return f"{Decimal(typed.replace(',', '')):.2f}"
        case "number" if _NUMBER.fullmatch(typed.replace(",", "")):
            return plain(Decimal(typed.replace(",", "")))
        case "date" if found := _DATE.fullmatch(re.sub(r"\s", "", typed)):
            return "-".join(found.groups())
        case "month" if found := _MONTH.fullmatch(re.sub(r"\s", "", typed)):
            return "-".join(found.groups())
        case _:
            return typed


def _plain_letters(text: str) -> str:
    """Without full-width forms."""
    return unicodedata.normalize("NFKC", text)


def plain(number: Decimal) -> str:
    """A number as a person writes it: no exponent, no zeros that say nothing."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.removeprefix("-") if not text.strip("-0") else _without_zeros(text)


def _without_zeros(text: str) -> str:
    sign = "-" if text.startswith("-") else ""
    figures = text.removeprefix("-").lstrip("0")
    return sign + (f"0{figures}" if figures.startswith(".") else figures)


def fen(yuan: str) -> int:
    """``123.45`` → 12345. Raises ValueError where it is no amount."""
    if not _AMOUNT.fullmatch(yuan):
        raise ValueError("not an amount in yuan")
    return int(Decimal(yuan) * 100)


def yuan(amount: int) -> str:
    """12345 fen → ``123.45``."""
    whole, rest = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:02d}"


def is_number(text: str) -> bool:
    """Whether `text` is a decimal number as a person writes one."""
    return _NUMBER.fullmatch(text) is not None


def to_wire(field: Field, text: str) -> Any:
    """The contract's JSON for `text`, which has passed the checks of its field."""
    match field.kind:
        case "amount":
            return fen(text) if _AMOUNT.fullmatch(text) else text
        case "number":
            return float(text) if "." in text else int(text) if is_number(text) else text
        case "yes-no":
            return text == YES
        case "records":
            return [
                {name: to_wire(each, entry[name]) for name, each in field.record.items() if entry.get(name)}
                for entry in records(text)
            ]
        case _:
            return text


def from_wire(field: Field, value: Any) -> str | None:
    """The citizen's text for the contract's JSON; None where it is not a value of the field's kind."""
    match field.kind:
        case "yes-no":
            return (YES if value else NO) if isinstance(value, bool) else None
        case "amount":
            good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_FEN
            return yuan(value) if good else None
        case "records":
            return _records_from(field, value)
        case "number":
            return _number_from(value)
        case _:
            if isinstance(value, bool) or not isinstance(value, str | int):
                return None
            text = normal(field, clean(str(value)[:TEXT_LIMIT], lines=field.kind == "long-text"))
            known = not field.choices or any(choice.code == text for choice in field.choices)
            return text if known else None


def _number_from(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) >= 10**12:
        return None
    found = decimal_of(repr(value) if isinstance(value, float) else str(value))
    text = plain(found) if found is not None and found.is_finite() and abs(found) < 10**12 else ""
    return text if is_number(text) else None


def known_from(field: Field, entry: Any) -> Known | None:
    """The contract's `Value` as a run keeps it; None where its source, trust or value is not in our words."""
    if not isinstance(entry, Mapping):
        return None
    source: Any = entry.get("source")
    trust: Any = entry.get("trust", "D")
    if source not in get_args(Source) or trust not in get_args(Trust):
        return None
    text = from_wire(field, entry.get("value"))
    return Known(value=text, source=source, trust=trust) if text else None


def as_values(flow: Flow, run: Run, names: Iterable[str]) -> dict[str, Any]:
    """The contract's `Value` objects of the fields named, as far as they apply and were answered.

    What was left empty is left out: an unanswered yes-no is not a no.
    """
    return {
        name: {
            "value": to_wire(flow.fields[name], known.value),
            "source": known.source,
            "trust": known.trust,
        }
        for name in asked(flow, run, names)
        if (known := run.values.get(name)) is not None and known.value
    }


def records(text: str) -> list[dict[str, str]]:
    """The entries of a repeating group; none where `text` holds none."""
    try:
        found = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return []
    if not isinstance(found, list):
        return []
    return [
        {str(name): str(value) for name, value in entry.items()}
        for entry in found[:RECORDS_LIMIT]
        if isinstance(entry, dict)
    ]


def write_records(entries: Iterable[Mapping[str, str]]) -> str:
    """A repeating group as a run keeps it."""
    return json.dumps([dict(entry) for entry in entries], ensure_ascii=False)


def _records_from(field: Field, value: Any) -> str | None:
    if not isinstance(value, list):
        return None
    entries: list[dict[str, str]] = []
    for each in value[: field.max_records]:
        if not isinstance(each, Mapping):
            return None
        texts = {name: from_wire(part, each.get(name)) for name, part in field.record.items()}
        entries.append({name: text for name, text in texts.items() if text})
    return write_records(entries)


def shown(field: Field, value: str) -> str:
    """`value` in words: the label of a choice, 是 or 否, a number with its unit."""
    if field.kind == "yes-no":
        return {YES: "是", NO: "否"}.get(value, value)
    if field.kind == "amount" and value:
        return f"{value} 元"
    if field.kind == "records":
        return f"{len(records(value))} {'人' if field.unit == '人' else '项'}"
    if field.choices:
        return next((choice.label for choice in field.choices if choice.code == value), value)
    return f"{value} {field.unit}" if field.unit and value else value


def decimal_of(text: str) -> Decimal | None:
    """`text` as a number; None where it is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
