"""The canary scan: whether anything personal of a citizen stands in files that should hold nothing of it.

Text is looked for in every form that a program on the way might give it; pictures and papers by pieces of
their bytes. What is compressed, or encrypted with a key beside it, is not found by this: therefore
`tests/browser/test_at_rest.py` also keeps the list of the files that the agent opens to write at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

CHARSETS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
SHORTEST = 6
"""Bytes. Anything shorter turns up by chance: six random bytes do in one of ten thousand scans of 30 MB."""

CHUNK = 1 << 18
"""Bytes that are looked through at once, and of which it is remembered what stands in them."""

PIECES = 5
PIECE = 33
"""Bytes of a picture that are looked for at `PIECES` places; divisible by three, for base64."""

VARIOUS = 20
"""Different bytes in a piece. What repeats itself (a white sheet in a JPEG) is in many files."""


@dataclass(frozen=True, slots=True)
class Canary:
    """One value that must be nowhere. `name` is what a failing test may print of it."""

    name: str
    value: str | bytes

    def needles(self) -> dict[bytes, str]:
        """What to look for, and how it is called."""
        found: dict[bytes, str] = {}
        pieces = _pieces(self.value) if isinstance(self.value, bytes) else _charsets(self.value)
        for how, raw in pieces:
            for form, needle in _forms(raw):
                if len(needle) >= SHORTEST:
                    found.setdefault(needle, f"{self.name} as {how}{form}")
        if isinstance(self.value, str):
            escaped = json.dumps(self.value)[1:-1].encode()
            for needle in (escaped, escaped.upper().replace(b"\\U", b"\\u")):
                found.setdefault(needle, f"{self.name} as JSON")
        return found


def _charsets(text: str) -> Iterator[tuple[str, bytes]]:
    for charset in CHARSETS:
        yield charset, text.encode(charset)


def _pieces(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Pieces out of the middle: heads and tables of files of one kind are alike. Of each part the most
    various one, as a plain area is so too; a part that is plain throughout has none."""
    part = len(data) // (PIECES + 2)
    for number in range(1, PIECES + 1):
        places = range(number * part, (number + 1) * part - PIECE, PIECE)
        best = max(places, key=lambda at: len(set(data[at : at + PIECE])), default=0)
        piece = data[best : best + PIECE]
        if len(set(piece)) >= VARIOUS:
            yield f"bytes from {best}", piece


def _forms(raw: bytes) -> Iterator[tuple[str, bytes]]:
    yield "", raw
    for shift in range(3):
        # Of what begins `shift` bytes after a boundary of three: only characters that hold nothing else.
        skip = (0, 2, 3)[shift]
        whole = base64.b64encode(bytes(shift) + raw)
        inside = whole[skip : len(whole) - (0 if (len(raw) + shift) % 3 == 0 else 4)]
        # Eight characters carry as much as six bytes.
        if len(inside) >= 8:
            yield f", base64 +{shift}", inside
            yield f", base64url +{shift}", inside.translate(bytes.maketrans(b"+/", b"-_"))
    yield ", hex", raw.hex().encode()
    yield ", HEX", raw.hex().upper().encode()
    every = "".join(f"%{byte:02X}" for byte in raw)
    yield ", percent", quote(raw, safe="").encode()
    yield ", percent in lower case", quote(raw, safe="").lower().encode()
    yield ", percent throughout", every.encode()
    yield ", percent throughout in lower case", every.lower().encode()


def traces(data: bytes, canaries: Iterable[Canary]) -> list[str]:
    """Which of them stand in `data`, and how."""
    return [how for canary in canaries for needle, how in canary.needles().items() if needle in data]


def files(folder: Path, without: Iterable[Path] = ()) -> Iterator[Path]:
    """Every file in `folder` but those in `without`; what is no file (a socket, a port) has no bytes."""
    left_out = tuple(without)
    for path in sorted(folder.rglob("*")):
        if (
            path.is_file()
            and not path.is_symlink()
            and not any(path.is_relative_to(each) for each in left_out)
        ):
            yield path


@dataclass(slots=True)
class Scan:
    """What a scan saw: hits by file, and how much it looked at, so that a scan of nothing shows."""

    hits: dict[str, list[str]]
    files: int = 0
    size: int = 0


class _Looker:
    """Looks for `needles`; a chunk whose bytes were looked through before is not looked through again."""

    def __init__(self, needles: Mapping[bytes, str]) -> None:
        self._needles = dict(needles)
        self._known: dict[bytes, frozenset[str]] = {}
        self.longest = max(map(len, needles))

    def found(self, data: bytes) -> frozenset[str]:
        """How what stands in `data` is called."""
        digest = hashlib.blake2b(data, digest_size=32).digest()
        if digest not in self._known:
            found = (how for needle, how in self._needles.items() if needle in data)
            self._known[digest] = frozenset(found)
        return self._known[digest]


@cache
def _looker(canaries: frozenset[Canary]) -> _Looker:
    return _Looker({needle: how for canary in canaries for needle, how in canary.needles().items()})


def scan(folders: Mapping[Path, Iterable[Path]], canaries: Iterable[Canary]) -> Scan:
    """Every file below `folders` (each with what is left out of it), its name and its bytes."""
    looker = _looker(frozenset(canaries))
    seen = Scan({})
    for folder, without in folders.items():
        for path in files(folder, without):
            found = set(looker.found(str(path.relative_to(folder)).encode()))
            with path.open("rb") as stream:
                rest = b""
                while chunk := stream.read(CHUNK):
                    seen.size += len(chunk)
                    window = rest + chunk
                    found |= looker.found(window)
                    rest = window[-looker.longest :]
            seen.files += 1
            if found:
                seen.hits[str(path)] = sorted(found)
    return seen
