"""Documents refuse what cannot be printed, and do not show what they hold."""

from __future__ import annotations

import pytest

from drivers.receipt_printer import Document, Feed, Image, Pair, Qr, Text
from drivers.receipt_printer.document import MAX_QR_BYTES
from drivers.receipt_printer.encoder import Job


def test_no_repr_shows_a_citizens_data() -> None:
    document = Document((Text("李四"), Pair("姓名", "李四"), Qr("李四"), Image("李四".encode())))
    assert "李四" not in repr(document)
    assert "secret" not in repr(Job(bytearray(b"secret"), 1, []))


@pytest.mark.parametrize("data", ["", "x" * (MAX_QR_BYTES + 1), "汉" * (MAX_QR_BYTES // 3 + 1)])
def test_a_code_too_long_or_empty_is_refused(data: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        Qr(data)


@pytest.mark.parametrize("size", [2, 17])
def test_a_code_too_fine_or_too_coarse_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="module"):
        Qr("x", size)


def test_a_size_or_alignment_no_printer_has_is_refused() -> None:
    with pytest.raises(ValueError, match="size"):
        Text("x", size=4)  # type: ignore[arg-type]  # what a template could still do
    with pytest.raises(ValueError, match="align"):
        Text("x", align="middle")  # type: ignore[arg-type]  # likewise


@pytest.mark.parametrize("lines", [0, 41])
def test_a_feed_that_empties_the_roll_is_refused(lines: int) -> None:
    with pytest.raises(ValueError, match="feed"):
        Feed(lines)


def test_parts_of_a_job_end_at_seams_and_cover_it() -> None:
    job = Job(bytearray(100), 1, [0, 10, 40, 45, 90, 100])
    assert list(job.parts(30)) == [40, 90, 100]
    assert list(job.parts(1000)) == [100]
