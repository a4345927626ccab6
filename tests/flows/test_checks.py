"""What a citizen typed, judged in words."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.checks import credit_code_ok, problem
from flows.fields import InputKind
from tests.flows.items import field

TODAY = "2026-11-27"
KINDS = get_args(InputKind)
HARD = (
    st.text(max_size=40)
    | st.text(alphabet="0123456789X.-W", max_size=30)
    | st.from_regex(r"\d{4}-\d{2}-\d{2}")
)


@pytest.mark.parametrize("kind", KINDS)
@given(text=HARD, today=st.sampled_from(["", TODAY, "no day"]), other=HARD)
def test_no_text_makes_a_check_raise(kind: str, text: str, today: str, other: str) -> None:
    hard: dict[str, Any] = {
        "minimum": 1,
        "maximum": 5,
        "span": "past",
        "not_before": "other",
        "check": "luhn",
        "years_back": 5,
    }
    for more in ({}, hard):
        assert isinstance(problem(field(kind, **more), text, today, {"other": other}), str)


@pytest.mark.parametrize(
    ("kind", "value", "more", "right"),
    [
        ("date", "2026-W48-5", {}, False),
        ("date", "2026-02-29", {}, False),
        ("date", "2026-11-28", {"span": "past"}, False),
        ("date", TODAY, {"span": "past"}, True),
        ("date", "2026-11-26", {"span": "future"}, False),
        ("month", "2026-13", {}, False),
        ("month", "2026-11", {"span": "past"}, True),
        ("year", "2020", {"years_back": 5}, False),
        ("year", "2021", {"years_back": 5}, True),
        ("number", "0.5", {"minimum": 1}, False),
        ("number", "1e3", {}, False),
        ("amount", "10.5", {"maximum": 10}, False),
        ("amount", "ten", {}, False),
        ("plate", "津A12345", {}, True),
        ("plate", "津AD12345", {}, True),
        ("plate", "津I12345", {}, False),
        ("phone", "23800000000", {}, False),
        ("scan", "..", {}, False),
        ("scan", "TJ-1", {}, True),
        ("yes-no", "perhaps", {}, False),
        ("id-number", "120103194001010025", {}, True),
        ("id-number", "120103194001010026", {}, False),
        ("text", "甲", {"min_length": 2}, False),
        ("digits", "6222020000000000001", {"check": "luhn"}, False),
        ("ascii", "AB12", {"check": "luhn"}, False),
    ],
)
def test_judged(kind: str, value: str, more: dict[str, Any], right: bool) -> None:
    assert (problem(field(kind, **more), value, TODAY) == "") is right


def test_an_end_before_its_beginning_is_told_with_the_beginning() -> None:
    end = field("date", not_before="start")
    assert "2026-12-02" in problem(end, "2026-12-01", TODAY, {"start": "2026-12-02"})
    assert problem(end, "2026-12-02", TODAY, {"start": "2026-12-02"}) == ""
    assert problem(end, "2026-12-01", TODAY, {}) == ""


def test_a_bound_is_told_as_a_person_writes_it() -> None:
    assert "1000000 元" in problem(field("amount", maximum=1000000), "1000001", TODAY)


def test_what_is_not_required_may_stay_empty() -> None:
    assert problem(field("text", required=False), "", TODAY) == ""
    assert problem(field("text"), "", TODAY)


@given(st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
def test_of_all_last_characters_one_is_right(code: str) -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    assert sum(credit_code_ok(code + last) for last in alphabet) == 1
