"""Lines judged: what is ours is read, what may be of a card is refused, whatever else it says."""

from __future__ import annotations

import contextlib
import json
import random
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.payment_terminal.messages import (
    LONGEST_LINE,
    BadMessage,
    CardData,
    Message,
    Result,
    State,
    decode,
    encode,
)
from drivers.payment_terminal.simulator.machine import SAMPLE_NUMBER
from tests.drivers.mutations import todays
from tests.fuzz.target import Fuzzed

GOOD: dict[str, object] = {"id": 7, "event": "ended", "result": "approved"}


def line(message: object) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("message", "read"),
    [
        ({"id": 1, "answer": "accepted"}, Message(1, "accepted")),
        ({"id": 1, "answer": "refused"}, Message(1, "refused")),
        (
            {"id": 2, "answer": "status", "state": "busy", "model": "X"},
            Message(2, "status", State.BUSY, "X"),
        ),
        ({"id": 3, "event": "insert-card"}, Message(3, event="insert-card")),
        ({"id": 3, "event": "processing"}, Message(3, event="processing")),
        (GOOD, Message(7, event="ended", result=Result.APPROVED)),
    ],
)
def test_every_message_is_read(message: object, read: Message) -> None:
    assert decode(line(message)) == read


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 4000,
        line({"id": "7", "event": "processing"}),
        line({"id": 7}),
        line({"id": 7, "event": "processing", "answer": "accepted"}),
        line({"id": 7, "event": "ended"}),
        line({"id": 7, "event": "processing", "result": "approved"}),
        line({"id": 7, "event": "paid"}),
        line({"id": 7, "event": "ended", "result": "maybe"}),
        line({"id": 7, "answer": "status"}),
        line({"id": 7, "answer": "accepted", "model": "X"}),
        line({**GOOD, "comment": "hello"}),
        line({**GOOD, "deep": {"a": {"b": {"c": {"d": {"e": 1}}}}}}),
        line({**GOOD, "id": 1e400}),
        b'{"id": 2, "answer": "status", "state": "ready", "model": "\\ud800"}',  # half a character
    ],
)
def test_what_is_not_of_the_protocol_is_refused(bad: bytes) -> None:
    with pytest.raises(BadMessage) as told:
        decode(bad)
    assert not isinstance(told.value, CardData)


@pytest.mark.parametrize(
    "more",
    [
        {"note": SAMPLE_NUMBER},
        {"note": "6212 3411 1111 1111 111"},
        {"note": "6212-3411-1111-1111"},
        {"note": "６２１２３４１１１１１１１"},
        {"amount": 6212341111111},
        {SAMPLE_NUMBER: ""},
        {"model": f"POS {SAMPLE_NUMBER}"},
        {"PAN": "4321"},
        {"card_no": "****"},
        {"Card-Number": ""},
        {"cardHolder": "x"},
        {"track2": ""},
        {"pin_block": ""},
        {"expiry": "12/30"},
        {"卡号": "4321"},
        {"emv": {"field55": ""}},
        {"extra": [{"PIN": 1}]},
    ],
)
def test_what_may_be_of_a_card_is_refused_whole(more: dict[str, object]) -> None:
    with pytest.raises(CardData) as told:
        decode(line({**GOOD, **more}))
    assert "6212" not in str(told.value)
    assert "4321" not in str(told.value)


def test_digits_written_as_escapes_are_seen() -> None:
    hidden = "".join(f"\\u{ord(digit):04x}" for digit in SAMPLE_NUMBER)
    with pytest.raises(CardData):
        decode(f'{{"id": 7, "event": "processing", "note": "{hidden}"}}'.encode())


@given(
    st.integers(13, 19).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size)), st.data()
)
def test_no_number_as_long_as_a_cards_passes_anywhere(digits: str, data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.sampled_from(["", " ", "-"]), min_size=len(digits), max_size=len(digits)))
    number = "".join(digit + gap for digit, gap in zip(digits, gaps, strict=True))
    where: dict[str, object] = data.draw(
        st.sampled_from([{"note": number}, {"model": f"a{number}b"}, {number: 1}, {"x": [{"y": number}]}])
    )
    with pytest.raises(CardData):
        decode(line({**GOOD, **where}))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_bad(data: bytes) -> None:
    with contextlib.suppress(BadMessage):
        assert isinstance(decode(data), Message)


def shown_or_refused(wire: bytes) -> None:
    """What was read can be shown, read again is the same, and holds no number as long as a card's."""
    with contextlib.suppress(BadMessage):
        message = decode(wire)
        shown = msgspec.json.encode(message)
        assert decode(shown) == message
        assert not re.search(rb"\d([ .-]{0,2}\d){12}", shown)


MODELS = (line(GOOD), line({"id": 2, "answer": "status", "state": "ready", "model": "X"}))
FUZZED = Fuzzed(
    shown_or_refused,
    (
        *MODELS,
        line({"id": 3, "event": "insert-card"}),
        line({"id": 1, "answer": "accepted"}),
        rb'{"\u0069d": 12e2, "answer": "st\u0061tus", "state": "busy", "model": "P\u4e00-12 34.5"}',
        line({**GOOD, "deep": {"a": [{"b": [1.5, None, True]}]}, "note": "4321 0123"}),
        line({**GOOD, "extra": [{"PIN": 1}, {"Card-No": ""}]}),
        rb'{"id": 7, "event": "processing", "note": "6212341111111\u0031"}',
    ),
    longest=LONGEST_LINE,
)


def mutated_lines_never_break_the_reader(count: int, seed: int) -> None:
    """Each is a message or is refused; the next good line is read."""
    rnd = random.Random(seed)
    for _ in range(count):
        wire = bytearray(rnd.choice(MODELS))
        for _ in range(rnd.randint(1, 5)):
            at = rnd.randrange(len(wire))
            match rnd.randrange(3):
                case 0:
                    wire[at] ^= 1 << rnd.randrange(8)
                case 1:
                    wire[at:at] = wire[at : at + rnd.randint(1, 20)]
                case 2:
                    wire[at:at] = rnd.choice((b"[", b"{", b'"', b"\\u00", b"\\ud800", b"9" * 20, b"-1e9"))
        shown_or_refused(bytes(wire))
    assert decode(line(GOOD)) == Message(7, event="ended", result=Result.APPROVED)


def test_mutated_lines_never_break_the_reader() -> None:
    todays(mutated_lines_never_break_the_reader)


def test_a_request_is_one_line() -> None:
    made = encode({"op": "sale", "id": 1, "amount_fen": 5, "reference": "a\nb"})
    assert made.count(b"\n") == 1
    assert json.loads(made) == {"op": "sale", "id": 1, "amount_fen": 5, "reference": "a\nb"}
