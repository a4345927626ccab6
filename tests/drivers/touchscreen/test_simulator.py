"""The simulator is a witness: independent, and a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivers.serial_port import SerialPort
from drivers.simkit import control
from drivers.touchscreen import ELO, ControllerLine, EvdevLine, Touchscreen
from drivers.touchscreen.simulator import InputSimulator, SerialSimulator
from tests.contract.heard import Heard
from tests.drivers.independence import loaded, names_no_driver
from tests.drivers.touchscreen.socket_node import SocketNode

DRIVER = "drivers.touchscreen"
FOLDER = Path("drivers/touchscreen/simulator")


def test_it_imports_nothing_of_the_driver_nor_its_library() -> None:
    assert loaded(DRIVER, "evdev", "__main__") == [
        "['drivers.touchscreen']",
        "False",
    ]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_no_line_of_it_names_the_driver(file: Path) -> None:
    names_no_driver(file, DRIVER)


def test_the_driver_does_not_know_its_simulator() -> None:
    for file in FOLDER.parent.glob("*.py"):
        assert "touchscreen.simulator" not in file.read_text("utf-8"), file


@pytest.mark.parametrize(
    "order",
    [
        {"op": "dance"},
        {"op": "tap", "x": 2},
        {"op": "tap", "y": "left"},
        {"op": "spoil", "how": "gently"},
        {"op": "spoil", "how": "dropped"},
        {"op": "be", "kind": "keyboard"},
        {"op": "noise", "hex": "xx"},
    ],
)
def test_a_serial_controller_is_strict_about_orders(order: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises((ValueError, KeyError)):
        SerialSimulator(tmp_path / "tty").control(order)


@pytest.mark.parametrize(
    "order", [{"op": "be", "kind": "mouse"}, {"op": "fail"}, {"op": "spoil", "how": "wrong-sum"}]
)
def test_an_input_device_is_strict_about_orders(order: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises((ValueError, KeyError)):
        InputSimulator(tmp_path / "event").control(order)


def test_history_says_nothing_of_where(tmp_path: Path) -> None:
    simulator = SerialSimulator(tmp_path / "tty")
    simulator.start()
    simulator.control({"op": "tap", "x": 0.34375, "y": 0.65625})
    assert "0.34" not in repr(simulator.history())
    simulator.stop()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("kind", ["--pty", "--evdev"])
def test_it_runs_as_a_process_of_its_own(tmp_path: Path, stop: signal.Signals, kind: str) -> None:
    line, socket = tmp_path / "line", tmp_path / "control"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "drivers.touchscreen.simulator", f"{kind}={line}"),
            *(f"--control={socket}", "--baud=115200", "--controller=elo"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    heard = Heard()

    def source() -> ControllerLine | EvdevLine:
        if kind == "--evdev":
            return EvdevLine(SocketNode(line))
        return ControllerLine(SerialPort(str(line), 115200), ELO, time.monotonic)

    screen = Touchscreen(source=source, listener=heard)
    screen.open()
    heard.condition("ready" if kind == "--pty" else "listening")
    assert control(socket, {"op": "tap"})["touches"] == 1
    if kind == "--evdev":
        heard.condition("ready")
    screen.close()
    process.send_signal(stop)
    assert process.wait(10) == 0
    assert not line.exists()
