"""What the owner thread does: prints, watches the printer while idle, and tells what changed."""

from __future__ import annotations

import logging
from collections.abc import Callable

from drivers.device import Monotonic, SelfTest
from drivers.document_printer.client import Timing
from drivers.document_printer.condition import WELL, Condition, condition_of
from drivers.document_printer.job import JobRunner
from drivers.document_printer.outcome import JobOutcome
from drivers.document_printer.status import PrinterState
from drivers.document_printer.transport import Interrupted, Transport
from drivers.owner import Turn

log = logging.getLogger(__name__)


class PrinterWork:
    """One turn's work: see `drivers.jobs.Work`.

    `transport` has no state, so that each turn may use the same. `publish` is told each condition.
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
    ) -> None:
        self._name = name
        self._timing = timing
        self._publish = publish
        self._condition = Condition.UNKNOWN
        self._runner = JobRunner(transport, monotonic, timing, turn, self._seen)

    def idle(self) -> float:
        """Look at the printer, and remove what an earlier visit may have left in it."""
        try:
            state = self._runner.look()
            if state is not None and self._runner.clear_due:
                self._runner.clear()
                self._seen(state)
        except Interrupted:
            pass  # the turn is over, as the loop sees
        return self._timing.poll

    def do(self, job: bytearray) -> JobOutcome:
        """Print it. The driver's copy is overwritten when this returns."""
        try:
            with memoryview(job) as view:
                outcome = self._runner.run(view)
        finally:  # also when a bug ends this turn
            job[:] = bytes(len(job))
        log.info("%s: job ended: %s", self._name, outcome)
        return outcome

    def self_test(self) -> SelfTest:
        """Ask state, model, formats and paper; prints nothing."""
        try:
            state = self._runner.look()
        except Interrupted:
            state = None
        condition = self._condition
        if state is None:
            facts: tuple[tuple[str, str], ...] = (("condition", condition.value),)
            if condition is Condition.NOT_ASKABLE:
                facts += (("CUPS prints to", self._runner.leads_to),)
            return SelfTest(False, condition.value, facts)
        ready = {True: "yes", False: "no", None: "not told"}
        facts = (
            ("condition", condition.value),
            ("model", state.model or "not told"),
            ("PDF", "yes" if state.takes_pdf else "no"),
            ("A4 in a tray", ready[state.a4_ready]),
            ("toner", state.toner.name.lower()),
        )
        return SelfTest(condition in WELL and state.takes_pdf, condition.value, facts)

    def wake(self) -> None:
        """See `drivers.jobs.Work`: whatever waits looks whether the turn is over."""

    def close(self) -> None:
        """Nothing is held: each question has a connection of its own."""

    def _seen(self, what: PrinterState | Condition) -> None:
        condition = what if isinstance(what, Condition) else condition_of(what)
        if condition in WELL and self._runner.leftover:
            condition = Condition.LEFTOVER
        self._condition = condition
        self._publish(condition)
