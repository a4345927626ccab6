"""python -m deploy.contract: the gateway's contract as JSON beside its YAML, for a faster start.

The YAML is the city's, byte for byte; the agent reads the JSON, in a hundredth of the time. A test holds one
to the other.
"""

from __future__ import annotations

import json
from pathlib import Path

from ruamel.yaml import YAML

FOLDER = Path(__file__).parents[1] / "kiosk" / "gateway" / "contract"


def as_json() -> str:
    """What is to stand in the JSON file."""
    source = (FOLDER / "gateway.openapi.yaml").read_text(encoding="utf-8")
    document = YAML(typ="safe", pure=True).load(source)
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    (FOLDER / "gateway.json").write_text(as_json(), encoding="utf-8")
