"""The city's catalogue as the tests hold the sandbox against it: 373 items, 213 fields (copied from it)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
LEVELS = {
    "none": "none",
    "id-card": "card",
    "id-card+face": "card+face",
    "qr-login": "phone",
    "bank-card": "card+face",
}
"""The catalogue's identity level, and docs/decisions/0004-levels.md's."""

WITHOUT_A_SEAL = {"social-insurance.rights-record", "finance.e-bill-check"}
"""The catalogue prints a sealed A4; the items print a plain record (their remarks say why)."""


@dataclass(frozen=True)
class Item:
    """A row of catalogue.csv with its steps."""

    code: str
    kind: str
    audience: str
    level: str
    fields: tuple[str, ...]
    steps: tuple[str, ...]


def _rows(name: str) -> list[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


ITEMS = {
    row["code"]: Item(
        row["code"],
        row["kind"],
        row["audience"],
        LEVELS[row["identity_level"]],
        tuple(row["fields"].split(";")),
        tuple(row["steps"].split(";")),
    )
    for row in _rows("catalogue.csv")
}
FIELDS = {row["field"]: (row["input_type"], row["autofill_from"]) for row in _rows("catalogue_fields.csv")}
"""By field: input type, and where it can be filled from."""
LISTS = {name for name, (kind, _) in FIELDS.items() if kind == "list-pick"}
CODES = {name for name, (kind, _) in FIELDS.items() if kind == "select-code"}


def items(*, step: str = "", kind: str = "") -> list[Item]:
    """Those that have a step, or are of a kind."""
    return [
        one for one in ITEMS.values() if (not step or step in one.steps) and (not kind or one.kind == kind)
    ]
