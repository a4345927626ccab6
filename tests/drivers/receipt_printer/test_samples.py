"""The sample papers say what `look.md` asks of every paper."""

from __future__ import annotations

import pytest

from deploy.qr import codes_in
from drivers.receipt_printer import Document
from drivers.receipt_printer.simulator.paper import Piece
from tests.drivers.receipt_printer.samples import SIGNED, printed, receipt, slip

WIDTHS = ["generic-80mm-gb18030", "generic-58mm-gb18030", "generic-80mm-gb2312", "ascii-only-80mm"]


@pytest.mark.parametrize("profile", WIDTHS)
@pytest.mark.parametrize("document", [receipt(), slip()], ids=["receipt", "slip"])
def test_the_code_on_the_sample_reads_back(document: Document, profile: str) -> None:
    piece = printed(document, profile)
    assert codes_in(piece.image) == [SIGNED]
    assert piece.report["overflows"] == 0
    assert piece.report["garbled"] == []


def largest(piece: Piece) -> str:
    texts = [item for item in piece.report["items"] if item["kind"] == "text"]
    return str(max(texts, key=lambda item: item["size"])["text"])


@pytest.mark.parametrize("profile", WIDTHS[:3])
def test_a_slip_says_so_in_the_largest_type(profile: str) -> None:
    assert largest(printed(slip(), profile)) == "暂存单"


def test_a_receipt_is_short() -> None:
    """Paper and time: a hand's length, and printed within two seconds at 150 mm/s."""
    assert printed(receipt(), WIDTHS[0]).image.height < 1400
