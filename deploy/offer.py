"""python -m deploy.offer: what the sandbox offers as one JSON file beside its YAML, for a faster start.

To be run after a change to deploy/sandbox/data (items, registers, lists, codes, catalogue). A test holds one
to the other.
"""

from __future__ import annotations

import json
from typing import Any

from ruamel.yaml import YAML

from .sandbox.offer import FILE
from .sandbox.people import DATA


def _loaded(name: str) -> Any:
    return YAML(typ="safe").load(DATA / name)


def as_json() -> str:
    """What is to stand in the JSON file: the items in the order of the catalogue's domains."""
    catalogue = _loaded("catalogue.yaml")
    whole = {
        "catalogue": catalogue,
        "items": [entry for domain in catalogue["domains"] for entry in _loaded(f"items/{domain}.yaml")],
        **_loaded("registers.yaml"),
        **_loaded("lists.yaml"),
        "codes": _loaded("codes.yaml"),
    }
    return json.dumps(whole, ensure_ascii=False, indent=1, default=str) + "\n"


if __name__ == "__main__":
    FILE.write_text(as_json(), encoding="utf-8")
