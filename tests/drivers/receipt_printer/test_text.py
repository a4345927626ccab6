"""Cells, cleaning and wrapping."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.receipt_printer.charset import Charset, encode, width
from drivers.receipt_printer.text import NO_END, NO_START, Cell, clean, graphemes, measure, to_cells, wrap


def cells(text: str, charset: Charset = Charset.GB18030_2BYTE) -> list[Cell]:
    return to_cells(text, charset, lambda char: True)


def rows(text: str, columns: int) -> list[str]:
    return ["".join(cell.text for cell in row) for row in wrap(cells(text), columns)]


CONTROLS = [chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))]
HIDDEN = [*"\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"]


@pytest.mark.parametrize("control", CONTROLS + HIDDEN, ids=lambda char: f"{ord(char):04X}")
def test_no_control_survives_cleaning(control: str) -> None:
    assert clean(f"张{control}三") in ("张三", "张 三")


@given(st.text())
def test_cleaned_text_is_visible_characters_and_spaces(text: str) -> None:
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp") for char in clean(text))


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("¥100", "￥100"),
        ("阿依古丽\u2022买买提", "阿依古丽·买买提"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
        ("a\u00a0b", "a b"),
        ("\ue863", "䶮"),
        ("\ue81e", "龴"),
        ("葛\U000e0100", "葛"),
    ],
)
def test_what_has_an_equal_is_replaced(typed: str, printed: str) -> None:
    assert clean(typed) == printed


def test_combining_marks_stay_with_their_letter() -> None:
    assert graphemes("e\u0301x") == ["e\u0301", "x"]


@pytest.mark.parametrize(
    ("char", "expected"),
    [("A", 1), ("张", 2), ("，", 2), ("·", 2), ("—", 2), ("“", 2), ("𠮷", 2), ("\U00031350", 2), ("ʼ", 1)],
)
def test_width_follows_east_asian_width(char: str, expected: int) -> None:
    assert width(char) == expected


@pytest.mark.parametrize(
    ("charset", "char", "data"),
    [
        (Charset.GB2312, "张", "d5c5"),
        (Charset.GB2312, "·", "a1a4"),
        (Charset.GB2312, "—", "a1aa"),
        (Charset.GB2312, "镕", None),
        (Charset.GBK, "镕", "e946"),
        (Charset.GBK, "€", None),
        (Charset.GBK, "䶮", None),
        (Charset.GB18030_2BYTE, "䶮", "fe9f"),
        (Charset.GB18030_2BYTE, "𠮷", None),
        (Charset.GB18030_2BYTE, "㛃", None),
        (Charset.GB18030, "𠮷", "9534b235"),
        (Charset.GB18030, "㛃", "8230b731"),
        (Charset.GB18030, "龴", None),  # moved between the editions
        (Charset.GB18030, "ḿ", None),  # moved, and narrow
        (Charset.GB18030, "\ue5e5", None),  # private use
        (Charset.NONE, "张", None),
        (Charset.NONE, "A", "41"),
    ],
)
def test_a_character_is_proven_or_drawn(charset: Charset, char: str, data: str | None) -> None:
    assert encode(charset, char) == (None if data is None else bytes.fromhex(data))


@given(st.sampled_from(Charset), st.characters())
def test_proven_bytes_are_never_controls(charset: Charset, char: str) -> None:
    data = encode(charset, char)
    assert data is None or min(data) >= 0x20


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Nguye\u0302\u0303n", ["N", "g", "u", "y", "ễ", "n"]),  # composed, though the marks are in no font
        ("王\u0323", ["王", "U+0323"]),
        ("か\u3099", ["が"]),
        ("\u0f56\u0f7c", ["U+0F56", "U+0F7C"]),
        ("张\u034f三", ["张", "三"]),
    ],
)
def test_a_mark_without_a_glyph_takes_no_letter_away(typed: str, shown: list[str]) -> None:
    covered = to_cells(typed, Charset.GB18030_2BYTE, lambda char: char in "ễ")
    assert [cell.text for cell in covered] == shown


def test_a_character_no_font_has_is_its_boxed_code_point() -> None:
    (cell,) = to_cells("\U0003000a", Charset.GB18030_2BYTE, lambda char: False)
    assert (cell.text, cell.width, cell.boxed, cell.data) == ("U+3000A", 8, True, None)


def test_no_closing_mark_begins_a_line() -> None:
    assert rows("一二三四，五", 8) == ["一二三", "四，五"]
    assert rows("一二三（四）五", 8) == ["一二三", "（四）五"]


def test_numbers_and_words_stay_whole() -> None:
    assert rows("编号 20260107 号", 10) == ["编号", "20260107", "号"]
    assert rows("电话12345转2", 8) == ["电话", "12345转2"]


def test_a_word_wider_than_the_paper_is_cut_at_its_edge() -> None:
    assert rows("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_a_dash_is_not_parted() -> None:
    assert rows("一二三——四", 8) == ["一二", "三——四"]


def test_empty_text_is_one_empty_line() -> None:
    assert wrap([], 10) == [[]]


def test_a_line_narrower_than_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        wrap(cells("张"), 1)


def breakable(line: list[Cell], at: int) -> bool:
    """Whether a typesetter would end the line before `at`: no mark stranded, no word or long dash cut."""
    left, right = line[at - 1].text, line[at].text
    if {left, right} <= set("ab1.-") or (left == right and left in "—…"):
        return False
    return left not in NO_END and right not in NO_START and " " not in (left, right)


@given(st.text(alphabet=st.sampled_from("张三，。（）《》“”ab1 .-—…·"), max_size=60), st.integers(8, 48))
def test_wrapping_keeps_the_width_the_text_and_the_marks(text: str, columns: int) -> None:
    source = cells(text)
    wrapped = wrap(source, columns)
    assert all(measure(row) <= columns for row in wrapped)
    assert "".join(cell.text for row in wrapped for cell in row).replace(" ", "") == text.replace(" ", "")
    for before, row in pairwise(wrapped):
        whole = [*before, *row]
        forced = not any(breakable(whole, at) for at in range(1, len(before)))
        assert forced or not row or row[0].text not in NO_START
        assert forced or not before or before[-1].text not in NO_END
