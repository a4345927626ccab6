"""The text of one item, strict YAML 1.2 → model; a mistake is told with its line.

Apart from the loader because ruamel.yaml is slow to import, and a terminal whose items are as they were
shipped has no use for it.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError

from flows import fields, kinds, model
from flows.loader import Finding, FlowError
from flows.model import Flow

_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]+)`")


def parse(text: str, file: str) -> Flow:
    """The flow in `text`; `file` is named in errors. Raises FlowError."""
    return read(text, file)[0]


def read(text: str, file: str) -> tuple[Flow, Any]:
    """As `parse`; and the plain data that it was made of. Raises FlowError."""
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
    plain = _plain(tree)
    try:
        flow = msgspec.convert(plain, Flow, strict=True)
    except msgspec.ValidationError as error:
        raise _explain(file, tree, str(error)) from error
    expected = f"{flow.item.partition('.')[0]}/{flow.item.partition('.')[2]}.yaml"
    if file.endswith(".yaml") and not file.replace("\\", "/").endswith(expected) and "catalogue" in file:
        raise _refuse(
            file, _line(tree, ["item"]), "F005", f"item {flow.item} is not in {expected}", "move the file"
        )
    return flow, plain


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, str):
        return str(node)
    if isinstance(node, bool):
        return node
    # ruamel's numbers remember how they were written; ours are numbers.
    return next((kind(node) for kind in (int, float) if isinstance(node, kind)), node)


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
