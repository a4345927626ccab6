"""The owner thread and the port: what the contract suite does not already say of every reader."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import Availability, HealthChanged
from drivers.exc import TransportLost
from drivers.id_card import CardRead, Condition, IdCardReader
from drivers.id_card.health import MEANING, condition_of_error
from drivers.id_card.transport import SerialTransport
from tests.contract.heard import Heard
from tests.contract.id_card_rig import SimulatorRig
from tests.drivers.id_card.people import FOREIGN_2023, RESIDENT


@pytest.fixture
def line(tmp_path: Path) -> Iterator[SimulatorRig]:
    bench = SimulatorRig(tmp_path)
    yield bench
    bench.close()


def test_card_is_read_at_the_slowest_speed(tmp_path: Path) -> None:
    bench = SimulatorRig(tmp_path, baudrate=9600)
    try:
        bench.reader.open()
        bench.heard.condition(Condition.READY)
        bench.reader.arm()
        bench.place(FOREIGN_2023)
        assert bench.heard.next(CardRead).card.previous_number == "CAN110081080310"
    finally:
        bench.close()


def test_no_card_event_comes_after_disarm_returned(line: SimulatorRig) -> None:
    line.reader.open()
    line.heard.condition(Condition.READY)
    line.reader.arm()
    line.place(RESIDENT)
    line.simulator.wait_for(lambda: line.requests("read") == 1)  # the card is on the wire now
    line.reader.disarm()
    line.look_twice()
    assert line.heard.of(CardRead) == []


def test_closing_does_not_wait_for_an_answer_that_is_not_coming(line: SimulatorRig) -> None:
    line.fault("silent", times=0)
    line.reader.open()
    line.simulator.wait_for(lambda: line.requests() >= 1)
    begin = time.monotonic()
    line.reader.close()
    assert time.monotonic() - begin < 1.0
    assert line.heard.of(HealthChanged) == []  # a wait cut short says nothing of the reader


def test_owner_thread_ends_with_the_device(line: SimulatorRig) -> None:
    line.reader.open()
    line.heard.condition(Condition.READY)
    line.reader.close()
    assert "id_card" not in [thread.name for thread in threading.enumerate()]


def test_port_is_released_on_closing(line: SimulatorRig) -> None:
    line.reader.open()
    line.heard.condition(Condition.READY)
    line.reader.close()
    other = SerialTransport(str(line.port), 115200)
    other.open()
    other.close()


def occupy(name: str) -> list[int]:
    """Open terminals until `name` is taken by one of ours, or by somebody else's."""
    descriptors: list[int] = []
    while not Path(name).exists():
        keeper, terminal = os.openpty()
        descriptors += [keeper, terminal]
    return descriptors


def test_port_is_found_by_its_path_after_replugging_under_another_name(line: SimulatorRig) -> None:
    line.reader.open()
    line.heard.condition(Condition.READY)
    before = line.port.readlink()
    line.unplug()
    line.heard.condition(Condition.UNPLUGGED)
    taken = occupy(str(before))  # so that the reader returns under another name
    line.replug()
    line.heard.condition(Condition.READY)
    after = line.port.readlink()
    for descriptor in taken:
        os.close(descriptor)
    assert after != before


def test_self_test_that_takes_too_long_says_so(line: SimulatorRig) -> None:
    line.reader.open()
    line.heard.condition(Condition.READY)
    line.fault("silent", times=0)
    outcome = line.reader.self_test(deadline=0.05)
    assert not outcome.passed
    assert "0.05" in outcome.summary


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_reader_whose_thread_died_of_a_bug_is_unknown_and_not_ready(line: SimulatorRig) -> None:
    line.reader.open()
    line.heard.condition(Condition.READY)
    line.reader.arm()

    def broken(event: object) -> None:
        raise RuntimeError("a bug in the listener")

    line.heard.then = broken
    line.place(RESIDENT)
    line.heard.next(CardRead)
    for thread in threading.enumerate():
        if thread.name == "id_card":
            thread.join(5.0)
    assert line.reader.health().availability is Availability.UNKNOWN


@pytest.mark.parametrize("baudrate", [0, -1, 300, 115201])
def test_speed_that_no_sam_has_is_refused(baudrate: int) -> None:
    with pytest.raises(ValueError, match="baudrate"):
        IdCardReader(port="/dev/null", baudrate=baudrate, listener=Heard())


def test_what_is_no_serial_port_is_a_health(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    heard = Heard()
    reader = IdCardReader(port=str(tmp_path / "file"), baudrate=115200, listener=heard)
    reader.open()
    heard.condition(Condition.UNPLUGGED)
    reader.close()


def test_transport_that_is_not_open_is_lost(tmp_path: Path) -> None:
    transport = SerialTransport(str(tmp_path / "none"), 9600)
    with pytest.raises(TransportLost):
        transport.read(0.0)
    with pytest.raises(TransportLost):
        transport.write(b"\0")
    with pytest.raises(TransportLost) as lost:
        transport.open()
    assert lost.value.errno == errno.ENOENT
    transport.close()


def test_read_gives_what_there_is_and_waits_for_no_more(line: SimulatorRig) -> None:
    transport = SerialTransport(str(line.port), 115200)
    transport.open()
    try:
        transport.write(bytes.fromhex("AA AA AA 96 69 00 03 11 FF ED"))
        got = b""
        begin = time.monotonic()
        while len(got) < 11:
            got += transport.read(5.0)
        assert time.monotonic() - begin < 1.0
        assert got == bytes.fromhex("AA AA AA 96 69 00 04 00 00 90 94")
        assert transport.read(0.0) == b""
    finally:
        transport.close()


@pytest.mark.parametrize(
    ("number", "condition"),
    [
        (11, "port-busy"),
        (16, "port-busy"),
        (13, "port-denied"),
        (1, "port-denied"),
        (2, "unplugged"),
        (5, "unplugged"),
    ],
)
def test_errno_tells_the_condition(number: int, condition: str) -> None:
    assert condition_of_error(TransportLost(number, "x")) == condition


def test_every_condition_has_a_meaning_and_only_ready_is_online() -> None:
    assert set(MEANING) == set(Condition)
    online = [
        condition for condition, meaning in MEANING.items() if meaning.availability is Availability.ONLINE
    ]
    assert online == [Condition.READY]
    assert all(
        meaning.cause and meaning.remedy for condition, meaning in MEANING.items() if condition not in online
    )
