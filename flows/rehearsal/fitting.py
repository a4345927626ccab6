"""Answers that fit a field, by its kind and its bounds, and such as do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from zlib import crc32

from flows.checks import credit_code_ok, id_number_ok, luhn_ok, problem
from flows.fields import Field
from flows.rehearsal.script import TODAY, Script
from flows.values import NO, YES, normal, plain

_FIGURES = "0123456789"
_MONTH = 7


def fitting(field: Field, name: str, script: Script, others: Mapping[str, str]) -> str:  # noqa: PLR0912 - a kind each
    """An answer to `field`, as a citizen types it. `others`: the answers that dates are compared with.

    Of a published list it knows nothing: `code` and `option` get a word.
    """
    turn = script.below(f"value {name}", 9)
    figures = str(crc32(f"{script.seed}/{name}".encode()) + 10**10)
    low, high = max(1, field.min_length), field.max_length
    match field.kind:
        case "text" | "long-text":
            return _long_enough(f"{field.label}例{turn}", low, high)
        case "address":
            return _long_enough(f"天津市河西区某某路{turn + 1}号", low, high)
        case "digits":
            length = min(max(low, 6), high)
            return (
                _checked(figures, length) if field.check == "luhn" else _long_enough(figures, length, length)
            )
        case "ascii" | "scan" | "code" | "option":
            text = _long_enough(f"A{figures}", max(low, 6), high)
            return _checked(figures, min(max(low, 6), high)) if field.check == "luhn" else text
        case "number" | "amount":
            return _between(field, turn)
        case "id-number":
            return _id_number(figures)
        case "credit-code":
            return credit_code(figures)
        case "phone":
            return f"138{figures[:8]}"
        case "plate":
            return f"津A{figures[-5:]}"
        case "date" | "month":
            return _day(field, turn, others)
        case "year":
            return str(int(TODAY[:4]) - min(turn, field.years_back))
        case "choice":
            codes = [choice.code for choice in field.choices]
            return codes[script.below(f"value {name}", len(codes))] if codes else ""
        case "yes-no":
            return (YES, NO)[script.below(f"value {name}", 2)]
        case "records":
            return ""


def unfitting(field: Field, script: Script, name: str, others: Mapping[str, str]) -> tuple[str, ...]:
    """Answers that may be typed and must be refused, the most telling first; ``""`` where one is needed."""
    if field.kind in {"choice", "yes-no", "code", "option", "year", "records"}:
        return ()
    good = fitting(field, name, script, others)
    return tuple(
        bad
        for bad in dict.fromkeys(_candidates(field, good, others))
        if problem(field, normal(field, bad), TODAY, others)
    )


def _candidates(field: Field, good: str, others: Mapping[str, str]) -> Iterator[str]:
    if field.kind == "phone":
        yield f"12{good[2:]}"
    if field.check == "luhn" or field.kind in {"id-number", "credit-code"}:
        yield good[:-1] + _FIGURES[(_FIGURES.find(good[-1]) + 1) % 10]
    if field.minimum is not None:
        yield plain(Decimal(str(field.minimum)) - (1 if field.kind == "number" else Decimal("0.01")))
    if field.maximum is not None:
        yield plain(Decimal(str(field.maximum)) + 1)
    if field.kind in {"date", "month"}:
        earlier = others.get(field.not_before, "")
        if len(earlier) >= _MONTH:
            yield _moved(earlier, -40)[: len(good)]
        if field.span:
            yield _moved(TODAY, 40 if field.span == "past" else -40)[: len(good)]
    if field.min_length > 1:
        yield good[: field.min_length - 1]
    if field.required:
        yield ""
    if field.kind in {"text", "long-text", "address", "ascii", "scan", "digits"}:
        yield _long_enough(good, field.max_length + 1, field.max_length + 1)


def _long_enough(text: str, low: int, high: int) -> str:
    return (text * (low // len(text) + 1) if len(text) < low else text)[:high]


def _checked(figures: str, length: int) -> str:
    """`length` figures, the last of which checks the others (ISO/IEC 7812-1)."""
    body = _long_enough(f"62{figures}", length - 1, length - 1)
    return next(body + last for last in _FIGURES if luhn_ok(body + last))


def _id_number(figures: str) -> str:
    body = f"12010319600101{figures[-3:]}"
    return next(body + last for last in "0123456789X" if id_number_ok(body + last))


def credit_code(figures: str) -> str:
    """A 统一社会信用代码 that begins with our city and ends with its check, from seven figures."""
    body = f"91120103MA{figures[:7]}"
    return next(body + last for last in "0123456789ABCDEFGHJKLMNPQRTUWXY" if credit_code_ok(body + last))


def _between(field: Field, turn: int) -> str:
    value = Decimal(turn + 1) if field.kind == "number" else Decimal(f"{turn + 12}.30")
    low, high = field.minimum, field.maximum
    if low is not None:
        value = max(value, Decimal(str(low)))
    if high is not None:
        value = min(value, Decimal(str(high)))
    return plain(value)


def _day(field: Field, turn: int, others: Mapping[str, str]) -> str:
    length = _MONTH if field.kind == "month" else len(TODAY)
    days = turn + 33 if field.span == "future" else -turn - 33
    day = _moved(TODAY, days)[:length]
    earlier = others.get(field.not_before, "")[:length] if field.not_before else ""
    return max(day, earlier) if len(earlier) == length else day


def _moved(day: str, days: int) -> str:
    """`day`, ISO, or a month's first, so many days later."""
    return (date.fromisoformat(day if len(day) > _MONTH else f"{day}-01") + timedelta(days=days)).isoformat()
