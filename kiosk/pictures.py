"""Whether a picture from camera or phone will do, and what of it is kept: judged here, never in the browser.

Light and sharpness are measured; whether there is a face, and whose, is the platform's to say.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageFilter, ImageOps, ImageStat, UnidentifiedImageError

Kind = Literal["face", "portrait", "document"]
MOST_BYTES = 600_000
MOST_SIDE = 4096
"""Pixels of a side; a camera that gives more is set too high, a file that says more is hostile."""

KEPT_BYTES = 240_000
"""What is kept of a picture: eight documents of three pages stay below the contract's 16 MB."""

LEAST = {"face": (240, 240), "portrait": (300, 400), "document": (600, 400)}
KEPT_SIDE = {"face": 720, "portrait": 900, "document": 1600}
DARK, BRIGHT = 45.0, 225.0
"""Mean of the grey levels (0-255) between which a page can be read."""

BLUR = 12.0
"""Standard deviation of the Laplacian's answer at a width of 600 pixels, below which print is not legible:
measured on rendered text that was blurred step by step (tests/kiosk/test_pictures.py)."""

_LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


@dataclass(frozen=True, slots=True, repr=False)
class Checked:
    """`problems` in words for the citizen; without any, `image` is the base64 of the JPEG to keep."""

    problems: tuple[str, ...]
    image: str = ""
    sha256: str = ""


def check(kind: Kind, image: str) -> Checked:
    """Judge the base64 of a JPEG. What is kept is encoded anew, so that no note of the camera goes along."""
    try:
        raw = base64.b64decode(image, validate=True)
        picture = _opened(raw)
    except (binascii.Error, ValueError, OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return Checked(("照片没有拍好，请再拍一次",))
    if _too_small(kind, picture):
        return Checked(("照片太小，请呼叫工作人员检查摄像头",))
    problems = _problems(kind, picture)
    if problems:
        return Checked(problems)
    kept = _encoded(picture, KEPT_SIDE[kind])
    return Checked((), base64.b64encode(kept).decode(), hashlib.sha256(kept).hexdigest())


def check_sent(raw: bytes) -> Checked:
    """Judge a document that came by the phone: by the same measures, and kept byte for byte, so that what
    the city gave is what is filed. The city takes the phone's notes off (contract, getUploadedDocument)."""
    if len(raw) > KEPT_BYTES:
        return Checked(("照片太大，请换一张",))
    try:
        picture = _opened(raw)
    except (ValueError, OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return Checked(("照片打不开，请换一张",))
    if _too_small("document", picture):
        return Checked(("照片太小，请发原图",))
    problems = _problems("document", picture)
    if problems:
        return Checked(problems)
    return Checked((), base64.b64encode(raw).decode(), hashlib.sha256(raw).hexdigest())


def _opened(raw: bytes) -> Image.Image:
    """Raises ValueError for what is no JPEG, or too large."""
    if len(raw) > MOST_BYTES:
        raise ValueError("too many bytes")
    picture = Image.open(io.BytesIO(raw), formats=("JPEG",))
    if max(picture.size) > MOST_SIDE:
        raise ValueError("too many pixels")
    picture.load()
    ImageOps.exif_transpose(picture, in_place=True)
    # Each copy of a page of 1280 by 960 would cost 3 ms.
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _too_small(kind: Kind, picture: Image.Image) -> bool:
    return any(side < least for side, least in zip(picture.size, LEAST[kind], strict=True))


def _problems(kind: Kind, picture: Image.Image) -> tuple[str, ...]:
    width, height = picture.size
    grey = ImageOps.grayscale(picture)
    grey = grey.resize((600, max(1, round(600 * height / width))))
    light = ImageStat.Stat(grey).mean[0]
    found = []
    if light < DARK:
        found.append("太暗了，请站到亮一些的地方" if kind != "document" else "太暗了，请把材料放到亮处")
    elif light > BRIGHT:
        found.append("太亮了，请避开强光")
    edges = ImageStat.Stat(grey.filter(_LAPLACIAN).crop((1, 1, grey.width - 1, grey.height - 1))).stddev[0]
    if kind == "document" and not found and edges < BLUR:
        found.append("不够清楚，请拿稳、放平，再拍一次")
    return tuple(found)


def _encoded(picture: Image.Image, side: int) -> bytes:
    """A JPEG of at most KEPT_BYTES; a page full of detail gives up quality before size."""
    picture.thumbnail((side, side))
    for quality in (85, 75, 65, 50, 35):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality)
        if out.tell() <= KEPT_BYTES:
            break
    return out.getvalue()
