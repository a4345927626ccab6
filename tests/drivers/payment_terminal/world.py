"""A payment terminal, a driver on it, and hands: what its tests share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

from drivers.device import Device
from drivers.payment_terminal import Condition, PaymentTerminal, Timing
from drivers.payment_terminal.simulator.machine import Adapter
from drivers.payment_terminal.simulator.server import Simulator
from drivers.simulated.memory.payment_terminal import PaymentTerminalDouble
from tests.contract.heard import Heard

DEADLINE = 30.0
"""Seconds after which a test gives up; nothing here takes as long."""

QUICK = Timing(answer=1.0, card=3.0, processing=3.0, cancel=1.0, poll=0.05)


class Terminal(Device, Protocol):
    """The device class."""

    def sale(self, fen: int, reference: str, done: Callable[[], None]) -> None: ...

    def cancel(self) -> None: ...


class Ended:
    """A `done` that counts."""

    def __init__(self) -> None:
        self.count = 0
        self._told = threading.Event()

    def __call__(self) -> None:
        self.count += 1
        self._told.set()

    @property
    def so(self) -> bool:
        """Whether it was told already."""
        return self._told.is_set()

    def within(self, seconds: float) -> bool:
        """Whether it is told in so many seconds."""
        return self._told.wait(seconds)

    def wait(self) -> None:
        """Wait for it, with a deadline."""
        assert self._told.wait(DEADLINE), "the sale did not end"


class World(Protocol):
    """One terminal under test, open."""

    heard: Heard
    terminal: Terminal

    def card(self) -> None:
        """A customer puts a card in."""
        ...

    def end(self, result: str) -> None:
        """The terminal ends the dialogue."""
        ...

    def service(self, on: bool) -> None: ...

    def switch(self, on: bool) -> None: ...

    def sales(self) -> list[tuple[str, int]]:
        """References and amounts of the dialogues that began."""
        ...

    def until_begun(self) -> None: ...

    def close(self) -> None: ...


def begin(world: World, reference: str = "pay-1", fen: int = 1234) -> Ended:
    """Begin a sale."""
    ended = Ended()
    world.terminal.sale(fen, reference, ended)
    return ended


class DoubleWorld:
    """The double in memory."""

    def __init__(self) -> None:
        self.heard = Heard()
        self._double = PaymentTerminalDouble(listener=self.heard)
        self.terminal: Terminal = self._double
        self.card = self._double.card
        self.terminal.open()

    def end(self, result: str) -> None:
        self._double.end()

    def service(self, on: bool) -> None:
        self._double.be(Condition.READY if on else Condition.OUT_OF_SERVICE)

    def switch(self, on: bool) -> None:
        self._double.be(Condition.READY if on else Condition.OFFLINE)

    def sales(self) -> list[tuple[str, int]]:
        return self._double.sales

    def until_begun(self) -> None:
        assert self._double.sales

    def close(self) -> None:
        self._double.close()


class SimulatorWorld:
    """The driver on TCP, with the simulated adapter behind it."""

    def __init__(self, timing: Timing = QUICK) -> None:
        self.heard = Heard()
        self.simulator = Simulator()
        self.driver = PaymentTerminal("127.0.0.1", self.port(), self.heard, timing=timing)
        self.terminal: Terminal = self.driver
        self.driver.open()

    def port(self) -> int:
        """Where the driver finds the adapter."""
        return self.simulator.port

    def hand(self, op: str, **arguments: Any) -> dict[str, Any]:
        """Do something to the terminal, as its control socket would."""
        return self.simulator.handle({"op": op, **arguments})

    def until(self, condition: Callable[[Adapter], bool]) -> None:
        """Wait until the adapter is in some state."""
        assert self.simulator.wait_for(condition, DEADLINE), self.hand("state")

    def card(self) -> None:
        self.hand("card")

    def end(self, result: str) -> None:
        self.hand("end", result=result)

    def service(self, on: bool) -> None:
        self.hand("out-of-service", on=not on)

    def switch(self, on: bool) -> None:
        self.hand("replug" if on else "unplug")

    def sales(self) -> list[tuple[str, int]]:
        return [(sale.reference, sale.amount_fen) for sale in self.simulator.adapter.history]

    def until_begun(self) -> None:
        self.until(lambda adapter: adapter.sale is not None)

    def close(self) -> None:
        self.driver.close()
        self.simulator.close()
