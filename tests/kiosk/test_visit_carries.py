"""What an item of a visit asked is not asked again by the next: it is offered, said to be so, and changed."""

from __future__ import annotations

from flows.bodies import ToldBody
from flows.held import Known
from flows.page import ChoiceBody, FormBody, Input, Page, ReviewBody, Row
from flows.run import Principal, Run
from kiosk.visit import Visit
from tests.flows.items import field, form, item
from tests.flows.world import SIGNATURE
from tests.kiosk.shell import Box

FIRST, SECOND = "employment.unemployment-registration", "household.no-crime-certificate"
PHONE = "13800000000"


def tap(box: Box, action: str, **values: str) -> Page:
    """A tap, and everything that it sets going; the page after it."""
    box.tap(action, **values)
    box.hands.answer()
    page = box.view.page
    assert isinstance(page, Page)
    return page


def begun(box: Box, name: str) -> Page:
    """The item's first page after the consent."""
    box.tap(f"start:{name}")
    box.hands.answer()
    tap(box, "next")
    return tap(box, "next")


def one_item_done() -> Box:
    """A citizen who said in the first item where they are registered, and typed a phone number."""
    box = Box()
    begun(box, FIRST)
    box.show_face()
    tap(box, "choose", choice="130000")
    tap(box, "choose", choice="130100")
    tap(box, "next")
    tap(box, "next", unemployment_reason_code="R")
    tap(box, "next", last_work_date="2026-11-01")
    tap(box, "next", mobile_number=PHONE)
    tap(box, "next", code="123456")
    reviewed = rows(tap(box, "change:#0"))
    assert reviewed["户籍所在地"].source == "您选的"
    assert reviewed["手机号码"].source == "您填写的"
    tap(box, "next")
    tap(box, "next", **SIGNATURE)
    tap(box, "next")
    box.tap("skip")
    box.tap("another")
    return box


def rows(page: Page) -> dict[str, Row]:
    """The rows of a review, by label."""
    assert isinstance(page.body, ReviewBody), page.title
    return {row.label: row for row in page.body.rows}


def question(page: Page, name: str) -> Input:
    """One question of a form."""
    assert isinstance(page.body, FormBody), page.title
    return next(each for each in page.body.inputs if each.name == name)


def at_the_second() -> tuple[Box, Page]:
    box = one_item_done()
    return box, begun(box, SECOND)


def test_a_place_is_asked_once_in_a_visit_and_the_way_is_still_the_citys_word() -> None:
    _, page = at_the_second()
    assert isinstance(page.body, ToldBody), page.title
    assert page.body.lines == (
        "全程网办",
        "在这里提交，由户籍地办理",
        "户籍所在地：石家庄市，本次办事中您选过的",
    )
    assert "elsewhere" in {each.id for each in page.others}


def test_what_was_typed_and_chosen_stands_in_the_next_item_with_where_it_is_from() -> None:
    box, _ = at_the_second()
    tap(box, "next")
    page = tap(box, "next", issue_purpose="R")
    phone = question(page, "mobile_number")
    assert (phone.value, phone.source, phone.trust) == (PHONE, "本次办事中您填过的", "D·本人填报")
    page = tap(box, "next", period_start="2020-01", period_end="2021-01", mobile_number=PHONE)
    assert page.title == "用承诺代替证明吗？", "the number was proved by a code before"


def test_a_place_said_before_is_changed_where_the_way_is_told() -> None:
    box, _ = at_the_second()
    page = tap(box, "elsewhere")
    assert isinstance(page.body, ChoiceBody)
    assert page.body.chosen == "130000"
    tap(box, "choose", choice="120000")
    page = tap(box, "choose", choice="120103")
    assert isinstance(page.body, ToldBody)
    assert page.body.lines == ("全程网办", "在这里提交，由户籍地办理")


def test_where_somebody_is_insured_is_asked_once_in_a_visit() -> None:
    box = Box()
    begun(box, "medical-insurance.info-change")
    box.show_face()
    tap(box, "choose", choice="130000")
    tap(box, "choose", choice="130100")
    tap(box, "next")
    tap(box, "next", mobile_number=PHONE, residential_address="天津市和平区演示街道1号")
    tap(box, "next", code="123456")
    tap(box, "next")
    tap(box, "next", **SIGNATURE)
    tap(box, "next")
    box.tap("skip")
    box.tap("another")
    page = begun(box, "medical-insurance.remote-filing-cancel")
    assert isinstance(page.body, ToldBody), page.title
    assert page.body.lines[-1] == "参保地：石家庄市，本次办事中您选过的"


def test_the_next_visitor_is_asked() -> None:
    box = one_item_done()
    box.wait(600.0)
    assert box.kind == "home"
    begun(box, SECOND)
    box.show_face()
    page = box.view.page
    assert isinstance(page.body, ChoiceBody)
    assert (page.title, page.body.chosen) == ("户口在哪里？", "")


FLOW = item({"kept": field("text", keep="visit"), "gone": field("text")}, form("kept", "gone"))


def learnt(known: Known, *, principal: Principal | None = None) -> Known | None:
    """What the next item is offered of `kept`."""
    visit = Visit(id="v", began=0.0, touched=0.0)
    values = {"kept": known, "gone": known}
    visit.learn(FLOW, Run(id="v.1", item=FLOW.item, version="1", values=values, principal=principal))
    assert "gone" not in visit.offered()
    return visit.offered().get("kept")


def test_what_the_citizen_typed_or_chose_is_marked_and_keeps_its_source_and_trust() -> None:
    assert learnt(Known(value="甲", source="typed")) == Known(value="甲", source="typed", earlier=True)
    chosen = Known(value="b1", source="share", trust="A", label="10 月", chosen=True)
    assert learnt(chosen) == Known(
        value="b1", source="share", trust="A", label="10 月", chosen=True, earlier=True
    )


def test_what_a_card_or_the_city_told_stays_theirs() -> None:
    told = Known(value="甲", source="id-card", trust="A")
    assert learnt(told) == told


def test_what_was_entered_for_somebody_else_is_offered_to_nobody() -> None:
    principal = Principal(name="李德顺", id_number="120103193801010010")
    assert learnt(Known(value="甲", source="typed"), principal=principal) is None
