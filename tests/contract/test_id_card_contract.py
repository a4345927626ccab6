"""What every ID card reader keeps, be it the double or the driver on a simulated line, serial or USB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import Availability, HealthChanged
from drivers.id_card import (
    CardRead,
    CardRemoved,
    CardUnreadable,
    Condition,
    UnreadableReason,
)
from tests.contract.heard import Heard
from tests.contract.id_card_rig import LINES, DoubleRig, LineRig, Rig, line_rig
from tests.drivers.id_card.people import EVERYONE, HMT, RESIDENT


@pytest.fixture(params=["double", *LINES])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    bench: Rig = DoubleRig() if request.param == "double" else line_rig(request.param, tmp_path)
    yield bench
    bench.close()


@pytest.fixture(params=LINES)
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LineRig]:
    """Where the bytes are what the case is about."""
    bench = line_rig(request.param, tmp_path)
    yield bench
    bench.close()


def opened(rig: Rig) -> Rig:
    rig.reader.open()
    rig.heard.condition(Condition.READY)
    return rig


def armed(rig: Rig) -> Rig:
    opened(rig).reader.arm()
    return rig


# Opening, closing, health


def test_health_is_unknown_before_opening(rig: Rig) -> None:
    assert (rig.reader.health().availability, rig.reader.health().condition) == ("unknown", "unknown")


def test_opening_leads_to_ready(rig: Rig) -> None:
    opened(rig)
    assert rig.reader.health().availability is Availability.ONLINE


def test_opening_twice_is_opening_once(rig: Rig) -> None:
    opened(rig).reader.open()
    assert rig.reader.self_test().passed
    assert len(rig.heard.of(HealthChanged)) == 1


def test_closing_twice_is_closing_once(rig: Rig) -> None:
    opened(rig)
    rig.reader.close()
    rig.reader.close()
    assert rig.reader.health().condition == Condition.UNKNOWN


def test_closing_before_opening_is_nothing(rig: Rig) -> None:
    rig.reader.close()
    opened(rig)


def test_reader_can_be_opened_again_after_closing(rig: Rig) -> None:
    opened(rig).reader.close()
    armed(rig)
    rig.place(RESIDENT)
    assert rig.heard.next(CardRead).card.name == RESIDENT["name"]


def test_closing_disarms(rig: Rig) -> None:
    armed(rig).reader.close()
    rig.place(RESIDENT)
    opened(rig)
    rig.look_twice()
    assert rig.heard.of(CardRead) == []


def test_port_that_is_missing_is_a_health_and_no_exception(rig: Rig) -> None:
    rig.unplug()
    rig.reader.open()
    rig.heard.condition(Condition.UNPLUGGED)
    health = rig.reader.health()
    assert health.availability is Availability.OFFLINE
    assert health.cause
    assert health.remedy


def test_health_told_is_the_health_kept(rig: Rig) -> None:
    rig.reader.open()
    assert rig.heard.next(HealthChanged).health == rig.reader.health()


def test_health_never_raises(rig: Rig) -> None:
    words = [rig.reader.health().condition]
    opened(rig)
    words.append(rig.reader.health().condition)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    words.append(rig.reader.health().condition)
    rig.reader.close()
    words.append(rig.reader.health().condition)
    assert words == ["unknown", "ready", "unplugged", "unknown"]


def test_self_test_passes_when_well_and_fails_when_not(rig: Rig) -> None:
    assert not rig.reader.self_test().passed
    opened(rig)
    assert rig.reader.self_test().passed
    rig.unplug()
    assert not rig.reader.self_test().passed
    rig.reader.close()
    assert not rig.reader.self_test().passed


# Cards


@pytest.mark.parametrize("person", EVERYONE, ids=lambda person: person["layout"])
def test_card_placed_while_armed_is_read(rig: Rig, person: dict[str, str]) -> None:
    armed(rig)
    rig.place(person)
    card = rig.heard.next(CardRead).card
    assert (card.card_type, card.name, card.id_number) == (
        person["layout"],
        person["name"],
        person["id_number"],
    )


def test_card_that_lay_there_unread_is_read_when_armed(rig: Rig) -> None:
    opened(rig)
    rig.place(RESIDENT)
    rig.reader.arm()
    assert rig.heard.next(CardRead).card.name == RESIDENT["name"]


def test_card_is_not_read_unless_armed(rig: Rig) -> None:
    opened(rig)
    rig.place(RESIDENT)
    rig.look_twice()
    assert rig.heard.of(CardRead) == []


def test_card_is_not_read_once_disarmed(rig: Rig) -> None:
    armed(rig)
    rig.look_twice()
    rig.reader.disarm()
    rig.place(RESIDENT)
    rig.look_twice()
    assert rig.heard.of(CardRead) == []


def test_lifting_is_told_once(rig: Rig) -> None:
    armed(rig)
    rig.place(RESIDENT)
    rig.heard.next(CardRead)
    rig.lift()
    rig.heard.next(CardRemoved)
    rig.look_twice()
    assert len(rig.heard.of(CardRemoved)) == 1


def test_card_that_stays_is_read_once(rig: Rig) -> None:
    armed(rig)
    rig.place(RESIDENT)
    rig.heard.next(CardRead)
    rig.look_twice()
    rig.reader.arm()
    rig.reader.disarm()
    rig.reader.arm()
    rig.look_twice()
    assert len(rig.heard.of(CardRead)) == 1


def test_card_placed_again_is_read_again(rig: Rig) -> None:
    armed(rig)
    for person in (RESIDENT, HMT, RESIDENT):
        rig.place(person)
        assert rig.heard.next(CardRead).card.name == person["name"]
        rig.lift()
        rig.heard.next(CardRemoved)


def test_bad_card_says_why_and_the_next_is_read(rig: Rig) -> None:
    armed(rig)
    rig.place_bad()
    assert rig.heard.next(CardUnreadable).reason is UnreadableReason.READ_FAILED
    rig.lift()
    rig.look_twice()
    rig.place(RESIDENT)
    rig.heard.next(CardRead)
    assert len(rig.heard.of(CardUnreadable)) == 1
    assert rig.heard.of(CardRemoved) == []


def test_listener_may_disarm_at_once(rig: Rig) -> None:
    rig.heard.then = lambda event: rig.reader.disarm() if isinstance(event, CardRead) else None
    armed(rig)
    rig.place(RESIDENT)
    rig.heard.next(CardRead)
    rig.lift()
    rig.look_twice()
    assert rig.heard.of(CardRemoved) == []


def test_events_show_nothing_of_a_person(rig: Rig) -> None:
    armed(rig)
    rig.place(RESIDENT)
    shown = repr(rig.heard.next(CardRead))
    assert not any(value in shown for value in RESIDENT.values() if len(value) > 2 and value != "resident")


# The cable


def test_pulled_cable_is_told_once_and_so_is_its_return(rig: Rig) -> None:
    armed(rig)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    rig.replug()
    rig.heard.condition(Condition.READY)
    conditions = [event.health.condition for event in rig.heard.of(HealthChanged)]
    assert conditions == ["ready", "unplugged", "ready"]


def test_reader_stays_armed_over_a_pulled_cable(rig: Rig) -> None:
    armed(rig)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    rig.place(RESIDENT)
    rig.replug()
    assert rig.heard.next(CardRead).card.name == RESIDENT["name"]


def test_card_that_was_read_is_not_read_again_after_a_pulled_cable(rig: Rig) -> None:
    """Forgotten by one citizen, it is not the next one's, though the reader knows it no longer."""
    armed(rig)
    rig.place(RESIDENT)
    rig.heard.next(CardRead)
    rig.reader.disarm()
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    rig.replug()
    rig.heard.condition(Condition.READY)
    rig.reader.arm()
    rig.look_twice()
    assert [len(rig.heard.of(kind)) for kind in (CardRead, CardRemoved)] == [1, 0]
    rig.lift()
    rig.heard.next(CardRemoved)
    rig.place(HMT)
    assert rig.heard.next(CardRead).card.name == HMT["name"]


# The bytes


def read_at_the_latest_when_placed_again(line: LineRig) -> None:
    line.place(RESIDENT)
    event = line.heard.next(CardRead, CardUnreadable)
    if isinstance(event, CardUnreadable):
        line.lift()
        line.place(RESIDENT)
        event = line.heard.next(CardRead)
    assert isinstance(event, CardRead)
    assert event.card.address == RESIDENT["address"]
    assert line.reader.health().condition == Condition.READY


@pytest.mark.parametrize("command", ["find", "select", "read", "new-address"])
@pytest.mark.parametrize("kind", ["noise-before", "glued", "one-byte-at-a-time", "stall-mid-frame"])
def test_odd_delivery_costs_no_read(line: LineRig, kind: str, command: str) -> None:
    armed(line)
    line.fault(kind, on=command)
    line.place(RESIDENT)
    event = line.heard.next(CardRead, CardUnreadable)
    assert isinstance(event, CardRead)
    assert (event.card.address, event.card.warnings) == (RESIDENT["address"], ())


@pytest.mark.parametrize("command", ["find", "select", "read", "new-address"])
def test_wrong_sum_costs_no_read(line: LineRig, command: str) -> None:
    armed(line)
    line.fault("wrong-xor", on=command)
    line.place(RESIDENT)
    assert isinstance(line.heard.next(CardRead, CardUnreadable), CardRead)


@pytest.mark.parametrize("command", ["find", "select", "new-address"])
@pytest.mark.parametrize("kind", ["silent", "half-frame", "wrong-length", "late-reply"])
def test_missing_or_late_answer_is_survived(line: LineRig, kind: str, command: str) -> None:
    armed(line)
    line.fault(kind, on=command)
    read_at_the_latest_when_placed_again(line)


def test_half_a_card_is_never_a_card(line: LineRig) -> None:
    armed(line)
    line.fault("half-frame", on="read")
    line.place(RESIDENT)
    assert line.heard.next(CardRead, CardUnreadable) == CardUnreadable(UnreadableReason.NO_ANSWER)


def test_late_card_is_not_taken_for_the_next_persons(line: LineRig) -> None:
    armed(line)
    line.fault("late-reply", on="read")
    line.place(RESIDENT)
    line.heard.next(CardUnreadable)
    line.lift()
    line.place(HMT)
    assert line.heard.next(CardRead).card.name == HMT["name"]
    assert len(line.heard.of(CardRead)) == 1


def test_late_no_card_is_not_taken_for_a_find(line: LineRig) -> None:
    armed(line)
    line.fault("late-reply", on="find")
    line.look_twice()
    line.place(RESIDENT)
    line.heard.next(CardRead)
    assert line.requests("sam-id") == 2  # once at the opening, once as a fence


@pytest.mark.parametrize("kind", ["lift-after-find", "lift-after-select"])
def test_card_lifted_in_the_sequence_asks_again(line: LineRig, kind: str) -> None:
    armed(line)
    line.fault(kind)
    line.place(RESIDENT)
    line.heard.next(CardUnreadable)
    line.place(RESIDENT)
    line.heard.next(CardRead)


def test_card_swapped_after_it_was_found_is_not_mixed_with_the_other(line: LineRig) -> None:
    opened(line).place(RESIDENT)
    line.simulator.control({"op": "place", "card": HMT, "after": "find"})
    line.reader.arm()
    assert line.heard.next(CardUnreadable, CardRead) == CardUnreadable(UnreadableReason.SELECT_FAILED)
    card = line.heard.next(CardRead).card
    assert (card.card_type, card.name, card.id_number) == ("hmt", HMT["name"], HMT["id_number"])


@pytest.mark.parametrize("command", ["find", "select", "read", "new-address"])
def test_cable_pulled_in_an_answer_is_a_health_and_the_card_is_read_afterwards(
    line: LineRig, command: str
) -> None:
    armed(line)
    line.fault("unplug-mid-frame", on=command)
    line.place(RESIDENT)
    line.heard.condition(Condition.UNPLUGGED)
    line.replug()
    line.heard.next(CardRead)


def test_reader_that_falls_silent_is_told_and_comes_back(line: LineRig) -> None:
    armed(line)
    line.fault("silent", times=0)
    line.heard.condition(Condition.SILENT)
    line.fault("clear")
    line.heard.condition(Condition.READY)


def test_failed_sam_is_told_and_comes_back(line: LineRig) -> None:
    armed(line)
    line.fault("sam-failed")
    line.heard.condition(Condition.SAM_FAILED)
    assert line.reader.health().availability is Availability.OFFLINE
    line.fault("clear")
    line.heard.condition(Condition.READY)


def test_second_opener_of_a_reader_is_told_that_it_is_busy(line: LineRig) -> None:
    opened(line)
    heard = Heard()
    second = line.another(heard)
    second.open()
    try:
        heard.condition(Condition.PORT_BUSY)
        assert line.reader.self_test().passed
        line.reader.close()
        heard.condition(Condition.READY)
    finally:
        second.close()
