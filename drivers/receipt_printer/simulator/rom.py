"""The simulated printer's character generator: 12x24 and 24x24 dots, for the character set it has.

Its glyphs are drawn with Debian's Noto Sans Mono CJK SC. What the set lacks comes out as a filled
block, as on a printer, and is reported.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
_FACE = 7  # Noto Sans Mono CJK SC in Debian's collection
HEIGHT = 24
GARBLED = "\N{BLACK SQUARE}"


def holds(charset: str, code: bytes) -> str | None:
    """The character at a double- or four-byte code, or None when this font has none there."""
    if charset == "none" or (len(code) == 4 and charset != "gb18030"):
        return None
    try:
        char = code.decode("gb18030")
        if charset == "gb2312":
            code.decode("gb2312")
        elif charset == "gbk":
            code.decode("gbk")
    except UnicodeDecodeError:
        return None
    return char


@lru_cache(maxsize=4096)
def glyph(char: str, width: int, bold: bool) -> Image.Image:
    """`char` as dots, `width` by 24, black is 1."""
    grey = Image.new("L", (width, HEIGHT), 0)
    draw = ImageDraw.Draw(grey)
    if char == GARBLED:
        draw.rectangle((2, 3, width - 3, HEIGHT - 3), fill=255)
    else:
        face = _face()
        for shift in (0, 1) if bold else (0,):
            draw.text((width / 2 + shift, 21), char, fill=255, font=face, anchor="ms")
    return grey.point([0] * 112 + [255] * 144, "1")


@lru_cache(maxsize=1)
def _face() -> ImageFont.FreeTypeFont:
    if not FONT.exists():
        raise FileNotFoundError(f"the simulated printer draws with {FONT}: install fonts-noto-cjk")
    return ImageFont.truetype(str(FONT), HEIGHT, index=_FACE)
