"""The A4 sheets that came out: documents as the printer's simulator left them, newest first."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"document-(\d{4,})\.json")
SHOWN = 8
"""Documents that are shown; older ones stay in the folder."""


@dataclass(frozen=True, slots=True)
class Document:
    """One job: its number, how many sheets, whether that is all of it, and pictures of them (file names)."""

    number: int
    sheets: int
    whole: bool
    pictures: tuple[str, ...]


class Pages:
    """Looks into the simulator's folder ``document-NNNN.json``; the report is written last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[Document]:
        """What came out, newest first."""
        found = sorted(self._folder.glob("document-*.json"), reverse=True)
        return [_read(path) for path in found[:SHOWN] if NAME.fullmatch(path.name)]

    def file(self, name: str) -> Path | None:
        """The PDF or a picture by its name; None for what did not come out of this printer."""
        known = {f"document-{each.number:04d}.pdf" for each in self.all()}
        known |= {picture for each in self.all() for picture in each.pictures}
        return self._folder / name if name in known else None


def _read(path: Path) -> Document:
    report = json.loads(path.read_text(encoding="utf-8"))
    match = NAME.fullmatch(path.name)
    assert match is not None  # noqa: S101 - the caller has looked
    return Document(int(match[1]), report["pages"], report["whole"], tuple(report["pictures"]))
