"""Bytes from the printer, told apart and folded."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import Availability
from drivers.receipt_printer.condition import MEANING, Condition, condition_of, fault_of
from drivers.receipt_printer.outcome import FailReason
from drivers.receipt_printer.status import (
    MAX_BLOCK,
    Answer,
    Block,
    Cover,
    CutterState,
    Head,
    Inbound,
    Known,
    Paper,
    Parser,
    PrinterStatus,
    Queued,
    Realtime,
    StatusBack,
    Unknown,
    Why,
    from_answers,
    from_status_back,
    nothing_known,
)
from tests.drivers.mutations import mutated, todays
from tests.fuzz.target import Fuzzed, as_pieces, in_pieces


def feed(*data: int) -> list[Inbound]:
    return Parser().feed(bytes(data))


def answers(*values: int) -> dict[int, Answer]:
    return {n: Known(value, 1.0) for n, value in enumerate(values, 1)}


def test_an_answer_in_the_middle_of_automatic_status_is_told_apart() -> None:
    assert feed(0x18, 0x00, 0x16, 0x0C, 0x00) == [Realtime(0x16), StatusBack(b"\x18\x00\x0c\x00")]


def test_automatic_status_that_begins_anew_replaces_the_unfinished_one() -> None:
    assert feed(0x18, 0x00, 0x10, 0x00, 0x03, 0x00) == [StatusBack(b"\x10\x00\x03\x00")]


def test_blocks_are_read_to_their_nul() -> None:
    assert feed(*b"\x37\x220042\x00", *b"\x37\x25\x00", *b"_TM\x00") == [
        Block(0x37, b'"0042'),
        Block(0x37, b"%"),
        Block(0x5F, b"TM"),
    ]


# What each kind looks like on the wire, by its fixed bits (see `status`).
REALTIME = st.sampled_from([byte for byte in range(256) if byte & 0x93 == 0x12]).map(Realtime)
QUEUED = st.sampled_from([0x00, 0x03, 0x0C, 0x0F, 0x20, 0x63]).map(Queued)
FIRST = st.sampled_from([byte for byte in range(256) if byte & 0x93 == 0x10])
LATER = st.sampled_from([byte for byte in range(256) if byte & 0x90 == 0])
STATUS_BACK = st.tuples(FIRST, LATER, LATER, LATER).map(lambda value: StatusBack(bytes(value)))
BLOCK = st.builds(
    Block, st.sampled_from([0x37, 0x5F]), st.binary(max_size=80).map(lambda raw: raw.hex().encode())
)
XON_XOFF = (0x11, 0x13)


def on_the_wire(item: Inbound) -> bytes:
    match item:
        case Realtime() | Queued():
            return bytes([item.value])
        case StatusBack():
            return item.value
        case Block():
            return bytes([item.header]) + item.content + b"\x00"


@given(st.lists(st.one_of(REALTIME, QUEUED, STATUS_BACK, BLOCK), max_size=12))
def test_what_comes_one_after_the_other_is_told_apart(sent: list[Inbound]) -> None:
    parser = Parser()
    assert parser.feed(b"".join(map(on_the_wire, sent))) == sent
    assert parser.strays == 0


@given(STATUS_BACK, st.lists(REALTIME, min_size=5, max_size=5))
def test_answers_at_every_byte_of_an_automatic_status_at_once(
    back: StatusBack, answers: list[Realtime]
) -> None:
    """Before, after and in each of the three gaps: five answers, one status, nothing else."""
    data = bytes([answers[0].value])
    for byte, answer in zip(back.value, answers[1:], strict=True):
        data += bytes([byte, answer.value])
    assert Parser().feed(data) == [*answers[:4], back, answers[4]]


@given(
    st.lists(st.one_of(QUEUED, STATUS_BACK, BLOCK), max_size=8),
    st.lists(st.tuples(st.integers(0, 10_000), REALTIME), max_size=12),
    st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(XON_XOFF)), max_size=6),
    st.integers(1, 7),
)
def test_answers_and_flow_control_anywhere_change_nothing_of_the_rest(
    sent: list[Inbound], answers: list[tuple[int, Realtime]], flow: list[tuple[int, int]], step: int
) -> None:
    """At any byte of a status or a block, however the line cuts it: each kind arrives whole and in its order.

    (In a block only an answer that is no printable character can be told: no printer mixes the two.)
    """
    stream = [(byte, isinstance(item, Block) and index > 0) for item in sent for index, byte in _bytes(item)]
    for at, answer in answers:
        place = at % (len(stream) + 1)
        in_block = place < len(stream) and stream[place][1]
        stream.insert(place, (answer.value & 0x1F if in_block else answer.value, False))
        if in_block:
            stream[place] = (stream[place][0], True)
    for at, byte in flow:
        place = at % (len(stream) + 1)
        stream.insert(place, (byte, place < len(stream) and stream[place][1]))
    parser, data = Parser(), bytes(byte for byte, _ in stream)
    found = [item for start in range(0, len(data), step) for item in parser.feed(data[start : start + step])]
    assert [item for item in found if not isinstance(item, Realtime)] == sent
    assert sum(isinstance(item, Realtime) for item in found) == len(answers)
    assert parser.strays == len(flow)


def _bytes(item: Inbound) -> list[tuple[int, int]]:
    return list(enumerate(on_the_wire(item)))


@pytest.mark.parametrize("value", [0x00, 0x03, 0x0C, 0x0F])
def test_a_queued_answer_is_none_of_the_others(value: int) -> None:
    assert feed(value) == [Queued(value)]


@pytest.mark.parametrize("value", [0xFF, 0x11, 0x13, 0x80, 0x01, 0x92])
def test_noise_is_nothing(value: int) -> None:
    parser = Parser()
    assert parser.feed(bytes([value])) == []
    assert parser.strays == 1


def test_an_endless_block_is_dropped() -> None:
    parser = Parser()
    parser.feed(b"\x37" + b"A" * 500)
    assert parser.feed(b"\x12") == [Realtime(0x12)]


@given(st.binary(max_size=400))
def test_any_bytes_are_survived_and_the_next_answer_is_read(data: bytes) -> None:
    parser = Parser()
    parser.feed(data)
    parser.reset()
    assert parser.feed(b"\x12") == [Realtime(0x12)]


@given(st.binary(max_size=200), st.integers(1, 20))
def test_how_bytes_are_cut_makes_no_difference(data: bytes, step: int) -> None:
    whole, parts = Parser(), Parser()
    expected = whole.feed(data)
    found = [item for start in range(0, len(data), step) for item in parts.feed(data[start : start + step])]
    assert found == expected


@given(st.binary(max_size=4000))
def test_memory_is_bounded(data: bytes) -> None:
    parser = Parser()
    parser.feed(data)
    assert len(parser._block) <= 100
    assert len(parser._back) <= 4


ALL_KINDS: list[Inbound] = [
    Realtime(0x16),
    Queued(0x03),
    StatusBack(b"\x18\x00\x0c\x00"),
    Block(0x37, b'"0042'),
]
READABLE = b"".join(map(on_the_wire, ALL_KINDS))


VALID = (*ALL_KINDS, Realtime(0x12), StatusBack(b"\x10\x00\x00\x00"), Block(0x5F, b"TM-T88VI"))


def never_breaks(parser: Parser, pieces: list[bytes]) -> None:
    """What is held is bounded, what is told can be folded; then one of each kind is read."""
    for piece in pieces:
        for found in parser.feed(piece):
            _foldable(found)
        assert len(parser._block) <= 100
        assert len(parser._back) <= 4
    parser.reset()  # as at the end of a question that got no answer
    assert parser.feed(READABLE) == ALL_KINDS


FUZZED = Fuzzed(
    lambda data: never_breaks(Parser(), in_pieces(data)),
    tuple(
        as_pieces(b"".join(on_the_wire(VALID[(first + step) % len(VALID)]) for step in range(4)), size)
        for first in range(len(VALID))
        for size in (1, 3, 64)
    ),
    longest=512,
)


def mutated_streams_never_break_the_parser(count: int, seed: int) -> None:
    """In pieces, by one parser."""
    chance = Random(seed)
    parser = Parser()
    for _ in range(count):
        wire = mutated(b"".join(map(on_the_wire, chance.choices(VALID, k=4))), chance)
        never_breaks(parser, in_pieces(as_pieces(wire, chance.choice((1, 3, 64)))))


def _foldable(found: Inbound) -> None:
    match found:
        case Realtime(value):
            assert condition_of(from_answers(answers(value, value, value, value), 1.0)) in Condition
        case StatusBack(value):
            assert condition_of(from_status_back(value, 1.0)) in Condition
        case Block(content=content):
            assert content.decode("ascii").isprintable()
            assert len(content) < MAX_BLOCK


def test_mutated_streams_never_break_the_parser_and_the_next_answers_are_read() -> None:
    todays(mutated_streams_never_break_the_parser)


GOOD = (0x12, 0x12, 0x12, 0x12)


@pytest.mark.parametrize(
    ("values", "condition"),
    [
        (GOOD, Condition.READY),
        ((0x12, 0x12, 0x12, 0x1E), Condition.PAPER_LOW),
        ((0x1A, 0x32, 0x12, 0x7E), Condition.PAPER_OUT),
        ((0x1A, 0x32, 0x12, 0x12), Condition.PAPER_OUT),  # only the offline cause says so
        ((0x1A, 0x16, 0x12, 0x12), Condition.COVER_OPEN),
        ((0x1A, 0x52, 0x1A, 0x12), Condition.CUTTER),
        ((0x1A, 0x52, 0x16, 0x12), Condition.PAPER_JAM),
        ((0x1A, 0x52, 0x32, 0x12), Condition.HEAD),
        ((0x1A, 0x52, 0x52, 0x12), Condition.HEAD),
        ((0x1A, 0x12, 0x12, 0x12), Condition.OFFLINE),
    ],
)
def test_four_answers_fold_into_one_word(values: tuple[int, ...], condition: Condition) -> None:
    assert condition_of(from_answers(answers(*values), 1.0)) is condition


@pytest.mark.parametrize("missing", [1, 2, 3, 4])
@pytest.mark.parametrize("why", list(Why))
def test_a_missing_answer_is_never_good(missing: int, why: Why) -> None:
    told: dict[int, Answer] = {**answers(*GOOD), missing: Unknown(why)}
    assert condition_of(from_answers(told, 1.0)) is Condition.UNKNOWN


def test_nothing_known_is_unknown_and_no_fault() -> None:
    status = nothing_known(1.0)
    assert condition_of(status) is Condition.UNKNOWN
    assert fault_of(status) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"\x10\x00\x00\x00", Condition.READY),
        (b"\x10\x00\x03\x00", Condition.PAPER_LOW),
        (b"\x18\x00\x0f\x00", Condition.PAPER_OUT),
        (b"\x38\x00\x00\x00", Condition.COVER_OPEN),
        (b"\x18\x08\x00\x00", Condition.CUTTER),
        (b"\x18\x04\x00\x00", Condition.PAPER_JAM),
        (b"\x18\x20\x00\x00", Condition.HEAD),
    ],
)
def test_automatic_status_folds_into_the_same_words(value: bytes, expected: Condition) -> None:
    assert condition_of(from_status_back(value, 1.0)) is expected


def test_same_status_at_another_time_is_the_same() -> None:
    one = PrinterStatus(Availability.ONLINE, Paper.FULL, Cover.CLOSED, CutterState.OK, Head.OK, 1.0)
    other = PrinterStatus(Availability.ONLINE, Paper.FULL, Cover.CLOSED, CutterState.OK, Head.OK, 2.0)
    assert one.same_as(other)


@pytest.mark.parametrize(
    "reason", [reason for reason in FailReason if reason not in ("uncleared", "document")]
)
def test_every_fault_of_the_printer_is_also_a_condition(reason: FailReason) -> None:
    assert Condition(reason.value)


@pytest.mark.parametrize("condition", [each for each in Condition if each is not Condition.READY])
def test_every_condition_says_what_it_is_and_what_to_do(condition: Condition) -> None:
    assert MEANING[condition].cause
    assert MEANING[condition].remedy
