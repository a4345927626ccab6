"""Values on their way between the citizen's form and the contract's JSON."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.fields import InputKind
from flows.held import Known
from flows.run import Run
from flows.values import (
    as_values,
    fen,
    from_wire,
    known_from,
    normal,
    records,
    shown,
    to_wire,
    write_records,
    yuan,
)
from tests.flows.items import field, item

KINDS = get_args(InputKind)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def of(kind: str) -> Any:
    more = (
        {"record": {"n": {**BASE, "kind": "number"}, "t": {**BASE, "kind": "text"}}}
        if kind == "records"
        else {}
    )
    return field(kind, **more)


BASE = {"label": "x", "purpose": "x", "mask": "none", "keep": "visit"}


@given(amount=st.integers(0, 10**12 - 1))
def test_fen_to_yuan_and_back(amount: int) -> None:
    assert fen(yuan(amount)) == amount
    assert from_wire(of("amount"), amount) == yuan(amount)


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=3))
def test_a_number_is_the_same_number_after_the_wire(number: Any) -> None:
    text = normal(of("number"), f"{number:f}")
    wire = json.loads(json.dumps(to_wire(of("number"), text)))
    assert from_wire(of("number"), wire) == text


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in {"records", "amount", "number", "yes-no"}]
)
@given(text=st.text(max_size=30))
def test_a_normal_text_is_the_same_after_the_wire(kind: str, text: str) -> None:
    typed = from_wire(of(kind), text)
    if typed:
        assert from_wire(of(kind), to_wire(of(kind), typed)) == typed


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=40))
def test_what_is_normal_stays_as_it_is(kind: str, text: str) -> None:
    once = normal(of(kind), text)
    assert normal(of(kind), once) == once


@pytest.mark.parametrize("kind", KINDS)
@given(value=JSON)
def test_whatever_the_city_sends_is_shown_or_left_to_be_typed(kind: str, value: Any) -> None:
    text = from_wire(of(kind), value)
    assert text is None or isinstance(text, str)
    known = known_from(of(kind), {"value": value, "source": "share"})
    if known is not None:
        assert json.dumps(to_wire(of(kind), known.value))


@pytest.mark.parametrize("entry", [None, [], {}, {"value": "x"}, {"value": "x", "source": []}])
def test_an_entry_that_is_none_is_left_out(entry: Any) -> None:
    assert known_from(of("text"), entry) is None


@given(st.lists(st.dictionaries(st.sampled_from("nt"), st.text(max_size=8), max_size=2), max_size=20))
def test_a_repeating_group_comes_back_as_it_was_written(entries: list[dict[str, str]]) -> None:
    assert records(write_records(entries)) == entries


@given(st.text(max_size=60))
def test_a_group_that_is_none_has_no_entries(text: str) -> None:
    assert isinstance(records(text), list)


def test_a_group_on_the_wire_holds_numbers_and_leaves_out_what_is_empty() -> None:
    text = write_records([{"n": "2.5", "t": ""}, {"n": "3", "t": "甲"}])
    assert to_wire(of("records"), text) == [{"n": 2.5}, {"n": 3, "t": "甲"}]
    assert from_wire(of("records"), [{"n": 2.5}]) == write_records([{"n": "2.5"}])


def test_an_unanswered_yes_no_is_not_sent_as_a_no() -> None:
    flow = item({"a": of("yes-no"), "b": of("yes-no")})
    run = Run(
        id="r",
        item=flow.item,
        version="1",
        values={"a": Known(value="", source="typed"), "b": Known(value="no", source="typed")},
    )
    assert as_values(flow, run, flow.fields) == {"b": {"value": False, "source": "typed", "trust": "D"}}


def test_a_condition_that_does_not_hold_keeps_a_field_from_the_wire_and_so_on_down_the_line() -> None:
    flow = item(
        {
            "a": of("yes-no"),
            "b": field("text", when={"field": "a", "values": ["yes"]}),
            "c": field("text", when={"field": "b", "values": ["甲"]}),
        }
    )
    values = {"b": Known(value="甲", source="typed"), "c": Known(value="乙", source="typed")}
    no = Run(id="r", item="x", version="1", values={"a": Known(value="no", source="typed"), **values})
    yes = Run(id="r", item="x", version="1", values={"a": Known(value="yes", source="typed"), **values})
    assert set(as_values(flow, no, flow.fields)) == {"a"}
    assert set(as_values(flow, yes, flow.fields)) == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("digits", "６２２２ 0200", "62220200"),
        ("plate", "津a·12345", "津A12345"),
        ("number", "007.50", "7.5"),
        ("number", "-0", "0"),
        ("amount", "1,234", "1234.00"),
        ("date", "2026/11/27", "2026-11-27"),
        ("month", "202611", "2026-11"),
        ("phone", "138-0000 0000", "13800000000"),
        ("text", "１２", "１２"),
    ],
)
def test_what_is_typed_is_kept_in_one_form(kind: str, typed: str, kept: str) -> None:
    assert normal(of(kind), typed) == kept


def test_a_choice_that_is_none_of_its_choices_is_not_taken_from_the_city() -> None:
    choice = field("choice", choices=[{"code": "a", "label": "甲"}])
    assert from_wire(choice, "b") is None
    assert from_wire(choice, "a") == "a"
    assert shown(choice, "a") == "甲"


def test_control_characters_of_the_city_are_not_shown() -> None:
    assert from_wire(of("text"), "甲\u202e乙\x1b") == "甲乙"
