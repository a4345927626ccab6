"""A QR code as it stands on a page, read as a phone's camera would: drawn, then read by zxing."""

from __future__ import annotations

import re

from PIL import Image, ImageDraw

from deploy.qr import codes_in

_MODULE = 6
"""Dots a module is drawn with."""

_SQUARE = re.compile(r"M([\d.]+)[, ]([\d.]+)H([\d.]+)V([\d.]+)H[\d.]+z")
_MOST_SIDE = 200
"""Modules; the largest QR code has 177 and its quiet zone (ISO/IEC 18004)."""


def code_in(view_box: str, path: str) -> str:
    """What the path of an ``<svg>``, made of squares, says as a QR code; empty for any other drawing."""
    box = view_box.split()
    if len(box) != 4 or not path or not box[2].isdigit() or int(box[2]) > _MOST_SIDE:
        return ""
    side = int(box[2]) * _MODULE
    image = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(image)
    for square in _SQUARE.finditer(path):
        left, top, right, bottom = (float(number) * _MODULE for number in square.groups())
        pen.rectangle((left, top, right - 1, bottom - 1), fill=0)
    return next(iter(codes_in(image)), "")
