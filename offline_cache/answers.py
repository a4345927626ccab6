"""What can come of sending a submission: a closed set of values, never an exception.

The gateway's client decides which one it is; the outbox decides what that does to the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the city says no. Only `code` (a stable word) is written down; `message`, `field` and `instead`
    are for the citizen at the screen and stay in memory."""

    code: str
    message: str = ""
    field: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway has it (201), or had it already (200): the same key processed once.

    `number` is the case number or the ticket, where there is one; `state` the case's state in the
    contract's words (`identity-to-confirm` among them)."""

    number: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """422 REFUSED: final, and remembered by the gateway with the key."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class InProgress:
    """409 IN_PROGRESS: an earlier sending of the same key is still at work. Asked again later."""

    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Temporary:
    """The gateway was heard and cannot take this one now (5xx, 408). `retry_after` in seconds; `asked` is
    false where it was not even asked, because the item's department is known to be down."""

    reason: str
    retry_after: float | None = None
    asked: bool = True


@dataclass(frozen=True, slots=True)
class TooMany:
    """429: the whole terminal is asked to wait. `retry_after` in seconds."""

    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The gateway was not heard: no network, timeout, TLS trouble, captive portal. Whether it acted is not
    known, so the same key is sent again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unauthorised:
    """401: the terminal is not, or no longer, known. Nothing is lost; nothing goes until that is mended."""

    reason: str = "unauthorised"


@dataclass(frozen=True, slots=True)
class SealKeyGone:
    """422 SEAL_KEY_GONE: the gateway can no longer open this envelope. For the desk."""


class Rejection(StrEnum):
    """Why a submission can never pass as it is: a bug or a changed contract. For the desk."""

    KEY_REUSED = "key-reused"
    KEY_MISMATCH = "key-mismatch"
    CONFLICT = "conflict"
    MALFORMED = "malformed"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    TOO_LARGE = "too-large"
    DAMAGED = "damaged"
    """Not said by the gateway: what lies on the disk is no longer what was sealed."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Rejected:
    """Any other final answer."""

    reason: Rejection


Answer = (
    Accepted
    | Refused
    | InProgress
    | Temporary
    | TooMany
    | Unreachable
    | Unauthorised
    | SealKeyGone
    | Rejected
)


@dataclass(frozen=True, slots=True)
class Expired:
    """Not an answer of the gateway: the time promised for this submission is over before it could be sent."""


Outcome = Answer | Expired
"""What the agent is told of a submission."""
