"""python -m deploy.offer: what the sandbox offers as one JSON file beside its YAML, for a faster start.

To be run after a change to deploy/sandbox/data (items, registers, lists, codes, catalogue). A test holds one
to the other.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ruamel.yaml import YAML

from .offered import mistakes
from .sandbox.offer import FILE
from .sandbox.people import DATA


def _loaded(name: str) -> Any:
    return YAML(typ="safe").load(DATA / name)


def whole() -> dict[str, Any]:
    """All of it, the items in the order of the catalogue's domains."""
    catalogue = _loaded("catalogue.yaml")
    return {
        "catalogue": catalogue,
        "items": [entry for domain in catalogue["domains"] for entry in _loaded(f"items/{domain}.yaml")],
        **_loaded("registers.yaml"),
        **_loaded("lists.yaml"),
        "codes": _loaded("codes.yaml"),
    }


def as_json(told: dict[str, Any]) -> str:
    """What is to stand in the JSON file."""
    return json.dumps(told, ensure_ascii=False, indent=1, default=str) + "\n"


if __name__ == "__main__":
    OFFER = whole()
    WRONG = mistakes(OFFER)
    if WRONG:
        sys.exit("\n".join(["deploy/sandbox/data is not compiled:", *WRONG]))
    FILE.write_text(as_json(OFFER), encoding="utf-8")
