"""Sends what the outbox holds, and says what came of it in the outbox's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from flows.events import ChildFiled
from kiosk.desks.filing import Case
from kiosk.gateway import delivery as said
from kiosk.gateway.answers import text
from offline_cache import answers
from offline_cache.answers import Answer, Reason, Rejection
from offline_cache.submission import Submission

_MOST_REMEMBERED = 64
_MOST_PARTS = 20
"""Documents, children and reasons of one case that are read."""
_REJECTIONS = {
    "KEY_REUSED": Rejection.KEY_REUSED,
    "KEY_MISMATCH": Rejection.KEY_MISMATCH,
    400: Rejection.MALFORMED,
    403: Rejection.FORBIDDEN,
    404: Rejection.NOT_FOUND,
    413: Rejection.TOO_LARGE,
}
_HEARD = frozenset({"server-error", "status 408", "status 425"})


class Client(Protocol):
    """What is needed of the gateway's client."""

    def submit(self, operation: str, target: str, envelope: bytes, key: str) -> said.Delivery:
        """Send a sealed body once."""
        ...


class Courier:
    """`send` is called in the sync thread; what the city said beyond the number waits for `case`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._cases: dict[str, Case] = {}

    def send(self, submission: Submission) -> Answer:
        """Deliver `submission` once."""
        result = self._client.submit(
            submission.operation, submission.target, submission.envelope, submission.key
        )
        if isinstance(result, said.Accepted):
            self._remember(submission.key, result.data)
        return to_answer(result)

    def case(self, key: str) -> Case | None:
        """What the city said of `key`, once."""
        return self._cases.pop(key, None)

    def _remember(self, key: str, data: Any) -> None:
        if not isinstance(data, Mapping):
            return
        while len(self._cases) >= _MOST_REMEMBERED:
            del self._cases[next(iter(self._cases))]
        self._cases[key] = case_of(data)


def case_of(data: Mapping[str, Any]) -> Case:
    """What the contract's Case or Ticket says beyond its number, bounded."""
    days = data.get("promised_working_days")
    deferral = _deferral(data)
    children = data.get("children")
    return Case(
        next=text(data.get("next") or data.get("promised_by"), 200),
        working_days=days if isinstance(days, int) else None,
        documents=_texts(deferral.get("documents"), 40),
        due=text(deferral.get("due"), 10),
        children=tuple(
            ChildFiled(
                item=text(each.get("item"), 64),
                case_no=text(each.get("case_no"), 40),
                state=text(each.get("state"), 40),
                reasons=_texts(each.get("reasons"), 200),
                next=text(each.get("next"), 200),
                documents=_texts(_deferral(each).get("documents"), 40),
            )
            for each in (children if isinstance(children, list) else [])[:_MOST_PARTS]
            if isinstance(each, Mapping)
        ),
    )


def _deferral(case: Mapping[str, Any]) -> Mapping[str, Any]:
    told = case.get("deferral")
    return told if isinstance(told, Mapping) else {}


def _texts(values: Any, limit: int) -> tuple[str, ...]:
    found = values if isinstance(values, list) else []
    return tuple(told for each in found[:_MOST_PARTS] if (told := text(each, limit)))


def to_answer(result: said.Delivery) -> Answer:
    """The gateway client's word → the outbox's."""
    match result:
        case said.Accepted(data=data):
            return _accepted(data if isinstance(data, Mapping) else {})
        case said.InProgress(retry_after=retry_after):
            return answers.InProgress(retry_after)
        case said.Refused(code=code, detail=detail, errors=errors):
            reasons = tuple(
                Reason(code=each.code or code, message=each.message, field=each.field, instead=each.instead)
                for each in errors
            )
            return answers.Refused(reasons or (Reason(code=code or "REFUSED", message=detail),))
        case said.Unauthorised(code=code):
            return answers.Unauthorised(code.lower().replace("_", "-") or "unauthorised")
        case said.Undeliverable(code="SEAL_KEY_GONE"):
            return answers.SealKeyGone()
        case said.Undeliverable(status=status, code=code):
            return answers.Rejected(_REJECTIONS.get(code, _REJECTIONS.get(status, Rejection.OTHER)))
        case said.Later(reason=reason, retry_after=retry_after):
            if reason == "status 429":
                return answers.TooMany(retry_after)
            if reason == "department-down":
                return answers.Temporary(reason, retry_after, asked=False)
            if reason in _HEARD:
                return answers.Temporary(reason.replace(" ", "-"), retry_after)
            return answers.Unreachable(reason.replace(" ", "-"))


def _accepted(data: Mapping[str, Any]) -> Answer:
    number = data.get("case_no") or data.get("ticket") or data.get("id")
    state = data.get("state")
    return answers.Accepted(str(number) if number else None, str(state) if state else None)
