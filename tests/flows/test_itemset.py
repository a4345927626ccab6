"""A set of items as one file: what was packed comes out, and anything else is refused whole, with why."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.itemset import ItemSet, SetError, packed, unpacked
from flows.loader import Name, load_names
from flows.tables import Tables, load_tables
from tests.flows.items import NOTICE, item
from tests.flows.shipped import shipped

FLOWS = {flow.item: flow for flow in (item({}, NOTICE, item="test.one"), item({}, NOTICE, item="test.two"))}
NAMES = {code: Name(name=f"测试{code}", department="测试局") for code in FLOWS}
WHOLE = packed("2026-11-27", FLOWS, NAMES, Tables())


def changed(**more: Any) -> bytes:
    """The set with some of its keys others; None takes one away."""
    told = {**msgspec.json.decode(WHOLE), **more}
    return msgspec.json.encode({key: value for key, value in told.items() if value is not None})


def test_all_that_is_shipped_comes_out_as_it_went_in() -> None:
    names, tables = load_names(), load_tables()
    found = unpacked(packed("2026-11-27.2", shipped(), names, tables))
    assert found == ItemSet("2026-11-27.2", dict(shipped()), names, tables)


def _with_step(step: dict[str, Any]) -> bytes:
    told = msgspec.json.decode(WHOLE)
    told["flows"][1]["steps"].append(step)
    return msgspec.json.encode(told)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "malformed"),
        (WHOLE[:-1], "malformed"),
        (b"\xff\xfe", "malformed"),
        (b"[]", "malformed"),
        (changed(format=2), "of format 2, and this agent reads 1"),
        (changed(format=None), "of format 0"),
        (changed(version="heute"), "version"),
        (changed(flows=[]), "no item"),
        (changed(flows=[msgspec.json.decode(WHOLE)["flows"][0]] * 2), "test.one is in it twice"),
        (changed(names={}), "test.one has no official name"),
        (changed(more=1), "unknown field"),
        (_with_step({"step": "fly"}), "fly"),
        (_with_step({"step": "notice", "script": "x"}), "script"),
    ],
)
def test_what_is_no_set_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(SetError, match=why):
        unpacked(data)


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_one_changed_byte_is_a_set_or_is_refused_and_never_anything_else(at: int, byte: int) -> None:
    data = WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :]
    try:
        found = unpacked(data)
    except SetError:
        return
    assert found.flows.keys() <= found.names.keys()


def test_a_version_that_is_none_is_not_packed() -> None:
    with pytest.raises(SetError, match="version"):
        packed("morgen", FLOWS, NAMES, Tables())
