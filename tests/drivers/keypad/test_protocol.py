"""Events from bytes, however these come; and presses from events."""

from __future__ import annotations

import random
import struct
from itertools import count as counted

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.keypad import DEFAULT_KEYS, Press, UnknownKey, meanings
from drivers.keypad.keys import BOUNCE_SECONDS, MOST_IN_A_PACKET, Keys
from drivers.keypad.protocol import OVERRUN, SIZE, EventStream, InputEvent
from tests.drivers.mutations import mutated, todays
from tests.fuzz.target import Fuzzed, as_pieces, in_pieces

LEFT, ENTER, LETTER = 105, 28, 30
REPORT = InputEvent(0.0, 0, 0, 0)

events = st.builds(
    InputEvent,
    st.integers(0, 2**31).map(float),
    st.sampled_from([1, 2, 3, 4, 5, 17, 20, 21, 22, 23, 31]),
    st.integers(0, 0x2FF),
    st.sampled_from([0, 1, 2]),
)


def packed(*wanted: InputEvent) -> bytes:
    return b"".join(
        struct.pack("@llHHi", int(each.at), round(each.at % 1 * 1e6), each.type, each.code, each.value)
        for each in wanted
    )


def key(code: int, value: int, at: float = 0.0) -> InputEvent:
    return InputEvent(at, 1, code, value)


def keys() -> Keys:
    return Keys(meanings(DEFAULT_KEYS), lambda: 0.0)


def taken(to: Keys, *wanted: InputEvent) -> list[Press]:
    return [press for each in wanted for press in to.take(each)]


@given(st.lists(events, max_size=20), st.data())
def test_events_are_the_same_however_they_are_cut(wanted: list[InputEvent], data: st.DataObject) -> None:
    whole = packed(*wanted)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=10)))
    stream, found = EventStream(), []
    for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        found += stream.feed(whole[begin:end])
    assert found == wanted
    assert not stream.torn


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_any_bytes_are_events_or_an_overrun_and_less_than_one_is_kept(chunks: list[bytes]) -> None:
    stream, pad = EventStream(), keys()
    for chunk in chunks:
        for found in stream.feed(chunk):
            assert found == OVERRUN or (found.type <= 31 and found.code <= 0x2FF)
            pad.take(found)
        assert len(stream._rest) < SIZE
        assert len(pad._packet) <= MOST_IN_A_PACKET


SENT = (
    packed(InputEvent(1e9, 4, 4, 458832), key(LEFT, 1, 1e9), REPORT, key(LEFT, 0, 1e9), REPORT),
    packed(key(LETTER, 1), key(ENTER, 1), REPORT, InputEvent(0.0, 0, 3, 0), key(ENTER, 0), REPORT),
)


def hide_no_press_after_them(pieces: list[bytes], stream: EventStream, pad: Keys) -> None:
    """Memory is bounded, and after a pause the next press is read."""
    told = []
    for piece in pieces:
        found = stream.feed(piece)
        for each in found:
            pad.take(each)
            assert len(pad._packet) <= MOST_IN_A_PACKET
        assert len(stream._rest) < SIZE
        told += found
    stream.forget()
    pad.quiet()
    pad.held(())
    # Not right behind a key that was let go of by then, as far as the bytes say: that would be a bounce.
    later = next(
        at for at in map(float, counted(2 * 10**9, 2)) if all(abs(at - each.at) > 1 for each in told)
    )
    pressed = stream.feed(packed(key(ENTER, 1, later), REPORT, key(ENTER, 0, later + 1), REPORT))
    assert taken(pad, *pressed) == [Press.SELECT]
    assert not pad.unfinished
    assert not stream.torn


FUZZED = Fuzzed(
    lambda data: hide_no_press_after_them(in_pieces(data), EventStream(), keys()),
    tuple(as_pieces(wire, size) for wire in SENT for size in (7, 64, 4096)),
    longest=512,
)


def mutated_streams_never_break_it(count: int, seed: int) -> None:
    """By one pad."""
    chance = random.Random(seed)
    stream, pad = EventStream(), keys()
    for _ in range(count):
        hide_no_press_after_them([mutated(chance.choice(SENT), chance)], stream, pad)


def test_mutated_streams_never_break_it_and_the_next_press_is_read() -> None:
    todays(mutated_streams_never_break_it)


def test_a_press_counts_with_its_report() -> None:
    pad = keys()
    assert taken(pad, key(LEFT, 1)) == []
    assert pad.unfinished
    assert taken(pad, REPORT) == [Press.PREVIOUS]


def test_a_key_bounces_for_so_long_and_no_longer() -> None:
    pad = keys()
    assert taken(pad, key(LEFT, 1, 5.0), REPORT, key(LEFT, 0, 5.1), REPORT) == [Press.PREVIOUS]
    assert taken(pad, key(LEFT, 1, 5.1 + BOUNCE_SECONDS / 2), REPORT, key(LEFT, 0, 5.2), REPORT) == []
    assert taken(pad, key(LEFT, 1, 5.2 + BOUNCE_SECONDS), REPORT) == [Press.PREVIOUS]


def test_a_clock_that_is_set_back_costs_no_press() -> None:
    pad = keys()
    taken(pad, key(LEFT, 1, 1e9), REPORT, key(LEFT, 0, 1e9), REPORT)
    assert taken(pad, key(LEFT, 1, 5.0), REPORT) == [Press.PREVIOUS]


def test_after_an_overrun_nothing_counts_until_its_report() -> None:
    pad = keys()
    pad.held(())
    assert taken(pad, key(LEFT, 1), OVERRUN, key(ENTER, 1), REPORT) == []
    assert pad.stale
    pad.held((ENTER,))
    assert taken(pad, key(ENTER, 2), REPORT, key(ENTER, 0), REPORT, key(ENTER, 1, 1.0), REPORT) == [
        Press.SELECT
    ]


def test_what_is_held_and_not_one_of_the_four_is_not_stuck() -> None:
    pad = Keys(meanings(DEFAULT_KEYS), iter([0.0, 1000.0, 1000.0]).__next__)
    pad.held((LETTER, ENTER))
    assert pad.stuck() == [ENTER]


def test_names_are_those_of_the_kernel() -> None:
    assert meanings({Press.HELP: ("KEY_HELP", "BTN_TRIGGER")}) == {138: Press.HELP, 0x120: Press.HELP}


@pytest.mark.parametrize("name", ["KEY_", "LED_CAPSL", "help", ""])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(UnknownKey):
        meanings({Press.HELP: (name,)})
