"""Findings about an item's own tests (L190)."""

from __future__ import annotations

from flows.lint.context import Check, Context, Found
from flows.model import Flow

_WRITE = "write `tests`, or have them recorded: python -m deploy.items --record "


def _untested(flow: Flow, context: Context) -> Found:
    if not flow.tests:
        yield ("tests",), "nothing tests it", _WRITE + flow.item
        return
    if all(trial.network for trial in flow.tests):
        yield ("tests",), "no test shows what comes of it without a network", _WRITE + flow.item
    first = flow.tests[0]
    unsaid = [key for key in ("path", "pages", "asks", "sends", "level") if getattr(first, key) is None]
    if unsaid:
        yield (
            ("tests", 0),
            f"its first test does not say {', '.join(unsaid)}",
            "say it: later tests say what differs from it",
        )


CHECKS: dict[str, Check] = {"L190": _untested}
