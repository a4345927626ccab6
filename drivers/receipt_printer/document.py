"""What is printed: a document is a tuple of blocks, described without any printer in mind.

Texts hold a citizen's data, so no `repr` shows them: a block in a log line or a traceback says what
it is, not what it says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Align = Literal["left", "center", "right"]
Size = Literal[1, 2, 3]

MAX_QR_BYTES = 990
"""UTF-8 bytes of one QR code: version 25 at level M holds 997 (ISO/IEC 18004 table 7), and its
117 modules and quiet zone are the most that 384 dots show at three dots a module."""

MIN_QR_MODULE = 3
"""Dots (0.375 mm at 203 dpi) below which phones stop reading thermal paper."""

MAX_FEED_LINES = 40


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, wrapped to the paper. `size` multiplies width and height (1-3)."""

    text: str = field(repr=False)
    align: Align = "left"
    size: Size = 1
    bold: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for an alignment or a size that no printer has."""
        if self.align not in ("left", "center", "right"):
            raise ValueError(f"align must be left, center or right, not {self.align!r}")
        if self.size not in (1, 2, 3):
            raise ValueError(f"size must be 1, 2 or 3, not {self.size!r}")


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value; pairs that follow each other share one value column."""

    label: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code, level M, centred. `size` is the most dots a module may have (3-16).

    The code gets smaller when it would not fit the paper, never below three dots a module.
    Raises ValueError for no data, or for more than `MAX_QR_BYTES` bytes of UTF-8.
    """

    data: str = field(repr=False)
    size: int = 6

    def __post_init__(self) -> None:
        """Check what the docstring promises."""
        length = len(self.data.encode())
        if not 1 <= length <= MAX_QR_BYTES:
            raise ValueError(f"a QR code holds 1 to {MAX_QR_BYTES} bytes, not {length}")
        if not MIN_QR_MODULE <= self.size <= 16:
            raise ValueError(f"a QR module is {MIN_QR_MODULE} to 16 dots, not {self.size}")


@dataclass(frozen=True, slots=True)
class Feed:
    """Empty lines of the normal text height."""

    lines: int = 1

    def __post_init__(self) -> None:
        """Raise ValueError for a feed that would empty the roll."""
        if not 1 <= self.lines <= MAX_FEED_LINES:
            raise ValueError(f"feed 1 to {MAX_FEED_LINES} lines, not {self.lines}")


@dataclass(frozen=True, slots=True)
class Image:
    """A picture (PNG bytes), centred, made smaller when it is wider than the paper, dithered to dots."""

    png: bytes = field(repr=False)


Block = Text | Pair | Rule | Qr | Feed | Image


@dataclass(frozen=True, slots=True)
class Document:
    """One receipt or slip, top to bottom; feed and cut at the end are the driver's."""

    blocks: tuple[Block, ...]
