"""More than 30,000 characters and 2,000 receipts, in four sets of characters on two widths of paper.

No `?`, no mojibake, no line over the width. What came out is read by the simulator's interpreter, and where
the driver drew a line, cell by cell by an eye that draws the character itself (`corpus`). `make test` takes
another slice each day, `make test-long` the whole.
"""

from __future__ import annotations

from datetime import date

import pytest

from drivers.receipt_printer import Charset, Document, Text
from tests.drivers.receipt_printer import corpus

SLICES = 100
TODAY = date.today().toordinal()  # noqa: DTZ011 - any number that is another tomorrow
RECEIPTS = 2000
A_DAY = 8
"""Receipts of a day's slice, on each of the eight printers."""


def check_characters(text: str, charset: Charset, dots: int) -> None:
    for rows in corpus.sheets(text, dots):
        document = Document(tuple(Text(row) for row in rows))
        piece = corpus.printed(document, charset, dots)
        assert corpus.misprints(rows, piece) == []
        assert corpus.faults(piece, document, dots) == []


def check_receipts(numbers: range, charset: Charset, dots: int) -> None:
    for number in numbers:
        document = corpus.receipt(number)
        found = corpus.faults(corpus.printed(document, charset, dots), document, dots)
        assert found == [], f"receipt {number}"


def test_the_corpus_is_as_large_as_it_says() -> None:
    text = corpus.characters()
    assert len(set(text)) == len(text) >= 30_000
    assert len({corpus.receipt(number) for number in range(RECEIPTS)}) == RECEIPTS


@pytest.mark.parametrize(("charset", "dots"), corpus.PRINTERS)
def test_a_days_characters_come_out_as_themselves(charset: Charset, dots: int) -> None:
    check_characters(corpus.characters()[TODAY % SLICES :: SLICES], charset, dots)


@pytest.mark.parametrize(("charset", "dots"), corpus.PRINTERS)
def test_a_days_receipts_are_whole(charset: Charset, dots: int) -> None:
    first = TODAY * A_DAY % RECEIPTS
    check_receipts(range(first, first + A_DAY), charset, dots)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("charset", "dots"), corpus.PRINTERS)
def test_all_characters_come_out_as_themselves(charset: Charset, dots: int) -> None:
    check_characters(corpus.characters(), charset, dots)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("charset", "dots"), corpus.PRINTERS)
def test_all_receipts_are_whole(charset: Charset, dots: int) -> None:
    check_receipts(range(RECEIPTS), charset, dots)


def test_the_eye_sees_a_character_that_is_another() -> None:
    """Else the corpus would prove nothing of what is drawn."""
    rows = ["㐂㐃㐄", "𠮷𠮸𠮹"]
    piece = corpus.printed(Document(tuple(map(Text, rows))), Charset.GB2312, 576)
    assert [item["kind"] for item in piece.report["items"]] == ["raster", "raster"]
    assert corpus.misprints(rows, piece) == []
    assert corpus.misprints(["㐂㐄㐄", "𠮷𠮸龘"], piece) == ["㐄", "龘"]
