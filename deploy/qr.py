"""The QR codes in a picture, and nothing else: zxing, asked for every kind of code, at times sees a bar code
of four letters among a QR code's squares.
"""

from __future__ import annotations

import zxingcpp
from PIL import Image


def codes_in(image: Image.Image) -> list[str]:
    """What each of them says."""
    only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)  # kept for good, nanobind calls it a leak
    return [code.text for code in zxingcpp.read_barcodes(image, only, text_mode=zxingcpp.TextMode.Plain)]
