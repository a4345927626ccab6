"""Where Debian's ippeveprinter differs from our simulator: it takes a cancel and goes on all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.document_printer import Failed, FailReason, Printed, Unconfirmed, UnconfirmedReason
from tests.drivers.document_printer.pdf import pdf
from tests.drivers.document_printer.world import PATIENT, IppEveWorld, print_one, start

SHORT = replace(PATIENT, job=1.0)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[IppEveWorld]:
    """The peer, idle; a job has one second."""
    made = IppEveWorld(tmp_path, SHORT)
    made.heard.condition("idle")
    yield made
    made.close()


def test_a_cancel_that_is_taken_and_not_obeyed_is_unconfirmed(world: IppEveWorld) -> None:
    world.hold()
    ticket = start(world, pdf("earlier"))
    world.until_printing()
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.TIMEOUT)


def test_while_an_earlier_job_may_come_out_the_next_is_not_sent(world: IppEveWorld) -> None:
    earlier = pdf("earlier")
    world.hold()
    ticket = start(world, earlier)
    world.until_printing()
    ticket.outcome()
    assert print_one(world, pdf("later")) == Failed(FailReason.OFFLINE)
    world.heard.condition("leftover")
    world.hold(on=False)
    world.heard.condition("idle")
    assert print_one(world, pdf("later")) == Printed(1)


def test_a_fault_in_the_middle_is_told_and_when_mended_the_job_ends_well(tmp_path: Path) -> None:
    world = IppEveWorld(tmp_path)
    try:
        world.heard.condition("idle")
        world.hold()
        ticket = start(world)
        world.until_printing()
        world.be("paper-jam")
        world.heard.condition("paper-jam")
        world.be("idle")
        world.heard.condition("printing")
        world.hold(on=False)
        assert ticket.outcome() == Printed(1)
    finally:
        world.close()
