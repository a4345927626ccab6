"""The simulator is a witness: independent, honest about paper, and a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import serial
from PIL import Image

from drivers.receipt_printer.simulator.machine import Machine, Model
from drivers.receipt_printer.simulator.server import Simulator
from drivers.simkit import PacedLine, PtyLine, control
from tests.drivers.independence import loaded, names_no_driver
from tests.drivers.receipt_printer.world import on_paper

FOLDER = Path("drivers/receipt_printer/simulator")

DRIVER = "drivers.receipt_printer"


def test_it_imports_nothing_of_the_driver() -> None:
    """Loaded with the driver's package emptied, it finds all it needs in itself and the simulators' kit."""
    found = loaded(DRIVER, "escpos", "server", "__main__")
    assert found == ["['drivers.receipt_printer']", "False"]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_no_line_of_it_names_the_driver(file: Path) -> None:
    names_no_driver(file, DRIVER)


def test_the_driver_does_not_know_its_simulator() -> None:
    for file in FOLDER.parent.glob("*.py"):
        assert "receipt_printer.simulator" not in file.read_text("utf-8").split('"""', 2)[2], file


def test_it_is_hard_on_a_driver_that_forgets() -> None:
    """Chinese mode is off and ASCII is the Chinese variant until told otherwise."""
    piece = on_paper(b"\x1b@$" + "张".encode("gb18030") + b"\n\x1dVB\x00", Model())
    assert piece.report["lines"] == ["￥╒┼"]


def test_what_its_font_lacks_is_reported_not_guessed() -> None:
    piece = on_paper(b"\x1c&" + "张镕".encode("gbk") + b"\n\x1dVB\x00", Model(charset="gb2312"))
    assert piece.report["garbled"] == ["e946"]
    assert piece.report["lines"] == ["张■"]


def test_four_byte_characters_fall_apart_on_a_two_byte_printer() -> None:
    data = b"\x1c&" + "𠮷".encode("gb18030") + b"\n\x1dVB\x00"
    assert on_paper(data, Model(charset="gb18030")).report["lines"] == ["𠮷"]
    assert on_paper(data, Model()).report["garbled"]


def test_a_line_too_wide_runs_on_and_is_reported() -> None:
    assert on_paper(b"x" * 49 + b"\n\x1dVB\x00", Model()).report["overflows"] == 1


def test_a_command_cut_in_two_takes_what_comes_next() -> None:
    piece = on_paper(b"\x1dv0\x00\x48\x00\x02\x00" + b"\x1b@next\n" * 21 + b"\x1dVB\x00", Model())
    assert piece.report["items"][0] == {"kind": "raster", "top": 96, "rows": 2, "overflow": False}


def test_realtime_commands_are_obeyed_inside_a_picture() -> None:
    machine = Machine(Model())
    machine.receive(b"\x1dv0\x00\x48\x00\x01\x00\x00\x10\x14\x01\x00\x01\x00\x10\x04\x01")
    assert machine.roll.history == ["drawer pulse"]
    assert machine.take_output() == b"\x12"


def test_status_is_answered_while_offline_and_printing_waits() -> None:
    machine = Machine(Model())
    machine.cover_open = True
    machine.receive(b"text\n\x10\x04\x01\x10\x04\x02")
    machine.run(1.0)
    assert machine.take_output() == b"\x1a\x16"
    assert machine.buffered == 5
    machine.cover_open = False
    machine.run(2.0)
    assert machine.buffered == 0


def test_its_buffer_is_as_small_as_a_real_one_and_drains_at_printing_speed() -> None:
    machine = Machine(Model(rows_per_second=300))
    assert machine.room == 4096
    machine.receive(b"x\n" * 100)
    machine.run(0.0)
    machine.run(1.0)
    assert machine.buffered == 2 * (100 - 10 - 1)  # ten lines of 30 rows a second, and the one begun


def test_leftovers_outlive_everything_but_power_and_a_clear() -> None:
    machine = Machine(Model())
    machine.stalled = True
    machine.receive(b"leftover")
    machine.run(1.0)
    machine.receive(b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08")
    assert (machine.buffered, machine.take_output()) == (0, b"7%\x00")
    machine.receive(b"leftover")
    machine.power_cycle()
    assert machine.buffered == 0


def test_the_roll_ends_where_it_ends() -> None:
    machine = Machine(Model())
    machine.roll.rows_left = 45
    machine.receive(b"a\nb\nc\n")
    machine.run(0.0)
    machine.run(10.0)
    assert machine.paper_out
    assert machine.buffered == 2  # the third line waits
    assert machine.state()["paper"] == "out"


@pytest.fixture(params=["pty", "tcp"])
def process(request: pytest.FixtureRequest, tmp_path: Path, free_port: int) -> list[str]:
    """The command that starts it."""
    where = ["--pty", str(tmp_path / "port")] if request.param == "pty" else ["--tcp", str(free_port)]
    return [
        *(sys.executable, "-m", "drivers.receipt_printer.simulator", *where),
        *("--control", str(tmp_path / "control"), "--paper", str(tmp_path / "paper")),
    ]


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_it_runs_as_a_process_and_leaves_pictures(process: list[str], tmp_path: Path, free_port: int) -> None:
    from drivers.receipt_printer import Printed, ReceiptPrinter, SerialTransport, TcpTransport, load_profile
    from tests.drivers.receipt_printer.world import Ticket, lines

    def transport() -> SerialTransport | TcpTransport:
        if "--pty" in process:
            return SerialTransport(port=str(tmp_path / "port"))
        return TcpTransport(host="127.0.0.1", port=free_port)

    printer = ReceiptPrinter(
        transport=transport, profile=load_profile("generic-80mm-gb18030"), listener=lambda event: None
    )
    with subprocess.Popen(process, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            with printer:
                ticket = Ticket()
                printer.print(lines("受理回执"), ticket)
                assert ticket.outcome() == Printed()
            assert control(tmp_path / "control", {"op": "state"})["receipts"] == 1
        finally:
            child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
    with Image.open(tmp_path / "paper" / "receipt-0001.png") as picture:
        assert picture.width == 576
    report = json.loads((tmp_path / "paper" / "receipt-0001.json").read_text("utf-8"))
    assert report["lines"] == ["受理回执"]
    assert not list((tmp_path / "paper").glob(".*"))
    assert not (tmp_path / "control").exists()


@pytest.mark.parametrize("arguments", [[], ["--pty", "a", "--tcp", "1"], ["--pty", "a", "--profile", "none"]])
def test_wrong_arguments_are_told(tmp_path: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "drivers.receipt_printer.simulator", *arguments]
    command += ["--control", str(tmp_path / "c"), "--paper", str(tmp_path / "p")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "Usage" in ended.stderr


def test_wrong_control_requests_are_told(tmp_path: Path) -> None:
    simulator = Simulator(
        Machine(Model()), lambda: PtyLine(tmp_path / "port"), tmp_path / "paper", tmp_path / "control"
    )
    try:
        with pytest.raises(ValueError, match="op must be one of"):
            control(tmp_path / "control", {"op": "explode"})
        with pytest.raises(ValueError, match="full, low or out"):
            control(tmp_path / "control", {"op": "paper", "state": "wet"})
    finally:
        simulator.close()


def test_the_line_is_paced(tmp_path: Path) -> None:
    """4,000 bytes at 115200 take a third of a second, whatever the pty could do."""
    simulator = Simulator(
        Machine(Model()), lambda: PacedLine(PtyLine(tmp_path / "port"), 115_200), tmp_path / "paper", None
    )
    simulator.machine.stalled = True
    try:
        with serial.Serial(str(tmp_path / "port"), 115_200, write_timeout=10) as port:
            begin = time.monotonic()
            port.write(b"x" * 4000)
            assert simulator.wait_for(lambda machine: machine.buffered == 4000)
            assert time.monotonic() - begin >= 4000 * 10 / 115_200 * 0.95
    finally:
        simulator.close()
