"""What every payment terminal keeps: the double in memory, and the driver on the simulated adapter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.device import Availability, HealthChanged
from drivers.payment_terminal import Condition, SaleStep, Step
from tests.drivers.payment_terminal.world import DoubleWorld, SimulatorWorld, World, begin


@pytest.fixture(params=[DoubleWorld, SimulatorWorld], ids=["double", "simulator"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A terminal that is ready."""
    made: World = request.param()
    made.heard.condition("ready")
    yield made
    made.close()


@pytest.mark.parametrize("result", ["approved", "declined", "cancelled", "unknown"])
def test_a_dialogue_that_ends_in_any_way_is_told_once(world: World, result: str) -> None:
    ended = begin(world, "pay-7", 8050)
    assert world.heard.next(SaleStep) == SaleStep("pay-7", Step.INSERT_CARD)
    world.card()
    assert world.heard.next(SaleStep) == SaleStep("pay-7", Step.PROCESSING)
    assert not ended.so
    world.end(result)
    ended.wait()
    world.heard.condition("ready")
    assert ended.count == 1
    assert world.sales() == [("pay-7", 8050)]


def test_cancel_ends_the_dialogue(world: World) -> None:
    ended = begin(world)
    world.until_begun()
    world.terminal.cancel()
    ended.wait()
    assert ended.count == 1


def test_cancel_without_a_dialogue_does_nothing_to_the_next(world: World) -> None:
    world.terminal.cancel()
    ended = begin(world)
    world.heard.next(SaleStep)
    assert not ended.so
    world.end("approved")
    ended.wait()


def test_a_second_sale_ends_at_once_and_the_first_goes_on(world: World) -> None:
    first = begin(world, "pay-1")
    world.until_begun()
    second = begin(world, "pay-2")
    second.wait()
    assert not first.so
    world.end("approved")
    first.wait()
    assert world.sales() == [("pay-1", 1234)]


def test_one_sale_after_the_other(world: World) -> None:
    for number in range(3):
        ended = begin(world, f"pay-{number}", number + 1)
        world.until_begun()
        world.end("approved")
        ended.wait()
        world.heard.condition("ready")
    assert world.sales() == [("pay-0", 1), ("pay-1", 2), ("pay-2", 3)]


def test_out_of_service_is_told_and_no_sale_begins(world: World) -> None:
    world.service(on=False)
    world.heard.condition("out-of-service")
    assert world.terminal.health().availability is Availability.OFFLINE
    assert world.terminal.health().remedy
    begin(world).wait()
    assert not world.terminal.self_test().passed
    world.service(on=True)
    world.heard.condition("ready")
    assert world.sales() == []


def test_switched_off_is_told_and_comes_back_by_itself(world: World) -> None:
    world.switch(on=False)
    world.heard.condition("offline")
    begin(world).wait()
    world.switch(on=True)
    world.heard.condition("ready")
    assert world.sales() == []


def test_switched_off_in_the_middle_ends_the_dialogue(world: World) -> None:
    ended = begin(world)
    world.until_begun()
    world.switch(on=False)
    ended.wait()
    assert ended.count == 1
    world.heard.condition("offline")


def test_closing_ends_the_dialogue_and_refuses_the_next(world: World) -> None:
    ended = begin(world)
    world.until_begun()
    world.terminal.close()
    ended.wait()
    world.terminal.close()
    begin(world).wait()
    assert ended.count == 1
    assert world.terminal.health().condition == "unknown"
    assert not world.terminal.self_test().passed


def test_opened_again_after_closing_it_sells(world: World) -> None:
    world.terminal.close()
    world.terminal.open()
    world.terminal.open()
    world.heard.condition("ready")
    ended = begin(world)
    world.until_begun()
    world.end("declined")
    ended.wait()


@pytest.mark.parametrize(("fen", "reference"), [(0, "pay-1"), (-5, "pay-1"), (100, "支付")])
def test_what_no_terminal_takes_ends_at_once(world: World, fen: int, reference: str) -> None:
    begin(world, reference, fen).wait()
    assert world.sales() == []


def test_self_test_moves_no_money(world: World) -> None:
    result = world.terminal.self_test()
    assert result.passed, result
    assert dict(result.facts)["model"] in ("DOUBLE POS-1", "SIMULATED POS-1")
    assert world.sales() == []


def test_health_words_are_a_closed_set_and_a_change_is_told_once(world: World) -> None:
    ended = begin(world)
    world.until_begun()
    world.end("approved")
    ended.wait()
    world.heard.condition("ready")
    told = [event.health.condition for event in world.heard.of(HealthChanged)]
    assert told == ["ready", "in-use", "ready"]
    assert set(told) <= set(Condition)
