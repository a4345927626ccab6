"""The reader on a simulated USB bus: what only USB can do wrong, and two of a kind."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.device import HealthChanged
from drivers.exc import TransportLost
from drivers.id_card import CardRead, CardUnreadable, Condition, IdCardReader
from drivers.id_card.simulator.usb_backend import SocketBackend
from drivers.id_card.usb import SDT, UsbTransport, Wanted
from drivers.simkit import control
from tests.contract.heard import DEADLINE, Heard
from tests.contract.id_card_rig import UsbRig
from tests.drivers.id_card.people import HMT, RESIDENT

Make = Callable[..., UsbRig]
FIRMWARE = ("split", "single", "single-of-four", "hid")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes the one rig of a test; a closed one is closed again."""
    made: list[UsbRig] = []

    def rig(firmware: str, usb_path: str | None = None) -> UsbRig:
        made.append(UsbRig(tmp_path, firmware, usb_path=usb_path))
        return made[-1]

    yield rig
    for each in made:
        each.close()


def armed(rig: UsbRig) -> UsbRig:
    rig.reader.open()
    rig.heard.condition(Condition.READY)
    rig.reader.arm()
    return rig


def facts(rig: UsbRig) -> dict[str, str]:
    return dict(rig.reader.self_test().facts)


@pytest.mark.parametrize(
    ("firmware", "pipes"),
    [("split", "split"), ("single", "single 02/81"), ("single-of-four", "single 02/81"), ("hid", "hid")],
)
def test_the_way_that_a_reader_speaks_is_found_and_told(make: Make, firmware: str, pipes: str) -> None:
    rig = armed(make(firmware))
    found = facts(rig)
    assert (found["pipes"], found["usb"]) == (pipes, "1-1")
    assert "baudrate" not in found


def test_the_way_that_was_right_is_the_first_to_be_tried_again(make: Make) -> None:
    rig = armed(make("single-of-four"))
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    before = rig.requests("damaged")
    rig.replug()
    rig.heard.condition(Condition.READY)
    assert facts(rig)["pipes"] == "single 02/81"
    assert rig.requests("damaged") == before  # a head of its own over the wrong way would be half a request


@pytest.mark.parametrize("command", ["find", "select", "read", "new-address"])
@pytest.mark.parametrize("firmware", FIRMWARE)
def test_halted_pipe_in_costs_no_read(make: Make, firmware: str, command: str) -> None:
    rig = armed(make(firmware))
    rig.fault("stall-in", on=command)
    rig.place(RESIDENT)
    assert isinstance(rig.heard.next(CardRead, CardUnreadable), CardRead)


@pytest.mark.parametrize("firmware", FIRMWARE)
def test_halted_pipe_out_costs_no_read(make: Make, firmware: str) -> None:
    rig = armed(make(firmware))
    rig.fault("stall-out")
    rig.place(RESIDENT)
    assert isinstance(rig.heard.next(CardRead, CardUnreadable), CardRead)
    assert len(rig.heard.of(HealthChanged)) == 1


@pytest.mark.parametrize("kind", ["stall-out", "nak-out"])
@pytest.mark.parametrize("firmware", ["split", "single", "hid"])
def test_pipe_that_takes_nothing_is_silent_and_comes_back(make: Make, firmware: str, kind: str) -> None:
    rig = armed(make(firmware))
    rig.fault(kind, times=0)
    rig.heard.condition(Condition.SILENT)
    rig.fault("clear")
    rig.heard.condition(Condition.READY)


@pytest.mark.parametrize("command", ["find", "select", "read", "new-address"])
@pytest.mark.parametrize("firmware", FIRMWARE)
def test_short_packets_cost_no_read(make: Make, firmware: str, command: str) -> None:
    rig = armed(make(firmware))
    rig.fault("short-packets", on=command)
    rig.place(RESIDENT)
    event = rig.heard.next(CardRead, CardUnreadable)
    assert isinstance(event, CardRead)
    assert event.card.address == RESIDENT["address"]


@pytest.mark.parametrize("command", ["find", "select", "read", "new-address"])
def test_wrong_sum_of_an_outer_packet_costs_no_read(make: Make, command: str) -> None:
    rig = armed(make("hid"))
    rig.fault("wrong-outer-sum", on=command)
    rig.place(RESIDENT)
    event = rig.heard.next(CardRead, CardUnreadable)
    assert isinstance(event, CardRead)
    assert (event.card.id_number, event.card.warnings) == (RESIDENT["id_number"], ())


def test_outer_sums_that_are_always_wrong_are_garbled(make: Make) -> None:
    rig = armed(make("hid"))
    rig.fault("wrong-outer-sum", times=0)
    rig.heard.condition(Condition.GARBLED)
    rig.fault("clear")
    rig.heard.condition(Condition.READY)


def test_reader_that_may_not_be_opened_is_denied_and_opened_once_it_may(make: Make) -> None:
    rig = make("split")
    rig.fault("deny")
    rig.reader.open()
    rig.heard.condition(Condition.PORT_DENIED)
    rig.fault("clear")
    rig.heard.condition(Condition.READY)


# Two of a kind


def test_two_readers_and_no_name_are_ambiguous_until_one_is_left(make: Make) -> None:
    rig = make("split")
    rig.second.control({"op": "fault", "kind": "replug"})
    rig.reader.open()
    rig.heard.condition(Condition.AMBIGUOUS)
    assert "1-1, 1-2" in rig.reader.health().cause
    rig.unplug()
    rig.heard.condition(Condition.READY)
    assert facts(rig)["usb"] == "1-2"


def test_second_reader_does_not_disturb_the_one_that_is_open(make: Make) -> None:
    rig = armed(make("split"))
    rig.second.control({"op": "fault", "kind": "replug"})
    rig.place(RESIDENT)
    rig.heard.next(CardRead)
    assert len(rig.heard.of(HealthChanged)) == 1


def test_named_reader_is_waited_for_though_another_is_there(make: Make) -> None:
    rig = make("split", "1-1")
    rig.second.control({"op": "fault", "kind": "replug"})
    rig.unplug()
    rig.second.control({"op": "place", "card": HMT})
    rig.reader.open()
    rig.heard.condition(Condition.UNPLUGGED)
    rig.replug()
    rig.heard.condition(Condition.READY)
    rig.reader.arm()
    rig.place(RESIDENT)
    assert rig.heard.next(CardRead).card.name == RESIDENT["name"]
    assert rig.second.history("request") == []


def test_reader_comes_back_under_another_address_and_none_of_the_old_one_is_used(make: Make) -> None:
    rig = armed(make("single"))
    addresses = set()
    for _ in range(3):
        addresses.add(rig.device.address)
        rig.unplug()
        rig.heard.condition(Condition.UNPLUGGED)
        rig.replug()
        rig.heard.condition(Condition.READY)
    assert len(addresses) == 3


def test_closing_gives_the_reader_free(make: Make) -> None:
    rig = armed(make("hid"))
    rig.reader.close()
    heard = Heard()
    second = rig.another(heard)
    second.open()
    try:
        heard.condition(Condition.READY)
    finally:
        second.close()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A simulated bus in a process of its own."""
    command = [sys.executable, "-m", "drivers.id_card.simulator", "--power-on", "0"]
    command += ["--usb", str(tmp_path / "usb"), "--control", str(tmp_path / "control")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
        yield started
        started.kill()


@pytest.fixture
def by_number(process: subprocess.Popen[str], tmp_path: Path) -> Iterator[tuple[IdCardReader, Heard]]:
    """A driver for the second reader of that bus, which was plugged in."""
    heard = Heard()
    wanted = Wanted(SDT, serial_number="SIM-0002", backend=SocketBackend(tmp_path / "usb"))
    reader = IdCardReader(
        port=str(wanted), transport=lambda: UsbTransport(wanted, settle=0.02), listener=heard
    )
    control(tmp_path / "control", {"op": "fault", "kind": "replug", "reader": 2})
    reader.open()
    heard.condition(Condition.READY)
    yield reader, heard
    reader.close()


def test_driver_reads_a_card_from_a_bus_in_a_process_of_its_own(
    process: subprocess.Popen[str], by_number: tuple[IdCardReader, Heard], tmp_path: Path
) -> None:
    reader, heard = by_number
    control(tmp_path / "control", {"op": "place", "card": RESIDENT, "reader": 2})
    reader.arm()
    assert heard.next(CardRead).card.name == RESIDENT["name"]
    with pytest.raises(ValueError, match="reader 3"):
        control(tmp_path / "control", {"op": "state", "reader": 3})
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE) == 0


def test_bus_whose_process_died_is_one_without_readers(
    process: subprocess.Popen[str], by_number: tuple[IdCardReader, Heard]
) -> None:
    reader, heard = by_number
    process.kill()
    reader.arm()
    heard.condition(Condition.UNPLUGGED)
    assert not reader.self_test().passed


def test_transport_can_be_opened_anew_and_closed_twice(make: Make) -> None:
    transport = UsbTransport(make("split").wanted, settle=0.0)
    with pytest.raises(TransportLost, match="not open"):
        transport.read(0.0)
    transport.open()
    transport.open()
    assert (transport.path, transport.ways[0]) == ("1-1", "split")
    transport.close()
    transport.close()
    assert transport.ways == []
    with pytest.raises(TransportLost, match="not open"):
        transport.write(b"x")


def test_name_and_repr_tell_which_reader_is_wanted() -> None:
    transport = UsbTransport(Wanted(SDT, usb_path="1-2", serial_number="A"))
    assert transport.name == "USB 0400:C35A in 1-2 no. A"
    reader = IdCardReader(port=transport.name, transport=lambda: transport, listener=Heard())
    assert repr(reader) == "<IdCardReader USB 0400:C35A in 1-2 no. A: unknown>"


def test_reader_is_not_released_under_the_thread_that_may_hang_in_libusb(make: Make) -> None:
    transport = UsbTransport(make("split").wanted, settle=0.0)
    opening = threading.Thread(target=transport.open)
    opening.start()
    opening.join(DEADLINE)
    transport.close()
    transport.write(bytes.fromhex("AA AA AA 96 69 00 03 11 FF ED"))
    assert transport.read(DEADLINE).startswith(bytes.fromhex("AA AA AA 96 69"))
