"""What a run holds on its way beside the answers: pictures, slots, payments, choices of the city.

Personal, as the run itself: in memory for one visit. No `repr` says anything of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from flows.fields import Source, Trust

PaymentState = Literal["creating", "pending", "paid", "failed", "closed", "unknown", "refunding", "refunded"]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, and silent about its content."""

    def __repr__(self) -> str:
        """The kind only."""
        return f"{type(self).__name__}()"


class Known(Held, frozen=True, kw_only=True):
    """A value, where it came from, and how far it can be trusted (A agency … D self-declared)."""

    value: str
    source: Source
    trust: Trust = "D"
    label: str = ""
    """What the value is called, where it is a code of a department's list."""
    proved: bool = False
    """Of a phone number: a code sent to it was typed in. Not asked again in the visit."""
    chosen: bool = False
    """The citizen chose it from a list, whoever the list is from."""
    earlier: bool = False
    """The citizen answered it in an earlier item of this visit."""

    def __repr__(self) -> str:
        """Source and trust only."""
        return f"Known(source={self.source!r}, trust={self.trust!r})"


class Entry(Held, frozen=True, kw_only=True):
    """One entry of a department's list, and the fields that are known when it is chosen."""

    value: str
    label: str
    detail: str = ""
    fields: Mapping[str, Known] = {}


class Picture(Held, frozen=True, kw_only=True):
    """A photographed page: base64 of a JPEG, and its SHA-256 in hex."""

    image: str
    sha256: str


class Captured(Held, frozen=True, kw_only=True):
    """What there is of one document: its pages, or that it follows later."""

    importance: Literal["main", "secondary"]
    pages: tuple[Picture, ...] = ()
    later: bool = False
    uploaded: bool = False
    """Sent from the phone."""


class Upload(Held, frozen=True, kw_only=True):
    """The phone's way to send documents. `arrived`: the roles of which it has sent a picture this time."""

    link: str = ""
    expires_at: str = ""
    arrived: frozenset[str] = frozenset()


class Committed(Held, frozen=True, kw_only=True):
    """The commitment that was agreed to, as the contract wants it."""

    text_version: str
    text_sha256: str
    agreed_at: str


Mode = Literal["local", "online", "forwarded", "joint"]


class RegionMode(Held, frozen=True, kw_only=True):
    """跨省通办: the home division, and the mode that the city named for it; None: it could not be asked."""

    home: str
    mode: Mode | None
    label: str
    detail: str = ""


class Slot(Held, frozen=True, kw_only=True):
    """A free time at a place; times RFC 3339."""

    id: str
    place: str
    starts_at: str
    ends_at: str = ""
    free: int = 0


class Booking(Held, frozen=True, kw_only=True):
    """A slot that is held (until `held_until`), confirmed (then with its ticket), or cancelled after that."""

    id: str
    slot: Slot
    state: Literal["held", "confirmed", "cancelled"]
    held_until: str = ""
    ticket: str = ""


class Payment(Held, frozen=True, kw_only=True):
    """A payment as far as the run knows it. Money in fen."""

    fen: int
    state: PaymentState
    method: Literal["qr", "pos"] = "qr"
    id: str = ""
    qr: str = ""
    expires_at: str = ""
    paid_at: str = ""
    bill_no: str = ""
    bill_check_code: str = ""
    attempt: int = 1
    """The how-manieth payment of this bill in this run: a new one is a new intent."""


class OwnCase(Held, frozen=True, kw_only=True):
    """One of the citizen's cases for which something is still to be brought."""

    case_no: str
    item: str
    state: str
    documents: tuple[str, ...] = ()
    """What it lacks, by role."""
    names: Mapping[str, str] = {}
    """What the guide of its item calls them."""
    due: str = ""
    reasons: tuple[str, ...] = ()
    """Of a part of a bundle that was not accepted: why not."""


class Continue(Held, frozen=True, kw_only=True):
    """What the terminal begins when this run has ended: a draft's item, with what was filled in."""

    item: str
    fields: Mapping[str, Any]
    """The contract's `Value` by field, as it came."""
