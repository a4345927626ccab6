"""An item made whole: the steps of its pattern with the item's own parts, its fields with the dictionary's.

Data is laid over data, key by key; nothing is computed but four words that stand for lists of the item's own
fields (`Word`) and the devices that the steps need. What comes out is what an item without a pattern would
say, and for every step and field where its keys were written.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from flows.fields import BROUGHT, WHO
from flows.finding import refusal
from flows.shared import Place, Shared, line_at, line_of

Word = Literal["prefilled", "known", "asked", "all"]
"""In place of a list of fields. prefilled: those that the city may know. known: who it is about, and the
prefilled ones. asked: all that no other step sets. all: every field of the item."""
WORDS = get_args(Word)

_SETS = frozenset({"select", "options", "records", "region", "commitment", "choose-benefit", "choose-case"})
_SET_UNDER = {"book": ("place", "date"), "pay": ("bill", "amount")}
_SETTLES = frozenset({"submit", "pay", "confirm-booking", "confirm-benefit"})
_STOPS = frozenset({"eligibility", "commitment", "proxy", "phone-code"})
"""Checks that an item which cannot be queued does not go on without."""
_OF_THE_PATTERN = frozenset({"part", "extra"})
"""`extra`: there only where the item has it."""
_OF_THE_ITEM = frozenset({"pattern", "parts"})

Path = tuple[str | int, ...]


@dataclass
class Expanded:
    """`plain` is what the model is made of; `places` says where a step or a field was written, nearest
    first, by its path in `plain`."""

    plain: dict[str, Any]
    places: dict[Path, tuple[Place, ...]] = field(default_factory=dict)


def expand(item: Place, shared: Shared) -> Expanded:
    """The item of `item`, whole. Raises FlowError (F006 to F008)."""
    tree = item.node
    out = Expanded({str(key): plain(value) for key, value in tree.items() if key not in _OF_THE_ITEM})
    pattern = _pattern(item, shared)
    if pattern is not None:
        out.plain["pattern"] = str(tree["pattern"])
        out.plain.setdefault("kind", str(pattern.node["kind"]))
    out.plain["fields"] = dict(_fields(item, pattern, shared, out))
    if pattern is not None:
        _steps(item, pattern, shared, out)
    out.plain.setdefault("needs", needs(out.plain))
    return out


def plain(node: Any) -> Any:
    """A YAML tree as dicts, lists, text, numbers and booleans."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    if isinstance(node, str):
        return str(node)
    if isinstance(node, bool):
        return node
    # ruamel's numbers remember how they were written; ours are numbers.
    return next((kind(node) for kind in (int, float) if isinstance(node, kind)), node)


def needs(told: Mapping[str, Any]) -> list[str]:
    """The devices that the steps of an item need."""
    steps = [step for step in told.get("steps", ()) if isinstance(step, dict)]
    kinds = {step.get("step") for step in steps}
    asked = [step for step in steps if step.get("step") == "identify" and step.get("who") != "business"]
    found = {"id_card": any(not step.get("optional") for step in asked)}
    receipts = any(step.get("paper") == "receipt" for step in steps)  # a record may be left in the machine
    found["receipt_printer"] = receipts or bool(kinds & _SETTLES)
    found["document_printer"] = any(step.get("paper") == "certificate" for step in steps)
    faces = told.get("identity") == "card+face" and bool(asked)
    without = any(step.get("without_card") for step in asked)
    found["camera"] = faces or without or bool(kinds & {"documents", "photo"})
    return [device for device, needed in found.items() if needed]


def near(name: str, known: Iterable[str], otherwise: str) -> str:
    """A remedy for a name that is not known."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean `{found[0]}`?" if found else otherwise


def _pattern(item: Place, shared: Shared) -> Place | None:
    name = item.node.get("pattern")
    if name is None:
        return None
    if not isinstance(name, str) or name not in shared.patterns:
        line = line_of(item.node, "pattern")
        raise refusal(
            item.file,
            line,
            "F006",
            f"there is no pattern `{name}`",
            near(str(name), shared.patterns, "see flows/patterns/"),
        )
    if "steps" in item.node:
        line = line_of(item.node, "steps")
        raise refusal(
            item.file, line, "F007", "steps and a pattern", "say `parts`, or do without the pattern"
        )
    return shared.patterns[name]


def _fields(
    item: Place, pattern: Place | None, shared: Shared, out: Expanded
) -> Iterator[tuple[str, dict[str, Any]]]:
    own = item.node.get("fields") or {}
    shared_by_all = (
        [] if pattern is None else [name for name in pattern.node.get("fields", ()) if name not in own]
    )
    for name in (*shared_by_all, *own):
        node = own.get(name)
        line = line_of(own, name) if name in own else 1
        known = shared.fields.get(str(name))
        if known is None and not (isinstance(node, dict) and "label" in node):
            raise refusal(
                item.file,
                line,
                "F008",
                f"the field `{name}` is not in the dictionary",
                near(str(name), shared.fields, "give it a label, kind, purpose, mask and keep"),
            )
        out.places[("fields", str(name))] = tuple(
            place for place in (Place(item.file, node, line), known) if place is not None
        )
        yield str(name), _over(None if known is None else known.node, node, shared)


def _over(known: Any, own: Any, shared: Shared) -> dict[str, Any]:
    """The dictionary's entry with the item's keys laid over it; the fields of a record are fields, too."""
    told: dict[str, Any] = {**plain(known or {}), **plain(own or {})}
    if isinstance(told.get("record"), dict):
        told["record"] = {
            name: _over(shared.fields[name].node if name in shared.fields else None, node, shared)
            for name, node in told["record"].items()
        }
    return told


def _steps(item: Place, pattern: Place, shared: Shared, out: Expanded) -> None:
    parts = item.node.get("parts") or {}
    entries = pattern.node["steps"]
    named = [str(entry.get("part", entry["step"])) for entry in entries]
    for name in parts:
        if name not in named:
            line = line_of(parts, name)
            remedy = near(str(name), named, f"the pattern has: {', '.join(named)}")
            raise refusal(item.file, line, "F007", f"the pattern has no part `{name}`", remedy)
    steps: list[dict[str, Any]] = []
    for number, (name, entry) in enumerate(zip(named, entries, strict=True)):
        above = Place(pattern.file, entry, line_at(entries, number))
        for own in _own(item, parts, name, extra=bool(entry.get("extra"))):
            out.places[("steps", len(steps))] = (own, above) if own.node is not None else (above,)
            steps.append(_laid(entry, own.node, shared, offline=str(item.node.get("offline"))))
    _words(steps, out)


def _own(item: Place, parts: Any, name: str, *, extra: bool) -> Iterator[Place]:
    """What the item says of a part: once, several times, or (None) nothing of its own."""
    if name not in parts:
        if not extra:
            yield Place(item.file, None, 1)
        return
    said, line = parts[name], line_of(parts, name)
    if said is False:
        return
    if isinstance(said, list):
        for number, one in enumerate(said):
            yield _mapping(item, one, name, line_at(said, number))
    else:
        yield _mapping(item, {} if said is None else said, name, line)


def _mapping(item: Place, said: Any, name: str, line: int) -> Place:
    if not isinstance(said, dict):
        raise refusal(
            item.file,
            line,
            "F007",
            f"the part `{name}` is not a mapping",
            "write keys of the step, or `false`",
        )
    return Place(item.file, said, line)


def _laid(entry: Any, own: Any, shared: Shared, *, offline: str) -> dict[str, Any]:
    said = plain(own or {})
    kind = said.get("step", entry["step"])
    inherited = {} if kind != entry["step"] else plain(entry)
    stops = {"offline": "block"} if offline == "unavailable" and kind in _STOPS else {}
    told = {"step": kind, **plain(shared.defaults.get(kind, {})), **stops, **inherited, **said}
    return {key: value for key, value in told.items() if key not in _OF_THE_PATTERN}


def _words(steps: list[dict[str, Any]], out: Expanded) -> None:
    """Put lists where words stand. A prefilling of nothing and a form of nothing are left out."""
    fields: dict[str, Any] = out.plain["fields"]
    set_elsewhere = {  # but what a list is for, where there is no list, is asked in a form
        step.get("field") for step in steps if step["step"] in _SETS and step.get("offline") != "typed"
    }
    set_elsewhere |= {
        step.get(key) for step in steps for key in _SET_UNDER.get(step["step"], ()) if key in step
    }
    said = {
        name
        for step in steps
        if step["step"] == "form" and not isinstance(step.get("fields"), str)
        for name in step.get("fields", ())
    }
    prefilled = [
        name
        for name, each in fields.items()
        if BROUGHT & set(each.get("prefill", ())) and name not in WHO and name not in set_elsewhere
    ]
    lists: dict[str, list[str]] = {
        "prefilled": prefilled,
        "known": [name for name in fields if name in WHO or name in prefilled],
        "asked": [name for name in fields if name not in set_elsewhere and name not in said],
        "all": list(fields),
    }
    kept: list[dict[str, Any]] = []
    places: dict[Path, tuple[Place, ...]] = {
        path: at for path, at in out.places.items() if path[0] != "steps"
    }
    for number, step in enumerate(steps):
        named = lists.get(str(step.get("fields")))
        if named == [] and step["step"] in ("prefill", "form"):
            continue
        places[("steps", len(kept))] = out.places[("steps", number)]
        kept.append(step if named is None else {**step, "fields": named})
    out.places = places
    out.plain["steps"] = kept
