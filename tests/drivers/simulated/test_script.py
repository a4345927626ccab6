"""A script of faults, played on a clock of the test's own."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.simulated.faults import FAULTS, Order, Orders
from drivers.simulated.script import AGAIN_SECONDS, Fault, Player

ORDERS = {"paper-out": Orders({"op": "out"}, {"op": "full"}), "bad-card": Orders({"op": "spoil"}, None)}


class Desk:
    """A device that takes orders, and a clock."""

    def __init__(self, *faults: Fault) -> None:
        self.now = 1000.0
        self.given: list[str] = []
        self.error: Exception | None = None
        self.player = Player("receipt_printer", faults, ORDERS, self.order, lambda: self.now)

    def order(self, order: Order) -> None:
        if self.error is not None:
            raise self.error
        self.given.append(order["op"])

    def step(self, now: float) -> float | None:
        self.now = 1000.0 + now
        return self.player.step()


def test_a_fault_begins_after_its_uses_and_ends_after_its_time() -> None:
    desk = Desk(Fault(what="paper-out", after_uses=2, for_seconds=20.0))
    desk.player.used()
    assert desk.step(5.0) is None
    assert desk.given == []
    desk.player.used()
    assert desk.step(6.0) == 20.0
    assert desk.given == ["out"]
    assert desk.step(25.0) == 1.0
    assert desk.step(26.0) is None
    assert desk.given == ["out", "full"]


def test_a_fault_begins_at_its_time_whatever_the_uses() -> None:
    desk = Desk(Fault(what="paper-out", at_seconds=120.0, for_seconds=5.0))
    desk.player.used()
    assert desk.step(119.0) == 1.0
    assert desk.step(120.0) == 5.0
    assert desk.step(125.0) is None
    assert desk.given == ["out", "full"]


def test_a_fault_without_a_length_stays_until_a_hand_ends_it() -> None:
    desk = Desk(Fault(what="paper-out", at_seconds=0.0))
    assert desk.step(0.0) is None
    assert desk.step(1e6) is None
    assert desk.given == ["out"]


def test_what_befalls_one_use_is_ordered_once_and_not_ended() -> None:
    desk = Desk(Fault(what="bad-card", after_uses=0, for_seconds=3.0))
    assert desk.step(0.0) is None
    assert desk.step(10.0) is None
    assert desk.given == ["spoil"]


def test_a_fault_may_begin_before_another_ends() -> None:
    desk = Desk(
        Fault(what="paper-out", at_seconds=1.0, for_seconds=10.0), Fault(what="bad-card", at_seconds=2.0)
    )
    assert [desk.step(now) for now in (1.0, 2.0, 11.0)] == [1.0, 9.0, None]
    assert desk.given == ["out", "spoil", "full"]


def test_an_order_waits_for_a_simulator_that_is_not_there_yet(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(Fault(what="paper-out", at_seconds=0.0, for_seconds=1.0))
    desk.error = FileNotFoundError()
    assert [desk.step(0.0), desk.step(0.5)] == [AGAIN_SECONDS, AGAIN_SECONDS]
    desk.error = None
    assert desk.step(1.0) == 1.0
    assert desk.step(2.0) is None
    assert desk.given == ["out", "full"]
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "script of receipt_printer: paper-out begins waits: FileNotFoundError"
    ]


def test_an_order_that_is_refused_is_told_and_not_given_again(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(Fault(what="bad-card", at_seconds=0.0))
    desk.error = ValueError("no such order")
    assert desk.step(0.0) is None
    assert "no such order" in caplog.text
    desk.error = None
    desk.step(1.0)
    assert desk.given == []


def test_a_fault_that_the_device_cannot_have_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Desk(Fault(what="on-fire", at_seconds=0.0))


@pytest.mark.parametrize("ways", FAULTS.values(), ids=FAULTS)
def test_both_fidelities_know_the_same_words(ways: Any) -> None:
    assert len({frozenset(words) for words in ways.values()}) == 1
