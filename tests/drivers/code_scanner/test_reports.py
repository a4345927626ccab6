"""HID: what a device says of itself, and codes out of its reports."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.code_scanner import UnreadableReason
from drivers.code_scanner.descriptor import (
    CONTINUED,
    DECODED_DATA,
    LONGEST,
    BadDescriptor,
    described,
)
from drivers.code_scanner.raw import Raw
from drivers.code_scanner.reports import Assembler, Layout, NoScannedData, trigger_report
from drivers.code_scanner.simulator.module import DESCRIPTOR, KEYBOARD, reports
from tests.drivers.mutations import mutated, todays
from tests.fuzz.target import Fuzzed, as_packets, packets

# A scanner without a length and without report ids, the data first; and one inside a device with a mouse.
PLAIN = bytes.fromhex(
    "058C 0902 A101 0912 A102 1500 26FF00 7508 9520 09FE 8102 9503 09FB 09FC 09FD 8102"
    "7501 9501 09FF 8102 9507 8103 C0 C0"
)
WITH_MOUSE = bytes.fromhex("0501 0902 A101 8501 7508 9503 0930 8102 C0") + DESCRIPTOR
LONG_USAGES = bytes.fromhex("0B02008C00 A101 7508 9504 0BFE008C00 8102 C0")
BY_RANGE = bytes.fromhex("058C 0902 A101 7508 9504 09FE 8102 0507 1900 29FF 8100 C0")
ONLY_OUTPUT = bytes.fromhex("058C 0902 A101 7508 9504 09FE 9102 C0")
OF_NO_BITS = bytes.fromhex("058C 0902 A101 7508 9504 09FE 8102 7500 9501 09FF 8102 9502 0900 9102 C0")
"""The flag of continuation, and an output, are parts of a size of 0."""
IN_BITS = bytes.fromhex("058C 0902 A101 7501 9504 8103 7508 9504 09FE 8102 C0")


def assembler(descriptor: bytes = DESCRIPTOR, longest: int = 200) -> Assembler:
    return Assembler(Layout.of(described(descriptor)), longest)


# Descriptors


def test_scanner_is_known_by_its_usage_and_its_data_by_their_places() -> None:
    device = described(DESCRIPTOR)
    assert (device.scanner, device.keyboard) == (True, False)
    [report] = device.inputs
    assert (report.id, report.size) == (2, 62)
    assert (report.places[DECODED_DATA].byte, report.places[DECODED_DATA].count) == (5, 56)
    assert report.places[CONTINUED].bit == 61 * 8


@pytest.mark.parametrize("descriptor", [KEYBOARD, BY_RANGE, KEYBOARD + DESCRIPTOR, DESCRIPTOR + KEYBOARD])
def test_keyboard_is_known_wherever_it_stands(descriptor: bytes) -> None:
    assert described(descriptor).keyboard


@pytest.mark.parametrize("descriptor", [DESCRIPTOR, PLAIN, WITH_MOUSE, LONG_USAGES])
def test_layout_is_found(descriptor: bytes) -> None:
    assert not described(descriptor).keyboard
    Layout.of(described(descriptor))


@pytest.mark.parametrize("descriptor", [KEYBOARD, ONLY_OUTPUT, IN_BITS, bytes.fromhex("0501 0902 A101 C0")])
def test_what_has_no_scanned_data_is_no_scanner(descriptor: bytes) -> None:
    with pytest.raises(NoScannedData):
        Layout.of(described(descriptor))


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        bytes(LONGEST + 1),
        bytes.fromhex("05"),  # cut short
        bytes.fromhex("FE"),
        bytes.fromhex("FE 09 00 01"),
        bytes.fromhex("A101"),  # does not end
        bytes.fromhex("C0"),
        bytes.fromhex("A101") * 40 + bytes.fromhex("C0") * 40,
        bytes.fromhex("B4"),  # pop
        bytes.fromhex("A4") * 40,  # push
        bytes.fromhex("8500"),  # report id 0
        bytes.fromhex("9620FF 7520 8102 8102"),  # a report of a mile
        bytes.fromhex("97FFFFFFFF 77FFFFFFFF 8102"),
    ],
)
def test_what_is_no_descriptor_is_told(wrong: bytes) -> None:
    with pytest.raises(BadDescriptor):
        described(wrong)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_descriptor_or_are_not(data: bytes) -> None:
    try:
        described(data)
    except BadDescriptor:
        return


SENT = reports(b"1201" * 20, b"]Q1")


def is_refused_or_read_by(descriptor: bytes) -> None:
    """A layout, if it is one, reads reports in bounded memory."""
    try:
        parsed = assembler(descriptor)
    except (BadDescriptor, NoScannedData):
        return
    for report in SENT:
        parsed.feed(report, 1)
    assert parsed.held <= 200


FUZZED_DESCRIPTORS = Fuzzed(
    is_refused_or_read_by,
    (DESCRIPTOR, PLAIN, WITH_MOUSE, LONG_USAGES, BY_RANGE, ONLY_OUTPUT, OF_NO_BITS, IN_BITS, KEYBOARD),
    longest=512,
)


def mutated_descriptors_never_break_it(count: int, seed: int) -> None:
    """Each is refused, or is a layout by which reports are read in bounded memory."""
    chance = random.Random(seed)
    for _ in range(count):
        is_refused_or_read_by(mutated(chance.choice([DESCRIPTOR, PLAIN, WITH_MOUSE, KEYBOARD]), chance))


def test_mutated_descriptors_never_break_it() -> None:
    todays(mutated_descriptors_never_break_it)


# Reports


@given(body=st.binary(max_size=200).filter(lambda body: not body.endswith((b"\r", b"\n"))))
def test_code_comes_out_as_it_went_in(body: bytes) -> None:
    parsed = assembler()
    found = [raw for report in reports(body, b"]Q1") for raw in parsed.feed(report, 1)]
    assert found == [Raw(1, body, b"]Q1")]
    assert (parsed.busy, parsed.held) == (False, 0)


def hide_no_code_after_them(sent: list[bytes], parsed: Assembler) -> None:
    """Memory is bounded, and the next code is read once the device has been quiet."""
    for report in sent:
        for raw in parsed.feed(report, 1):
            assert len(raw.body) <= 200
        assert parsed.held <= 200
    parsed.idle()
    assert [raw.body for each in reports(b"77", b"]Q1") for raw in parsed.feed(each, 2)] == [b"77"]


FUZZED_REPORTS = Fuzzed(
    lambda data: hide_no_code_after_them(packets(data), assembler()),
    tuple(as_packets(reports(b"1201" * repeated, b"]Q1")) for repeated in (1, 14, 20, 40)),
    longest=1024,
)


def mutated_reports_never_break_it(count: int, seed: int) -> None:
    """Three reports of ten were tampered with."""
    chance = random.Random(seed)
    parsed = assembler()
    for _ in range(count):
        sent = reports(b"1201" * chance.randint(1, 40), b"]Q1")
        hide_no_code_after_them(
            [mutated(each, chance) if chance.random() < 0.3 else each for each in sent], parsed
        )


def test_mutated_codes_never_break_it_and_the_next_is_read() -> None:
    todays(mutated_reports_never_break_it)


@given(st.lists(st.binary(max_size=70), max_size=20))
def test_any_reports_are_bounded(sent: list[bytes]) -> None:
    parsed = assembler()
    for report in sent:
        for raw in parsed.feed(report, 1):
            assert len(raw.body) <= 200
        assert parsed.held <= 200
    parsed.idle()
    assert not parsed.busy


def test_part_of_no_bits_is_none() -> None:
    device = described(OF_NO_BITS)
    assert all(CONTINUED not in each.places for each in device.inputs)
    assert assembler(OF_NO_BITS).feed(b"1201", 1) == [Raw(1, b"1201")]


def test_without_a_length_the_padding_is_cut_off() -> None:
    parsed = assembler(PLAIN)
    assert parsed.feed(b"1201".ljust(32, b"\0") + b"]C0" + b"\0", 1) == [Raw(1, b"1201", b"]C0")]


def test_later_reports_may_leave_the_identifier_out() -> None:
    parsed = assembler()
    first, second = reports(b"1" * 60, b"]Q1")
    found = parsed.feed(first, 1) + parsed.feed(second[:2] + bytes(3) + second[5:], 1)
    assert found == [Raw(1, b"1" * 60, b"]Q1")]


@pytest.mark.parametrize("lost", [0, 1])
def test_rest_of_a_spoilt_code_is_never_a_code(lost: int) -> None:
    parsed = assembler()
    sent = reports(b"1" * 112 + b"1201", b"]Q1")
    sent[lost] = sent[lost][:30]
    found = [raw for report in sent for raw in parsed.feed(report, 1)]
    assert found == [Raw(1, b"", b"]Q1", UnreadableReason.BAD_REPORT)]
    assert [raw.body for report in reports(b"77", b"]Q1") for raw in parsed.feed(report, 1)] == [b"77"]


def test_longer_than_the_longest_is_refused_with_all_its_reports() -> None:
    parsed = assembler(longest=100)
    found = [raw for report in reports(b"7" * 300, b"]Q1") for raw in parsed.feed(report, 1)]
    assert [(raw.body, raw.reason) for raw in found] == [(b"", UnreadableReason.TOO_LONG)]


def test_nothing_is_held_of_what_nobody_asked_for() -> None:
    parsed = assembler()
    for report in reports(b"1" * 150, b"]Q1"):
        assert all(raw.body == b"" for raw in parsed.feed(report, 0))
        assert parsed.held == 0


def test_trigger_report_prevents_or_lets_it_read() -> None:
    device = described(DESCRIPTOR)
    assert trigger_report(device, on=True) == b"\x04\x01"
    assert trigger_report(device, on=False) == b"\x04\x02"
    assert trigger_report(described(PLAIN), on=True) is None
    prevent = described(bytes.fromhex("058C 0902 A101 7501 9501 095F 9102 9507 9103 C0"))
    assert trigger_report(prevent, on=False) == b"\x00\x01"
    assert trigger_report(prevent, on=True) == b"\x00\x00"
