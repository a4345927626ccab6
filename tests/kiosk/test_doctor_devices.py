"""`kiosk doctor` on devices: each is tested, and nothing is touched that a running agent has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from drivers.document_printer.simulator.machine import Machine
from drivers.document_printer.simulator.server import Simulator as Printer
from drivers.payment_terminal.simulator.server import Simulator as CardTerminal
from kiosk.clock import SystemClock
from kiosk.commands.check import Check
from kiosk.commands.devices import check_devices
from kiosk.config import load
from kiosk.store import Stores
from tests.drivers.document_printer.world import PATH
from tests.drivers.smart_card.bench import Bench, needs_pcsc
from tests.kiosk.test_cli import terminal

__all__ = ["terminal"]


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[Printer]:
    made = Printer(Machine(0.1), paper=tmp_path / "paper")
    yield made
    made.close()


@pytest.fixture
def card_terminal() -> Iterator[CardTerminal]:
    made = CardTerminal()
    yield made
    made.close()


def checked(terminal: Path, tables: str = "") -> dict[str, Check]:
    terminal.write_text(terminal.read_text(encoding="utf-8") + tables, encoding="utf-8")
    return {check.what: check for check in check_devices(load(terminal))}


def attached(printer: Printer, card_terminal: CardTerminal) -> str:
    return f"""
[devices.document_printer]
driver = "ipp"
host = "127.0.0.1"
port = {printer.port}
path = "{PATH}"
[devices.payment_terminal]
driver = "pos-tcp"
host = "127.0.0.1"
port = {card_terminal.port}
[devices.camera]
driver = "browser"
"""


def test_what_is_not_configured_is_neither_good_nor_bad(terminal: Path) -> None:
    found = checked(terminal)
    assert set(found) == {
        "ID card reader",
        "receipt printer",
        "A4 printer",
        "bank card terminal",
        "smart card reader",
        "camera",
    }
    assert {check.state for check in found.values()} == {"unknown"}
    assert all("[devices." in check.remedy for check in found.values())


def test_printer_and_card_terminal_are_asked(
    terminal: Path, printer: Printer, card_terminal: CardTerminal
) -> None:
    found = checked(terminal, attached(printer, card_terminal))
    assert [found[name].state for name in ("A4 printer", "bank card terminal")] == ["good", "good"]
    assert "A4 in a tray yes" in found["A4 printer"].found
    assert (found["camera"].state, found["camera"].found) == ("unknown", "the browser has it")


def test_one_that_is_away_is_told_with_its_remedy(
    terminal: Path, printer: Printer, card_terminal: CardTerminal
) -> None:
    tables = attached(printer, card_terminal)
    printer.close()
    card_terminal.close()
    found = checked(terminal, tables)
    assert [found[name].state for name in ("A4 printer", "bank card terminal")] == ["bad", "bad"]
    assert all(found[name].remedy for name in ("A4 printer", "bank card terminal"))


def test_beside_a_running_agent_neither_is_touched(
    terminal: Path, printer: Printer, card_terminal: CardTerminal
) -> None:
    tables = attached(printer, card_terminal)
    store = terminal.parent / "store"
    printer.close()  # a driver that was opened all the same would say that it is away
    stores = Stores.open(store, SystemClock(), Random(1))
    try:
        found = checked(terminal, tables)
    finally:
        stores.close()
    for name in ("A4 printer", "bank card terminal"):
        assert (found[name].state, found[name].remedy) == ("unknown", "stop the agent, then look again")
    assert checked(terminal)["bank card terminal"].state == "good"


def test_smart_card_reader_without_its_library_is_told_with_its_remedy(terminal: Path) -> None:
    table = """
[devices.smart_card]
driver = "pcsc"
python = "no-such-python"
"""
    found = checked(terminal, table)["smart card reader"]
    assert (found.state, "no-library" in found.found) == ("bad", True)
    assert "python3-pyscard" in found.remedy


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    needs_pcsc()
    folder = tmp_path / "pcsc"
    folder.mkdir()
    made = Bench(folder)
    yield made
    made.close()


def test_smart_card_reader_is_asked_on_the_real_pcscd_and_its_absence_told(
    terminal: Path, bench: Bench
) -> None:
    table = f"""
[devices.smart_card]
driver = "pcsc"
reader = "Virtual PCD"
python = "{bench.python}"
"""
    found = checked(terminal, table)["smart card reader"]
    assert (found.state, found.remedy) == ("good", "")
    assert "Virtual PCD 00 00: empty" in found.found
    bench.stop_pcscd()
    found = checked(terminal)["smart card reader"]
    assert found.state == "bad"
    assert "pcscd" in found.remedy
