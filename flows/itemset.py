"""A set of items as one file: made by `kiosk flows pack`, taken by a terminal between two visits, whole or
not at all.

One file, because what is put in its place by one rename is there whole or not at all. The items stand in it
with all that their patterns and the dictionary say, so that a terminal needs neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from flows.loader import Name
from flows.model import Flow
from flows.tables import Tables

FORMAT = 1
BYTES_MOST = 64 << 20
"""Nothing a terminal has to read has more: ten times the city's items are 30 MB."""

Version = Annotated[str, Meta(pattern=r"^[0-9]{1,4}(?:[.-][0-9]{1,2}){0,3}\Z")]
"""Of a set: the day it was made, e.g. ``2026-11-27``, or ``2026-11-27.2`` for the second of a day."""


class SetError(Exception):
    """A file is no set that can be taken; the text says why. Nothing of it is."""


@dataclass(frozen=True, slots=True)
class ItemSet:
    """`flows` and their official `names` by item code, and the tables beside them."""

    version: str
    flows: Mapping[str, Flow]
    names: Mapping[str, Name]
    tables: Tables


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """As it is written."""

    format: int
    version: Version
    flows: tuple[Flow, ...]
    names: dict[str, Name]
    tables: Tables


def packed(version: str, flows: Mapping[str, Flow], names: Mapping[str, Name], tables: Tables) -> bytes:
    """The bytes of a set: JSON, UTF-8. Raises SetError for a version that is none."""
    told: dict[str, Any] = {
        "format": FORMAT,
        "version": version,
        "flows": tuple(flows.values()),
        "names": names,
        "tables": tables,
    }
    data = msgspec.json.encode(told)
    unpacked(data)
    return data


def unpacked(data: bytes) -> ItemSet:
    """What is in the bytes of a set. Raises SetError."""
    try:
        head = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        form = msgspec.json.decode(head.get("format", b"0"))
        if form != FORMAT:
            raise SetError(f"it is of format {form}, and this agent reads {FORMAT}")
        file = msgspec.json.decode(data, type=_File)
    except msgspec.MsgspecError as error:
        raise SetError(f"it is malformed: {error}") from error
    except UnicodeDecodeError as error:
        raise SetError("it is not UTF-8") from error
    flows = {flow.item: flow for flow in file.flows}
    if not flows:
        raise SetError("there is no item in it")
    if len(flows) < len(file.flows):
        twice = next(one.item for one in file.flows if sum(one.item == each.item for each in file.flows) > 1)
        raise SetError(f"item {twice} is in it twice")
    nameless = sorted(flows.keys() - file.names.keys())
    if nameless:
        raise SetError(f"item {nameless[0]} has no official name in it")
    return ItemSet(file.version, flows, file.names, file.tables)
