"""The page that tries what a profile claims: numbered lines, of which a technician says which came out right.

What must be readable on any printer (numbers, instructions, what a line should look like) is drawn, and no
wider than 384 dots, the narrowest paper. What is tried is sent as it would be by a profile that claims it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from drivers.receipt_printer import qr, raster
from drivers.receipt_printer.charset import Charset
from drivers.receipt_printer.document import Qr
from drivers.receipt_printer.encoder import ASCII_VARIANT, CHINESE_OFF, CHINESE_ON, CUT, INITIALIZE
from drivers.receipt_printer.fonts import FontChain
from drivers.receipt_printer.profile import GLYPH_DOTS, Cutter
from drivers.receipt_printer.text import clean, to_cells, wrap

NARROW_CELLS, NARROW_DOTS = 32, 384
"""What every receipt printer prints on: 48 mm."""

_PITCH = GLYPH_DOTS + 8
_BETWEEN = 16
_CODE = "https://probe.invalid/printer"


@dataclass(frozen=True, slots=True)
class Page:
    """One piece of paper: its bytes, and the rows that they move."""

    data: bytes = field(repr=False)
    rows: int


PICTURE, ASCII = 1, 2
FONTS: dict[int, tuple[Charset, str]] = {
    3: (Charset.GB2312, "啊国齄，《》·"),
    4: (Charset.GBK, "镕喆堃犇"),
    5: (Charset.GB18030_2BYTE, "䶮㑳㖞"),
    6: (Charset.GB18030, "㐀𠮷𮯠"),
}
"""Each line has characters that the set before it lacks: of GB 2312 the first and the last ideograph, of four
bytes the first and the last that GB 18030-2022 asks for at level 3."""
RULERS = {7: 32, 8: 42, 9: 48}
"""Cells of font A: a ruler that is too long runs on into a second line."""
BARS = {10: 384, 11: 512, 12: 576, 13: 640}
"""Dots of a frame: one that is too wide lacks its right side."""
OWN_CODE, DRAWN_CODE = 14, 15
CUTS = {16: Cutter.PARTIAL, 17: Cutter.FULL}
NUMBERS = range(1, 18)

CHAINS = (tuple(FONTS), tuple(RULERS), tuple(BARS))
"""Of these, one can only be right where all before it are."""


def pages(fonts: FontChain) -> Iterator[Page]:
    """Two pieces of paper: they try the two cuts, the first also all else."""
    first = _Writer(fonts)
    first.drawn("打印能力测试页", "与样子一致、完整的，请记下编号，在命令行中回答。")
    first.drawn(f"{PICTURE} 您能读到这一行")
    first.tried(f"{ASCII} ABCxyz 0189 $#\\~|", "ABCxyz 0189 $#\\~|")
    for number, (_, text) in FONTS.items():
        first.tried(f"{number} ", text, chinese=text)
    first.drawn("下面每把尺子应只占一行：")
    for number, cells in RULERS.items():
        first.ruler(number, cells)
    first.drawn("下面的框应四边完整：")
    for number, dots in BARS.items():
        first.bar(number, dots)
    first.drawn(f"{OWN_CODE} 下面应有二维码（打印机生成）")
    first.own_code()
    first.drawn(f"{DRAWN_CODE} 下面应有二维码（终端绘制）")
    first.drawn_code()
    first.drawn("16 此后应自动切纸，留一点相连")
    yield first.page(CUTS[16])
    second = _Writer(fonts)
    second.drawn("17 此后应自动切纸，全部切断")
    yield second.page(CUTS[17])


class _Writer:
    def __init__(self, fonts: FontChain) -> None:
        self._fonts = fonts
        self._data = bytearray(INITIALIZE + ASCII_VARIANT + b"\x1b3" + bytes([_PITCH]))
        self._rows = 0

    def page(self, cutter: Cutter) -> Page:
        self._feed(24)
        return Page(bytes(self._data) + CUT[cutter], self._rows)

    def drawn(self, *texts: str) -> None:
        """Paragraphs as dots: they do not need a font of the printer's."""
        for text in texts:
            for row in wrap(to_cells(text, Charset.NONE, self._fonts.covers), NARROW_CELLS):
                self._bitmap(raster.draw_line(row, left=0, size=1, bold=False, room=8, fonts=self._fonts))
                self._feed(8)
        self._feed(_BETWEEN)

    def tried(self, begin: str, text: str, *, chinese: str = "") -> None:
        """A line in the printer's font, and below it what it should look like."""
        self._data += begin.encode("ascii")
        if chinese:
            self._data += CHINESE_ON + chinese.encode("gb18030") + CHINESE_OFF
        self._data += b"\n"
        self._rows += _PITCH
        self.drawn(f"  应为：{text}")

    def ruler(self, number: int, cells: int) -> None:
        """Exactly so many cells: the number, digits, a bar."""
        begin = f"{number} "
        digits = "".join(str(at % 10) for at in range(len(begin) + 1, cells))
        self._data += f"{begin}{digits}|\n".encode("ascii")
        self._rows += _PITCH
        self._feed(_BETWEEN)

    def bar(self, number: int, dots: int) -> None:
        """A frame so wide, and its number before it.

        Its bytes are FF, 80, 01 and 00 only: a printer that takes a picture wider than its paper for text
        prints nonsense, and obeys nothing.
        """
        self._data += f"{number}\n".encode("ascii")
        self._rows += _PITCH
        across = dots // 8
        full = b"\xff" * across
        side = b"\x80" + bytes(across - 2) + b"\x01"
        self._bitmap(raster.Bitmap(across, GLYPH_DOTS, full + side * (GLYPH_DOTS - 2) + full))
        self._feed(_BETWEEN)

    def own_code(self) -> None:
        """A code of the printer's own."""
        self._data += qr.by_printer(Qr(_CODE, 4), NARROW_DOTS) or b""
        self._rows += NARROW_DOTS
        self._feed(_BETWEEN)

    def drawn_code(self) -> None:
        """The same code as dots."""
        self._bitmap(qr.by_driver(Qr(_CODE, 4), NARROW_DOTS))
        self._feed(_BETWEEN)

    def _bitmap(self, bitmap: raster.Bitmap) -> None:
        for command in raster.slices(bitmap):
            self._data += command
        self._rows += bitmap.rows

    def _feed(self, dots: int) -> None:
        self._data += b"\x1bJ" + bytes([dots])
        self._rows += dots


def looks(number: int) -> str:
    """What number `number` tries, for a technician who answers."""
    if number in FONTS:
        return f"{FONTS[number][0]} font: {clean(FONTS[number][1])}"
    if number in RULERS:
        return f"{RULERS[number]} cells on one line"
    if number in BARS:
        return f"a frame of {BARS[number]} dots, whole"
    return {
        PICTURE: "this line can be read",
        ASCII: "letters, figures and signs",
        OWN_CODE: "a code drawn by the printer",
        DRAWN_CODE: "a code drawn by the terminal",
        16: "the first piece was cut, and hangs by a thread",
        17: "the second piece was cut off",
    }[number]
