"""Identity beyond the card: face, number and face, a company, step-up; and what is never done with a face."""

from __future__ import annotations

from msgspec.structs import replace

from flows import engine, kinds
from flows.bodies import CameraBody, FaceConsentBody
from flows.effects import Call, CheckPicture, Login, NumberLogin, PhoneScan, ReadCard, Submit
from flows.events import TOO_LOW, Business, Identified, LoginDenied, Refused, Unreachable
from flows.page import FormBody, IdentifyBody, ReviewBody, TroubleBody
from flows.parts import Reason
from tests.flows.items import NAME, NUMBER, RATE, RECEIPT, REVIEW, SUBMIT, field, form, item
from tests.flows.world import AT, CARD, JPEG, PERSON, PICTURE, World

FIELDS = {"person_name": NAME, "resident_id_number": NUMBER}
FACE = item(FIELDS, kinds.Identify(), REVIEW, SUBMIT, RECEIPT, RATE, identity="card+face")
QUEUED = replace(FACE, offline="queue")
NO_CARD = replace(FACE, steps=(kinds.Identify(without_card=True), *FACE.steps[1:]))
COMPANY = item(
    {"enterprise_name": field("text", locked=True), "unified_social_credit_code": field("text", locked=True)},
    kinds.Identify(who="business"),
    REVIEW,
    SUBMIT,
    RECEIPT,
    RATE,
    identity="phone",
    audience="business",
)
OPTIONAL = item(FIELDS, kinds.Identify(who="business", optional=True), REVIEW, RATE)


def test_after_the_card_a_face_is_compared_only_after_a_consent_of_its_own() -> None:
    world = World(FACE)
    assert isinstance(world.page.body, FaceConsentBody)
    assert {"face", "phone"} <= engine.offered(world.page), "a face is never the only way"
    world.tap("face")
    assert isinstance(world.page.body, CameraBody)
    world.tap("next", **PICTURE)
    compared = world.asked(Login)[-1].face
    assert (compared.image, compared.consent_at) == (JPEG, AT)
    assert isinstance(world.page.body, ReviewBody)
    assert world.run.person is not None
    assert world.run.person.level == "card+face"


def test_the_picture_of_a_face_is_never_kept_in_the_run() -> None:
    world = World(FACE)
    world.hold.add(CheckPicture)
    world.show_face()
    assert JPEG not in str(world.run.draft) + str(world.run.picture) + str(world.run.documents)
    assert world.run.picture is None
    for run in (world.run,):
        assert not run.documents


def test_three_comparisons_that_failed_leave_the_phone_and_coming_back_brings_no_more() -> None:
    world = World(FACE)
    world.hold.add(Login)
    for _ in range(3):
        world.show_face()
        world.tell(LoginDenied(effect=world.asked(Login)[-1].id, words="不是同一个人", face=True))
    body = world.page.body
    assert isinstance(body, IdentifyBody)
    assert "不是同一个人" in body.message
    assert engine.offered(world.page) == {"phone", "back"}


def test_number_and_face_are_offered_only_where_the_item_takes_them() -> None:
    waiting = World(FACE)
    waiting.hold.add(ReadCard)
    waiting.run, effects = engine.start(FACE, "v.2", at=AT)
    assert "number" not in engine.offered(waiting.page)
    world = World(NO_CARD)
    world.hold.add(ReadCard)
    world.run, effects = engine.start(NO_CARD, "v.2", at=AT)
    world.perform(effects)
    world.tap("number")
    world.tap("next", name="王秀兰", number="120103194001010026")
    body = world.page.body
    assert isinstance(body, FormBody)
    assert [each.name for each in body.inputs if each.error] == ["number"]
    world.tap("next", name="王秀兰", number=CARD["id_number"])
    world.show_face()
    [asked] = world.asked(NumberLogin)
    assert (asked.name, asked.id_number) == ("王秀兰", CARD["id_number"])
    assert world.run.person is not None
    assert world.run.person.method == "number-face"
    assert not world.run.draft


def test_number_and_face_end_after_three_tries_too() -> None:
    world = World(NO_CARD)
    world.hold |= {ReadCard, NumberLogin}
    world.run, effects = engine.start(NO_CARD, "v.2", at=AT)
    world.perform(effects)
    world.tap("number")
    for _ in range(3):
        world.tap("next", name="王秀兰", number=CARD["id_number"])
        world.show_face()
        world.tell(LoginDenied(effect=world.asked(NumberLogin)[-1].id, words="不是同一个人", face=True))
    assert "number" not in engine.offered(world.page)
    assert "phone" in engine.offered(world.page)


def test_without_a_camera_nobody_is_sent_to_one_and_the_phone_is_the_way() -> None:
    world = World(replace(FACE, needs=()))
    assert isinstance(world.page.body, IdentifyBody)
    assert engine.offered(world.page) == {"phone", "back"}
    world.tap("phone")
    assert engine.offered(world.page) == {"back"}
    approve(world, None)
    assert isinstance(world.page.body, ReviewBody)


def test_without_a_camera_nobody_is_asked_for_a_number_and_a_face() -> None:
    world = World(NO_CARD)
    world.hold.add(ReadCard)
    for flow, offered in ((NO_CARD, True), (replace(NO_CARD, needs=()), False)):
        world.flow = flow
        world.run, _ = engine.start(flow, "v.2", at=AT)
        assert ("number" in engine.offered(world.page)) is offered


def test_without_a_network_the_card_alone_is_flagged_as_identity_and_face() -> None:
    world = World(QUEUED, online=False)
    assert isinstance(world.page.body, ReviewBody)
    assert world.run.unchecked == ("identity", "face")
    world.tap("next")
    assert world.asked(Submit)[0].body["identity"]["confirmed"] is False


def test_whom_the_platform_confirmed_before_the_network_went_stays_confirmed() -> None:
    known = replace(PERSON, level="card")
    world = World(QUEUED, person=known, online=False)
    world.show_face()
    assert world.run.unchecked == ("face",)
    assert world.run.person is not None
    assert world.run.person.confirmed


def test_what_only_a_compared_face_may_ask_is_typed_where_no_face_could_be_compared() -> None:
    lookup = kinds.Prefill(operation="prefill", fields=("address",), offline="typed")
    fields = {**FIELDS, "address": field("text", prefill=["share"])}
    flow = item(fields, kinds.Identify(), lookup, form("address"), REVIEW, SUBMIT, identity="card+face")
    too_low = (Reason(message="这一项需要更高的身份核验级别"),)
    for policy, body in (("queue", FormBody), ("unavailable", TroubleBody)):
        world = World(replace(flow, offline=policy), person=replace(PERSON, level="card"))
        world.hold |= {Login, Call}
        world.show_face()
        world.tell(Unreachable(effect=world.asked(Login)[-1].id, reason="timeout"))
        if policy == "queue":
            world.tell(Refused(effect=world.asked(Call)[-1].id, reasons=too_low, code=TOO_LOW))
        assert isinstance(world.page.body, body)


def test_what_is_refused_for_the_level_when_it_is_filed_is_refused() -> None:
    world = World(QUEUED, person=replace(PERSON, level="card"), online=False)
    world.hold.add(Submit)
    world.show_face()
    world.tap("next")
    [filing] = world.asked(Submit)
    assert world.run.unchecked == ("face",)
    world.tell(Refused(effect=filing.id, reasons=(), code=TOO_LOW))
    assert isinstance(world.page.body, TroubleBody)
    assert world.run.outcome == "refused"


def test_a_comparison_without_an_answer_may_be_tried_again() -> None:
    world = World(FACE, person=replace(PERSON, level="card"), online=False)
    world.show_face()
    assert isinstance(world.page.body, TroubleBody)
    world.tap("retry")
    assert isinstance(world.page.body, FaceConsentBody)


def test_a_declined_phone_in_the_midst_of_a_step_up_forgets_nobody() -> None:
    world = World(FACE, person=replace(PERSON, level="card"))
    world.tap("phone")
    world.tell(LoginDenied(effect=world.asked(PhoneScan)[-1].id, words="已拒绝"))
    assert isinstance(world.page.body, FaceConsentBody)
    assert world.run.person is not None
    assert not world.asked(ReadCard)


def approve(world: World, business: Business | None) -> None:
    world.tell(
        Identified(
            effect=world.asked(PhoneScan)[-1].id,
            name="王秀兰",
            id_number=CARD["id_number"],
            level="phone",
            method="phone",
            at=AT,
            business=business,
        )
    )


FIRM = Business(name="津沽（演示）有限公司", code="91120199MA00000001", authority="handler")


def test_a_companys_handler_is_bound_and_sent_with_the_authority() -> None:
    world = World(COMPANY)
    [scan] = world.asked(PhoneScan)
    assert scan.business
    approve(world, FIRM)
    assert world.run.values["enterprise_name"].value == FIRM.name
    world.tap("next")
    identity = world.asked(Submit)[0].body["identity"]
    assert identity["handler"] == {"business": FIRM.code, "authority": "handler"}


def test_an_account_that_stands_for_no_company_is_told_so_and_may_be_changed() -> None:
    world = World(COMPANY)
    approve(world, None)
    body = world.page.body
    assert isinstance(body, IdentifyBody)
    assert "换企业账户" in body.message
    world.tap("business")
    assert len(world.asked(PhoneScan)) == 2


def test_a_citizens_own_item_is_not_filed_for_the_company_they_logged_in_for() -> None:
    world = World(FACE, person=replace(PERSON, business=FIRM))
    world.tap("next")
    assert "handler" not in world.asked(Submit)[0].body["identity"]


def test_where_a_login_may_be_passed_over_a_dead_network_does_not_stop_the_item() -> None:
    world = World(OPTIONAL)
    world.tell(Unreachable(effect=world.asked(PhoneScan)[-1].id, reason="no-network"))
    assert {"business", "skip"} <= engine.offered(world.page)
    world.tap("skip")
    assert isinstance(world.page.body, ReviewBody)
    assert world.run.person is None
