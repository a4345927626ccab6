"""A certificate on one page of A4: text in an embedded font subset, a seal that is nobody's, a QR.

Every page says 演示数据 across it, and the seal says that it is none: no paper of the sandbox can be
taken for one of an agency.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import qrcode
from fontTools.ttLib import TTCollection
from fpdf import FPDF

_ROOT = Path("/usr/share/fonts")
_FONT = "NotoSansCJK-Regular.ttc"
_FACE = "Noto Sans CJK SC"
_RARE = ("HanaMinA.ttf", "HanaMinB.ttf")
"""Debian `fonts-noto-cjk` (SIL OFL 1.1), and `fonts-hanazono` for names that it lacks characters of."""
_RED = (200, 30, 30)
_GREY = (120, 120, 120)
_LEFT, _WIDTH = 20.0, 170.0
"""Millimetres; the page is 210 wide."""
_LINE = 8.0
MOST_ROWS = 14


@dataclass(frozen=True)
class Certificate:
    """What stands on it. `table` is the contract's Table, and a `purpose` where somebody said one."""

    title: str
    issuer: str
    name: str
    id_number: str
    issued_on: date
    code: str
    print_number: int
    table: Mapping[str, Any]


@cache
def _font(name: str) -> Path:
    """Where Debian keeps it. Raises FileNotFoundError that names the file."""
    found = next(iter(sorted(_ROOT.rglob(name))), None)
    if found is None:
        raise FileNotFoundError(f"{name} is not under {_ROOT}: `make setup-demo` says which package has it")
    return found


@cache
def _face() -> tuple[int, frozenset[int]]:
    """The place of the simplified Chinese face in the collection, and the characters that it has."""
    fonts = TTCollection(_font(_FONT), lazy=True).fonts
    place = next(place for place, font in enumerate(fonts) if font["name"].getDebugName(1) == _FACE)
    return place, frozenset(fonts[place].getBestCmap())


def _is_rare(certificate: Certificate) -> bool:
    """Whether it has a character for which a second font is needed; to read those takes a second."""
    said = (certificate.title, certificate.issuer, certificate.name, certificate.id_number, certificate.table)
    return not {ord(character) for character in repr(said)} <= _face()[1]


def _text(value: Any, kind: str) -> str:
    if value is None:
        return ""
    return f"{value / 100:.2f}" if kind == "money" and isinstance(value, int) else str(value)


def _fitted(pdf: FPDF, text: str, width: float) -> str:
    """Cut to the width of its cell, with … where something is missing."""
    if pdf.get_string_width(text) <= width:
        return text
    while text and pdf.get_string_width(text + "…") > width:
        text = text[:-1]
    return text + "…"


def draw(certificate: Certificate) -> bytes:
    """The PDF; the same certificate and number give the same bytes."""
    pdf = FPDF(format="A4", unit="mm")
    pdf.set_auto_page_break(False)
    pdf.set_creation_date(datetime.combine(certificate.issued_on, time(), UTC))
    pdf.set_title(f"{certificate.title}（演示数据）")
    pdf.set_lang("zh-CN")
    pdf.add_font("text", fname=_font(_FONT), collection_font_number=_face()[0])
    if _is_rare(certificate):
        for name in _RARE:
            pdf.add_font(name, fname=_font(name))
        pdf.set_fallback_fonts(list(_RARE))
    pdf.add_page()
    _mark(pdf)
    _head(pdf, certificate)
    _table(pdf, certificate.table)
    _foot(pdf, certificate)
    _seal(pdf)
    return bytes(pdf.output())


def _mark(pdf: FPDF) -> None:
    pdf.set_font("text", size=64)
    pdf.set_text_color(228, 228, 228)
    for x, y in ((40, 110), (70, 190), (40, 265)):
        with pdf.rotation(30, x, y):
            pdf.text(x, y, "演示数据")
    pdf.set_text_color(0, 0, 0)


def _head(pdf: FPDF, certificate: Certificate) -> None:
    pdf.set_xy(_LEFT, 22)
    pdf.set_font("text", size=20)
    pdf.cell(_WIDTH, 12, _fitted(pdf, certificate.title, _WIDTH), align="C")
    pdf.set_xy(_LEFT, 35)
    pdf.set_font("text", size=11)
    pdf.set_text_color(*_RED)
    pdf.cell(_WIDTH, 7, "演示数据，不是真实证明，没有任何效力", align="C")
    pdf.set_text_color(0, 0, 0)
    pdf.set_font("text", size=12)
    lines = [
        ("姓名", certificate.name),
        ("证件号码", certificate.id_number),
        ("出具单位", certificate.issuer),
    ]
    if "purpose" in certificate.table:
        lines.append(("用途", certificate.table["purpose"]))
    for row, (label, text) in enumerate(lines):
        pdf.set_xy(_LEFT, 47 + row * 7.5)
        pdf.cell(28, 7.5, label)
        pdf.cell(_WIDTH - 28, 7.5, _fitted(pdf, text, _WIDTH - 30))


def _widths(pdf: FPDF, lines: list[list[str]]) -> list[float]:
    """How wide each column has to be, in the smallest type that is needed to fit them; then cut."""
    for size in (9.0, 8.0, 7.0, 6.0):
        pdf.set_font("text", size=size)
        widths = [
            max(pdf.get_string_width(cell) for cell in column) + 4 for column in zip(*lines, strict=True)
        ]
        if sum(widths) <= _WIDTH:
            break
    return [width * _WIDTH / sum(widths) for width in widths]


def _table(pdf: FPDF, table: Mapping[str, Any]) -> None:
    columns = table["columns"]
    top = 86.0
    pdf.set_font("text", size=9)
    pdf.set_xy(_LEFT, top - _LINE)
    pdf.cell(_WIDTH, _LINE, _fitted(pdf, table.get("title", ""), _WIDTH))
    lines = [[column["label"] for column in columns]]
    lines += [
        [_text(row.get(column["key"]), column.get("kind", "text")) for column in columns]
        for row in table["rows"][:MOST_ROWS]
    ]
    widths = _widths(pdf, lines)
    for number, cells in enumerate(lines):
        pdf.set_xy(_LEFT, top + number * _LINE)
        for cell, width in zip(cells, widths, strict=True):
            pdf.cell(width, _LINE, _fitted(pdf, cell, width - 2.5), border=1)
    left_out = len(table["rows"]) - MOST_ROWS
    if left_out > 0:
        pdf.set_xy(_LEFT, top + len(lines) * _LINE)
        pdf.cell(_WIDTH, _LINE, f"另有 {left_out} 行没有列出")


def _foot(pdf: FPDF, certificate: Certificate) -> None:
    drawn = io.BytesIO()
    code = qrcode.QRCode(border=2, box_size=8)
    code.add_data(certificate.code)
    code.make(fit=True)
    code.make_image().save(drawn)
    pdf.image(drawn, _LEFT, 222, 34, 34)
    pdf.set_font("text", size=11)
    for row, text in enumerate(
        (
            f"验证码 {certificate.code}",
            "在任一自助终端选“证明核验”，扫码或输入验证码",
            f"出具日期 {certificate.issued_on.isoformat()}",
            f"第 {certificate.print_number} 次打印",
        )
    ):
        pdf.set_xy(_LEFT + 38, 223 + row * _LINE)
        pdf.cell(90, _LINE, text)
    pdf.set_xy(_LEFT, 275)
    pdf.set_font("text", size=9)
    pdf.set_text_color(*_GREY)
    pdf.cell(_WIDTH, 6, "本页由演示系统生成，人物、单位和数据都是虚构的", align="C")
    pdf.set_text_color(0, 0, 0)


def _seal(pdf: FPDF) -> None:
    """A square, which no agency's seal is, and in it that it is none."""
    x, y, side = 152.0, 216.0, 34.0
    pdf.set_draw_color(*_RED)
    pdf.set_text_color(*_RED)
    pdf.set_line_width(1.0)
    pdf.rect(x, y, side, side)
    pdf.set_line_width(0.3)
    pdf.line(x, y, x + side, y + side)
    for row, (text, size) in enumerate((("演示专用", 15), ("并非印章", 15), ("无效", 15))):
        pdf.set_font("text", size=size)
        pdf.set_xy(x, y + 3 + row * 9.5)
        pdf.cell(side, 9, text, align="C")
    pdf.set_draw_color(0, 0, 0)
    pdf.set_text_color(0, 0, 0)
    pdf.set_line_width(0.2)
