"""The fonts a line is drawn from when the printer's own font will not do.

A chain, asked in order: Noto Sans Mono CJK SC (Debian `fonts-noto-cjk`; its half-width letters are
exactly half an ideograph, like a printer's), then HanaMinA and HanaMinB (Debian `fonts-hanazono`) for
rare ideographs. Each is opened at the first character that the fonts before it lack. What each covers
and under which licence it stands is in `docs/drivers/receipt-printer.md`.
"""

from __future__ import annotations

import threading
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont
from PIL import ImageFont

SYSTEM_ROOTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


@dataclass(frozen=True, slots=True)
class FontSpec:
    """One link of the chain.

    `threshold` is the grey level (0-255) from which a dot is black: a Song face has hairlines thinner
    than a dot, which need less. `baseline` is the share of the em above the baseline.
    """

    file: str
    family: str
    package: str
    threshold: int
    baseline: float


CHAIN = (
    FontSpec("NotoSansCJK-Regular.ttc", "Noto Sans Mono CJK SC", "fonts-noto-cjk", 112, 0.88),
    FontSpec("HanaMinA.ttf", "HanaMinA", "fonts-hanazono", 72, 0.86),
    FontSpec("HanaMinB.ttf", "HanaMinB", "fonts-hanazono", 72, 0.86),
)


class Font:
    """One font file: the code points it has, and its face at the sizes asked for."""

    def __init__(self, spec: FontSpec, path: Path) -> None:
        self.spec = spec
        self.path = path
        self._lock = threading.Lock()
        self._index = 0
        self._codes: array[int] | None = None
        self._faces: dict[int, ImageFont.FreeTypeFont] = {}

    def __repr__(self) -> str:
        """Family and file."""
        return f"Font({self.spec.family!r}, {str(self.path)!r})"

    def __contains__(self, char: str) -> bool:
        """Whether the font's character map has this code point."""
        codes = self._load()
        at = bisect_left(codes, ord(char))
        return at < len(codes) and codes[at] == ord(char)

    def _load(self) -> array[int]:
        # A sorted array keeps 60,000 code points in 240 KB; fontTools' own dictionary takes 20 times that.
        with self._lock:
            if self._codes is None:
                self._index = self._find_face()
                with TTFont(self.path, fontNumber=self._index, lazy=True) as font:
                    self._codes = array("L", sorted(font.getBestCmap()))
            return self._codes

    def _find_face(self) -> int:
        if self.path.suffix != ".ttc":
            return 0
        with TTCollection(self.path, lazy=True) as collection:
            names = [font["name"].getDebugName(4) for font in collection.fonts]
        return names.index(self.spec.family)

    def face(self, size: int) -> ImageFont.FreeTypeFont:
        """The face at `size` pixels an em."""
        self._load()
        with self._lock:
            if size not in self._faces:
                self._faces[size] = ImageFont.truetype(
                    str(self.path), size, index=self._index, layout_engine=ImageFont.Layout.BASIC
                )
            return self._faces[size]


class FontChain:
    """The fonts of `CHAIN` that are installed under `roots`."""

    def __init__(self, roots: Iterable[Path] = SYSTEM_ROOTS) -> None:
        roots = tuple(roots)
        found = [(spec, _find(spec.file, roots)) for spec in CHAIN]
        self.fonts = tuple(Font(spec, path) for spec, path in found if path is not None)
        self.missing = tuple(spec.package for spec, path in found if path is None)
        """Debian packages that would complete the chain."""

    def font_for(self, char: str) -> Font | None:
        """The first font with this character. Private use has none, whatever a font draws there."""
        if unicodedata.category(char) in ("Co", "Cs"):
            return None
        return next((font for font in self.fonts if char in font), None)

    def covers(self, char: str) -> bool:
        """Whether some font has this character."""
        return self.font_for(char) is not None


def _find(file: str, roots: Iterable[Path]) -> Path | None:
    return next((path for root in roots for path in sorted(root.rglob(file))), None)


@cache
def system_fonts() -> FontChain:
    """The chain of this machine, opened once for all printers."""
    return FontChain()
