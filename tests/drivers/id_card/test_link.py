"""One request, one answer, whatever the line does in between."""

from __future__ import annotations

import random

import pytest

from drivers.exc import TransportDamaged
from drivers.id_card.link import FENCE_SECONDS, Link, NoAnswer
from drivers.id_card.protocol import FIND, NEW_ADDRESS, READ, SELECT, STATUS, Frame, Sw3
from drivers.id_card.simulator.faults import NOISE
from tests.drivers.id_card.people import RESIDENT
from tests.drivers.id_card.test_protocol import ANSWERS, FOUND, frame, mutations
from tests.drivers.id_card.wire import Delivery, Wire
from tests.drivers.mutations import todays
from tests.fuzz.target import Fuzzed, as_pieces, in_pieces

NO_CARD = frame(0x80)


def link_on(wire: Wire, baudrate: int = 115200) -> Link:
    link = Link(wire, baudrate, wire.clock, lambda: False)
    assert link.fence()
    return link


def test_answer_that_came_too_late_is_not_taken_for_the_next_one() -> None:
    # Both answers to `find` look alike; only their order tells them apart.
    wire = Wire()
    link = link_on(wire)
    wire.spoil("find", late=link.timeout(FIND) + 0.3)
    assert link.request(FIND) == NoAnswer()
    wire.place(RESIDENT)
    answer = link.request(FIND)
    assert isinstance(answer, Frame)
    assert answer.sw3 == Sw3.CARD_FOUND
    assert wire.asked == ["sam-id", "find", "sam-id", "find"]


def test_late_answer_of_another_shape_is_not_taken_either() -> None:
    wire = Wire()
    link = link_on(wire)
    wire.spoil("status", late=link.timeout(STATUS) + 0.01)
    assert link.request(STATUS) == NoAnswer()
    answer = link.request(FIND)
    assert isinstance(answer, Frame)
    assert answer.sw3 == Sw3.NO_CARD


def test_stale_answer_of_find_is_no_answer_to_select() -> None:
    wire = Wire()
    link = link_on(wire)
    wire.deliver = lambda name, answer: [(0.0, FOUND + answer)] if name == "select" else [(0.0, answer)]
    answer = link.request(SELECT)
    assert isinstance(answer, Frame)
    assert answer.sw3 == Sw3.SELECT_FAILED


def test_bytes_left_over_are_flushed_before_a_request() -> None:
    wire = Wire()
    link = link_on(wire)
    wire.deliver = lambda _name, answer: [(0.0, answer), (0.0, FOUND)]
    for _ in range(3):
        answer = link.request(FIND)
        assert isinstance(answer, Frame)
        assert answer.sw3 == Sw3.NO_CARD


def test_damaged_answer_is_asked_for_again_behind_a_fence() -> None:
    wire = Wire()
    link = link_on(wire)
    wire.spoil("find", frame=NO_CARD[:-1] + b"\x00")
    begin = wire.clock.now
    answer = link.request(FIND)
    assert isinstance(answer, Frame)
    assert wire.asked == ["sam-id", "find", "sam-id", "find"]
    assert wire.clock.now - begin < 0.2  # not the whole time that a find may take


@pytest.mark.parametrize("status", [0x10, 0x11])
def test_request_that_arrived_damaged_is_sent_again(status: int) -> None:
    wire = Wire()
    link = link_on(wire)
    wire.spoil("find", frame=frame(status))
    answer = link.request(FIND)
    assert isinstance(answer, Frame)
    assert answer.sw3 == Sw3.NO_CARD


class CheckedWire(Wire):
    """A wire with a check of its own, which finds the next `spoilt` answers damaged."""

    spoilt = 0

    def read(self, timeout: float) -> bytes:
        data = super().read(timeout)
        if data and self.spoilt:
            self.spoilt -= 1
            raise TransportDamaged("as ordered")
        return data


def test_answer_that_the_line_calls_damaged_is_asked_for_again_behind_a_fence() -> None:
    wire = CheckedWire()
    link = link_on(wire)
    wire.spoilt = 1
    begin = wire.clock.now
    answer = link.request(FIND)
    assert isinstance(answer, Frame)
    assert wire.asked == ["sam-id", "find", "sam-id", "find"]
    assert wire.clock.now - begin < FIND.wait  # what is damaged is not waited for to the end


def test_line_that_always_damages_is_garbled_and_not_silent() -> None:
    wire = CheckedWire()
    link = link_on(wire)
    wire.spoilt = 1000
    assert link.request(STATUS) == NoAnswer(damaged=True)
    assert not link.fence()
    assert link.heard


def test_request_that_always_arrives_damaged_ends_as_no_answer() -> None:
    wire = Wire()
    link = link_on(wire)
    wire.deliver = lambda name, answer: [(0.0, frame(0x10) if name == "find" else answer)]
    assert link.request(FIND) == NoAnswer(damaged=True)
    assert wire.asked.count("find") == 2


def test_silent_reader_is_told_from_a_garbling_one() -> None:
    wire = Wire()
    link = link_on(wire)
    wire.deliver = lambda _name, _answer: []
    assert (link.fence(), link.heard) == (False, False)
    wire.deliver = lambda _name, answer: [(0.0, bytes(byte ^ 0x55 for byte in answer))]
    assert (link.fence(), link.heard) == (False, True)


def test_fence_ends_in_time() -> None:
    wire = Wire()
    link = link_on(wire)
    wire.deliver = lambda _name, _answer: []
    begin = wire.clock.now
    assert not link.fence()
    assert FENCE_SECONDS <= wire.clock.now - begin <= FENCE_SECONDS + 0.6


def test_line_that_never_stops_talking_does_not_hang_the_link() -> None:
    wire = Wire()
    link = link_on(wire)
    wire.deliver = lambda _name, _answer: [(at / 100, NOISE) for at in range(2000)]
    begin = wire.clock.now
    assert link.request(FIND) == NoAnswer()
    assert wire.clock.now - begin <= link.timeout(FIND) + 0.01


def test_noise_that_looks_like_a_long_frame_does_not_hide_the_answer() -> None:
    wire = Wire()
    link = link_on(wire)
    wire.deliver = lambda _name, answer: [(0.0, NOISE + answer)]
    answer = link.request(FIND)
    assert isinstance(answer, Frame)
    assert wire.asked.count("find") == 1


def test_answer_may_stall_in_its_midst() -> None:
    wire = Wire()
    link = link_on(wire)
    wire.deliver = lambda _name, answer: [(0.0, answer[:5]), (0.8, answer[5:])]
    assert isinstance(link.request(FIND), Frame)
    assert wire.asked.count("find") == 1


def test_unwanted_wait_ends_at_once_and_the_line_is_fenced_afterwards() -> None:
    wire = Wire()
    link = link_on(wire)
    wire.spoil("read", late=2.0)
    begin = wire.clock.now
    assert link.request(READ, lambda: wire.clock.now > begin + 0.2) == NoAnswer()
    assert wire.clock.now - begin < 0.3
    assert link.unsettled
    assert isinstance(link.request(FIND), Frame)


@pytest.mark.parametrize(("baudrate", "seconds"), [(115200, 0.112), (9600, 1.35)])
def test_timeout_leaves_room_for_the_wire(baudrate: int, seconds: float) -> None:
    link = link_on(Wire(), baudrate)
    assert link.timeout(READ) >= READ.wait + seconds
    assert link.timeout(NEW_ADDRESS) < link.timeout(READ)


def spoils_no_later_exchange(wire: Wire, link: Link, answer: list[bytes]) -> None:
    """As the answer to a command of a short wait: the exchange ends in time, and the next one is good."""
    spoilt: Delivery = [(0.0, piece) for piece in answer]

    def deliver(_name: str, good: bytes) -> Delivery:
        parts = spoilt.copy()
        spoilt.clear()
        return parts or [(0.0, good)]

    wire.deliver = deliver
    begin = wire.clock.now
    link.request(STATUS)
    assert wire.clock.now - begin < 2 * link.timeout(STATUS) + FENCE_SECONDS
    spoilt.clear()
    after = link.request(FIND)
    assert isinstance(after, Frame)
    assert after.sw3 == Sw3.NO_CARD


def _on_a_line_of_its_own(data: bytes) -> None:
    wire = Wire()
    spoils_no_later_exchange(wire, link_on(wire), in_pieces(data))


FUZZED = Fuzzed(
    _on_a_line_of_its_own,
    tuple(as_pieces(wire, size) for wire in ANSWERS if len(wire) < 100 for size in (7, 4096)),
    longest=512,
)


def mutated_answers_spoil_no_later_exchange(count: int, seed: int) -> None:
    """Short replies, on one line."""
    wire = Wire()
    link = link_on(wire)
    rnd = random.Random(seed)
    for mutated in mutations(count, seed, lengths=()):
        spoils_no_later_exchange(wire, link, in_pieces(as_pieces(mutated, rnd.choice((7, 64, 4096)))))


def test_after_a_mutated_answer_the_next_exchange_is_good() -> None:
    todays(mutated_answers_spoil_no_later_exchange)
