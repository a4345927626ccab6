"""The device: its owner thread with a line of its own in each turn, and what others may ask of it."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

from drivers.device import Listener, Monotonic
from drivers.jobs import JobDevice
from drivers.keeping import KeptHealth
from drivers.owner import Turn
from drivers.payment_terminal.health import MEANING, Condition, SaleStep
from drivers.payment_terminal.link import Timing
from drivers.payment_terminal.messages import Step
from drivers.payment_terminal.transport import CONNECT_SECONDS, TcpTransport
from drivers.payment_terminal.work import Sale, TerminalWork

log = logging.getLogger(__name__)

LARGEST_AMOUNT = 10_000_000_00
"""Fen: ten million yuan, beyond any fee of a city."""
_REFERENCE = re.compile(r"[A-Za-z0-9._:-]{1,64}")

Done = Callable[[], None]


class PaymentTerminal(JobDevice[Condition, Sale, None, TerminalWork]):
    """A certified card terminal behind its vendor's adapter. See `drivers.device.Device`.

    The card and the PIN never pass through here. `host` is a loopback address (ValueError otherwise).
    `sale` and `cancel` never block. The self-test asks state and model, and moves no money.
    """

    def __init__(
        self,
        host: str,
        port: int,
        listener: Listener,
        monotonic: Monotonic = time.monotonic,
        *,
        timing: Timing | None = None,
        name: str = "payment_terminal",
    ) -> None:
        self._listener = listener
        self._timing = waits = timing or Timing()
        self._line = repr(TcpTransport(host=host, port=port, monotonic=monotonic))
        self._faults = 0  # of earlier turns

        def begin(turn: Turn, before: TerminalWork | None) -> TerminalWork:
            self._faults += 0 if before is None else before.faults
            return TerminalWork(
                TcpTransport(host=host, port=port, monotonic=monotonic),
                name=name,
                monotonic=monotonic,
                timing=waits,
                turn=turn,
                publish=lambda condition: self._report(turn, condition),
                step=lambda reference, step: self._step(turn, reference, step),
                card_data=before is not None and before.card_data,
            )

        super().__init__(
            name,
            monotonic=monotonic,
            kept=KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic),
            failed=Condition.DRIVER_FAILED,
            closing=CONNECT_SECONDS + 5 * waits.answer,
            lost=lambda _sale: None,
            refused=self._refuse,
            begin=begin,
        )

    def __repr__(self) -> str:
        """Name, address and condition."""
        return f"<PaymentTerminal {self.name} on {self._line}: {self.health().condition}>"

    @property
    def faults(self) -> int:
        """How many of the adapter's messages were refused since the driver was made."""
        return self._faults + (0 if self._work is None else self._work.faults)

    @property
    def longest(self) -> float:
        """The most seconds from `sale` to its `done`, when no other sale is in hand."""
        return self._timing.longest + self._timing.poll + CONNECT_SECONDS

    def sale(self, fen: int, reference: str, done: Done) -> None:
        """Begin a dialogue for `fen` (1 yuan is 100). `done` is called once when it has ended in any way.

        It says nothing of the payment: the gateway does. It is called from the owner's thread, or by whoever
        saw that fall; at once where no dialogue can begin: not open, another in hand, an amount or reference
        that no terminal takes.
        """
        sale = Sale(fen, reference)
        if 0 < fen <= LARGEST_AMOUNT and _REFERENCE.fullmatch(reference) is not None:
            self.put(sale, lambda _nothing: done(), alone=True)
        else:
            self._refuse(sale)
            done()

    def cancel(self) -> None:
        """Ask the terminal to end the dialogue in hand, if there is one. It may be paid all the same."""
        sale = self._jobs.present
        if sale is not None:
            sale.cancelled.set()
            if self._work is not None:
                self._work.wake()

    def _refuse(self, _sale: Sale) -> None:
        log.warning("%s: a sale could not begin", self.name)

    def _step(self, turn: Turn, reference: str, step: Step) -> None:
        if not turn.over:
            self._listener(SaleStep(reference, step))
