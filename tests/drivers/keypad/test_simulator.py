"""The simulator is a witness: independent, and a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.keypad import Keypad, KeyPressed, Press
from drivers.keypad.simulator import KeypadSimulator
from drivers.keypad.simulator.node import SocketNode
from drivers.simkit import control
from tests.contract.heard import Heard
from tests.drivers.independence import loaded, names_no_driver

DRIVER = "drivers.keypad"
FOLDER = Path("drivers/keypad/simulator")


def test_it_imports_nothing_of_the_driver() -> None:
    assert loaded(DRIVER, "evdev", "__main__", "node") == ["['drivers.keypad']", "False"]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_no_line_of_it_names_the_driver(file: Path) -> None:
    names_no_driver(file, DRIVER)


def test_the_driver_does_not_know_its_simulator() -> None:
    for file in FOLDER.parent.glob("*.py"):
        assert "keypad.simulator" not in file.read_text("utf-8"), file


@pytest.mark.parametrize(
    "order",
    [
        {"op": "dance"},
        {"op": "press"},
        {"op": "press", "key": "any"},
        {"op": "press", "key": "next", "how": "gently"},
        {"op": "noise", "hex": "zz"},
    ],
)
def test_it_is_strict_about_orders(order: dict[str, object], tmp_path: Path) -> None:
    simulator = KeypadSimulator(tmp_path / "event")
    with pytest.raises((ValueError, KeyError)):
        simulator.control(order)


def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    node, orders = tmp_path / "event", tmp_path / "control"
    process = subprocess.Popen(
        [sys.executable, "-m", "drivers.keypad.simulator", f"--node={node}", f"--control={orders}"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        heard = Heard()
        keypad = Keypad(node=lambda: SocketNode(node), listener=heard)
        keypad.open()
        heard.condition("ready")
        assert control(orders, {"op": "press", "key": "help"})["opened"]
        assert heard.next(KeyPressed).press is Press.HELP
        keypad.close()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
