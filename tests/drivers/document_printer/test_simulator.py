"""The simulator is a witness: independent, honest about paper, and a process of its own."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from drivers.document_printer import DocumentPrinter, Printed
from drivers.document_printer.simulator import ipp
from drivers.document_printer.simulator.machine import (
    ABORTED,
    CANCELED,
    COMPLETED,
    STOPPED,
    Machine,
    page_count,
)
from drivers.document_printer.simulator.server import Simulator
from drivers.simkit import control
from tests.drivers.document_printer.pdf import pdf
from tests.drivers.document_printer.world import PATH, QUICK, Ticket
from tests.drivers.independence import loaded, names_no_driver

FOLDER = Path("drivers/document_printer/simulator")

DRIVER = "drivers.document_printer"


def test_it_imports_nothing_of_the_driver() -> None:
    """Loaded with the driver's package emptied, it finds all it needs in itself and the simulators' kit."""
    found = loaded(DRIVER, "h11", "__main__")
    assert found == ["['drivers.document_printer']", "False"]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_no_line_of_it_names_the_driver(file: Path) -> None:
    names_no_driver(file, DRIVER)


def test_the_driver_does_not_know_its_simulator() -> None:
    for file in FOLDER.parent.glob("*.py"):
        assert "document_printer.simulator" not in file.read_text("utf-8"), file


def test_pages_are_counted() -> None:
    assert [page_count(pdf(pages=pages)) for pages in (1, 2, 7)] == [1, 2, 7]
    assert page_count(b"%PDF-1.5 all in object streams") == 1


def test_paper_moves_at_its_speed_and_ends_where_it_ends() -> None:
    machine = Machine(page_seconds=3.0)
    machine.sheets = 2
    job = machine.submit("a", "kiosk", pdf(pages=3))
    machine.run(0.0)
    machine.run(2.9)
    assert job.done == 0
    machine.run(6.0)
    assert (job.done, machine.sheets) == (2, 0)
    machine.run(100.0)
    assert (job.state, machine.reasons()) == (STOPPED, ["media-empty-error"])
    machine.cancel(job)
    assert job.state == CANCELED
    assert [(output.pages, output.whole) for output in machine.output] == [(2, False)]


def test_a_job_that_waits_for_paper_comes_out_when_there_is_some() -> None:
    """What the driver has to prevent."""
    machine = Machine(page_seconds=1.0)
    machine.sheets = 0
    job = machine.submit("a", "kiosk", pdf())
    machine.run(0.0)
    machine.sheets = None
    machine.run(1.0)
    machine.run(2.0)
    assert job.state == COMPLETED


def test_power_forgets_the_jobs_and_not_the_paper() -> None:
    machine = Machine(page_seconds=1.0)
    job = machine.submit("a", "kiosk", pdf(pages=2))
    machine.run(0.0)
    machine.run(1.0)
    machine.power_cycle()
    assert (machine.jobs, job.state, len(machine.output)) == ([], ABORTED, 1)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ((b"attributes-charset", b"attributes-chars3t"), ipp.BAD_REQUEST),
        ((b"utf-8", b"utf-7"), ipp.CHARSET_NOT_SUPPORTED),
        ((b"ipp://", b"htt://"), ipp.BAD_REQUEST),
    ],
)
def test_it_is_strict_about_what_the_standard_asks(change: tuple[bytes, bytes], status: int) -> None:
    good = (
        b"\x01\x01\x00\x0b\x00\x00\x00\x01\x01\x47\x00\x12attributes-charset\x00\x05utf-8"
        b"\x48\x00\x1battributes-natural-language\x00\x02en\x45\x00\x0bprinter-uri\x00\x07ipp://x"
        b"\x42\x00\x14requesting-user-name\x00\x01k\x03"
    )
    assert ipp.read(good).operation == ipp.read(good + b"%PDF").operation == 0x0B
    with pytest.raises(ipp.BadRequest) as refused:
        ipp.read(good.replace(*change))
    assert refused.value.status == status


def test_a_client_of_other_people_understands_it(tmp_path: Path) -> None:
    """CUPS' ipptool reads its answers and checks their types."""
    simulator = Simulator(Machine())
    order = tmp_path / "order.test"
    order.write_text(
        "{ OPERATION Get-Printer-Attributes\nGROUP operation-attributes-tag\n"
        "ATTR charset attributes-charset utf-8\nATTR language attributes-natural-language en\n"
        "ATTR uri printer-uri $uri\nATTR name requesting-user-name somebody\n"
        "ATTR keyword requested-attributes printer-state,media-ready,marker-levels,printer-state-reasons\n"
        "STATUS successful-ok\nEXPECT printer-state OF-TYPE enum WITH-VALUE 3\n"
        "EXPECT media-ready OF-TYPE keyword WITH-VALUE iso_a4_210x297mm\n"
        "EXPECT marker-levels OF-TYPE integer COUNT 2\nEXPECT printer-state-reasons WITH-VALUE none }\n"
    )
    try:
        command = ["ipptool", "-t", f"ipp://127.0.0.1:{simulator.port}{PATH}", str(order)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stdout
    finally:
        simulator.close()


def test_it_runs_as_a_process_and_leaves_documents(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [
        *(sys.executable, "-m", "drivers.document_printer.simulator", "--tcp", str(port), "--ppm", "1200"),
        *("--control", str(tmp_path / "control"), "--paper", str(tmp_path / "paper")),
    ]
    document = pdf("certificate", pages=2)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            with DocumentPrinter("127.0.0.1", port, PATH, lambda event: None, timing=QUICK) as printer:
                ticket = Ticket()
                printer.print(document, ticket)
                assert ticket.outcome() == Printed(2)
            assert control(tmp_path / "control", {"op": "state"})["documents"] == 1
        finally:
            child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 0
    paper = tmp_path / "paper"
    report = json.loads((paper / "document-0001.json").read_text("utf-8"))
    assert (report["pages"], report["whole"]) == (2, True)
    assert (paper / "document-0001.pdf").read_bytes() == document
    assert len(report["pictures"]) == (2 if shutil.which("pdftoppm") else 0)
    assert not (tmp_path / "control").exists()


def test_wrong_orders_are_told() -> None:
    simulator = Simulator(Machine())
    try:
        for order, words in [
            ({"op": "explode"}, "op must be one of"),
            ({"op": "paper", "state": "wet"}, "full, low or out"),
            ({"op": "toner", "state": "blue"}, "full, low or out"),
            ({"op": "answer", "how": "politely"}, "how must be"),
            ({"op": "answer", "how": "mute", "operation": "sing"}, "operation must be"),
        ]:
            with pytest.raises(ValueError, match=words):
                simulator.handle(order)
    finally:
        simulator.close()


def test_the_line_is_paced() -> None:
    """100 kB at 200 kB a second take half a second, whatever the loopback could do."""
    import time

    simulator = Simulator(Machine(), bytes_per_second=200_000)
    told = threading.Event()
    begin = time.monotonic()
    try:
        with DocumentPrinter("127.0.0.1", simulator.port, PATH, lambda event: None, timing=QUICK) as printer:
            printer.print(pdf() + bytes(100_000), lambda outcome: told.set())
            assert simulator.wait_for(lambda machine: bool(machine.jobs))
            assert time.monotonic() - begin >= 0.5 * 0.95
    finally:
        simulator.close()
