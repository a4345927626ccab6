"""What is personal of whoever was at the terminal, and where it stands though it should not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.canary import Canary, files
from tests.simulation.city import ground

FACTS = ("name", "id_number", "mobile", "address", "bank_card")


@cache
def needles(person: str) -> Mapping[bytes, str]:
    """Every form of what is known of a resident, and what it is called: never the value."""
    sheet = ground().people[person]
    found: dict[bytes, str] = {}
    for fact in FACTS:
        if sheet[fact]:
            found |= Canary(fact, str(sheet[fact])).needles()
    return found


def found_in(data: bytes, person: str) -> list[str]:
    """Which of it stands in `data`."""
    return [how for needle, how in needles(person).items() if needle in data]


def found_on(folder: Path, person: str) -> list[str]:
    """Where on the disk something of this citizen stands. Public content is the city's, and holds nobody."""
    return [
        f"{path.name}: {how}"
        for path in files(folder, ())
        if not path.name.startswith("content.db")
        for how in found_in(path.read_bytes(), person)
    ]
