"""The simulator is a witness: independent, and a process of its own."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.payment_terminal import PaymentTerminal, SaleStep
from drivers.payment_terminal.simulator.machine import Adapter
from drivers.payment_terminal.simulator.server import Simulator
from drivers.simkit import control
from tests.contract.heard import Heard
from tests.drivers.independence import loaded, names_no_driver
from tests.drivers.payment_terminal.world import QUICK, Ended

FOLDER = Path("drivers/payment_terminal/simulator")

DRIVER = "drivers.payment_terminal"


def test_it_imports_nothing_of_the_driver() -> None:
    """Loaded with the driver's package emptied, it finds all it needs in itself and the simulators' kit."""
    found = loaded(DRIVER, "msgspec", "__main__")
    assert found == ["['drivers.payment_terminal']", "False"]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_no_line_of_it_names_the_driver(file: Path) -> None:
    names_no_driver(file, DRIVER)


def test_the_driver_does_not_know_its_simulator() -> None:
    for file in FOLDER.parent.glob("*.py"):
        assert "payment_terminal.simulator" not in file.read_text("utf-8"), file


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b'{"op": "status"}',
        b'{"op": "status", "id": "x"}',
        b'{"op": "refund", "id": 1}',
        b'{"op": "sale", "id": 1, "amount_fen": "5", "reference": "a"}',
        b'{"op": "sale", "id": 1, "amount_fen": 5, "reference": "a", "tip": 1}',
    ],
)
def test_it_is_strict_about_requests(line: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Adapter().hear(line)


def test_left_alone_it_cancels() -> None:
    adapter = Adapter()
    adapter.hear(b'{"op": "sale", "id": 1, "amount_fen": 5, "reference": "a"}')
    adapter.left_alone()
    assert (adapter.sale, adapter.history[0].result) == (None, "cancelled")


def test_wrong_orders_are_told() -> None:
    simulator = Simulator()
    try:
        for order, words in [
            ({"op": "explode"}, "op must be one of"),
            ({"op": "card"}, "no sale"),
            ({"op": "end", "result": "paid"}, "result must be"),
            ({"op": "end", "result": "approved"}, "no sale"),
            ({"op": "answer", "how": "politely"}, "how must be"),
        ]:
            with pytest.raises(ValueError, match=words):
                simulator.handle(order)
    finally:
        simulator.close()


def test_it_runs_as_a_process_and_plays_the_customer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [
        *(sys.executable, "-m", "drivers.payment_terminal.simulator", "--tcp", str(port)),
        *("--control", str(tmp_path / "control"), "--auto", "0.05"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            heard, ended = Heard(), Ended()
            with PaymentTerminal("127.0.0.1", port, heard, timing=QUICK) as terminal:
                heard.condition("ready")
                terminal.sale(500, "pay-1", ended)
                ended.wait()
            assert [event.step for event in heard.of(SaleStep)] == ["insert-card", "processing"]
            state = control(tmp_path / "control", {"op": "state"})
            assert state["sales"] == [["pay-1", 500, "approved"]]
        finally:
            child.send_signal(signal.SIGTERM)
        assert child.wait(30) == 0
    assert not (tmp_path / "control").exists()
