"""Synthetic faces: nobody's picture is needed, and comparing two is exact.

A picture shows the outline of a head; where a face would be is a QR code that names a resident. It survives
a camera, its scaling and its JPEG, so the browser's fake camera can be fed with it.
"""

from __future__ import annotations

import io

import qrcode
from PIL import Image, ImageDraw, ImageStat, UnidentifiedImageError
from qrcode.constants import ERROR_CORRECT_H

from deploy.qr import codes_in

SIZE = (640, 480)
MAX_PIXELS = 4096 * 4096
DARK = 50.0
"""Mean luminance (0 to 255) below which a picture is too dark to compare."""

_MARK = "demo-face:"
_BACKGROUND, _HEAD, _SHOULDERS = (214, 222, 230), (238, 224, 208), (96, 112, 136)
_CODE_SIDE = 200


class FaceError(Exception):
    """Why nobody can be recognised; the message is the word for the error's `reason`."""


def picture(person: str | None, *, dark: bool = False) -> bytes:
    """A JPEG of 640 by 480 of this resident (by id), of an empty head for None; `dark`: the light is out."""
    image = Image.new("RGB", SIZE, _BACKGROUND)
    draw = ImageDraw.Draw(image)
    draw.ellipse((120, 400, 520, 700), fill=_SHOULDERS)
    draw.ellipse((170, 20, 470, 430), fill=_HEAD)
    if person is not None:
        code = qrcode.QRCode(error_correction=ERROR_CORRECT_H, box_size=8, border=2)
        code.add_data(_MARK + person)
        made = (
            code.make_image()
            .get_image()
            .convert("RGB")
            .resize((_CODE_SIDE, _CODE_SIDE), Image.Resampling.BOX)
        )
        image.paste(made, ((SIZE[0] - _CODE_SIDE) // 2, 110))
    if dark:
        image = image.point(lambda value: value // 8)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=85)
    return written.getvalue()


def person_in(jpeg: bytes) -> str:
    """Whose picture this is (a resident's id). Raises FaceError."""
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise FaceError("face-not-found")
            grey = image.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise FaceError("face-not-found") from error
    if ImageStat.Stat(grey).mean[0] < DARK:
        raise FaceError("face-too-dark")
    seen = [code for code in codes_in(grey) if code.startswith(_MARK)]
    if len(seen) != 1:
        raise FaceError("face-not-found")
    return seen[0].removeprefix(_MARK)
