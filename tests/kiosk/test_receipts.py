"""What stands on a paper, as text."""

from __future__ import annotations

from datetime import UTC, datetime

from drivers.receipt_printer import Text
from flows.effects import PrintPaper
from flows.page import Column, TableBody
from kiosk.receipts import Layout


def test_a_kept_list_says_on_paper_too_how_old_it_is() -> None:
    paper = PrintPaper(
        id="e",
        kind="record",
        item="civil.nursing-home-query",
        item_name="养老机构查询",
        version="1",
        table=TableBody(
            title="",
            columns=(Column(label="养老机构"),),
            rows=(("演示和平养老院",),),
            note="这是 3 小时前保存的内容",
        ),
    )
    receipts = Layout(service_name="演示", terminal="T1", place="某处", hotline="12345", demo=False)
    document = receipts.document(paper, datetime(2026, 11, 27, tzinfo=UTC), "code")
    words = [block.text for block in document.blocks if isinstance(block, Text)]
    assert "这是 3 小时前保存的内容" in words
