"""What was released of each item, so that a change without a new version is noticed.

`flows/catalogue/released.json` holds for each item its version and the SHA-256 of what citizens and the city
get of it: all but the version, remarks and tests. `python -m deploy.items --release` writes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from flows.loader import CATALOGUE
from flows.model import Flow

FILE = "released.json"
_NOT_SHOWN = ("version", "remarks", "tests")


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One item as it was released; `sha256` in hex."""

    version: str
    sha256: str


def load_released(path: Path = CATALOGUE / FILE) -> dict[str, Release]:
    """By item code. Raises OSError, or msgspec.MsgspecError for a file that is not as described above."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Release])


def digest(flow: Flow) -> str:
    """SHA-256, in hex, of what is released of `flow`."""
    told = msgspec.to_builtins(flow)
    for key in _NOT_SHOWN:
        told.pop(key, None)
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def unraised(flow: Flow, released: Mapping[str, Release]) -> bool:
    """Whether `flow` is another than was released under its version."""
    was = released.get(flow.item)
    return was is not None and was.version == flow.version and was.sha256 != digest(flow)


def text(flows: Mapping[str, Flow], released: Mapping[str, Release]) -> str:
    """What is to stand in `FILE` once `flows` are released.

    Raises ValueError, with every item whose content has changed and whose version has not.
    """
    same = [flow.item for flow in flows.values() if unraised(flow, released)]
    if same:
        raise ValueError(f"raise the version of {', '.join(sorted(same))}")
    now = {flow.item: Release(flow.version, digest(flow)) for flow in flows.values()}
    return (
        msgspec.json.format(msgspec.json.encode({**released, **now}, order="sorted"), indent=1).decode()
        + "\n"
    )
