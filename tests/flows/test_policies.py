"""津策通 and 免申即享."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from flows import engine, kinds
from flows.effects import LoadPolicies, PrintPaper
from flows.page import BenefitsBody, ChoiceBody, RateBody, ResultBody, TroubleBody
from tests.flows.items import NOTICE, RATE, RECEIPT, REVIEW, field, form, item
from tests.flows.world import AT, GUIDE, PERSON, World

MATCH = item(
    {"income": field("amount"), "more": field("yes-no", required=False)},
    form("income", "more"),
    kinds.Match(operation="matchPolicies", fields=("income", "more")),
    kinds.Print(paper="record"),
    RATE,
    offline="cached",
)
BENEFIT = item(
    {"benefit": field("option", label="待遇"), "card": field("digits")},
    kinds.ChooseBenefit(operation="listBenefits", field="benefit", title="哪一项"),
    form("card"),
    REVIEW,
    kinds.ConfirmBenefit(operation="confirmBenefit", benefit="benefit", account="card"),
    RECEIPT,
    RATE,
    identity="card",
)


def match(number: str, result: str) -> dict[str, Any]:
    return {"policy": {"id": number, "title": f"政策 {number}"}, "result": result, "reasons": ["年满 80"]}


def matched(world: World) -> BenefitsBody:
    world.tap("next", income="12.30")
    body = world.page.body
    assert isinstance(body, BenefitsBody)
    return body


def test_answers_go_as_the_contract_has_them_and_policies_come_with_reasons_and_paper() -> None:
    world = World(MATCH)
    body = matched(world)
    assert world.called("matchPolicies")[0].body == {"answers": {"income": 1230}}
    assert body.benefits[0].reasons == ("金额 1000.00 元", "用工满一年")
    world.tap("next")
    [paper] = world.asked(PrintPaper)
    assert paper.kind == "record"
    assert paper.table is not None
    assert len(paper.table.rows) == 1


@pytest.mark.parametrize("sample", [True, False])
def test_policies_are_a_sample_where_the_guide_is_one(sample: bool) -> None:
    flow = replace(MATCH, steps=(NOTICE, *MATCH.steps))
    world = World(flow, guide=replace(GUIDE, sample=sample))
    world.tap("next")
    assert matched(world).sample is sample


def test_without_a_network_the_published_policies_are_not_called_matched() -> None:
    world = World(MATCH, online=False)
    body = matched(world)
    assert "没有按您的情况筛选" in body.note
    assert len(world.asked(LoadPolicies)) == 1
    assert world.run.outcome == "done"


def test_where_nothing_fits_nothing_is_printed() -> None:
    world = World(MATCH)
    world.answer("matchPolicies", [])
    assert matched(world).benefits == ()
    world.tap("next")
    assert isinstance(world.page.body, RateBody)
    assert not world.asked(PrintPaper)


def test_a_result_that_is_not_known_is_told_as_neither_good_nor_bad() -> None:
    world = World(MATCH)
    world.answer("matchPolicies", [match("p", "brand-new")])
    assert matched(world).benefits[0].result == "请到窗口或拨打 12345 询问"


def confirm(world: World) -> None:
    world.tap("choose", choice="p1")
    world.tap("next", card="6222020000000000000")
    world.tap("next")


def first(world: World) -> World:
    """The world above began with no benefit at all, which is told as such."""
    trouble = world.page.body
    assert isinstance(trouble, TroubleBody)
    assert trouble.title == "没有需要您确认的待遇"
    return world


def begin(*matches: dict[str, Any]) -> World:
    world = first(World(BENEFIT, person=PERSON))
    world.answer("listBenefits", list(matches))
    world.run, effects = engine.start(BENEFIT, "v.2", person=PERSON, at=AT)
    world.perform(effects)
    return world


def test_what_lacks_an_account_is_chosen_what_comes_by_itself_is_told() -> None:
    world = begin(match("p1", "needs-account"), match("p2", "will-receive"))
    body = world.page.body
    assert isinstance(body, ChoiceBody)
    assert [option.value for option in body.options] == ["p1"]
    assert body.hint == "政策 p2：将自动发放，不用申请"
    confirm(world)
    [call] = world.called("confirmBenefit")
    assert call.path == {"id": "p1"}
    assert call.body["account"]["value"] == "6222020000000000000"
    result = world.page.body
    assert isinstance(result, ResultBody)
    assert (result.state, result.number) == ("accepted", "TJ-9")


def test_a_case_that_is_not_accepted_yet_is_not_called_accepted() -> None:
    world = begin(match("p1", "needs-account"))
    world.answer("confirmBenefit", {"case_no": "x", "item": "y", "state": "refused", "accepted_at": AT})
    confirm(world)
    assert world.page.title == "平台已收到您的申请"


def test_a_confirmation_without_an_answer_is_asked_for_again_under_its_key() -> None:
    world = begin(match("p1", "needs-account"))
    world.lose("confirmBenefit")
    confirm(world)
    trouble = world.page.body
    assert isinstance(trouble, TroubleBody)
    assert trouble.title == "还不知道提交成功没有"
    del world.calls["confirmBenefit"]
    world.tap("retry")
    one, two = world.called("confirmBenefit")
    assert one.intent == two.intent
