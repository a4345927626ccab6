"""Mutants: items each with one mistake that an author can make, drawn by a seed.

A mistake is made in the item's own file (`own`), or in what it comes to with pattern and dictionary
(`whole`): there an author of an item without a pattern makes it.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flows import source
from flows.expanding import plain
from flows.loader import CATALOGUE, sources
from flows.source import Source
from tests.flows.mistakes import KINDS, Tree


@dataclass(frozen=True)
class Original:
    """An item of the catalogue, as it stands in its file and whole."""

    path: Path
    read: Source

    @cached_property
    def own(self) -> Tree:
        """The file's data."""
        tree: Tree = plain(self.read.tree)
        return tree

    @cached_property
    def whole(self) -> Tree:
        """The data with pattern and dictionary; as of an item that has no pattern."""
        return {key: value for key, value in self.read.plain.items() if key != "pattern"}

    def text(self, tree: Tree) -> str:
        """`tree` as the text of a file."""
        return json.dumps(tree, ensure_ascii=False)


@dataclass(frozen=True)
class Mutant:
    """`kind` of mistake; `what` was changed; the `text` of the file with it. `form`: own or whole."""

    original: Original
    kind: str
    what: str
    form: str
    text: str

    def __str__(self) -> str:
        return f"{self.original.read.flow.item}: {self.kind}: {self.what} ({self.form})"


class Originals:
    """The items of the catalogue; each is read when it is first drawn."""

    def __init__(self, paths: list[Path] | None = None) -> None:
        self._paths = sources(CATALOGUE) if paths is None else paths
        self._read: dict[Path, Original] = {}

    def drawn(self, chance: random.Random) -> Original:
        """Any of them."""
        path = chance.choice(self._paths)
        if path not in self._read:
            text = path.read_text(encoding="utf-8")
            self._read[path] = Original(path, source.read(text, str(path)))
        return self._read[path]


def mutants(seed: int, count: int, originals: Originals) -> Iterator[Mutant]:
    """`count` of them, of every kind as many, no two alike."""
    chance = random.Random(seed)
    made: set[tuple[Path, str]] = set()
    while len(made) < count:
        kind = KINDS[len(made) % len(KINDS)]
        mutant = None
        while mutant is None or (mutant.original.path, mutant.text) in made:
            mutant = _mutant(originals.drawn(chance), kind.name, kind.form, kind.mistakes, chance)
        made.add((mutant.original.path, mutant.text))
        yield mutant


def _mutant(
    original: Original,
    kind: str,
    form: str,
    mistakes: Callable[[Tree], Iterator[tuple[str, Callable[[], object]]]],
    chance: random.Random,
) -> Mutant | None:
    """One of the mistakes of this kind that can be made in `original`; None where none can."""
    tree = copy.deepcopy(original.own if form == "own" else original.whole)
    before = original.text(tree)
    possible = list(mistakes(tree))
    if not possible:
        return None
    what, make = chance.choice(possible)
    make()
    text = original.text(tree)
    return None if text == before else Mutant(original, kind, what, form, text)
