"""QR codes: how large, and drawn by the printer or by us."""

from __future__ import annotations

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

# ESC/POS, GS ( k for the 2D code `1` (cn = 49): fn 65 model (50: model 2), 67 dots of a module, 69 correction
# (49: M), 80 data, 81 print; m = 48.
_MODEL, _MODULE, _LEVEL, _STORE, _PRINT = b"A", b"C", b"E", b"P", b"Q"
_LEVEL_M = b"\x31"


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

    Written here: python-escpos, to which a test compares them, leaves a folder in the temporary directory
    at each start (a pickle of its model database, 0.4 s and 10 MB), for these five commands.
    """
    data = qr.data.encode()
    if REALTIME.search(data):
        return None
    return b"".join(
        (
            _symbol(_MODEL, b"\x32\x00"),
            _symbol(_MODULE, bytes([module_dots(qr, dots)])),
            _symbol(_LEVEL, _LEVEL_M),
            _symbol(_STORE, b"\x30" + data),
            _symbol(_PRINT, b"\x30"),
        )
    )


def _symbol(function: bytes, parameters: bytes) -> bytes:
    """One command; its length counts what follows it."""
    body = b"1" + function + parameters
    return b"\x1d(k" + len(body).to_bytes(2, "little") + body
