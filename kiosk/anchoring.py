"""Once a day the head of the journal goes to the gateway: whoever rewrites the disk cannot rewrite that."""

from __future__ import annotations

import logging

from kiosk.clock import Clock
from kiosk.desks.desk import civil
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.outcomes import Ok, Outcome, Problem, Unreachable
from kiosk.loop import Executor, Loop
from kiosk.world import Random
from offline_cache.chain import Head
from offline_cache.exc import StoreBroken, StoreError
from offline_cache.journal import Journal

log = logging.getLogger(__name__)
DAY_SECONDS = 86400.0
SPREAD_SECONDS = 900.0
"""The terminals of a city that were switched on together come within so long of each other."""
RETRY_SECONDS = 60.0
RETRY_CAP_SECONDS = 3600.0
CALL_SECONDS = 10.0


class Anchoring:
    """Loop's thread, but for the work it hands out."""

    def __init__(
        self,
        *,
        client: GatewayClient,
        journal: Journal,
        terminal: str,
        executor: Executor,
        loop: Loop,
        clock: Clock,
        random: Random,
    ) -> None:
        self._client = client
        self._journal = journal
        self._terminal = terminal
        self._executor = executor
        self._loop = loop
        self._clock = clock
        self._random = random
        self._failures = 0

    def begin(self) -> None:
        """Anchor soon if the last one is a day old or more (or bears a date that is still to come), else when
        it will be; and daily from then on."""
        self._executor.submit(self._age, lambda age: self._later(max(0.0, DAY_SECONDS - age)))

    def _age(self) -> float:
        """Seconds since the last one was confirmed."""
        try:
            newest = self._journal.anchors.newest()
        except StoreError:
            return DAY_SECONDS
        age = DAY_SECONDS if newest is None else (self._clock.now() - newest.at).total_seconds()
        return age if age >= 0 else DAY_SECONDS

    def _later(self, seconds: float) -> None:
        self._loop.later(seconds + self._random.uniform(0.0, SPREAD_SECONDS), self._anchor)

    def _anchor(self) -> None:
        self._executor.submit(self._post, self._posted)

    def _post(self) -> tuple[Head, Outcome] | StoreError:
        try:
            head = self._journal.head()
            if not head.sequence:
                return StoreBroken("the journal has no entry yet")
            body = {"sequence": head.sequence, "hash": head.hash.hex(), "at": civil(self._clock.now())}
            said = self._client.call("anchorJournal", {"id": self._terminal}, body, deadline=CALL_SECONDS)
            if isinstance(said, Ok):
                # The answer has just set the clock: this is the platform's time.
                self._journal.anchors.confirmed(head, self._clock.now())
            elif _contradicted(said):
                self._journal.anchors.refused(head)
        except StoreError as error:
            return error
        return head, said

    def _posted(self, done: tuple[Head, Outcome] | StoreError) -> None:
        if isinstance(done, StoreError):
            self._again(type(done).__name__, None)
            return
        head, said = done
        if isinstance(said, Ok) or _contradicted(said):
            if not isinstance(said, Ok):
                log.error("the gateway keeps another hash for entry %d of the journal", head.sequence)
            elif self._failures:
                log.info("the journal is anchored again")
            self._failures = 0
            self._later(DAY_SECONDS)
            return
        match said:
            case Unreachable(reason, retry_after=retry_after):
                self._again(reason.value, retry_after)
            case Problem(status, code, retry_after=retry_after):
                self._again(f"{status} {code}".rstrip(), retry_after)
            case _:
                self._again("401", None)

    def _again(self, why: str, retry_after: float | None) -> None:
        if not self._failures:
            log.warning("the journal could not be anchored: %s", why)
        bound = min(RETRY_CAP_SECONDS, RETRY_SECONDS * 2.0 ** min(self._failures, 30))
        self._failures += 1
        wait = self._random.uniform(bound / 2, bound)
        self._loop.later(wait + min(retry_after or 0.0, DAY_SECONDS), self._anchor)


def _contradicted(said: Outcome) -> bool:
    """By the contract: another hash is known for this number."""
    return isinstance(said, Problem) and said.status == 409 and not said.retryable
