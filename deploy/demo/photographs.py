"""Photographs of paper, drawn: a sheet with a heading and a few lines, on a table, a little askew."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from drivers.receipt_printer.simulator.rom import FONT

SIZE = (1280, 960)
_TABLE, _SHEET, _INK = (104, 88, 70), (250, 249, 245), (28, 30, 36)
_FACE = 2
"""Noto Sans CJK SC in Debian's collection."""

_TILT = 1.2
"""Degrees: nobody lays a sheet down exactly."""


@lru_cache(maxsize=128)
def document(title: str, lines: tuple[str, ...]) -> bytes:
    """A JPEG of 1280 by 960: `title` large, `lines` under it, each legible at arm's length."""
    sheet = Image.new("RGB", (1000, 860), _SHEET)
    pen = ImageDraw.Draw(sheet)
    heading = ImageFont.truetype(str(FONT), 54, index=_FACE)
    body = ImageFont.truetype(str(FONT), 34, index=_FACE)
    pen.text((500, 70), title, font=heading, fill=_INK, anchor="mm")
    pen.line((60, 120, 940, 120), fill=_INK, width=3)
    for number, line in enumerate(lines):
        pen.text((70, 170 + 62 * number), line, font=body, fill=_INK)
    pen.text((930, 820), "演示数据", font=body, fill=_INK, anchor="rm")
    table = Image.new("RGB", SIZE, _TABLE)
    turned = sheet.rotate(_TILT, Image.Resampling.BILINEAR, expand=True, fillcolor=_TABLE)
    table.paste(turned, ((SIZE[0] - turned.width) // 2, (SIZE[1] - turned.height) // 2))
    written = io.BytesIO()
    table.save(written, "JPEG", quality=85)
    return written.getvalue()
