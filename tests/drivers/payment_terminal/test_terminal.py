"""The driver on an adapter that misbehaves: every sale ends once, and nothing of a card is taken."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from drivers.device import Availability
from drivers.owner import PATIENCE_SECONDS
from drivers.payment_terminal import PaymentTerminal, SaleStep, Step
from drivers.payment_terminal.simulator.machine import SAMPLE_NUMBER
from drivers.payment_terminal.simulator.server import Simulator
from tests.contract.heard import Heard
from tests.drivers.payment_terminal.world import DEADLINE, QUICK, Ended, SimulatorWorld, begin


class Clock:
    """Real seconds, of which a test lets some pass at once."""

    def __init__(self) -> None:
        self.shift = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.shift


@pytest.fixture
def world() -> Iterator[SimulatorWorld]:
    """The simulated terminal, ready."""
    made = SimulatorWorld()
    made.heard.condition("ready")
    yield made
    made.close()


@pytest.mark.parametrize("how", ["mute", "late", "wrong-id"])
def test_a_sale_that_is_not_answered_ends_and_is_cancelled(world: SimulatorWorld, how: str) -> None:
    world.hand("answer", how=how)
    ended = begin(world)
    ended.wait()
    assert ended.count == 1
    world.until(lambda adapter: adapter.sale is None)
    world.hand("answer", how="well")
    world.heard.condition("ready")


def test_mute_is_unknown_and_never_good(world: SimulatorWorld) -> None:
    world.hand("answer", how="mute")
    world.heard.condition("unknown")
    assert world.terminal.health().availability is Availability.UNKNOWN
    world.hand("answer", how="well")
    world.heard.condition("ready")


def test_no_card_in_time_is_cancelled(world: SimulatorWorld) -> None:
    ended = begin(world)
    ended.wait()
    assert world.hand("state")["sales"] == [["pay-1", 1234, "cancelled"]]


def test_a_dialogue_that_never_ends_is_hung_up_on(world: SimulatorWorld) -> None:
    world.hand("answer", how="silent")
    ended = begin(world)
    world.until_begun()
    world.card()
    ended.wait()
    world.until(lambda adapter: adapter.sale is None)
    assert ended.count == 1


def test_a_cancel_that_is_not_obeyed_waits_for_the_end(world: SimulatorWorld) -> None:
    """The bank may have said yes already."""
    world.hand("obey-cancel", on=False)
    ended = begin(world)
    world.until_begun()
    world.card()
    world.terminal.cancel()
    world.end("approved")
    ended.wait()
    assert world.hand("state")["sales"] == [["pay-1", 1234, "approved"]]


def test_approved_and_dead_before_it_said_so_ends(world: SimulatorWorld) -> None:
    world.hand("answer", how="die-approved")
    ended = begin(world)
    world.until_begun()
    world.end("approved")
    ended.wait()
    assert ended.count == 1
    world.heard.condition("ready")


def test_an_end_that_is_said_twice_does_not_end_the_next(world: SimulatorWorld) -> None:
    world.hand("answer", how="double")
    first = begin(world, "pay-1")
    world.until_begun()
    world.end("approved")
    first.wait()
    second = begin(world, "pay-2")
    assert world.heard.next(SaleStep).reference == "pay-1"
    assert world.heard.next(SaleStep).reference == "pay-2"
    assert not second.so
    world.end("declined")
    second.wait()
    assert (first.count, second.count) == (1, 1)


def test_an_end_of_another_sale_is_not_this_ones(world: SimulatorWorld) -> None:
    ended = begin(world)
    world.heard.next(SaleStep)
    world.hand("raw", hex=b'{"id": 1, "event": "ended", "result": "approved"}\n'.hex())
    world.card()
    assert world.heard.next(SaleStep).step is Step.PROCESSING
    assert not ended.so
    world.end("approved")
    ended.wait()


def test_garbage_between_messages_is_refused_and_counted(world: SimulatorWorld) -> None:
    world.hand("answer", how="garbage")
    ended = begin(world)
    world.heard.next(SaleStep)
    world.end("approved")
    ended.wait()
    assert world.driver.faults >= 3
    assert world.terminal.self_test().passed


def test_a_line_without_an_end_is_hung_up_on(world: SimulatorWorld) -> None:
    world.hand("answer", how="flood")
    world.heard.condition("unknown")
    world.hand("answer", how="well")
    world.heard.condition("ready")


@pytest.mark.parametrize("how", ["card-number", "card-field", "hidden-number"])
def test_card_data_is_refused_counted_told_and_nowhere_kept(
    world: SimulatorWorld, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        ended = begin(world)
        world.heard.next(SaleStep)
        world.hand("answer", how=how)
        world.end("approved")
        ended.wait()
        world.hand("answer", how="well")
        world.heard.condition("card-data")
    assert world.driver.faults >= 1
    assert not world.terminal.self_test().passed
    assert dict(world.terminal.self_test().facts)["messages refused"] != "0"
    for word in (SAMPLE_NUMBER, "4321"):
        assert word not in caplog.text
        assert word not in repr(world.heard.events)
        assert word not in repr(vars(world.driver))


def test_cancelled_before_it_begins_moves_nothing(world: SimulatorWorld) -> None:
    world.hand("answer", how="mute")
    world.heard.condition("unknown")
    ended = begin(world)
    world.terminal.cancel()
    ended.wait()
    assert world.sales() == []


def test_refused_by_the_adapter_ends(world: SimulatorWorld) -> None:
    world.hand("refuse")
    ended = begin(world)
    ended.wait()
    assert ended.count == 1


def test_going_to_and_fro_does_not_buy_time(world: SimulatorWorld) -> None:
    """A terminal that asks for the card again and again is hung up on all the same."""
    ended = begin(world)
    world.until_begun()
    number = world.simulator.adapter.history[0].number
    words = [
        f'{{"id": {number}, "event": "{step}"}}\n'.encode().hex() for step in ("processing", "insert-card")
    ]
    rounds = 0
    while not ended.within(0.1):
        world.hand("raw", hex=words[rounds % 2])
        rounds += 1
        assert rounds < 100, "it goes on for ever"
    assert ended.count == 1


@pytest.mark.parametrize("host", ["192.0.2.7", "localhost", "pos.example", ""])
def test_only_this_machine_is_spoken_to(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        PaymentTerminal(host, 7000, Heard())


def test_the_longest_a_sale_takes_is_known() -> None:
    terminal = PaymentTerminal("127.0.0.1", 7000, Heard(), timing=replace(QUICK, card=100.0))
    assert terminal.longest > 100.0


def test_one_thread_has_the_line_and_ends_with_the_device(world: SimulatorWorld) -> None:
    def owners() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "payment_terminal"]

    world.terminal.open()
    (owner,) = owners()
    ended = begin(world)
    told: list[threading.Thread] = []
    world.heard.then = lambda _event: told.append(threading.current_thread())
    world.until_begun()
    world.card()
    world.end("approved")
    ended.wait()
    assert world.terminal.self_test(DEADLINE).passed
    assert owners() == [owner]
    assert set(told) == {owner}
    world.terminal.close()
    assert owners() == []


def test_a_bug_in_a_dialogue_ends_it_once_and_the_terminal_comes_back(
    world: SimulatorWorld, caplog: pytest.LogCaptureFixture
) -> None:
    ended = begin(world)
    world.heard.next(SaleStep)

    def broken(event: object) -> None:
        world.heard.then = lambda _event: None
        raise RuntimeError("a bug", SAMPLE_NUMBER)

    world.heard.then = broken
    world.card()
    ended.wait()
    world.heard.condition("driver-failed")
    assert world.terminal.health().availability is Availability.UNKNOWN
    world.until(lambda adapter: adapter.sale is None)  # hung up on
    world.heard.condition("ready")
    second = begin(world, "pay-2")
    world.until_begun()
    world.end("approved")
    second.wait()
    assert (ended.count, second.count) == (1, 1)
    assert SAMPLE_NUMBER not in caplog.text


def test_a_dialogue_that_hangs_is_given_up_and_ends_once() -> None:
    clock = Clock()
    let_go = threading.Event()
    simulator = Simulator()
    heard = Heard()
    terminal = PaymentTerminal("127.0.0.1", simulator.port, heard, clock, timing=QUICK)
    try:
        terminal.open()
        heard.condition("ready")
        hangs = threading.Event()

        def hang(event: object) -> None:
            if isinstance(event, SaleStep):
                hangs.set()
                let_go.wait(DEADLINE)

        heard.then = hang
        ended = Ended()
        terminal.sale(1234, "pay-1", ended)
        assert hangs.wait(DEADLINE)
        clock.shift += PATIENCE_SECONDS + 1
        terminal.attend()
        assert ended.count == 1
        heard.condition("driver-failed")
        let_go.set()
        heard.condition("ready")
    finally:
        let_go.set()
        terminal.close()
        simulator.close()
    assert ended.count == 1
