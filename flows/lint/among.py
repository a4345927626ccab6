"""Findings about an item among all others, and against what was released of it (L163 to L166, L170)."""

from __future__ import annotations

from collections.abc import Sequence

from flows import kinds
from flows.kinds import set_by
from flows.lint.alike import shape
from flows.lint.context import BUSINESS, IDENTITY, Check, Context, Found, steps
from flows.model import Flow
from flows.released import unraised


def _same_short(flow: Flow, context: Context) -> Found:
    others = [item for item in context.by_short.get(flow.short, ()) if item != flow.item]
    if others:
        yield (
            ("short",),
            f"{_some(others)} is called {flow.short} on its tile, too",
            "tell them apart",
        )


def _only_name_differs(flow: Flow, context: Context) -> Found:
    alike = [context.flows[item] for item in context.by_shape.get(shape(flow), ())]
    others = [each.item for each in alike if each.item != flow.item and not _says_why(flow, each, alike)]
    if others:
        yield (
            ("name",),
            f"only names and words differ from {_some(others)}",
            "ask or give what this item is about; or name the other one under remarks, and say why",
        )


def _says_why(flow: Flow, other: Flow, alike: Sequence[Flow]) -> bool:
    """Whether the remarks of one of the two name the other, or both a third that is as they are."""
    return (
        other.item in flow.remarks
        or flow.item in other.remarks
        or any(each.item in flow.remarks and each.item in other.remarks for each in alike)
    )


def _some(items: list[str]) -> str:
    return f"{', '.join(items[:3])}{' and others' if items[3:] else ''}"


def _children(flow: Flow, context: Context) -> Found:
    for place, step in steps(flow, kinds.Bundle):
        for number, child in enumerate(step.children):
            at = ("steps", place, "children", number)
            if child.item not in context.names:
                yield (
                    at,
                    f"the bundle files `{child.item}`, which the city does not have",
                    "use a code of flows/catalogue/names.csv",
                )
            other = context.flows.get(child.item)
            lacking = [] if other is None else [name for name in _required(other) if name not in child.fields]
            if lacking:
                yield (
                    at,
                    f"`{child.item}` requires {', '.join(lacking)}, which the bundle does not give it",
                    "ask it in the bundle, and name it under the child's fields",
                )


def _later_than_the_item(flow: Flow, context: Context) -> Found:
    later = {
        each.role: ("steps", place, "documents", number)
        for place, step in steps(flow, kinds.Documents)
        for number, each in enumerate(step.documents)
        if each.deferrable
    }
    for _, bundle in steps(flow, kinds.Bundle):
        for child in bundle.children:
            other = context.flows.get(child.item)
            at_once = set() if other is None else _at_once(other)
            for role in child.documents:
                if role in later and role in at_once:
                    yield (
                        later[role],
                        f"`{role}` may follow later, and `{child.item}` is refused without it",
                        "ask it at once, as that item does",
                    )


def _at_once(flow: Flow) -> set[str]:
    """Roles of the documents that an item does not let follow later."""
    return {
        each.role
        for _, step in steps(flow, kinds.Documents)
        for each in step.documents
        if not each.deferrable
    }


def _required(flow: Flow) -> list[str]:
    """What an item asks of everybody. Who it is, is said of the whole bundle; from where, only of an item
    that is done alone."""
    asked = {name for step in flow.steps if not isinstance(step, kinds.Region) for name in set_by(step)}
    return [
        name
        for name, field in flow.fields.items()
        if name in asked and field.required and field.when is None and name not in IDENTITY | BUSINESS
    ]


def _version(flow: Flow, context: Context) -> Found:
    if unraised(flow, context.released):
        yield (
            ("version",),
            f"it is not what was released as version {flow.version}",
            "raise the version, then python -m deploy.items --release",
        )


CHECKS: dict[str, Check] = {
    "L163": _same_short,
    "L164": _only_name_differs,
    "L165": _children,
    "L166": _version,
    "L170": _later_than_the_item,
}
