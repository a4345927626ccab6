"""The simulator is a witness: independent, and a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivers.code_scanner import CodeRead, CodeScanner, SerialLine, Terminator, Trigger
from drivers.code_scanner.simulator import SerialSimulator
from drivers.serial_port import SerialPort
from drivers.simkit import control
from tests.contract.heard import Heard
from tests.drivers.independence import loaded, names_no_driver

DRIVER = "drivers.code_scanner"
FOLDER = Path("drivers/code_scanner/simulator")


def test_it_imports_nothing_of_the_driver() -> None:
    found = loaded(DRIVER, "serial", "__main__")
    assert found == ["['drivers.code_scanner']", "False"]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_no_line_of_it_names_the_driver(file: Path) -> None:
    names_no_driver(file, DRIVER)


def test_the_driver_does_not_know_its_simulator() -> None:
    for file in FOLDER.parent.glob("*.py"):
        assert "code_scanner.simulator" not in file.read_text("utf-8"), file


@pytest.mark.parametrize(
    "order",
    [
        {"op": "dance"},
        {"op": "show"},
        {"op": "show", "text": "1", "symbology": "none-of-ours"},
        {"op": "spoil", "how": "gently", "text": "1"},
        {"op": "keyboard"},
    ],
)
def test_it_is_strict_about_orders(order: dict[str, object], tmp_path: Path) -> None:
    simulator = SerialSimulator(tmp_path / "tty")
    with pytest.raises((ValueError, KeyError)):
        simulator.control(order)


def test_history_says_nothing_of_a_code(tmp_path: Path) -> None:
    simulator = SerialSimulator(tmp_path / "tty")
    simulator.start()
    simulator.control({"op": "show", "text": "120101199003074514"})
    assert "1201" not in repr(simulator.history())
    simulator.stop()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_as_a_process_of_its_own(tmp_path: Path, stop: signal.Signals) -> None:
    port, socket = tmp_path / "tty", tmp_path / "control"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "drivers.code_scanner.simulator", f"--pty={port}", f"--control={socket}"),
            *("--baud=115200", "--terminator=cr"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    heard = Heard()

    def line() -> SerialLine:
        return SerialLine(
            SerialPort(str(port), 115200),
            terminator=Terminator.CR,
            identified=False,
            trigger=Trigger.NONE,
            monotonic=time.monotonic,
        )

    scanner = CodeScanner(source=line, listener=heard)
    scanner.open()
    heard.condition("listening")
    scanner.arm()
    scanner.self_test()
    assert control(socket, {"op": "show", "text": "1201"})["codes"] == 1
    assert heard.next(CodeRead).text == "1201"
    scanner.close()
    process.send_signal(stop)
    assert process.wait(10) == 0
    assert not port.exists()
