"""docs/events.md: every event of the journal with its fields, and no other."""

from __future__ import annotations

import re
from typing import get_args

import msgspec

from offline_cache.events import Event
from tests.docs.pages import read, rows

WRITTEN = rows(read("events.md"))


def test_every_event_is_documented_with_its_fields() -> None:
    declared = {
        str(kind.__struct_config__.tag): [field.name for field in msgspec.structs.fields(kind)]
        for kind in get_args(Event)
    }
    assert len(declared) >= 15
    assert {name: re.findall(r"`(\w+)`", cells[0]) for name, cells in WRITTEN.items()} == declared


def test_every_event_says_when() -> None:
    assert [name for name, cells in WRITTEN.items() if len(cells[1]) < 10] == []
