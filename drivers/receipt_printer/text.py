"""Text as cells: cleaned, cut into graphemes, measured, wrapped by Chinese rules.

A cell grid is what a receipt printer has: ASCII takes one cell, Chinese two. The same grid is used
for lines sent as text and for lines drawn as dots, so both look alike and neither passes the edge.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from drivers.receipt_printer.charset import Charset, encode, width
from drivers.receipt_printer.replacements import REPLACEMENTS

Covers = Callable[[str], bool]
"""Whether some font can draw this character."""

# Marks that may not begin a line (GB/T 15834-2011, 5.1) and marks that may not end one.
NO_START = frozenset("、。，．：；！？…—～·）〕］｝》〉」』】〗’”％‰℃°,.:;!?)]}%'\"")
NO_END = frozenset("（〔［｛《〈「『【〖‘“￥＄￡№#$([{")
_DOUBLED = frozenset("…—")
_WORD_JOINERS = frozenset("-_./:@+%&=#,*~'")


@dataclass(frozen=True, slots=True)
class Cell:
    """One grapheme: its width in cells, and its bytes where the printer's own font is proven to have it.

    `boxed` holds the code point's name (``U+3000A``) when no font has the character either.
    """

    text: str = field(repr=False)
    width: int
    data: bytes | None = field(repr=False)
    boxed: bool = False


def clean(text: str) -> str:
    """The text without anything that is not a visible character or a space.

    Controls (C0, C1, DEL), bidirectional controls, zero-width and format characters and variation
    selectors go; what separates lines or columns becomes a space; what has an equal is replaced.
    """
    return "".join(char for char in text.translate(REPLACEMENTS) if not _invisible(char))


def _invisible(char: str) -> bool:
    code = ord(char)
    return (
        unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")
        or 0xFE00 <= code <= 0xFE0F  # variation selectors: the base character is what is meant
        or 0xE0000 <= code <= 0xE0FFF
        or 0x180B <= code <= 0x180F
        or code == 0x034F  # the grapheme joiner, a mark without a shape
    )


def graphemes(text: str) -> list[str]:
    """Base characters, each with the combining marks that follow it."""
    found: list[str] = []
    for char in text:
        if found and unicodedata.category(char) in ("Mn", "Me", "Mc"):
            found[-1] += char
        else:
            found.append(char)
    return found


def to_cells(text: str, charset: Charset, covers: Covers) -> list[Cell]:
    """Clean `text` and measure it for a printer with `charset` and a set of fonts."""
    found: list[Cell] = []
    for grapheme in graphemes(clean(text)):
        found += _grapheme(grapheme, charset, covers)
    return found


def _grapheme(grapheme: str, charset: Charset, covers: Covers) -> list[Cell]:
    """One cell; or, where a mark is in no font, the letter as far as it can be shown, and the marks named."""
    if len(grapheme) > 1:  # a letter typed as base and mark mostly exists as one, better drawn than we could
        grapheme = unicodedata.normalize("NFC", grapheme)
    shown = grapheme[0] + "".join(mark for mark in grapheme[1:] if covers(mark))
    missing = [mark for mark in grapheme[1:] if not covers(mark)]
    data = encode(charset, shown) if len(shown) == 1 else None
    if data is not None or all(covers(char) for char in shown):
        return [Cell(shown, width(shown[0]), data), *map(_boxed, missing)]
    return list(map(_boxed, grapheme))


def _boxed(char: str) -> Cell:
    label = f"U+{ord(char):04X}"
    return Cell(label, len(label) + 1, None, boxed=True)


def measure(cells: Sequence[Cell]) -> int:
    """Width in cells."""
    return sum(cell.width for cell in cells)


def spaces(count: int) -> list[Cell]:
    """`count` empty cells."""
    return [Cell(" ", 1, b" ")] * count


def wrap(cells: Sequence[Cell], columns: int) -> list[list[Cell]]:
    """Lines of at most `columns` cells; at least one line, which may be empty.

    No closing mark begins a line, no opening one ends it, and words and numbers stay whole, unless one
    is wider than the line: then it is cut where the paper ends. Raises ValueError when one cell is
    wider than the line.
    """
    if any(cell.width > columns for cell in cells):
        raise ValueError(f"a character does not fit {columns} columns")
    lines: list[list[Cell]] = []
    start = 0
    while start < len(cells):
        end = _break_at(cells, start, columns)
        lines.append(_without_trailing_spaces(cells[start:end]))
        start = end
        while start < len(cells) and cells[start].text == " ":
            start += 1
    return lines or [[]]


def _break_at(cells: Sequence[Cell], start: int, columns: int) -> int:
    used = 0
    end = start
    while end < len(cells) and used + cells[end].width <= columns:
        used += cells[end].width
        end += 1
    if end == len(cells):
        return end
    best = end
    while best > start and not _may_break(cells, start, best):
        best -= 1
    return best if best > start else end


def _may_break(cells: Sequence[Cell], start: int, at: int) -> bool:
    """Whether a line that begins at `start` may end before `at`. Blanks at the seam do not excuse a mark."""
    spaced = " " in (cells[at - 1].text, cells[at].text)
    left = next((cell.text for cell in reversed(cells[start:at]) if cell.text != " "), "")
    right = next((cell.text for cell in cells[at:] if cell.text != " "), "")
    if spaced:
        return bool(left) and left not in NO_END and right not in NO_START
    if right in NO_START or left in NO_END or (left == right and left in _DOUBLED):
        return False
    return not (_in_word(left) and _in_word(right))


def _in_word(grapheme: str) -> bool:
    base = grapheme[0]
    return base in _WORD_JOINERS or (base.isalnum() and width(base) == 1)


def _without_trailing_spaces(cells: Sequence[Cell]) -> list[Cell]:
    kept = list(cells)
    while kept and kept[-1].text == " ":
        kept.pop()
    return kept
