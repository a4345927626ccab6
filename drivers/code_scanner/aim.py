"""AIM symbology identifiers (ISO/IEC 15424): ``]``, a letter for the symbology, a modifier."""

from __future__ import annotations

import re
from enum import StrEnum


class Symbology(StrEnum):
    """What kind of symbol was read."""

    CODE_39 = "code-39"
    CODE_93 = "code-93"
    CODE_128 = "code-128"
    CODABAR = "codabar"
    INTERLEAVED_2_OF_5 = "interleaved-2-of-5"
    EAN_UPC = "ean-upc"
    DATABAR = "databar"
    PDF417 = "pdf417"
    DATA_MATRIX = "data-matrix"
    QR_CODE = "qr-code"
    AZTEC = "aztec"
    HAN_XIN = "han-xin"


SIZE = 3
"""Bytes of an identifier."""
_SHAPE = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
_LETTERS = {
    "A": Symbology.CODE_39,
    "C": Symbology.CODE_128,
    "E": Symbology.EAN_UPC,
    "F": Symbology.CODABAR,
    "G": Symbology.CODE_93,
    "I": Symbology.INTERLEAVED_2_OF_5,
    "L": Symbology.PDF417,
    "Q": Symbology.QR_CODE,
    "d": Symbology.DATA_MATRIX,
    "e": Symbology.DATABAR,
    "h": Symbology.HAN_XIN,
    "z": Symbology.AZTEC,
}
_ECI = {Symbology.QR_CODE: "246", Symbology.DATA_MATRIX: "456"}
"""Modifiers that say: the extended channel is used, so that ``\\nnnnnn`` names an encoding and a backslash of
the text is sent twice (ISO/IEC 18004 annex F, ISO/IEC 16022 annex M; AIM ITS/04-001)."""


def is_identifier(head: bytes) -> bool:
    """Whether `head` has the form of an identifier."""
    return _SHAPE.fullmatch(head) is not None


def symbology_of(identifier: bytes) -> Symbology | None:
    """The symbology of a well-formed identifier; None for a letter that is not read here."""
    return _LETTERS.get(chr(identifier[1]))


def uses_eci(identifier: bytes) -> bool:
    """Whether the text comes with the escapes of the extended channel."""
    symbology = symbology_of(identifier)
    return symbology is not None and chr(identifier[2]) in _ECI.get(symbology, "")
