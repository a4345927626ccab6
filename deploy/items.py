"""python -m deploy.items: the items as JSON beside their YAML, for a faster start (`flows.compiled`).

To be run after a change to an item; until then the agent reads that item from its YAML. A test holds one
to the other. With ``--release`` it also writes down what is released of each item (`flows.released`), and
refuses where one has changed under its old version.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from flows import compiled, released, source
from flows.loader import BUILTIN, CATALOGUE, load_all, sources

FOLDERS = (CATALOGUE, BUILTIN)


def as_json(root: Path) -> str:
    """What is to stand in the JSON file of `root`. Raises FlowError for an item that is not taken."""
    plain = {path: source.read(path.read_text(encoding="utf-8"), str(path)).plain for path in sources(root)}
    return compiled.text(root, plain)


def main(arguments: list[str] | None = None) -> None:
    """Write both. Raises SystemExit, which says whose version is to be raised."""
    parser = argparse.ArgumentParser(prog="deploy.items", description=__doc__)
    parser.add_argument("--release", action="store_true", help="write down what is released of each item")
    asked = parser.parse_args(arguments)
    for folder in FOLDERS:
        (folder / compiled.FILE).write_text(as_json(folder), encoding="utf-8")
    if asked.release:
        path = CATALOGUE / released.FILE
        try:
            path.write_text(
                released.text(load_all(CATALOGUE), released.load_released(path)), encoding="utf-8"
            )
        except ValueError as error:
            raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
