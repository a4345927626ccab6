"""Checks of what a citizen typed. Each answers with words for the citizen, or with nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from flows.fields import Field
from flows.values import NO, YES, decimal_of, fen, is_number, plain

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-HJ-NP-Z][A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]"
)
_PHONE = re.compile(r"1[3-9][0-9]{9}")
_ASCII = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z0-9()./_-]+")
"""With a letter or a figure in it: dots alone would be a way through the gateway's paths."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


def id_number_ok(number: str) -> bool:
    """GB 11643 / ISO 7064 MOD 11-2: eighteen places, the last one a check digit."""
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return number[17].upper() == _CHECK[total % 11]


def credit_code_ok(code: str) -> bool:
    """统一社会信用代码, GB 32100-2015: eighteen characters of its alphabet, the last one checks the rest."""
    if len(code) != 18 or any(letter not in _CODE_LETTERS for letter in code):
        return False
    total = sum(
        weight * _CODE_LETTERS.index(letter) for weight, letter in zip(_CODE_WEIGHTS, code, strict=False)
    )
    return _CODE_LETTERS.index(code[17]) == -total % 31


def luhn_ok(number: str) -> bool:
    """ISO/IEC 7812-1 annex B: the check digit of a bank card number."""
    if not (number.isascii() and number.isdigit()):
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def problem(field: Field, value: str, today: str, others: Mapping[str, str] | None = None) -> str:
    """What is wrong with `value` as an answer to `field`, in words; empty when it is right.

    `today` is the civil day (ISO); `others` are the answers that dates are compared with.
    """
    if not value:
        asks = "请选择" if field.kind in {"choice", "code", "option", "yes-no", "year"} else "请填写"
        return f"{asks}{field.label}" if field.required else ""
    unit = "个字" if field.kind in {"text", "long-text", "address"} else "位"
    if len(value) > field.max_length and field.kind != "records":
        return f"{field.label}最多 {field.max_length} {unit}，现在有 {len(value)} {unit[0]}"
    if len(value) < field.min_length:
        return f"{field.label}至少 {field.min_length} {unit}，现在有 {len(value)} {unit[0]}"
    return _KINDS[field.kind](field, value, today) or _other(field, value, others or {})


def _other(field: Field, value: str, others: Mapping[str, str]) -> str:
    if field.check == "luhn" and not luhn_ok(value):
        return f"{field.label}有一位不对，请对照卡面再核对一遍"
    earlier = others.get(field.not_before, "") if field.not_before else ""
    if earlier and value < earlier[: len(value)]:
        return f"{field.label}不能早于 {earlier}"
    return ""


def _digits(field: Field, value: str, today: str) -> str:
    return "" if value.isascii() and value.isdigit() else f"{field.label}只能是数字"


def _year(field: Field, value: str, today: str) -> str:
    wrong = _digits(field, value, today)
    if wrong:
        return wrong
    year = int(today[:4]) if today[:4].isdigit() else 0
    if len(value) != 4 or not year - field.years_back <= int(value) <= year:
        return f"{field.label}请选 {year - field.years_back} 至 {year} 年"
    return ""


def _number(field: Field, value: str, today: str) -> str:
    if not is_number(value):
        return f"{field.label}只能是数字"
    return _bounds(field, value, field.unit)


def _amount(field: Field, value: str, today: str) -> str:
    try:
        fen(value)
    except ValueError:
        return f"{field.label}请填金额，例如 100 或 99.50"
    return _bounds(field, value, "元")


def _bounds(field: Field, value: str, unit: str) -> str:
    number = decimal_of(value)
    assert number is not None  # noqa: S101 - the caller has looked
    if field.minimum is not None and number < Decimal(str(field.minimum)):
        return f"{field.label}最少 {plain(Decimal(str(field.minimum)))} {unit}".rstrip()
    if field.maximum is not None and number > Decimal(str(field.maximum)):
        return f"{field.label}最多 {plain(Decimal(str(field.maximum)))} {unit}".rstrip()
    return ""


def _date(field: Field, value: str, today: str) -> str:
    month = field.kind == "month"
    if not (_MONTH if month else _DAY).fullmatch(value):
        return f"{field.label}请按 {'202601' if month else '20260105'} 这样填写"
    try:
        date.fromisoformat(f"{value}-01" if month else value)
    except ValueError:
        return f"没有这一{'月' if month else '天'}，请按 {'202601' if month else '20260105'} 这样填写"
    now = today[: len(value)]
    if field.span == "past" and now and value > now:
        return f"{field.label}不能晚于今{'月' if month else '天'}"
    if field.span == "future" and now and value < now:
        return f"{field.label}不能早于今{'月' if month else '天'}"
    return ""


def _choice(field: Field, value: str, today: str) -> str:
    known = {choice.code for choice in field.choices}
    return "" if value in known else f"请在列出的选项中选择{field.label}"


def _yes_no(field: Field, value: str, today: str) -> str:
    return "" if value in {YES, NO} else f"请选择{field.label}"


def _id_number(field: Field, value: str, today: str) -> str:
    return "" if id_number_ok(value) else f"{field.label}的最后一位对不上，请再核对一遍"


def _credit_code(field: Field, value: str, today: str) -> str:
    return "" if credit_code_ok(value) else f"{field.label}有一位不对，请对照营业执照再核对一遍"


def _phone(field: Field, value: str, today: str) -> str:
    return "" if _PHONE.fullmatch(value) else f"{field.label}请填 11 位手机号码"


def _plate(field: Field, value: str, today: str) -> str:
    return "" if _PLATE.fullmatch(value) else f"{field.label}请按车牌填写，例如 津A12345"


def _letters(field: Field, value: str, today: str) -> str:
    return "" if _ASCII.fullmatch(value) else f"{field.label}只能是字母和数字"


def _anything(field: Field, value: str, today: str) -> str:
    return ""


_KINDS: dict[str, Callable[[Field, str, str], str]] = {
    "text": _anything,
    "long-text": _anything,
    "ascii": _letters,
    "digits": _digits,
    "number": _number,
    "amount": _amount,
    "id-number": _id_number,
    "credit-code": _credit_code,
    "phone": _phone,
    "plate": _plate,
    "address": _anything,
    "date": _date,
    "month": _date,
    "year": _year,
    "choice": _choice,
    "yes-no": _yes_no,
    "code": _anything,
    "option": _anything,
    "scan": _letters,
    "records": _anything,
}
