"""What a hand, a second person or an odd answer can bring about, and what must not come of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from flows import engine
from flows.bodies import FaceConsentBody
from flows.effects import Login, PhoneScan, PrintPaper, ReadCard, Submit
from flows.events import (
    Accepted,
    Act,
    Answered,
    CardRead,
    Identified,
    LoginDenied,
    Refused,
    Stored,
    Unreachable,
)
from flows.held import Known
from flows.page import ChoiceBody, FormBody, IdentifyBody, ReviewBody, SignBody, TroubleBody
from flows.steps.city import table
from tests.flows.test_engine import ANSWERS, RECORD, SENIOR, by_face, to_form
from tests.flows.world import AT, CARD, SIGNATURE, World

OTHER = {"name": "李德顺", "id_number": "120103193801010010"}


def at_review() -> World:
    world = to_form(World(SENIOR))
    world.tap("next", **ANSWERS)
    assert isinstance(world.page.body, ReviewBody)
    return world


@pytest.mark.parametrize("action", ["next", "keep"])
def test_a_wrong_answer_left_by_back_does_not_pass_the_review(action: str) -> None:
    world = at_review()
    world.tap("change:bank_card_number")
    world.tap(action, **{**ANSWERS, "bank_card_number": "12"})
    world.tap("back")
    assert isinstance(world.page.body, ReviewBody)
    world.tap("next")
    form = world.page.body
    assert isinstance(form, FormBody)
    assert {each.name for each in form.inputs if each.error} == {"bank_card_number"}
    world.tap("next", **ANSWERS)
    world.tap("next")
    assert isinstance(world.page.body, SignBody)


def test_strokes_nested_without_end_are_no_signature() -> None:
    world = at_review()
    world.tap("next")
    world.tap("next", signature=SIGNATURE["signature"], strokes="[" * 150_000)
    assert isinstance(world.page.body, SignBody)


@pytest.mark.parametrize(
    "entry",
    [
        {"value": None, "source": "share"},
        {"value": {"road": 1}, "source": "share"},
        {"value": "和平区", "source": "somewhere-new"},
        {"value": "和平区", "source": "share", "trust": "Z"},
    ],
)
def test_a_prefilled_value_that_cannot_be_shown_is_left_to_be_typed(entry: dict[str, Any]) -> None:
    world = World(SENIOR)
    world.calls["prefill"] = lambda call: Answered(effect=call.id, data={"residential_address": entry})
    form = to_form(world).page.body
    assert isinstance(form, FormBody)
    shown = next(each for each in form.inputs if each.name == "residential_address")
    assert (shown.value, shown.source) in {("", ""), ("和平区", "来自政务数据共享")}


@pytest.mark.parametrize(("fen", "yuan"), [(-150, "-1.50"), (-5, "-0.05"), (0, "0.00"), (123456, "1,234.56")])
def test_money_below_zero_is_told_as_it_is(fen: int, yuan: str) -> None:
    data = {"columns": [{"key": "m", "label": "退费", "kind": "money"}], "rows": [{"m": fen}]}
    assert table(data, sample=False).rows == ((yuan,),)


def test_a_check_made_after_all_is_not_told_as_unmade() -> None:
    world = by_face(SENIOR)
    world.calls["lookupProxy"] = lambda call: Refused(effect=call.id, reasons=())
    world.tap("choose", choice="other")
    assert "authorisation" in world.run.unchecked
    world.tap("up")
    while not isinstance(world.page.body, ChoiceBody):
        world.tap("next")
    world.tap("choose", choice="self")
    assert world.run.unchecked == ()


def second_item(person_of: World, flow: Any, known: dict[str, Known] | None = None) -> World:
    """Another item of the same visit, with what is known from the first."""
    world = World(flow)
    world.run, effects = engine.start(flow, "v.2", person=person_of.run.person, known=known or {}, at=AT)
    world.history.clear()
    world.perform(effects)
    return world


def offline_visitor() -> World:
    world = World(SENIOR, online=False)
    world.tap("next")
    world.tap("next")
    assert world.run.person is not None
    assert not world.run.person.confirmed
    return world


def test_a_second_item_asks_the_platform_again_who_could_not_be_confirmed() -> None:
    world = second_item(offline_visitor(), RECORD)
    world.tap("next")
    world.tap("next")
    assert not world.asked(ReadCard)
    assert world.asked(Login)
    assert world.run.person is not None
    assert world.run.person.confirmed
    assert not isinstance(world.page.body, TroubleBody)


def test_a_second_item_still_offline_says_again_that_identity_is_not_confirmed() -> None:
    first = offline_visitor()
    world = World(SENIOR, online=False)
    world.run, effects = engine.start(SENIOR, "v.2", person=first.run.person, at=AT)
    world.perform(effects)
    world.tap("next")
    world.tap("next")
    world.tap("choose", choice="self")
    assert "identity" in world.run.unchecked


def test_a_phone_of_another_person_takes_nothing_over_from_the_card_before() -> None:
    flow = replace(SENIOR, identity="phone")
    first = World(SENIOR)
    first.tap("next")
    first.tap("next")
    world = World(flow)
    known = {"residential_address": Known(value="旧址 7 号", source="typed")}
    world.hold = {ReadCard}
    world.run, effects = engine.start(flow, "v.2", person=first.run.person, known=known, at=AT)
    world.perform(effects)
    world.tap("next")
    world.tap("next")
    assert isinstance(world.page.body, FaceConsentBody), "known by the card: a face or the phone steps it up"
    world.tap("phone")
    scan = world.asked(PhoneScan)[-1]
    world.tell(
        Identified(
            effect=scan.id,
            name=OTHER["name"],
            id_number=OTHER["id_number"],
            level="phone",
            method="phone",
            at=AT,
        )
    )
    assert world.run.person is not None
    assert world.run.person.id_number == OTHER["id_number"]
    assert not world.run.person.card
    told = [each.value for each in world.run.values.values()]
    assert CARD["name"] not in told
    assert "旧址 7 号" not in told
    assert not isinstance(world.page.body, TroubleBody)
    assert not world.asked(Submit)
    world.tell(Act(action="back", at=AT))


@pytest.mark.parametrize("denied", [True, False])
def test_after_a_login_that_failed_another_persons_card_takes_nothing_over(denied: bool) -> None:
    """Named offline by the first card; the platform, asked again, knows better or cannot be asked."""
    flow = replace(SENIOR, offline="queue" if denied else "unavailable")
    world = World(flow)
    world.hold = {ReadCard, Login}
    known = {
        "residential_address": Known(value="旧址 7 号", source="typed"),
        "bank_card_number": Known(value="6222020000000000000", source="typed"),
    }
    world.run, effects = engine.start(flow, "v.2", person=offline_visitor().run.person, known=known, at=AT)
    world.perform(effects)
    world.tap("next")
    world.tap("next")
    first = world.asked(Login)[-1].id
    if denied:
        world.tell(LoginDenied(effect=first, words="证件已挂失。"))
    else:
        world.tell(Unreachable(effect=first, reason="no-network", at=AT))
        world.tap("retry")
    world.hold = set()
    world.card = {**CARD, **OTHER}
    world.tell(CardRead(effect=world.asked(ReadCard)[-1].id, card=world.card))
    world.show_face()
    world.tap("choose", choice="self")
    assert isinstance(world.page.body, FormBody)
    told = [each.value for each in world.run.values.values()]
    assert OTHER["name"] in told
    assert not {"旧址 7 号", "6222020000000000000", CARD["name"]} & set(told)


def test_ones_own_card_is_not_the_other_persons_though_the_platform_writes_a_small_x() -> None:
    world = World(SENIOR)
    world.card = {**CARD, "id_number": "12010319400101002X"}
    world.hold = {Login}
    world.tap("next")
    world.tap("next")
    world.tell(
        Identified(
            effect=world.asked(Login)[-1].id,
            name=CARD["name"],
            id_number="12010319400101002x",
            level="card+face",
            method="id-card",
            at=AT,
        )
    )
    world.hold = {ReadCard}
    world.tap("choose", choice="other")
    world.tell(CardRead(effect=world.asked(ReadCard)[-1].id, card=world.card))
    body = world.page.body
    assert isinstance(body, IdentifyBody)
    assert "您本人" in body.message


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ("accepted", "已经受理"),
        ("accepted-with-deferral", "已经受理"),
        ("done", "已经受理"),
        ("identity-to-confirm", "已收到，身份待确认"),
        ("received", "平台已收到您的申请"),
        ("supplement-needed", "平台已收到您的申请"),
        ("refused", "平台已收到您的申请"),
        ("", "平台已收到您的申请"),
    ],
)
def test_accepted_is_said_only_where_the_city_said_so(state: str, title: str) -> None:
    world = at_review()
    world.hold = {Submit}
    world.tap("next")
    world.tap("next", **SIGNATURE)
    submit = world.asked(Submit)[-1].id
    world.tell(Stored(effect=submit, slip="s"))
    world.tell(Accepted(effect=submit, slip="s", case_no="TJ-1", state=state))
    assert world.page.title == title
    [paper] = world.asked(PrintPaper)
    assert (paper.kind, paper.number) == ("receipt", "TJ-1")
    assert ("是否受理，以平台答复为准" in paper.notes) == (title == "平台已收到您的申请")
