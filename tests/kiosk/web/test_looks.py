"""Text on its way into a page: nothing is lost, and nothing is longer than a page can show."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.web.looks import PIECE, sentences, thousands

TEXT = st.text(alphabet="承诺人，。；：！？、”\n 一二x", max_size=600)


@given(TEXT)
def test_pieces_of_a_long_text_are_the_text_and_each_fits(text: str) -> None:
    pieces = sentences(text)

    assert all(0 < len(piece) <= PIECE for piece in pieces)
    assert re.sub(r"\s", "", "".join(pieces)) == re.sub(r"\s", "", text)


def test_sentence_is_kept_whole_where_it_fits() -> None:
    text = "甲" * 40 + "。" + "乙" * 40 + "；"

    assert sentences(text) == ["甲" * 40 + "。", "乙" * 40 + "；"]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0.01", "0.01"),
        ("128.60", "128.60"),
        ("1280.00", "1,280.00"),
        ("12345678.90", "12,345,678.90"),
        ("1000", "1,000"),
        ("", ""),
    ],
)
def test_sum_is_shown_with_its_thousands(amount: str, shown: str) -> None:
    assert thousands(amount) == shown
