"""What an answer leaves of a submission: a final one in its row, another one in when it is tried again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from offline_cache.answers import (
    Accepted,
    Expired,
    InProgress,
    Refused,
    Rejected,
    SealKeyGone,
    Temporary,
    TooMany,
    Unauthorised,
    Unreachable,
)
from offline_cache.events import AnswerKind
from offline_cache.submission import State

_CODE = re.compile(r"(?!.*[0-9]{7})[A-Za-z][A-Za-z0-9_.-]{0,63}\Z")  # as in the contract: a stable word
_NUMBER = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")  # `case_no` has at most 40, `id` at most 64
_MAX_CODES = 10


@dataclass(frozen=True, slots=True)
class Final:
    """What a final outcome leaves in the row."""

    state: State
    kind: AnswerKind
    reason: str = ""
    number: str | None = None
    case_state: str | None = None


def final(outcome: Accepted | Refused | Expired | SealKeyGone | Rejected) -> Final:
    """The final `outcome`, cut down to what may be written."""
    match outcome:
        case Accepted(number, case_state):
            return Final(
                State.DONE,
                AnswerKind.ACCEPTED,
                number=number if number and _NUMBER.match(number) else None,
                case_state=case_state if case_state and _CODE.match(case_state) else None,
            )
        case Refused(reasons):
            codes = (r.code if _CODE.match(r.code) else "OTHER" for r in reasons[:_MAX_CODES])
            return Final(State.REFUSED, AnswerKind.REFUSED, ",".join(codes))
        case Expired():
            return Final(State.EXPIRED, AnswerKind.EXPIRED, "expired")
        case SealKeyGone():
            return Final(State.QUARANTINED, AnswerKind.SEAL_KEY_GONE, "seal-key-gone")
        case Rejected(reason):
            return Final(State.QUARANTINED, AnswerKind.REJECTED, reason)


def delay(
    outcome: InProgress | TooMany | Temporary | Unreachable | Unauthorised,
) -> tuple[str, float | None]:
    """Why `outcome` is not final, and the seconds that the gateway asks to wait."""
    match outcome:
        case InProgress(retry_after):
            return "in-progress", retry_after
        case TooMany(retry_after):
            return "too-many", retry_after
        case Temporary(reason, retry_after):
            return reason, retry_after
        case Unreachable(reason) | Unauthorised(reason):
            return reason, None
