"""What the gateway's answer to a queued submission means for the outbox.

The outbox may forget a submission only when the gateway took it (`Accepted`) or refused it for a
reason the citizen must hear (`Refused`). Everything else stays written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kiosk.gateway.outcomes import FieldError, Ok, Outcome, Problem, TooLow, Unreachable


@dataclass(frozen=True, slots=True, repr=False)
class Accepted:
    """The gateway has it (201), or had it already (200, `again`). `data` is the answer, e.g. the case."""

    data: Any
    again: bool


@dataclass(frozen=True, slots=True)
class InProgress:
    """409 IN_PROGRESS: an earlier sending of the same key is still being worked on. Ask again later."""

    retry_after: float | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The city says no, with every reason; remembered there, so that asking again changes nothing."""

    code: str
    detail: str
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Unauthorised:
    """401 even with a fresh token: this terminal is not known (UNKNOWN_TERMINAL), or no longer trusted.

    Nothing that this terminal queued will pass until a technician has seen to it.
    """

    code: str


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """This one submission cannot pass as it is (key reused, sealing key gone, bad request): for a person."""

    status: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Later:
    """No answer, or the city asks for patience. Whether it acted is not known: the same key goes again."""

    reason: str
    retry_after: float | None


Delivery = Accepted | InProgress | Refused | Unauthorised | Undeliverable | Later

_BROKEN = frozenset({"KEY_REUSED", "KEY_MISMATCH", "SEAL_KEY_GONE"})
"""422 codes that are about the envelope and not about the citizen's case."""

_PATIENCE = frozenset({408, 425, 429})
"""4xx that say "not now": Request Timeout, Too Early, Too Many Requests."""


def classify(outcome: Outcome) -> Delivery:
    """What `outcome` of sending a submission means for it."""
    match outcome:
        case Ok(data, again):
            return Accepted(data, again)
        case Unreachable(reason, _, retry_after):
            return Later(reason.value, retry_after)
        case TooLow():
            return Unauthorised("insufficient_user_authentication")
        case Problem():
            return _of_problem(outcome)


def _of_problem(problem: Problem) -> Delivery:
    if problem.status == 401:
        return Unauthorised(problem.code)
    if problem.status in _PATIENCE:
        return Later(f"status {problem.status}", problem.retry_after)
    if problem.status == 409 and (problem.retryable or problem.code == "IN_PROGRESS"):
        return InProgress(problem.retry_after)
    if problem.status in (409, 422) and problem.code not in _BROKEN:
        return Refused(problem.code, problem.detail, problem.errors)
    return Undeliverable(problem.status, problem.code, problem.detail)
