"""What every payment terminal keeps: the double in memory, and the driver on the simulated adapter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.device import Availability, HealthChanged
from drivers.payment_terminal import Condition, SaleStep, Step
from drivers.payment_terminal.terminal import LARGEST_AMOUNT
from tests.drivers.payment_terminal.world import DoubleWorld, Ended, SimulatorWorld, World, begin


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


@pytest.mark.parametrize(
    ("fen", "reference"),
    [
        *((0, "pay-1"), (-5, "pay-1"), (LARGEST_AMOUNT + 1, "pay-1")),
        *((100, "支付"), (100, ""), (100, "a" * 65), (100, "pay 1"), (100, "pay-1\n"), (100, "{}")),
    ],
)
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


@pytest.mark.parametrize("fen", [1, 99, LARGEST_AMOUNT])
@pytest.mark.parametrize("reference", ["p", "A.b_c:d-9" + "0" * 55])
def test_amount_and_reference_reach_the_terminal_as_they_were_given(
    world: World, fen: int, reference: str
) -> None:
    ended = begin(world, reference, fen)
    assert world.heard.next(SaleStep).reference == reference
    world.end("approved")
    ended.wait()
    assert world.sales() == [(reference, fen)]


@pytest.mark.parametrize("result", ["approved", "declined", "cancelled", "unknown"])
def test_whatever_the_end_the_next_dialogue_has_its_own(world: World, result: str) -> None:
    first = begin(world, "pay-1")
    world.until_begun()
    world.end(result)
    first.wait()
    world.heard.condition("ready")
    second = begin(world, "pay-2")
    while world.heard.next(SaleStep).reference != "pay-2":
        pass
    assert not second.so
    world.end(result)
    second.wait()
    assert (first.count, second.count) == (1, 1)


def test_each_step_is_told_once(world: World) -> None:
    ended = begin(world)
    world.until_begun()
    world.card()
    world.card()
    world.end("approved")
    ended.wait()
    assert [event.step for event in world.heard.of(SaleStep)] == [Step.INSERT_CARD, Step.PROCESSING]


@pytest.mark.parametrize("card", [False, True], ids=["before the card", "after it"])
def test_cancelled_twice_it_ends_once(world: World, card: bool) -> None:
    ended = begin(world)
    world.heard.next(SaleStep)
    if card:
        world.card()
    world.terminal.cancel()
    world.terminal.cancel()
    ended.wait()
    world.heard.condition("ready")
    assert ended.count == 1


def test_after_a_cancel_the_next_sells(world: World) -> None:
    cancelled = begin(world, "pay-1")
    world.until_begun()
    world.terminal.cancel()
    cancelled.wait()
    world.heard.condition("ready")
    ended = begin(world, "pay-2")
    while world.heard.next(SaleStep).reference != "pay-2":
        pass
    assert not ended.so
    world.end("approved")
    ended.wait()
    assert world.sales() == [("pay-1", 1234), ("pay-2", 1234)]


def test_switched_off_after_the_card_ends_it_and_on_again_it_sells(world: World) -> None:
    ended = begin(world, "pay-1")
    world.until_begun()
    world.card()
    world.switch(on=False)
    ended.wait()
    world.heard.condition("offline")
    world.switch(on=True)
    world.heard.condition("ready")
    after = begin(world, "pay-2")
    while world.heard.next(SaleStep).reference != "pay-2":
        pass
    world.end("approved")
    after.wait()
    assert (ended.count, after.count) == (1, 1)


@pytest.mark.parametrize("how", ["service", "switch"])
def test_one_that_is_away_does_not_pass_its_test_and_says_what_it_is(world: World, how: str) -> None:
    (world.service if how == "service" else world.switch)(on=False)
    world.heard.condition("out-of-service" if how == "service" else "offline")
    result = world.terminal.self_test()
    assert not result.passed
    assert result.summary == world.terminal.health().condition


def test_in_a_dialogue_it_does_not_pass_its_test_and_the_dialogue_goes_on(world: World) -> None:
    ended = begin(world)
    world.heard.next(SaleStep)
    assert not world.terminal.self_test(deadline=0.1).passed
    assert not ended.so
    world.end("approved")
    ended.wait()


def test_what_is_told_at_the_end_may_begin_the_next(world: World) -> None:
    second = Ended()
    first = Ended()

    def then() -> None:
        first()
        world.terminal.sale(5, "pay-2", second)

    world.terminal.sale(1234, "pay-1", then)
    world.heard.next(SaleStep)
    world.end("approved")
    assert world.heard.next(SaleStep).reference == "pay-2"
    assert not second.so
    world.end("declined")
    second.wait()
    assert (first.count, second.count) == (1, 1)


def test_what_is_told_at_the_end_may_close_it(world: World) -> None:
    closed = Ended()

    def then() -> None:
        world.terminal.close()
        closed()

    world.terminal.sale(1234, "pay-1", then)
    world.heard.next(SaleStep)
    world.end("approved")
    closed.wait()
    begin(world, "pay-2").wait()
    assert world.sales() == [("pay-1", 1234)]


def test_each_change_has_its_time_and_they_do_not_go_back(world: World) -> None:
    world.service(on=False)
    world.heard.condition("out-of-service")
    world.service(on=True)
    world.heard.condition("ready")
    told = [event.health for event in world.heard.of(HealthChanged)]
    assert [health.condition for health in told] == ["ready", "out-of-service", "ready"]
    assert [health.since for health in told] == sorted(health.since for health in told)
