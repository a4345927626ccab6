"""Strict YAML 1.2 → model. Every mistake is told with file, line, reason and remedy; nothing is guessed."""

from __future__ import annotations

import csv
import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError

from flows import fields, kinds, model
from flows.model import Flow

CATALOGUE = Path(__file__).parent / "catalogue"
BUILTIN = Path(__file__).parent / "builtin"
"""What a terminal offers beside the city's items: a draft from the phone, a slip to look up."""
_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]+)`")


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in a flow: where, what, and what to do."""

    file: str
    line: int
    code: str
    why: str
    remedy: str

    def __str__(self) -> str:
        """One line, clickable in editors."""
        return f"{self.file}:{self.line}: {self.code} {self.why} → {self.remedy}"


class FlowError(ValueError):
    """A flow that is not taken; `findings` say why."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


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


def load_all(root: Path = CATALOGUE) -> dict[str, Flow]:
    """All flows under `root`, by item code, all or nothing. Raises FlowError with every finding."""
    flows: dict[str, Flow] = {}
    findings: list[Finding] = []
    for path in sorted(root.rglob("*.yaml")):
        try:
            flow = load(path)
        except FlowError as error:
            findings += error.findings
            continue
        flows[flow.item] = flow
    if findings:
        raise FlowError(tuple(findings))
    return flows


def load(path: Path) -> Flow:
    """One flow. Raises FlowError."""
    return parse(path.read_text(encoding="utf-8"), str(path))


def parse(text: str, file: str) -> Flow:
    """The flow in `text`; `file` is named in errors. Raises FlowError."""
    yaml = YAML(typ="rt", pure=True)
    try:
        tree = yaml.load(text)
    except DuplicateKeyError as error:
        raise _refuse(
            file, _mark(error), "F001", _first(error), "每个键只写一次 (write each key once)"
        ) from error
    except MarkedYAMLError as error:
        raise _refuse(
            file, _mark(error), "F002", _first(error), "检查缩进、冒号和引号 (check the YAML)"
        ) from error
    if not isinstance(tree, CommentedMap):
        raise _refuse(file, 1, "F002", "not a mapping", "start the file with `item: domain.name`")
    try:
        flow = msgspec.convert(_plain(tree), Flow, strict=True)
    except msgspec.ValidationError as error:
        raise _explain(file, tree, str(error)) from error
    expected = f"{flow.item.partition('.')[0]}/{flow.item.partition('.')[2]}.yaml"
    if file.endswith(".yaml") and not file.replace("\\", "/").endswith(expected) and "catalogue" in file:
        raise _refuse(
            file, _line(tree, ["item"]), "F005", f"item {flow.item} is not in {expected}", "move the file"
        )
    return flow


def schema() -> dict[str, Any]:
    """JSON Schema of a flow file, for editors."""
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(Flow)))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **told}


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, str):
        return str(node)
    return float(node) if isinstance(node, float) else node


def _first(error: MarkedYAMLError) -> str:
    return str(error.problem or error.context or "unreadable").strip()


def _mark(error: MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark is not None else 1


def _refuse(file: str, line: int, code: str, why: str, remedy: str) -> FlowError:
    return FlowError((Finding(file=file, line=line, code=code, why=why, remedy=remedy),))


def _explain(file: str, tree: CommentedMap, message: str) -> FlowError:
    """A msgspec error → file, line, reason, remedy."""
    found = _PATH.search(message)
    path = _segments(found["path"]) if found else []
    why = message[: found.start()] if found else message
    unknown = _UNKNOWN.search(why)
    if unknown is None:
        return _refuse(file, _line(tree, path), "F004", why, "see flows/schema.json for what is allowed here")
    name = unknown["name"]
    near = difflib.get_close_matches(name, _known_keys(), n=1)
    remedy = f"did you mean `{near[0]}`?" if near else "remove it, or see flows/schema.json"
    return _refuse(file, _line(tree, [*path, name]), "F003", f"unknown key `{name}`", remedy)


def _known_keys() -> list[str]:
    rooms = {**vars(fields), **vars(kinds), **vars(model)}
    kinds_ = [kind for kind in rooms.values() if isinstance(kind, type) and issubclass(kind, fields.Base)]
    return sorted({name for kind in kinds_ for name in kind.__struct_fields__})


def _segments(path: str) -> list[str | int]:
    """``.steps[3].fields[...]`` → ``["steps", 3, "fields", "..."]``."""
    return [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+|(?<=\[)\d+(?=\])", path)]


def _line(tree: Any, path: list[str | int]) -> int:
    """Line (from 1) of the deepest part of `path` that is there."""
    node, line = tree, 1
    for part in path:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
            node = node[part]
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0] + 1
            node = node[part]
        else:
            break
    return line
