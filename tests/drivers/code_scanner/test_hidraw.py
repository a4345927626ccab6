"""hidraw: what is no HID device is told; and the interfaces beside the scanner's own are looked at."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from drivers.code_scanner import CodeScanner, Condition, HidLine, HidrawNode
from drivers.code_scanner.hidraw import HIDIOCGRDESC, HIDIOCGRDESCSIZE
from drivers.code_scanner.line import Unfit
from drivers.code_scanner.simulator.module import DESCRIPTOR, KEYBOARD
from drivers.exc import TransportLost
from tests.contract.heard import Heard


def ioc_read(number: int, size: int) -> int:
    """_IOR('H', number, size) of asm-generic/ioctl.h."""
    return 2 << 30 | size << 16 | ord("H") << 8 | number


def test_ioctls_are_those_of_the_kernels_header() -> None:
    assert ioc_read(1, 4) == HIDIOCGRDESCSIZE
    assert ioc_read(2, 4 + 4096) == HIDIOCGRDESC


def test_node_that_is_missing_says_so() -> None:
    with pytest.raises(TransportLost) as lost:
        HidrawNode("/dev/hidraw-none").open()
    assert lost.value.errno == errno.ENOENT


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero"])
def test_what_is_no_hid_device_is_no_scanner(path: str) -> None:
    heard = Heard()
    scanner = CodeScanner(source=lambda: HidLine(HidrawNode(path), monotonic=time.monotonic), listener=heard)
    scanner.open()
    heard.condition(Condition.NOT_A_SCANNER)
    scanner.close()


def test_second_driver_of_a_node_is_kept_away(tmp_path: Path) -> None:
    (tmp_path / "hidraw0").touch()
    first, second = HidrawNode(str(tmp_path / "hidraw0")), HidrawNode(str(tmp_path / "hidraw0"))
    first.open()
    with pytest.raises(TransportLost) as lost:
        second.open()
    assert lost.value.errno in (errno.EAGAIN, errno.EBUSY)
    first.close()
    second.open()
    second.close()


class Interfaces(HidrawNode):
    """A node whose own descriptor is given; the neighbours are looked for as ever."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder / "dev" / "hidraw7"), folder / "sys" / "class" / "hidraw")

    def descriptors(self) -> tuple[bytes, ...]:
        return (DESCRIPTOR, *self._neighbours())


def interface(folder: Path, number: int, descriptor: bytes, node: str) -> None:
    """As the kernel shows one interface of a USB device."""
    device = folder / "sys/devices/usb1/1-2" / f"1-2:1.{number}" / f"0003:0C2E:0B61.000{number}"
    (device / "hidraw" / node).mkdir(parents=True)
    (device / "report_descriptor").write_bytes(descriptor)
    shown = folder / "sys/class/hidraw" / node
    shown.mkdir(parents=True)
    (shown / "device").symlink_to(device)
    (folder / "dev").mkdir(exist_ok=True)
    (folder / "dev" / node).touch()


def test_scanner_with_a_keyboard_beside_it_is_a_keyboard(tmp_path: Path) -> None:
    interface(tmp_path, 0, KEYBOARD, "hidraw6")
    interface(tmp_path, 1, DESCRIPTOR, "hidraw7")
    with pytest.raises(Unfit) as unfit:
        HidLine(Interfaces(tmp_path), monotonic=time.monotonic).open()
    assert unfit.value.condition is Condition.KEYBOARD


def test_scanner_beside_something_else_is_a_scanner(tmp_path: Path) -> None:
    interface(tmp_path, 0, bytes.fromhex("06 00FF 0901 A101 C0"), "hidraw6")
    interface(tmp_path, 1, DESCRIPTOR, "hidraw7")
    line = HidLine(Interfaces(tmp_path), monotonic=time.monotonic)
    line.open()
    line.close()


def test_interface_that_cannot_be_understood_may_be_a_keyboard(tmp_path: Path) -> None:
    interface(tmp_path, 0, b"\xff", "hidraw6")
    interface(tmp_path, 1, DESCRIPTOR, "hidraw7")
    with pytest.raises(Unfit):
        HidLine(Interfaces(tmp_path), monotonic=time.monotonic).open()


def test_report_is_read_whole_and_waiting_ends(tmp_path: Path) -> None:
    """A FIFO stands for the node: what matters here is the wait."""
    os.mkfifo(tmp_path / "hidraw0")
    node = HidrawNode(str(tmp_path / "hidraw0"))
    node.open()
    assert node.read(0.0) == b""
    node.wake()
    assert node.read(60.0) == b""
    node.write(b"\x02" + bytes(61))
    assert node.read(60.0) == b"\x02" + bytes(61)
    node.close()
    node.close()
    with pytest.raises(TransportLost):
        node.read(0.0)
