"""What is personal of whoever was at the terminal, and where it stands though it should not."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from functools import cache

from tests.canary import Canary, files
from tests.simulation.city import ground
from tests.simulation.disk import Disk

_ZEROS = re.compile(rb"\x00{64,}")
"""Room that is kept and pages that were never written: no needle has so many zeros in a row."""

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
    data = _ZEROS.sub(b"\x00" * 64, data)
    return [how for needle, how in needles(person).items() if needle in data]


def found_on(disk: Disk, person: str) -> list[str]:
    """Where on the disk something of this citizen stands. Public content is the city's, and holds nobody."""
    lying = {path.name: path.read_bytes() for path in files(disk.folder) if "content.db" not in path.name}
    lying |= {name: gzip.decompress(data) for name, data in disk.parts.files.items()}
    return [f"{name}: {how}" for name, data in lying.items() for how in found_in(data, person)]
