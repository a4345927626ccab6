"""What every document printer keeps: in memory, on the byte-level simulator, on Debian's ippeveprinter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from drivers.device import Availability, HealthChanged
from drivers.document_printer import (
    Condition,
    Failed,
    FailReason,
    Printed,
    Unconfirmed,
    UnconfirmedReason,
)
from tests.drivers.document_printer.pdf import pdf
from tests.drivers.document_printer.world import (
    DoubleWorld,
    IppEveWorld,
    SimulatorWorld,
    World,
    print_one,
    start,
)


@pytest.fixture(
    params=[
        pytest.param(DoubleWorld, id="double"),
        pytest.param(SimulatorWorld, id="simulator"),
        pytest.param(IppEveWorld, id="ippeveprinter"),
    ]
)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A printer that is idle."""
    with ExitStack() as stack:
        made: World = request.param(tmp_path)
        stack.callback(made.close)
        made.heard.condition("idle")
        yield made


def test_a_document_is_printed_whole_and_its_pages_are_counted(world: World) -> None:
    document = pdf("certificate", pages=3)
    assert print_one(world, document) == Printed(3)
    assert world.printed() == [document]


def test_documents_come_out_in_order(world: World) -> None:
    documents = [pdf(f"number {number}") for number in range(3)]
    tickets = [start(world, document) for document in documents]
    assert [ticket.outcome() for ticket in tickets] == [Printed(1)] * 3
    assert world.printed() == documents


def test_the_outcome_is_told_once_from_the_owner_thread(world: World) -> None:
    ticket = start(world)
    ticket.outcome()
    print_one(world)
    assert ticket.outcomes == [Printed(1)]
    assert ticket.threads == ["document_printer"]


@pytest.mark.parametrize("condition", ["paper-out", "paper-jam", "cover-open", "toner-out"])
def test_a_fault_is_told_refuses_the_print_and_ends(world: World, condition: str) -> None:
    world.be(condition)
    world.heard.condition(condition)
    assert world.printer.health().availability is Availability.OFFLINE
    assert world.printer.health().remedy
    assert print_one(world) == Failed(FailReason(condition))
    assert not world.printer.self_test().passed
    world.be("idle")
    world.heard.condition("idle")
    after = pdf("after")
    assert print_one(world, after) == Printed(1)
    assert world.printed() == [after], "what was refused must not come out later"


@pytest.mark.parametrize("condition", ["paper-low", "toner-low"])
def test_low_supplies_are_told_and_it_still_prints(world: World, condition: str) -> None:
    world.be(condition)
    world.heard.condition(condition)
    assert world.printer.health().availability is Availability.ONLINE
    assert print_one(world) == Printed(1)


def test_a_job_that_the_printer_gives_up_is_rejected(world: World) -> None:
    world.abort_next()
    assert print_one(world) == Failed(FailReason.REJECTED)
    assert world.printed() == []


def test_what_is_no_pdf_is_not_sent(world: World) -> None:
    assert print_one(world, b"<html>sign in to the network</html>") == Failed(FailReason.REJECTED)
    assert print_one(world, b"") == Failed(FailReason.REJECTED)
    assert world.printed() == []


def test_switched_off_is_told_and_comes_back_by_itself(world: World) -> None:
    world.switch(on=False)
    world.heard.condition("offline")
    assert print_one(world) == Failed(FailReason.OFFLINE)
    world.switch(on=True)
    world.heard.condition("idle")
    assert print_one(world) == Printed(1)
    assert len(world.printed()) == 1


def test_closing_during_a_job_tells_it_and_those_waiting(world: World) -> None:
    world.hold()
    first, second = start(world), start(world)
    world.until_printing()
    world.printer.close()
    assert first.outcome() == Unconfirmed(UnconfirmedReason.CLOSED)
    assert second.outcome() == Failed(FailReason.OFFLINE)
    world.printer.close()
    assert print_one(world) == Failed(FailReason.OFFLINE)
    assert world.printer.health().condition == "unknown"


def test_opened_again_after_closing_it_prints(world: World) -> None:
    world.printer.close()
    world.printer.open()
    world.printer.open()
    assert print_one(world) == Printed(1)


def test_a_change_is_told_once(world: World) -> None:
    world.be("cover-open")
    world.heard.condition("cover-open")
    assert not world.printer.self_test().passed
    world.be("idle")
    world.heard.condition("idle")
    assert world.printer.self_test().passed
    told = [event.health.condition for event in world.heard.of(HealthChanged)]
    # A peer that is asked while it takes the order is printing for a moment.
    assert [condition for condition in told if condition != "printing"] == ["idle", "cover-open", "idle"]


def test_self_test_names_the_model_and_prints_nothing(world: World) -> None:
    result = world.printer.self_test()
    assert result.passed, result
    assert dict(result.facts)["model"] in ("DOUBLE A4-1", "SIMULATED A4-1", "Peer")
    assert world.printed() == []


def test_health_words_are_a_closed_set(world: World) -> None:
    for event in world.heard.of(HealthChanged):
        assert event.health.condition in set(Condition)
