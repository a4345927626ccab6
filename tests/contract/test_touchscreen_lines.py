"""What a touchscreen keeps whatever its line does: three serial controllers, and an input device."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import Availability, HealthChanged
from drivers.serial_port import SerialPort
from drivers.touchscreen import ELO, Condition, ControllerLine, Touchscreen
from drivers.touchscreen.touchscreen import UNANSWERED
from tests.contract.heard import Heard
from tests.contract.touchscreen_rig import (
    INPUT,
    KINDS,
    LINES,
    SERIAL,
    InputRig,
    SerialRig,
    SimulatorRig,
    counted,
    opened,
    until,
)


def _bench(request: pytest.FixtureRequest, folder: Path) -> Iterator[SimulatorRig]:
    bench = KINDS[request.param](folder)
    assert isinstance(bench, SimulatorRig)
    yield bench
    bench.close()


@pytest.fixture(params=LINES)
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SimulatorRig]:
    yield from _bench(request, tmp_path)


@pytest.fixture(params=SERIAL)
def serial(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SimulatorRig]:
    yield from _bench(request, tmp_path)


@pytest.fixture(params=INPUT)
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SimulatorRig]:
    yield from _bench(request, tmp_path)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is found in a moment: how long it takes at a terminal is in test_touchscreen.py."""
    monkeypatch.setattr("drivers.touchscreen.touchscreen.AGAIN_SECONDS", 0.0)
    monkeypatch.setattr("drivers.touchscreen.touchscreen.ASK_SECONDS", 0.2)
    monkeypatch.setattr("drivers.touchscreen.touchscreen.REST_SECONDS", 0.05)
    monkeypatch.setattr("drivers.touchscreen.line.ANSWER_SECONDS", 0.2)


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found lost, and found again, in a moment: how long it takes at a terminal is in test_touchscreen.py."""
    monkeypatch.setattr("drivers.touchscreen.touchscreen.BACK_OFF", (0.1,))
    monkeypatch.setattr("drivers.touchscreen.touchscreen.BOUNCE_SECONDS", 0.3)


# The bytes


@pytest.mark.parametrize(
    ("how", "touches"),
    [("noise", 1), ("one-byte-at-a-time", 1), ("stall", 1), ("glued", 2)],
)
def test_odd_delivery_costs_no_touch(line: SimulatorRig, how: str, touches: int) -> None:
    opened(line)
    line.order("spoil", how=how)
    counted(line, touches)
    line.tap()
    counted(line, touches + 1)


def test_touches_in_chunks_of_64_bytes_are_all_heard(serial: SimulatorRig) -> None:
    opened(serial)
    serial.order("spoil", how="chunks")
    counted(serial, 7)


def test_a_read_of_a_whole_touch_is_a_touch(node: SimulatorRig) -> None:
    opened(node)
    node.order("spoil", how="chunks")
    counted(node, 1)


def test_half_a_frame_is_no_touch_and_the_next_is_heard(serial: SimulatorRig) -> None:
    opened(serial)
    serial.order("spoil", how="half")
    serial.tap(count=2)
    counted(serial, 2)


def test_frame_that_no_report_ends_is_told_with_the_next(node: SimulatorRig) -> None:
    """evdev: events belong to the frame that SYN_REPORT ends, whenever that comes."""
    opened(node)
    node.order("spoil", how="half")
    node.screen.self_test()
    assert node.screen.counts["touches"] == 0
    node.tap()
    until(node, lambda: node.screen.counts["touches"] >= 1)


@pytest.mark.parametrize("how", ["wrong-sum", "wrong-length"])
def test_damaged_frame_is_no_touch_and_the_next_is_heard(serial: SimulatorRig, how: str) -> None:
    opened(serial)
    serial.order("spoil", how=how)
    serial.tap(count=2)
    counted(serial, 2)


def test_stale_answer_is_no_touch_and_no_answer(serial: SimulatorRig) -> None:
    opened(serial)
    serial.order("spoil", how="stale")
    counted(serial, 1)
    assert serial.screen.self_test().passed


def test_lost_events_lift_all_fingers(node: SimulatorRig) -> None:
    opened(node)
    node.press()
    counted(node, 1)
    node.order("spoil", how="dropped")
    node.tap()
    until(node, lambda: node.screen.counts["touches"] >= 2)
    assert node.screen.health().condition == Condition.READY


def test_cable_pulled_in_a_frame_is_a_health_and_no_touch(line: SimulatorRig) -> None:
    opened(line)
    line.order("spoil", how="unplug")
    line.heard.condition(Condition.UNPLUGGED)
    line.replug()
    line.heard.condition(line.opened)
    before = line.screen.counts["touches"]
    line.tap()
    counted(line, before + 1)


def test_plug_that_bounces_is_not_told(line: SimulatorRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The panel is back before anybody has to be told, however slow this machine is."""
    monkeypatch.setattr("drivers.touchscreen.touchscreen.BOUNCE_SECONDS", 600.0)
    opened(line)
    line.unplug()
    line.replug()

    def heard() -> bool:
        line.tap()
        return line.screen.counts["touches"] > 0

    until(line, heard)
    told = [event.health.condition for event in line.heard.of(HealthChanged)]
    assert Condition.UNPLUGGED not in told


def test_ten_fingers_are_ten_touches(tmp_path: Path) -> None:
    rig = InputRig(tmp_path)
    try:
        opened(rig)
        for finger in range(10):
            rig.press(finger)
        for finger in range(10):
            rig.lift(finger)
        counted(rig, 10)
    finally:
        rig.close()


# What the controller is asked


def test_self_test_asks_the_controller_what_it_is(serial: SimulatorRig) -> None:
    opened(serial)
    outcome = serial.screen.self_test()
    facts = dict(outcome.facts)
    assert outcome.passed
    assert facts["firmware"] in {"10.25", "0510", "1.07"}
    assert {"0bh", "Q1", "PCAP7000"} & {facts["controller"]}


def test_self_test_says_what_the_kernel_knows(node: SimulatorRig) -> None:
    opened(node)
    assert ("panel", "Simulated Touch") in node.screen.self_test().facts


def test_touches_during_the_self_test_are_heard(serial: SimulatorRig) -> None:
    opened(serial)
    serial.tap(count=3)
    serial.screen.self_test()
    counted(serial, 3)


@pytest.mark.usefixtures("at_once")
def test_controller_that_answers_no_more_is_silent_and_back_when_it_does(serial: SimulatorRig) -> None:
    opened(serial)
    serial.order("mute")
    serial.heard.condition(Condition.SILENT)
    assert serial.screen.health().availability is Availability.OFFLINE
    assert not serial.screen.self_test().passed
    assert serial.screen.counts["unanswered"] >= UNANSWERED
    serial.order("mute", on=False)
    serial.heard.condition(Condition.READY)


@pytest.mark.usefixtures("at_once")
def test_controller_that_never_answered_is_never_called_ready(serial: SimulatorRig) -> None:
    serial.order("mute")
    serial.screen.open()
    serial.heard.condition(Condition.SILENT)
    told = [event.health.condition for event in serial.heard.of(HealthChanged)]
    assert told == [Condition.SILENT]


@pytest.mark.usefixtures("at_once")
def test_a_touch_ends_the_silence(serial: SimulatorRig) -> None:
    """Its answers may be lost where its touches are not: one wire each."""
    opened(serial)
    serial.order("deaf")
    serial.heard.condition(Condition.SILENT)
    serial.tap()
    serial.heard.condition(Condition.READY)


@pytest.mark.parametrize("controller", ["elo", "microtouch"])
def test_controller_that_finds_itself_broken_says_so_and_is_well_again(
    tmp_path: Path, controller: str
) -> None:
    rig = SerialRig(tmp_path, controller)
    try:
        opened(rig)
        rig.order("fail")
        assert not rig.screen.self_test().passed
        health = rig.screen.health()
        assert (health.condition, health.availability) == (Condition.FAILED, Availability.OFFLINE)
        rig.order("fail", on=False)
        assert rig.screen.self_test().passed
        assert rig.screen.health().condition == Condition.READY
    finally:
        rig.close()


def test_bytes_of_another_kind_are_garbled_and_one_touch_ends_it(serial: SimulatorRig) -> None:
    opened(serial)
    serial.order("noise", hex="3c" * 200)
    serial.heard.condition(Condition.GARBLED)
    serial.tap()
    serial.heard.condition(Condition.READY)


@pytest.mark.usefixtures("at_once")
def test_controller_of_another_make_is_never_called_ready(tmp_path: Path) -> None:
    rig = SerialRig(tmp_path, "egalax")
    heard = Heard()
    elo = Touchscreen(
        source=lambda: ControllerLine(SerialPort(str(rig.port), 115200), ELO, time.monotonic), listener=heard
    )
    try:
        elo.open()
        heard.condition(Condition.SILENT)
        assert Condition.READY not in [event.health.condition for event in heard.of(HealthChanged)]
    finally:
        elo.close()
        rig.close()


def test_speed_of_the_line_does_not_matter(serial: SimulatorRig) -> None:
    """The pty does not care; that the wrong speed is told is a matter of what arrives: garbled, above."""
    opened(serial)
    serial.tap(count=20)
    counted(serial, 20)


# An input device's own


def test_keyboard_is_no_touchscreen(tmp_path: Path) -> None:
    rig = InputRig(tmp_path)
    try:
        rig.order("be", kind="keyboard")
        rig.screen.open()
        rig.heard.condition(Condition.NOT_A_TOUCHSCREEN)
        assert rig.screen.health().availability is Availability.OFFLINE
        assert not rig.screen.self_test().passed
        rig.order("be", kind="touchscreen")
        rig.heard.condition(rig.opened)
    finally:
        rig.close()


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.touchscreen.touchscreen.PAGE_SECONDS", 0.2)


@pytest.mark.usefixtures("page")
def test_node_that_hears_nothing_of_what_the_page_sees_is_silent(node: SimulatorRig) -> None:
    """The page has its touches from another device: this node is not the panel that citizens touch."""
    opened(node)

    def told() -> bool:
        node.screen.page_touched()
        return node.screen.health().condition == Condition.SILENT

    until(node, told)
    node.tap()
    node.heard.condition(Condition.READY)


@pytest.mark.usefixtures("page")
def test_page_says_nothing_of_a_serial_line(serial: SimulatorRig) -> None:
    """Without inputattach its touches are no page's; with it the port is the kernel's."""
    opened(serial)
    for _ in range(3):
        serial.screen.page_touched()
        serial.screen.self_test()
    assert serial.screen.health().condition == Condition.READY
