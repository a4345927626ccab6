"""What items share, as YAML trees: the patterns, and the dictionary of fields.

`flows/patterns/` holds one file a pattern, and in ``defaults.yaml`` what a kind of step has unless somebody
says otherwise; `flows/dictionary/` the fields that items ask, each with what does not differ between items.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PATTERNS = HERE / "patterns"
DICTIONARY = HERE / "dictionary"
DEFAULTS = "defaults"
"""Not a pattern: the keys of each kind of step."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a YAML file; `line`, from 1, is where it begins."""

    file: str
    node: Any
    line: int


@dataclass(frozen=True, slots=True)
class Shared:
    """By name. `defaults` is by kind of step."""

    patterns: Mapping[str, Place]
    fields: Mapping[str, Place]
    defaults: Mapping[str, Any]


def line_of(mapping: Any, key: object) -> int:
    """The line, from 1, of a key."""
    return int(mapping.lc.key(key)[0]) + 1


def line_at(sequence: Any, number: int) -> int:
    """The line, from 1, of an entry."""
    return int(sequence.lc.item(number)[0]) + 1


@lru_cache(maxsize=4)
def load(patterns: Path = PATTERNS, dictionary: Path = DICTIONARY) -> Shared:
    """The files of both folders. Raises FlowError for one that is not YAML, ValueError for a field that
    stands in the dictionary twice."""
    from flows.source import tree_of  # noqa: PLC0415 - which needs what is loaded here

    trees = {path: tree_of(path.read_text(encoding="utf-8"), str(path)) for path in files(patterns)}
    fields: dict[str, Place] = {}
    for path in files(dictionary):
        tree = tree_of(path.read_text(encoding="utf-8"), str(path))
        for name, node in tree.items():
            if name in fields:
                raise ValueError(f"{path}: `{name}` stands in {fields[name].file} already")
            fields[str(name)] = Place(str(path), node, line_of(tree, name))
    return Shared(
        {path.stem: Place(str(path), tree, 1) for path, tree in trees.items() if path.stem != DEFAULTS},
        fields,
        next((tree for path, tree in trees.items() if path.stem == DEFAULTS), {}),
    )


def files(folder: Path) -> list[Path]:
    """In a fixed order."""
    return sorted(folder.glob("*.yaml"))


@lru_cache(maxsize=4)
def digest(patterns: Path = PATTERNS, dictionary: Path = DICTIONARY) -> bytes:
    """SHA-256 over all of it: an item is what it was only while this is, too."""
    said = hashlib.sha256()
    for path in (*files(patterns), *files(dictionary)):
        said.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return said.digest()
