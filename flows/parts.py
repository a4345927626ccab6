"""The small parts that pages are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Base of everything on a page."""


class Action(Part, frozen=True, kw_only=True):
    """A button: posted as ``action=<id>``. `why_not` names the reason while it cannot be used."""

    id: str
    label: str
    why_not: str = ""


class Option(Part, frozen=True, kw_only=True):
    """One entry to choose."""

    value: str
    label: str
    detail: str = ""


class Published(Part, frozen=True, kw_only=True):
    """One entry of a list that a department publishes. `fields`: by name what the contract's `Value` holds,
    one value or a list of them."""

    label: str
    detail: str = ""
    fields: Mapping[str, Any] = {}


class Reason(Part, frozen=True, kw_only=True):
    """Why it could not be done, and where to go instead."""

    message: str
    instead: str = ""
