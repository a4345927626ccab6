"""python -m deploy.items: the items as JSON beside their YAML, for a faster start (`flows.compiled`).

To be run after a change to an item; until then the agent reads that item from its YAML. A test holds one
to the other. With ``--release`` it also writes down what is released of each item (`flows.released`), and
refuses where one has changed under its old version.
With `--record ITEM...` the tests of these items are written into their YAML first, as they come out now
(`flows.rehearsal`): to be read over, for what is wrong now is recorded, too.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path

from flows import compiled, released, source
from flows.loader import BUILTIN, CATALOGUE, load_all, sources
from flows.rehearsal.recording import record, written

FOLDERS = (CATALOGUE, BUILTIN)


def as_json(root: Path) -> str:
    """What is to stand in the JSON file of `root`. Raises FlowError for an item that is not taken."""
    plain = {path: source.read(path.read_text(encoding="utf-8"), str(path)).plain for path in sources(root)}
    return compiled.text(root, plain)


def record_tests(root: Path, items: Collection[str]) -> set[str]:
    """Write the tests of `items` into their YAML; those of them that lie under `root`. Raises FlowError."""
    found: set[str] = set()
    for path in sources(root):
        text = path.read_text(encoding="utf-8")
        flow = source.parse(text, str(path))
        if flow.item in items:
            found.add(flow.item)
            path.write_text(written(text, record(flow)), encoding="utf-8")
    return found


def main(arguments: list[str] | None = None) -> None:
    """Record, compile, release. Raises SystemExit, which says whose version is to be raised."""
    parser = argparse.ArgumentParser(prog="python -m deploy.items")
    parser.add_argument("--release", action="store_true", help="write down what is released of each item")
    parser.add_argument(
        "--record", nargs="+", metavar="ITEM", default=[], help="write the tests of these items"
    )
    asked = parser.parse_args(arguments)
    found = (
        {item for folder in FOLDERS for item in record_tests(folder, asked.record)} if asked.record else set()
    )
    if unknown := sorted(set(asked.record) - found):
        parser.error(f"there is no item {', '.join(unknown)}")
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
