"""Valid answers to questions that nobody foresaw, and what is typed where one was wrong."""

from __future__ import annotations

import pytest

from deploy.demo.screen import Question
from deploy.walk.filling import CREDIT_CODE, anything, corrected
from flows import checks
from flows.fields import Field, InputKind

TODAY = "2026-11-27"
TYPED: tuple[InputKind, ...] = (
    "text", "long-text", "ascii", "digits", "number", "amount", "id-number", "credit-code", "plate", "scan",
)  # fmt: skip


def question(keyboard: str, **more: str) -> Question:
    return Question("x", more.pop("label", "某项"), more.pop("value", ""), "text", keyboard=keyboard, **more)  # type: ignore[arg-type]  # words only


@pytest.mark.parametrize("kind", TYPED)
def test_what_is_typed_is_right_by_the_agents_own_checks(kind: InputKind) -> None:
    field = Field(label="某项", kind=kind, purpose="试", mask="none", keep="visit")
    assert checks.problem(field, anything(question(kind)), TODAY) == ""


def test_a_period_begins_before_it_ends() -> None:
    for keyboard in ("date", "month"):
        first, last = (anything(question(keyboard, label=label)) for label in ("起始日期", "终止日期"))
        assert first < last


def test_the_credit_code_is_no_companys() -> None:
    assert CREDIT_CODE[2:8] == "120199"


@pytest.mark.parametrize(
    ("keyboard", "value", "error", "instead"),
    [
        ("amount", "100.00", "金额最多 50 元", "50"),
        ("number", "1", "面积最少 3.5 平方米", "3.5"),
        ("digits", "100001", "号码至少 8 位，现在有 6 位", "10000110"),
        ("text", "演示内容", "称呼最多 2 个字，现在有 4 个", "演示"),
        ("date", "2025-01-01", "结束日期不能早于 2026-03-01", "2026-03-01"),
        ("scan", "YS100001", "编号只能是数字", "100001"),
    ],
)
def test_what_the_page_says_is_wrong_is_put_right(
    keyboard: str, value: str, error: str, instead: str
) -> None:
    assert corrected(question(keyboard, value=value, error=error)) == instead
