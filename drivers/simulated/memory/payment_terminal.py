"""A payment terminal in memory (tests/contract/test_payment_terminal_contract.py)."""

from __future__ import annotations

import string
import threading
import time
from collections.abc import Callable
from typing import Any

from drivers.device import Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.keeping import health_of
from drivers.payment_terminal import Condition, SaleStep, Step
from drivers.payment_terminal.health import MEANING
from drivers.payment_terminal.terminal import LARGEST_AMOUNT

Done = Callable[[], None]

_REFERENCE = frozenset(string.ascii_letters + string.digits + "._:-")


class PaymentTerminalDouble:
    """Everything happens at once, on the thread of whoever does it."""

    name = "payment_terminal"

    def __init__(self, *, listener: Listener, monotonic: Monotonic = time.monotonic) -> None:
        self.sales: list[tuple[str, int]] = []
        self._listener = listener
        self._monotonic = monotonic
        self._done: Done | None = None
        self._ending = threading.Lock()  # a hand and the agent may end a sale at once
        self._open = False
        self._processing = False
        self._condition = Condition.READY
        self._health = health_of(MEANING[Condition.UNKNOWN], Condition.UNKNOWN, monotonic())

    def open(self) -> None:
        """Begin."""
        self._open = True
        self._tell()

    def close(self) -> None:
        """End, the sale in hand with it."""
        self._open = False
        self.end()

    def attend(self) -> None:
        """Nothing hangs in memory."""

    def health(self) -> Health:
        """What it was told to be, while open."""
        return self._health

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Passes while ready and open; takes no time."""
        passed = self._open and self._health.condition == Condition.READY
        return SelfTest(passed, self._health.condition, (("model", "DOUBLE POS-1"),))

    def sale(self, fen: int, reference: str, done: Done) -> None:
        """Begin a sale; `done` when its dialogue is over."""
        if (
            not 0 < fen <= LARGEST_AMOUNT
            or not (0 < len(reference) <= 64 and set(reference) <= _REFERENCE)
            or self._done is not None
            or not self._open
            or self._condition is not Condition.READY
        ):
            done()
        else:
            self._done = done
            self.sales.append((reference, fen))
            self._processing = False
            self._tell()
            self._listener(SaleStep(reference, Step.INSERT_CARD))

    def cancel(self) -> None:
        """End the sale in hand."""
        self.end()

    # Hands.

    def be(self, condition: Condition) -> None:
        """Come into this condition."""
        self._condition = condition
        if condition is not Condition.READY:
            self.end()
        self._tell()

    def card(self) -> None:
        """A customer puts a card in. Raises ValueError where no sale waits for one."""
        if self._done is None:
            raise ValueError("no sale waits for a card")
        if not self._processing:
            self._processing = True
            self._listener(SaleStep(self.sales[-1][0], Step.PROCESSING))

    def end(self) -> None:
        """The dialogue is over."""
        with self._ending:
            done, self._done = self._done, None
        self._tell()
        if done is not None:
            done()

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey an order: `card`, `end`, `be` (with `condition`), `state`.

        Raises ValueError or KeyError for what is none.
        """
        match request["op"]:
            case "card":
                self.card()
            case "end":
                self.end()
            case "be":
                self.be(Condition(request["condition"]))
            case "state":
                pass
            case unknown:
                raise ValueError(f"op {unknown!r} is none of card, end, be, state")
        reference, fen = self.sales[-1] if self._done is not None else (None, None)
        return {"condition": self._health.condition, "sale": reference, "amount_fen": fen}

    def _tell(self) -> None:
        condition = Condition.IN_USE if self._done is not None else self._condition
        if not self._open:
            condition = Condition.UNKNOWN
        if self._health.condition != condition:
            self._health = health_of(MEANING[condition], condition, self._monotonic())
            self._listener(HealthChanged(self._health))
