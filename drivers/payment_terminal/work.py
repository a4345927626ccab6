"""What the owner thread does: leads a dialogue at the terminal, or watches it while idle."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.device import Monotonic, SelfTest
from drivers.exc import TransportLost
from drivers.owner import LONGEST_REST, Turn
from drivers.payment_terminal.health import Condition
from drivers.payment_terminal.link import Link, Timing
from drivers.payment_terminal.messages import Result, State, Step
from drivers.payment_terminal.transport import Transport

log = logging.getLogger(__name__)

_BY_STATE = {
    State.READY: Condition.READY,
    State.BUSY: Condition.IN_USE,
    State.OUT_OF_SERVICE: Condition.OUT_OF_SERVICE,
}


@dataclass(frozen=True, slots=True)
class Sale:
    """What is to be paid, and whether the customer changed their mind."""

    fen: int
    reference: str
    cancelled: threading.Event = field(default_factory=threading.Event)


class TerminalWork:
    """One turn's work: see `drivers.jobs.Work`.

    `publish` is told each condition, `step` each step of a sale. `card_data` says whether an earlier turn was
    sent something of a card.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        name: str,
        monotonic: Monotonic,
        timing: Timing,
        turn: Turn,
        publish: Callable[[Condition], object],
        step: Callable[[str, Step], None],
        card_data: bool,
    ) -> None:
        self._transport = transport
        self._name = name
        self._monotonic = monotonic
        self._timing = timing
        self._turn = turn
        self._publish = publish
        self._step = step
        self._link = Link(transport, monotonic, timing)
        self._link.card_data = card_data
        self._opened = False
        self._model = ""

    @property
    def faults(self) -> int:
        """How many of the adapter's messages were refused in this turn."""
        return self._link.faults

    @property
    def card_data(self) -> bool:
        """Whether one of them, or of an earlier turn, carried something of a card."""
        return self._link.card_data

    def idle(self) -> float:
        """Look at the terminal."""
        self._look()
        return self._timing.poll

    def do(self, job: Sale) -> None:
        """Lead one dialogue to its end. Whatever is left open at its end is hung up on."""
        if self._look() not in (Condition.READY, Condition.CARD_DATA) or job.cancelled.is_set():
            return
        self._tell(Condition.IN_USE)
        result = Result.UNKNOWN
        try:
            number = self._link.request("sale", amount_fen=job.fen, reference=job.reference)
            answer = self._link.answer(number)
            if answer is not None and answer.answer == "refused":
                log.info("%s: a sale was refused", self._name)
                return
            # Without an answer it may have begun: it is followed, and cancelled at the first deadline.
            result = self._follow(job, number, accepted=answer is not None)
        except TransportLost as lost:
            log.warning("%s: the line was lost in a dialogue: %s", self._name, lost)
            self.close()
        else:
            if result is Result.UNKNOWN:
                self.close()  # the adapter ends it; a late word of it finds nobody
        log.info("%s: a dialogue ended: %s", self._name, result)

    def self_test(self) -> SelfTest:
        """Ask state and model; moves no money."""
        condition = self._look()
        facts = (
            ("condition", condition.value),
            ("model", self._model or "not told"),
            ("messages refused", str(self._link.faults)),
        )
        return SelfTest(condition is Condition.READY, condition.value, facts)

    def wake(self) -> None:
        """End a wait for the adapter's next word."""
        self._transport.wake()

    def close(self) -> None:
        """Hang up."""
        self._opened = False
        with contextlib.suppress(OSError):
            self._link.close()

    def _look(self) -> Condition:
        """Ask the terminal's state, connecting first where that is needed, and tell it."""
        condition = Condition.OFFLINE
        try:
            if not self._opened:
                self._link.open()
                self._opened = True
            condition = Condition.UNKNOWN
            answer = self._link.answer(self._link.request("status"))
            if answer is not None and answer.state is not None:
                self._model = answer.model or ""
                condition = _BY_STATE[answer.state]
            else:
                self.close()  # what comes late must not be taken for the next answer
        except TransportLost as lost:
            log.debug("%s: %s", self._name, lost)
            self.close()
        return self._tell(condition)

    def _follow(self, sale: Sale, number: int, *, accepted: bool) -> Result:
        """Until the terminal says that it has ended, or there is no more waiting."""
        deadline = self._monotonic() + (self._timing.card if accepted else 0.0)
        told: Step | None = None
        cancelling = extended = False
        while True:
            stopped = not self._turn.beat()
            if not cancelling and (sale.cancelled.is_set() or stopped or self._monotonic() >= deadline):
                cancelling = True
                self._link.request("cancel", sale=number)
                deadline = self._monotonic() + (self._timing.answer if stopped else self._timing.cancel)
            if self._monotonic() >= deadline:
                return Result.UNKNOWN
            message = self._link.next(min(deadline, self._monotonic() + LONGEST_REST))
            if message is None or message.id != number or message.event is None:
                continue
            if message.event == "ended":
                return message.result or Result.UNKNOWN
            step = Step(message.event)
            if step is not told:
                told = step
                self._step(sale.reference, step)
            if step is Step.PROCESSING and not (extended or cancelling):
                extended = True  # once: a terminal that goes to and fro does not get more time each time
                deadline = self._monotonic() + self._timing.processing

    def _tell(self, condition: Condition) -> Condition:
        if condition is Condition.READY and self._link.card_data:
            condition = Condition.CARD_DATA
        self._publish(condition)
        return condition
