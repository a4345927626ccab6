"""Asks the gateway for an operation of its contract, by name, and gives back a value.

Three doors: `call` for an operation within a visit, `fetch` for public content with an ETag, and
`submit` for a sealed body from the outbox.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from kiosk.clock import Clock
from kiosk.gateway import answers
from kiosk.gateway.bearer import Bearer, bearer
from kiosk.gateway.contract import Contract, Operation
from kiosk.gateway.delivery import Delivery, classify
from kiosk.gateway.outcomes import (
    Fetched,
    FetchOutcome,
    NotModified,
    Ok,
    Outcome,
    Problem,
    Reason,
    TooLow,
    Unreachable,
)
from kiosk.gateway.shape import misfit
from kiosk.gateway.signers import Outgoing, Signer
from kiosk.gateway.transport import Http, HttpAnswer

_ATTEMPTS = 3
_FIRST_PAUSE = 0.25
"""Seconds before the second attempt; doubled for the third, plus up to as much again by chance."""

TerminalToken = Callable[[bool, float], "str | Problem | Unreachable"]
"""Gives the terminal's own access token within so many seconds; True: the gateway refused the last one."""


@dataclass(frozen=True, slots=True, repr=False)
class _Request:
    """One operation, ready but for its token."""

    operation: Operation
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    token: str | Bearer | None

    @property
    def repeatable(self) -> bool:
        """Whether a second attempt cannot act twice."""
        return self.operation.method == "GET" or "Idempotency-Key" in self.headers


class GatewayClient:
    """The city's gateway. Safe to use from several threads; holds nothing of a citizen.

    `on_time` is told the gateway's time from every authenticated answer. `pause` and `random`
    (0 ≤ x < 1) are given by tests and by the simulation.
    """

    def __init__(
        self,
        *,
        base_url: str,
        http: Http,
        contract: Contract,
        signer: Signer,
        terminal_token: TerminalToken,
        clock: Clock,
        on_time: Callable[[datetime], None],
        random: Callable[[], float],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        if not base_url.startswith("https://"):
            raise ValueError(f"the gateway's address must begin with https://, not {base_url!r}")
        self._base_url = base_url.rstrip("/")
        self._http = http
        self._contract = contract
        self._signer = signer
        self._terminal_token = terminal_token
        self._clock = clock
        self._on_time = on_time
        self._random = random
        self._pause = pause

    def call(
        self,
        operation: str,
        path: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        token: str | Bearer | None = None,
        key: str | None = None,
        deadline: float = 8.0,
    ) -> Outcome:
        """Carry out `operation` within `deadline` seconds, retries included.

        `path` and `query` fill the contract's parameters; `token` is the citizen's access token
        (without it, the terminal's own where the contract takes that); `key` is the Idempotency-Key
        of an operation that wants one. Raises UnknownOperation, KeyError and ValueError for what is
        not in the contract: mistakes of the caller.
        """
        headers = {"Idempotency-Key": key} if key is not None else {}
        encoded = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            encoded = msgspec.json.encode(body)
        request = self._request(operation, path or {}, query or {}, headers, body=encoded, token=token)
        if isinstance(request, Problem):
            return request
        return self._repeat(request, deadline)

    def fetch(
        self,
        operation: str,
        path: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        etag: str | None = None,
        deadline: float = 8.0,
    ) -> FetchOutcome:
        """Public content, new or confirmed: `etag` is that of the copy in hand."""
        if not self._contract[operation].conditional:
            raise ValueError(f"{operation} is not public content")
        headers = {"If-None-Match": etag} if etag is not None else {}
        request = self._request(operation, path or {}, query or {}, headers)
        if isinstance(request, Problem):
            return request
        answer = self._attempt(request, self._clock.monotonic() + deadline)
        if not isinstance(answer, HttpAnswer):
            return answer
        if answer.status == 304 and etag is not None:
            return NotModified(*answers.freshness(answer))
        outcome = self._outcome(request.operation, answer)
        match outcome:
            case Ok():
                return Fetched(answer.body, answers.etag(answer), *answers.freshness(answer))
            case TooLow():
                return Problem(401, "insufficient_user_authentication")
            case Problem() | Unreachable():
                return outcome

    def submit(
        self, operation: str, target: str, envelope: bytes, key: str, deadline: float = 15.0
    ) -> Delivery:
        """Send a sealed body once; the outbox decides when to try again.

        `target` is the value of the operation's one path parameter (item or id), empty where it has none.
        """
        spec = self._contract[operation]
        if not (spec.jose and spec.keyed):
            raise ValueError(f"{operation} does not take sealed bodies")
        path = {parameter.name: target for parameter in spec.parameters}
        headers = {"Content-Type": "application/jose", "Idempotency-Key": key}
        request = self._request(operation, path, {}, headers, body=envelope)
        if isinstance(request, Problem):
            return classify(request)
        answer = self._attempt(request, self._clock.monotonic() + deadline)
        return classify(self._outcome(spec, answer) if isinstance(answer, HttpAnswer) else answer)

    def _request(
        self,
        operation: str,
        path: Mapping[str, str],
        query: Mapping[str, str],
        headers: dict[str, str],
        *,
        body: bytes | None = None,
        token: str | Bearer | None = None,
    ) -> _Request | Problem:
        """The request, or a Problem where an id (typed or scanned by a citizen) cannot be one."""
        spec = self._contract[operation]
        if spec.keyed != ("Idempotency-Key" in headers):
            raise ValueError(f"{operation} {'needs an' if spec.keyed else 'takes no'} Idempotency-Key")
        if unknown := query.keys() - spec.query:
            raise ValueError(f"{operation} has no query parameter {', '.join(sorted(unknown))}")
        if token is None and spec.tokens == {"visit"}:
            raise ValueError(f"{operation} needs a citizen's token")
        filled = spec.path(path)
        if filled is None:
            return Problem(404, "NO_SUCH_ID", "没有这个编号，请核对后再试。")
        url = f"{self._base_url}{filled}" + (f"?{urlencode(query)}" if query else "")
        accept = {"Accept": "application/json, application/problem+json"}
        # A citizen's token never goes where only the terminal is asked for.
        return _Request(spec, url, {**accept, **headers}, body, token if "visit" in spec.tokens else None)

    def _repeat(self, request: _Request, deadline: float) -> Outcome:
        ends = self._clock.monotonic() + deadline
        pause = _FIRST_PAUSE
        for attempt in range(1, _ATTEMPTS + 1):
            answer = self._attempt(request, ends)
            outcome = self._outcome(request.operation, answer) if isinstance(answer, HttpAnswer) else answer
            if attempt == _ATTEMPTS or not request.repeatable or not _passing(outcome):
                break
            wait = getattr(outcome, "retry_after", None) or pause * (1 + self._random())
            if self._clock.monotonic() + wait >= ends:
                break
            self._pause(wait)
            pause *= 2
        return outcome

    def _attempt(self, request: _Request, ends: float) -> HttpAnswer | Problem | Unreachable:
        """Send once; and again with a new token where the terminal's own was refused: a 401 did not act."""
        answer = self._send(request, ends, fresh=False)
        token = request.token
        if isinstance(answer, HttpAnswer) and answer.status == 401 and not isinstance(token, str | None):
            # RFC 9449, 9: the gateway wants its nonce in the proof; a 401 did not act.
            token.nonce(answer.headers.get("dpop-nonce", ""))
            if "use_dpop_nonce" in answer.headers.get("www-authenticate", ""):
                answer = self._send(request, ends, fresh=False)
        own_token = request.token is None and request.operation.tokens
        if isinstance(answer, HttpAnswer) and answer.status == 401 and own_token:
            refusal = answers.problem(answer, self._clock.now())
            if not (isinstance(refusal, Problem) and refusal.code == "UNKNOWN_TERMINAL"):
                return self._send(request, ends, fresh=True)
        return answer

    def _send(self, request: _Request, ends: float, *, fresh: bool) -> HttpAnswer | Problem | Unreachable:
        headers = dict(request.headers)
        if request.operation.tokens:
            token = request.token or self._terminal_token(fresh, ends - self._clock.monotonic())
            if isinstance(token, Problem | Unreachable):
                return token
            headers |= bearer(token).headers(request.operation.method, request.url)
        method = request.operation.method
        headers |= self._signer.headers(Outgoing(method, request.url, headers, request.body))
        left = ends - self._clock.monotonic()
        if left <= 0:
            return Unreachable(Reason.TIMEOUT, "the deadline passed before the request was sent")
        answer = self._http.send(method, request.url, headers=headers, body=request.body, timeout=left)
        if isinstance(answer, Unreachable):
            return answer
        if intercepted := answers.intercepted(answer):
            return intercepted
        if answer.date is not None:
            self._on_time(answer.date)
        return answer

    def _outcome(self, operation: Operation, answer: HttpAnswer) -> Outcome:
        now = self._clock.now()
        if answer.status in operation.answers:
            data = answers.decoded(answer.body)
            if isinstance(data, Unreachable):
                return data
            place = misfit(data, operation.answers[answer.status], self._contract)
            if place:
                return Unreachable(Reason.MALFORMED, f"{operation.name} {place}")
            return Ok(data, again=answer.status == 200 and 201 in operation.answers)
        if answer.status >= 500:
            return answers.server_error(answer, now)
        if answer.status >= 400:
            return answers.too_low(answer) or answers.problem(answer, now)
        return Unreachable(Reason.MALFORMED, f"{operation.name} answered with status {answer.status}")


def _passing(outcome: Outcome) -> bool:
    """Whether the trouble may be over in a moment."""
    match outcome:
        case Unreachable(reason):
            return reason in (Reason.NO_NETWORK, Reason.TIMEOUT, Reason.SERVER_ERROR)
        case Problem(status, retryable=retryable):
            return retryable and status in (409, 429)
        case _:
            return False
