"""The payment terminal in memory: what a desk's tests may use instead of a driver and a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.device import Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.keeping import health_of
from drivers.payment_terminal import Condition, SaleStep, Step
from drivers.payment_terminal.health import MEANING

Done = Callable[[], None]


class PaymentTerminalDouble:
    """Everything happens at once, on the thread of whoever does it."""

    name = "payment_terminal"

    def __init__(self, *, listener: Listener, monotonic: Monotonic = time.monotonic) -> None:
        self.sales: list[tuple[str, int]] = []
        self._listener = listener
        self._monotonic = monotonic
        self._done: Done | None = None
        self._open = False
        self._condition = Condition.READY
        self._health = health_of(MEANING[Condition.UNKNOWN], Condition.UNKNOWN, monotonic())

    def open(self) -> None:
        self._open = True
        self._tell()

    def close(self) -> None:
        self._open = False
        self.end()

    def attend(self) -> None:
        """Nothing hangs in memory."""

    def health(self) -> Health:
        return self._health

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        passed = self._open and self._health.condition == Condition.READY
        return SelfTest(passed, self._health.condition, (("model", "DOUBLE POS-1"),))

    def sale(self, fen: int, reference: str, done: Done) -> None:
        if (
            fen <= 0
            or not reference.isascii()
            or self._done is not None
            or not self._open
            or self._condition is not Condition.READY
        ):
            done()
        else:
            self._done = done
            self.sales.append((reference, fen))
            self._tell()
            self._listener(SaleStep(reference, Step.INSERT_CARD))

    def cancel(self) -> None:
        self.end()

    # Hands.

    def be(self, condition: Condition) -> None:
        self._condition = condition
        if condition is not Condition.READY:
            self.end()
        self._tell()

    def card(self) -> None:
        self._listener(SaleStep(self.sales[-1][0], Step.PROCESSING))

    def end(self) -> None:
        done, self._done = self._done, None
        self._tell()
        if done is not None:
            done()

    def _tell(self) -> None:
        condition = Condition.IN_USE if self._done is not None else self._condition
        if not self._open:
            condition = Condition.UNKNOWN
        if self._health.condition != condition:
            self._health = health_of(MEANING[condition], condition, self._monotonic())
            self._listener(HealthChanged(self._health))
