"""What stands on a paper, as text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from drivers.receipt_printer import Pair, Text
from flows import kinds
from flows.effects import PrintPaper
from flows.model import Flow
from flows.page import Column, DocumentLine, GuideView, TableBody
from kiosk.receipts import Layout
from tests.flows.items import NOTICE, RATE, RECEIPT, REVIEW, SUBMIT, field, form, item
from tests.flows.shipped import shipped
from tests.flows.world import GUIDE, World

RECEIPTS = Layout(service_name="演示", terminal="T1", place="某处", hotline="12345", demo=False)
NO_VOUCHER = "演示数据，不作凭证"
ASKED = {"income": field("amount")}
BILL = {"bill": field("option"), "amount": field("amount", locked=True)}
FILING = item(ASKED, NOTICE, form("income"), REVIEW, SUBMIT, RECEIPT, RATE, offline="queue")
MATCHING = item(
    ASKED,
    NOTICE,
    form("income"),
    kinds.Match(operation="matchPolicies", fields=("income",)),
    kinds.Print(paper="record"),
    RATE,
)
PAYING = item(
    BILL,
    NOTICE,
    kinds.Options(operation="getOptions", field="bill", title="哪一笔", none="没有"),
    kinds.Pay(bill="bill", amount="amount", methods=("qr",)),
    RECEIPT,
    RATE,
    kind="pay",
)


def words(paper: PrintPaper) -> list[str]:
    """The lines of `paper`."""
    document = RECEIPTS.document(paper, datetime(2026, 11, 27, tzinfo=UTC), "code")
    return [
        each.text if isinstance(each, Text) else f"{each.label} {each.value}"
        for each in document.blocks
        if isinstance(each, Text | Pair)
    ]


def filed(world: World) -> None:
    world.tap("next")
    world.tap("next", income="12.30")
    world.tap("next")


def matched(world: World) -> None:
    world.tap("next")
    world.tap("next", income="12.30")
    world.tap("next")


def paid(world: World) -> None:
    world.tap("next")
    world.tap("choose", choice="b1")


def guided(world: World) -> None:
    world.tap("choose", choice="civil.senior-allowance-apply")
    world.tap("next")


@pytest.mark.parametrize("sample", [True, False])
@pytest.mark.parametrize(
    ("kind", "flow", "online", "act"),
    [
        ("receipt", FILING, True, filed),
        ("slip", FILING, False, filed),
        ("record", MATCHING, True, matched),
        ("payment", PAYING, True, paid),
        ("guide", shipped()["service.item-guide"], True, guided),
    ],
    ids=["receipt", "slip", "record", "payment", "guide"],
)
def test_a_paper_of_a_sample_item_is_no_voucher(
    kind: str, flow: Flow, online: bool, act: Callable[[World], None], sample: bool
) -> None:
    world = World(flow, online=online, guide=replace(GUIDE, sample=sample))
    act(world)
    [paper] = world.asked(PrintPaper)
    assert paper.kind == kind
    assert words(paper).count(NO_VOUCHER) == sample


def guide_on_paper(guide: GuideView) -> list[str]:
    """The lines of a guide on paper."""
    return words(
        PrintPaper(id="e", kind="guide", item=guide.item, item_name=guide.name, version="1", guide=guide)
    )


def test_a_printed_guide_says_what_a_commitment_may_replace_and_what_it_is_based_on() -> None:
    documents = (
        DocumentLine(name="身份证", main=True, deferrable=False),
        DocumentLine(name="住址证明", main=False, deferrable=True, committable=True),
    )
    said = guide_on_paper(replace(GUIDE, documents=documents, legal_basis=("某某办法第三条", "某某通知")))
    assert "1. 身份证（主要）" in said
    assert "2. 住址证明（次要，可后补，可以用承诺书代替）" in said
    at = said.index("依据")
    assert said[at + 1 : at + 3] == ["1. 某某办法第三条", "2. 某某通知"]
    assert "依据" not in guide_on_paper(GUIDE)


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
    assert "这是 3 小时前保存的内容" in words(paper)
