"""`kiosk doctor` on devices: each is tested, and nothing is touched that a running agent has."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from drivers.code_scanner import CodeRead
from drivers.code_scanner.simulator import SerialSimulator
from drivers.device import HealthChanged
from drivers.document_printer.simulator.machine import Machine
from drivers.document_printer.simulator.server import Simulator as Printer
from drivers.gpio.simulator import GpioBus, GpioServer
from drivers.gpio.simulator.orders import obey
from drivers.id_card.simulator import UsbBus, UsbCardSimulator
from drivers.keypad.simulator import KeypadSimulator
from drivers.payment_terminal.simulator.server import Simulator as CardTerminal
from drivers.receipt_printer.simulator.machine import Machine as Receipts
from drivers.receipt_printer.simulator.machine import Model
from drivers.receipt_printer.simulator.server import Simulator as ReceiptPrinter
from drivers.receipt_printer.usblp import KernelNode
from drivers.serial_port import SerialPort
from drivers.simkit import PtyLine
from drivers.touchscreen.simulator import SerialSimulator as TouchPanel
from kiosk.attached import Attached
from kiosk.clock import SystemClock
from kiosk.commands.check import Check
from kiosk.commands.devices import check_devices
from kiosk.commands.touchscreen import CannotCalibrate, calibrate
from kiosk.config import load
from kiosk.store import Stores
from tests.contract.heard import Heard
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
    return {check.what: check for check in check_devices(load(terminal), terminal.parent / "machine")}


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
        "code scanner",
        "camera",
        "door switch",
        "lights",
        "touchscreen",
        "keypad",
        "loudspeaker",
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


@pytest.mark.parametrize("driver", ["escpos-serial", "escpos-usb"])
def test_a_receipt_printer_is_asked_on_whatever_line(terminal: Path, tmp_path: Path, driver: str) -> None:
    """A pty is a character device, too, and stands in for the node of usblp here."""
    line = tmp_path / "printer"
    table = f'[devices.receipt_printer]\ndriver = "{driver}"\nport = "{line}"\n'
    made = ReceiptPrinter(Receipts(Model()), lambda: PtyLine(line), tmp_path / "receipts", None)
    try:
        found = checked(terminal, table)["receipt printer"]
    finally:
        made.close()
    assert (found.state, "SIMULATED PAPER-1" in found.found) == ("good", True)
    away = checked(terminal)["receipt printer"]
    assert (away.state, "no-port" in away.found) == ("bad", True)


def test_a_port_that_may_not_be_opened_is_bad_and_nobody_elses_fault(
    terminal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests' user may be root, who may open all: so permission is taken away in the calls."""
    node = tmp_path / "lp0"
    node.touch()

    def refused(*_: object) -> int:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(KernelNode, "open", refused)
    table = f'[devices.receipt_printer]\ndriver = "escpos-usb"\nport = "{node}"\n'
    taken = checked(terminal, table)["receipt printer"]
    assert (taken.state, taken.found) == ("unknown", "another program has the port")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    denied = checked(terminal)["receipt printer"]
    assert (denied.state, denied.found) == ("bad", f"{node} may not be opened")
    assert all(word in denied.remedy for word in ("lp", "dialout", "udev"))


def test_one_that_is_away_is_told_with_its_remedy(
    terminal: Path, printer: Printer, card_terminal: CardTerminal
) -> None:
    tables = attached(printer, card_terminal)
    printer.close()
    card_terminal.close()
    found = checked(terminal, tables)
    assert [found[name].state for name in ("A4 printer", "bank card terminal")] == ["bad", "bad"]
    assert all(found[name].remedy for name in ("A4 printer", "bank card terminal"))


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[tuple[UsbCardSimulator, UsbCardSimulator]]:
    """Two readers' ports on a simulated USB bus, the second empty."""
    readers = (
        UsbCardSimulator(port=1, power_on=0.0),
        UsbCardSimulator(port=2, power_on=0.0, plugged=False),
    )
    for reader in readers:
        reader.start()
    served = UsbBus(tmp_path / "usb", readers)
    yield readers
    for reader in readers:
        reader.stop()
    served.close()


def on_usb(terminal: Path, *lines: str) -> Check:
    """What is found of a reader on USB with these settings."""
    text = terminal.read_text(encoding="utf-8")
    if "[devices.id_card]" not in text:
        text = text.replace("[terminal]\n", "[terminal]\ndemo = true\n")
        text += f'\n[devices.id_card]\ndriver = "sdt-usb"\nsimulator = "{terminal.parent / "usb"}"\n'
    terminal.write_text(text, encoding="utf-8")
    return checked(terminal, "\n".join(lines))["ID card reader"]


def test_a_reader_on_usb_says_where_it_is_and_how_it_is_spoken_to(
    terminal: Path, bus: tuple[UsbCardSimulator, UsbCardSimulator]
) -> None:
    found = on_usb(terminal)
    assert (found.state, "usb 1-1, pipes split" in found.found) == ("good", True)


def test_two_readers_on_usb_want_a_name_for_one(
    terminal: Path, bus: tuple[UsbCardSimulator, UsbCardSimulator]
) -> None:
    bus[1].control({"op": "fault", "kind": "replug"})
    found = on_usb(terminal)
    assert (found.state, "usb_path" in found.remedy, "1-1, 1-2" in found.found) == ("bad", True, True)
    assert "usb 1-2" in on_usb(terminal, 'usb_path = "1-2"').found


@pytest.mark.parametrize(("kind", "word"), [("unplug", "连线"), ("deny", "udev"), ("sam-failed", "断电")])
def test_a_reader_on_usb_that_is_not_well_is_told_with_its_remedy(
    terminal: Path, bus: tuple[UsbCardSimulator, UsbCardSimulator], kind: str, word: str
) -> None:
    bus[0].control({"op": "fault", "kind": kind})
    found = on_usb(terminal)
    assert (found.state, word in found.remedy) == ("bad", True)


def test_a_reader_on_usb_that_another_program_has_is_not_called_broken(
    terminal: Path, bus: tuple[UsbCardSimulator, UsbCardSimulator]
) -> None:
    bus[0].claim(bus[0].address, self := object())
    found = on_usb(terminal)
    bus[0].release(self)
    assert (found.state, found.remedy) == ("unknown", "stop the agent, then look again")


def test_beside_a_running_agent_none_on_the_network_is_touched(
    terminal: Path, printer: Printer, card_terminal: CardTerminal
) -> None:
    tables = attached(printer, card_terminal)
    tables += f"""
[devices.receipt_printer]
driver = "escpos-network"
host = "127.0.0.1"
port = {printer.port}
"""
    store = terminal.parent / "store"
    printer.close()  # a driver that was opened all the same would say that it is away
    stores = Stores.open(store, SystemClock(), Random(1))
    try:
        found = checked(terminal, tables)
    finally:
        stores.close()
    for name in ("receipt printer", "A4 printer", "bank card terminal"):
        assert (found[name].state, found[name].found) == ("unknown", "the running agent has it")
        assert found[name].remedy == "stop the agent, then look again"
    after = checked(terminal)
    assert (after["bank card terminal"].state, after["receipt printer"].state) == ("good", "bad")


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[SerialSimulator]:
    made = SerialSimulator(tmp_path / "tty")
    made.start()
    yield made
    made.stop()


def reading(port: str, driver: str = "scanner-serial") -> str:
    return f'\n[devices.code_scanner]\ndriver = "{driver}"\nport = "{port}"\n'


def test_a_keypad_is_asked_and_one_that_is_away_is_bad(terminal: Path, tmp_path: Path) -> None:
    node = tmp_path / "event"
    text = terminal.read_text(encoding="utf-8").replace("[terminal]\n", "[terminal]\ndemo = true\n")
    terminal.write_text(text, encoding="utf-8")
    pad = KeypadSimulator(node)
    pad.start()
    found = checked(terminal, f'[devices.keypad]\ndriver = "keypad-evdev"\nsimulator = "{node}"\n')["keypad"]
    assert (found.state, "Simulated Four-Key Pad" in found.found) == ("good", True)
    pad.control({"op": "lose", "keys": ["help"]})
    found = checked(terminal)["keypad"]
    assert (found.state, "help" in found.found, bool(found.remedy)) == ("bad", True, True)
    pad.stop()
    found = checked(terminal)["keypad"]
    assert (found.state, "unplugged" in found.found, bool(found.remedy)) == ("bad", True, True)


def test_a_serial_scanner_that_has_read_nothing_is_neither_good_nor_bad(
    terminal: Path, tmp_path: Path, scanner: SerialSimulator
) -> None:
    found = checked(terminal, reading(str(tmp_path / "tty")))["code scanner"]
    assert (found.state, "扫一个码" in found.remedy) == ("unknown", True)


def test_a_scanner_that_is_away_or_is_none_is_bad(terminal: Path, tmp_path: Path) -> None:
    before = terminal.read_text(encoding="utf-8")
    for tables in (reading(str(tmp_path / "none")), reading("/dev/null", "scanner-hidpos")):
        terminal.write_text(before, encoding="utf-8")
        found = checked(terminal, tables)["code scanner"]
        assert found.state == "bad"
        assert "port" in found.remedy


def test_a_scanner_that_the_agent_has_is_left_to_it(
    terminal: Path, tmp_path: Path, scanner: SerialSimulator
) -> None:
    """Also: what the configuration names is made, opened, heard and closed."""
    tables = reading(str(tmp_path / "tty"))
    heard = Heard()
    checked_before = checked(terminal, tables)["code scanner"]
    attached_now = Attached.make(
        load(terminal).devices, lambda name, event: heard(event), SystemClock().monotonic
    )
    attached_now.open()
    try:
        heard.condition("listening")
        found = {check.what: check for check in check_devices(load(terminal), terminal.parent / "machine")}[
            "code scanner"
        ]
        assert attached_now.code_scanner is not None
        attached_now.code_scanner.arm()
        attached_now.code_scanner.self_test()
        scanner.control({"op": "show", "text": "1201"})
        assert heard.next(CodeRead).text == "1201"
        assert attached_now.healths()["code_scanner"] is attached_now.code_scanner
    finally:
        attached_now.close()
    assert checked_before.state == "unknown"
    assert (found.state, found.found) == ("unknown", "another program has the port")
    assert [event.health.condition for event in heard.of(HealthChanged)] == ["listening", "ready"]


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


def on_lines(socket: Path, *, light: str = "LIGHT_STATUS") -> str:
    return f"""
[devices.door]
driver = "gpiod"
chip = "sim-gpio"
line = "DOOR"
debounce_ms = 0
simulator = "{socket}"
[devices.lights]
driver = "gpiod"
chip = "sim-gpio"
status = "{light}"
simulator = "{socket}"
"""


def for_the_demo(terminal: Path) -> None:
    terminal.write_text(
        terminal.read_text("utf-8").replace("[terminal]\n", "[terminal]\ndemo = true\n"), "utf-8"
    )


def test_door_and_lights_are_tested_on_their_lines(terminal: Path, tmp_path: Path) -> None:
    bus = GpioBus()
    server = GpioServer(tmp_path / "gpio", bus)
    for_the_demo(terminal)
    try:
        obey(bus, {"op": "drive", "line": "DOOR", "level": 0})
        found = checked(terminal, on_lines(tmp_path / "gpio"))
        assert (found["door switch"].state, found["door switch"].remedy) == ("good", "")
        assert "the door is closed" in found["door switch"].found
        assert found["lights"].state == "good"
        assert "look whether you saw it" in found["lights"].found
        obey(bus, {"op": "drive", "line": "DOOR", "level": 1})
        obey(bus, {"op": "short", "line": "LIGHT_STATUS", "level": 1})
        found = checked(terminal)
        assert (found["door switch"].state, "关好柜门" in found["door switch"].remedy) == ("good", True)
        assert (found["lights"].state, "status stuck on" in found["lights"].found) == ("bad", True)
        obey(bus, {"op": "hold", "line": "DOOR", "consumer": "kiosk"})
        found = checked(terminal)
        assert (found["door switch"].state, found["door switch"].remedy) == (
            "unknown",
            "stop the agent, then look again",
        )
    finally:
        bus.close()
        server.close()


def test_lines_of_a_chip_that_is_not_there_are_bad_with_a_remedy(terminal: Path, tmp_path: Path) -> None:
    for_the_demo(terminal)
    found = checked(terminal, on_lines(tmp_path / "nobody"))
    for what in ("door switch", "lights"):
        assert (found[what].state, bool(found[what].remedy)) == ("bad", True)
        assert "no-chip" in found[what].found


def on_touch(line: Path, controller: str) -> str:
    return f'[devices.touchscreen]\ndriver = "touch-{controller}"\nport = "{line}"\n'


@pytest.mark.parametrize("controller", ["elo", "microtouch", "egalax"])
def test_touchscreen_on_a_serial_line_is_asked_and_its_absence_told(
    terminal: Path, tmp_path: Path, controller: str
) -> None:
    line = tmp_path / "ttyTOUCH"
    panel = TouchPanel(line, controller=controller)
    panel.start()
    try:
        found = checked(terminal, on_touch(line, controller))["touchscreen"]
    finally:
        panel.stop()
    assert (found.state, "firmware" in found.found) == ("good", True)
    away = checked(terminal)["touchscreen"]
    assert (away.state, "port" in away.remedy) == ("bad", True)


def test_touchscreen_that_finds_itself_broken_is_bad(terminal: Path, tmp_path: Path) -> None:
    line = tmp_path / "ttyTOUCH"
    panel = TouchPanel(line, controller="microtouch")
    panel.start()
    panel.control({"op": "fail"})
    try:
        found = checked(terminal, on_touch(line, "microtouch"))["touchscreen"]
    finally:
        panel.stop()
    assert found.state == "bad"
    assert "04h" in found.found


def test_touchscreen_whose_line_the_kernel_has_is_neither_good_nor_bad(
    terminal: Path, tmp_path: Path
) -> None:
    line = tmp_path / "ttyTOUCH"
    panel = TouchPanel(line)
    panel.start()
    taken = SerialPort(str(line), 9600)
    taken.open()
    try:
        found = checked(terminal, on_touch(line, "elo"))["touchscreen"]
    finally:
        taken.close()
        panel.stop()
    assert found.state == "unknown"


def test_of_a_simulated_device_it_says_that_there_is_none(terminal: Path) -> None:
    demo = terminal.read_text(encoding="utf-8").replace("[terminal]\n", "[terminal]\ndemo = true\n", 1)
    terminal.write_text(demo, encoding="utf-8")
    names = ("door", "lights", "touchscreen", "keypad", "speaker")
    tables = "".join(f'\n[devices.{name}]\ndriver = "simulated"\n' for name in names)
    found = checked(terminal, tables)
    for what in ("door switch", "lights", "touchscreen", "keypad", "loudspeaker"):
        assert (found[what].state, "there is no device" in found[what].found) == ("unknown", True)
    with pytest.raises(CannotCalibrate, match="is simulated"):
        calibrate(load(terminal), lambda words: None, 1.0)
