"""Lists that departments publish (samples, 演示数据): getOptions of `entries`, for anybody, to be kept.

``data/directories/<domain>.yaml``: by item the names of its `fields`, and `entries`, each a row of label,
detail and the values in that order; a value may be a list, and what is null the entry does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from ..people import DATA
from ..wire import Json, Problem
from .content import WEEK
from .operations import Cache, Call

FIELD = "entries"
"""What the list is called in the contract's path, whatever the item."""
CACHE = Cache(300, 4 * WEEK)
_FOLDER = DATA / "directories"


@cache
def published() -> Mapping[str, list[Json]]:
    """The contract's Options by item, as they lie in data/."""
    found: dict[str, list[Json]] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        for item, listed in YAML(typ="safe").load(path).items():
            found[item] = [
                _option(number, listed["fields"], *row) for number, row in enumerate(listed[FIELD], start=1)
            ]
    return found


def entries(call: Call, q: str) -> list[Json]:
    """The list of the path's item; with `q` those entries in whose label or detail each of its words is."""
    listed = published().get(call.params["item"])
    if listed is None:
        raise Problem(404, "NO_OPTIONS", "Nothing is published for this item", "平台没有公布这一项的名单")
    return [each for each in listed if all(word in each["label"] + each["detail"] for word in q.split())]


def _option(number: int, fields: list[str], label: str, detail: str, *values: Any) -> Json:
    told = zip(fields, values, strict=True)
    return {
        "id": f"{number:04d}",
        "label": label,
        "detail": detail,
        "fields": {
            name: {"value": value, "source": "share", "trust": "A"}
            for name, value in told
            if value is not None
        },
    }
