"""一件事: asked once, filed together, told one by one."""

from __future__ import annotations

import pytest

from flows import kinds
from flows.bodies import BundleBody, DocumentsBody
from flows.effects import PrintPaper, Submit
from flows.events import Accepted, ChildFiled, Stored
from flows.kinds import Child, Document
from flows.page import FormBody, ResultBody, ReviewBody
from tests.flows.items import RATE, RECEIPT, REVIEW, SUBMIT, field, form, item
from tests.flows.world import PERSON, PICTURE, SLIP, World

FIELDS = {"address": field("text", label="地址"), "meter": field("ascii", label="表号")}
PAPERS = kinds.Documents(
    title="材料", documents=(Document(role="plan", name="图", importance="secondary", needed=True),)
)
BUNDLE = item(
    FIELDS,
    kinds.Bundle(
        title="哪几项",
        children=(
            Child(item="a.power", name="用电", fields=("address",), needed=False),
            Child(item="a.water", name="用水", fields=("address",)),
            Child(
                item="a.gas",
                name="用气",
                fields=("address", "meter"),
                documents=("plan",),
                after=("a.power",),
                needed=False,
            ),
        ),
    ),
    form("address", "meter"),
    PAPERS,
    REVIEW,
    SUBMIT,
    RECEIPT,
    RATE,
    kind="one-thing",
    identity="card",
)


def wanted(world: World) -> dict[str, bool]:
    body = world.page.body
    assert isinstance(body, BundleBody)
    return {row.item: row.wanted for row in body.rows}


def without_gas() -> World:
    world = World(BUNDLE, person=PERSON)
    world.tap("drop:a.gas")
    world.tap("next")
    world.tap("next", address="某路 1 号")
    return world


def test_what_comes_after_a_dropped_one_is_dropped_with_it_and_comes_back_with_what_it_needs() -> None:
    world = World(BUNDLE, person=PERSON)
    world.tap("drop:a.power")
    assert wanted(world) == {"a.power": False, "a.water": True, "a.gas": False}
    world.tap("want:a.gas")
    assert wanted(world) == {"a.power": True, "a.water": True, "a.gas": True}
    world.tap("drop:a.water")
    assert wanted(world)["a.water"], "a needed one is not dropped"


def test_nothing_is_asked_that_only_a_dropped_one_takes() -> None:
    world = World(BUNDLE, person=PERSON)
    world.tap("drop:a.gas")
    world.tap("next")
    body = world.page.body
    assert isinstance(body, FormBody)
    assert [each.name for each in body.inputs] == ["address"]
    world.tap("next", address="某路 1 号")
    assert isinstance(world.page.body, ReviewBody), "its document is not asked for either"


def test_one_application_carries_each_item_with_what_it_takes() -> None:
    world = without_gas()
    world.tap("next")
    body = world.asked(Submit)[0].body
    assert [child["item"] for child in body["children"]] == ["a.power", "a.water"]
    assert all(set(child["fields"]) == {"address"} for child in body["children"])
    assert body["identity"]["method"] == body["children"][0]["identity"]["method"] == "id-card"


def test_one_more_wanted_at_the_review_is_asked_for_before_it_comes_back() -> None:
    world = without_gas()
    review = world.page.body
    assert isinstance(review, ReviewBody)
    [row] = [row for row in review.rows if row.label == "一起办的事项"]
    assert row.shown == "用电、用水"
    world.tap(row.change)
    world.tap("want:a.gas")
    world.tap("next")
    body = world.page.body
    assert isinstance(body, FormBody)
    assert "meter" in {each.name for each in body.inputs}
    world.tap("next", address="某路 1 号", meter="M-1")
    assert isinstance(world.page.body, DocumentsBody)


@pytest.mark.parametrize("documents", [("plan",), ()])
def test_partial_failure_tells_every_reason_and_how_to_finish_it_on_page_and_paper(
    documents: tuple[str, ...],
) -> None:
    world = without_gas()
    world.hold.add(Submit)
    world.tap("next")
    [submit] = world.asked(Submit)
    world.tell(Stored(effect=submit.id, slip=SLIP))
    children = (
        ChildFiled(item="a.power", case_no="TJ-1", state="accepted"),
        ChildFiled(
            item="a.water",
            case_no="TJ-2",
            state="refused",
            reasons=("缺图", "地址不全"),
            documents=documents,
        ),
    )
    world.tell(Accepted(effect=submit.id, slip=SLIP, case_no="TJ-0", state="accepted", children=children))
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert (body.state, world.page.title) == ("partial", "有的事项没有受理")
    assert [(part.name, part.state, part.number) for part in body.parts] == [
        ("用电", "accepted", "TJ-1"),
        ("用水", "refused", "TJ-2"),
    ]
    assert body.parts[1].lines == ("缺图", "地址不全")
    [paper] = world.asked(PrintPaper)
    for said in (body.lines, paper.notes):
        assert any("容缺材料补正提交" in line for line in said) == bool(documents)
        assert any("重新单独办这一项" in line for line in said) != bool(documents)
    assert ("用水", "没有受理 TJ-2") in paper.lines
    assert "用水：缺图" in paper.notes


def test_where_nothing_was_accepted_nothing_is_called_accepted() -> None:
    world = without_gas()
    world.hold.add(Submit)
    world.tap("next")
    [submit] = world.asked(Submit)
    children = (ChildFiled(item="a.power", case_no="", state="refused", reasons=("关闭",)),)
    world.tell(Accepted(effect=submit.id, slip=SLIP, case_no="TJ-0", state="accepted", children=children))
    assert world.page.title == "各事项都没有受理"


CHOICE = item(
    FIELDS,
    kinds.Bundle(
        title="哪几项",
        children=(
            Child(item="a.card", name="办卡", fields=("meter",), documents=("photo",), needed=False),
            Child(item="a.water", name="用水", fields=("address",), needed=False),
        ),
    ),
    form("address", "meter"),
    kinds.Photo(title="照片"),
    REVIEW,
    SUBMIT,
    RECEIPT,
    RATE,
    kind="one-thing",
    identity="card",
)


def test_nothing_chosen_is_said_on_the_page_and_never_filed() -> None:
    world = World(CHOICE, person=PERSON)
    world.tap("drop:a.card")
    world.tap("drop:a.water")
    world.tap("next")
    body = world.page.body
    assert isinstance(body, BundleBody)
    assert body.error == "请至少选一项"
    world.tap("want:a.water")
    body = world.page.body
    assert isinstance(body, BundleBody)
    assert not body.error
    world.tap("next")
    assert isinstance(world.page.body, FormBody)


def test_the_portrait_that_only_a_dropped_one_takes_is_neither_taken_nor_sent() -> None:
    world = World(CHOICE, person=PERSON)
    world.tap("next")
    world.tap("next", address="某路 1 号", meter="M-1")
    world.tap("next", **PICTURE)
    world.tap("next")
    review = world.page.body
    assert isinstance(review, ReviewBody)
    world.tap(next(row.change for row in review.rows if row.label == "一起办的事项"))
    world.tap("drop:a.card")
    world.tap("next")
    world.tap("next")
    assert "documents" not in world.asked(Submit)[0].body
    other = World(CHOICE, person=PERSON)
    other.tap("drop:a.card")
    other.tap("next")
    other.tap("next", address="某路 1 号")
    assert isinstance(other.page.body, ReviewBody), "no camera before it"
