"""How paper looks: wordmark, item, number, what happens next, date, terminal, hotline, QR (look.md, "Paper").

A slip says 暂存 in the largest type on the paper, and never 已受理.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from drivers.receipt_printer import Block, Document, Feed, Pair, Qr, Rule, Text
from flows.effects import PrintPaper
from flows.page import GuideView, TableBody
from kiosk.desks.desk import CHINA
from kiosk.receipt_code import PaperCode, PaperKind

QR_WORDS = "扫码内容由本终端签名，可核验真伪"


class Layout:
    """Lays out one terminal's paper."""

    def __init__(
        self, *, service_name: str, terminal: str, place: str, hotline: str, demo: bool = False
    ) -> None:
        self._service_name = service_name
        self._terminal = terminal
        self._place = place
        self._hotline = hotline
        self._demo = demo

    def document(self, paper: PrintPaper, at: datetime, code: str) -> Document:
        """The whole paper; `code` is the signed text of the QR."""
        return Document(blocks=tuple(self._blocks(paper, at, code)))

    def _blocks(self, paper: PrintPaper, at: datetime, code: str) -> Iterator[Block]:
        yield Text(self._service_name, align="center", bold=True)
        yield Rule()
        yield from _head(paper)
        yield from (Pair(label, value) for label, value in paper.lines)
        if paper.table is not None:
            yield from _table(paper.table)
        if paper.guide is not None:
            yield from _guide(paper.guide)
        if paper.notes:
            yield Rule()
            yield from (Text(f"· {note}") for note in paper.notes)
        yield Rule()
        yield Pair("时间", at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S"))
        yield Pair("终端", self._terminal)
        yield Pair("地点", self._place)
        yield Pair("咨询", f"拨打 {self._hotline}")
        yield Pair("事项版本", paper.version)
        if paper.sample or self._demo:
            yield Text("演示数据，不作凭证", align="center")
        yield Feed(1)
        yield Qr(code, size=5)
        yield Text(QR_WORDS, align="center")


_TITLES = {
    "receipt": "办理回执",
    "slip": "暂存",
    "record": "查询记录",
    "guide": "办事指南",
    "payment": "缴费凭条",
    "appointment": "预约凭条",
}


def _head(paper: PrintPaper) -> Iterator[Block]:
    """What it is, and its number, large."""
    yield Text(_TITLES[paper.kind], align="center", size=3 if paper.kind == "slip" else 2, bold=True)
    if paper.kind == "slip":
        yield Text("平台还没有答复，以平台受理为准", align="center", bold=True)
    yield Text(paper.item_name, bold=True)
    if paper.number:
        yield Text(paper.number_label or ("暂存单号" if paper.kind == "slip" else "办件编号"))
        yield Text(paper.number, size=1 if len(paper.number) > 20 else 2, bold=True)


def _table(table: TableBody) -> Iterator[Block]:
    """Each row a block: narrow paper has no room for columns."""
    if table.title:
        yield Rule()
        yield Text(table.title, bold=True)
    for row in table.rows:
        yield Rule()
        for column, cell in zip(table.columns, row, strict=True):
            yield Pair(column.label, cell)
    if table.as_of:
        yield Text(f"数据截至 {table.as_of}")
    if table.note:
        yield Text(table.note)


def _guide(guide: GuideView) -> Iterator[Block]:
    """Conditions, documents, fee, time, where to ask, and what it is based on."""
    yield Text(guide.name, bold=True)
    if guide.age:
        yield Text(guide.age)
    if guide.conditions:
        yield Text("办理条件", bold=True)
        yield from (Text(f"{n}. {each}") for n, each in enumerate(guide.conditions, start=1))
    if guide.documents:
        yield Text("要带的材料", bold=True)
        for n, each in enumerate(guide.documents, start=1):
            later = "，可后补" if each.deferrable else ""
            promise = "，可以用承诺书代替" if each.committable else ""
            yield Text(f"{n}. {each.name}（{'主要' if each.main else '次要'}{later}{promise}）")
    yield Pair("费用", guide.fee)
    yield Pair("时限", guide.days)
    if guide.office:
        yield Pair("办理部门", guide.office)
    if guide.hotline:
        yield Pair("电话", guide.hotline)
    if guide.legal_basis:
        yield Text("依据", bold=True)
        yield from (Text(f"{n}. {each}") for n, each in enumerate(guide.legal_basis, start=1))


def code_of(paper: PrintPaper, at: datetime, terminal: str) -> PaperCode:
    """What the paper's QR says."""
    return PaperCode(
        kind=PaperKind(paper.kind),
        item=paper.item,
        flow_version=paper.version,
        number=paper.number,
        at=at,
        terminal=terminal,
    )
