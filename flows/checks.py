"""Checks of what a citizen typed. Each answers with words for the citizen, or with nothing."""

from __future__ import annotations

from flows.model import Field

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


def id_number_ok(number: str) -> bool:
    """GB 11643 / ISO 7064 MOD 11-2: eighteen places, the last one a check digit."""
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return number[17].upper() == _CHECK[total % 11]


def luhn_ok(number: str) -> bool:
    """ISO/IEC 7812-1 annex B: the check digit of a bank card number."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def problem(field: Field, value: str, year: int) -> str:
    """What is wrong with `value` as an answer to `field`, in words; empty when it is right."""
    if not value:
        verb = "选择" if field.kind in {"choice", "year"} else "填写"
        return f"请{verb}{field.label}" if field.required else ""
    found = ""
    unit = "个字" if field.kind == "text" else "位"
    if len(value) > field.max_length:
        found = f"{field.label}最多 {field.max_length} {unit}，现在有 {len(value)} {unit[0]}"
    elif len(value) < field.min_length:
        found = f"{field.label}至少 {field.min_length} {unit}，现在有 {len(value)} {unit[0]}"
    elif field.kind == "choice" and value not in {choice.code for choice in field.choices}:
        found = f"请在列出的选项中选择{field.label}"
    elif field.kind == "id-number" and not id_number_ok(value):
        found = f"{field.label}的最后一位对不上，请再核对一遍"
    elif field.kind in {"digits", "year"} and not (value.isascii() and value.isdigit()):
        found = f"{field.label}只能是数字"
    elif field.check == "luhn" and not luhn_ok(value):
        found = f"{field.label}有一位不对，请对照卡面再核对一遍"
    elif field.kind == "year" and not year - field.years_back <= int(value) <= year:
        found = f"{field.label}请选 {year - field.years_back} 至 {year} 年"
    return found
