"""The QR codes in a picture, and nothing else: zxing, asked for every kind of code, at times sees a bar code
of four letters among a QR code's squares.
"""

from __future__ import annotations

import zxingcpp
from PIL import Image

_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def codes_in(image: Image.Image) -> list[str]:
    """What each of them says."""
    return [code.text for code in zxingcpp.read_barcodes(image, _QR, text_mode=zxingcpp.TextMode.Plain)]
