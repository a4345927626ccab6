"""What is plugged in and not configured is listed with what it probably is; whatever the devices say."""

from __future__ import annotations

import os
import threading
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.commands.devices import MOST_UNCLAIMED, check_devices
from kiosk.config import load
from kiosk.config_devices import (
    BrowserCamera,
    Devices,
    EscposUsb,
    IppPrinter,
    KeypadEvdev,
    PcscReader,
    ScannerHidPos,
    ScannerSerial,
    SdtHid,
    SdtSerial,
    SdtUsb,
    Simulated,
    TouchEvdev,
)
from kiosk.plugged import look, node_of, shown
from kiosk.plugged_watch import PluggedWatch
from kiosk.unclaimed import Unclaimed, unclaimed
from tests.kiosk.machine import Machine
from tests.kiosk.test_cli import terminal

__all__ = ["terminal"]

VENDOR = (0xFF, 0, 0)
PRINTER = (0x07, 1, 2)
HID = (0x03, 0, 0)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def found(machine: Machine, devices: Devices | None = None) -> list[Unclaimed]:
    return unclaimed(devices or Devices(), machine.root)[0]


def paths(machine: Machine, devices: Devices) -> list[str]:
    return [each.device.path for each in found(machine, devices)]


@pytest.mark.parametrize(
    ("ids", "interface", "node", "probably", "remedy"),
    [
        ((0x0400, 0xC35A), VENDOR, "", "a resident ID card reader", 'driver = "sdt-usb"'),
        ((0x10C4, 0x0007), HID, "hidraw0", "a MIAXIS ID card reader", 'driver = "sdt-hid"'),
        ((0x1A86, 0x7523), VENDOR, "ttyUSB0", "a CH340 serial converter", "/dev/serial/by-path"),
        ((0x10C4, 0xEA60), VENDOR, "ttyUSB0", "a CP210x serial converter", "/dev/serial/by-path"),
        ((0x0403, 0x6001), VENDOR, "ttyUSB0", "an FT232 serial converter", "/dev/serial/by-path"),
        ((0x067B, 0x2303), VENDOR, "ttyUSB0", "a PL2303 serial converter", "/dev/serial/by-path"),
        ((0x1EAB, 0x1D06), (0x02, 2, 1), "ttyACM0", "a serial port", "/dev/serial/by-path"),
        ((0x0416, 0x5011), PRINTER, "lp0", "a printer", "[devices.receipt_printer]"),
        ((0x08E6, 0x3437), (0x0B, 0, 0), "", "a smart card reader", "[devices.smart_card]"),
        ((0x046D, 0x0825), (0x0E, 1, 0), "video0", "a camera", "[devices.camera]"),
        ((0x046D, 0xC31C), (0x03, 1, 1), "event1", "a keyboard, or a scanner", "take it off"),
        ((0x046D, 0xC077), (0x03, 1, 2), "event2", "a mouse", "take it off"),
        ((0x0EEF, 0x0001), HID, "hidraw1", "a touchscreen, a scanner or a keypad", "[devices.code_scanner]"),
        ((0x0D8C, 0x0014), (0x01, 1, 0), "", "a loudspeaker or a headset", ""),
        ((0x1234, 0x5678), VENDOR, "", "nothing that is known here", "take it off"),
    ],
)
def test_a_device_that_nothing_claims_is_told_with_what_it_probably_is(
    machine: Machine, ids: tuple[int, int], interface: Any, node: str, probably: str, remedy: str
) -> None:
    machine.plug("1-2.3", *ids, interface, nodes=[node] if node else [], product="Thing")
    [each] = found(machine)
    assert each.probably.startswith(probably)
    assert remedy in each.remedy
    assert str(each).startswith(f"1-2.3 {ids[0]:04x}:{ids[1]:04x} Thing")
    assert not node or node in str(each)


def test_hubs_are_not_listed_and_what_hangs_behind_them_is(machine: Machine) -> None:
    machine.plug("1-2", 0x05E3, 0x0610, (0x09, 0, 1), device_class=0x09, product="USB2.1 Hub")
    machine.plug("1-2.4.1", 0x0416, 0x5011, PRINTER, nodes=["lp0"])
    assert paths(machine, Devices()) == ["1-2.4.1"]
    assert found(machine)[0].device.nodes == ("lp0",)


def test_each_way_to_name_a_device_claims_it(machine: Machine) -> None:
    machine.plug("1-1", 0x0400, 0xC35A, VENDOR)
    machine.plug("1-2", 0x0416, 0x5011, PRINTER, nodes=["lp0"])
    machine.plug("1-3", 0x1A86, 0x7523, VENDOR, nodes=["ttyUSB0"])
    machine.plug("1-4", 0x08E6, 0x3437, (0x0B, 0, 0))
    machine.plug("1-5", 0x046D, 0x0825, (0x0E, 1, 0), nodes=["video0", "video1"])
    machine.plug("1-6", 0x0C2E, 0x0B61, HID, nodes=["hidraw3"])
    machine.plug("1-7", 0x03F0, 0x3B17, PRINTER)
    port = machine.port("ttyUSB0")
    assert len(found(machine)) == 7
    named: dict[str, tuple[Any, str]] = {
        "id_card": (SdtUsb(), "1-1"),
        "receipt_printer": (EscposUsb(port=machine.link("receipts", "lp0")), "1-2"),
        "code_scanner": (ScannerSerial(port=port), "1-3"),
        "smart_card": (PcscReader(), "1-4"),
        "camera": (BrowserCamera(), "1-5"),
    }
    for name, (spec, path) in named.items():
        assert path not in paths(machine, Devices(**{name: spec}))
    assert "1-6" not in paths(machine, Devices(code_scanner=ScannerHidPos(port="/dev/hidraw3")))
    assert "1-7" not in paths(machine, Devices(document_printer=IppPrinter(host="127.0.0.1")))
    assert "1-7" in paths(machine, Devices(document_printer=IppPrinter(host="192.0.2.7")))


@pytest.mark.parametrize("folder", ["by-id", "by-path"])
def test_an_input_device_is_claimed_by_its_link(machine: Machine, folder: str) -> None:
    machine.plug("1-1", 0x0EEF, 0x0001, HID, nodes=["event3"])
    machine.plug("1-2", 0x1C4F, 0x0002, (0x03, 1, 1), nodes=["event5"])
    links = machine.root / "dev/input" / folder
    links.mkdir(parents=True)
    for node in ("event3", "event5"):
        (machine.root / "dev" / node).rename(machine.root / "dev/input" / node)
        (links / f"usb-{node}").symlink_to(f"../{node}")
    panel = TouchEvdev(port=f"/dev/input/{folder}/usb-event3")
    pad = KeypadEvdev(port=f"/dev/input/{folder}/usb-event5")
    assert paths(machine, Devices(touchscreen=panel)) == ["1-2"]
    assert paths(machine, Devices(touchscreen=panel, keypad=pad)) == []


def test_a_second_reader_of_a_kind_is_unclaimed_where_one_is_named(machine: Machine) -> None:
    machine.plug("1-1", 0x0400, 0xC35A, VENDOR, serial="A1")
    machine.plug("1-2", 0x0400, 0xC35A, VENDOR, serial="A2")
    assert paths(machine, Devices(id_card=SdtUsb())) == []
    assert paths(machine, Devices(id_card=SdtUsb(usb_path="1-2"))) == ["1-1"]
    assert paths(machine, Devices(id_card=SdtUsb(serial_number="A1"))) == ["1-2"]
    assert paths(machine, Devices(id_card=SdtHid())) == ["1-1", "1-2"]


def test_a_simulated_device_claims_nothing(machine: Machine) -> None:
    machine.plug("1-1", 0x0400, 0xC35A, VENDOR)
    machine.plug("1-5", 0x046D, 0x0825, (0x0E, 1, 0))
    assert paths(machine, Devices(id_card=Simulated())) == ["1-1", "1-5"]
    assert paths(machine, Devices(id_card=SdtUsb(simulator=Path("bus.sock")))) == ["1-1", "1-5"]


def test_the_remedy_names_the_port_as_it_stays_after_replugging(machine: Machine) -> None:
    machine.plug("1-3", 0x1A86, 0x7523, VENDOR, nodes=["ttyUSB0"])
    port = machine.port("ttyUSB0")
    [each] = found(machine)
    assert each.remedy.startswith(f"name {port} under")
    assert paths(machine, Devices(id_card=SdtSerial(port=port))) == []
    assert paths(machine, Devices(id_card=SdtSerial(port="/dev/ttyUSB0"))) == []
    assert paths(machine, Devices(id_card=SdtSerial(port="/dev/ttyUSB1"))) == ["1-3"]


def test_a_serial_port_of_which_sysfs_tells_no_device_is_listed_too(machine: Machine) -> None:
    for name in ("ttyACM3", "ttyS0", "ttyUSBx"):
        (machine.root / "dev" / name).touch()
    [each] = found(machine)
    assert (str(each), each.device.path) == ("(ttyACM3): probably a serial port", "")


def test_a_machine_without_usb_has_nothing_plugged_in(tmp_path: Path) -> None:
    assert unclaimed(Devices(), tmp_path) == ([], 0)


# What a hostile or broken device may show


def test_files_that_are_missing_or_no_files_cost_no_device(machine: Machine) -> None:
    bare = machine.plug("1-1", 0x1A86, 0x7523, VENDOR)
    for name in ("idVendor", "idProduct", "bDeviceClass"):
        (bare / name).unlink()
    odd = machine.plug("1-2", 0x1A86, 0x7523, VENDOR)
    (odd / "idVendor").write_text("zzzz\n")
    (odd / "product").mkdir()
    os.mkfifo(odd / "serial")
    (machine.root / "sys/bus/usb/devices/1-9").symlink_to("../../../devices/gone")
    assert [each.device.ids for each in found(machine)] == ["????:????", "????:7523", "????:????"]


def test_links_in_a_circle_are_no_nodes_and_no_endless_walk(machine: Machine) -> None:
    folder = machine.plug("1-1", 0x1A86, 0x7523, VENDOR, nodes=["ttyUSB0"])
    (folder / "again").symlink_to("..")
    for name, target in (("ttyUSB1", "ttyUSB2"), ("ttyUSB2", "ttyUSB1")):
        (machine.root / "sys/class/tty" / name).symlink_to(target)
        (machine.root / "dev" / name).symlink_to(target)
    (machine.root / "dev/self").symlink_to("self")
    assert node_of(machine.root, "/dev/self") == "self"
    devices = Devices(id_card=SdtSerial(port="/dev/self"))
    assert [each.device.nodes for each in found(machine, devices)] == [
        ("ttyUSB0",),
        ("ttyUSB1",),
        ("ttyUSB2",),
    ]


def test_what_a_device_says_of_itself_is_one_bounded_line_without_control_characters(
    machine: Machine,
) -> None:
    folder = machine.plug("1-1", 0x1234, 0x5678, VENDOR)
    (folder / "manufacturer").write_bytes(b"\x1b[31mEvil\r\n\xff\xfe\0\x9b31m")
    (folder / "product").write_bytes("\u202e\u2066中文 ".encode() + b"x" * 5000)
    [each] = found(machine)
    words = each.device.words
    assert words.startswith("[31mEvil")
    assert "中文" in words
    assert len(words) <= 60
    assert not any(unicodedata.category(letter).startswith("C") for letter in str(each))


@given(st.text(max_size=300), st.integers(1, 100))
def test_whatever_is_shown_is_one_line_without_control_characters(text: str, longest: int) -> None:
    words = shown(text, longest)
    assert len(words) <= longest
    assert not any(unicodedata.category(letter)[0] == "C" for letter in words)
    assert words.splitlines() in ([], [words])


@given(st.binary(max_size=400))
def test_no_bytes_in_a_file_of_sysfs_break_the_look(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("machine") / "sys/bus/usb/devices/1-1"
    folder.mkdir(parents=True)
    for name in ("idVendor", "idProduct", "bDeviceClass", "manufacturer", "product", "serial"):
        (folder / name).write_bytes(data)
    for each in look(folder.parents[4]):
        assert len(each.words) <= 60


def test_of_thousands_the_first_are_told_and_how_many_there_are(machine: Machine, terminal: Path) -> None:
    bus = machine.root / "sys/bus/usb/devices"
    for number in range(5000):
        (bus / f"{number // 100 + 1}-{number % 100 + 1}").mkdir()
    checks = [each for each in check_devices(load(terminal), machine.root) if each.what == "plugged in"]
    assert len(checks) == MOST_UNCLAIMED + 1
    assert "more that nothing claims" in checks[-1].found


def test_doctor_lists_what_nothing_claims_as_neither_good_nor_bad(machine: Machine, terminal: Path) -> None:
    config = load(terminal)
    assert "plugged in" not in {each.what for each in check_devices(config, machine.root)}
    machine.plug("1-2", 0x1A86, 0x7523, VENDOR, nodes=["ttyUSB0"], product="USB Serial")
    [check] = [each for each in check_devices(config, machine.root) if each.what == "plugged in"]
    assert check.state == "unknown"
    assert check.found == "1-2 1a86:7523 USB Serial (ttyUSB0): probably a CH340 serial converter"
    assert "[devices." in check.remedy
    terminal.write_text(
        terminal.read_text(encoding="utf-8")
        + '[devices.id_card]\ndriver = "sdt-serial"\nport = "/dev/ttyUSB0"\n',
        encoding="utf-8",
    )
    [check] = [each for each in check_devices(load(terminal), machine.root) if each.what == "plugged in"]
    assert (check.state, check.found) == ("good", "1 on USB and serial ports, each of them configured")


def test_what_is_plugged_in_while_the_agent_runs_is_told_once_each_time(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    watch = PluggedWatch(Devices(), machine.root)
    watch.look()
    assert not caplog.records
    machine.plug("1-2", 0x1A86, 0x7523, VENDOR, nodes=["ttyUSB0"])
    watch.look()
    watch.look()
    [told] = [record.message for record in caplog.records]
    assert told.startswith("plugged in and not configured: 1-2 1a86:7523 (ttyUSB0)")
    assert "[devices." in told
    link = machine.root / "sys/bus/usb/devices/1-2"
    where = link.readlink()
    link.unlink()
    (machine.root / "dev/ttyUSB0").unlink()
    watch.look()
    link.symlink_to(where)
    (machine.root / "dev/ttyUSB0").touch()
    watch.look()
    assert len(caplog.records) == 2


def test_the_watch_looks_until_the_agent_stops(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.plug("1-2", 0x1A86, 0x7523, VENDOR)
    stopped = threading.Event()
    stopped.set()
    PluggedWatch(Devices(), machine.root).run(stopped)
    assert len(caplog.records) == 1
