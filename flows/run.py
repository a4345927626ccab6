"""One execution of a flow. Immutable: the engine answers each event with a new one.

A run holds personal data (values, card text, signature). It lives in the memory of one visit, is
never written down, and its `repr` says nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from flows.model import Level, Source, Trust
from flows.page import Benefit, GuideView, Option, Reason, Scan, TableBody

Ended = Literal["", "done", "queued", "refused", "unavailable", "cancelled"]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A value, where it came from, and how far it can be trusted (A agency … D self-declared)."""

    value: str
    source: Source
    trust: Trust = "D"

    def __repr__(self) -> str:
        """Source and trust only."""
        return f"Known(source={self.source!r}, trust={self.trust!r})"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands there, at which level. `confirmed` is False when only the card said so, offline."""

    name: str
    id_number: str
    level: Level
    method: Literal["id-card", "phone"]
    confirmed: bool
    at: str
    sam_id: str = ""
    card: Mapping[str, str] = {}
    """The card's text as read (no photo); goes only into a sealed body."""

    def __repr__(self) -> str:
        """Level and method only."""
        return f"Person(level={self.level!r}, method={self.method!r}, confirmed={self.confirmed})"


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """亲友代办: for whom, how related, and by which authorisation."""

    name: str
    id_number: str
    relation: str = ""
    authorisation: str = ""

    def __repr__(self) -> str:
        """Nothing personal."""
        return f"Principal(relation={self.relation!r})"


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """PNG as base64, the strokes' JSON, and when."""

    image: str
    strokes: str
    signed_at: str

    def __repr__(self) -> str:
        """Only that there is one."""
        return f"Signature(signed_at={self.signed_at!r})"


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the submission so far."""

    state: Literal["accepted", "received", "stored", "to-confirm"]
    slip: str
    """Number of the slip: the idempotency key."""
    case_no: str = ""
    until: str = ""
    """Day (RFC 3339) up to which a stored submission is sent."""
    next: str = ""
    working_days: int | None = None


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why this run cannot go on."""

    kind: Literal["refused", "unavailable"]
    title: str
    reasons: tuple[Reason, ...]
    next: tuple[str, ...] = ()
    code: str = ""
    retry: bool = False


class PaperState(msgspec.Struct, frozen=True, kw_only=True):
    """What the printer did with the last print of this run."""

    state: Literal["printing", "printed", "failed", "unconfirmed"]
    words: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one execution. `step` indexes the flow's steps; `phase` is the step's own word."""

    id: str
    item: str
    version: str
    step: int = 0
    phase: str = ""
    issued: int = 0
    pending: frozenset[str] = frozenset()
    values: Mapping[str, Known] = {}
    errors: Mapping[str, str] = {}
    message: str = ""
    return_to: int | None = None
    unchecked: tuple[str, ...] = ()
    person: Person | None = None
    scan: Scan | None = None
    principal: Principal | None = None
    proxied: bool | None = None
    guide: GuideView | None = None
    options: tuple[Option, ...] = ()
    table: TableBody | None = None
    sheet: int = 1
    signature: Signature | None = None
    filed: Filed | None = None
    paper: PaperState | None = None
    benefits: tuple[Benefit, ...] = ()
    trouble: Trouble | None = None
    year: int = 0
    """Civil year of the last touch; bounds what a `year` field offers."""
    outcome: Ended = ""
    """What the run has come to so far."""
    ended: Ended = ""
    """Set once, when the run is over."""

    def __repr__(self) -> str:
        """Where the run stands, and nothing personal."""
        return f"Run(id={self.id!r}, item={self.item!r}, step={self.step}, phase={self.phase!r})"


JsonObject = dict[str, Any]
