"""Dots: a line of cells or a picture as a bitmap, and a bitmap as `GS v 0` slices."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageChops, ImageDraw, ImageFont

from drivers.receipt_printer.fonts import FontChain
from drivers.receipt_printer.profile import CELL_DOTS, GLYPH_DOTS
from drivers.receipt_printer.text import Cell

SLICE_ROWS = 32
"""Rows of one `GS v 0`. 256 is the most that all models take; less keeps a command that was cut off,
and has to be filled with zeros, short, and lets questions stand between slices that fit a buffer."""

MAX_PIXELS = 4_000_000
"""A picture larger than this, as it is or on the paper, is refused before it is decompressed."""

REALTIME = re.compile(rb"\x10[\x04\x05\x14]")
"""A printer obeys DLE EOT, DLE ENQ and DLE DC4 wherever it meets them, pixels included (Epson's
reference, "notes on real-time commands"): `10 14 01 00 01` in a picture would open the cash drawer."""


Box = tuple[int, int, int, int]
"""Left, top, right and bottom; the last two lie outside."""


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Rows of bytes, most significant bit left, 1 is black."""

    row_bytes: int
    rows: int
    data: bytes = field(repr=False)


def to_bitmap(ink: Image.Image) -> Bitmap:
    """A one-bit image (1 is ink), cut at its rightmost ink and at a byte."""
    box = ink.getbbox()
    width = max(8, -(-(box[2] if box else 1) // 8) * 8)
    cropped = ink.crop((0, 0, width, ink.height))
    return Bitmap(width // 8, ink.height, cropped.tobytes())


def draw_line(
    cells: Sequence[Cell], *, left: int, size: int, bold: bool, room: int, fonts: FontChain
) -> Bitmap:
    """Draw `cells` from `left` dots on, as high as text of `size` is (24, 48 or 72 rows).

    What hangs below a line (the tail of a `g`, the dot of an `ọ`) adds to that, at most `room` rows.
    """
    cell = CELL_DOTS * size
    height = GLYPH_DOTS * size
    width = left + sum(each.width for each in cells) * cell
    ink = Image.new("1", (width, height + room), 0)
    x = left
    for each in cells:
        box = (each.width * cell, height)
        glyph = _boxed(each.text, box) if each.boxed else _glyph(each.text, box, room, fonts)
        ink.paste(1, (x, 0), glyph)
        x += box[0]
    if bold:  # thickened to the right, as the printer's own emphasis is, which grows with the size
        once = ink.copy()
        for shift in range(1, size + 1):
            ink.paste(1, (shift, 0), once)
    inked = ink.getbbox()
    return to_bitmap(ink.crop((0, 0, width, max(height, inked[3] if inked else 0))))


def _glyph(text: str, box: tuple[int, int], room: int, fonts: FontChain) -> Image.Image:
    """One grapheme, centred in its cells, made smaller where it would be cut off: a name without its marks
    is another name. `room`: rows that it may hang below them."""
    edge = box[1]  # wider than anything that a font puts beside its em
    grey = Image.new("L", (box[0] + 2 * edge, box[1] + 2 * edge), 0)
    threshold = 128
    draw = ImageDraw.Draw(grey)
    for char in text:
        font = fonts.font_for(char)
        if font is None or char == " ":
            continue
        face = font.face(box[1])
        x = edge + (box[0] - face.getlength(char)) / 2
        y = edge + round(font.spec.baseline * box[1])
        draw.text((x, y), char, fill=255, font=face, anchor="ls")
        threshold = font.spec.threshold
    black = [0] * threshold + [255] * (256 - threshold)
    inside = (edge, edge, edge + box[0], edge + box[1] + room)
    ink = grey.point(black).getbbox()
    fitting = ink and _within(ink, inside)
    if ink and fitting and fitting != ink:
        smaller = grey.crop(ink).resize((fitting[2] - fitting[0], fitting[3] - fitting[1]))
        grey.paste(0, (0, 0, *grey.size))
        grey.paste(smaller, fitting[:2])
    return grey.crop(inside).point(black, "1")


def _within(ink: Box, inside: Box) -> Box:
    """`ink` pressed into `inside`; moved there where less than half of it would be left."""
    left, right = _span(ink[0], ink[2], inside[0], inside[2])
    top, bottom = _span(ink[1], ink[3], inside[1], inside[3])
    return left, top, right, bottom


def _span(begin: int, end: int, first: int, last: int) -> tuple[int, int]:
    size = min(end - begin, last - first)
    low, high = max(begin, first), min(end, last)
    if 2 * (high - low) >= size:
        return low, high
    low = min(max(begin, first), last - size)
    return low, low + size


def _boxed(label: str, box: tuple[int, int]) -> Image.Image:
    """A code point that no font can draw, named in a frame (with Pillow's own letters: no font needed)."""
    ink = Image.new("1", box, 0)
    draw = ImageDraw.Draw(ink)
    draw.rectangle((1, 1, box[0] - 3, box[1] - 2), outline=1, width=box[1] // GLYPH_DOTS)
    face = ImageFont.load_default(size=box[1] * 0.66)
    draw.text(((box[0] - 2) / 2, box[1] / 2), label, fill=1, font=face, anchor="mm")
    return ink


def read_picture(png: bytes, dots: int) -> Bitmap:
    """A PNG as dots, at most `dots` wide, centred and dithered. Transparency is paper.

    Raises ValueError when it is not a PNG or is larger than `MAX_PIXELS`.
    """
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as source:
            rows = source.height * min(1.0, dots / source.width)
            if max(source.width * source.height, dots * rows) > MAX_PIXELS:
                raise ValueError(f"a picture has at most {MAX_PIXELS} pixels")
            picture = source.convert("RGBA")
    except Image.DecompressionBombError as error:  # Pillow's own limit, met before ours at some sizes
        raise ValueError(f"a picture has at most {MAX_PIXELS} pixels") from error
    except (OSError, SyntaxError) as error:
        raise ValueError("not a PNG picture") from error
    if picture.width > dots:
        picture = picture.resize((dots, max(1, round(picture.height * dots / picture.width))))
    paper = Image.new("L", (dots, picture.height), 255)
    paper.paste(picture.convert("L"), ((dots - picture.width) // 2, 0), picture.getchannel("A"))
    return to_bitmap(ImageChops.invert(paper.convert("1")))


def slices(bitmap: Bitmap) -> Iterator[bytes]:
    """`GS v 0` commands (m=0, width in bytes, rows, pixels), free of real-time commands."""
    step = bitmap.row_bytes * SLICE_ROWS
    for start in range(0, len(bitmap.data), step):
        part = bytearray(bitmap.data[start : start + step])
        # One dot more, invisible at 8 dots a millimetre, and the pair no longer is a command.
        for match in REALTIME.finditer(part):
            part[match.start()] |= 0x01
        rows = len(part) // bitmap.row_bytes
        header = b"\x1dv0\x00" + bitmap.row_bytes.to_bytes(2, "little") + rows.to_bytes(2, "little")
        yield header + bytes(part)
