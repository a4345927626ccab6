"""Asks the gateway for an operation of its contract, by name, and gives back a value.

Five doors: `call` for an operation within a visit, `fetch` for public content with an ETag,
`submit` for a sealed body from the outbox, `print_certificate` for a paper, and `uploaded` for a picture.
What an item's department is asked goes through that department's breaker, and to its adapter where one is
configured.
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
from kiosk.gateway import answers, pace
from kiosk.gateway.adapters import Adapters, Asked
from kiosk.gateway.bearer import Bearer, bearer
from kiosk.gateway.breaker import Breakers
from kiosk.gateway.contract import Contract, Operation
from kiosk.gateway.delivery import Delivery, Undeliverable, classify
from kiosk.gateway.freshness import freshness, not_modified
from kiosk.gateway.outcomes import (
    CertificateOutcome,
    Fetched,
    FetchOutcome,
    Ok,
    Outcome,
    PictureOutcome,
    Problem,
    Reason,
    TooLow,
    Unreachable,
)
from kiosk.gateway.shape import misfit
from kiosk.gateway.signers import Outgoing, Signer
from kiosk.gateway.transport import Http, HttpAnswer
from offline_cache.rate import Stated

_ATTEMPTS = 3
_FIRST_PAUSE = 0.25
"""Seconds before the second attempt; doubled for the third, plus up to as much again by chance."""

_SKEW = 30.0
"""Seconds that a clock may be off before a 401 to a dated proof or signature is put down to it."""

_BODY_LIMIT = 16_000_000
"""Bytes of a request's body, by the contract (413)."""

TerminalToken = Callable[[bool, float], "str | Bearer | Problem | Unreachable"]
"""Gives the terminal's own access token within so many seconds; True: the gateway refused the last one."""


@dataclass(frozen=True, slots=True, repr=False)
class _Request:
    """One operation, ready but for its token."""

    operation: Operation
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    token: str | Bearer | None
    department: str | None

    @property
    def repeatable(self) -> bool:
        """Whether a second attempt cannot act twice."""
        return self.operation.method == "GET" or "Idempotency-Key" in self.headers


class GatewayClient:
    """The city's gateway. Safe to use from several threads; holds nothing of a citizen.

    `on_time` is told the gateway's time from every authenticated answer, `on_pace` the rate where one is
    stated, and `on_again` that a request of the terminal's own had to be sent once more. `pause` and
    `random` (0 ≤ x < 1) are given by tests and by the simulation. `breakers` knows the departments (none by
    itself), `adapters` the items whose back end is not the gateway.
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
        on_pace: Callable[[Stated], None] = lambda _: None,
        on_again: Callable[[], None] = lambda: None,
        pause: Callable[[float], None] = time.sleep,
        breakers: Breakers | None = None,
        adapters: Adapters | None = None,
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
        self._on_pace = on_pace
        self._on_again = on_again
        self._random = random
        self._pause = pause
        self._breakers = breakers or Breakers({}, clock)
        self._adapters = adapters or {}

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
        attempts: int = _ATTEMPTS,
    ) -> Outcome:
        """Carry out `operation` within `deadline` seconds, in at most so many `attempts`.

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
        path, query = path or {}, query or {}
        department = self._breakers.department(self._contract[operation], path, query, body)
        request = self._request(
            operation, path, query, headers, body=encoded, token=token, department=department
        )
        if isinstance(request, Problem):
            return request
        adapter = self._adapters.get(path.get("item", ""))
        if adapter is not None and operation in adapter.operations:
            asked = Asked(operation, path["item"], body or {}, key)
            # Once: what a second sending would do at the adapter's back end is not ours to know.
            return self._fitting(
                request.operation,
                self._breakers.guarded(department, lambda: adapter.carry_out(asked, deadline)),
            )
        outcome = self._repeat(request, deadline, attempts)
        if operation == "getHealth":
            self._heard_health(outcome)
        return outcome

    def adapted(self, operation: str, item: str) -> bool:
        """Whether an adapter carries out `operation` for `item`: `call` takes it then, and `submit` does not,
        because what is sealed to the gateway's key is closed to everybody here."""
        adapter = self._adapters.get(item)
        return adapter is not None and operation in adapter.operations

    def print_certificate(
        self, certificate: str, *, token: str | Bearer, key: str, deadline: float = 15.0
    ) -> CertificateOutcome:
        """The sealed PDF, within `deadline` seconds. A new `key` is a new, counted print; the same one is
        the same print again."""
        headers = {"Idempotency-Key": key, "Accept": "application/pdf, application/problem+json"}
        request = self._request("printCertificate", {"id": certificate}, {}, headers, token=token)
        if isinstance(request, Problem):
            return request
        outcome = self._repeat(request, deadline)
        return answers.certificate(outcome.data) if isinstance(outcome, Ok) else outcome

    def uploaded(self, upload: str, number: int, *, deadline: float = 8.0) -> PictureOutcome:
        """A document that a phone has sent to this terminal, within `deadline` seconds."""
        headers = {"Accept": "image/jpeg, application/problem+json"}
        path = {"id": upload, "n": str(number)}
        request = self._request("getUploadedDocument", path, {}, headers)
        if isinstance(request, Problem):
            return request
        outcome = self._repeat(request, deadline)
        return answers.picture(outcome.data) if isinstance(outcome, Ok) else outcome

    def fetch(
        self,
        operation: str,
        path: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        etag: str | None = None,
        deadline: float = 8.0,
    ) -> FetchOutcome:
        """Public content, new or confirmed: `etag` is that of the copy in hand. Never asked as a citizen."""
        if not self._contract[operation].public:
            raise ValueError(f"{operation} is not public content")
        headers = {"If-None-Match": etag} if etag is not None else {}
        request = self._request(operation, path or {}, query or {}, headers)
        if isinstance(request, Problem):
            return request
        begun = self._clock.monotonic()
        answer = self._attempt(request, begun + deadline)
        if not isinstance(answer, HttpAnswer):
            return answer
        took = self._clock.monotonic() - begun
        if answer.status == 304 and etag is not None:
            return not_modified(answer, etag, took)
        outcome = self._outcome(request.operation, answer)
        match outcome:
            case Ok():
                return Fetched(answer.body, answers.etag(answer), *freshness(answer, took))
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
        if self.adapted(operation, target):
            return Undeliverable(422, "NOT_SEALED_HERE", "an adapter carries this out, and cannot open it")
        headers = {"Content-Type": "application/jose", "Idempotency-Key": key}
        department = self._breakers.department(spec, path, {})
        request = self._request(operation, path, {}, headers, body=envelope, department=department)
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
        department: str | None = None,
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
        if body is not None and len(body) > _BODY_LIMIT:
            return Problem(413, "BODY_TOO_LARGE", "材料太大，一次送不过去。请减少页数，或到窗口提交。")
        url = f"{self._base_url}{filled}" + (f"?{urlencode(query)}" if query else "")
        accept = {"Accept": "application/json, application/problem+json"}
        # A citizen's token never goes where only the terminal is asked for.
        own = token if "visit" in spec.tokens else None
        return _Request(spec, url, {**accept, **headers}, body, own, department)

    def _repeat(self, request: _Request, deadline: float, attempts: int = _ATTEMPTS) -> Outcome:
        ends = self._clock.monotonic() + deadline
        pause = _FIRST_PAUSE
        for attempt in range(1, attempts + 1):
            answer = self._attempt(request, ends)
            outcome = self._outcome(request.operation, answer) if isinstance(answer, HttpAnswer) else answer
            if attempt == attempts or not request.repeatable or not _passing(outcome):
                break
            wait = getattr(outcome, "retry_after", None) or pause * (1 + self._random())
            if self._clock.monotonic() + wait >= ends:
                break
            self._pause(wait)
            pause *= 2
        return outcome

    def _attempt(self, request: _Request, ends: float) -> HttpAnswer | Problem | Unreachable:
        return self._breakers.guarded(request.department, lambda: self._authorised(request, ends))

    def _authorised(self, request: _Request, ends: float) -> HttpAnswer | Problem | Unreachable:
        """Send once; and again with what a 401 asked for, which did not act: a nonce or the right time in
        the proof, or a new token where the terminal's own was refused. Each is tried once."""
        own_token = request.token is None and bool(request.operation.tokens)
        answer = self._mended(request, ends, own=own_token, fresh=False)
        if isinstance(answer, HttpAnswer) and answer.status == 401 and own_token:
            refusal = answers.problem(answer, self._clock.now())
            if not (isinstance(refusal, Problem) and refusal.code == "UNKNOWN_TERMINAL"):
                self._on_again()
                answer = self._mended(request, ends, own=own_token, fresh=True)
        return answer

    def _mended(
        self, request: _Request, ends: float, *, own: bool, fresh: bool
    ) -> HttpAnswer | Problem | Unreachable:
        answer, mended = self._send(request, ends, fresh=fresh)
        if mended:
            if own:
                self._on_again()
            answer, _ = self._send(request, ends, fresh=False)
        return answer

    def _send(
        self, request: _Request, ends: float, *, fresh: bool
    ) -> tuple[HttpAnswer | Problem | Unreachable, bool]:
        """The answer, and whether sending once more mends it: the nonce is in hand now, or the time is."""
        method = request.operation.method
        headers = dict(request.headers)
        holder: Bearer | None = None
        if request.operation.tokens:
            token = request.token or self._terminal_token(fresh, ends - self._clock.monotonic())
            if isinstance(token, Problem | Unreachable):
                return token, False
            holder = bearer(token)
            headers |= holder.headers(method, request.url)
        signed = self._signer.headers(Outgoing(method, request.url, headers, request.body))
        headers |= signed
        left = ends - self._clock.monotonic()
        if left <= 0:
            return Unreachable(Reason.TIMEOUT, "the deadline passed before the request was sent"), False
        believed = self._clock.now()
        answer = self._http.send(method, request.url, headers=headers, body=request.body, timeout=left)
        if isinstance(answer, Unreachable):
            return answer, False
        if intercepted := answers.intercepted(answer):
            return intercepted, False
        if (date := answer.date) is not None:
            self._on_time(date)
        if (said := pace.stated(answer)) is not None:
            self._on_pace(said)
        if holder is not None and (nonce := answers.nonce(answer)):
            holder.nonce(nonce)
        dated = bool(signed) or "DPoP" in headers
        return answer, answers.nonce_wanted(answer) or (dated and _clock_was_off(answer, believed))

    def _fitting(self, operation: Operation, outcome: Outcome) -> Outcome:
        """What an adapter gives is held to the contract as the gateway's own answers are."""
        if isinstance(outcome, Ok):
            place = misfit(outcome.data, operation.answers[min(operation.answers)], self._contract)
            if place:
                return Unreachable(Reason.MALFORMED, f"{operation.name} {place}")
        return outcome

    def _heard_health(self, outcome: Outcome) -> None:
        match outcome:
            case Ok(data):
                self._breakers.told(data.get("departments"))
            case Unreachable():
                self._breakers.gateway_lost()

    def _outcome(self, operation: Operation, answer: HttpAnswer) -> Outcome:
        now = self._clock.now()
        if answer.status == 200 and operation.binary is not None:
            return Ok(answer)
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


def _clock_was_off(answer: HttpAnswer, believed: datetime) -> bool:
    """Whether this 401 may be the fault of our clock, which `on_time` has just put right."""
    if answer.status != 401 or answer.date is None:
        return False
    return abs((answer.date - believed).total_seconds()) > _SKEW


def _passing(outcome: Outcome) -> bool:
    """Whether the trouble may be over in a moment."""
    match outcome:
        case Unreachable(reason):
            return reason in (Reason.NO_NETWORK, Reason.TIMEOUT, Reason.SERVER_ERROR)
        case Problem(status, retryable=retryable):
            return retryable and status in (409, 429)
        case _:
            return False
