"""The text of one item, strict YAML 1.2 → model; a mistake is told with its line.

Apart from the loader because ruamel.yaml is slow to import, and a terminal whose items are as they were
shipped has no use for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError

from flows import fields, kinds, model, shared, trials
from flows.expanding import Expanded, Path, expand, near
from flows.finding import FlowError, refusal
from flows.model import Flow
from flows.shared import Place, Shared, line_at, line_of

_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_SOME = "..."
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]+)`")


@dataclass(frozen=True, slots=True)
class Source:
    """An item as it was read: the flow, the plain data that it was made of, and where each part stands."""

    flow: Flow
    plain: dict[str, Any]
    file: str
    tree: CommentedMap
    places: Mapping[Path, tuple[Place, ...]]

    def where(self, path: Path) -> tuple[str, int]:
        """File and line, from 1, of what lies at `path` in `plain`."""
        return _where(self.file, self.tree, self.places, path)


def parse(text: str, file: str) -> Flow:
    """The flow in `text`; `file` is named in errors. Raises FlowError."""
    return read(text, file).flow


def read(text: str, file: str, among: Shared | None = None) -> Source:
    """As `parse`, with all that is known of it. Raises FlowError."""
    tree = tree_of(text, file)
    whole = expand(Place(file, tree, 1), among or shared.load())
    try:
        flow = msgspec.convert(whole.plain, Flow, strict=True)
    except msgspec.ValidationError as error:
        raise _explain(file, tree, whole, str(error)) from error
    except UnicodeEncodeError as error:
        raise refusal(
            file,
            1,
            "F002",
            "a text holds half a character (\\ud800 to \\udfff)",
            "write the character itself",
        ) from error
    expected = f"{flow.item.partition('.')[0]}/{flow.item.partition('.')[2]}.yaml"
    if file.endswith(".yaml") and not file.replace("\\", "/").endswith(expected) and "catalogue" in file:
        raise refusal(
            file, _line(tree, ["item"]), "F005", f"item {flow.item} is not in {expected}", "move the file"
        )
    return Source(flow, whole.plain, file, tree, whole.places)


def tree_of(text: str, file: str) -> CommentedMap:
    """The mapping in `text`, with its lines. Raises FlowError (F001, F002)."""
    yaml = YAML(typ="rt", pure=True)
    try:
        tree = yaml.load(text)
    except DuplicateKeyError as error:
        raise refusal(
            file, _mark(error), "F001", _first(error), "每个键只写一次 (write each key once)"
        ) from error
    except MarkedYAMLError as error:
        raise refusal(
            file, _mark(error), "F002", _first(error), "检查缩进、冒号和引号 (check the YAML)"
        ) from error
    if not isinstance(tree, CommentedMap):
        raise refusal(file, 1, "F002", "not a mapping", "start the file with `item: domain.name`")
    return tree


def _first(error: MarkedYAMLError) -> str:
    return str(error.problem or error.context or "unreadable").strip()


def _mark(error: MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark is not None else 1


def _explain(file: str, tree: CommentedMap, whole: Expanded, message: str) -> FlowError:
    """A msgspec error → file, line, reason, remedy."""
    found = _PATH.search(message)
    path = _segments(found["path"]) if found else ()
    why = message[: found.start()] if found else message
    if path[:2] == ("fields", _SOME):
        path, why = _in_a_field(whole.plain, why)
    unknown = _UNKNOWN.search(why)
    if unknown is None:
        at, line = _where(file, tree, whole.places, path)
        return refusal(at, line, "F004", why, "see flows/schema.json for what is allowed here")
    name = unknown["name"]
    at, line = _where(file, tree, whole.places, (*path, name))
    remedy = near(name, _known_keys(), "remove it, or see flows/schema.json")
    return refusal(at, line, "F003", f"unknown key `{name}`", remedy)


def _in_a_field(told: dict[str, Any], why: str) -> tuple[Path, str]:
    """Which field it is, as msgspec does not tell keys; and why."""
    for name, field in told["fields"].items():
        try:
            msgspec.convert({name: field}, dict[fields.FieldName, fields.Field], strict=True)
        except msgspec.ValidationError as error:
            found = _PATH.search(str(error))
            deeper = _segments(found["path"])[1:] if found else ()
            return ("fields", name, *deeper), str(error)[: found.start()] if found else str(error)
    return ("fields",), why


def _where(
    file: str, tree: CommentedMap, places: Mapping[Path, tuple[Place, ...]], path: Path
) -> tuple[str, int]:
    """Of the places where a step or a field was written, the first that has what `path` names."""
    written = places.get(path[:2], ())
    rest = path[2:]
    for place in written:
        if rest and isinstance(place.node, dict) and rest[0] in place.node:
            return place.file, _line(place.node, rest)
    if written:
        return written[0].file, written[0].line
    return file, _line(tree, path)


def _known_keys() -> list[str]:
    rooms = {**vars(fields), **vars(kinds), **vars(model), **vars(trials)}
    kinds_ = [kind for kind in rooms.values() if isinstance(kind, type) and issubclass(kind, fields.Base)]
    return sorted({name for kind in kinds_ for name in kind.__struct_encode_fields__})


def _segments(path: str) -> Path:
    """``.steps[3].fields[...]`` → ``("steps", 3, "fields", "...")``; `_SOME` is a key that is not told."""
    parts = re.findall(r"(?<=\[)\.\.\.(?=\])|(?<=\[)\d+(?=\])|[^.\[\]]+", path)
    return tuple(int(part) if part.isdigit() else part for part in parts)


def _line(tree: Any, path: Sequence[str | int]) -> int:
    """Line (from 1) of the deepest part of `path` that is there."""
    node, line = tree, 1
    for part in path:
        if isinstance(node, CommentedMap) and part in node:
            line = line_of(node, part)
            node = node[part]
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = line_at(node, part)
            node = node[part]
        else:
            break
    return line
