"""Codes are read from pictures; what only looks like one is none."""

from __future__ import annotations

import zxingcpp
from PIL import Image

from deploy.qr import codes_in


def drawn(text: str, kind: zxingcpp.BarcodeFormat, scale: int) -> Image.Image:
    return Image.fromarray(zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, kind), scale=scale))


def test_only_qr_codes_are_read_each_to_the_letter() -> None:
    page = Image.new("L", (600, 1000), 255)
    page.paste(drawn("暂存单 0042", zxingcpp.BarcodeFormat.QRCode, 8), (20, 20))
    page.paste(drawn("A12345B", zxingcpp.BarcodeFormat.Codabar, 2), (20, 500))
    page.paste(drawn("TJ\x10\x04", zxingcpp.BarcodeFormat.QRCode, 8), (20, 700))
    assert len(zxingcpp.read_barcodes(page)) == 3
    assert sorted(codes_in(page)) == ["TJ\x10\x04", "暂存单 0042"]


def test_a_picture_without_a_code_has_none() -> None:
    assert codes_in(Image.new("L", (600, 600), 255)) == []
