"""The items under a folder. Every mistake is told with file, line, reason and remedy; nothing is guessed.

An item that is as it was when `python -m deploy.items` ran is taken from what that wrote (`flows.compiled`);
any other is read from its YAML (`flows.source`).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from flows import compiled
from flows.finding import Finding, FlowError
from flows.model import Flow

__all__ = ["Finding", "FlowError", "Name", "load", "load_all", "load_lists", "load_names", "sources"]

CATALOGUE = Path(__file__).parent / "catalogue"
BUILTIN = Path(__file__).parent / "builtin"
"""What a terminal offers beside the city's items: a draft from the phone, a slip to look up."""


@dataclass(frozen=True, slots=True)
class Name:
    """What the city calls an item."""

    name: str
    department: str


def load_names(path: Path = CATALOGUE / "names.csv") -> dict[str, Name]:
    """Official names and departments of all items of the city's catalogue, by code."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {
            row["code"]: Name(name=row["name"], department=row["department"])
            for row in csv.DictReader(stream)
        }


def load_lists(path: Path = CATALOGUE / "lists.csv") -> frozenset[str]:
    """The code lists that the city publishes, by name."""
    with path.open(encoding="utf-8", newline="") as stream:
        return frozenset(row["list"] for row in csv.DictReader(stream))


def load_all(root: Path = CATALOGUE) -> dict[str, Flow]:
    """All flows under `root`, by item code, all or nothing. Raises FlowError with every finding."""
    flows: dict[str, Flow] = {}
    findings: list[Finding] = []
    shipped = compiled.Shipped.of(root)
    for path in sources(root):
        flow = shipped.flow(path)
        if flow is None:
            try:
                flow = load(path)
            except FlowError as error:
                findings += error.findings
                continue
        flows[flow.item] = flow
    if findings:
        raise FlowError(tuple(findings))
    return flows


def sources(root: Path) -> list[Path]:
    """The files of the items under `root`, in the order in which they are loaded."""
    return sorted(root.rglob("*.yaml"))


def load(path: Path) -> Flow:
    """One flow, from its YAML. Raises FlowError."""
    from flows.source import parse  # noqa: PLC0415 - a terminal with the items as shipped needs no YAML

    return parse(path.read_text(encoding="utf-8"), str(path))
