"""Which device is the reader: one, none, several, by port, by number; and a plug that bounces."""

from __future__ import annotations

import errno

import pytest
import usb.core

from drivers.exc import TransportLost
from drivers.id_card.health import Condition, condition_of_error
from drivers.id_card.usb.find import MIAXIS, SDT, Wanted, find, find_settled, path_of
from tests.drivers.id_card.usb_world import Buses, error
from tests.drivers.id_card.wire import Clock

ONE = ((5, (2, 3)),)
TWO = ((5, (2, 3)), (6, (4,)))


def wanted(buses: Buses, **names: str) -> Wanted:
    return Wanted(SDT, backend=buses, **names)


def refused(buses: Buses, **names: str) -> TransportLost:
    with pytest.raises(TransportLost) as caught:
        find(wanted(buses, **names))
    return caught.value


def test_the_only_one_is_found_without_a_name() -> None:
    assert path_of(find(wanted(Buses(ONE)))) == "1-2.3"


def test_one_of_two_is_found_by_its_port() -> None:
    assert find(wanted(Buses(TWO), usb_path="1-4")).address == 6


def test_one_of_two_is_found_by_its_number_wherever_it_is() -> None:
    buses = Buses(TWO)
    buses.serial_numbers = {5: "B", 6: "A"}
    assert find(wanted(buses, serial_number="A")).address == 6
    assert find(wanted(buses, serial_number="B", usb_path="1-2.3")).address == 5


def test_two_without_a_name_are_told_with_their_ports() -> None:
    lost = refused(Buses(TWO))
    assert condition_of_error(lost) is Condition.AMBIGUOUS
    assert "1-2.3, 1-4" in str(lost)


@pytest.mark.parametrize("names", [{"usb_path": "1-9"}, {"serial_number": "A"}])
def test_a_name_that_none_has_is_none_there(names: dict[str, str]) -> None:
    assert condition_of_error(refused(Buses(TWO), **names)) is Condition.UNPLUGGED


def test_another_model_is_none() -> None:
    with pytest.raises(TransportLost) as caught:
        find(Wanted(MIAXIS, backend=Buses(ONE)))
    assert (caught.value.errno, "10C4:0007" in str(caught.value)) == (errno.ENODEV, True)


def test_a_number_that_may_not_be_read_is_a_missing_udev_rule() -> None:
    buses = Buses(ONE)
    buses.serial_numbers, buses.opening = {5: "A"}, error(errno.EACCES)
    assert condition_of_error(refused(buses, serial_number="A")) is Condition.PORT_DENIED


def test_a_number_that_cannot_be_read_is_another_ones() -> None:
    buses = Buses(ONE)
    buses.serial_numbers, buses.opening = {5: "A"}, error(errno.EIO)
    assert condition_of_error(refused(buses, serial_number="A")) is Condition.UNPLUGGED


def test_missing_libusb_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usb.backend.libusb1.get_backend", lambda *_, **__: None)
    monkeypatch.setattr("usb.backend.openusb.get_backend", lambda *_, **__: None)
    monkeypatch.setattr("usb.backend.libusb0.get_backend", lambda *_, **__: None)
    with pytest.raises(TransportLost) as caught:
        find(Wanted(SDT))
    assert condition_of_error(caught.value) is Condition.NO_LIBUSB


def test_a_bus_that_cannot_be_listed_is_lost() -> None:
    assert refused(Buses(usb.core.USBError("as ordered", errno=errno.EIO))).errno == errno.EIO


def settled(buses: Buses, clock: Clock) -> int:
    def pause(seconds: float) -> None:
        clock.now += seconds

    address: int = find_settled(wanted(buses), settle=0.3, monotonic=clock, pause=pause).address
    return address


def test_a_device_is_taken_once_it_stayed() -> None:
    clock = Clock()
    begin = clock.now
    assert settled(Buses(ONE), clock) == 5
    assert 0.3 <= clock.now - begin < 0.4


def test_a_plug_that_bounced_is_waited_for_and_taken_at_its_last_address() -> None:
    clock = Clock()
    begin = clock.now
    again = ((7, (2, 3)),)
    assert settled(Buses(ONE, ONE, ONE, again), clock) == 7
    assert 0.4 <= clock.now - begin < 0.6


def test_a_device_that_comes_and_goes_is_not_waited_for_for_ever() -> None:
    clock = Clock()
    begin = clock.now
    with pytest.raises(TransportLost, match="comes and goes"):
        settled(Buses(*(((address, (2, 3)),) for address in range(2, 100))), clock)
    assert clock.now - begin < 2.0


def test_a_plug_pulled_while_it_settles_is_unplugged() -> None:
    with pytest.raises(TransportLost) as caught:
        settled(Buses(ONE, ONE, ()), Clock())
    assert caught.value.errno == errno.ENODEV
