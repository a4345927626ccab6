"""Which characters a printer's own font is known to hold, and their bytes.

A profile states a character set; a character is *proven* when that set certainly contains it, at the
width we count for it. Everything else is drawn by us (`raster`), so no `?` and no wrong glyph comes
from a guess. Widths follow Unicode Standard Annex 11 (East Asian Width).
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from drivers.receipt_printer.replacements import UNSTABLE


class Charset(StrEnum):
    """The double-byte font a printer has; ASCII it always has."""

    GB2312 = "gb2312"
    GBK = "gbk"
    GB18030_2BYTE = "gb18030-2byte"
    GB18030 = "gb18030"
    NONE = "none"


_FONTS = {
    "GB18030": frozenset(Charset),
    "GBK": frozenset((Charset.GB2312, Charset.GBK)),
    "GB2312": frozenset((Charset.GB2312,)),
}
"""What fonts of these names hold."""
_OTHERS = ("BIG5", "TAIWAN", "JAPAN", "KANJI", "JIS", "KOREA", "HANGUL", "THAI")
"""In names of fonts that are none of ours."""


def width(char: str) -> int:
    """Cells that one character takes: 2 for wide, full-width and ambiguous ones, else 1.

    Ambiguous characters (`·`, `—`, `…`, curly quotes, box drawing) are double-byte in every GB font,
    and therefore two cells. Planes 2 and 3 hold ideographs only, also where Python's tables are older
    than the block.
    """
    if 0x20000 <= ord(char) <= 0x3FFFF:
        return 2
    return 2 if unicodedata.east_asian_width(char) in "WFA" else 1


def encode(charset: Charset, char: str) -> bytes | None:
    """Bytes of a proven character, or None when it has to be drawn.

    Not proven: what the set lacks, private use, what GB 18030 moved between its editions, and what
    the set holds at another width than ours.
    """
    if " " <= char <= "~":
        return char.encode("ascii")
    if charset is Charset.NONE or width(char) != 2 or char in UNSTABLE:
        return None
    if unicodedata.category(char) in ("Co", "Cs", "Cn"):
        return None
    data = char.encode("gb18030")
    if charset is Charset.GB18030:
        return data
    if len(data) != 2 or (charset is not Charset.GB18030_2BYTE and not _within(charset, char, data)):
        return None
    return data


def holds(told: str, charset: Charset) -> bool:
    """Whether a font that the printer calls `told` (`GS I 69`: ``CHINA GB18030``) can be one of `charset`.

    The same model is sold with other fonts (``TAIWAN BIG-5``): then every Chinese line would be garbled. A
    name that says nothing of the set (``CHINESE``) is no proof of another one.
    """
    if charset is Charset.NONE:
        return True
    name = re.sub(r"[\s_-]", "", told).upper()
    for font, sets in _FONTS.items():  # the largest first: a name may list several
        if font in name:
            return charset in sets
    return not any(other in name for other in _OTHERS)


def _within(charset: Charset, char: str, data: bytes) -> bool:
    """Whether GBK or GB 2312 has the character at this place.

    GB 2312 is asked by place: Python's codec maps `·` and `—` to other code points than GBK does,
    while the printer's glyph at the place is the same one.
    """
    try:
        if charset is Charset.GBK:
            return char.encode("gbk") == data
        data.decode("gb2312")
    except UnicodeError:
        return False
    return True
