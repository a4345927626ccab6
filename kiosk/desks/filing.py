"""The desk of submissions: signed, sealed, written down with one fsync, then sent; never the other way."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from flows.effects import Submit
from flows.events import Accepted, ChildFiled, NotStored, Outcome, Refused, StillWaiting, Stored
from flows.parts import Reason
from kiosk.clock import Clock
from kiosk.desks.desk import Tell, civil
from kiosk.keys import TerminalKey
from kiosk.loop import Executor, Loop, Timer
from kiosk.seal import SealingKey, TooLarge, seal
from kiosk.visit import Visit
from offline_cache import answers
from offline_cache.events import Escalated, Event, Rated
from offline_cache.exc import OutboxFull, StoreError
from offline_cache.submission import Submission

log = logging.getLogger(__name__)
LIFETIME = timedelta(days=30)
"""How long a queued submission is sent; after it the citizen must file anew (the slip says until when)."""
OFFLINE_PATIENCE = 2.5
"""Seconds that a citizen waits for an answer when the city was not heard just now."""


class OutboxDoor(Protocol):
    """What this desk needs of the outbox."""

    def enqueue(self, submission: Submission, *events: Event) -> None:
        """Write down, one fsync."""
        ...


@dataclass(slots=True)
class _Waiting:
    effect: Submit
    tell: Tell
    timer: Timer | None


@dataclass(frozen=True, slots=True)
class Case:
    """What the gateway said beyond the number: kept in memory for the page, never written down."""

    next: str = ""
    working_days: int | None = None
    documents: tuple[str, ...] = ()
    due: str = ""
    children: tuple[ChildFiled, ...] = ()


class FilingDesk:
    """One submission at a time and citizen. Loop's thread, but for sealing and writing.

    The `executor` does one thing after the other, and nothing else: of two submissions of a visit the later
    one is never written first (the outbox would refuse the earlier), and neither waits for the network.
    """

    def __init__(
        self,
        *,
        outbox: OutboxDoor,
        kick: Callable[[str], None],
        online: Callable[[], bool | None],
        sealing_key: Callable[[], SealingKey | None],
        key: TerminalKey,
        terminal: str,
        channel: str,
        new_key: Callable[[], str],
        answer_seconds: float,
        executor: Executor,
        loop: Loop,
        clock: Clock,
    ) -> None:
        self._outbox = outbox
        self._kick = kick
        self._online = online
        self._sealing_key = sealing_key
        self._key = key
        self._terminal = terminal
        self._channel = channel
        self._new_key = new_key
        self._answer_seconds = answer_seconds
        self._executor = executor
        self._loop = loop
        self._clock = clock
        self._waiting: dict[str, _Waiting] = {}
        self._sequence: dict[str, int] = {}

    def submit(self, effect: Submit, visit: Visit, tell: Tell) -> None:
        """The key is made now, when the citizen has confirmed, and never changes."""
        key = self._new_key()
        now = self._clock.now()
        sequence = self._sequence.get(visit.id, 0) + 1
        self._sequence = {visit.id: sequence}
        body = self._body(effect, now)

        def work() -> Outcome:
            return self._store(effect, visit.id, sequence, key, body, now)

        if effect.wait:
            self._waiting[key] = _Waiting(effect, tell, None)
        self._executor.submit(work, lambda outcome: self._stored(key, tell, outcome))

    def answered(self, key: str, outcome: answers.Outcome, case: Case | None) -> None:
        """What the gateway said of `key`; for a citizen who still waits."""
        waiting = self._waiting.get(key)
        if waiting is None:
            return
        told = _final(waiting.effect.id, key, outcome, case or Case())
        if told is not None:
            self._settle(key, waiting, told)
        elif self._online() is False and waiting.timer is not None:  # told as stored: not before
            self._give_up(key)

    def forget(self, visit: Visit) -> None:
        """Nobody waits any more; what is stored is delivered all the same."""
        for waiting in self._waiting.values():
            if waiting.timer is not None:
                waiting.timer.cancel()
        self._waiting.clear()
        self._sequence.pop(visit.id, None)

    def _body(self, effect: Submit, now: datetime) -> dict[str, Any]:
        body = dict(effect.body)
        if effect.operation == "submitApplication":
            body |= self._facts(now)
            if "identity" in body:
                body["identity"] = {"at": civil(now), **body["identity"]}
            if "children" in body:
                body["children"] = [{**child, **self._facts(now)} for child in body["children"]]
        elif effect.operation != "supplementCase":
            body |= {"terminal": self._terminal, "at": civil(now)}
        return body

    def _facts(self, now: datetime) -> dict[str, Any]:
        return {"terminal": self._terminal, "channel": self._channel, "submitted_at": civil(now)}

    def _store(
        self, effect: Submit, visit: str, sequence: int, key: str, body: dict[str, Any], now: datetime
    ) -> Outcome:
        gateway_key = self._sealing_key()
        if gateway_key is None:
            return _not_stored(effect.id, "没有平台的有效密钥，不能保存申请", "NO-SEAL-KEY")
        sealed = seal(body, self._key, gateway_key, key)
        if isinstance(sealed, TooLarge):
            return _not_stored(effect.id, "内容太大，不能提交", "TOO-LARGE")
        target = effect.item if effect.operation == "submitApplication" else effect.target
        submission = Submission(
            key=key,
            visit=visit,
            sequence=sequence,
            operation=effect.operation,
            target=target,
            envelope=sealed.envelope,
            payload_hash=sealed.payload_hash,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        events: tuple[Event, ...] = ()
        if effect.operation == "rate":
            events = (Rated(visit=visit, key=key),)
        elif effect.operation == "escalate":
            events = (Escalated(visit=visit, kind=body["kind"], key=key),)
        try:
            self._outbox.enqueue(submission, *events)
        except OutboxFull:
            return _not_stored(effect.id, "这台终端暂存的申请已满", "OUTBOX-FULL")
        except StoreError as error:
            log.error("a submission could not be stored: %s", type(error).__name__)
            return _not_stored(effect.id, "这台终端的存储出了问题", "STORE")
        return Stored(effect=effect.id, slip=key, until=civil(now + LIFETIME)[:10])

    def _stored(self, key: str, tell: Tell, outcome: Outcome) -> None:
        waiting = self._waiting.get(key)
        if isinstance(outcome, NotStored):
            self._waiting.pop(key, None)
            tell(outcome)
            return
        if waiting is not None:
            patience = OFFLINE_PATIENCE if self._online() is False else self._answer_seconds
            waiting.timer = self._loop.later(patience, lambda: self._give_up(key))
        tell(outcome)
        self._kick(key)

    def _give_up(self, key: str) -> None:
        waiting = self._waiting.get(key)
        if waiting is not None:
            self._settle(key, waiting, StillWaiting(effect=waiting.effect.id, slip=key))

    def _settle(self, key: str, waiting: _Waiting, told: Outcome) -> None:
        del self._waiting[key]
        if waiting.timer is not None:
            waiting.timer.cancel()
        waiting.tell(told)


def _not_stored(effect_id: str, words: str, code: str) -> NotStored:
    return NotStored(effect=effect_id, words=words, code=code)


def _final(effect_id: str, key: str, outcome: answers.Outcome, case: Case) -> Outcome | None:
    """The run's outcome for an answer that settles the submission; None while it is still on its way."""
    match outcome:
        case answers.Accepted(number=number, state=state):
            return Accepted(
                effect=effect_id,
                slip=key,
                case_no=number or "",
                state=state or "",
                next=case.next,
                working_days=case.working_days,
                documents=case.documents,
                due=case.due,
                children=case.children,
            )
        case answers.Refused(reasons=reasons):
            told = tuple(Reason(message=each.message or each.code, instead=each.instead) for each in reasons)
            return Refused(effect=effect_id, reasons=told, code=reasons[0].code if reasons else "REFUSED")
        case answers.Rejected(reason=reason):
            return Refused(effect=effect_id, reasons=(_DESK,), code=reason.value)
        case answers.SealKeyGone():
            return Refused(effect=effect_id, reasons=(_DESK,), code="seal-key-gone")
        case answers.Expired():
            return Refused(effect=effect_id, reasons=(_DESK,), code="expired")
        case _:
            return None


_DESK = Reason(message="平台没能接收这份申请，请不要等待结果", instead="请到窗口重新办理，或拨打 12345")
