"""Each promise of the README names tests, and they are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.docs.pages import README, ROOT

TEXT = README.read_text(encoding="utf-8")
SECTION = TEXT.partition("## Promises")[2].partition("\n## ")[0]
PROMISES = {
    cells[1].strip(): re.findall(r"`(tests/[^`]+)`", cells[2])
    for line in SECTION.splitlines()
    if len(cells := line.split("|")) == 4 and "---" not in line and cells[1].strip() != "promise"
}


def names(path: Path) -> set[str]:
    """The tests of a file, as pytest names them, without parameters."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for group in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        found |= {f"{group.name}::{node.name}" for node in group.body if isinstance(node, ast.FunctionDef)}
    return {name for name in found if name.rpartition("::")[2].startswith("test_")}


def test_there_are_promises() -> None:
    assert len(PROMISES) >= 15


@pytest.mark.parametrize("promise", PROMISES)
def test_the_tests_of_a_promise_exist(promise: str) -> None:
    assert PROMISES[promise], "a promise without a test"
    for named in PROMISES[promise]:
        file, _, test = named.partition("::")
        assert (ROOT / file).exists(), named
        assert test in names(ROOT / file), named
