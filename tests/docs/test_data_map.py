"""docs/data-map.md is what the items say: purpose, mask, time to live and source of every field."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from flows.fields import Field, Mask, Source
from tests.docs import data_map
from tests.docs.pages import read
from tests.flows.shipped import offered

PAGE = read("data-map.md")
ABOVE = PAGE.partition(data_map.BEGIN)[0]
FLOWS = offered()


def test_the_page_is_the_items_own() -> None:
    """When it is not: ``python -m tests.docs.data_map``."""
    assert ABOVE + data_map.tables() == PAGE


def test_every_mask_source_and_time_to_live_is_explained() -> None:
    keep = {field.name: field for field in msgspec.structs.fields(Field)}["keep"].type
    words = [*get_args(Mask), *get_args(Source), *get_args(keep)]
    assert len(words) >= 15
    assert [word for word in words if f"`{word}`" not in ABOVE] == []


@pytest.mark.parametrize("item", FLOWS)
def test_every_field_has_a_purpose(item: str) -> None:
    assert [name for name, field in FLOWS[item].fields.items() if not field.purpose.strip()] == []
