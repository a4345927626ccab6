"""A document as ESC/POS bytes, from `ESC @` to the cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from drivers.receipt_printer import qr, raster
from drivers.receipt_printer.document import Document, Feed, Image, Qr
from drivers.receipt_printer.fonts import FontChain
from drivers.receipt_printer.layout import Item, Line, lay_out
from drivers.receipt_printer.profile import CELL_DOTS, GLYPH_DOTS, Cutter, Profile, QrBy

INITIALIZE = b"\x1b@"
CHINESE_ON, CHINESE_OFF = b"\x1c&", b"\x1c."
# Chinese models start with the Chinese variant of ASCII, whose `$` is a `￥`; 0 is the American one.
ASCII_VARIANT = b"\x1bR\x00"
# Everything but the drawer: on- and offline, errors, paper.
STATUS_BACK = b"\x1da\x0e"
ALIGN = {"left": b"\x1ba\x00", "center": b"\x1ba\x01", "right": b"\x1ba\x02"}
# GS V 65/66 n feeds to the cutter by itself. (python-escpos cuts partially when asked for a full cut
# without feed, so these are ours.)
CUT = {Cutter.FULL: b"\x1dVA\x00", Cutter.PARTIAL: b"\x1dVB\x00", Cutter.NONE: b""}


class Unencodable(ValueError):  # noqa: N818 - said of the document
    """The document cannot be turned into bytes for this printer."""


@dataclass(slots=True)
class Job:
    """Bytes to send, and the rows of paper they move (for the deadline). `wipe` overwrites the bytes."""

    data: bytearray = field(repr=False)
    rows: int
    seams: list[int]
    """Where a command begins and no line is unfinished: offsets into `data`."""

    def parts(self, least: int) -> Iterator[int]:
        """Ends of parts of at least `least` bytes, each at a seam; the last one is the job's."""
        start = 0
        for seam in self.seams:
            if seam - start >= least and seam < len(self.data):
                yield seam
                start = seam
        yield len(self.data)

    def wipe(self) -> None:
        """Overwrite and drop the bytes: nothing of a citizen stays."""
        self.data[:] = bytes(len(self.data))
        self.data.clear()


class Encoder:
    """Writes one job: keeps the printer's state, so that only changes cost bytes."""

    def __init__(self, profile: Profile, fonts: FontChain) -> None:
        self._profile = profile
        self._fonts = fonts
        self._data = bytearray()
        self._rows = 0
        self._seams: list[int] = []
        self._state: dict[str, bytes] = {}

    def encode(self, document: Document) -> Job:
        """The whole job. Raises Unencodable when a picture is not one."""
        self._begin()
        try:
            for item in lay_out(document, self._profile, self._fonts.covers):
                self._item(item)
        except ValueError as error:
            raise Unencodable(str(error)) from error
        self._end()
        if raster.REALTIME.search(self._data):
            raise AssertionError("a real-time command in a job: a leak in the encoder")
        return Job(self._data, self._rows, self._seams)

    def _begin(self) -> None:
        self._data += INITIALIZE + ASCII_VARIANT
        if self._profile.status_back:
            self._data += STATUS_BACK
        if self._profile.density:
            # GS ( K, function 49: 250-255 lighter, 1-6 darker
            self._data += b"\x1d(K\x02\x001" + bytes([self._profile.density % 256])

    def _end(self) -> None:
        self._feed(self._profile.tail)
        self._data += CUT[self._profile.cutter]

    def _item(self, item: Item) -> None:
        self._seams.append(len(self._data))
        match item:
            case Line():
                self._line(item)
            case Feed():
                self._feed(item.lines * (GLYPH_DOTS + self._profile.line_gap))
            case Image():
                self._bitmap(raster.read_picture(item.png, self._profile.dots))
            case Qr():
                self._qr(item)

    def _line(self, line: Line) -> None:
        pitch = GLYPH_DOTS * line.size + self._profile.line_gap
        if not line.proven:
            drawn = raster.draw_line(
                line.cells,
                left=self._left(line),
                size=line.size,
                bold=line.bold,
                room=self._profile.line_gap,
                fonts=self._fonts,
            )
            self._bitmap(drawn)
            self._feed(pitch - drawn.rows)
            return
        self._set("align", ALIGN[line.align])
        self._set("pitch", b"\x1b3" + bytes([pitch]))
        self._set("size", b"\x1d!" + bytes([(line.size - 1) * 0x11]))
        self._set("bold", b"\x1bE" + bytes([line.bold]))
        data = b"".join(cell.data or b"" for cell in line.cells)
        if not data.isascii():
            data = CHINESE_ON + data + CHINESE_OFF
        self._data += data + b"\n"
        self._rows += pitch

    def _left(self, line: Line) -> int:
        """Where the line begins, in dots: a bitmap is placed by its pixels, not by `ESC a`."""
        used = sum(cell.width for cell in line.cells) * CELL_DOTS * line.size
        free = self._profile.dots - used
        return {"left": 0, "center": free // 2, "right": free}[line.align]

    def _qr(self, item: Qr) -> None:
        dots = self._profile.dots
        commands = qr.by_printer(item, dots) if self._profile.qr is QrBy.PRINTER else None
        quiet = qr.quiet_dots(item, dots)
        self._feed(quiet - self._profile.line_gap)
        if commands is None:
            self._bitmap(qr.by_driver(item, dots))
        else:
            self._set("align", ALIGN["center"])
            self._data += commands
            self._rows += dots  # at most as high as the paper is wide
        self._feed(quiet)

    def _bitmap(self, bitmap: raster.Bitmap) -> None:
        self._set("align", ALIGN["left"])
        for command in raster.slices(bitmap):
            self._seams.append(len(self._data))
            self._data += command
        self._rows += bitmap.rows

    def _feed(self, dots: int) -> None:
        """`ESC J n`: at most 255 dots a command."""
        self._rows += dots
        while dots > 0:
            step = min(dots, 255)
            self._data += b"\x1bJ" + bytes([step])
            dots -= step

    def _set(self, what: str, command: bytes) -> None:
        if self._state.get(what) != command:
            self._state[what] = command
            self._data += command


def encode(document: Document, profile: Profile, fonts: FontChain) -> Job:
    """`document` as a job for a printer of this profile."""
    return Encoder(profile, fonts).encode(document)
