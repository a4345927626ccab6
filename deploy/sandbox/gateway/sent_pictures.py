"""What a phone sends, made fit for a terminal: an upright JPEG without the phone's notes, not too large."""

from __future__ import annotations

import io

from PIL import Image, ImageOps, UnidentifiedImageError

JPEG = "image/jpeg"
MOST_SENT = 10_000_000
"""Bytes that are taken from a phone (contract, openUpload)."""

MOST_PIXELS = 60_000_000
MOST_GIVEN = 240_000
"""Bytes that a terminal is given (contract, getUploadedDocument)."""

SIDE = 1600
_NOTES = {"exif", "comment", "icc_profile", "xmp", "photoshop"}


def fit(raw: bytes) -> bytes:
    """The same bytes where they are fit already. Raises ValueError with words for the citizen."""
    if len(raw) > MOST_SENT:
        raise ValueError("照片太大，一张不能超过 10 MB")
    try:
        with Image.open(io.BytesIO(raw), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError("照片太大，请换一张小一些的")
            plain = picture.format == "JPEG" and not _NOTES & set(picture.info)
            picture.load()
            if plain and max(picture.size) <= SIDE and len(raw) <= MOST_GIVEN:
                return raw
            upright = ImageOps.exif_transpose(picture)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError) as error:
        raise ValueError("只收 JPG、PNG 格式的照片") from error
    return _encoded(_on_white(upright))


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which a JPEG does not have."""
    seen = picture.convert("RGBA")
    paper = Image.new("RGB", seen.size, "white")
    paper.paste(seen, mask=seen.getchannel("A"))
    return paper


def _encoded(picture: Image.Image) -> bytes:
    """Quality is given up first, then size."""
    side = SIDE
    while True:
        picture.thumbnail((side, side))
        for quality in (85, 75, 65, 50, 35):
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=quality)
            if out.tell() <= MOST_GIVEN:
                return out.getvalue()
        side = side * 3 // 4
