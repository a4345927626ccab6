"""How Chinese characters are read, from the table that the screen keyboard composes by.

What can be typed at the terminal and what can be found there by its letters is so the same: 404 syllables,
6,763 characters (all of GB 2312), every reading of each. See ``kiosk/web/static/vendor/README.md`` for
where the table comes from and its licence. ü is ``v``, as on the keyboard.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "web" / "static" / "vendor" / "simple-keyboard-layouts" / "chinese.js"
_ENTRY = re.compile(r'\b([a-z]+):\s*"([^"]*)"')
_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]")

Readings = tuple[str, ...]


@cache
def table() -> Mapping[str, Readings]:
    """Character → its syllables, in the table's own order. Raises ValueError where there is no table."""
    text = TABLE.read_text(encoding="utf-8")
    found: dict[str, Readings] = {}
    for syllable, characters in _ENTRY.findall(text.partition("layoutCandidates")[2]):
        for character in characters.split():
            found[character] = (*found.get(character, ()), syllable)
    if not found:
        raise ValueError(f"{TABLE.name} has no table of syllables")
    return found


def is_han(character: str) -> bool:
    """Whether it is a Chinese character."""
    return _HAN.match(character) is not None


def plain(text: str) -> str:
    """`text` as it is compared: full-width forms narrow, small letters, no marks and no spaces."""
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())


def units(text: str) -> tuple[Readings, ...]:
    """The readings of each character of a `plain` text; a letter or digit reads as itself.

    A character that the table does not have is passed over, as nobody can spell it here.
    """
    known = table()
    return tuple(readings for each in text if (readings := known.get(each) or _itself(each)))


def _itself(character: str) -> Readings:
    return (character,) if character.isascii() else ()


def spellings(of: Sequence[Readings], limit: int) -> set[str]:
    """All ways to spell `of` from its first character on, cut after `limit` letters."""
    open_, done = {""}, set[str]()
    for readings in of:
        longer = {begun + reading for begun in open_ for reading in readings}
        done |= {each[:limit] for each in longer if len(each) >= limit}
        open_ = {each for each in longer if len(each) < limit}
        if not open_:
            break
    return done | open_ - {""}


def initials(of: Sequence[Readings]) -> tuple[Readings, ...]:
    """The first letters of each unit."""
    return tuple(tuple(dict.fromkeys(reading[0] for reading in readings)) for readings in of)


_MIXED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"), ("v", "u"))


def blurred(letters: str) -> str:
    """`letters`, each pair of sounds that are mixed written as one."""
    for one, other in _MIXED:
        letters = letters.replace(one, other)
    return letters


_PIECE = re.compile(r"[zcs]h|ng|.")
_MOST_SITES = 6


def slips(letters: str) -> Iterator[str]:
    """`letters` as people from elsewhere may have meant them: zh/z, ch/c, sh/s, n/l, ng/n, and v for u.

    All combinations of up to six places; of more places, any one or two of them. Not `letters` itself.
    """
    pieces = _PIECE.findall(letters)
    sites = [
        (at, other)
        for at, piece in enumerate(pieces)
        for other in _others(piece, pieces[at + 1] if at + 1 < len(pieces) else "")
    ]
    most = len(sites) if len(sites) <= _MOST_SITES else 2
    for chosen in _choices(sites, most):
        changed = list(pieces)
        for at, other in chosen:
            changed[at] = other
        yield "".join(changed)


def _others(piece: str, following: str) -> Sequence[str]:
    if piece in {"zh", "ch", "sh"}:
        return (piece[0],)
    if piece in {"z", "c", "s"}:
        return (piece + "h",)
    if piece == "n" and not following.startswith(("a", "e", "i", "o", "u", "v")):
        return ("ng",)
    return {"ng": ("n",), "n": ("l",), "l": ("n",), "v": ("u",), "u": ("v",)}.get(piece, ())


def _choices(sites: list[tuple[int, str]], most: int) -> Iterator[list[tuple[int, str]]]:
    """Every selection of one to `most` sites, in order."""
    chosen: list[list[tuple[int, str]]] = [[]]
    for site in sites:
        more = [[*each, site] for each in chosen if len(each) < most]
        yield from more
        chosen += more
