"""Lists of a department, regions, repeating groups, phone codes, forms with conditions."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from flows import engine, kinds
from flows.bodies import BundleBody, RecordsBody, ToldBody
from flows.effects import Call, LoadOptions, Submit
from flows.events import Unreachable
from flows.fields import Choice
from flows.held import Known
from flows.page import ChoiceBody, FormBody, ReviewBody, TroubleBody
from flows.words import UNCHECKED
from tests.flows.items import NAME, NOTICE, NUMBER, RATE, RECEIPT, REVIEW, SUBMIT, field, form, item
from tests.flows.world import AT, GUIDE, OPTIONS, PERSON, World

END = (REVIEW, SUBMIT, RECEIPT, RATE)
BILL = {
    "account": field("scan"),
    "bill": field("option", label="账单"),
    "amount": field("amount", locked=True, required=False),
    "note": field("text", required=False),
    "person_name": NAME,
}
BILLS = kinds.Options(operation="getOptions", field="bill", by="account", title="哪一笔", none="没有账单")
POWER = item(BILL, form("account"), BILLS, form("bill", "amount", "note"), *END)
OWN = kinds.Options(operation="getOptions", field="bill", title="哪一笔", none="没有", offline="typed")
PROXY = kinds.Proxy(operation="lookupProxy", relations=(Choice(code="child", label="子女"),))
PROXIED = item(
    {**BILL, "resident_id_number": NUMBER}, kinds.Identify(), PROXY, OWN, form("bill"), *END, identity="card"
)
REGION = item(
    {"home": field("code", codes="divisions", label="户籍地")},
    kinds.Region(operation="getOptions", field="home", title="户籍在哪里？"),
    *END,
)
RECORD: dict[str, Any] = {
    "name": {"label": "姓名", "kind": "text", "purpose": "x", "mask": "name", "keep": "submission"},
    "number": {
        "label": "号码",
        "kind": "id-number",
        "purpose": "x",
        "mask": "id-number",
        "keep": "submission",
    },
}
PEOPLE = item(
    {"people": field("records", unit="人", record=RECORD, max_records=2)},
    kinds.Records(title="谁", field="people"),
    *END,
)
PHONE = item({"phone": field("phone")}, form("phone"), kinds.PhoneCode(field="phone"), *END)

TWO = OPTIONS["bill"]
BOTH = item(
    BILL,
    kinds.Bundle(
        title="哪几项",
        children=(
            kinds.Child(item="a.card", name="办卡", fields=("bill",), needed=False),
            kinds.Child(item="a.water", name="用水", fields=("note",)),
        ),
    ),
    replace(OWN, offline="block"),
    form("note"),
    *END,
    kind="one-thing",
    identity="card",
)


def choose(world: World, choice: str) -> None:
    world.tap("choose", choice=choice)


def test_what_comes_with_an_entry_is_known_but_never_who_stands_there() -> None:
    world = World(POWER)
    world.tap("next", account="A1")
    assert world.called("getOptions")[0].query == {"q": "A1"}
    choose(world, "b1")
    assert world.run.values["amount"].value == "123.45"
    assert world.run.values["note"].value == "第一笔"
    assert "person_name" not in world.run.values


@pytest.mark.parametrize("sample", [True, False])
def test_a_list_of_the_city_is_a_sample_where_the_guide_is_one(sample: bool) -> None:
    world = World(item(BILL, NOTICE, form("account"), BILLS, *END), guide=replace(GUIDE, sample=sample))
    world.tap("next")
    world.tap("next", account="A1")
    body = world.page.body
    assert isinstance(body, ChoiceBody)
    assert body.sample is sample


def test_another_entry_takes_nothing_over_from_the_one_before() -> None:
    world = World(POWER)
    world.tap("next", account="A1")
    choose(world, "b1")
    world.tap("back")
    choose(world, "b2")
    assert world.run.values["amount"].value == "2.00"
    assert "note" not in world.run.values


def test_an_account_changed_at_the_review_asks_for_its_bills_again() -> None:
    world = World(POWER)
    world.tap("next", account="A1")
    choose(world, "b1")
    world.tap("next")
    world.tap("change:account")
    world.tap("next", account="A2")
    assert isinstance(world.page.body, ChoiceBody)
    assert world.called("getOptions")[-1].query == {"q": "A2"}
    choose(world, "b2")
    review = world.page.body
    assert isinstance(review, ReviewBody)
    assert "9 月电费" in {row.shown for row in review.rows}


def test_an_empty_list_says_so_and_what_to_do() -> None:
    world = World(POWER)
    world.answer("getOptions", [])
    world.tap("next", account="A1")
    trouble = world.page.body
    assert isinstance(trouble, TroubleBody)
    assert trouble.reasons[0].message == "没有账单"


def test_from_an_empty_list_there_is_a_way_back_to_what_narrows_it() -> None:
    world = World(POWER)
    world.answer("getOptions", [])
    world.tap("next", account="A1")
    world.tap("revise")
    body = world.page.body
    assert isinstance(body, FormBody)
    assert [each.value for each in body.inputs] == ["A1"]
    world.answer("getOptions", TWO)
    world.tap("next", account="A2")
    choose(world, "b1")
    assert world.run.outcome == "", "what was refused before is forgotten"
    world.tap("next")
    world.tap("next")
    assert world.run.filed is not None


def test_from_a_refused_list_at_the_review_the_way_back_leads_to_the_review_again() -> None:
    world = World(POWER)
    world.tap("next", account="A1")
    choose(world, "b1")
    world.tap("next")
    world.tap("change:account")
    world.refuse("getOptions")
    world.tap("next", account="A2")
    world.tap("revise")
    world.answer("getOptions", TWO)
    world.tap("next", account="A3")
    choose(world, "b2")
    assert isinstance(world.page.body, ReviewBody)


def test_from_the_empty_list_of_an_item_that_may_be_left_out_the_way_back_is_the_bundle() -> None:
    world = World(BOTH, person=PERSON)
    world.answer("getOptions", [])
    world.tap("next")
    world.tap("revise")
    assert isinstance(world.page.body, BundleBody)
    world.tap("drop:a.card")
    world.tap("next")
    assert isinstance(world.page.body, FormBody)


def test_where_nothing_was_set_that_a_list_hangs_on_there_is_only_the_end() -> None:
    world = World(item(BILL, form("note"), replace(OWN, offline="block"), *END))
    world.answer("getOptions", [])
    world.tap("next", note="")
    assert isinstance(world.page.body, TroubleBody)
    assert engine.offered(world.page) == {"finish"}


def test_an_answer_that_does_not_apply_any_more_does_not_narrow_a_list() -> None:
    fields = {"mine": field("yes-no"), **BILL}
    fields["account"] = field("scan", when={"field": "mine", "values": ["no"]})
    world = World(item(fields, form("mine"), form("account"), BILLS, *END))
    world.tap("next", mine="no")
    world.tap("next", account="A1")
    assert world.called("getOptions")[-1].query == {"q": "A1"}
    world.tap("back")
    world.tap("back")
    world.tap("next", mine="yes")
    assert world.called("getOptions")[-1].query == {}


def test_an_empty_list_that_may_be_skipped_is_told_in_the_review_and_asked_anew_with_another_answer() -> None:
    world = World(item(BILL, form("account"), replace(BILLS, empty="skip"), *END))
    world.answer("getOptions", [])
    world.tap("next", account="A1")
    review = world.page.body
    assert isinstance(review, ReviewBody)
    assert ("账单", "没有账单") in {(row.label, row.shown) for row in review.rows}
    world.tap("change:account")
    world.answer("getOptions", TWO)
    world.tap("next", account="A2")
    assert isinstance(world.page.body, ChoiceBody)
    choose(world, "b1")
    review = world.page.body
    assert isinstance(review, ReviewBody)
    assert "没有账单" not in {row.shown for row in review.rows}


def test_ones_own_list_is_not_shown_for_somebody_else_it_is_typed_and_flagged() -> None:
    world = World(PROXIED, person=PERSON)
    choose(world, "other")
    assert not world.called("getOptions")
    assert "options" in world.run.unchecked
    body = world.page.body
    assert isinstance(body, FormBody)
    assert [each.name for each in body.inputs] == ["bill"]


def test_what_was_chosen_from_a_list_is_not_typed_over_in_a_form() -> None:
    world = World(PROXIED, person=PERSON)
    choose(world, "self")
    choose(world, "b1")
    assert isinstance(world.page.body, ReviewBody)


def test_a_region_is_chosen_level_by_level_and_the_way_is_told_before_it_counts() -> None:
    world = World(REGION)
    choose(world, "130000")
    choose(world, "130100")
    assert world.called("getOptions")[0].query == {"q": "130100"}
    told = world.page.body
    assert isinstance(told, ToldBody)
    assert told.lines[0] == "全程网办"
    assert world.run.region is None
    world.tap("up")
    body = world.page.body
    assert isinstance(body, ChoiceBody)
    assert [option.label for option in body.options] == ["石家庄市"]
    choose(world, "130100")
    world.tap("next")
    world.tap("next")
    sent = world.asked(Submit)[0].body
    assert sent["region"] == {"home": "130100", "mode": "online"}
    assert sent["fields"]["home"]["value"] == "130100"


def test_a_region_without_a_network_is_chosen_and_the_way_left_to_the_city() -> None:
    world = World(
        item(
            {"home": field("code", codes="divisions", label="户籍地")},
            kinds.Region(operation="getOptions", field="home", title="户籍在哪里？", offline="flag"),
            *END,
        )
    )
    world.lose("getOptions")
    choose(world, "130000")
    choose(world, "130100")
    body = world.page.body
    assert isinstance(body, ReviewBody)
    assert UNCHECKED["region"] in {row.shown for row in body.rows}
    world.tap("next")
    sent = world.asked(Submit)[0].body
    assert sent["region"] == {"home": "130100"}
    assert sent["unchecked"] == ["region"]


def test_a_region_that_must_be_asked_stops_without_a_network() -> None:
    world = World(REGION)
    world.lose("getOptions")
    choose(world, "130000")
    choose(world, "130100")
    assert isinstance(world.page.body, TroubleBody)


def test_a_region_without_a_way_is_refused_kindly() -> None:
    world = World(REGION)
    world.answer("getOptions", [{"id": "by-balloon", "label": "?"}])
    choose(world, "110000")
    assert isinstance(world.page.body, TroubleBody)


def carried(world: World, home: str) -> None:
    """The run begins anew, with a place that an earlier item of the visit asked."""
    known = {"home": Known(value=home, source="typed", label="石家庄市", chosen=True, earlier=True)}
    world.run, effects = engine.start(REGION, "v.2", known=known, at=AT)
    world.perform(effects)


def test_a_region_said_earlier_goes_to_the_city_and_stays_marked_in_the_review() -> None:
    world = World(REGION)
    carried(world, "130100")
    assert world.called("getOptions")[-1].query == {"q": "130100"}
    world.tap("next")
    body = world.page.body
    assert isinstance(body, ReviewBody)
    [home] = [row for row in body.rows if row.label == "户籍地"]
    assert (home.source, home.trust, home.change) == ("本次办事中您选过的", "D·本人填报", "change:home")
    world.tap("change:home")
    assert isinstance(world.page.body, ChoiceBody)
    world.tap("back")
    world.tap("next")
    sent = world.asked(Submit)[0].body
    assert sent["region"] == {"home": "130100", "mode": "online"}
    assert sent["fields"]["home"] == {"value": "130100", "source": "typed", "trust": "D"}


def test_a_region_said_earlier_that_is_in_no_list_is_asked() -> None:
    world = World(REGION)
    carried(world, "999999")
    assert isinstance(world.page.body, ChoiceBody)


def test_a_region_said_earlier_without_a_way_can_be_said_anew() -> None:
    world = World(REGION)
    world.answer("getOptions", [])
    carried(world, "130100")
    assert isinstance(world.page.body, TroubleBody)
    world.tap("revise")
    body = world.page.body
    assert isinstance(body, ChoiceBody)
    assert body.chosen == ""


def test_one_of_several_ways_is_chosen_beside_the_place_said_earlier() -> None:
    world = World(REGION)
    world.answer("getOptions", [{"id": "online", "label": "全程网办"}, {"id": "joint", "label": "多地联办"}])
    carried(world, "130100")
    body = world.page.body
    assert isinstance(body, ChoiceBody)
    assert body.hint == "户籍地：石家庄市，本次办事中您选过的"
    choose(world, "joint")
    assert world.run.region is not None
    assert (world.run.region.home, world.run.region.mode) == ("130100", "joint")


def test_an_entry_chosen_from_a_list_is_the_citizens_and_what_comes_with_it_the_departments() -> None:
    world = World(POWER)
    world.tap("next", account="1")
    choose(world, "b1")
    body = world.page.body
    assert isinstance(body, FormBody)
    amount, note = body.inputs
    assert (amount.source, amount.trust) == ("来自政务数据共享", "A·部门核发")
    assert (note.source, note.trust) == ("来自政务数据共享", "D·本人填报"), "no trust told: the lowest"
    world.tap("next")
    review = world.page.body
    assert isinstance(review, ReviewBody)
    told = [(row.label, row.source, row.trust) for row in review.rows]
    assert ("账单", "您选的", "A·部门核发") in told
    world.tap("next")
    assert world.asked(Submit)[0].body["fields"]["bill"] == {"value": "b1", "source": "share", "trust": "A"}


def test_entries_are_added_changed_removed_and_masked() -> None:
    world = World(PEOPLE)
    world.tap("next")
    body = world.page.body
    assert isinstance(body, RecordsBody)
    assert body.error == "请至少添加一人"
    for _ in range(2):
        world.tap("add")
        world.tap("save", name="李德顺", number="120103193801010010")
    assert "add" not in engine.offered(world.page)
    world.tap("remove:1")
    world.tap("edit:0")
    world.tap("save", name="李德顺", number="1")
    assert isinstance(world.page.body, FormBody)
    world.tap("up")
    world.tap("next")
    review = world.page.body
    assert isinstance(review, ReviewBody)
    assert "19380101" not in review.rows[0].shown.replace(" ", "")
    world.tap("next")
    sent = world.asked(Submit)[0].body["fields"]["people"]["value"]
    assert sent == [{"name": "李德顺", "number": "120103193801010010"}]


def test_an_entry_that_came_from_elsewhere_and_is_wrong_does_not_pass() -> None:
    world = World(PEOPLE)
    run, _ = engine.start(
        PEOPLE, "v.2", drafted={"people": {"value": [{"name": "李德顺", "number": "1"}], "source": "typed"}}
    )
    world.run = run
    world.tap("next")
    body = world.page.body
    assert isinstance(body, RecordsBody)
    assert "第 1 人" in body.error


def test_a_typed_number_is_proved_once_and_not_again_in_the_visit() -> None:
    world = World(PHONE)
    world.tap("next", phone="13800000000")
    world.tap("next", code="1234")
    assert isinstance(world.page.body, ReviewBody)
    known = world.run.values["phone"]
    again = World(PHONE)
    again.run, _ = engine.start(PHONE, "v.2", known={"phone": known})
    again.tap("next", phone="13800000000")
    assert isinstance(again.page.body, ReviewBody)
    again.tap("change:phone")
    again.tap("next", phone="13900000000")
    assert again.called("sendPhoneCode")[-1].body == {"phone": "13900000000"}
    assert isinstance(again.page.body, FormBody)


def test_a_number_from_the_account_is_not_proved_again() -> None:
    world = World(PHONE)
    known = Known(value="13800000000", source="account", trust="A")
    world.run, _ = engine.start(PHONE, "v.2", known={"phone": known})
    world.tap("next", phone="13800000000")
    assert isinstance(world.page.body, ReviewBody)
    assert not world.called("sendPhoneCode")


def test_a_wrong_code_tells_the_tries_left_and_none_left_asks_for_a_new_one() -> None:
    world = World(PHONE)
    world.tap("next", phone="13800000000")
    world.answer("verifyPhoneCode", {"verified": False, "tries_left": 2})
    world.tap("next", code="1234")
    body = world.page.body
    assert isinstance(body, FormBody)
    assert "2 次" in body.inputs[0].error
    world.answer("verifyPhoneCode", {"verified": False})
    world.tap("next", code="1234")
    world.tap("next", code="1234")
    assert len(world.called("verifyPhoneCode")) == 2
    world.tap("resend")
    assert len(world.called("sendPhoneCode")) == 2


def test_a_busy_platform_lets_no_number_pass_unproved_and_a_dead_network_flags_it() -> None:
    world = World(PHONE)
    world.calls["sendPhoneCode"] = lambda call: Unreachable(effect=call.id, reason="status-429")
    world.tap("next", phone="13800000000")
    body = world.page.body
    assert isinstance(body, FormBody)
    assert not body.inputs[0].help, "nothing was sent"
    assert not world.run.unchecked
    world.lose("sendPhoneCode")
    world.tap("resend")
    assert world.run.unchecked == ("phone-code",)


def test_a_code_list_that_is_not_to_be_had_stops_a_form_and_an_address_is_typed_without_it() -> None:
    flow = item({"a": field("address"), "c": field("code", codes="colour_code")}, form("a"), form("c"), *END)
    world = World(flow)
    world.hold.add(LoadOptions)
    world.run, effects = engine.start(flow, "v.2")
    world.perform(effects)
    world.tell(Unreachable(effect=world.asked(LoadOptions)[-1].id, reason="not-cached", about="divisions"))
    world.tap("next", a="某路 1 号")
    world.tell(Unreachable(effect=world.asked(LoadOptions)[-1].id, reason="not-cached", about="colour_code"))
    assert isinstance(world.page.body, TroubleBody)
    assert {type(each) for each in world.history if isinstance(each, Call)} == set()
