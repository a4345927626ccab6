"""docs/patterns.md tells of every pattern what its file says, and every pattern is used."""

from __future__ import annotations

import re

import pytest

from flows import shared
from tests.docs.pages import read, rows
from tests.flows.shipped import shipped

PATTERNS = shared.load().patterns
PAGE = read("patterns.md")


def test_every_pattern_is_on_the_page_and_no_other() -> None:
    assert set(rows(PAGE)) == set(PATTERNS)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_its_row_is_what_its_file_says(name: str) -> None:
    node = PATTERNS[name].node
    title, about, listed = rows(PAGE)[name]
    assert (title, about) == (node["title"], " ".join(str(node["about"]).split()))
    written = [part.strip() for part in listed.split("·")]
    parts = [(str(each.get("part", each["step"])), bool(each.get("extra"))) for each in node["steps"]]
    assert written == [f"*{part}*" if extra else part for part, extra in parts]


def test_every_pattern_is_used() -> None:
    assert {flow.pattern for flow in shipped().values()} >= set(PATTERNS)


def test_the_words_that_stand_for_lists_are_told() -> None:
    told = read("adding-an-item.md")
    assert all(re.search(rf"`{word}`", told) for word in ("prefilled", "known", "asked", "all"))
