"""Which questions apply in a run: conditions that hold, items of a bundle that are wanted, lists."""

from __future__ import annotations

from collections.abc import Iterable

from flows.fields import When
from flows.kinds import Bundle, Child
from flows.model import Flow
from flows.run import Run

OPTIONS = "options"
"""The check that is flagged where a department's list could not be had, and its answer is typed."""
DEEPEST = 8
"""Conditions upon conditions that are followed; the linter finds those that go round."""


def wanted(bundle: Bundle, dropped: frozenset[str]) -> tuple[Child, ...]:
    """The items that are filed, in order. What must come after a dropped one is dropped with it."""
    kept: list[Child] = []
    for child in bundle.children:
        before = {each.item for each in kept}
        if child.item not in dropped and all(item in before for item in child.after):
            kept.append(child)
    return tuple(kept)


def applies(flow: Flow, run: Run, name: str) -> bool:
    """Whether a field is asked, shown and sent at all.

    Its condition holds, and the field that the condition names applies itself; and where only items of a
    bundle take it, one of them is wanted.
    """
    if flow.fields[name].when is None and flow.bundle is None:
        return True  # most, and it is asked some forty times an item
    return holds(flow, run, flow.fields[name].when) and _taken(flow, run, name)


def asked(flow: Flow, run: Run, names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that apply."""
    return tuple(name for name in names if applies(flow, run, name))


def typed(flow: Flow, run: Run, names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that a form asks: what is chosen from a department's list is typed only where the
    list could not be had."""
    return tuple(
        name for name in asked(flow, run, names) if flow.fields[name].kind != "option" or name in run.unlisted
    )


def holds(flow: Flow, run: Run, condition: When | None, left: int = DEEPEST) -> bool:
    """Whether a condition holds, and all that the field it names hangs on."""
    if condition is None:
        return True
    known = run.values.get(condition.field)
    if left == 0 or known is None or known.value not in condition.values:
        return False
    other = flow.fields.get(condition.field)
    return other is None or holds(flow, run, other.when, left - 1)


def _taken(flow: Flow, run: Run, name: str) -> bool:
    bundle = flow.bundle
    if bundle is None or not any(name in child.fields for child in bundle.children):
        return True
    return any(name in child.fields for child in wanted(bundle, run.dropped))
