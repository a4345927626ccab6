"""Frames of the three serial controllers out of bytes, in whatever pieces they come."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.touchscreen import EGALAX, ELO, MICROTOUCH, egalax, elo, microtouch
from drivers.touchscreen.dialect import LONGEST, Answer, Dialect, Frame, Framer, Reply
from drivers.touchscreen.report import Report
from tests.drivers.mutations import mutated, todays
from tests.fuzz.target import Fuzzed, as_pieces, in_pieces

DIALECTS = (ELO, MICROTOUCH, EGALAX)

GOLDEN: list[tuple[Dialect, str, Report]] = [
    # 81h, 82h, 84h: initial touch, stream, untouch; X, Y, Z little-endian; AAh and all before, modulo 256.
    (ELO, "55 54 81 00 08 FF 0F 60 00 4A", Report(0, True, 2048 / 4095, 1.0)),
    (ELO, "55 54 82 60 00 A0 0F 00 00 E4", Report(0, True, 96 / 4095, 4000 / 4095)),
    (ELO, "55 54 84 00 00 00 00 00 00 D7", Report(0, False, 0.0, 0.0)),
    # AccuTouch has no bit 7, and Z is always FFh.
    (ELO, "55 54 01 34 02 21 03 FF 00 AD", Report(0, True, 0x234 / 4095, 0x321 / 4095)),
    (MICROTOUCH, "C0 00 00 7F 7F", Report(0, True, 0.0, 0.0)),
    (MICROTOUCH, "C0 7F 7F 00 00", Report(0, True, 1.0, 1.0)),
    (MICROTOUCH, "80 00 40 00 40", Report(0, False, 8192 / 16383, 1 - 8192 / 16383)),
    (EGALAX, "81 0F 7F 00 00", Report(0, True, 16376 / 16383, 0.0)),  # 11 bits
    (EGALAX, "83 10 00 1F 7F", Report(0, True, 8192 / 16383, 16380 / 16383)),  # 12 bits
    (EGALAX, "86 7F 7F 00 01", Report(0, False, 1.0, 1 / 16383)),  # 14 bits
    (EGALAX, "C3 10 00 00 00 30", Report(0, True, 8192 / 16383, 0.0)),  # with pressure
]


def fed(dialect: Dialect, wire: bytes, size: int = 1) -> tuple[list[Frame], Framer]:
    framer = Framer(dialect)
    found = [frame for at in range(0, len(wire), size) for frame in framer.feed(wire[at : at + size])]
    return found, framer


@pytest.mark.parametrize(("dialect", "wire", "report"), GOLDEN, ids=[wire for _, wire, _ in GOLDEN])
@pytest.mark.parametrize("size", [1, 64])
def test_golden_frames(dialect: Dialect, wire: str, report: Report, size: int) -> None:
    assert fed(dialect, bytes.fromhex(wire), size)[0] == [report]


def good(dialect: Dialect, chance: random.Random) -> bytes:
    return bytes.fromhex(chance.choice([wire for each, wire, _ in GOLDEN if each is dialect]))


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.name)
@given(noise=st.binary(max_size=80), size=st.integers(1, 64))
def test_after_any_bytes_a_frame_is_read_and_little_is_held(
    dialect: Dialect, noise: bytes, size: int
) -> None:
    """Noise may look like the beginning of a frame, and swallow the first good ones; not the last."""
    wire = bytes.fromhex(next(wire for each, wire, _ in GOLDEN if each is dialect))
    want = next(report for each, _, report in GOLDEN if each is dialect)
    framer = Framer(dialect)
    for at in range(0, len(noise), size):
        framer.feed(noise[at : at + size])
        assert framer.held < LONGEST
    found = [frame for _ in range(14) for frame in framer.feed(wire)]
    assert found[-1] == want
    assert framer.skipped == 0


@given(data=st.binary(min_size=200, max_size=600).filter(lambda data: b"U" not in data))
def test_what_belongs_to_no_frame_is_counted(data: bytes) -> None:
    assert fed(ELO, data)[1].skipped == len(data)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.name)
def test_half_a_frame_costs_no_other(dialect: Dialect) -> None:
    for each, wire, report in GOLDEN:
        if each is dialect:
            whole = bytes.fromhex(wire)
            for cut in range(1, len(whole)):
                found, _ = fed(dialect, whole[:cut] + whole + whole, 64)
                assert found[-1:] == [report]
                assert found.count(report) >= 1


@pytest.mark.parametrize(
    ("wire", "frames"),
    [
        (b"\x01Q10510\r", [Answer("", b"Q10510")]),
        (b"\x01\x010\r", [Answer("", b"0")]),
        (b"\x01Q1\xc0\x00\x00\x7f\x7f", [Report(0, True, 0.0, 0.0)]),
        (b"\x01" + b"A" * 100 + b"\r", []),
        (b"\x01\r", [Answer("", b"")]),
    ],
)
def test_answers_of_microtouch(wire: bytes, frames: list[Frame]) -> None:
    assert fed(MICROTOUCH, wire)[0] == frames


@pytest.mark.parametrize(
    ("wire", "frames"),
    [
        (b"\x0a\x01A", [Answer("A", b"")]),
        (b"\x0a\x05D1.07", [Answer("D", b"1.07")]),
        (b"\x0a\x0a\x01A", [Answer("A", b"")]),
        (b"\x0a\x0fD" + b"1" * 14, []),
        (b"\x0a\x00A", []),
        (b"\x0a\x05D1.\x83\x10\x00\x1f\x7f", [Report(0, True, 8192 / 16383, 16380 / 16383)]),
    ],
)
def test_answers_of_egalax(wire: bytes, frames: list[Frame]) -> None:
    assert fed(EGALAX, wire)[0] == frames


def test_commands_are_those_of_the_manuals() -> None:
    assert elo.packet("i").hex(" ") == "55 69 00 00 00 00 00 00 00 68"
    assert egalax.packet("A") == b"\x0a\x01A"
    assert microtouch.command("OI") == b"\x01OI\r"


IDENTITY = Answer("I", bytes.fromhex("32 00 80 25 10 00 0b"))
FINE, FAULTS = Answer("A", b"0000\0\0\0"), Answer("A", b"9200\0\0\0")


def test_elo_is_identified_by_its_packet_and_the_acknowledgement_behind_it() -> None:
    assert elo.IDENTIFY.read([IDENTITY]) is None
    assert elo.IDENTIFY.read([FINE, IDENTITY]) is None
    reply = elo.IDENTIFY.read([FINE, IDENTITY, FINE])
    assert reply is not None
    assert dict(reply.facts) == {"controller": "0bh", "touchscreen": "IntelliTouch", "firmware": "10.25"}


def test_elo_says_what_it_finds_wrong() -> None:
    assert elo.ERRORS.read([FINE]) == Reply()
    assert elo.ERRORS.read([FAULTS]) == Reply(fault="NVRAM not valid; bad input packet")
    assert elo.ERRORS.read([IDENTITY]) is None


def test_answer_of_another_shape_is_another_questions() -> None:
    identify, unit, diagnose = MICROTOUCH.examine
    late = [Answer("", b"0"), Answer("", b"QMV***00")]
    assert identify.read(late) is None
    assert unit.read([Answer("", b"Q10510")]) is None
    assert unit.read([Answer("", b"QMV***04")]) == Reply((("unit", "QMV"),), "its own status is 04h")
    assert diagnose.read([Answer("", b"2")]) == Reply(fault="it finds its sensor broken")
    assert diagnose.read([Answer("", b"1")]) == Reply()
    assert EGALAX.examine[1].read([Answer("E", b"1.07")]) is None


def test_what_a_terminal_would_obey_is_not_told_of_egalax() -> None:
    said = Answer("D", b"\x1b[31m1.\x7f07\0\0")
    assert EGALAX.examine[1].read([said]) == Reply((("firmware", "[31m1.07"),))


SAID: dict[Dialect, tuple[bytes, ...]] = {
    ELO: (elo.packet("I", IDENTITY.body), elo.packet("A", b"0000"), elo.packet("A", b"9200")),
    MICROTOUCH: (b"\x010\r", b"\x01Q10510\r", b"\x01QMV***04\r", b"\x012\r"),
    EGALAX: (egalax.packet("A"), egalax.packet("D", b"1.07"), egalax.packet("E", b"EXC7200\0")),
}


def read_on(dialect: Dialect, pieces: list[bytes]) -> None:
    """Reports are inside the panel, answers are understood or not and told in plain words, what is held is
    bounded; and a good frame is read afterwards."""
    framer, answers = Framer(dialect), []
    for piece in pieces:
        for frame in framer.feed(piece):
            if isinstance(frame, Answer):
                answers.append(frame)
            else:
                assert 0 <= frame.x <= 1 >= frame.y >= 0
        assert framer.held < LONGEST
    for heard in (answers, *([each] for each in answers)):
        for question in (*dialect.opening, dialect.alive, *dialect.examine, *dialect.recovery):
            reply = question.read(heard) or Reply()
            assert all(words.isprintable() for words in (*dict(reply.facts).values(), reply.fault))
    wire, want = next((wire, report) for each, wire, report in GOLDEN if each is dialect)
    assert framer.feed(bytes.fromhex(wire) * 4)[-1] == want


def _fuzzed(dialect: Dialect) -> Fuzzed:
    touches = b"".join(bytes.fromhex(wire) for each, wire, _ in GOLDEN if each is dialect)
    wires = (touches, b"".join(SAID[dialect]), *SAID[dialect])
    return Fuzzed(
        lambda data: read_on(dialect, in_pieces(data)),
        tuple(as_pieces(wire, size) for wire in wires for size in (1, 64)),
        longest=512,
    )


FUZZED_ELO, FUZZED_MICROTOUCH, FUZZED_EGALAX = map(_fuzzed, DIALECTS)


def _streams(dialect: Dialect) -> Callable[[int, int], None]:
    def claim(count: int, seed: int) -> None:
        """Each is a touch and an answer that were tampered with."""
        chance = random.Random(seed)
        for _ in range(count):
            read_on(dialect, [mutated(good(dialect, chance) + chance.choice(SAID[dialect]), chance)])

    return claim


def mutated_elo_never_breaks_it(count: int, seed: int) -> None:
    """See `_streams`."""
    _streams(ELO)(count, seed)


def mutated_microtouch_never_breaks_it(count: int, seed: int) -> None:
    """See `_streams`."""
    _streams(MICROTOUCH)(count, seed)


def mutated_egalax_never_breaks_it(count: int, seed: int) -> None:
    """See `_streams`."""
    _streams(EGALAX)(count, seed)


@pytest.mark.parametrize(
    "claim", [mutated_elo_never_breaks_it, mutated_microtouch_never_breaks_it, mutated_egalax_never_breaks_it]
)
def test_mutated_streams_never_break_it_and_a_frame_is_read(claim: Callable[[int, int], None]) -> None:
    todays(claim)
