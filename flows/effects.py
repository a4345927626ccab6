"""What a run asks of the world. The shell performs each and posts its outcome, naming the effect's id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from flows.page import GuideView, TableBody


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Base: `id` is unique in the visit."""

    id: str


class LoadGuide(Effect, frozen=True, kw_only=True):
    """The guide of `item` (cached content; works without a network when it is in the cache)."""

    operation: str
    item: str


class LoadOptions(Effect, frozen=True, kw_only=True):
    """A published list (cached content)."""

    operation: str


class ReadCard(Effect, frozen=True, kw_only=True):
    """Ask for an ID card at the reader until one is read or the effect is cancelled."""

    whose: Literal["citizen", "principal"]


class Login(Effect, frozen=True, kw_only=True):
    """Log in at unified identity with the card's text."""

    card: Mapping[str, str]


class PhoneScan(Effect, frozen=True, kw_only=True):
    """Show a QR and wait for the phone's approval."""


class Call(Effect, frozen=True, kw_only=True):
    """An operation of the gateway, as the citizen who is logged in."""

    operation: str
    item: str
    body: Mapping[str, Any]


class Submit(Effect, frozen=True, kw_only=True):
    """Seal, write down, send. `wait`: report what the gateway answered within the deadline."""

    operation: str
    item: str
    body: Mapping[str, Any]
    wait: bool


class PrintPaper(Effect, frozen=True, kw_only=True):
    """One print: what is on it; the shell adds date, terminal, hotline and the signed QR."""

    kind: Literal["receipt", "slip", "record", "guide"]
    item: str
    item_name: str
    version: str
    number: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    table: TableBody | None = None
    guide: GuideView | None = None
    sample: bool = False
    """The content on it is sample content 演示数据."""


class Cancel(Effect, frozen=True, kw_only=True):
    """Stop `target`; its outcome is no longer wanted."""

    target: str
