"""Commands, the list of what may reach a card, 61xx and 6Cxx, and the budgets."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.smart_card.apdu import (
    MOST_APDUS,
    MOST_SECONDS,
    MOST_STEPS,
    BadAnswer,
    BudgetSpent,
    Channel,
    Command,
    ForbiddenApduError,
    Unwanted,
    decode,
    read_record,
    select_name,
)
from drivers.smart_card.social_security import NAME
from drivers.smart_card.worker import refusal

FORBIDDEN = (0x20, 0x24, 0x2C, 0x82, 0x88, 0xAE, 0xD6, 0xDC, 0xDA, 0xE2)
SELECT = select_name(b"1PAY.SYS.DDF01")


class Script:
    """A card that answers as it is told, and keeps what it was asked."""

    def __init__(self, *answers: str) -> None:
        self.asked: list[str] = []
        self._answers = [bytes.fromhex(answer) for answer in answers]

    def __call__(self, apdu: bytes) -> bytes:
        self.asked.append(apdu.hex().upper())
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def channel(card: Script, *, t0: bool = False) -> Channel:
    return Channel(card, t0=t0, monotonic=lambda: 0.0)


# Golden vectors of the protocol file


@pytest.mark.parametrize(
    ("command", "t0", "apdu"),
    [
        (select_name(NAME), True, "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"),
        (SELECT, True, "00A404000E315041592E5359532E4444463031"),
        (select_name(b"2PAY.SYS.DDF01"), False, "00A404000E325041592E5359532E444446303100"),
        (select_name(bytes.fromhex("A000000333010101")), True, "00A4040008A000000333010101"),
        (read_record(1, 0x0A), True, "00B2015400"),
        (read_record(0x07, 5, le=0x0B, by_tag=True), True, "00B207280B"),
        (read_record(0x08, 6, le=0x14, by_tag=True), False, "00B2083014"),
        (read_record(1, 5, le=0x12), True, "00B2012C12"),
        (read_record(2, 6, le=0x20), True, "00B2023420"),
        (Command(0x80, 0xA8, 0, 0, b"\x83\x00", 256), False, "80A8000002830000"),
        (Command(0x00, 0xC0, 0, 0, le=0x1E), True, "00C000001E"),
    ],
)
def test_commands_are_those_of_the_protocol(command: Command, t0: bool, apdu: str) -> None:
    assert command.encode(t0=t0).hex().upper() == apdu
    assert refusal(bytes.fromhex(apdu)) is None


# The list


@pytest.mark.parametrize("ins", FORBIDDEN)
@pytest.mark.parametrize("cla", [0x00, 0x04, 0x80, 0x84])
def test_what_changes_a_card_or_tries_its_pin_is_refused(cla: int, ins: int) -> None:
    for rest in ("", "00", "03888888", "0388888800"):
        assert refusal(bytes((cla, ins, 0, 0)) + bytes.fromhex(rest)) is not None


@pytest.mark.parametrize(
    "apdu",
    [
        "00B2015C00",  # the transaction log, SFI 11
        "00B201F400",  # SFI 30
        "00B2002C00",  # no such record number
        "00B2012D00",  # all records from there on
        "00A4000002DF01",  # a directory that is nobody's business here
        "00A4000002EF07",  # the fingerprint
        "00A40400042E5359",  # four bytes of a name
        "80CA9F3600",  # the transaction counter
        "80CA9F1703000000",  # data, where there is none
        "80A8000002840000",
        "80A8000000",
        "00A404000E31504159",  # Lc does not fit
        "00A4",
        "04A404000E315041592E5359532E4444463031",  # secure messaging
        "01A404000E315041592E5359532E4444463031",  # another channel
        "00C0000100",
    ],
)
def test_what_is_near_to_the_list_is_refused(apdu: str) -> None:
    assert refusal(bytes.fromhex(apdu)) is not None


def _near() -> st.SearchStrategy[bytes]:
    """Allowed commands, with a few bytes changed, cut or added."""
    whole = st.sampled_from(
        [
            bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"),
            bytes.fromhex("00B207280B"),
            bytes.fromhex("80A8000002830000"),
            bytes.fromhex("80CA9F1700"),
            bytes.fromhex("00A4020002EF05"),
        ]
    )
    return st.builds(
        lambda apdu, at, byte, cut, more: (apdu[: at % 8] + bytes((byte,)) + apdu[at % 8 + 1 :])[:cut] + more,
        whole,
        st.integers(0, 7),
        st.integers(0, 255),
        st.integers(0, 30),
        st.binary(max_size=3),
    )


@given(st.one_of(_near(), st.binary(max_size=300)))
@example(b"")
def test_whatever_passes_the_list_only_reads(apdu: bytes) -> None:
    if refusal(apdu) is not None:
        return
    assert (apdu[0], apdu[1]) in {(0, 0xA4), (0, 0xB2), (0, 0xC0), (0x80, 0xA8), (0x80, 0xCA)}
    assert len(apdu) <= 261
    if apdu[1] == 0xB2:
        assert apdu[3] >> 3 <= 10
    if apdu[1] == 0xCA:
        assert apdu[2:4] == b"\x9f\x17"


def test_a_forbidden_command_is_a_bug_and_does_not_reach_the_card() -> None:
    card = Script("9000")
    with pytest.raises(ForbiddenApduError, match="INS 20"):
        channel(card).exchange(Command(0x00, 0x20, 0x00, 0x00, b"\x88\x88\x88"))
    assert card.asked == []


def test_no_record_of_a_file_that_was_shut_is_read() -> None:
    card = Script("9000")
    line = channel(card)
    line.shut(4)
    with pytest.raises(ForbiddenApduError, match="transaction log"):
        line.exchange(read_record(1, 4))
    assert card.asked == []
    line.exchange(read_record(1, 5))


# 61xx and 6Cxx


def test_61_is_followed_by_get_response() -> None:
    card = Script("6104", "0102030490 00")
    answer = channel(card, t0=True).exchange(SELECT)
    assert (answer.data.hex(), answer.sw) == ("01020304", 0x9000)
    assert card.asked[1] == "00C0000004"


def test_61_after_61_gathers_what_came() -> None:
    card = Script("6102", "01026101", "039000")
    assert channel(card, t0=True).exchange(SELECT).data == b"\x01\x02\x03"
    assert card.asked[1:] == ["00C0000002", "00C0000001"]


def test_6c_asks_again_with_the_length_it_gives() -> None:
    card = Script("6C27", "AA9000")
    assert channel(card, t0=True).exchange(read_record(1, 10)).ok
    assert card.asked == ["00B2015400", "00B2015427"]


def test_6c_after_61_asks_for_the_rest_again_and_not_for_the_command() -> None:
    card = Script("61FF", "6C02", "ABCD9000")
    assert channel(card, t0=True).exchange(SELECT).data == b"\xab\xcd"
    assert card.asked[1:] == ["00C00000FF", "00C0000002"]


def test_6c_to_get_processing_options_is_not_followed_for_it_moves_a_counter() -> None:
    card = Script("6C07")
    with pytest.raises(BadAnswer, match="counter"):
        channel(card).exchange(Command(0x80, 0xA8, 0, 0, b"\x83\x00", 256))
    assert len(card.asked) == 1


@pytest.mark.parametrize("word", ["61FF", "6C07"])
def test_a_card_that_goes_on_saying_so_is_given_up(word: str) -> None:
    card = Script(word)
    with pytest.raises(BadAnswer):
        channel(card).exchange(SELECT)
    assert len(card.asked) == MOST_STEPS + 1


@pytest.mark.parametrize("answer", ["", "90", "0000", "FFFF", "00" * 259])
def test_what_is_no_answer_is_refused(answer: str) -> None:
    with pytest.raises(BadAnswer):
        decode(bytes.fromhex(answer))


@given(st.lists(st.binary(max_size=258), min_size=1, max_size=12))
def test_whatever_a_card_answers_the_exchange_ends(answers: list[bytes]) -> None:
    left = iter([*answers, b"\x90\x00"])
    line = Channel(lambda _: next(left, b"\x61\x10"), t0=True, monotonic=lambda: 0.0)
    with contextlib.suppress(BadAnswer):
        assert len(line.exchange(SELECT).data) <= 256 * (MOST_STEPS + 1)


# Budgets


def test_a_card_has_so_many_apdus_and_no_more() -> None:
    card = Script("9000")
    line = channel(card)
    for _ in range(MOST_APDUS):
        line.exchange(SELECT)
    with pytest.raises(BudgetSpent):
        line.exchange(SELECT)
    assert len(card.asked) == MOST_APDUS


def test_a_card_has_so_many_seconds_and_no_more() -> None:
    def clock() -> Iterator[float]:
        yield from (0.0, MOST_SECONDS - 0.1)
        while True:
            yield MOST_SECONDS

    ticks = clock()
    card = Script("9000")
    line = Channel(card, t0=False, monotonic=lambda: next(ticks))
    line.exchange(SELECT)
    with pytest.raises(BudgetSpent):
        line.exchange(SELECT)
    assert len(card.asked) == 1


def test_nothing_more_is_sent_once_nobody_asks() -> None:
    card = Script("9000")
    line = Channel(card, t0=False, monotonic=lambda: 0.0, unwanted=lambda: bool(card.asked))
    line.exchange(SELECT)
    with pytest.raises(Unwanted):
        line.exchange(SELECT)
    assert len(card.asked) == 1


def test_an_answer_shows_nothing() -> None:
    assert "31" not in repr(decode(bytes.fromhex("313131319000")))
