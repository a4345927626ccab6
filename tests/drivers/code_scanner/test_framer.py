"""Codes out of a serial line's bytes, in whatever pieces they come."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.code_scanner import Terminator, UnreadableReason
from drivers.code_scanner.framer import Framer
from drivers.code_scanner.raw import Raw
from tests.drivers.mutations import mutated, todays
from tests.fuzz.target import Fuzzed, as_pieces, in_pieces

ENDS = {Terminator.CR: b"\r", Terminator.LF: b"\n", Terminator.CRLF: b"\r\n"}
SHORT = 40


def bodies(framer: Framer, wire: bytes, size: int, asked: int = 1) -> list[Raw]:
    return [raw for at in range(0, len(wire), size) for raw in framer.feed(wire[at : at + size], asked)]


codes = st.lists(
    st.binary(min_size=1, max_size=SHORT).map(lambda body: body.replace(b"\r", b"r").replace(b"\n", b"n")),
    max_size=8,
)


@pytest.mark.parametrize("terminator", list(ENDS))
@given(codes=codes, size=st.integers(1, 70))
def test_codes_come_out_as_they_went_in_whatever_the_pieces(
    terminator: Terminator, codes: list[bytes], size: int
) -> None:
    wire = b"".join(code + ENDS[terminator] for code in codes)
    assert bodies(Framer(terminator, SHORT), wire, size) == [Raw(1, code) for code in codes]


@given(wire=st.binary(max_size=400), size=st.integers(1, 70), terminator=st.sampled_from(Terminator))
def test_any_bytes_are_bounded_and_give_no_more_than_the_longest(
    wire: bytes, size: int, terminator: Terminator
) -> None:
    framer = Framer(terminator, SHORT)
    found = []
    for at in range(0, len(wire), size):
        found += framer.feed(wire[at : at + size], 1)
        assert framer.held <= SHORT + 2
    found += framer.idle()
    assert not framer.busy
    assert all(len(raw.body) <= SHORT for raw in found)
    assert all(not raw.body for raw in found if raw.reason)


@given(wire=st.binary(max_size=200), terminator=st.sampled_from(Terminator))
def test_nothing_is_held_of_what_nobody_asked_for(wire: bytes, terminator: Terminator) -> None:
    framer = Framer(terminator, SHORT)
    for byte in wire:
        assert all(raw.body == b"" and raw.asked == 0 for raw in framer.feed(bytes([byte]), 0))
        assert framer.held == 0


@pytest.mark.parametrize("length", [SHORT - 1, SHORT, SHORT + 1, SHORT + 2, 5 * SHORT])
@pytest.mark.parametrize("terminator", list(Terminator))
def test_longest_is_read_and_longer_is_not(terminator: Terminator, length: int) -> None:
    framer = Framer(terminator, SHORT)
    found = framer.feed(b"7" * length + ENDS.get(terminator, b""), 1) + framer.idle()
    good = length <= SHORT
    assert found == [Raw(1, b"7" * length) if good else Raw(1, reason=UnreadableReason.TOO_LONG)]


def test_code_belongs_to_the_asking_of_its_first_byte() -> None:
    framer = Framer(Terminator.CR)
    assert framer.feed(b"12", 3) == []
    assert framer.feed(b"01\r77\r", 4) == [Raw(3, b"1201"), Raw(4, b"77")]


def test_what_is_forgotten_still_has_to_end() -> None:
    framer = Framer(Terminator.CR)
    framer.feed(b"12", 3)
    framer.forget()
    assert framer.held == 0
    assert framer.feed(b"01\r77\r", 4) == [Raw(0), Raw(4, b"77")]


def test_silence_ends_a_code_only_where_it_is_meant_to() -> None:
    by_silence, by_end = Framer(Terminator.SILENCE), Framer(Terminator.CR)
    for framer in (by_silence, by_end):
        framer.feed(b"1201", 1)
    assert by_silence.idle() == [Raw(1, b"1201")]
    assert by_end.idle() == [Raw(1, reason=UnreadableReason.UNFINISHED)]
    assert by_silence.idle() == by_end.idle() == []


def test_line_opened_anew_begins_anew() -> None:
    framer = Framer(Terminator.CR)
    framer.feed(b"12", 1)
    framer.reset()
    assert (framer.busy, framer.held) == (False, 0)
    assert framer.feed(b"77\r", 1) == [Raw(1, b"77")]


def never_breaks_it(pieces: list[bytes], terminator: Terminator = Terminator.CRLF) -> None:
    """What is held is bounded, what comes out is no longer than the longest, and the next code is read."""
    framer = Framer(terminator, SHORT)
    for piece in pieces:
        for raw in framer.feed(piece, 1):
            assert len(raw.body) <= SHORT
        assert framer.held <= SHORT + 2
    framer.idle()
    found = framer.feed(b"1201" + ENDS.get(terminator, b""), 2) + framer.idle()
    assert found == [Raw(2, b"1201")]


def mutated_streams_never_break_it(count: int, seed: int) -> None:
    """Each is a code that was tampered with."""
    chance = random.Random(seed)
    for _ in range(count):
        never_breaks_it([mutated(b"]Q1" + b"7d9f2c1e" * chance.randint(1, 8) + b"\r\n", chance)])


def _any_terminator(data: bytes) -> None:
    terminators = list(Terminator)
    never_breaks_it(in_pieces(data[1:]), terminators[data[0] % len(terminators) if data else 0])


FUZZED = Fuzzed(
    _any_terminator,
    tuple(
        bytes((which,)) + as_pieces(b"]Q1" + b"7d9f2c1e" * repeated + ENDS.get(terminator, b""), size)
        for which, terminator in enumerate(Terminator)
        for repeated, size in ((1, 3), (2, 64), (8, 7))
    ),
    longest=400,
)


def test_mutated_streams_never_break_it_and_the_next_code_is_read() -> None:
    todays(mutated_streams_never_break_it)
