"""The JSON Schema of an item's file, for editors: completion, and a red line before anybody runs the linter.

It is the model's own, with what a pattern and the dictionary may leave unsaid. What only the loader knows
(whether a pattern has a part, whether a word stands for a list) is not in it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from flows import shared
from flows.expanding import WORDS
from flows.model import Flow

_UNSAID = frozenset({"kind", "needs", "steps", "fields"})
"""What a pattern may say for the item."""


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one item's YAML."""
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(Flow)))
    defined = told["$defs"]
    flow = defined["Flow"]
    among = shared.load()
    flow["required"] = [key for key in flow["required"] if key not in _UNSAID]
    flow["properties"]["pattern"] = {"enum": sorted(among.patterns)}
    flow["properties"]["parts"] = {"type": "object", "additionalProperties": {"$ref": "#/$defs/Part"}}
    flow["properties"]["fields"] = {"type": "object", "additionalProperties": {"$ref": "#/$defs/FieldOver"}}
    flow["properties"]["fields"]["properties"] = {
        name: {"$ref": "#/$defs/FieldOver"} for name in sorted(among.fields)
    }
    flow["anyOf"] = [{"required": ["pattern"]}, {"required": ["steps", "fields", "kind", "needs"]}]
    over = dict(defined["Field"])
    over.pop("required")
    defined["FieldOver"] = {"anyOf": [{"type": "null"}, over]}
    defined["Part"] = {
        "anyOf": [
            {"type": "null"},
            {"const": False},
            {"$ref": "#/$defs/StepOver"},
            {"type": "array", "items": {"$ref": "#/$defs/StepOver"}},
        ]
    }
    defined["StepOver"] = {"type": "object", "properties": _keys(defined)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **told}


def _keys(defined: dict[str, Any]) -> dict[str, Any]:
    """The keys of all kinds of step, each as any kind has it; a list of fields may be a word."""
    keys: dict[str, Any] = {}
    for part in defined.values():
        tag = part.get("properties", {}).get("step", {})
        if "enum" in tag or "const" in tag:
            for name, kind in part["properties"].items():
                kinds = keys.setdefault(name, {"anyOf": []})["anyOf"]
                if kind not in kinds:
                    kinds.append(kind)
    keys["fields"]["anyOf"].append({"enum": list(WORDS)})
    return keys
