"""Values between the citizen's form and the contract's: text here, JSON there; and which fields apply.

Within a run every value is text as a citizen writes and reads it: ``123.45`` yuan, ``2026-11-27``, ``yes``.
On the wire money is in fen, a number is a number, and a repeating group is a list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from flows.fields import Field, Source, Trust
from flows.held import Known
from flows.model import Flow

YES, NO = "yes", "no"
_AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_MONTH = re.compile(r"(\d{4})-?(\d{2})")
RECORDS_LIMIT = 20
"""Entries of a repeating group that are ever read."""


def applies(field: Field, values: Mapping[str, Known]) -> bool:
    """Whether a field is asked at all: its condition, where it has one, holds."""
    if field.when is None:
        return True
    known = values.get(field.when.field)
    return known is not None and known.value in field.when.values


def asked(flow: Flow, values: Mapping[str, Known], names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that apply."""
    return tuple(name for name in names if applies(flow.fields[name], values))


def normal(field: Field, typed: str) -> str:
    """What was typed, in the one form that is kept; unchanged where it is not a value of its kind."""
    match field.kind:
        case "digits" | "id-number" | "phone" | "credit-code" | "plate":
            return re.sub(r"[\s·-]", "", typed).upper()
        case "ascii" | "scan":
            return re.sub(r"\s", "", typed)
        case "amount" if _AMOUNT.fullmatch(typed.replace(",", "")):
            return f"{Decimal(typed.replace(',', '')):.2f}"
        case "date" if found := _DATE.fullmatch(re.sub(r"\s", "", typed)):
            return "-".join(found.groups())
        case "month" if found := _MONTH.fullmatch(re.sub(r"\s", "", typed)):
            return "-".join(found.groups())
        case _:
            return typed


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
                {name: to_wire(each, entry.get(name, "")) for name, each in field.record.items()}
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
            return yuan(value) if isinstance(value, int) and not isinstance(value, bool) else None
        case "records":
            return _records_from(field, value)
        case _:
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                return None
            return normal(field, str(value))


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


def as_values(flow: Flow, values: Mapping[str, Known], names: Iterable[str]) -> dict[str, Any]:
    """The contract's `Value` objects of the fields named, as far as they are known and apply."""
    return {
        name: {
            "value": to_wire(flow.fields[name], known.value),
            "source": known.source,
            "trust": known.trust,
        }
        for name in asked(flow, values, names)
        if (known := values.get(name)) is not None
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
        return f"{len(records(value))} 人" if field.unit == "人" else f"{len(records(value))} 项"
    if field.choices:
        return next((choice.label for choice in field.choices if choice.code == value), value)
    return f"{value} {field.unit}" if field.unit and value else value


def decimal_of(text: str) -> Decimal | None:
    """`text` as a number; None where it is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
