"""One execution of a flow. Immutable: the engine answers each event with a new one.

A run holds personal data (values, card text, signature). It lives in the memory of one visit, is
never written down, and its `repr` says nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from flows.events import Business, ChildFiled
from flows.fields import Level
from flows.held import (
    Booking,
    Captured,
    Committed,
    Continue,
    Entry,
    Known,
    OwnCase,
    Payment,
    Picture,
    RegionMode,
    Slot,
    Upload,
)
from flows.page import Benefit, GuideView, Scan, TableBody
from flows.parts import Option, Reason

Ended = Literal["", "done", "queued", "refused", "unavailable", "cancelled", "called-off"]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands there, at which level. `confirmed` is False when only the card said so, offline."""

    name: str
    id_number: str
    level: Level
    method: Literal["id-card", "phone", "number-face"]
    confirmed: bool
    at: str
    sam_id: str = ""
    card: Mapping[str, str] = {}
    """The card's text as read (no photo); goes only into a sealed body."""
    business: Business | None = None

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


FiledState = Literal["accepted", "received", "stored", "to-confirm"]
_FILED: dict[str, FiledState] = {
    "identity-to-confirm": "to-confirm",
    "accepted": "accepted",
    "accepted-with-deferral": "accepted",
    "in-progress": "accepted",
    "done": "accepted",
}
"""The contract's states of a case, as far as they say that it was accepted."""


def filed_state(state: str) -> FiledState:
    """What may be said of a case in `state`. Of one that is not known to be accepted the city has the case,
    and nothing more is claimed (`received`, `supplement-needed`, or what an earlier sending came to)."""
    return _FILED.get(state, "received")


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the submission so far."""

    state: FiledState
    slip: str
    """Number of the slip: the idempotency key."""
    case_no: str = ""
    until: str = ""
    """Day (RFC 3339) up to which a stored submission is sent."""
    next: str = ""
    working_days: int | None = None
    documents: tuple[str, ...] = ()
    """What is to follow (容缺), by name or role, until the day `due`."""
    due: str = ""
    children: tuple[ChildFiled, ...] = ()


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why this run cannot go on."""

    kind: Literal["refused", "unavailable"]
    title: str
    reasons: tuple[Reason, ...]
    next: tuple[str, ...] = ()
    code: str = ""
    retry: bool = False
    change: int | None = None
    """The step at which the citizen may change what it came of."""


class PaperState(msgspec.Struct, frozen=True, kw_only=True):
    """What the printer did with the last print of this run."""

    state: Literal["printing", "printed", "failed", "unconfirmed"]
    words: str = ""
    code: str = ""
    """Of a certificate: its verification code, and the how-manieth print of it this was."""
    count: int = 0


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
    unlisted: frozenset[str] = frozenset()
    """The fields that are typed, as the list they are chosen from could not be had."""
    empty: frozenset[str] = frozenset()
    """The fields whose list had nothing to choose from and was passed over."""
    person: Person | None = None
    scan: Scan | None = None
    principal: Principal | None = None
    proxied: bool | None = None
    guide: GuideView | None = None
    options: tuple[Option, ...] = ()
    codes: Mapping[str, tuple[Option, ...]] = {}
    """Published code lists that this run has loaded, by their name."""
    entries: tuple[Entry, ...] = ()
    """A department's list, while it is chosen from."""
    code_id: str = ""
    """The phone code that was sent last; empty when it is used up."""
    code_to: str = ""
    """The number that it was sent to."""
    record: int | None = None
    """The entry of a repeating group that is being filled in; its count for a new one."""
    draft: Mapping[str, str] = {}
    """What is being filled in or chosen on this step, and is no answer yet."""
    documents: Mapping[str, Captured] = {}
    """By role; a portrait has the role `photo`."""
    capturing: str = ""
    """The role whose pages are being photographed."""
    taken: tuple[Picture, ...] = ()
    """Its pages so far; they take the place of earlier ones when it is done."""
    picture: Picture | None = None
    """Taken, and not yet kept."""
    upload: Upload | None = None
    """While the phone may send documents."""
    face_consent_at: str = ""
    """When the citizen agreed to a face comparison (RFC 3339); gone with the comparison."""
    tries: int = 0
    """Face comparisons that did not succeed."""
    problems: tuple[str, ...] = ()
    """Why the picture before will not do."""
    committed: Committed | None = None
    region: RegionMode | None = None
    slots: tuple[Slot, ...] = ()
    booking: Booking | None = None
    holds: int = 0
    """Holds and moves that the city has answered: the next one is meant anew."""
    payment: Payment | None = None
    refund: str = ""
    """The effect that pays back; its news is heard whatever the run does meanwhile."""
    cases: tuple[OwnCase, ...] = ()
    dropped: frozenset[str] = frozenset()
    """Items of a bundle that the citizen does not want."""
    certificate: str = ""
    """Id of the answer that can be printed sealed."""
    then: Continue | None = None
    table: TableBody | None = None
    sheet: int = 1
    signature: Signature | None = None
    filed: Filed | None = None
    paper: PaperState | None = None
    prints: int = 0
    benefits: tuple[Benefit, ...] = ()
    trouble: Trouble | None = None
    today: str = ""
    """Civil day of the last touch, ISO; bounds what `year`, `month` and `date` fields take."""
    outcome: Ended = ""
    """What the run has come to so far."""
    ended: Ended = ""
    """Set once, when the run is over."""

    @property
    def year(self) -> int:
        """Civil year of the last touch; 0 before there was one."""
        return int(self.today[:4] or 0)

    @property
    def sample(self) -> bool:
        """Whether what is shown and printed is sample content 演示数据: as the item's guide says."""
        return self.guide is not None and self.guide.sample

    def __repr__(self) -> str:
        """Where the run stands, and nothing personal."""
        return f"Run(id={self.id!r}, item={self.item!r}, step={self.step}, phase={self.phase!r})"


JsonObject = dict[str, Any]
