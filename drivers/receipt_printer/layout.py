"""Blocks to lines: wrapping, the value column of pairs, rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from drivers.receipt_printer.document import Align, Block, Document, Feed, Image, Pair, Qr, Rule, Text
from drivers.receipt_printer.profile import Profile
from drivers.receipt_printer.text import Cell, Covers, measure, spaces, to_cells, wrap


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text on the paper."""

    cells: tuple[Cell, ...]
    align: Align = "left"
    size: int = 1
    bold: bool = False

    @property
    def proven(self) -> bool:
        """Whether the printer's own font is known to have every character."""
        return all(cell.data is not None for cell in self.cells)


Item = Line | Qr | Image | Feed


def lay_out(document: Document, profile: Profile, covers: Covers) -> Iterator[Item]:
    """What goes on the paper, top to bottom, each line within `profile.cells`."""
    for kind, blocks in groupby(document.blocks, type):
        if issubclass(kind, Pair):
            yield from _pairs([block for block in blocks if isinstance(block, Pair)], profile, covers)
        else:
            for block in blocks:
                yield from _single(block, profile, covers)


def _single(block: Block, profile: Profile, covers: Covers) -> Iterator[Item]:
    match block:
        case Text():
            cells = to_cells(block.text, profile.charset, covers)
            for row in wrap(cells, profile.cells // block.size):
                yield Line(tuple(row), block.align, block.size, block.bold)
        case Rule():
            yield _rule(profile, covers)
        case Qr() | Image() | Feed():
            yield block
        case Pair():
            yield from _pairs([block], profile, covers)


def _rule(profile: Profile, covers: Covers) -> Line:
    # The box-drawing dash joins to one line in a Chinese font; ASCII printers draw hyphens.
    dash = to_cells("─", profile.charset, covers)
    if dash[0].data is None:
        dash = to_cells("-", profile.charset, covers)
    return Line(tuple(dash * (profile.cells // dash[0].width)))


def _pairs(pairs: Sequence[Pair], profile: Profile, covers: Covers) -> Iterator[Line]:
    """Labels left, values from one column on; a label wider than two fifths has its value below it."""
    most = profile.cells * 2 // 5
    labels = [to_cells(pair.label, profile.charset, covers) for pair in pairs]
    column = max((measure(label) for label in labels if measure(label) <= most), default=most) + 2
    for pair, label in zip(pairs, labels, strict=True):
        values = wrap(to_cells(pair.value, profile.charset, covers), profile.cells - column)
        if measure(label) <= most:
            head = [*label, *spaces(column - measure(label)), *values.pop(0)]
            yield Line(tuple(head))
        else:
            for row in wrap(label, profile.cells):
                yield Line(tuple(row))
        for row in values:
            yield Line((*spaces(column), *row))
