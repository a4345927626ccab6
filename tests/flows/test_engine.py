"""The engine, as a citizen would meet it."""

from __future__ import annotations

from typing import Literal

import pytest

from flows import engine
from flows.bodies import FaceConsentBody
from flows.effects import Call, Cancel, Login, PhoneScan, PrintPaper, ReadCard, Submit
from flows.events import (
    Act,
    Answered,
    CardRead,
    CardTrouble,
    Identified,
    LoginDenied,
    NotStored,
    PrintEnded,
    Refused,
    Unreachable,
)
from flows.held import Known
from flows.model import Flow
from flows.page import (
    BenefitsBody,
    ChoiceBody,
    ConsentBody,
    FormBody,
    IdentifyBody,
    NoticeBody,
    RateBody,
    ResultBody,
    ReviewBody,
    SignBody,
    TableBody,
    TroubleBody,
    WaitingBody,
)
from flows.parts import Reason
from tests.flows.shipped import shipped
from tests.flows.world import AT, CARD, PRINCIPAL, SIGNATURE, SLIP, UNTIL, World

FLOWS = shipped()
SENIOR = FLOWS["civil.senior-allowance-apply"]
RECORD = FLOWS["social-insurance.rights-record"]
GUIDES = FLOWS["service.item-guide"]
GOOD_CARD = "6222020000000000000"
ANSWERS = {"residential_address": "和平区某某路 1 号", "bank_card_number": GOOD_CARD}


def to_identity(world: World) -> World:
    """From the notice past the consent; the card is read at once where the reader is not held."""
    world.tap("next")
    world.tap("next")
    return world


def by_face(flow: Flow) -> World:
    """Past the card and the face."""
    world = to_identity(World(flow))
    world.show_face()
    return world


def to_form(world: World) -> World:
    """From the notice to the form of the senior allowance, for oneself."""
    to_identity(world)
    if world.online:
        world.show_face()
    world.tap("choose", choice="self")
    assert isinstance(world.page.body, FormBody)
    return world


def to_sign(world: World) -> World:
    to_form(world)
    world.tap("next", **ANSWERS)
    world.tap("next")
    assert isinstance(world.page.body, SignBody)
    return world


def test_allowance_online_from_notice_to_rating_files_one_case() -> None:
    world = World(SENIOR)
    assert isinstance(world.page.body, NoticeBody)
    world.tap("next")
    assert isinstance(world.page.body, ConsentBody)
    world.tap("next")
    assert isinstance(world.page.body, FaceConsentBody)
    world.show_face()
    assert isinstance(world.page.body, ChoiceBody)
    world.tap("choose", choice="self")
    form = world.page.body
    assert isinstance(form, FormBody)
    by_name = {each.name: each for each in form.inputs}
    assert by_name["residential_address"].value == "和平区某某路 1 号"
    assert by_name["residential_address"].source == "来自政务数据共享"
    assert by_name["residential_address"].trust == "A·部门核发"
    assert by_name["resident_id_number"].locked
    assert "19400101" not in by_name["resident_id_number"].shown
    world.tap("next", **ANSWERS)
    assert isinstance(world.page.body, ReviewBody)
    world.tap("next")
    world.tap("next", **SIGNATURE)
    result = world.page.body
    assert isinstance(result, ResultBody)
    assert (result.state, result.number, result.paper) == ("accepted", "TJ-1", "printed")
    world.tap("next")
    assert isinstance(world.page.body, RateBody)
    world.tap("rate", level="5")
    assert world.run.ended == "done"
    submits = world.asked(Submit)
    assert [each.operation for each in submits] == ["submitApplication", "rate"]
    body = submits[0].body
    assert body["identity"] == {
        "method": "id-card",
        "level": "card+face",
        "confirmed": True,
        "at": AT,
        "card": CARD,
    }
    assert body["fields"]["residential_address"] == {
        "value": "和平区某某路 1 号",
        "source": "share",
        "trust": "A",
    }
    assert body["fields"]["bank_card_number"]["source"] == "typed"
    assert body["unchecked"] == []
    assert submits[1].body == {"item": SENIOR.item, "level": 5, "case_no": "TJ-1"}


def test_allowance_offline_ends_in_a_slip_that_lists_what_was_not_checked() -> None:
    world = World(SENIOR, online=False)
    to_sign(world)
    world.tap("next", **SIGNATURE)
    result = world.page.body
    assert isinstance(result, ResultBody)
    assert (result.state, result.number) == ("stored", SLIP)
    assert world.page.title == "已暂存，平台还没有答复"
    [print_] = world.asked(PrintPaper)
    assert print_.kind == "slip"
    assert {"身份待确认", "身份尚未经平台确认", "人脸尚未核对"} <= set(print_.notes)
    words = "\n".join(print_.notes)
    assert f"送到 {UNTIL} 为止" in words  # until when it is sent
    assert "任何一台自助终端" in words  # where to ask
    assert "如果没有受理，原因也这样查" in words  # how a refusal reaches its citizen
    assert "180 天" in words  # and for how long
    [submit] = world.asked(Submit)
    assert submit.body["unchecked"] == ["identity", "face", "prefill", "eligibility"]
    assert submit.body["identity"]["confirmed"] is False
    assert submit.body["identity"]["level"] == "card"
    world.tap("next")
    world.tap("skip")
    assert world.run.ended == "queued"


def test_record_without_network_says_so_and_keeps_nothing() -> None:
    world = World(RECORD, online=False)
    world.tap("next")
    world.tap("next")
    trouble = world.page.body
    assert isinstance(trouble, TroubleBody)
    assert trouble.kind == "unavailable"
    assert trouble.code == "no-network"
    world.tap("finish")
    assert isinstance(world.page.body, RateBody)
    world.tap("skip")
    assert world.run.ended == "unavailable"
    assert world.asked(Submit) == []


def test_a_department_that_does_not_answer_is_not_called_a_network_that_is_down() -> None:
    world = by_face(RECORD)
    world.calls["query"] = lambda call: Unreachable(effect=call.id, reason="department-down")
    world.tap("next", statement_year="2025")
    trouble = world.page.body
    assert isinstance(trouble, TroubleBody)
    assert trouble.title == "这个部门的系统暂时没有回应"
    assert "网络是通的" in trouble.reasons[0].message
    assert "别的事项" in trouble.next[0]
    assert trouble.code == "department-down"


def test_retry_after_the_network_came_back_goes_on_from_the_same_step() -> None:
    world = World(RECORD, online=False)
    world.tap("next")
    world.tap("next")
    world.online = True
    world.tap("retry")
    world.show_face()
    assert isinstance(world.page.body, FormBody)


def test_record_is_shown_in_sheets_and_printed() -> None:
    world = by_face(RECORD)
    world.tap("next", statement_year="2025")
    table = world.page.body
    assert isinstance(table, TableBody)
    assert table.rows[0] == ("2025", "1,234.56")
    assert (table.sheet, table.sheets) == (1, 2)
    world.tap("sheet:2")
    shown = world.page.body
    assert isinstance(shown, TableBody)
    assert shown.sheet == 2
    world.tap("next")
    [print_] = world.asked(PrintPaper)
    assert print_.kind == "record"
    assert print_.table is not None
    assert len(print_.table.rows) == 11


def test_guide_needs_nobody_and_no_network() -> None:
    world = World(GUIDES, online=False)
    world.tap("choose", choice="civil.senior-allowance-apply")
    world.tap("no-paper")
    world.tap("skip")
    assert world.run.ended == "done"
    assert world.asked(ReadCard) == []
    assert world.asked(PrintPaper) == []


def test_every_error_of_a_form_at_once_and_what_was_typed_is_kept() -> None:
    world = to_form(World(SENIOR))
    world.tap("next", residential_address="某路", bank_card_number="6222 0200 0000 0000 001")
    form = world.page.body
    assert isinstance(form, FormBody)
    errors = {each.name: each.error for each in form.inputs if each.error}
    assert set(errors) == {"residential_address", "bank_card_number"}
    kept = {each.name: each.value for each in form.inputs}
    assert kept["residential_address"] == "某路"
    assert kept["bank_card_number"] == "6222020000000000001"


def test_a_prefilled_value_that_was_typed_over_is_the_citizens_own() -> None:
    world = to_form(World(SENIOR))
    world.tap("next", residential_address="河西区另一条路 9 号", bank_card_number=GOOD_CARD)
    address = world.run.values["residential_address"]
    assert (address.source, address.trust) == ("typed", "D")


def test_control_characters_are_stripped_from_what_is_typed() -> None:
    world = to_form(World(SENIOR))
    world.tap("next", residential_address="和平区\x1bp\x00\u202e某路 1 号", bank_card_number=GOOD_CARD)
    assert world.run.values["residential_address"].value == "和平区p某路 1 号"


def test_change_from_the_review_comes_back_to_the_review() -> None:
    world = to_form(World(SENIOR))
    world.tap("next", **ANSWERS)
    world.tap("change:residential_address")
    assert isinstance(world.page.body, FormBody)
    world.tap("next", residential_address="南开区新路 2 号", bank_card_number=GOOD_CARD)
    review = world.page.body
    assert isinstance(review, ReviewBody)
    assert any("南开区新路" in row.shown for row in review.rows)


def test_a_locked_answer_offers_no_change() -> None:
    world = to_form(World(SENIOR))
    world.tap("next", **ANSWERS)
    world.tap("change:resident_id_number")
    assert isinstance(world.page.body, ReviewBody)


def test_no_signature_no_submission() -> None:
    world = to_sign(World(SENIOR))
    for values in (
        {},
        {"signature": "data:image/png;base64,AAAA", "strokes": "[1]"},
        SIGNATURE | {"strokes": "[]"},
    ):
        world.tap("next", **values)
        sign = world.page.body
        assert isinstance(sign, SignBody)
        assert sign.error
    assert world.asked(Submit) == []


def test_ineligible_is_told_with_every_reason_and_where_to_go_instead() -> None:
    world = World(SENIOR)
    world.calls["checkEligibility"] = lambda call: Answered(
        effect=call.id,
        data={
            "eligible": False,
            "reasons": [
                {"code": "AGE", "message": "未满 80 周岁"},
                {"code": "PLACE", "message": "户籍不在本市", "instead": "户籍所在地民政局"},
            ],
        },
    )
    to_identity(world).show_face()
    world.tap("choose", choice="self")
    trouble = world.page.body
    assert isinstance(trouble, TroubleBody)
    assert [reason.message for reason in trouble.reasons] == ["未满 80 周岁", "户籍不在本市"]
    assert trouble.reasons[1].instead == "户籍所在地民政局"


def test_refused_submission_is_not_claimed_as_filed() -> None:
    world = to_sign(World(SENIOR))
    world.hold.add(Submit)
    world.tap("next", **SIGNATURE)
    [submit] = world.asked(Submit)
    world.tell(Refused(effect=submit.id, reasons=(Reason(message="已有一件在办"),), code="REFUSED"))
    assert isinstance(world.page.body, TroubleBody)
    assert world.run.filed is None
    world.tap("finish")
    world.tap("skip")
    assert world.run.ended == "refused"
    assert world.asked(PrintPaper) == []


def test_not_stored_promises_nothing() -> None:
    world = to_sign(World(SENIOR))
    world.hold.add(Submit)
    world.tap("next", **SIGNATURE)
    [submit] = world.asked(Submit)
    world.tell(NotStored(effect=submit.id, words="终端存储已满", code="STORE-FULL"))
    trouble = world.page.body
    assert isinstance(trouble, TroubleBody)
    assert "没有提交" in trouble.next[0]


def test_nobody_can_tap_while_the_submission_is_under_way() -> None:
    world = to_sign(World(SENIOR))
    world.hold.add(Submit)
    world.tap("next", **SIGNATURE)
    before = world.run
    for action in ("next", "back", "leave", "again", "rate", "change:bank_card_number"):
        world.tap(action, **SIGNATURE)
    assert world.run == before
    assert len(world.asked(Submit)) == 1


@pytest.mark.parametrize(
    ("result", "title"),
    [("printed", "请取纸"), ("failed", "没有打印出来"), ("unconfirmed", "请看出纸口")],
)
def test_paper_of_no_case_is_not_to_be_taken_where_none_came(
    result: Literal["printed", "failed", "unconfirmed"], title: str
) -> None:
    world = World(GUIDES)
    world.tap("choose", choice=SENIOR.item)
    world.hold.add(PrintPaper)
    world.tap("next")
    [print_] = world.asked(PrintPaper)
    world.tell(PrintEnded(effect=print_.id, result=result, words="打印机缺纸"))
    assert world.page.title == title


def test_failed_print_is_offered_again_and_only_by_hand() -> None:
    world = to_sign(World(SENIOR))
    world.hold.add(PrintPaper)
    world.tap("next", **SIGNATURE)
    [first] = world.asked(PrintPaper)
    world.tell(PrintEnded(effect=first.id, result="unconfirmed", words="打印机没有回应"))
    assert len(world.asked(PrintPaper)) == 1
    assert {button.id for button in world.page.others} == {"again"}
    world.tap("again")
    assert len(world.asked(PrintPaper)) == 2


def test_card_trouble_is_shown_and_the_reader_goes_on_asking() -> None:
    world = World(SENIOR)
    world.hold.add(ReadCard)
    world.tap("next")
    world.tap("next")
    [ask] = world.asked(ReadCard)
    world.tell(CardTrouble(effect=ask.id, words="请把身份证放好"))
    body = world.page.body
    assert isinstance(body, IdentifyBody)
    assert (body.state, body.message) == ("asking", "请把身份证放好")
    world.tell(CardRead(effect=ask.id, card=CARD))
    assert isinstance(world.page.body, FaceConsentBody)


def test_denied_card_is_asked_for_again_and_forgotten() -> None:
    world = World(SENIOR)
    world.hold |= {Login, ReadCard}
    world.tap("next")
    world.tap("next")
    world.tell(CardRead(effect=world.asked(ReadCard)[0].id, card=CARD))
    world.tell(LoginDenied(effect=world.asked(Login)[0].id, words="证件信息与平台不一致"))
    body = world.page.body
    assert isinstance(body, IdentifyBody)
    assert body.message.startswith("证件信息与平台不一致")
    assert "再放一次" in body.message
    assert world.run.person is None
    assert len(world.asked(ReadCard)) == 2


def test_phone_scan_identifies_at_level_phone() -> None:
    world = World(SENIOR)
    world.hold.add(ReadCard)
    world.tap("next")
    world.tap("next")
    world.tap("phone")
    body = world.page.body
    assert isinstance(body, IdentifyBody)
    assert body.scan is not None
    assert body.scan.user_code == "AB"
    [scan] = world.asked(PhoneScan)
    world.tell(
        Identified(
            effect=scan.id, name="王秀兰", id_number=CARD["id_number"], level="phone", method="phone", at=AT
        )
    )
    assert world.run.person is not None
    assert world.run.person.level == "phone"
    assert world.run.values["person_name"].source == "account"


def test_phone_scan_without_network_returns_to_the_card() -> None:
    world = World(SENIOR)
    world.hold |= {ReadCard, PhoneScan}
    world.tap("next")
    world.tap("next")
    world.tap("phone")
    world.tell(Unreachable(effect=world.asked(PhoneScan)[0].id, reason="no-network"))
    body = world.page.body
    assert isinstance(body, IdentifyBody)
    assert body.state == "asking"
    assert "请使用身份证" in body.message


def test_late_outcome_of_a_cancelled_effect_changes_nothing() -> None:
    world = World(SENIOR)
    world.hold.add(ReadCard)
    world.tap("next")
    world.tap("next")
    [ask] = world.asked(ReadCard)
    world.tap("back")
    assert any(each.target == ask.id for each in world.asked(Cancel))
    before = world.run
    world.tell(CardRead(effect=ask.id, card=CARD))
    assert world.run == before


def test_proxy_files_for_the_principal_with_both_identities() -> None:
    world = by_face(SENIOR)
    world.tap("choose", choice="other")
    form = world.page.body
    assert isinstance(form, FormBody)
    assert world.run.values["resident_id_number"].value == PRINCIPAL["id_number"]
    assert world.asked(Call)[0].operation == "lookupProxy"
    assert "prefill" not in {call.operation for call in world.asked(Call)}
    world.tap("next", **ANSWERS)
    world.tap("next")
    world.tap("next", **SIGNATURE)
    body = world.asked(Submit)[0].body
    assert body["proxy"]["relation"] == "child"
    assert body["proxy"]["authorisation"] == "A-1"
    assert body["proxy"]["principal"]["resident_id_number"]["value"] == PRINCIPAL["id_number"]
    assert body["identity"]["card"]["id_number"] == CARD["id_number"]
    assert world.run.ended == ""


def test_what_is_known_of_the_citizen_is_not_filed_for_the_other_person_nor_the_other_way_round() -> None:
    own = {"residential_address": Known(value="我自己的住址 1 号", source="share", trust="A")}
    run, effects = engine.start(SENIOR, "v.7", known=own, at=AT)
    world = World(SENIOR)
    world.run = run
    world.perform(effects)
    to_identity(world).show_face()
    world.tap("choose", choice="other")
    assert set(world.run.values) == {"person_name", "resident_id_number"}
    world.tap("keep", residential_address="父亲的住址 2 号")
    world.tap("back")
    world.tap("choose", choice="self")
    assert world.run.values["resident_id_number"].value == CARD["id_number"]
    assert world.run.values["residential_address"].source == "share"


def test_proxy_with_ones_own_card_is_asked_for_the_other_one() -> None:
    world = by_face(SENIOR)
    world.hold.add(ReadCard)
    world.tap("choose", choice="other")
    world.tell(CardRead(effect=world.asked(ReadCard)[-1].id, card=CARD))
    body = world.page.body
    assert isinstance(body, IdentifyBody)
    assert "本人" in body.message
    assert body.whose == "principal"


def test_proxy_without_a_found_authorisation_asks_the_relation_and_flags_it() -> None:
    world = by_face(SENIOR)
    world.calls["lookupProxy"] = lambda call: Answered(effect=call.id, data=[])
    world.tap("choose", choice="other")
    assert isinstance(world.page.body, ChoiceBody)
    world.tap("choose", choice="nonsense")
    assert isinstance(world.page.body, ChoiceBody)
    world.tap("choose", choice="spouse")
    assert world.run.principal is not None
    assert world.run.principal.relation == "spouse"
    assert world.run.unchecked == ("authorisation",)


def test_benefits_are_shown_when_there_are_any() -> None:
    world = to_sign(World(SENIOR))
    world.calls["listBenefits"] = lambda call: Answered(
        effect=call.id,
        data=[
            {
                "policy": {"id": "p", "title": "高龄老人乘车优待"},
                "result": "will-receive",
                "reasons": ["年满 65"],
            }
        ],
    )
    world.tap("next", **SIGNATURE)
    world.tap("next")
    body = world.page.body
    assert isinstance(body, BenefitsBody)
    assert body.benefits[0].result == "将自动发放，不用申请"
    assert body.sample
    world.tap("next")
    assert isinstance(world.page.body, RateBody)


def test_back_from_the_first_page_leaves_the_item() -> None:
    world = World(SENIOR)
    world.tap("back")
    assert world.run.ended == "cancelled"


def test_a_second_item_of_a_visit_does_not_ask_who_it_is_again() -> None:
    first = by_face(RECORD)
    assert first.run.person is not None
    run, effects = engine.start(SENIOR, "v.2", person=first.run.person, known=first.run.values, at=AT)
    run, effects = engine.advance(SENIOR, run, Act(action="back", at=AT))
    assert run.ended == "cancelled"
    run, effects = engine.start(SENIOR, "v.3", person=first.run.person, at=AT)
    guide = effects[0].id
    run, _ = engine.advance(SENIOR, run, Unreachable(effect=guide, reason="no-network"))
    run, _ = engine.advance(SENIOR, run, Act(action="next", at=AT))
    run, effects = engine.advance(SENIOR, run, Act(action="next", at=AT))
    assert effects == ()
    assert isinstance(engine.page(SENIOR, run).body, ChoiceBody)


@pytest.mark.parametrize("flow", FLOWS.values(), ids=lambda flow: flow.item)
def test_the_stepper_names_exactly_one_present_stage(flow: Flow) -> None:
    world = World(flow)
    for _ in range(4):
        stages = world.page.stages
        assert [stage.state for stage in stages].count("now") == 1
        world.tap("next")


def test_repr_of_a_run_tells_nothing_personal() -> None:
    world = to_sign(World(SENIOR))
    shown = repr(world.run) + repr(world.run.person) + repr(world.run.values)
    for secret in (CARD["name"], CARD["id_number"], GOOD_CARD, "某某路"):
        assert secret not in shown


def test_waiting_for_the_guide_can_be_left() -> None:
    world = World(SENIOR)
    world.hold.add(type(world.history[0]))
    run, _ = engine.start(SENIOR, "v.9", at=AT)
    assert isinstance(engine.page(SENIOR, run).body, WaitingBody)
    run, effects = engine.advance(SENIOR, run, Act(action="back", at=AT))
    assert run.ended == "cancelled"
    assert [type(effect) for effect in effects] == [Cancel]
