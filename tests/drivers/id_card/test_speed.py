"""Which speed the line is spoken at: found, raised, or as it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.id_card import CardRead, Condition, IdCardReader
from drivers.id_card.transport import SPEEDS
from tests.contract.id_card_rig import SimulatorRig
from tests.drivers.id_card.people import RESIDENT
from tests.drivers.id_card.test_poller import Desk


def reading(desk: Desk) -> Desk:
    """Armed, with a card on the reader, for ten seconds."""
    desk.wire.place(RESIDENT)
    desk.armed = 1
    desk.run(10.0)
    return desk


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_reader_is_found_at_whatever_speed_it_is_set_to_and_made_as_fast_as_it_can_be(speed: int) -> None:
    desk = Desk(baudrate=None)
    desk.wire.sam.baudrate = speed
    reading(desk)
    assert desk.condition() is Condition.READY
    assert (desk.wire.sam.baudrate, desk.wire.speed) == (115200, 115200)
    assert sum(isinstance(event, CardRead) for event in desk.events) == 1
    assert desk.wire.asked.count("set-baud") == SPEEDS.index(speed), "step by step"


@pytest.mark.parametrize("top", SPEEDS[1:])
def test_what_a_cable_does_not_carry_is_taken_back_and_not_tried_again(top: int) -> None:
    desk = Desk(baudrate=None)
    desk.wire.sam.baudrate = 9600
    desk.wire.garbled_above = top
    reading(desk)
    assert desk.condition() is Condition.READY
    assert (desk.wire.sam.baudrate, desk.wire.speed) == (top, top)
    assert sum(isinstance(event, CardRead) for event in desk.events) == 1
    before = desk.wire.asked.count("set-baud")
    desk.wire.plugged = False
    desk.run(3.0)
    desk.wire.plugged = True
    desk.run(10.0)
    assert desk.condition() is Condition.READY
    assert desk.wire.asked.count("set-baud") == before


def test_a_reader_that_sets_no_speed_is_read_at_its_own() -> None:
    desk = Desk(baudrate=None)
    desk.wire.sam.baudrate = 19200
    desk.wire.refused = "set-baud"
    reading(desk)
    assert desk.wire.sam.baudrate == 19200
    assert sum(isinstance(event, CardRead) for event in desk.events) == 1


def test_a_speed_that_is_said_is_spoken_and_nothing_else() -> None:
    desk = Desk(baudrate=38400)
    desk.wire.sam.baudrate = 38400
    reading(desk)
    assert "set-baud" not in desk.wire.asked
    assert sum(isinstance(event, CardRead) for event in desk.events) == 1
    other = Desk(baudrate=38400)
    other.wire.sam.baudrate = 9600
    reading(other)
    assert other.condition() is Condition.GARBLED
    assert other.wire.speed == 38400


def test_the_speed_that_was_found_is_the_first_to_be_tried_again() -> None:
    desk = Desk(baudrate=None)
    desk.wire.garbled_above = 57600
    desk.wire.sam.baudrate = 57600
    reading(desk)
    desk.wire.plugged = False
    desk.run(1.0)
    began, desk.wire.plugged = desk.wire.clock.now, True
    while desk.condition() is not Condition.READY:
        desk.run(0.1)
    assert desk.wire.clock.now - began < 2.5


def test_over_a_port_a_reader_set_to_9600_is_found_raised_and_read(tmp_path: Path) -> None:
    rig = SimulatorRig(tmp_path, baudrate=9600)
    rig.reader.close()
    reader = IdCardReader(port=str(rig.port), listener=rig.heard, poll_interval=0.05)
    try:
        reader.open()
        outcome = reader.self_test(8.0)
        assert dict(outcome.facts)["baudrate"] == "115200"
        rig.place(RESIDENT)
        reader.arm()
        assert rig.heard.next(CardRead)
    finally:
        reader.close()
        rig.close()
