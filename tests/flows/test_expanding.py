"""An item with a pattern says only what is its own, and a mistake is told where it was written."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import kinds
from flows.fields import Base
from flows.finding import Finding, FlowError
from flows.shared import Place, Shared
from flows.source import Source, read, tree_of

PATTERN = """\
pattern: plain
title: 申请
about: for tests
kind: apply
fields: [person_name]
steps:
  - step: notice
  - step: consent
  - step: identify
  - {step: prefill, fields: prefilled}
  - {part: chosen, step: options, extra: true}
  - {step: eligibility, fields: known}
  - {part: pages, step: form, title: 填写信息, fields: asked}
  - step: review
  - step: sign
  - step: submit
  - {step: print, paper: receipt}
  - step: rate
"""
DEFAULTS = """\
prefill: {operation: prefill}
eligibility: {operation: checkEligibility}
options: {operation: getOptions}
sign: {statement: 真实有效}
submit: {operation: submitApplication}
rate: {operation: rate}
"""
DICTIONARY = """\
person_name: {label: 姓名, kind: text, purpose: 核对, mask: name, keep: visit, locked: true}
home: {label: 住址, kind: text, purpose: 联系, mask: address, keep: visit, prefill: [share]}
note: {label: 说明, kind: text, purpose: 说明情况, mask: none, keep: submission}
flat: {label: 房屋, kind: option, purpose: 哪套房, mask: none, keep: submission}
"""
ITEM = """\
item: civil.made-up
version: "1"
name: 试验事项
short: 试验
summary: 只为测试
department: 市民政局
pattern: plain
audience: citizen
channels: [terminal]
identity: card+face
offline: queue
fields:
  home:
  note: {purpose: 为什么申请}
"""
FILE = "civil/made-up.yaml"


def shared() -> Shared:
    entries = tree_of(DICTIONARY, "dictionary.yaml")
    fields = {
        str(name): Place("dictionary.yaml", node, entries.lc.key(name)[0] + 1)
        for name, node in entries.items()
    }
    patterns = {"plain": Place("plain.yaml", tree_of(PATTERN, "plain.yaml"), 1)}
    return Shared(patterns, fields, tree_of(DEFAULTS, "defaults.yaml"))


def item(text: str = ITEM) -> Source:
    return read(text, FILE, shared())


def refusal(text: str) -> Finding:
    with pytest.raises(FlowError) as caught:
        item(text)
    [finding] = caught.value.findings
    return finding


def tags(source: Source) -> list[str]:
    return [str(step.__struct_config__.tag) for step in source.flow.steps]


def test_steps_are_the_patterns_and_fields_the_dictionarys() -> None:
    flow = item().flow
    assert " ".join(tags(item())) == (
        "notice consent identify prefill eligibility form review sign submit print rate"
    )
    assert (flow.pattern, flow.kind) == ("plain", "apply")
    assert list(flow.fields) == ["person_name", "home", "note"]
    assert flow.fields["home"].label == "住址"
    assert flow.fields["note"].purpose == "为什么申请"  # the item's own over the dictionary's
    assert flow.fields["note"].kind == "text"


def test_words_stand_for_lists_of_the_items_own_fields() -> None:
    steps = {type(step): step for step in item().flow.steps}
    prefill, eligibility = steps[kinds.Prefill], steps[kinds.Eligibility]
    assert isinstance(prefill, kinds.Prefill)
    assert isinstance(eligibility, kinds.Eligibility)
    assert prefill.fields == ("home",)
    assert eligibility.fields == ("person_name", "home")
    form = steps[kinds.Form]
    assert isinstance(form, kinds.Form)
    assert form.fields == ("person_name", "home", "note")


def test_a_prefilling_of_nothing_is_left_out() -> None:
    assert "prefill" not in tags(item(ITEM.replace("  home:\n", "")))


def test_a_part_that_may_be_there_is_there_when_the_item_has_it() -> None:
    source = item(
        ITEM.replace("  home:\n", "  home:\n  flat:\n")
        + "parts:\n  chosen: {field: flat, title: 哪套房？, none: 没有查到}\n"
    )
    assert tags(source)[4] == "options"
    form = source.flow.steps[6]
    assert isinstance(form, kinds.Form)
    assert "flat" not in form.fields  # it is chosen, not typed


def test_a_part_can_stand_several_times_and_be_another_kind_of_step() -> None:
    source = item(
        ITEM
        + "parts:\n  pages:\n    - {title: 第一页, fields: [home]}\n"
        + "    - {step: options, field: note, title: 选, none: 没有}\n    - {title: 第二页}\n"
    )
    first, options, second = source.flow.steps[5:8]
    assert isinstance(first, kinds.Form)
    assert first.fields == ("home",)
    assert isinstance(options, kinds.Options)
    assert options.operation == "getOptions"
    assert isinstance(second, kinds.Form)
    assert second.fields == ("person_name",)  # what nobody else asks


def test_a_part_can_be_left_out() -> None:
    assert "eligibility" not in tags(item(ITEM + "parts: {eligibility: false}\n"))


def test_the_devices_are_those_that_the_steps_need() -> None:
    assert item().flow.needs == ("id_card", "receipt_printer", "camera")
    assert item(ITEM.replace("card+face", "card")).flow.needs == ("id_card", "receipt_printer")
    assert item(ITEM + "needs: [payment_terminal]\n").flow.needs == ("payment_terminal",)


@pytest.mark.parametrize(
    ("text", "code", "line", "remedy"),
    [
        (ITEM.replace("pattern: plain", "pattern: plane"), "F006", 7, "did you mean `plain`?"),
        (ITEM + "steps: []\n", "F007", 15, "say `parts`, or do without the pattern"),
        (ITEM + "parts:\n  page: {}\n", "F007", 16, "did you mean `pages`?"),
        (ITEM + "parts:\n  pages: twice\n", "F007", 16, "write keys of the step, or `false`"),
        (ITEM + "parts:\n  pages:\n    - {}\n    - no\n", "F007", 18, "write keys of the step, or `false`"),
        (ITEM.replace("  home:", "  hom:"), "F008", 13, "did you mean `home`?"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_a_guess(text: str, code: str, line: int, remedy: str) -> None:
    found = refusal(text)
    assert (found.file, found.code, found.line, found.remedy) == (FILE, code, line, remedy)


def test_a_wrong_key_in_a_part_is_in_the_items_line_and_one_of_the_pattern_in_the_patterns() -> None:
    own = refusal(ITEM + "parts:\n  sign:\n    statment: 真实\n")
    assert (own.file, own.line, own.code) == (FILE, 17, "F003")
    wrong = shared()
    tree = tree_of(PATTERN.replace("paper: receipt", "paper: recipe"), "plain.yaml")
    with pytest.raises(FlowError) as caught:
        read(ITEM, FILE, Shared({"plain": Place("plain.yaml", tree, 1)}, wrong.fields, wrong.defaults))
    assert [(found.file, found.line) for found in caught.value.findings] == [("plain.yaml", 17)]


def test_a_wrong_key_of_a_field_is_in_its_line() -> None:
    found = refusal(ITEM.replace("{purpose: 为什么申请}", "{\n      purpose: 为什么,\n      lable: 说明}"))
    assert (found.code, found.line, found.remedy) == ("F003", 16, "did you mean `label`?")


def test_where_says_in_which_file_a_step_and_a_field_stand() -> None:
    source = item(ITEM + "parts:\n  pages:\n    title: 写\n")
    assert source.where(("steps", 5, "title")) == (FILE, 17)
    assert source.where(("steps", 5)) == (FILE, 16)
    assert source.where(("steps", 0)) == ("plain.yaml", 7)
    assert source.where(("fields", "home")) == (FILE, 13)
    assert source.where(("fields", "home", "mask")) == ("dictionary.yaml", 2)
    assert source.where(("version",)) == (FILE, 2)


PARTS = re.findall(r"(?:step|part): ([a-z]+)", PATTERN)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(PARTS), VALUES, max_size=3))
def test_whatever_stands_under_parts_is_taken_or_refused_with_a_line(parts: dict[str, Any]) -> None:
    # JSON is YAML, and no text of it surprises the parser.
    text = ITEM + "parts: " + json.dumps(parts, ensure_ascii=True) + "\n"
    try:
        source = item(text)
    except FlowError as error:
        for found in error.findings:
            assert 1 <= found.line <= text.count("\n") + 1
            assert found.code in {"F001", "F002", "F003", "F004", "F007"}
    else:
        assert all(isinstance(step, Base) for step in source.flow.steps)
