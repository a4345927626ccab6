"""docs/steps.md: every kind of step, its arguments, and what it does without a network."""

from __future__ import annotations

import re
from typing import get_args

import msgspec
import pytest

from flows.engine import LOGIC, STEP_KINDS
from flows.kinds import OfflineRule
from tests.docs.pages import read, rows

PAGE = read("steps.md")
WRITTEN = rows(PAGE)


def test_every_kind_is_documented_and_no_other() -> None:
    assert len(STEP_KINDS) == 35
    assert set(WRITTEN) == set(STEP_KINDS)


@pytest.mark.parametrize("kind", LOGIC, ids=STEP_KINDS)
def test_arguments_and_offline_rule_are_those_of_the_code(kind: type[msgspec.Struct]) -> None:
    meets, offline, arguments = WRITTEN[str(kind.__struct_config__.tag)]
    assert meets
    assert offline
    fields = {field.name: field.default for field in msgspec.structs.fields(kind)}
    assert re.findall(r"`(\w+)`", arguments) == list(fields)
    if "offline" in fields:
        assert f"`{fields['offline']}`" in offline


def test_the_three_offline_rules_are_explained() -> None:
    assert [rule for rule in get_args(OfflineRule) if f"`{rule}` (" not in PAGE] == []
