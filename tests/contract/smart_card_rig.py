"""What the contract suite needs of a bench: a reader, and a hand that moves cards, cables and daemons."""

from __future__ import annotations

from typing import Any, Protocol

from drivers.device import Device
from drivers.keeping import SETTLE_SECONDS
from drivers.simulated.memory.smart_card import LinkDouble
from drivers.smart_card import SmartCardReader
from drivers.smart_card.link import Trouble
from tests.contract.heard import Heard
from tests.drivers.smart_card.bench import Bench

LOOKS = 200
"""Self-tests after which a state that was waited for did not come."""


class Reader(Device, Protocol):
    """The device class: a `Device` that can be armed."""

    def arm(self) -> None: ...

    def disarm(self) -> None: ...


class Rig(Protocol):
    """One reader under test."""

    heard: Heard
    reader: Reader

    def insert(self, order: dict[str, Any], *faults: dict[str, Any]) -> None:
        """Put a card in that is wrong in these ways."""
        ...

    def remove(self) -> None: ...

    def apdus(self) -> list[str]:
        """All that any card was ever asked, in hexadecimal."""
        ...

    def unplug(self) -> None: ...

    def replug(self) -> None: ...

    def stop_service(self) -> None: ...

    def start_service(self) -> None: ...

    def close(self) -> None: ...


def until(rig: Rig, state: str) -> None:
    """Until the reader has seen that its slot is so, and looked once more."""
    for _ in range(LOOKS):
        facts = rig.reader.self_test(15.0).facts
        if any(name == "reader" and found.endswith(f": {state}") for name, found in facts):
            rig.reader.self_test(15.0)
            return
    raise AssertionError(f"the slot never was {state}")


class DoubleRig:
    """The driver on a link in memory."""

    def __init__(self, settle: float = SETTLE_SECONDS) -> None:
        self.heard = Heard()
        self.link = LinkDouble()
        self.reader: Reader = SmartCardReader(listener=self.heard, link=self.link.anew, settle=settle)
        self.remove = self.link.remove

    def insert(self, order: dict[str, Any], *faults: dict[str, Any]) -> None:
        self.link.insert(order, list(faults))

    def apdus(self) -> list[str]:
        return [apdu for card in self.link.cards for apdu in card.history]

    def unplug(self) -> None:
        self.link.fail(Trouble.NO_READER)

    def stop_service(self) -> None:
        self.link.fail(Trouble.NO_SERVICE)

    def replug(self) -> None:
        self.link.fail(None)

    def start_service(self) -> None:
        self.link.fail(None)

    def close(self) -> None:
        self.reader.close()


class RealRig:
    """The driver with its worker, on the real pcscd and vpcd; a module's tests share the bench."""

    def __init__(self, bench: Bench) -> None:
        self.heard = Heard()
        self.bench = bench
        self.driver = SmartCardReader(listener=self.heard, python=bench.python)
        self.reader: Reader = self.driver
        self._before = len(bench.card("state")["apdus"])

    def insert(self, order: dict[str, Any], *faults: dict[str, Any]) -> None:
        self.bench.card("insert", card=order, faults=list(faults))

    def remove(self) -> None:
        self.bench.card("remove")

    def apdus(self) -> list[str]:
        found: list[str] = self.bench.card("state")["apdus"]
        return found[self._before :]

    def unplug(self) -> None:
        self.bench.stop_pcscd()
        self.bench.start_pcscd(reader=False)

    def replug(self) -> None:
        self.bench.stop_pcscd()
        self.bench.start_pcscd()

    def stop_service(self) -> None:
        self.bench.stop_pcscd()

    def start_service(self) -> None:
        self.bench.start_pcscd()

    def close(self) -> None:
        self.reader.close()
        self.bench.card("remove")
        self.bench.restore()
