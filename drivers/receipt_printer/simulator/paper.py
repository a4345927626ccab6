"""The roll: rows of dots, cut into pieces, each saved as a picture and as what was read on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

HEAD_TO_CUTTER = 96
"""Rows between the print head and the cutter (12 mm): blank at the top of every piece."""


@dataclass
class Piece:
    """A piece of paper that came out."""

    image: Image.Image
    report: dict[str, Any]


@dataclass
class Roll:
    """Paper of `width` dots; rows are bytes, most significant bit left, 1 is black."""

    width: int
    rows_left: int | None = None  # None: it does not end
    moved: int = 0  # rows since `take_moved`
    history: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    _rows: list[bytes] = field(default_factory=list)
    _items: list[dict[str, Any]] = field(default_factory=list)
    _commands: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A fresh roll hangs out of the cutter by nothing."""
        self._blank = bytes(self.width // 8)
        self._rows = [self._blank] * HEAD_TO_CUTTER

    @property
    def here(self) -> int:
        """The row under the head, counted from the cut."""
        return len(self._rows)

    def row(self, dots: bytes) -> None:
        """Print one row and move on. Without paper nothing happens."""
        if self.rows_left is not None:
            if self.rows_left <= 0:
                return
            self.rows_left -= 1
        self._rows.append(dots)
        self.moved += 1

    def feed(self, rows: int) -> None:
        """Move by blank rows."""
        for _ in range(rows):
            self.row(self._blank)

    def take_moved(self) -> int:
        """Rows moved since the last call."""
        moved, self.moved = self.moved, 0
        return moved

    def note(self, item: dict[str, Any]) -> None:
        """Remember what was printed; `item` has `kind`, `top` and `rows`."""
        self._items.append(item)

    def command(self, name: str) -> None:
        """Remember a command seen."""
        self._commands.append(name)

    def cut(self, how: str) -> Piece:
        """Cut at the cutter; what is between it and the head stays on the roll."""
        at = max(1, len(self._rows) - HEAD_TO_CUTTER)
        rows, self._rows = self._rows[:at], self._rows[at:]
        items = [item for item in self._items if item["top"] < at]
        self._items = [{**item, "top": item["top"] - at} for item in self._items if item["top"] >= at]
        commands, self._commands = self._commands, []
        data = b"".join(rows)
        ink = Image.frombytes("1", (self.width, len(rows)), data)
        report = {
            "width": self.width,
            "height": len(rows),
            "cut": how,
            "blank": not any(data),
            "lines": [item["text"] for item in items if item["kind"] == "text"],
            "qr": [item["payload"] for item in items if item["kind"] == "qr"],
            "garbled": [code for item in items for code in item.get("garbled", ())],
            "overflows": sum(item.get("overflow", False) for item in items),
            "items": items,
            "commands": commands,
        }
        piece = Piece(_on_white(ink), report)
        self.pieces.append(piece)
        self.history.append(f"{how} after {len(rows)} rows")
        return piece


def _on_white(ink: Image.Image) -> Image.Image:
    page = Image.new("L", ink.size, 255)
    page.paste(0, (0, 0), ink)
    return page


def save(piece: Piece, folder: Path, number: int) -> Path:
    """Write ``receipt-NNNN.json`` and then ``.png``, each renamed into place: who sees one sees all of it."""
    name = f"receipt-{number:04d}"
    draft = folder / f".{name}.tmp"
    draft.write_text(json.dumps(piece.report, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.rename(folder / f"{name}.json")
    # 203 dots an inch, so that a viewer shows it at its size
    piece.image.save(draft, format="PNG", dpi=(203, 203))
    return draft.rename(folder / f"{name}.png")
