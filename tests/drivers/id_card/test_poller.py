"""What the reader does next, step by step on a clock of our own."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable

import pytest

from drivers.device import DeviceEvent
from drivers.id_card import (
    CardRead,
    CardRemoved,
    CardUnreadable,
    CardWarning,
    Condition,
    IdCard,
    UnreadableReason,
)
from drivers.id_card.poller import BACK_OFF, POWER_ON_SECONDS, Poller
from tests.drivers.id_card.people import EVERYONE, HMT, RESIDENT
from tests.drivers.id_card.test_protocol import frame
from tests.drivers.id_card.wire import Delivery, Wire

POLL, HEALTH = 0.3, 10.0


class Outside:
    """What a desk is to its poller."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def armed(self) -> int:
        return self._desk.armed

    def stopping(self) -> bool:
        return self._desk.stopping

    def emit(self, generation: int, event: DeviceEvent) -> None:
        if generation == self._desk.armed:
            self._desk.events.append(event)

    def report(self, condition: Condition, detail: str = "", *, at_once: bool = False) -> None:
        if self._desk.conditions[-1:] != [condition]:
            self._desk.conditions.append(condition)
        self._desk.at_once = at_once

    def returned(self, condition: Condition) -> Condition:
        self.report(condition)
        return condition


class Desk:
    """A poller on a wire, and what it said."""

    def __init__(self, baudrate: int | None = 115200, *, fingerprints: bool = False) -> None:
        self.wire = Wire()
        self.events: list[DeviceEvent] = []
        self.conditions: list[Condition] = []
        self.armed = 0
        self.stopping = False
        self.at_once = False
        self.poller = Poller(
            self.wire,
            baudrate=baudrate,
            poll_interval=POLL,
            health_interval=HEALTH,
            monotonic=self.wire.clock,
            outside=Outside(self),
            fingerprints=fingerprints,
        )

    def condition(self) -> Condition:
        return self.conditions[-1]

    def run(self, seconds: float) -> None:
        """Let that much time pass, stepping when due."""
        end = self.wire.clock.now + seconds
        while self.wire.clock.now < end:
            due = self.poller.step()
            self.wire.clock.now = max(self.wire.clock.now, min(due, end))

    def until(self, fact: Callable[[], bool], within: float = 60.0) -> None:
        end = self.wire.clock.now + within
        while not fact():
            assert self.wire.clock.now < end, "it did not come to that"
            self.wire.clock.now = max(self.wire.clock.now, self.poller.step())


def ready(armed: bool = True, *, fingerprints: bool = False) -> Desk:
    desk = Desk(fingerprints=fingerprints)
    desk.until(lambda: desk.conditions == [Condition.READY])
    desk.armed = int(armed)
    return desk


@pytest.mark.parametrize("person", EVERYONE, ids=lambda person: person["layout"])
def test_card_of_each_layout_is_read_and_its_lifting_told(person: dict[str, str]) -> None:
    desk = ready()
    desk.wire.place(person)
    desk.run(1.0)
    [event] = desk.events
    assert isinstance(event, CardRead)
    assert (event.card.card_type, event.card.id_number) == (person["layout"], person["id_number"])
    assert event.card.sam_id == "05.01-20200101-0000123456-0987654321"
    assert len(event.card.photo) == 1024
    desk.wire.sam.lift()
    desk.run(1.0)
    assert desk.events[1:] == [CardRemoved()]


def test_exchange_follows_the_documented_sequence() -> None:
    desk = ready()
    desk.run(POLL)
    desk.wire.place(RESIDENT)
    desk.wire.asked.clear()
    desk.run(3 * POLL - 0.01)
    assert desk.wire.asked == ["find", "select", "read", "new-address", "new-address", "new-address"]


def test_nothing_of_a_card_is_asked_while_not_armed() -> None:
    desk = ready(armed=False)
    desk.wire.place(RESIDENT)
    desk.run(5 * HEALTH)
    assert set(desk.wire.asked) == {"sam-id", "status"}
    assert desk.events == []


def test_polls_keep_their_interval() -> None:
    desk = ready()
    desk.wire.asked.clear()
    desk.run(30 * POLL - 0.01)
    assert desk.wire.asked == ["find"] * 30


def test_new_address_is_read_with_the_card() -> None:
    desk = ready()
    desk.wire.place({**RESIDENT, "new_address": "天津市虚构区新路９号"})
    desk.run(1.0)
    assert [event.card.new_address for event in desk.events if isinstance(event, CardRead)] == [
        "天津市虚构区新路９号"
    ]
    desk.wire.sam.lift()
    desk.run(1.0)
    assert desk.events[1:] == [CardRemoved()]


@pytest.mark.parametrize(("wanted", "command"), [(False, "read"), (True, "read-with-finger")])
def test_fingerprints_are_asked_for_only_where_they_are_wanted(wanted: bool, command: str) -> None:
    desk = ready(fingerprints=wanted)
    desk.wire.place({**RESIDENT, "fingerprints": "11 16"})
    desk.run(1.0)
    [event] = desk.events
    assert isinstance(event, CardRead)
    assert [each.finger for each in event.card.fingerprints] == ([11, 16] if wanted else [])
    assert [each for each in desk.wire.asked if each.startswith("read")] == [command]
    assert event.card.warnings == ()


def test_card_without_fingerprints_is_read_where_they_are_wanted() -> None:
    desk = ready(fingerprints=True)
    desk.wire.place(RESIDENT)
    desk.run(1.0)
    [event] = desk.events
    assert isinstance(event, CardRead)
    assert (event.card.name, event.card.fingerprints) == (RESIDENT["name"], ())


def test_card_without_new_address_has_none_and_no_warning() -> None:
    desk = ready()
    desk.wire.place(RESIDENT)
    desk.run(1.0)
    assert [
        (event.card.new_address, event.card.warnings) for event in desk.events if isinstance(event, CardRead)
    ] == [(None, ())]


def test_card_lifted_before_its_new_address_is_read_with_a_warning() -> None:
    desk = ready()
    desk.wire.place(RESIDENT)

    def deliver(name: str, answer: bytes) -> Delivery:
        if name == "read":
            desk.wire.sam.lift()
        return [(0.0, answer)]

    desk.wire.deliver = deliver
    desk.run(2.0)
    read, removed = desk.events
    assert isinstance(read, CardRead)
    assert read.card.warnings == (CardWarning.NEW_ADDRESS_UNREAD,)
    assert removed == CardRemoved()


@pytest.mark.parametrize(
    ("lifted_after", "reason"),
    [("find", UnreadableReason.SELECT_FAILED), ("select", UnreadableReason.READ_FAILED)],
)
def test_card_lifted_in_the_sequence_asks_again(lifted_after: str, reason: UnreadableReason) -> None:
    desk = ready()
    desk.wire.place(RESIDENT)

    def deliver(name: str, answer: bytes) -> Delivery:
        if name == lifted_after:
            desk.wire.sam.lift()
            desk.wire.deliver = lambda _name, frame: [(0.0, frame)]
        return [(0.0, answer)]

    desk.wire.deliver = deliver
    desk.run(1.0)
    assert desk.events == [CardUnreadable(reason)]
    desk.wire.place(HMT)
    desk.run(1.0)
    assert [type(event) for event in desk.events] == [CardUnreadable, CardRead]


@pytest.mark.parametrize("after", ["find", "select", "read"])
def test_card_swapped_in_the_sequence_is_never_mixed_with_the_other(after: str) -> None:
    desk = ready()
    desk.wire.place(RESIDENT)
    other = {**HMT, "new_address": "天津市虚构区新路９号"}

    def deliver(name: str, answer: bytes) -> Delivery:
        if name == after:
            desk.wire.deliver = lambda _name, frame: [(0.0, frame)]
            desk.wire.place(other)
        return [(0.0, answer)]

    desk.wire.deliver = deliver
    desk.run(3.0)
    cards = [event.card for event in desk.events if isinstance(event, CardRead)]
    told = [(card.name, card.new_address) for card in cards]
    assert told == [(RESIDENT["name"], None)] * (after == "read") + [(HMT["name"], other["new_address"])]


@pytest.mark.parametrize(
    ("command", "sw3", "reason"),
    [
        ("select", 0x81, UnreadableReason.SELECT_FAILED),
        ("read", 0x41, UnreadableReason.READ_FAILED),
        ("read", 0x40, UnreadableReason.UNKNOWN_CARD_TYPE),
        ("select", 0x31, UnreadableReason.CARD_REJECTS_READER),
        ("read", 0x32, UnreadableReason.READER_REJECTS_CARD),
        ("read", 0x33, UnreadableReason.VERIFICATION_FAILED),
        ("read", 0x3F, UnreadableReason.VERIFICATION_FAILED),
        ("read", 0x47, UnreadableReason.VERIFICATION_FAILED),
        ("read", 0x24, UnreadableReason.OTHER),
        ("read", 0x5C, UnreadableReason.OTHER),
    ],
)
def test_refusal_gives_its_reason_once_per_placing(command: str, sw3: int, reason: UnreadableReason) -> None:
    desk = ready()
    desk.wire.place(RESIDENT)
    desk.wire.deliver = lambda name, answer: [(0.0, frame(sw3) if name == command else answer)]
    desk.run(3.0)  # the simulated card may be found again and again
    assert desk.events == [CardUnreadable(reason)]
    desk.wire.sam.lift()
    desk.run(1.0)
    desk.wire.place(RESIDENT)
    desk.run(1.0)
    assert desk.events == [CardUnreadable(reason)] * 2


def test_whole_frame_that_is_no_card_is_unreadable() -> None:
    desk = ready()
    desk.wire.place(RESIDENT)
    desk.wire.deliver = lambda name, answer: [(0.0, frame(0x90, bytes(1284)) if name == "read" else answer)]
    desk.run(1.0)
    assert desk.events == [CardUnreadable(UnreadableReason.BAD_DATA)]


def test_reader_that_falls_silent_over_a_card_says_so_and_asks_again() -> None:
    desk = ready()
    desk.wire.place(RESIDENT)
    desk.wire.spoil("select")
    desk.run(5.0)
    assert desk.events[0] == CardUnreadable(UnreadableReason.NO_ANSWER)
    assert isinstance(desk.events[1], CardRead)
    assert desk.conditions == [Condition.READY]


def test_answer_damaged_twice_is_garbled() -> None:
    desk = ready()
    desk.wire.place(RESIDENT)
    bad = frame(0x90, bytes(8))[:-1] + b"\xff"
    desk.wire.spoil("select", "select", frame=bad)
    desk.run(1.0)
    assert desk.events[0] == CardUnreadable(UnreadableReason.GARBLED)


@pytest.mark.parametrize("command", ["find", "select", "read", "new-address"])
def test_answer_damaged_once_costs_no_read(command: str) -> None:
    desk = ready()
    desk.wire.place(RESIDENT)
    hurt = [command]

    def deliver(name: str, answer: bytes) -> Delivery:
        if name in hurt:
            hurt.remove(name)
            return [(0.0, answer[:-1] + bytes([answer[-1] ^ 1]))]
        return [(0.0, answer)]

    desk.wire.deliver = deliver
    desk.run(1.0)
    assert [type(event) for event in desk.events] == [CardRead]


def test_one_lost_presence_answer_is_not_a_lifted_card() -> None:
    desk = ready()
    desk.wire.place(RESIDENT)
    desk.run(1.0)
    desk.wire.spoil("new-address")
    desk.run(5.0)
    assert [type(event) for event in desk.events] == [CardRead]
    desk.wire.spoil("new-address", "new-address")
    desk.run(10.0)
    assert [type(event) for event in desk.events][:2] == [CardRead, CardRemoved]


def test_card_that_was_read_is_not_read_again_before_it_left() -> None:
    desk = ready()
    desk.wire.place(RESIDENT)
    desk.run(1.0)
    desk.armed = 0
    desk.run(60.0)
    desk.armed = 2  # the next citizen; the card was forgotten
    desk.run(5.0)
    assert [type(event) for event in desk.events] == [CardRead]
    desk.wire.sam.lift()
    desk.run(1.0)
    desk.wire.place(HMT)
    desk.run(1.0)
    assert [type(event) for event in desk.events] == [CardRead, CardRemoved, CardRead]


def test_disarming_in_mid_read_drops_the_card_and_the_next_arming_starts_clean() -> None:
    desk = ready()
    desk.wire.place(RESIDENT)

    def deliver(name: str, answer: bytes) -> Delivery:
        if name == "read":
            desk.armed = 0
        return [(0.0, answer[:700]), (1.0, answer[700:])]

    desk.wire.deliver = deliver
    desk.run(0.5)
    desk.wire.deliver = lambda _name, answer: [(0.0, answer)]
    desk.wire.sam.lift()
    desk.run(1.0)
    desk.armed = 2
    desk.wire.place(HMT)
    desk.run(1.0)
    assert [event.card.card_type for event in desk.events if isinstance(event, CardRead)] == ["hmt"]
    assert len(desk.events) == 1


def test_nothing_of_a_card_is_held_once_it_was_told() -> None:
    def cards() -> set[int]:
        gc.collect()
        return {id(thing) for thing in gc.get_objects() if isinstance(thing, IdCard)}

    before = cards()
    desk = ready()
    desk.wire.place(RESIDENT)
    desk.run(1.0)
    assert len(desk.events) == 1
    assert cards() > before
    desk.events.clear()
    assert cards() == before


def test_missing_port_is_tried_with_growing_pauses_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "drivers.id_card")
    desk = Desk()
    desk.wire.plugged = False
    pauses = []
    for _ in range(6):
        due = desk.poller.step()
        pauses.append(round(due - desk.wire.clock.now, 3))
        desk.wire.clock.now = due
    assert pauses == [*BACK_OFF, BACK_OFF[-1], BACK_OFF[-1]]
    assert desk.conditions == [Condition.UNPLUGGED]
    desk.wire.plugged = True
    desk.run(1.0)
    assert desk.conditions == [Condition.UNPLUGGED, Condition.READY]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_arming_does_not_wait_for_the_pause_to_end() -> None:
    desk = Desk()
    desk.wire.plugged = False
    desk.run(20.0)
    desk.wire.plugged = True
    desk.armed = 1
    desk.run(0.05)
    assert desk.condition() == Condition.READY


def test_line_lost_in_mid_read_is_a_health_and_the_card_is_read_after_replugging() -> None:
    desk = ready()
    desk.wire.place(RESIDENT)

    def deliver(name: str, answer: bytes) -> Delivery:
        if name == "read":
            desk.wire.plugged = False
        return [(0.0, answer)]

    desk.wire.deliver = deliver
    desk.run(0.2)
    assert desk.condition() == Condition.UNPLUGGED
    assert desk.events == []
    desk.wire.deliver = lambda _name, answer: [(0.0, answer)]
    desk.wire.plugged = True
    desk.wire.sam.restart()
    desk.run(2.0)
    assert desk.condition() == Condition.READY
    assert [type(event) for event in desk.events] == [CardRead]


def test_sam_that_takes_two_seconds_to_wake_is_no_failure() -> None:
    desk = Desk()
    awake = desk.wire.clock.now + 2.0
    desk.wire.deliver = lambda _name, answer: [(0.0, answer)] if desk.wire.clock.now >= awake else []
    desk.run(POWER_ON_SECONDS + 1)
    assert desk.conditions == [Condition.READY]


def test_reader_that_answers_nothing_is_silent_and_comes_back() -> None:
    desk = ready()
    desk.wire.deliver = lambda _name, _answer: []
    desk.run(10.0)
    assert desk.condition() == Condition.SILENT
    desk.wire.deliver = lambda _name, answer: [(0.0, answer)]
    desk.run(10.0)
    assert desk.conditions == [Condition.READY, Condition.SILENT, Condition.READY]


def test_wrong_speed_is_told_from_silence() -> None:
    desk = Desk()
    desk.wire.deliver = lambda _name, answer: [(0.0, bytes(byte & 0x81 for byte in answer))]
    desk.run(5.0)
    assert desk.conditions == [Condition.GARBLED]


def test_failed_sam_is_seen_by_poll_and_by_heartbeat_and_comes_back() -> None:
    for armed in (True, False):
        desk = ready(armed)
        desk.wire.sam.failed = True
        desk.run(HEALTH + 1)
        assert desk.condition() == Condition.SAM_FAILED
        desk.wire.sam.failed = False
        desk.run(10.0)
        assert desk.condition() == Condition.READY


def test_unauthorised_sam_is_told() -> None:
    desk = Desk()
    desk.wire.deliver = lambda name, answer: [(0.0, frame(0x66) if name == "status" else answer)]
    desk.run(1.0)
    assert desk.conditions == [Condition.SAM_UNAUTHORISED]


@pytest.mark.parametrize("sw3", [0x21, 0x23, 0x24, 0x5C])
def test_sam_that_does_not_say_that_it_is_well_is_not_ready(sw3: int) -> None:
    desk = Desk()
    desk.wire.deliver = lambda name, answer: [(0.0, frame(sw3) if name == "status" else answer)]
    desk.run(1.0)
    assert desk.conditions == [Condition.SAM_FAILED]
    assert not desk.poller.self_test().passed


@pytest.mark.parametrize("remembers", [True, False])
def test_forgotten_card_is_not_read_for_the_next_after_the_reader_was_away(remembers: bool) -> None:
    desk = ready()
    desk.wire.place(RESIDENT)
    desk.run(1.0)
    desk.armed = 0
    desk.wire.plugged = False
    desk.run(2 * HEALTH)
    desk.wire.plugged = True
    if not remembers:
        desk.wire.sam.restart()
    desk.armed = 2
    desk.run(5.0)
    assert [type(event) for event in desk.events] == [CardRead]
    desk.wire.sam.lift()
    desk.run(1.0)
    desk.wire.place(RESIDENT)
    desk.run(1.0)
    assert [type(event) for event in desk.events] == [CardRead, CardRemoved, CardRead]


def test_one_lost_heartbeat_is_no_failure() -> None:
    desk = ready(armed=False)
    desk.wire.spoil("status")
    desk.run(3 * HEALTH)
    assert desk.conditions == [Condition.READY]


def test_find_that_is_never_answered_is_told_though_the_reader_lives() -> None:
    desk = ready()
    desk.wire.deliver = lambda name, answer: [] if name == "find" else [(0.0, answer)]
    desk.until(lambda: Condition.SILENT in desk.conditions)


def test_self_test_tells_the_sam_and_the_failure() -> None:
    desk = ready()
    outcome = desk.poller.self_test()
    assert outcome.passed
    assert dict(outcome.facts)["sam_id"] == "05.01-20200101-0000123456-0987654321"
    desk.wire.plugged = False
    assert desk.poller.self_test().summary == Condition.UNPLUGGED
    assert desk.condition() == Condition.UNPLUGGED
    desk.wire.plugged = True
    desk.wire.sam.failed = True
    assert desk.poller.self_test().summary == Condition.SAM_FAILED


def test_stopping_is_no_failure() -> None:
    desk = ready()
    desk.wire.deliver = lambda _name, _answer: []
    desk.stopping = True
    desk.poller.step()
    assert desk.conditions == [Condition.READY]
