"""python -m deploy.items: the items as JSON beside their YAML, for a faster start (`flows.compiled`).

To be run after a change to an item; until then the agent reads that item from its YAML. A test holds one
to the other.
"""

from __future__ import annotations

from pathlib import Path

from flows import compiled, source
from flows.loader import BUILTIN, CATALOGUE, sources

FOLDERS = (CATALOGUE, BUILTIN)


def as_json(root: Path) -> str:
    """What is to stand in the JSON file of `root`. Raises FlowError for an item that is not taken."""
    plain = {path: source.read(path.read_text(encoding="utf-8"), str(path)).plain for path in sources(root)}
    return compiled.text(root, plain)


if __name__ == "__main__":
    for folder in FOLDERS:
        (folder / compiled.FILE).write_text(as_json(folder), encoding="utf-8")
