"""What can be said of a flow in numbers."""

from __future__ import annotations

from typing import Any

from flows import kinds
from flows.model import Flow


def described(flow: Flow) -> dict[str, Any]:
    """One row of `kiosk flows list --json`.

    `fields` counts all fields; `typed_before` those that would be typed if nothing were known, and
    `typed_after` those left to type when card and platform know what they can.
    """
    asked = {name for step in flow.steps if isinstance(step, kinds.Form) for name in step.fields}
    chosen = {step.field for step in flow.steps if isinstance(step, kinds.Select)}
    prefilled = {name for step in flow.steps if isinstance(step, kinds.Prefill) for name in step.fields}
    prefilled |= {name for name, field in flow.fields.items() if field.locked}
    everything = set(flow.fields) - chosen
    return {
        "item": flow.item,
        "version": flow.version,
        "name": flow.name,
        "domain": flow.domain,
        "kind": flow.kind,
        "identity": flow.identity,
        "offline": flow.offline,
        "channels": list(flow.channels),
        "needs": list(flow.needs),
        "steps": [str(step.__struct_config__.tag) for step in flow.steps],
        "fields": len(flow.fields),
        "typed_before": len(everything),
        "typed_after": len((everything & asked) - prefilled),
    }
