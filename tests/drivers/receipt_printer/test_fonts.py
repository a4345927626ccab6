"""The font chain: opened late, and covering what the documentation says."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from drivers.receipt_printer.fonts import CHAIN, FontChain, system_fonts

DOCS = Path("docs/drivers/receipt-printer.md")

# Blocks of CJK ideographs: assigned code points of Unicode 15.1, as ranges.
HAN = {
    "CJK Unified Ideographs": [(0x4E00, 0x9FFF)],
    "Extension A": [(0x3400, 0x4DBF)],
    "Extension B": [(0x20000, 0x2A6DF)],
    "Extension C": [(0x2A700, 0x2B739)],
    "Extension D": [(0x2B740, 0x2B81D)],
    "Extension E": [(0x2B820, 0x2CEA1)],
    "Extension F": [(0x2CEB0, 0x2EBE0)],
    "Extension G": [(0x30000, 0x3134A)],
    "Extension H": [(0x31350, 0x323AF)],
    "Extension I": [(0x2EBF0, 0x2EE5D)],
}

# GB 18030-2022, implementation level 3: the ideographs (87,887 of them).
LEVEL_3 = [
    (0x4E00, 0x9FEF),
    (0x3400, 0x4DB5),
    (0x20000, 0x2A6D6),
    (0x2A700, 0x2B734),
    (0x2B740, 0x2B81D),
    (0x2B820, 0x2CEA1),
    (0x2CEB0, 0x2EBE0),
    # the twelve unified ideographs among the compatibility ones
    *((code, code) for code in (0xFA0E, 0xFA0F, 0xFA11, 0xFA13, 0xFA14, 0xFA1F)),
    *((code, code) for code in (0xFA21, 0xFA23, 0xFA24, 0xFA27, 0xFA28, 0xFA29)),
]

# Level 1: what the double-byte part holds and level 3's ideographs of the BMP.
LEVEL_1 = LEVEL_3[:2] + LEVEL_3[7:]


def codes(ranges: list[tuple[int, int]]) -> list[int]:
    return [code for first, last in ranges for code in range(first, last + 1)]


def covered(ranges: list[tuple[int, int]]) -> tuple[int, int]:
    found = codes(ranges)
    return sum(system_fonts().covers(chr(code)) for code in found), len(found)


def double_byte() -> list[int]:
    """Characters of the double-byte part, private use aside."""
    found = set()
    for lead in range(0x81, 0xFF):
        for trail in (*range(0x40, 0x7F), *range(0x80, 0xFF)):
            char = bytes((lead, trail)).decode("gb18030", "replace")
            if len(char) == 1 and char != "\ufffd" and unicodedata.category(char) != "Co":
                found.add(ord(char))
    return sorted(found)


def documented() -> dict[str, tuple[int, int]]:
    rows = re.findall(r"^\| ([^|]+?) \| ([\d,]+) \| ([\d,]+) \|", DOCS.read_text("utf-8"), re.MULTILINE)
    return {name: (int(have.replace(",", "")), int(all_.replace(",", ""))) for name, have, all_ in rows}


@pytest.mark.parametrize("name", HAN)
def test_coverage_is_what_the_documentation_says(name: str) -> None:
    assert documented()[name] == covered(HAN[name])


def test_gb_18030_coverage_is_what_the_documentation_says() -> None:
    assert len(codes(LEVEL_3)) == 87_887
    assert documented()["GB 18030-2022 level 3, ideographs"] == covered(LEVEL_3)
    assert documented()["GB 18030-2022 level 1, ideographs"] == covered(LEVEL_1)
    found = double_byte()
    have = sum(system_fonts().covers(chr(code)) for code in found)
    assert documented()["GB 18030 double-byte part, all characters"] == (have, len(found))


def test_a_font_is_opened_at_the_first_character_the_ones_before_lack() -> None:
    chain = FontChain()
    assert not chain.missing, "the project installs these fonts"
    assert chain.covers("张")
    assert [font._codes is None for font in chain.fonts] == [False, True, True]
    assert chain.covers("𪚥")  # HanaMinA has it already
    assert [font._codes is None for font in chain.fonts] == [False, False, True]


def test_private_use_has_no_glyph_whatever_a_font_draws_there() -> None:
    assert not system_fonts().covers("\ue000")


def test_half_width_is_half_of_an_ideograph() -> None:
    """So that a line drawn by us keeps the printer's columns."""
    face = system_fonts().fonts[0].face(24)
    assert (face.getlength("A"), face.getlength("张")) == (12.0, 24.0)


def test_what_is_missing_is_named_by_its_package(tmp_path: Path) -> None:
    chain = FontChain(roots=[tmp_path])
    assert chain.fonts == ()
    assert set(chain.missing) == {spec.package for spec in CHAIN} == {"fonts-noto-cjk", "fonts-hanazono"}
    assert not chain.covers("张")
