"""The items as they are shipped, read once a process: no flow can be changed, so all tests share them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from flows.loader import BUILTIN, load_all
from flows.model import Flow


@cache
def shipped() -> Mapping[str, Flow]:
    """The city's items, by code."""
    return MappingProxyType(load_all())


@cache
def offered() -> Mapping[str, Flow]:
    """All that a terminal offers: the city's items, and its own."""
    return MappingProxyType({**shipped(), **load_all(BUILTIN)})
