"""A submission on its way: what is written down of it, and what can be seen of it later."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from offline_cache.events import Operation, SubmissionStored, check
from offline_cache.exc import NotSealed
from offline_cache.world import to_ms

MAX_ENVELOPE = 16_000_000
"""Bytes: `Sealed.maxLength` of the gateway's contract."""

_TARGET = re.compile(r"[A-Za-z0-9._-]{0,64}\Z")  # an item's code or a case's id, as the contract has them
_JWE_DOTS = 4  # RFC 7516, 7.1: five parts
_SEALED_START = b"eyJ"  # base64url of '{"'


class State(StrEnum):
    """Where a submission is. Only WAITING is ever sent."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Submission:
    """What the citizen confirmed, signed and sealed. Times are aware.

    `key` is the Idempotency-Key (UUID), fixed at the confirmation; `visit` is random per visit; `sequence`
    grows within it; `target` is the item's code or the case's id in the operation's path, or empty;
    `payload_hash` is SHA-256 (hex) over the body before sealing. After `expires_at` it is not sent any more
    (the citizen was told). `stored` is its journal event and `row` what is written of it: made here, so that
    all is checked before the promise and not within it. Raises ValueError for a value out of shape, NotSealed
    for an envelope that is not a compact JWE.
    """

    key: str
    visit: str
    sequence: int
    operation: str
    target: str
    envelope: bytes = field(repr=False)
    payload_hash: str
    created_at: datetime
    expires_at: datetime
    stored: SubmissionStored = field(init=False, repr=False, compare=False)
    row: tuple[str | int | bytes, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        stored = SubmissionStored(
            visit=self.visit,
            key=self.key,
            operation=Operation(self.operation),
            payload_hash=self.payload_hash,
        )
        check(stored)
        object.__setattr__(self, "stored", stored)
        row = (
            self.key,
            self.visit,
            self.sequence,
            self.operation,
            self.target,
            self.payload_hash,
            to_ms(self.created_at),
            to_ms(self.expires_at),
            self.envelope,
        )
        object.__setattr__(self, "row", row)
        if not _TARGET.match(self.target):
            raise ValueError("the target is neither an item's code nor an id")
        if self.sequence < 0:
            raise ValueError("a sequence below 0")
        if not self.envelope.startswith(_SEALED_START) or self.envelope.count(b".") != _JWE_DOTS:
            raise NotSealed("the envelope is not a compact JWE")
        if len(self.envelope) > MAX_ENVELOPE:
            raise ValueError(f"an envelope of more than {MAX_ENVELOPE} bytes")


@dataclass(frozen=True, slots=True)
class Filed:
    """What the outbox can say of a submission, without its content. Times in UTC.

    `reason` holds the gateway's codes (comma-separated) of a refusal, or why it lies in quarantine, or the
    last trouble while it waits; `number` and `case_state` what the gateway gave; `attempts` counts the tries
    since the agent started (None when somebody else than the agent reads); `size` is the envelope's, in
    bytes.
    """

    key: str
    visit: str
    sequence: int
    operation: str
    target: str
    payload_hash: str
    created_at: datetime
    expires_at: datetime
    state: State
    reason: str
    number: str | None
    case_state: str | None
    answered_at: datetime | None
    size: int
    attempts: int | None
