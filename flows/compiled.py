"""The items of a folder as one JSON file beside them, which is read some forty times sooner than their YAML.

Each stands with the SHA-256 of the YAML that it was made of (its own, the patterns and the dictionary), and
is taken only while those files are the same: who edits an item needs no extra step, and pays for the one
that was edited. What stands there is the data of the whole item and not the model's, so a model that has
changed judges it anew. `python -m deploy.items` writes the file; a test holds it to the YAML.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from flows import shared
from flows.model import Flow

FILE = "compiled.json"


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """One item: the digest of its YAML, in hex, and the data in it."""

    sha256: str
    flow: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Shipped:
    """What was compiled of the folder `root`, by the path of the YAML below it."""

    root: Path
    entries: dict[str, Entry]

    @classmethod
    def of(cls, root: Path) -> Shipped:
        """What lies in `root`. Nothing where nothing readable does: the YAML has it all."""
        try:
            entries = msgspec.json.decode((root / FILE).read_bytes(), type=dict[str, Entry])
        except (OSError, msgspec.MsgspecError):
            entries = {}
        return cls(root, entries)

    def flow(self, path: Path) -> Flow | None:
        """The flow whose YAML is at `path`; None when the YAML is to be read.

        That is so for one that was not compiled, or has changed since; and for one that is refused, because
        only its YAML can say in which line.
        """
        entry = self.entries.get(path.relative_to(self.root).as_posix())
        if entry is None or entry.sha256 != _digest(path.read_bytes()):
            return None
        try:
            return msgspec.json.decode(entry.flow, type=Flow)
        except msgspec.MsgspecError:
            return None


def _digest(source: bytes) -> str:
    return hashlib.sha256(shared.digest() + source).hexdigest()


def text(root: Path, found: dict[Path, Any]) -> str:
    """What is to stand in `FILE` of `root`: the plain data by the path of its YAML."""
    entries = {
        path.relative_to(root).as_posix(): {"sha256": _digest(path.read_bytes()), "flow": plain}
        for path, plain in found.items()
    }
    return msgspec.json.format(msgspec.json.encode(entries), indent=1).decode() + "\n"
