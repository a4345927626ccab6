"""The MIAXIS outer packet: the documented vector, any cut of answers, and everything that is no packet."""

from __future__ import annotations

import contextlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.exc import TransportDamaged
from drivers.id_card.protocol import FIND, MAX_FRAME, Frame, FrameParser
from drivers.id_card.simulator.sam import reply
from drivers.id_card.usb.wrap import MAX_PACKET, Unwrapper, reports, wrapped
from tests.drivers.mutations import todays
from tests.fuzz.target import Fuzzed, as_packets, packets

SIZE = 64


def answer(chunk: bytes, *, result: int = 0, padding: int = 0) -> list[bytes]:
    """The reports of one packet, written down here by the description alone."""
    counted = (len(chunk) + 3).to_bytes(2, "little") + bytes((result, 0x11, 0x22)) + chunk
    packet = b"\xaa\x00\x00" + counted + (sum(counted) % 65536).to_bytes(2, "little")
    filled = packet + bytes((padding,)) * (-len(packet) % SIZE)
    return [filled[at : at + SIZE] for at in range(0, len(filled), SIZE)]


def unwrapped(sent: list[bytes]) -> bytes:
    unwrapper = Unwrapper()
    return b"".join(unwrapper.feed(report) for report in sent)


def test_request_is_the_documented_one() -> None:
    assert wrapped(FIND.frame) == bytes.fromhex("88 00 00 0B 00 B1 AA AA AA 96 69 00 03 20 01 22 FF 03")


def test_request_fills_its_reports() -> None:
    assert reports(wrapped(FIND.frame), SIZE) == [wrapped(FIND.frame) + bytes(46)]
    assert [len(each) for each in reports(bytes(65), SIZE)] == [64, 64]


@given(
    data=st.binary(min_size=1, max_size=MAX_FRAME), chunk=st.integers(1, 1500), padding=st.integers(0, 255)
)
def test_chunks_of_any_size_make_the_answer(data: bytes, chunk: int, padding: int) -> None:
    chunks = [data[at : at + chunk] for at in range(0, len(data), chunk)]
    sent = [report for part in chunks for report in answer(part, padding=padding)]
    assert unwrapped(sent) == data


def test_two_dropped_bytes_and_result_are_not_looked_at() -> None:
    assert unwrapped(answer(b"chunk", result=0x7F)) == b"chunk"


def test_packet_without_a_chunk_is_nothing() -> None:
    assert unwrapped([bytes.fromhex("AA 00 00 01 00 05 06 00").ljust(SIZE, b"\0")]) == b""


@pytest.mark.parametrize(
    "report",
    [
        bytes(SIZE),
        b"\x88" + answer(b"x")[0][1:],
        bytes.fromhex("AA 00 00 00 00").ljust(SIZE, b"\0"),
        bytes.fromhex("AA 00 00 FF FF").ljust(SIZE, b"\0"),
        answer(b"x")[0][:5] + b"\x01" + answer(b"x")[0][6:],
    ],
    ids=["zeros", "another-start", "no-length", "too-long", "wrong-sum"],
)
def test_what_is_no_packet_is_damage_and_the_rest_of_the_answer_is_dropped(report: bytes) -> None:
    unwrapper = Unwrapper()
    with pytest.raises(TransportDamaged):
        unwrapper.feed(report)
    assert unwrapper.feed(answer(b"more")[0]) == b""
    unwrapper.reset()
    assert unwrapper.feed(answer(b"next")[0]) == b"next"


def test_reset_leaves_nothing_of_half_a_packet() -> None:
    unwrapper = Unwrapper()
    half = answer(bytes(100))
    assert unwrapper.feed(half[0]) == b""
    assert unwrapper.held == SIZE
    unwrapper.reset()
    assert unwrapper.held == 0


@given(st.lists(st.binary(min_size=1, max_size=SIZE), max_size=60))
def test_no_reports_whatever_hold_more_than_a_packet(sent: list[bytes]) -> None:
    unwrapper = Unwrapper()
    for report in sent:
        try:
            unwrapper.feed(report)
        except TransportDamaged:
            unwrapper.reset()
        assert unwrapper.held <= MAX_PACKET


def in_chunks(frame: bytes, size: int = 54) -> list[bytes]:
    return [report for at in range(0, len(frame), size) for report in answer(frame[at : at + size])]


GOOD = reply(0x90, bytes(range(120)))
[GOOD_READ] = FrameParser().feed(GOOD)


def hides_no_good_one(unwrapper: Unwrapper, parser: FrameParser) -> None:
    """Whatever came before, a good answer is read after the reset that stands before each request."""
    unwrapper.reset()
    parser.reset()
    assert parser.feed(b"".join(unwrapper.feed(report) for report in in_chunks(GOOD))) == [GOOD_READ]


def never_breaks(sent: list[bytes]) -> None:
    """Memory is bounded by one packet and one frame; a packet is taken off, or is told to be damaged."""
    unwrapper, parser = Unwrapper(), FrameParser()
    for report in filter(None, sent):  # as the pipes, which hand no empty one on
        with contextlib.suppress(TransportDamaged):
            parser.feed(unwrapper.feed(report))
        assert unwrapper.held <= MAX_PACKET
        assert parser.held <= MAX_FRAME
    hides_no_good_one(unwrapper, parser)


FUZZED = Fuzzed(
    lambda data: never_breaks(packets(data)),
    (*(as_packets(in_chunks(GOOD, size)) for size in (20, 54, 300)), as_packets(in_chunks(reply(0x80)))),
    longest=1024,
)


def mutated_packets_hide_no_good_one(count: int, seed: int) -> None:
    """Most are told to be damaged and none is read as another; after each of them a good one is read."""
    random = Random(seed)
    good = reply(0x90, bytes(random.randrange(256) for _ in range(120)))
    sent = in_chunks(good)
    unwrapper, parser = Unwrapper(), FrameParser()
    [expected] = FrameParser().feed(good)
    spoilt = 0
    for _ in range(count):
        unwrapper.reset()
        parser.reset()
        mutated = list(sent)
        at = random.randrange(len(mutated))
        match random.randrange(4):
            case 0:
                byte = random.randrange(SIZE)
                changed = mutated[at][byte] ^ random.randrange(1, 256)
                mutated[at] = mutated[at][:byte] + bytes((changed,)) + mutated[at][byte + 1 :]
            case 1:
                del mutated[at]
            case 2:
                mutated.insert(at, bytes(random.randrange(256) for _ in range(random.randrange(1, SIZE))))
            case _:
                mutated[at] = mutated[at][: random.randrange(1, SIZE)]
        found: list[object] = []
        for report in mutated:
            try:
                found += parser.feed(unwrapper.feed(report))
            except TransportDamaged:
                spoilt += 1
        assert [each for each in found if isinstance(each, Frame)] in ([], [expected])
        hides_no_good_one(unwrapper, parser)
    assert spoilt > count // 2


def test_after_mutated_packets_the_next_one_is_read_and_none_is_a_false_one() -> None:
    todays(mutated_packets_hide_no_good_one)
