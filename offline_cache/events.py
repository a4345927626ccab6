"""The catalogue of everything the journal can say. Its types have no room for personal data.

A field is a number, a truth value, one of a closed set, or a string of a narrow shape: neither a name, an
ID number, a bank card or phone number nor free text fits one. `check` holds an event to that before it is
written.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from offline_cache.exc import UnfitEvent

Code = Annotated[
    str, Meta(pattern=r"^(?!.*[0-9]{7})[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*\Z", min_length=2, max_length=80)
]
"""A word of ours in lower-case ASCII: an item, a step, a device, a condition. No long run of digits."""

Version = Annotated[str, Meta(pattern=r"^[0-9]{1,4}(?:[.-][0-9]{1,2}){0,3}\Z")]
"""A version of a flow or of the agent, e.g. ``3``, ``0.1.0``, ``2026-07-01``."""

VisitId = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\Z")]
"""32 random hexadecimal digits (`secrets.token_hex(16)`, or a UUID). A shorter one would have room for
the number of a bank card."""

Key = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")]
"""An Idempotency-Key: a UUID."""

Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
"""SHA-256 in hexadecimal."""

Number = Annotated[int, Meta(ge=1, le=999_999_999)]
"""The number of an entry: nine digits, which last for centuries, and a phone number has eleven."""


class Operation(StrEnum):
    """What the gateway's contract lets a terminal queue (`application/jose`), by operationId."""

    SUBMIT_APPLICATION = "submitApplication"
    SUPPLEMENT_CASE = "supplementCase"
    RATE = "rate"
    ESCALATE = "escalate"


class AnswerKind(StrEnum):
    """How a submission left the queue."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    REJECTED = "rejected"
    SEAL_KEY_GONE = "seal-key-gone"
    EXPIRED = "expired"


class _Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """Base of the catalogue."""


class AgentStarted(_Event, frozen=True, kw_only=True, tag="agent-started"):
    """The agent runs; `version` is its own."""

    version: Version


class AgentStopped(_Event, frozen=True, kw_only=True, tag="agent-stopped"):
    """The agent ended by itself. A start without it means a crash or a power cut."""

    how: Literal["asked", "updated", "failed"]


class VisitBegan(_Event, frozen=True, kw_only=True, tag="visit-began"):
    """Somebody touched the screen."""

    visit: VisitId


class VisitEnded(_Event, frozen=True, kw_only=True, tag="visit-ended"):
    """The visit is over and its memory wiped; `items` is how many items were finished in it."""

    visit: VisitId
    how: Literal["finished", "left", "timed-out", "card-taken", "crashed", "stopped"]
    items: Annotated[int, Meta(ge=0, le=999)] = 0


class ItemStarted(_Event, frozen=True, kw_only=True, tag="item-started"):
    """A run of an item began."""

    visit: VisitId
    item: Code
    flow_version: Version


class ItemEnded(_Event, frozen=True, kw_only=True, tag="item-ended"):
    """A run of an item ended, and how."""

    visit: VisitId
    item: Code
    outcome: Literal[
        "done",
        "queued",
        "refused",
        "unavailable",
        "failed",
        "cancelled",
        "called-off",
        "timed-out",
        "crashed",
        "stopped",
    ]


class IdentityChecked(_Event, frozen=True, kw_only=True, tag="identity-checked"):
    """Who the citizen is was asked; `confirmed` is false when the platform has not said so (words of the
    contract's `Identity`)."""

    visit: VisitId
    method: Literal["id-card", "phone", "bank-card", "number-face", "business-licence", "none"]
    level: Literal["none", "card", "card+face", "phone"]
    confirmed: bool


class SubmissionStored(_Event, frozen=True, kw_only=True, tag="submission-stored"):
    """A submission is written down; `payload_hash` is over the body before sealing. The outbox writes it."""

    visit: VisitId
    key: Key
    operation: Operation
    payload_hash: Digest


class SubmissionAnswered(_Event, frozen=True, kw_only=True, tag="submission-answered"):
    """A submission left the queue. The outbox writes it."""

    key: Key
    kind: AnswerKind


class SubmissionReleased(_Event, frozen=True, kw_only=True, tag="submission-released"):
    """A technician let it out of quarantine: it is sent again. Written by `kiosk outbox release`."""

    key: Key


class SubmissionClosed(_Event, frozen=True, kw_only=True, tag="submission-closed"):
    """The desk has dealt with what lay in quarantine. Written by `kiosk outbox close`."""

    key: Key
    because: Literal["desk", "duplicate"]


class Printed(_Event, frozen=True, kw_only=True, tag="printed"):
    """A print came to an end; `reason` is the printer's word when it did not come out.

    `count` is of a certificate: the how-manieth print of it the gateway said that this is.
    """

    visit: VisitId
    paper: Literal[
        "receipt",
        "slip",
        "record",
        "guide",
        "payment",
        "appointment",
        "cancellation",
        "deferral",
        "certificate",
    ]
    outcome: Literal["printed", "failed", "unconfirmed"]
    reason: Code | None = None
    count: Number | None = None


class PaymentOpened(_Event, frozen=True, kw_only=True, tag="payment-opened"):
    """A payment exists at the gateway and may be paid from now on; `key` is its Idempotency-Key."""

    visit: VisitId
    key: Key


class PaymentSettled(_Event, frozen=True, kw_only=True, tag="payment-settled"):
    """What became of a payment. `refund-owed`: paid, not rendered, and to be paid back."""

    key: Key
    state: Literal["paid", "failed", "closed", "refund-owed", "refunded"]


class DeviceChanged(_Event, frozen=True, kw_only=True, tag="device-changed"):
    """A device's health is no longer what it was (words of the device contract)."""

    device: Code
    availability: Literal["online", "offline", "unknown"]
    condition: Code


class Escalated(_Event, frozen=True, kw_only=True, tag="escalated"):
    """A citizen asked for help that the terminal cannot give (办不成事, 12345)."""

    visit: VisitId
    kind: Literal["cannot-do", "12345", "business-environment"]
    key: Key


class Rated(_Event, frozen=True, kw_only=True, tag="rated"):
    """A citizen rated the service (好差评); the level goes to the gateway, not into the journal."""

    visit: VisitId
    key: Key


class ConnectivityChanged(_Event, frozen=True, kw_only=True, tag="connectivity-changed"):
    """The gateway is heard again, or no longer."""

    online: bool


class StoreDamaged(_Event, frozen=True, kw_only=True, tag="store-damaged"):
    """A file was not sound and was set aside (outbox) or thrown away (content)."""

    store: Literal["outbox", "content"]


class ItemsTaken(_Event, frozen=True, kw_only=True, tag="items-taken"):
    """Another set of `items` items is offered from now on; `version` is the set's."""

    version: Version
    items: Number


class ItemsRefused(_Event, frozen=True, kw_only=True, tag="items-refused"):
    """A set was put there that cannot be taken; what was offered still is."""

    reason: Literal["unreadable", "malformed", "unknown-operation"]


class JournalRotated(_Event, frozen=True, kw_only=True, tag="journal-rotated"):
    """Entries `first` to `last` lie in a file now, whose bytes have this SHA-256."""

    first: Number
    last: Number
    digest: Digest


class JournalDropped(_Event, frozen=True, kw_only=True, tag="journal-dropped"):
    """The file of entries `first` to `last` was old enough to go; `hash` is that of its last entry, from
    which the chain goes on."""

    first: Number
    last: Number
    hash: Digest


class JournalAnchored(_Event, frozen=True, kw_only=True, tag="journal-anchored"):
    """The gateway keeps the hash of entry `sequence`: nobody can rewrite what came before it unnoticed."""

    sequence: Number


class AnchorRefused(_Event, frozen=True, kw_only=True, tag="anchor-refused"):
    """The gateway keeps another hash for entry `sequence`: one of the two journals is not the true one."""

    sequence: Number


class StoreTrouble(_Event, frozen=True, kw_only=True, tag="store-trouble"):
    """Content is not kept, and will be missed offline (`full`: disk or bound; `broken`: the disk does not
    write or read); `none`: it is kept again."""

    store: Literal["content"]
    kind: Literal["full", "broken", "none"]


Event = (
    AgentStarted
    | AgentStopped
    | VisitBegan
    | VisitEnded
    | ItemStarted
    | ItemEnded
    | IdentityChecked
    | SubmissionStored
    | SubmissionAnswered
    | SubmissionReleased
    | SubmissionClosed
    | Printed
    | PaymentOpened
    | PaymentSettled
    | DeviceChanged
    | Escalated
    | Rated
    | ConnectivityChanged
    | StoreDamaged
    | ItemsTaken
    | ItemsRefused
    | JournalRotated
    | JournalDropped
    | JournalAnchored
    | AnchorRefused
    | StoreTrouble
)
"""The closed set. A new event is added here and nowhere else."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the journal: its number from 1, when (UTC), and what."""

    sequence: int
    at: datetime
    event: Event


_decoder = msgspec.json.Decoder(Event)


def check(*events: Event) -> None:
    """Hold events to the shapes of their fields (msgspec checks them when it reads, not when one is made).

    Raises UnfitEvent, which names the field and never quotes the value.
    """
    for event in events:
        try:
            _decoder.decode(msgspec.json.encode(event))
        except msgspec.MsgspecError as error:
            raise UnfitEvent(f"{type(event).__name__}: {error}") from error
