"""The corpus: more than 30,000 characters and 2,000 receipts, and an eye that does not know the driver.

Sets of characters and widths are those that printers are sold with: a profile for each of the eight.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops, ImageDraw, ImageFont

from drivers.receipt_printer import (
    Block,
    Charset,
    Document,
    Feed,
    Pair,
    Profile,
    Qr,
    Rule,
    Text,
    load_profile,
)
from drivers.receipt_printer.encoder import encode
from drivers.receipt_printer.fonts import system_fonts
from drivers.receipt_printer.replacements import REPLACEMENTS
from drivers.receipt_printer.simulator import rom
from drivers.receipt_printer.simulator.machine import Model
from drivers.receipt_printer.simulator.paper import Piece
from tests.drivers.receipt_printer.world import on_paper

CHARSETS = (Charset.GB2312, Charset.GBK, Charset.GB18030_2BYTE, Charset.GB18030)
PRINTERS = list(product(CHARSETS, (576, 384)))
"""Four sets of characters on two widths, in dots."""

GLYPH, MARGIN = 24, 12
"""Dots of an ideograph, and rows above and below it in which a font may draw."""
_DOWN = sorted(range(-6, 7), key=abs)


def profile_of(charset: Charset, dots: int) -> Profile:
    """A printer that has this font and this paper."""
    base = load_profile("generic-80mm-gb18030" if dots == 576 else "generic-58mm-gb18030")
    return msgspec.structs.replace(base, charset=charset)


def printed(document: Document, charset: Charset, dots: int) -> Piece:
    """The document on the paper of a simulated printer that has this font and this paper, and no other."""
    job = encode(document, profile_of(charset, dots), system_fonts())
    return on_paper(bytes(job.data), Model(width=dots, charset=str(charset), has_cutter=dots == 576))


# The characters.


@cache
def characters() -> str:
    """GB 18030's two-byte part, Extension A, and one in ten of Extensions B to F; two cells each.

    Left out is what a receipt shows as another character, on purpose (`replacements`), and what no font has,
    which comes out as its code point in a frame (`test_fonts`).
    """
    double = [chr(code) for code in range(0xA1, 0x10000) if _two_bytes(chr(code))]
    rare = [chr(code) for code in range(0x3400, 0x4DC0) if not _two_bytes(chr(code))]
    rarer = [chr(code) for code in range(0x20000, 0x2EBE1, 10) if unicodedata.category(chr(code)) == "Lo"]
    drawn = frozenset().union(*(codes for codes, _, _ in _faces()))
    codes = map(ord, (*double, *rare, *rarer))
    return "".join(chr(code) for code in codes if code in drawn and code not in REPLACEMENTS)


def _two_bytes(char: str) -> bool:
    if unicodedata.category(char)[0] not in "LNPS" or unicodedata.east_asian_width(char) not in "WFA":
        return False
    return len(char.encode("gb18030")) == 2


def sheets(text: str, dots: int, lines: int = 40) -> Iterator[list[str]]:
    """Full lines of the characters, so many on a sheet."""
    across = dots // GLYPH
    rows = [text[start : start + across] for start in range(0, len(text), across)]
    return (rows[start : start + lines] for start in range(0, len(rows), lines))


def misprints(rows: Sequence[str], piece: Piece) -> list[str]:
    """Those characters of `rows`, one a line of the paper, that did not come out as themselves."""
    items: list[dict[str, Any]] = piece.report["items"]
    assert len(items) == len(rows), "a line was wrapped, or is missing"
    wrong: list[str] = []
    for row, item in zip(rows, items, strict=True):
        if item["kind"] == "text":
            wrong += [
                char for char, came in zip(row, item["text"].ljust(len(row)), strict=True) if char != came
            ]
        else:
            wrong += [char for at, char in enumerate(row) if not _shows(piece.image, item["top"], at, char)]
    return wrong


def _shows(paper: Image.Image, top: int, at: int, char: str) -> bool:
    """Whether the dots of a cell are those of `char`, drawn here from the fonts: a dot aside, and as many
    rows up or down as its ink stands above or below the line."""
    cell = paper.crop((GLYPH * at, top, GLYPH * (at + 1), top + GLYPH))
    seen, meant = _bits(ImageChops.invert(cell)) << GLYPH * MARGIN, _meant(char)
    moves = ((down, right) for down in _DOWN for right in (0, -1, 1))
    return any(_alike(_moved(seen, down, right), meant) for down, right in moves)


def _alike(one: int, other: int) -> bool:
    """More ink in common than not: two characters that differ share a quarter."""
    return 5 * (one & other).bit_count() >= 3 * (one | other).bit_count() > 0


def _moved(bits: int, down: int, right: int) -> int:
    by = GLYPH * down + right
    return bits >> by if by >= 0 else bits << -by


def _bits(ink: Image.Image) -> int:
    return int.from_bytes(ink.convert("L").point([0] * 128 + [255] * 128, "1").tobytes(), "big")


@cache
def _faces() -> list[tuple[frozenset[int], ImageFont.FreeTypeFont, int]]:
    """Each font: the code points it has, its face, and the grey from which a dot is black."""
    found = []
    hana = sorted(Path("/usr/share/fonts").rglob("HanaMin?.ttf"))
    for file, index, black in [(rom.FONT, 7, 112), *((each, 0, 72) for each in hana)]:
        with TTFont(file, fontNumber=index, lazy=True) as font:
            codes = frozenset(font.getBestCmap())
        found.append((codes, ImageFont.truetype(str(file), GLYPH, index=index), black))
    return found


@cache
def _meant(char: str) -> int:
    """The dots of `char`; 0 where no font has it."""
    for codes, face, black in _faces():
        if ord(char) in codes:
            grey = Image.new("L", (GLYPH, GLYPH + 2 * MARGIN), 0)
            ImageDraw.Draw(grey).text((GLYPH / 2, MARGIN + 21), char, fill=255, font=face, anchor="ms")
            return int.from_bytes(grey.point([0] * black + [255] * (256 - black), "1").tobytes(), "big")
    return 0


# The receipts.

_SURNAMES = "王李张刘陈杨赵黄周吴欧阳司马诸葛尉迟镕喆堃龑䶮㐂𠮷"
_LABELS = (
    "申请人",
    "受理时间",
    "受理单位",
    "办件编号",
    "联系电话",
    "费用",
    "备注",
    "终端",
    "承诺时限（工作日）",
)
_WORDS = (
    "15个工作日内审核，结果以短信告知；也可凭办件编号查询。",
    "网络恢复后自动提交，受理后短信告知。",
    "请于2026-01-07 10:32前到“综合窗口”——或拨打12345。",
    "补正材料：（一）户口簿；（二）收养登记证……",
    "Contact: window No. 3, open 08:30-17:30 (Mon-Fri), e-mail wsdt@example.test",
    "GB/T 2260 120101；面积120.50㎡，温度−5℃，占比0.35‰",
)
_PEOPLE = ("阿依古丽·买买提", "次仁·卓玛", "José Pérez-Núñez", "Nguyễn Thị Ánh", "Ünal Şahin", "o'Brien")


def receipt(number: int) -> Document:
    """One of 2,000: as a department might have it, filled in as people are called."""
    random = Random(number)
    blocks: list[Block] = [
        Text("城市政务服务", "center", 2, bold=True),
        Text(random.choice(("自助终端受理回执", "暂存单", "缴费凭证")), "center", random.choice((1, 2, 3))),
        Rule(),
    ]
    for label in random.sample(_LABELS, random.randint(3, 7)):
        blocks.append(Pair(label, _value(label, random)))
    blocks += [Rule(), Text(random.choice(_WORDS)), Text(random.choice(_WORDS), "right", bold=True), Feed()]
    if number % 5 == 0:
        blocks.append(Qr("TJR1." + "".join(random.choices("aZ09-_", k=random.randint(20, 160)))))
    return Document(tuple(blocks))


def _value(label: str, random: Random) -> str:
    if label == "申请人":
        name = "".join(random.choice(_SURNAMES) for _ in range(random.randint(2, 4)))
        return random.choice((name, name, random.choice(_PEOPLE)))
    if label in ("受理单位", "备注"):
        return "".join(random.choice(characters()) for _ in range(random.randint(0, 3))) + random.choice(
            _WORDS
        )
    if label == "费用":
        return f"¥{random.randint(0, 99999) / 100:.2f}"
    return str(random.randint(10**8, 10**14))


def faults(piece: Piece, document: Document, dots: int) -> list[str]:
    """What is wrong with a receipt on paper, as far as the machine that printed it can tell."""
    report, texts = piece.report, [item for item in piece.report["items"] if item["kind"] == "text"]
    source = "".join(str(part) for block in document.blocks for part in _texts(block))
    shown = source.translate(REPLACEMENTS)
    meant = frozenset(shown) | frozenset(unicodedata.normalize("NFC", shown)) | frozenset(" ─-")
    found = [f"not of the document: {char!r}" for item in texts for char in item["text"] if char not in meant]
    found += [f"garbled: {code}" for code in report["garbled"]]
    found += [
        f"over the width: {item['text']!r}" for item in texts if item["overflow"] or item["dots"] > dots
    ]
    found += [f"over the width: {item['kind']}" for item in report["items"] if item["overflow"]]
    found += [f"?: {item['text']!r}" for item in texts if "?" in item["text"]]
    found += [name for name in report["commands"] if name.startswith(("unknown", "stray", "DLE"))]
    return found


def _texts(block: Block) -> tuple[str, ...]:
    match block:
        case Text():
            return (block.text,)
        case Pair():
            return (block.label, block.value)
    return ()
