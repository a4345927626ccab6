"""Drains the outbox: one submission at a time, in order, whenever the gateway is heard.

`step` does one unit of work and says how long to wait; the thread is a loop around it, and a simulation
calls it by itself. While the gateway is not heard nothing is sent and nothing expires: a light probe asks
whether it is there, and its answer also sets the agent's clock before a date is judged by it.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from offline_cache.answers import (
    Answer,
    Expired,
    Outcome,
    Temporary,
    TooMany,
    Unauthorised,
    Unreachable,
)
from offline_cache.connectivity import Connectivity
from offline_cache.exc import StoreError
from offline_cache.outbox import Outbox
from offline_cache.rate import Rate, Stated
from offline_cache.submission import Submission
from offline_cache.world import Clock, Random

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Waits, in seconds.

    `heartbeat`: how long silence is taken for granted while online; `confirm`: how soon a doubt is
    cleared; `probe_base` and `probe_cap`: the mean between the first and the later probes while offline, each
    wait a random half to one and a half of it, which also spreads the terminals of a city after an outage;
    `probe_floor` bounds them from below; `prune`: between prunings. What the gateway states comes on top.
    """

    heartbeat: float = 60.0
    confirm: float = 0.5
    probe_base: float = 2.0
    probe_cap: float = 60.0
    probe_floor: float = 1.0
    prune: float = 3600.0


class Sync:
    """The one that sends from `outbox`.

    `send` delivers a submission and `probe` asks the gateway for a sign of life (GET /health); both return a
    value, have a deadline of their own, and correct the agent's clock by an authenticated `Date` before they
    return. `on_answer` and `on_connectivity` are called from the sync thread (the latter also from the caller
    of `heard`) and must only post to a queue. `on_answer` is told every answer, also those not final.
    """

    def __init__(
        self,
        outbox: Outbox,
        send: Callable[[Submission], Answer],
        *,
        probe: Callable[[], bool],
        clock: Clock,
        random: Random,
        on_answer: Callable[[str, Outcome], None],
        on_connectivity: Callable[[bool], None],
        pace: Pace | None = None,
    ) -> None:
        self._outbox = outbox
        self._send = send
        self._probe = probe
        self._clock = clock
        self._random = random
        self._on_answer = on_answer
        self._on_connectivity = on_connectivity
        self._pace = pace or Pace()
        self._rate = Rate(random)
        self._wake = threading.Condition()
        self._connectivity = Connectivity()
        self._known_time: tuple[datetime, float] | None = None  # platform time, and when it was heard
        self._probe_at = -math.inf
        self._probes_missed = 0
        self._hold_until = -math.inf
        self._held = 0  # times in a row that the whole terminal was told to wait
        self._prune_at = -math.inf
        self._sending: str | None = None
        self._trouble: StoreError | None = None
        self._kicked = False
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def online(self) -> bool | None:
        """Whether the gateway is heard; None: not asked yet."""
        return self._connectivity.online

    @property
    def trouble(self) -> StoreError | None:
        """Why the outbox's file could not be written the last time; None when it could."""
        return self._trouble

    def heard(self, reached: bool) -> None:
        """Any other call to the gateway was answered by it, or was not. From any thread."""
        with self._wake:
            now = self._clock.monotonic()
            changed = self._connectivity.heard(reached)
            if reached:
                self._known_time = (self._clock.now(), now)
                self._probes_missed = 0
            online = self._connectivity.online
            if reached and online:
                self._probe_at = now + self._pace.heartbeat * self._random.uniform(0.75, 1.25)
            elif reached or online:
                self._probe_at = now + self._pace.confirm  # one against the judgement: ask again soon
            else:
                self._probe_at = now + self._silence()
            if changed:
                self._kicked = True
                self._wake.notify()
        if changed and online is not None:
            self._on_connectivity(online)

    def paced(self, stated: Stated) -> None:
        """The gateway stated how much it may be asked; kept to from now on. From any thread."""
        self._rate.stated(stated, self._clock.monotonic())

    def asked_again(self) -> None:
        """One more request went for a sending (a new token, a new nonce): it counts. From any thread."""
        self._rate.sent(self._clock.monotonic())

    def kick(self, key: str | None = None) -> None:
        """There is something to send; a citizen at the screen waits for `key`, if given, so it goes next."""
        if key is not None:
            self._outbox.hurry(key)
        with self._wake:
            if not self._connectivity.online:
                self._probe_at = -math.inf  # somebody waits: ask now, not at the end of a back-off
            self._kicked = True
            self._wake.notify()

    def step(self) -> float:
        """Do one thing (a probe, one submission, housekeeping); returns the seconds until there is more.

        Raises nothing for what the disk or the network do. An exception is a bug of what was injected.
        """
        try:
            self._outbox.maintain()
        except StoreError as error:
            self._note(error)  # a checkpoint can wait; what waits at the screen cannot
        try:
            return self._step()
        except StoreError as error:
            self._note(error)
            return self._pace.probe_base

    def start(self) -> None:
        """Start the thread. Once."""
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._thread.start()

    def stop(self, deadline: float) -> bool:
        """Ask the thread to end and wait at most `deadline` seconds; False when a call is still under way (it
        ends by its own deadline, and its answer is asked for again after the next start)."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is None:
            return True
        self._thread.join(deadline)
        return not self._thread.is_alive()

    def _step(self) -> float:
        now = self._clock.monotonic()
        hurried = self._outbox.hurried()
        permitted = now + self._rate.wait(now, urgent=hurried <= 0)
        if now >= max(self._probe_at, permitted):
            self._outbox.settle()
            reached = self._probe()
            self._rate.sent(self._clock.monotonic())
            self.heard(reached)
            return 0.0
        until = max(self._probe_at, permitted)
        listening = self.online and now >= self._hold_until
        submission = self._outbox.due() if listening and now >= permitted else None
        if submission is not None:
            self._deliver(submission)
            return 0.0
        self._outbox.settle()
        if listening:
            if now >= self._prune_at and self._outbox.wait() > 0:
                self._prune_at = now + self._pace.prune
                self._outbox.prune(self._time())
                if not self._outbox.depth():
                    self._trouble = None
            until = min(until, max(permitted, now + self._outbox.wait()))
            until = min(until, now + max(self._rate.wait(now, urgent=True), hurried))
        elif self.online and self._outbox.depth():
            until = min(until, self._hold_until)
        return max(until - now, 0.0)

    def _deliver(self, submission: Submission) -> None:
        key = submission.key
        self._sending = key
        if self._outbox.expired(submission, self._time()):
            outcome: Outcome = Expired()
        else:
            answer = self._send(submission)
            if not isinstance(answer, Temporary) or answer.asked:
                self._rate.sent(self._clock.monotonic())
                self.heard(not isinstance(answer, Unreachable))
            self._hold(answer)
            outcome = answer
        try:
            # The gateway remembers the key: asked again after a power cut, it says the same again.
            self._outbox.note(key, outcome, self._time())
        finally:
            self._sending = None
            # What the gateway said is true whether or not it could be written down here.
            self._on_answer(key, outcome)
        if not self._outbox.noted:
            self._trouble = None

    def _note(self, error: StoreError) -> None:
        if self._trouble is None:
            log.error("the outbox's file: %s", error)
        self._trouble = error

    def _hold(self, answer: Answer) -> None:
        """Answers that are about the terminal and not about one submission stop the whole drain."""
        if not isinstance(answer, (TooMany, Unauthorised)):
            self._held = 0
            return
        asked = answer.retry_after if isinstance(answer, TooMany) else None
        self._hold_until = self._clock.monotonic() + self._outbox.backoff(self._held, asked)
        self._held += 1

    def _time(self) -> datetime:
        """Platform time when it was last heard, and what the monotonic clock has counted since: a civil clock
        that jumps meanwhile expires nothing."""
        if self._known_time is None:
            return self._clock.now()
        known, since = self._known_time
        return known + timedelta(seconds=self._clock.monotonic() - since)

    def _silence(self) -> float:
        pace = self._pace
        bound = min(pace.probe_cap, pace.probe_base * 2.0 ** min(self._probes_missed, 30))
        self._probes_missed += 1
        return max(pace.probe_floor, self._random.uniform(0.5, 1.5) * bound)

    def _run(self) -> None:
        while True:
            try:
                pause = self.step()
            except Exception as error:  # noqa: BLE001 - a bug in one sending must not stop all others for good
                log.error("a step of sync failed: %s", type(error).__name__)
                if self._sending is not None:
                    self._outbox.postpone(self._sending, "fault")
                    self._sending = None
                pause = self._pace.probe_floor
            with self._wake:
                if not self._kicked and not self._stopping:
                    self._wake.wait(min(pause, self._pace.heartbeat))
                self._kicked = False
                if self._stopping:
                    return
