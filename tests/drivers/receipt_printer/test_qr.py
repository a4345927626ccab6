"""How large a code is, known without drawing it."""

from __future__ import annotations

from typing import Literal

import pytest
import qrcode
from escpos.printer import Dummy
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import QRData

from drivers.receipt_printer.document import Qr
from drivers.receipt_printer.qr import by_printer, module_dots, side

BYTES: Literal[4] = 4
MOST = 2331
"""Bytes in the largest code at level M (ISO/IEC 18004, table 7)."""


def drawn(data: bytes) -> int:
    """The side of the code as it is drawn."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=0)
    code.add_data(QRData(data, mode=BYTES, check_data=False))
    return len(code.get_matrix())


@given(st.one_of(st.text(min_size=1, max_size=60), st.integers(1, MOST).map(lambda size: "x" * size)))
@settings(max_examples=40, deadline=None)
def test_side_is_that_of_the_code_as_it_is_drawn(data: str) -> None:
    assert side(data) == drawn(data.encode())


@pytest.mark.parametrize(
    ("size", "modules"), [(14, 21), (15, 25), (180, 53), (181, 57), (504, 85), (MOST, 177)]
)
def test_side_grows_where_the_standard_says(size: int, modules: int) -> None:
    assert side("x" * size) == modules == drawn(b"x" * size)


def test_more_than_a_code_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="41"):
        side("x" * (MOST + 1))


@given(st.text(min_size=1, max_size=300), st.integers(3, 16))
@settings(max_examples=40, deadline=None)
def test_the_printers_commands_are_those_of_python_escpos(data: str, size: int) -> None:
    code = Qr(data, size=size)
    commands = by_printer(code, 576)
    theirs = Dummy()
    theirs.qr(data, ec=1, size=module_dots(code, 576), model=2, native=True)  # its 1 is level M
    assert commands in (None, theirs.output)
    assert by_printer(Qr("演示" + "x" * size, size=size), 576) is not None
