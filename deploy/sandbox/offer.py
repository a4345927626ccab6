"""What the city offers, as data: items, registers, lists, code lists; read from one JSON file.

`python -m deploy.offer` makes it of data/*.yaml; a test holds one to the other. YAML would cost seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from .people import DATA

FILE = DATA / "offer.json"


@cache
def offer() -> Mapping[str, Any]:
    """All of it: `catalogue` (the head), `items` in the catalogue's order, `registers`, `options`, `prefill`,
    `codes`. Not to be changed."""
    loaded: Mapping[str, Any] = json.loads(FILE.read_bytes())
    return loaded


@cache
def _entries() -> Mapping[str, Mapping[str, Any]]:
    return {entry["code"]: entry for entry in offer()["items"]}


def entry(code: str) -> Mapping[str, Any]:
    """An item as its file in data/items says it. Raises KeyError."""
    return _entries()[code]
