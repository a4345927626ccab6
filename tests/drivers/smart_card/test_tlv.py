"""BER-TLV: captured FCIs, what is refused, and any bytes at all."""

from __future__ import annotations

import contextlib
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.smart_card.tlv import (
    DEEPEST,
    LONGEST,
    MOST_OBJECTS,
    BadTlv,
    Tlv,
    data_object_list,
    inside,
    parse,
    value,
)
from tests.drivers.mutations import mutated, todays
from tests.fuzz.target import Fuzzed

PSE = "6F15840E315041592E5359532E4444463031A503880101"
DIRECTORY = "702861264F08A000000333010101500A50424F432044454249549F120A50424F43204445424954870101"
APPLICATION = (
    "6F3E8408A000000333010101A532500A50424F432044454249548701019F38189F66049F02069F03069F1A0295055F2A02"
    "9A039C019F3704BF0C059F4D020B0A"
)
OPTIONS = "771282023C00940C080202001001030018010201"


def objects(text: str) -> tuple[Tlv, ...]:
    return parse(bytes.fromhex(text))


def test_captured_directory_is_read() -> None:
    assert value(objects(PSE), 0x6F, 0xA5, 0x88) == b"\x01"
    entry = next(inside(objects(DIRECTORY), 0x70, 0x61)).inner
    assert value(entry, 0x4F) == bytes.fromhex("A000000333010101")
    assert (value(entry, 0x50), value(entry, 0x87)) == (b"PBOC DEBIT", b"\x01")


def test_captured_application_is_read() -> None:
    own = next(inside(objects(APPLICATION), 0x6F, 0xA5)).inner
    assert value(own, 0xBF0C, 0x9F4D) == b"\x0b\x0a"
    asked = data_object_list(value(own, 0x9F38) or b"")
    assert sum(length for _, length in asked) == 33
    assert asked[0] == (0x9F66, 4)


def test_captured_options_are_read() -> None:
    found = objects(OPTIONS)
    assert value(found, 0x77, 0x82) == b"\x3c\x00"
    assert len(value(found, 0x77, 0x94) or b"") == 12


def test_a_tag_is_found_where_it_may_stand_and_nowhere_else() -> None:
    record = objects("700E9F1F085A069999999999995A0112")
    assert [each.value for each in inside(record, 0x70, 0x5A)] == [b"\x12"]
    assert value(record, 0x5A) is None


def test_padding_between_objects_is_passed_over() -> None:
    assert [each.tag for each in objects("00005A0112FF00500141FF")] == [0x5A, 0x50]


@pytest.mark.parametrize(
    "text",
    [
        "5A",  # no length
        "5A0312",  # cut off
        "5A8012120000",  # indefinite
        "5A8300000112",  # a length of three bytes
        "5A82",  # half a length
        "9F",  # half a tag
        "9F8181811F00",  # a tag of five bytes
        "70035A0312",  # an inner one longer than the outer
    ],
)
def test_what_is_no_tlv_is_refused(text: str) -> None:
    with pytest.raises(BadTlv):
        objects(text)


def test_bounds_hold() -> None:
    with pytest.raises(BadTlv, match="too long"):
        parse(b"\x00" * (LONGEST + 1))
    with pytest.raises(BadTlv, match="too many"):
        parse(b"\x50\x00" * 257)
    nested = b"\x5a\x00"
    for _ in range(DEEPEST - 1):
        nested = b"\x70" + bytes((len(nested),)) + nested
    parse(nested)
    with pytest.raises(BadTlv, match="too deep"):
        parse(b"\x70" + bytes((len(nested),)) + nested)
    with pytest.raises(BadTlv, match="more than"):
        data_object_list(b"\x9f\x02\xfd")


def test_an_object_shows_nothing() -> None:
    assert "99" not in repr(objects("5A029999"))


def encode(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes((size,)) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length + content


_leaf = st.tuples(st.sampled_from([0x50, 0x57, 0x5A, 0x9F38, 0x5F20, 0xDF8101]), st.binary(max_size=140))
_tree = st.recursive(
    _leaf,
    lambda inner: st.tuples(st.sampled_from([0x6F, 0x70, 0xA5, 0xBF0C]), st.lists(inner, max_size=3)),
    max_leaves=6,
)


def _bytes(node: tuple[int, object]) -> bytes:
    tag, content = node
    if isinstance(content, bytes):
        return encode(tag, content)
    assert isinstance(content, list)
    return encode(tag, b"".join(_bytes(each) for each in content))


def _same(node: tuple[int, object], found: Tlv) -> bool:
    tag, content = node
    if tag != found.tag:
        return False
    if isinstance(content, bytes):
        return found.value == content and not found.inner
    assert isinstance(content, list)
    return len(content) == len(found.inner) and all(
        _same(each, inner) for each, inner in zip(content, found.inner, strict=True)
    )


def _depth(node: tuple[int, object]) -> int:
    content = node[1]
    return 1 + max((_depth(each) for each in content), default=0) if isinstance(content, list) else 1


@given(_tree)
def test_what_was_encoded_is_what_is_read(node: tuple[int, object]) -> None:
    data = _bytes(node)
    if _depth(node) > DEEPEST or len(data) > LONGEST:
        return
    (found,) = parse(data)
    assert _same(node, found)


@given(_tree, st.integers(0, 1000), st.integers(0, 255), st.integers(0, 1000))
@example((0x70, [(0x5A, b"\x12")]), 0, 0x1F, 999)
def test_mutated_objects_are_read_or_refused(node: tuple[int, object], at: int, byte: int, cut: int) -> None:
    data = bytearray(_bytes(node))
    data[at % len(data)] = byte
    try:
        parse(bytes(data[: cut or None]))
        data_object_list(bytes(data[:cut]))
    except BadTlv:
        pass


CAPTURED = tuple(bytes.fromhex(text) for text in (PSE, DIRECTORY, APPLICATION, OPTIONS))
PDOL = value(objects(APPLICATION), 0x6F, 0xA5, 0x9F38) or b""


def read_or_refused(wire: bytes) -> None:
    """No more objects, no more bytes than there may be."""
    with contextlib.suppress(BadTlv):
        found = parse(wire)
        assert sum(len(each.value) for each in found) <= len(wire)
        assert sum(map(_weight, found)) <= MOST_OBJECTS


def listed_or_refused(wire: bytes) -> None:
    """A list of data objects asks for no more bytes than a command holds."""
    with contextlib.suppress(BadTlv):
        assert sum(length for _, length in data_object_list(wire)) <= 252


FUZZED = Fuzzed(read_or_refused, CAPTURED, longest=LONGEST + 16)
FUZZED_LISTS = Fuzzed(listed_or_refused, (PDOL, PDOL[:9]), longest=256)


def mutated_captures_are_read_or_refused(count: int, seed: int) -> None:
    """The captured answers and a PDOL, tampered with."""
    chance = Random(seed)
    for _ in range(count):
        read_or_refused(mutated(chance.choice(CAPTURED), chance))
        listed_or_refused(mutated(PDOL, chance))
    assert value(objects(PSE), 0x6F, 0xA5, 0x88) == b"\x01"


def _weight(found: Tlv) -> int:
    return 1 + sum(map(_weight, found.inner))


def test_mutated_captures_are_read_or_refused() -> None:
    todays(mutated_captures_are_read_or_refused)


@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = parse(data)
    except BadTlv:
        return
    assert sum(len(each.value) for each in found) <= len(data)
