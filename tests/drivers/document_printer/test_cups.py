"""The driver through Debian's CUPS, set up as docs/drivers/document-printer.md says, onto ippeveprinter.

What CUPS says of a job is not always the printer's word; these hold the driver to the difference.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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
from drivers.document_printer.client import Client, Operation
from drivers.document_printer.transport import HttpTransport, behind
from tests.contract.heard import Heard
from tests.drivers.document_printer.cups import PATH, QUEUE, Cups
from tests.drivers.document_printer.ippeve import IppEve
from tests.drivers.document_printer.pdf import pdf
from tests.drivers.document_printer.world import Racing, Ticket

PATIENT = Timing(answer=5.0, job=20.0, cancel=2.0, closing=1.0, silence=10.0, watch=0.05, poll=0.1)
SHORT = Timing(answer=5.0, job=1.5, cancel=2.0, closing=1.0, silence=10.0, watch=0.05, poll=0.1)
MARK = "mark-of-one-citizen"


class CupsWorld:
    """A printer, a CUPS before it, a driver on that."""

    def __init__(self, folder: Path, stack: ExitStack, timing: Timing) -> None:
        self.peer = IppEve(folder)
        stack.callback(self.peer.close)
        self.cups = Cups(f"ipp://localhost:{self.peer.port}/ipp/print")
        stack.callback(self.cups.close)
        self.heard = Heard()
        self.driver = DocumentPrinter("127.0.0.1", self.cups.port, PATH, self.heard, timing=timing)
        stack.callback(self.driver.close)
        self.driver.open()
        self.heard.condition("idle")

    def begin(self) -> Ticket:
        """Print, and wait until the printer has it in hand and goes no further."""
        self.peer.flag("hold")
        ticket = self.start()
        self.peer.until_printing()
        self.heard.condition("printing")
        return ticket

    def start(self) -> Ticket:
        """Print without waiting."""
        ticket = Ticket()
        self.driver.print(pdf(MARK, pages=2), ticket)
        return ticket

    def raced(self, before: Operation, race: Callable[[], None]) -> DocumentPrinter:
        """Another driver in place of this one, on a line on which something happens just `before`."""
        self.driver.close()
        line = Racing(self.cups.port, PATH, before, race)
        self.driver = DocumentPrinter(
            "127.0.0.1", self.cups.port, PATH, self.heard, timing=SHORT, transport=line
        )
        return self.driver

    def go_on(self) -> None:
        """Let the printer go on with what it has in hand."""
        self.peer.flag("hold", on=False)

    def nothing_is_left(self) -> None:
        """Nothing of the document is in any file of CUPS, and no job waits."""
        self.cups.until(lambda: not self.cups.kept(MARK.encode()))
        assert self.cups.order("lpstat", "-o") == ""


Make = Callable[[Timing], CupsWorld]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a world by how patient its driver is."""
    with ExitStack() as stack:
        yield lambda timing: CupsWorld(tmp_path, stack, timing)


def test_a_sealed_pdf_comes_out_byte_for_byte_and_nothing_of_it_stays(make: Make) -> None:
    world = make(PATIENT)
    ticket = world.begin()
    assert world.cups.kept(MARK.encode(), "spool"), "while it prints CUPS has it, or this test looks amiss"
    assert not ticket.outcomes, "CUPS has taken all of it; the paper is not out"
    world.go_on()
    assert ticket.outcome() == Printed(2)
    assert world.peer.printed() == [pdf(MARK, pages=2)]
    world.nothing_is_left()
    world.cups.stop()  # which writes down what is left to write
    for word in (MARK.encode(), b"%PDF"):
        assert world.cups.kept(word) == []
    for word in (b"document-", b'kiosk"'):
        assert world.cups.kept(word, "log") == []


def test_a_jam_in_mid_job_is_told_and_when_mended_the_job_ends_well(make: Make) -> None:
    world = make(PATIENT)
    ticket = world.begin()
    world.peer.be("media-jam")
    world.heard.condition("paper-jam")
    assert world.driver.health().availability is Availability.OFFLINE
    assert not ticket.outcomes
    world.peer.be("none")
    world.go_on()
    assert ticket.outcome() == Printed(2)
    world.heard.condition("idle")


@pytest.mark.parametrize(
    ("reason", "condition"),
    [("media-needed", "paper-out"), ("cover-open", "cover-open"), ("toner-empty", "toner-out")],
)
def test_what_cups_hears_of_tray_cover_and_toner_is_told(make: Make, reason: str, condition: str) -> None:
    world = make(PATIENT)
    world.begin()
    world.peer.be(reason)
    world.heard.condition(condition)
    assert world.driver.health().availability is Availability.OFFLINE


def test_marker_levels_that_the_printer_tells_are_told(make: Make) -> None:
    world = make(PATIENT)
    (world.peer.folder / "attributes").write_text(
        "ATTR: marker-types=toner marker-names=Black marker-levels=4 marker-low-levels=10\n"
    )
    assert world.start().outcome() == Printed(2)
    world.heard.condition("toner-low")


def test_a_fault_that_stands_ends_the_job_and_refuses_the_next_until_it_is_mended(make: Make) -> None:
    world = make(replace(SHORT, job=4.0))  # CUPS hears of it within a second or two
    ticket = world.begin()
    world.peer.be("media-jam")
    world.heard.condition("paper-jam")
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.TIMEOUT), (
        "CUPS does not wait for the printer's cancel"
    )
    world.nothing_is_left()
    assert world.start().outcome() == Failed(FailReason.PAPER_JAM)
    assert not world.driver.self_test().passed
    world.peer.be("none")
    world.go_on()
    world.peer.until(lambda: len(world.peer.printed()) == 1)
    world.heard.condition("idle")
    assert world.start().outcome() == Printed(2)


def test_what_an_idle_cups_remembers_of_the_printer_is_not_believed(make: Make) -> None:
    world = make(PATIENT)
    world.cups.order("lpadmin", "-p", QUEUE, "-o", "printer-state-reasons=cover-open")
    assert world.driver.self_test().passed
    assert world.start().outcome() == Printed(2)


def test_a_fault_that_the_idle_cups_has_not_heard_of_is_told_and_refuses(make: Make) -> None:
    world = make(PATIENT)
    world.peer.be("cover-open")
    world.heard.condition("cover-open")
    assert world.driver.health().availability is Availability.OFFLINE
    assert world.start().outcome() == Failed(FailReason.COVER_OPEN)
    world.nothing_is_left()


def not_askable(world: CupsWorld) -> None:
    """The driver tells it, sends nothing, and the order that its remedy names mends it."""
    world.heard.condition("not-askable")
    assert world.driver.health().availability is Availability.UNKNOWN
    assert world.start().outcome() == Failed(FailReason.OFFLINE)
    assert world.peer.printed() == []
    remedy = world.driver.health().remedy.partition("：")[2]
    order = remedy.replace("队列名", QUEUE).replace("地址", f"localhost:{world.peer.port}").split()
    world.cups.order(*order)
    world.heard.condition("idle")
    assert world.start().outcome() == Printed(2)


def test_to_a_printer_that_cannot_be_asked_itself_nothing_is_sent(make: Make) -> None:
    world = make(PATIENT)
    device = f"http://localhost:{world.peer.port}/ipp/print"
    world.cups.order("lpadmin", "-p", QUEUE, "-v", device)
    not_askable(world)


@pytest.mark.parametrize(
    ("device", "scheme"),
    [
        ("ipps://192.0.2.7/ipp/print", "ipps"),
        ("http://192.0.2.7/ipp/print", "http"),
        ("ipp://printer.example/ipp/print", "ipp"),
    ],
)
def test_the_self_test_of_a_queue_that_confirms_no_print_fails_and_says_where_it_leads(
    make: Make, device: str, scheme: str
) -> None:
    world = make(PATIENT)
    world.cups.order("lpadmin", "-p", QUEUE, "-v", device)
    result = world.driver.self_test()
    assert not result.passed
    assert result.facts == (("condition", "not-askable"), ("CUPS prints to", scheme))


def test_a_cups_behind_the_cups_is_no_printer_that_could_be_asked(make: Make) -> None:
    world = make(PATIENT)
    world.cups.order("lpadmin", "-p", "other", "-E", "-v", "ipp://192.0.2.7/ipp/print", "-m", "raw")
    device = f"ipp://localhost:{world.cups.port}/printers/other"
    world.cups.order("lpadmin", "-p", QUEUE, "-v", device)
    not_askable(world)


def test_given_up_at_the_printer_is_not_called_printed(make: Make) -> None:
    """Which CUPS does or does not, as it happens to ask."""
    world = make(PATIENT)
    world.peer.flag("abort")
    assert world.start().outcome() == Unconfirmed(UnconfirmedReason.UNKNOWN_STATE)
    assert world.peer.printed() == []
    world.nothing_is_left()


def test_a_driver_that_is_closed_takes_its_job_out_of_the_queue(make: Make) -> None:
    world = make(PATIENT)
    ticket = world.begin()
    world.driver.close()
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.CLOSED)
    world.nothing_is_left()


def test_a_paused_queue_is_told_and_nothing_is_sent_to_it(make: Make) -> None:
    world = make(PATIENT)
    world.cups.order("cupsdisable", QUEUE)
    world.heard.condition("stopped")
    assert world.start().outcome() == Failed(FailReason.OFFLINE)
    world.nothing_is_left()
    world.cups.order("cupsenable", QUEUE)
    world.heard.condition("idle")
    assert world.start().outcome() == Printed(2)
    assert len(world.peer.printed()) == 1


def test_a_queue_that_takes_no_jobs_is_told_and_nothing_is_sent_to_it(make: Make) -> None:
    world = make(PATIENT)
    world.cups.order("cupsreject", QUEUE)
    world.heard.condition("not-accepting")
    assert world.start().outcome() == Failed(FailReason.REJECTED)
    world.nothing_is_left()


def test_a_queue_paused_in_mid_job_does_not_print_it_a_second_time(make: Make) -> None:
    world = make(PATIENT)
    ticket = world.begin()
    world.cups.order("cupsdisable", QUEUE)
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.UNKNOWN_STATE)
    world.nothing_is_left()
    world.go_on()
    world.cups.order("cupsenable", QUEUE)
    world.heard.condition("idle")
    assert world.start().outcome() == Printed(2)
    assert len(world.peer.printed()) == 2, "the first, which the printer had in hand, and the next"


def behind_another(world: CupsWorld) -> None:
    """Somebody's job is in hand in the queue, and does not end."""
    other = world.peer.folder / "other.pdf"
    other.write_bytes(pdf("somebody's"))
    world.peer.flag("hold")
    world.cups.order("lp", "-d", QUEUE, str(other))
    world.peer.until_printing()


def test_a_job_that_cups_never_began_is_failed(make: Make) -> None:
    world = make(SHORT)
    behind_another(world)
    assert world.start().outcome() == Failed(FailReason.OFFLINE)


def test_a_job_that_cups_began_after_the_last_look_at_it_may_come_out(make: Make) -> None:
    world = make(SHORT)
    behind_another(world)
    asked = Client(
        HttpTransport(host="127.0.0.1", port=world.cups.port, path=PATH, monotonic=time.monotonic),
        *(time.monotonic, SHORT, lambda: False),
    )

    def goes_on() -> None:
        world.cups.order("cancel", f"{QUEUE}-1")
        world.cups.until(lambda: asked.job(2).begun)

    with world.raced(Operation.CANCEL_JOB, goes_on):
        assert world.start().outcome() == Unconfirmed(UnconfirmedReason.TIMEOUT)


@pytest.mark.parametrize("end", [Cups.stop, Cups.kill], ids=["stopped", "killed"])
def test_a_cups_started_again_in_mid_job_has_no_job_left(make: Make, end: Callable[[Cups], None]) -> None:
    world = make(PATIENT)
    ticket = world.begin()
    end(world.cups)
    world.cups.start()
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.UNKNOWN_STATE)
    world.nothing_is_left()
    world.go_on()
    world.peer.until(lambda: len(world.peer.printed()) == 1)
    assert world.start().outcome() == Printed(2)
    assert len(world.peer.printed()) == 2


def test_a_cups_that_does_not_come_back_is_offline_and_the_job_lost(make: Make) -> None:
    world = make(Timing(answer=1.0, job=20.0, cancel=1.0, closing=1.0, silence=0.5, watch=0.05, poll=0.1))
    ticket = world.begin()
    world.cups.kill()
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.LOST)
    world.heard.condition("offline")
    assert world.start().outcome() == Failed(FailReason.OFFLINE)


def test_a_printer_that_is_off_behind_an_idle_cups_is_offline_and_nothing_is_sent(make: Make) -> None:
    world = make(PATIENT)
    world.peer.stop()
    world.heard.condition("offline")
    assert world.driver.health().availability is Availability.OFFLINE
    assert not world.driver.self_test().passed
    assert world.start().outcome() == Failed(FailReason.OFFLINE)
    world.nothing_is_left()
    world.peer.start()
    world.heard.condition("idle")
    assert world.start().outcome() == Printed(2)
    assert len(world.peer.printed()) == 1


def test_a_printer_switched_off_just_before_the_job_prints_nothing_later(make: Make) -> None:
    world = make(SHORT)
    with world.raced(Operation.PRINT_JOB, world.peer.stop):
        assert world.start().outcome() == Unconfirmed(UnconfirmedReason.TIMEOUT)
        world.nothing_is_left()
        world.heard.condition("offline")
        world.peer.start()
        world.heard.condition("idle")
        assert world.start().outcome() == Printed(2)
        assert len(world.peer.printed()) == 1


def test_completed_of_a_printer_that_forgot_the_job_is_not_printed(make: Make) -> None:
    world = make(PATIENT)
    ticket = world.begin()
    world.peer.stop()
    world.peer.start()
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.UNKNOWN_STATE)
    world.nothing_is_left()
    assert world.start().outcome() == Printed(2), "what CUPS will say of that printer for ever is no matter"


@pytest.mark.parametrize(
    ("device", "uri"),
    [
        ("ipp://192.0.2.7/ipp/print", "ipp://192.0.2.7:631/ipp/print"),
        ("ipp://localhost:60000/ipp/print?waitjob=true", "ipp://127.0.0.1:60000/ipp/print"),
        ("ipp://[2001:db8::7]:8631", "ipp://[2001:db8::7]:8631/"),
    ],
)
def test_a_printer_at_an_address_can_be_asked(device: str, uri: str) -> None:
    printer = behind(device, time.monotonic)
    assert printer is not None
    assert printer.uri == uri


@pytest.mark.parametrize(
    "device",
    [
        *("ipps://192.0.2.7/ipp/print", "ipp://printer.example/ipp/print", "socket://192.0.2.7:9100"),
        *("usb://Brand/Model?serial=1", "file:///dev/null", "ipp://192.0.2.7:port/", "ipp://[::1/", ""),
    ],
)
def test_what_is_no_such_address_cannot_be_asked(device: str) -> None:
    assert behind(device, time.monotonic) is None
