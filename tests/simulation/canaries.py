"""What is personal of whoever was at the terminal, and where it stands though it should not."""

from __future__ import annotations

from pathlib import Path

from tests.simulation.citizen import Record
from tests.system.citizen import traces


def personal(record: Record) -> list[str]:
    """What must be nowhere in clear."""
    sheet = record.part.sheet
    words = (str(sheet[name] or "") for name in ("name", "id_number", "mobile", "address", "bank_card"))
    return [word for word in words if len(word) > 1]


def found_on(folder: Path, record: Record) -> list[str]:
    """Where on the disk something of this citizen stands. Public content is the city's, and holds nobody."""
    return [
        f"{path.name}: {trace}"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("content.db")
        for trace in traces(path.read_bytes(), personal(record))
    ]
