"""From a code's bytes to one line of plain text, or the reason why it is none. Pure.

The encoding is decided strictly and in this order: UTF-8, GB18030, Latin-1, each whole or not at all. ASCII
is the same in all three. What is valid as UTF-8 is hardly ever meant as anything else; what is valid as
GB18030 may be meant as Latin-1, and is read as Chinese all the same, for this is a terminal in China. Where
the symbol itself names its encoding (ECI), that one holds and no other.
"""

from __future__ import annotations

import re
import unicodedata

from drivers.code_scanner.aim import SIZE, Symbology, is_identifier, symbology_of, uses_eci
from drivers.code_scanner.events import CodeRead, CodeUnreadable, UnreadableReason
from drivers.code_scanner.raw import Raw

_ECI = re.compile(rb"\\([0-9]{6})")
_ECI_ENCODINGS = {3: "latin-1", 26: "utf-8", 27: "ascii", 32: "gb18030"}
"""ECI assignments that are read: 000003 ISO/IEC 8859-1, 000026 UTF-8, 000027 ASCII, 000032 GB18030."""
_IN_ORDER = ("utf-8", "gb18030", "latin-1")
_CONTROLS = frozenset({"Cc", "Zl", "Zp"})
_HIDDEN = frozenset({"Cf", "Cs", "Co", "Cn"})
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5")
"""Letters and marks that show nothing (Hangul fillers, Braille blank, grapheme joiner, Khmer inherents)."""


class _Unreadable(Exception):  # noqa: N818 - on its way to `read`
    def __init__(self, reason: UnreadableReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def read(raw: Raw, *, identified: bool) -> CodeRead | CodeUnreadable:
    """What `raw` says. `identified`: its body must begin with an AIM identifier."""
    if raw.reason is not None:
        return CodeUnreadable(raw.reason)
    aim, body = raw.aim, raw.body
    if identified:
        aim, body = body[:SIZE], body[SIZE:]
    try:
        symbology = _symbology(aim) if aim or identified else None
        return CodeRead(_plain(_decoded(body, eci=bool(aim) and uses_eci(aim))), symbology)
    except _Unreadable as error:
        return CodeUnreadable(error.reason)


def _symbology(aim: bytes) -> Symbology:
    if not is_identifier(aim):
        raise _Unreadable(UnreadableReason.NO_SYMBOLOGY)
    symbology = symbology_of(aim)
    if symbology is None:
        raise _Unreadable(UnreadableReason.OTHER_SYMBOLOGY)
    return symbology


def _decoded(body: bytes, *, eci: bool) -> str:
    if eci and b"\\" in body:
        return _by_eci(body)
    for encoding in _IN_ORDER:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("Latin-1 has a character for every byte")


def _by_eci(body: bytes) -> str:
    """One ECI at most, and at the beginning: a code that changes its encoding half-way is none of ours."""
    encodings: tuple[str, ...] = _IN_ORDER
    if found := _ECI.match(body):
        named = _ECI_ENCODINGS.get(int(found[1]))
        if named is None:
            raise _Unreadable(UnreadableReason.OTHER_ENCODING)
        encodings, body = (named,), body[found.end() :]
    if body.replace(b"\\\\", b"").count(b"\\"):
        raise _Unreadable(UnreadableReason.OTHER_ENCODING)
    body = body.replace(b"\\\\", b"\\")
    for encoding in encodings:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _Unreadable(UnreadableReason.NOT_TEXT)


def _plain(text: str) -> str:
    """`text`, when every character of it is to be seen, and there is one."""
    kinds = {unicodedata.category(character) for character in text}
    if kinds & _CONTROLS:
        raise _Unreadable(UnreadableReason.CONTROL_CHARACTERS)
    if kinds & _HIDDEN or _BLANK_LETTERS & set(text):
        raise _Unreadable(UnreadableReason.HIDDEN_CHARACTERS)
    if not text.strip():
        raise _Unreadable(UnreadableReason.NOT_TEXT)
    return text
