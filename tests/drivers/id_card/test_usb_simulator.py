"""The simulated USB device and its bus: they are what the documents say, and refuse what a device would."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import usb.core
import usb.util

from drivers.id_card.simulator import UsbBus, UsbCardSimulator
from drivers.id_card.simulator.usb_backend import SocketBackend
from drivers.id_card.simulator.usb_firmware import FIRMWARE, Hid, Split

FIND = bytes.fromhex("AA AA AA 96 69 00 03 20 01 22")
NO_CARD = bytes.fromhex("AA AA AA 96 69 00 04 00 00 80 84")
WRAPPED_FIND = bytes.fromhex("88 00 00 0B 00 B1 AA AA AA 96 69 00 03 20 01 22 FF 03")

Plug = Callable[[str], Any]


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Plug]:
    """Makes a bus with one device of that firmware; gives it as pyusb does, every time anew."""
    made: dict[str, tuple[UsbCardSimulator, UsbBus]] = {}

    def device(firmware: str) -> Any:
        if firmware not in made:
            simulator = UsbCardSimulator(firmware=firmware, power_on=0.0, serial_number="S1")
            simulator.start()
            made[firmware] = simulator, UsbBus(tmp_path / firmware, [simulator])
        return usb.core.find(backend=SocketBackend(tmp_path / firmware))

    yield device
    for simulator, bus in made.values():
        simulator.stop()
        bus.close()


def refused(call: Callable[[], object]) -> int | None:
    with pytest.raises(usb.core.USBError) as caught:
        call()
    number: int | None = caught.value.errno
    return number


def test_pyusb_sees_the_documented_devices(plug: Plug) -> None:
    seen = {}
    for firmware in FIRMWARE:
        device = plug(firmware)
        [interface] = device.get_active_configuration()
        ends = [each.bEndpointAddress for each in interface]
        seen[firmware] = (device.idVendor, device.idProduct, interface.bInterfaceClass, ends)
    four = [0x02, 0x06, 0x81, 0x85]
    assert seen == {
        "split": (0x0400, 0xC35A, 0xFF, four),
        "single": (0x0400, 0xC35A, 0xFF, [0x02, 0x81]),
        "single-of-four": (0x0400, 0xC35A, 0xFF, four),
        "hid": (0x10C4, 0x0007, 0x03, [0x01, 0x81]),
    }
    assert plug("split").serial_number == "S1"


def test_whole_frames_go_over_one_pair(plug: Plug) -> None:
    device = plug("single")
    assert device.write(0x02, FIND) == len(FIND)
    assert bytes(device.read(0x81, 64, 1000)) == NO_CARD


def test_heads_and_the_rest_go_over_two(plug: Plug) -> None:
    device = plug("split")
    device.write(0x02, FIND)  # no head: dropped
    device.write(0x02, FIND[:7])
    device.write(0x06, FIND[7:])
    assert bytes(device.read(0x81, 64, 1000)) == NO_CARD[:7]
    assert bytes(device.read(0x85, 64, 1000)) == NO_CARD[7:]
    assert refused(lambda: device.read(0x81, 64, 1)) == errno.ETIMEDOUT


def test_documented_outer_packet_is_understood_and_a_wrong_sum_is_not() -> None:
    assert Hid().take(0x01, WRAPPED_FIND.ljust(64, b"\0")) == FIND
    assert Hid().take(0x01, WRAPPED_FIND[:-1] + b"\x04") == b""
    assert Hid().take(0x01, b"\0" * 64) == b""


def test_long_request_is_put_together_from_its_reports() -> None:
    firmware = Hid()
    assert firmware.take(0x01, WRAPPED_FIND[:9]) == b""
    assert firmware.take(0x01, WRAPPED_FIND[9:]) == FIND


def test_answer_goes_out_in_chunks_each_with_its_sum(plug: Plug) -> None:
    device = plug("hid")
    device.detach_kernel_driver(0)
    device.write(0x01, WRAPPED_FIND.ljust(64, b"\0"))
    counted = bytes.fromhex("0E 00 00 00 00") + NO_CARD
    total = sum(counted)
    expected = b"\xaa\0\0" + counted + bytes((total & 0xFF, total >> 8))
    assert bytes(device.read(0x81, 64, 1000)) == expected.ljust(64, b"\0")


def test_noise_before_a_head_goes_over_its_pipe_by_itself() -> None:
    firmware = Split()
    firmware.begin(NO_CARD)
    assert firmware.give(b"noise" + NO_CARD + NO_CARD) == [
        (0x81, b"noise"),
        *[(0x81, NO_CARD[:7]), (0x85, NO_CARD[7:])] * 2,
    ]


def test_pipe_that_is_not_served_halts_until_it_is_cleared(plug: Plug) -> None:
    device = plug("single-of-four")
    assert refused(lambda: device.write(0x06, b"x")) == errno.EPIPE
    assert refused(lambda: device.write(0x06, b"x")) == errno.EPIPE
    device.clear_halt(0x06)
    device.write(0x02, FIND)
    assert bytes(device.read(0x81, 64, 1000)) == NO_CARD


def test_transfer_that_is_too_small_for_its_packet_overflows(plug: Plug) -> None:
    device = plug("single")
    device.write(0x02, FIND)
    assert refused(lambda: device.read(0x81, 4, 1000)) == errno.EOVERFLOW


def test_interface_has_one_holder_until_it_hangs_up(plug: Plug) -> None:
    first, second = plug("single"), plug("single")
    usb.util.claim_interface(first, 0)
    assert refused(lambda: usb.util.claim_interface(second, 0)) == errno.EBUSY
    usb.util.dispose_resources(first)
    usb.util.claim_interface(second, 0)


def test_kernels_driver_has_a_hid_device_until_it_is_sent_away(plug: Plug) -> None:
    device = plug("hid")
    assert device.is_kernel_driver_active(0)
    assert refused(lambda: usb.util.claim_interface(device, 0)) == errno.EBUSY
    device.detach_kernel_driver(0)
    usb.util.claim_interface(device, 0)


def test_what_was_pulled_out_is_gone_for_who_had_it_open_and_back_under_another_address(
    tmp_path: Path,
) -> None:
    simulator = UsbCardSimulator(firmware="single", power_on=0.0)
    simulator.start()
    bus = UsbBus(tmp_path / "usb", [simulator])
    backend = SocketBackend(tmp_path / "usb")
    try:
        device = usb.core.find(backend=backend)
        device.write(0x02, FIND)
        simulator.control({"op": "fault", "kind": "unplug"})
        assert refused(lambda: device.read(0x81, 64, 1000)) == errno.ENODEV
        assert usb.core.find(backend=backend) is None
        simulator.control({"op": "fault", "kind": "replug"})
        assert refused(lambda: device.read(0x81, 64, 1000)) == errno.ENODEV
        assert usb.core.find(backend=backend).address != device.address
    finally:
        simulator.stop()
        bus.close()


def test_bus_that_is_not_there_has_no_devices(tmp_path: Path) -> None:
    assert usb.core.find(backend=SocketBackend(tmp_path / "none")) is None


def test_faults_that_a_line_cannot_have_are_refused() -> None:
    with pytest.raises(ValueError, match="no fault"):
        UsbCardSimulator(firmware="single").control({"op": "fault", "kind": "wrong-outer-sum"})


def test_control_transfers_other_than_strings_are_refused(plug: Plug) -> None:
    device = plug("single")
    assert refused(lambda: device.ctrl_transfer(0xC0, 1, 0, 0, 8)) == errno.EPIPE
