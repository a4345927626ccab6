"""When two items are the same but for their words."""

from __future__ import annotations

from typing import Any

import msgspec

from flows.model import Flow

_WORDS = frozenset({"title", "none", "statement", "authorises", "name", "label"})


def shape(flow: Flow) -> str:
    """What is left of an item without its code, names and words: two items of one shape ask, do and give
    the same."""
    told = {
        "pattern": flow.pattern,
        "kind": flow.kind,
        "fields": sorted(flow.fields),
        "steps": [_bare(msgspec.to_builtins(step)) for step in flow.steps],
    }
    return msgspec.json.encode(told, order="deterministic").decode()


def _bare(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: _bare(value) for key, value in told.items() if key not in _WORDS}
    return [_bare(each) for each in told] if isinstance(told, list | tuple) else told
