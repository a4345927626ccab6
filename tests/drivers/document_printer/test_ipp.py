"""IPP bytes: told apart, put together, and survived whatever they are."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.document_printer.ipp import (
    MOST_VALUES,
    Attribute,
    GroupTag,
    Malformed,
    Message,
    Tag,
    decode,
    encode,
)
from drivers.document_printer.simulator import ipp as witness
from drivers.document_printer.status import JobWord, PrinterWord, Supply, job_report, printer_state
from tests.drivers.mutations import todays
from tests.fuzz.target import Fuzzed

# RFC 8010, appendix A.1: a Print-Job request, put down as the standard prints it (first attributes).
REQUEST = (
    b"\x01\x01\x00\x02\x00\x00\x00\x01\x01"
    b"\x47\x00\x12attributes-charset\x00\x05utf-8"
    b"\x48\x00\x1battributes-natural-language\x00\x05en-us"
    b"\x45\x00\x0bprinter-uri\x00\x2cipp://printer.example.com/ipp/print/pinetree"
    b"\x42\x00\x08job-name\x00\x06foobar"
    b"\x22\x00\x16ipp-attribute-fidelity\x00\x01\x01"
    b"\x02"
    b"\x21\x00\x06copies\x00\x04\x00\x00\x00\x14"
    b"\x44\x00\x05sides\x00\x13two-sided-long-edge"
    b"\x03"
)

COLLECTION = (
    b"\x34\x00\x09media-col\x00\x00"
    b"\x4a\x00\x00\x00\x0amedia-size\x34\x00\x00\x00\x00"
    b"\x4a\x00\x00\x00\x0bx-dimension\x21\x00\x00\x00\x04\x00\x00\x52\x08"
    b"\x37\x00\x00\x00\x00\x37\x00\x00\x00\x00"
)


def answer(*attributes: witness.Answered, group: int = 4) -> bytes:
    """An answer as the simulator makes it."""
    return witness.answer(
        witness.Request(b"\x01\x01", 0x0B, b"\x00\x00\x00\x07"), 0, (group, list(attributes))
    )


GOOD = answer(
    (witness.ENUM, "printer-state", (5,)),
    (witness.KEYWORD, "printer-state-reasons", ("media-empty-error", "toner-low-warning")),
    (witness.BOOLEAN, "printer-is-accepting-jobs", (True,)),
    (witness.KEYWORD, "media-ready", ("iso_a4_210x297mm", "iso_a5_148x210mm")),
    (witness.KEYWORD, "marker-types", ("toner", "waste-toner")),
    (witness.INTEGER, "marker-levels", (40, 90)),
)


def test_the_example_of_the_standard_is_made_to_the_byte() -> None:
    operation = [
        Attribute(Tag.CHARSET, "attributes-charset", ("utf-8",)),
        Attribute(Tag.LANGUAGE, "attributes-natural-language", ("en-us",)),
        Attribute(Tag.URI, "printer-uri", ("ipp://printer.example.com/ipp/print/pinetree",)),
        Attribute(Tag.NAME, "job-name", ("foobar",)),
        Attribute(Tag.BOOLEAN, "ipp-attribute-fidelity", (True,)),
    ]
    job = [
        Attribute(Tag.INTEGER, "copies", (20,)),
        Attribute(Tag.KEYWORD, "sides", ("two-sided-long-edge",)),
    ]
    made = encode((1, 1), 2, 1, [(GroupTag.OPERATION, operation), (GroupTag.JOB, job)])
    assert made == REQUEST


def test_the_example_of_the_standard_is_read() -> None:
    message = decode(REQUEST + b"%PDF-1.4")
    assert (message.version, message.code, message.request_id) == ((1, 1), 2, 1)
    operation, job = message.groups
    assert operation.word("job-name") == "foobar"
    assert operation.truth("ipp-attribute-fidelity") is True
    assert (job.number("copies"), job.word("sides")) == (20, "two-sided-long-edge")


def test_an_answer_of_another_hand_is_read() -> None:
    state = printer_state(decode(GOOD).all(GroupTag.PRINTER)[0])
    assert state.word is PrinterWord.STOPPED
    assert state.reasons == ("media-empty-error", "toner-low-warning")
    assert state.accepting is True
    assert state.a4_ready is True
    assert state.toner is Supply.ENOUGH


def test_collections_are_passed_over_and_what_follows_is_read() -> None:
    rest = b"\x44\x00\x05sides\x00\x09one-sided\x03"
    group = decode(b"\x01\x01\x00\x00\x00\x00\x00\x01\x02" + COLLECTION + rest).groups[0]
    assert group.word("sides") == "one-sided"
    assert group.attributes["media-col"] == ()


def test_words_with_a_language_are_words() -> None:
    value = b"\x00\x02zh\x00\x06\xe6\x89\x93\xe5\x8d\xb0"
    raw = (
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x04\x35\x00\x01a" + len(value).to_bytes(2, "big") + value + b"\x03"
    )
    assert decode(raw).groups[0].word("a") == "打印"


def test_of_a_name_that_comes_twice_the_first_counts() -> None:
    raw = answer((witness.ENUM, "printer-state", (3,)), (witness.ENUM, "printer-state", (5,)))
    assert decode(raw).all(GroupTag.PRINTER)[0].numbers("printer-state") == (3,)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x01\x01\x00\x00\x00\x00\x00\x01",
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x21\x00\x01a\x00\x04\x00\x00\x00\x01\x03",  # before any group
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x04\x21\x00\x00\x00\x04\x00\x00\x00\x01\x03",  # nameless
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x04\x37\x00\x01a\x00\x00\x03",  # an end without a beginning
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x04\x34\x00\x01a\x00\x00\x03",  # a beginning without an end
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x04\x44\x00\x01a\xff\xffx\x03",
    ],
)
def test_what_is_no_message_is_told_so(raw: bytes) -> None:
    with pytest.raises(Malformed):
        decode(raw)


def test_ten_thousand_collections_in_one_another_do_not_recurse() -> None:
    raw = b"\x01\x01\x00\x00\x00\x00\x00\x01\x04" + b"\x34\x00\x01a\x00\x00" * 10_000 + b"\x03"
    with pytest.raises(Malformed):
        decode(raw)


def test_the_number_of_values_is_bounded() -> None:
    with pytest.raises(Malformed, match="too many"):
        decode(answer((witness.INTEGER, "marker-levels", (1,) * (MOST_VALUES + 1))))


def test_the_number_of_groups_is_bounded() -> None:
    with pytest.raises(Malformed, match="too many"):
        decode(GOOD[:8] + bytes([GroupTag.PRINTER]) * 256 * 1024 + b"\x03")


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (Tag.INTEGER, 2**31),
        (Tag.BOOLEAN, 1),
        (Tag.INTEGER, "1"),
        (Tag.KEYWORD, 1),
        (Tag.RANGE, (0, 2**31)),
        (Tag.TEXT, "x" * 65536),
    ],
)
def test_what_does_not_fit_its_type_is_not_sent(tag: Tag, value: int | str | tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"is no|too many"):
        encode((1, 1), 2, 1, [(GroupTag.JOB, [Attribute(tag, "a", (value,))])])


integers = st.integers(-(2**31), 2**31 - 1)
words = st.text(st.characters(codec="utf-8"), max_size=12)
attributes = st.one_of(
    st.tuples(st.sampled_from([Tag.INTEGER, Tag.ENUM]), st.lists(integers, min_size=1, max_size=5)),
    st.tuples(st.just(Tag.BOOLEAN), st.lists(st.booleans(), min_size=1, max_size=3)),
    st.tuples(st.just(Tag.RANGE), st.lists(st.tuples(integers, integers), min_size=1, max_size=3)),
    st.tuples(
        st.sampled_from([Tag.TEXT, Tag.NAME, Tag.KEYWORD, Tag.URI]), st.lists(words, min_size=1, max_size=5)
    ),
)
names = st.sampled_from(["job-id", "job-state", "media", "sides", "x"])

groups_of_one_kind = st.tuples(st.sampled_from([1, 2, 4, 5]), st.dictionaries(names, attributes, max_size=4))


@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.lists(groups_of_one_kind, max_size=3),
)
def test_what_is_put_together_is_read_as_it_was(
    code: int, request_id: int, groups: list[tuple[int, dict[str, tuple[Tag, list[object]]]]]
) -> None:
    sent = [
        (GroupTag(tag), [Attribute(kind, name, tuple(values)) for name, (kind, values) in held.items()])  # type: ignore[arg-type] # by the strategy
        for tag, held in groups
    ]
    read = decode(encode((2, 0), code, request_id, sent) + b"%PDF")
    assert isinstance(read, Message)
    assert (read.version, read.code, read.request_id) == ((2, 0), code, request_id)
    assert [(group.tag, group.attributes) for group in read.groups] == [
        (tag, {name: tuple(values) for name, (_, values) in held.items()}) for tag, held in groups
    ]


@given(st.binary(max_size=600))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    fold(data)


def fold(data: bytes) -> None:
    """Read it all the way to what the driver makes of it."""
    try:
        message = decode(data)
    except Malformed:
        return
    assert sum(len(values) for group in message.groups for values in group.attributes.values()) <= MOST_VALUES
    for group in message.groups:
        state = printer_state(group)
        assert state.word in PrinterWord
        report = job_report(group)
        assert report is None or (report.word in JobWord and (report.pages is None or report.pages >= 0))


JOBS = answer(
    (witness.INTEGER, "job-id", (7,)),
    (witness.ENUM, "job-state", (9,)),
    (witness.INTEGER, "job-impressions-completed", (2,)),
    group=2,
)
VALID = (GOOD, JOBS, REQUEST, REQUEST[:9] + COLLECTION + b"\x03")


def mutations(count: int, seed: int) -> Iterator[bytes]:
    """Good answers with bits flipped, bytes cut out, repeated, put in, lengths made huge."""
    rnd = random.Random(seed)
    for _ in range(count):
        wire = bytearray(rnd.choice(VALID))
        for _ in range(rnd.randint(1, 4)):
            at = rnd.randrange(len(wire))
            match rnd.randrange(5):
                case 0:
                    wire[at] ^= 1 << rnd.randrange(8)
                case 1:
                    del wire[at : at + rnd.randint(1, 20)]
                case 2:
                    wire[at:at] = wire[at : at + rnd.randint(1, 60)]
                case 3:
                    wire[at:at] = rnd.randbytes(rnd.randint(1, 12))
                case 4:
                    wire[at : at + 2] = b"\xff\xff"
            if not wire:
                break
        yield bytes(wire)


FUZZED = Fuzzed(fold, VALID)


def mutated_answers_never_break_the_reader(count: int, seed: int) -> None:
    """Each is a message, of no more values than there may be, or malformed."""
    good = decode(GOOD)
    for wire in mutations(count, seed):
        fold(wire)
    assert decode(GOOD) == good


def test_mutated_answers_never_break_the_reader() -> None:
    todays(mutated_answers_never_break_the_reader)


def test_a_canceled_job_that_still_runs_out_has_not_ended() -> None:
    """As CUPS 2.4.2 tells it while the backend is stopped."""
    told = (witness.INTEGER, "job-id", (5,)), (witness.ENUM, "job-state", (7,))
    for reason, ended in (("processing-to-stop-point", False), ("job-canceled-by-user", True)):
        raw = answer(*told, (witness.KEYWORD, "job-state-reasons", (reason,)), group=2)
        report = job_report(decode(raw).all(GroupTag.JOB)[0])
        assert report is not None
        assert report.ended is ended


@pytest.mark.parametrize(
    ("levels", "types", "lows", "expected"),
    [
        ((80,), ("toner",), (), Supply.ENOUGH),
        ((10,), ("toner",), (), Supply.LOW),
        ((20,), ("toner-cartridge",), (25,), Supply.LOW),
        ((0,), ("toner",), (), Supply.OUT),
        ((80, 0), ("toner", "waste-toner"), (), Supply.ENOUGH),
        ((-1,), ("toner",), (), Supply.UNKNOWN),
        ((-3, 60), ("toner", "toner"), (), Supply.ENOUGH),
        ((60, 0), ("inkCartridge", "inkCartridge"), (), Supply.OUT),
        ((5,), (), (), Supply.LOW),
        ((), (), (), Supply.UNKNOWN),
    ],
)
def test_the_emptiest_cartridge_decides(
    levels: tuple[int, ...], types: tuple[str, ...], lows: tuple[int, ...], expected: Supply
) -> None:
    raw = answer(
        (witness.INTEGER, "marker-levels", levels),
        (witness.KEYWORD, "marker-types", types),
        (witness.INTEGER, "marker-low-levels", lows),
    )
    assert printer_state(decode(raw).all(GroupTag.PRINTER)[0]).toner is expected
