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
from drivers.id_card import CardRead, CardRemoved, Condition, IdCardReader
from drivers.id_card.health import MEANING, condition_of_error
from drivers.id_card.transport import SerialTransport, Transport
from drivers.owner import PATIENCE_SECONDS
from tests.contract.heard import DEADLINE, Heard
from tests.contract.id_card_rig import LINES, SimulatorRig, line_rig
from tests.drivers.id_card.people import FOREIGN_2023, RESIDENT


class Clock:
    """Real seconds, of which a test lets some pass at once."""

    def __init__(self) -> None:
        self.shift = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.shift


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


def test_driver_that_a_bug_took_says_so_comes_back_and_knows_the_card_that_lies_there(
    line: SimulatorRig, caplog: pytest.LogCaptureFixture
) -> None:
    line.reader.open()
    line.heard.condition(Condition.READY)
    line.reader.arm()

    def broken(event: object) -> None:
        line.heard.then = lambda _event: None
        raise RuntimeError("a bug, and 张三 in its words")

    line.heard.then = broken
    line.place(RESIDENT)
    line.heard.next(CardRead)
    line.heard.condition(Condition.DRIVER_FAILED)
    assert line.heard.of(HealthChanged)[-1].health.availability is Availability.UNKNOWN
    line.heard.condition(Condition.READY)  # by itself, still armed
    line.look_twice()
    assert len(line.heard.of(CardRead)) == 1  # it was told, and must leave first
    line.lift()
    line.heard.next(CardRemoved)
    assert [record.levelname for record in caplog.records if record.name == "drivers"] == ["ERROR"]
    assert "张三" not in caplog.text


def test_driver_that_hangs_is_replaced_and_a_card_is_read(tmp_path: Path) -> None:
    clock = Clock()
    let_go = threading.Event()
    bench = SimulatorRig(tmp_path)
    made: list[Transport] = []

    class Stuck(SerialTransport):
        def open(self) -> None:
            let_go.wait(DEADLINE)
            super().open()

    def transport() -> Transport:
        made.append((SerialTransport if made else Stuck)(str(bench.port), 115200))
        return made[-1]

    reader = IdCardReader(
        port="stuck", transport=transport, baudrate=115200, listener=bench.heard, monotonic=clock
    )
    try:
        reader.open()
        reader.attend()
        assert bench.heard.of(HealthChanged) == []
        clock.shift += PATIENCE_SECONDS + 1
        reader.attend()
        bench.heard.condition(Condition.DRIVER_FAILED)
        bench.heard.condition(Condition.READY)
        reader.arm()
        bench.place(RESIDENT)
        bench.heard.next(CardRead)
        before = len(bench.heard.events)
        let_go.set()  # the one that was given up wakes in the kernel: nobody hears it
        bench.lift()
        bench.heard.next(CardRemoved)
        assert len(bench.heard.events) == before + 1
    finally:
        let_go.set()
        reader.close()
        bench.close()


@pytest.mark.parametrize("kind", LINES)
def test_a_plug_that_bounces_is_not_told(tmp_path: Path, kind: str) -> None:
    bench = line_rig(kind, tmp_path)
    bench.reader = bench.another(bench.heard, settle=1e9)
    try:
        bench.reader.open()
        bench.heard.condition(Condition.READY)
        bench.unplug()
        while bench.reader.self_test().passed:
            pass  # until the driver knows
        bench.replug()
        while not bench.reader.self_test().passed:
            pass
        bench.reader.arm()
        bench.place(RESIDENT)
        bench.heard.next(CardRead)
        assert len(bench.heard.of(HealthChanged)) == 1
    finally:
        bench.close()


@pytest.mark.parametrize("kind", LINES)
def test_a_loss_under_a_card_is_told_at_once(tmp_path: Path, kind: str) -> None:
    bench = line_rig(kind, tmp_path)
    bench.reader = bench.another(bench.heard, settle=1e9)
    try:
        bench.reader.open()
        bench.heard.condition(Condition.READY)
        bench.reader.arm()
        bench.place(RESIDENT)
        bench.heard.next(CardRead)
        bench.unplug()
        bench.heard.condition(Condition.UNPLUGGED)
    finally:
        bench.close()


def test_a_loss_in_a_reading_is_told_at_once(tmp_path: Path) -> None:
    bench = SimulatorRig(tmp_path)
    bench.reader = bench.another(bench.heard, settle=1e9)
    try:
        bench.reader.open()
        bench.heard.condition(Condition.READY)
        bench.reader.arm()
        bench.fault("unplug-mid-frame", on="read")
        bench.place(RESIDENT)
        bench.heard.condition(Condition.UNPLUGGED)
    finally:
        bench.close()


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
