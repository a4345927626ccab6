"""Something valid for any question that the sheet has no answer to, by the keyboard that comes up for it.

And what is typed instead where the page says what was wrong with it.
"""

from __future__ import annotations

import re
from typing import Any

from deploy.demo.screen import Question
from deploy.sandbox.wire import today

COMPANION = ("演示同住人", "120199199001010020")
"""Name and number of somebody who lives with them: nobody's, with the right check digit (GB 11643)."""

BANK_CARD = "6200001234567890128"
"""For who has none: a number no bank gives out, with the right check digit (ISO/IEC 7812-1, annex B)."""

CREDIT_CODE = "91120199MA00000008"
"""Of a company that there is not: area 120199 is not assigned (GB 32100, check digit right)."""

PLATE = "津A12345"
_FIRST = ("起", "开始", "起始")
"""In the name of the first of two days."""

_LEAST, _MOST = re.compile(r"(?:最少|至少) ?([\d.]+)"), re.compile(r"最多 ?([\d.]+)")
_NOT_BEFORE = re.compile(r"不能早于 ?(\d{4}-\d\d(?:-\d\d)?)")


def written(value: Any, keyboard: str) -> str:
    """A value of a register as it is typed: sums, which are held in fen, in yuan."""
    if keyboard == "amount" and isinstance(value, int):
        return f"{value // 100}.{value % 100:02d}"
    return str(value)[:7] if keyboard == "month" else str(value)


def anything(question: Question) -> str:
    """Something valid; the first of two days or months lies a year before the other."""
    day = today()
    if any(word in question.label for word in _FIRST):
        day = day.replace(year=day.year - 1, day=1)
    return {
        "date": day.isoformat(),
        "month": day.isoformat()[:7],
        "amount": "100.00",
        "number": "1",
        "id-number": COMPANION[1],
        "credit-code": CREDIT_CODE,
        "plate": PLATE,
        "digits": BANK_CARD if "卡号" in question.label else "100001",
        "ascii": "YS100001",
        "scan": "YS100001",
        "long-text": "演示用的说明，没有别的意思。",
    }.get(question.keyboard, "演示内容")


def corrected(question: Question) -> str:
    """What is typed after the page has said what is wrong with what stands there."""
    wrong, stood = question.error, question.value
    least, most, earliest = _LEAST.search(wrong), _MOST.search(wrong), _NOT_BEFORE.search(wrong)
    if earliest:
        return earliest[1]
    if "今天" in wrong or "今月" in wrong:
        return today().isoformat()[: 7 if question.keyboard == "month" else 10]
    if question.keyboard in {"amount", "number"} and (least or most):
        return (least or most)[1]  # type: ignore[index]  # one of them is there
    if least:
        stood = stood or anything(question)
        return (stood * int(least[1]))[: int(least[1])]
    if most:
        return stood[: int(most[1])]
    if "只能是数字" in wrong:
        return "100001"
    return anything(question)
