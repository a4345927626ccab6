"""The driver on a printer that misbehaves: nothing comes out twice, late, or for somebody else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.device import Availability
from drivers.document_printer import (
    DocumentPrinter,
    Failed,
    FailReason,
    Printed,
    Timing,
    Unconfirmed,
    UnconfirmedReason,
)
from drivers.document_printer.client import Operation
from drivers.document_printer.simulator.machine import CANCELED, Machine
from tests.contract.heard import Heard
from tests.drivers.document_printer.pdf import pdf
from tests.drivers.document_printer.world import (
    DEADLINE,
    PATH,
    QUICK,
    Racing,
    SimulatorWorld,
    print_one,
    start,
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimulatorWorld]:
    """The simulated printer, idle."""
    made = SimulatorWorld(tmp_path)
    made.heard.condition("idle")
    yield made
    made.close()


def no_job_waits(machine: Machine) -> bool:
    return all(job.ended for job in machine.jobs)


def test_paper_ending_in_the_middle_is_taken_back_before_a_hand_mends_it(world: SimulatorWorld) -> None:
    world.hand("paper", state="full", sheets=2)
    assert print_one(world, pdf("earlier", pages=3)) == Failed(FailReason.PAPER_OUT)
    assert world.machine.jobs[-1].state == CANCELED
    world.be("idle")
    world.heard.condition("idle")
    later = pdf("later")
    assert print_one(world, later) == Printed(1)
    assert [(output.pages, output.whole) for output in world.machine.output] == [(2, False), (1, True)]
    assert world.printed() == [later]


def test_paper_put_in_before_the_deadline_lets_the_job_finish(world: SimulatorWorld) -> None:
    world.hand("paper", state="full", sheets=1)
    ticket = start(world, pdf(pages=3))
    world.heard.condition("paper-out")
    world.be("idle")
    assert ticket.outcome() == Printed(3)


@pytest.mark.parametrize("condition", ["paper-jam", "cover-open", "toner-out"])
def test_a_fault_in_the_middle_is_the_reason(world: SimulatorWorld, condition: str) -> None:
    world.hold()
    ticket = start(world, pdf(pages=2))
    world.until_printing()
    world.be(condition)
    assert ticket.outcome() == Failed(FailReason(condition))
    assert no_job_waits(world.machine)


def test_a_job_that_never_completes_is_cancelled_and_nobody_can_tell(world: SimulatorWorld) -> None:
    world.hold()
    assert print_one(world) == Unconfirmed(UnconfirmedReason.TIMEOUT)
    assert world.machine.jobs[-1].state == CANCELED


def test_a_job_that_never_began_is_taken_back_and_may_be_printed_again(world: SimulatorWorld) -> None:
    """Somebody else's is before it in a queue that does not move."""
    world.hold()
    world.machine.submit("somebody's", "office", pdf("not ours"))
    assert print_one(world) == Failed(FailReason.OFFLINE)
    assert [job.ended for job in world.machine.jobs] == [False, True]


def test_a_job_that_began_after_the_last_look_at_it_may_have_come_out(world: SimulatorWorld) -> None:
    """To print it again would be to print a certificate twice."""

    def goes_on() -> None:
        with world.simulator._changed:
            world.machine.cancel(world.machine.jobs[0])
        world.hold(on=False)
        world.until_machine(lambda machine: machine.jobs[-1].done > 0)

    world.driver.close()
    world.hold()
    world.machine.submit("somebody's", "office", pdf("not ours"))
    line = Racing(world.simulator.port, PATH, Operation.CANCEL_JOB, goes_on)
    world.driver = world.printer = DocumentPrinter(
        "127.0.0.1", world.simulator.port, PATH, world.heard, timing=QUICK, transport=line
    )
    world.driver.open()
    assert print_one(world, pdf(pages=500)) == Unconfirmed(UnconfirmedReason.TIMEOUT)
    assert world.machine.jobs[-1].state == CANCELED


def test_a_cancel_that_is_not_confirmed_is_unconfirmed_and_stops_the_next(world: SimulatorWorld) -> None:
    world.hand("ignore-cancel")
    world.hand("paper", state="out")
    world.hand("paper", state="full", sheets=1)
    assert print_one(world, pdf("earlier", pages=2)) == Unconfirmed(UnconfirmedReason.TIMEOUT)
    # With paper in again the earlier one would come out: it is removed before the next is sent, or none is.
    world.hand("hold")
    world.hand("paper", state="full")
    assert print_one(world, pdf("later")) == Failed(FailReason.OFFLINE)
    world.heard.condition("leftover")
    assert len(world.machine.jobs) == 1
    world.hand("ignore-cancel", on=False)
    world.heard.condition("idle")
    world.hand("hold", on=False)
    assert print_one(world, pdf("later")) == Printed(1)


def test_jobs_of_an_agent_that_died_are_removed_at_the_start(world: SimulatorWorld) -> None:
    world.driver.close()
    world.hand("hold")
    world.machine.submit("document-00", "kiosk", pdf("earlier visit"))
    world.machine.submit("somebody's", "office", pdf("not ours"))
    world.driver.open()
    world.until_machine(lambda machine: machine.jobs[0].state == CANCELED)
    assert not world.machine.jobs[1].ended


def test_completed_with_errors_is_not_called_printed(world: SimulatorWorld) -> None:
    world.hand("errors")
    assert print_one(world) == Unconfirmed(UnconfirmedReason.UNKNOWN_STATE)


def test_a_job_that_the_printer_forgets_is_unconfirmed(world: SimulatorWorld) -> None:
    world.hold()
    ticket = start(world)
    world.until_printing()
    world.hand("power-cycle")
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.UNKNOWN_STATE)


def test_cancelled_at_the_panel_before_a_page_is_rejected(world: SimulatorWorld) -> None:
    world.hold()
    ticket = start(world)
    world.until_printing()
    with world.simulator._changed:
        world.machine.cancel(world.machine.jobs[-1])
    assert ticket.outcome() == Failed(FailReason.REJECTED)


def test_cancelled_at_the_panel_after_a_page_is_unconfirmed(world: SimulatorWorld) -> None:
    world.machine.page_seconds = 0.2
    ticket = start(world, pdf(pages=50))
    world.until_machine(lambda machine: bool(machine.jobs) and machine.jobs[-1].done > 0)
    with world.simulator._changed:
        world.machine.cancel(world.machine.jobs[-1])
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.UNKNOWN_STATE)


def test_line_cut_after_the_job_was_taken_is_followed_to_its_true_end(world: SimulatorWorld) -> None:
    world.hand("answer", how="cut-after", operation="print-job", times=1)
    document = pdf(pages=2)
    assert print_one(world, document) == Printed(2)
    assert world.printed() == [document]


@pytest.mark.parametrize(
    "how", ["garbage", "no-ipp", "huge", "wrong-version", "wrong-request-id", "slow", "mute"]
)
def test_an_answer_to_the_job_that_says_nothing_is_made_up_for_by_asking(
    world: SimulatorWorld, how: str
) -> None:
    """The job was taken, whatever came back; `mute` never took it."""
    world.driver.close()
    driver = DocumentPrinter(
        "127.0.0.1", world.simulator.port, PATH, Heard(), timing=replace(QUICK, answer=0.5)
    )
    world.hand("answer", how=how, operation="print-job", times=1)
    with driver:
        world.printer = driver
        outcome = print_one(world)
    if how == "mute":
        assert outcome == Unconfirmed(UnconfirmedReason.LOST)
        assert world.machine.jobs == []
    else:
        assert outcome == Printed(1)
        assert len(world.machine.jobs) == 1


@pytest.mark.parametrize("how", ["cut-before", "cut-during"])
def test_line_cut_before_the_job_was_taken_is_unconfirmed_and_not_repeated(
    world: SimulatorWorld, how: str
) -> None:
    world.hand("answer", how=how, operation="print-job", times=1)
    assert print_one(world) == Unconfirmed(UnconfirmedReason.LOST)
    assert world.machine.jobs == []


def test_a_large_document_that_is_cut_in_the_middle_ends_in_a_value(world: SimulatorWorld) -> None:
    world.hand("answer", how="cut-during", operation="print-job", times=1)
    assert print_one(world, pdf() + bytes(4_000_000)) == Unconfirmed(UnconfirmedReason.LOST)


def test_switched_off_in_the_middle_is_unconfirmed(world: SimulatorWorld) -> None:
    world.hold()
    ticket = start(world)
    world.until_printing()
    world.switch(on=False)
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.LOST)
    world.hand("power-cycle")
    world.hold(on=False)
    world.switch(on=True)
    world.heard.condition("idle")
    assert print_one(world, pdf("next")) == Printed(1)


def test_one_bad_answer_while_it_prints_does_not_end_the_job(world: SimulatorWorld) -> None:
    world.hold()
    ticket = start(world)
    world.until_printing()
    world.hand("answer", how="garbage", operation="get-job-attributes", times=2)
    world.hold(on=False)
    assert ticket.outcome() == Printed(1)


@pytest.mark.parametrize(
    "how",
    [
        "mute",
        "garbage",
        "no-ipp",
        "huge",
        "wrong-version",
        "wrong-request-id",
        "slow",
        "http-500",
        "refuse",
        "cut-after",
    ],
)
def test_a_printer_that_answers_nonsense_gets_no_document(world: SimulatorWorld, how: str) -> None:
    world.hand("answer", how=how)
    world.heard.condition("unknown")
    assert world.printer.health().availability is Availability.UNKNOWN
    assert print_one(world) == Failed(FailReason.OFFLINE)
    assert not world.printer.self_test(DEADLINE).passed
    world.hand("answer", how="well")
    world.heard.condition("idle")
    assert world.machine.jobs == []
    assert print_one(world) == Printed(1)


def test_paper_of_another_size_is_refused(world: SimulatorWorld) -> None:
    world.hand("media", size="na_letter_8.5x11in")
    world.heard.condition("no-a4")
    assert print_one(world) == Failed(FailReason.PAPER_OUT)


def test_a_printer_that_takes_no_jobs_is_told_and_refused(world: SimulatorWorld) -> None:
    world.hand("accepting", on=False)
    world.heard.condition("not-accepting")
    assert print_one(world) == Failed(FailReason.REJECTED)


def test_a_printer_that_is_paused_is_told_and_refused(world: SimulatorWorld) -> None:
    world.hand("pause")
    world.heard.condition("stopped")
    assert print_one(world) == Failed(FailReason.OFFLINE)


def test_a_job_that_is_refused_is_rejected(world: SimulatorWorld) -> None:
    world.hand("answer", how="refuse", operation="validate-job")
    assert print_one(world) == Failed(FailReason.REJECTED)
    world.hand("answer", how="refuse", operation="print-job")
    assert print_one(world) == Failed(FailReason.REJECTED)
    assert world.machine.jobs == []


def test_closing_takes_the_job_back(world: SimulatorWorld) -> None:
    world.hold()
    ticket = start(world)
    world.until_printing()
    world.driver.close()
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.CLOSED)
    assert no_job_waits(world.machine)


def test_the_document_is_overwritten_when_the_outcome_is_known(
    world: SimulatorWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[bytearray] = []
    real = bytearray

    def watched(data: bytes) -> bytearray:
        kept.append(real(data))
        return kept[-1]

    monkeypatch.setattr("drivers.document_printer.printer.bytearray", watched, raising=False)
    document = pdf("certificate")
    assert print_one(world, document) == Printed(1)
    assert kept == [bytearray(len(document))]
    world.driver.close()


def test_nothing_of_a_document_or_a_person_is_in_names_and_logs(
    world: SimulatorWorld, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        print_one(world, pdf("Zhang San"))
        world.be("paper-out")
        print_one(world, pdf("Zhang San"))
    job = world.machine.jobs[0]
    assert job.name.removeprefix("document-").isalnum()
    assert job.user == "kiosk"
    assert "Zhang" not in caplog.text
    assert "%PDF" not in caplog.text


def test_names_of_jobs_do_not_come_twice(world: SimulatorWorld) -> None:
    for _ in range(5):
        print_one(world)
    assert len({job.name for job in world.machine.jobs}) == 5


@pytest.mark.parametrize("host", ["printer.local", "localhost", ""])
def test_a_name_is_no_host(host: str) -> None:
    with pytest.raises(ValueError, match="address"):
        DocumentPrinter(host, 631, PATH, Heard())


@pytest.mark.parametrize("path", ["ipp/print", "/a b", "/a\r\nX: y", "/打印"])
def test_a_path_is_a_path(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        DocumentPrinter("127.0.0.1", 631, path, Heard())


def test_the_longest_a_print_may_take_grows_with_the_document() -> None:
    timing = Timing()
    assert timing.longest(0) > timing.job + timing.cancel
    assert timing.longest(10_000_000) - timing.longest(0) == pytest.approx(100.0)


def test_a_bug_under_a_document_is_unconfirmed_and_the_printer_comes_back_and_clears(
    world: SimulatorWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.hold()
    tickets = [start(world, pdf("Zhang San"))]
    world.until_printing()
    tickets.append(start(world, pdf("behind")))

    def broken(event: object) -> None:
        world.heard.then = lambda _event: None
        raise RuntimeError("a bug, and Zhang San in its words", event)

    world.heard.then = broken
    world.be("paper-jam")
    assert tickets[0].outcome() == Unconfirmed(UnconfirmedReason.DRIVER_FAILED)
    assert tickets[1].outcome() == Failed(FailReason.OFFLINE)
    world.heard.condition("driver-failed")
    assert print_one(world) == Failed(FailReason.OFFLINE)  # not later, for somebody else
    world.until_machine(no_job_waits)  # the new thread took it back
    world.be("idle")
    world.hold(on=False)
    world.heard.condition("idle")
    later = pdf("later")
    assert print_one(world, later) == Printed(1)
    assert world.printed() == [later]
    assert [len(ticket.outcomes) for ticket in tickets] == [1, 1]
    assert "Zhang" not in caplog.text
