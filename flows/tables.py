"""The tables beside the items: what life event an item belongs to, what elders see first, what people say."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import msgspec

from flows.loader import CATALOGUE


class LifeEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An item, or all of a domain (`match`), belongs to a life event (`event`)."""

    event: str
    match: str


class CommonWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people say (`common`) for an `official` word."""

    official: str
    common: str


class Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In the order in which they are written; `elders` are item codes."""

    life_events: tuple[LifeEvent, ...] = ()
    elders: tuple[str, ...] = ()
    common_words: tuple[CommonWord, ...] = ()


def load_tables(folder: Path = CATALOGUE) -> Tables:
    """From the CSV files in `folder`. Raises OSError, and msgspec.ValidationError for one of another form."""
    return Tables(
        life_events=msgspec.convert(_rows(folder / "life-events.csv"), tuple[LifeEvent, ...]),
        elders=tuple(row["item"] for row in _rows(folder / "elders.csv")),
        common_words=msgspec.convert(_rows(folder / "common-words.csv"), tuple[CommonWord, ...]),
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
