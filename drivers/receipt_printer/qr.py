"""QR codes: how large, and drawn by the printer or by us."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import QRData

from drivers.receipt_printer.document import MIN_QR_MODULE, Qr
from drivers.receipt_printer.raster import REALTIME, Bitmap, to_bitmap

_BYTE_MODE: Literal[4] = 4  # qrcode.util.MODE_8BIT_BYTE
QUIET = 4
"""Modules of white around the code (ISO/IEC 18004, 6.3.8)."""


def _code(data: str) -> qrcode.QRCode[Any]:
    # Bytes mode throughout: a printer's firmware may pack digits tighter, never looser, so what is
    # measured here is the most it can take.
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(QRData(data.encode(), mode=_BYTE_MODE, check_data=False))
    return code


def side(data: str) -> int:
    """Modules of a side, without the quiet zone. Not drawn for it: choosing among eight masks takes 80 ms.

    Raises ValueError for more than a code holds.
    """
    return 4 * _code(data).version + 17  # ISO/IEC 18004, 6.3.1


def module_dots(qr: Qr, dots: int) -> int:
    """Dots a module that fit the code, quiet zone included, on `dots` of paper; at most `qr.size`."""
    return _fit(side(qr.data), qr.size, dots)


def quiet_dots(qr: Qr, dots: int) -> int:
    """Height of the white above and below the code."""
    return QUIET * module_dots(qr, dots)


def _fit(modules: int, most: int, dots: int) -> int:
    return max(MIN_QR_MODULE, min(most, dots // (modules + 2 * QUIET)))


def by_driver(qr: Qr, dots: int) -> Bitmap:
    """The code as dots, centred."""
    matrix = _code(qr.data).get_matrix()
    modules = len(matrix)
    module = _fit(modules, qr.size, dots)
    small = Image.new("1", (modules, modules), 0)
    small.putdata([int(dark) for row in matrix for dark in row])
    ink = Image.new("1", (dots, modules * module), 0)
    large = small.resize((modules * module, modules * module), Image.Resampling.NEAREST)
    ink.paste(large, ((dots - modules * module) // 2, 0))
    return to_bitmap(ink)


def by_printer(qr: Qr, dots: int) -> bytes | None:
    """`GS ( k` commands that let the printer draw it; None when the payload spells a real-time command.

    Encoded by python-escpos (its Dummy printer), which holds up here: lengths are counted in bytes and
    the payload is UTF-8.
    """
    if REALTIME.search(qr.data.encode()):
        return None
    printer = _dummy()
    printer.clear()
    # ec=1 is level M in python-escpos
    printer.qr(qr.data, ec=1, size=module_dots(qr, dots), model=2, native=True)
    data: bytes = printer.output
    printer.clear()
    return data


@cache
def _dummy() -> Any:
    # Imported at the first code: python-escpos takes 0.4 s and 10 MB to load its model database.
    from escpos.printer import Dummy  # noqa: PLC0415

    return Dummy()
