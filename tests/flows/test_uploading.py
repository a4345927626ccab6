"""Documents from the phone: what arrives is kept, judged, and filed; however it ends, nothing is lost."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from flows import engine
from flows.bodies import DocumentsBody, ToldBody, UploadBody
from flows.effects import Cancel, OpenUpload, Submit
from flows.events import Outcome, Refused, Unreachable, UploadEnded
from flows.page import ReviewBody
from flows.parts import Reason
from tests.flows.test_documents import PLAIN, at_papers, states, take
from tests.flows.world import World

BARE = replace(PLAIN, needs=())
"""As a terminal without a camera offers it."""


def at_phone(world: World | None = None) -> World:
    world = world or at_papers()
    world.tap("upload")
    return world


def shown(world: World) -> UploadBody:
    body = world.page.body
    assert isinstance(body, UploadBody)
    return body


def end(world: World, outcome: type[Outcome], **told: object) -> None:
    world.tell(outcome(effect=world.asked(OpenUpload)[-1].id, **told))


def roles(world: World) -> list[str]:
    return [each["role"] for each in world.asked(Submit)[0].body["documents"]]


def test_what_the_phone_sends_is_filed_with_its_hash_and_trust_c() -> None:
    world = at_phone()
    assert [each.role for each in world.asked(OpenUpload)[0].documents] == ["contract", "proof"]
    assert (shown(world).link, shown(world).expires) == ("https://up.invalid/1", "10:00")
    world.sent("contract", sha256="01" * 32)
    world.sent("contract", sha256="02" * 32)
    world.sent("proof", sha256="03" * 32)
    assert [(row.pages, row.uploaded) for row in shown(world).rows] == [(2, True), (1, True)]
    end(world, UploadEnded, how="done")
    assert states(world) == {"contract": "taken", "proof": "taken"}
    world.tap("next")
    world.tap("next")
    sent = world.asked(Submit)[0].body["documents"]
    assert [(each["role"], each["sha256"][:2], each["trust"]) for each in sent] == [
        ("contract", "01", "C"),
        ("contract", "02", "C"),
        ("proof", "03", "C"),
    ]


def test_a_picture_that_will_not_do_is_told_by_name_and_not_kept() -> None:
    world = at_phone()
    world.sent("contract", "不够清楚")
    assert shown(world).problems == ("合同：不够清楚",)
    assert shown(world).rows[0].state == "missing"
    world.sent("contract")
    assert not shown(world).problems


def test_more_pictures_than_a_document_may_have_are_not_taken_and_that_is_told() -> None:
    world = at_phone()
    for _ in range(3):
        world.sent("contract")
    assert "最多 2 张" in shown(world).problems[0]
    assert shown(world).rows[0].pages == 2


def test_a_document_that_nobody_asked_for_changes_nothing() -> None:
    world = at_phone()
    before = world.run
    world.sent("passport")
    assert world.run == before


def test_going_back_keeps_what_has_arrived_and_closes_the_page_at_the_city() -> None:
    world = at_phone()
    world.sent("contract")
    world.tap("up")
    assert states(world) == {"contract": "taken", "proof": "missing"}
    [cancelled] = world.asked(Cancel)
    assert cancelled.target == world.asked(OpenUpload)[0].id
    before = world.run
    world.sent("proof")  # too late
    assert world.run == before


def test_what_is_sent_anew_takes_the_place_of_the_pages_before_and_a_photograph_of_both() -> None:
    world = at_papers()
    take(world, "contract", 2)
    at_phone(world)
    world.sent("contract", sha256="0a" * 32)
    world.tap("done")
    body = world.page.body
    assert isinstance(body, DocumentsBody)
    assert (body.rows[0].pages, body.rows[0].uploaded) == (1, True)
    take(world, "contract")
    body = world.page.body
    assert isinstance(body, DocumentsBody)
    assert not body.rows[0].uploaded


@pytest.mark.parametrize(
    ("outcome", "told", "words"),
    [
        (UploadEnded, {"how": "expired"}, "时间到了"),
        (UploadEnded, {"how": "lost"}, "网络断了"),
        (Unreachable, {"reason": "timeout"}, "网络不通"),
        (Refused, {"reasons": (Reason(message="平台维护"),)}, "平台维护"),
    ],
)
def test_an_end_is_said_plainly_and_one_can_go_on_or_back(
    outcome: type[Outcome], told: dict[str, object], words: str
) -> None:
    world = at_phone()
    world.sent("contract")
    end(world, outcome, **told)
    body = world.page.body
    assert isinstance(body, ToldBody)
    assert words in body.lines[0]
    world.tap("again")
    assert shown(world).rows[0].state == "taken"
    assert len(world.asked(OpenUpload)) == 2
    world.tap("up")
    assert states(world)["contract"] == "taken"


def test_without_a_camera_the_phone_is_the_way_and_secondary_ones_may_still_follow() -> None:
    world = at_papers(BARE)
    offered = engine.offered(world.page)
    assert "upload" in offered
    assert "later:proof" in offered
    assert not [each for each in offered if each.startswith("capture:")]
    world.tap("later:proof")
    at_phone(world)
    assert [each.role for each in world.asked(OpenUpload)[0].documents] == ["contract"]
    assert [row.role for row in shown(world).rows] == ["contract"]
    world.sent("contract")
    end(world, UploadEnded, how="done")
    world.tap("next")
    assert isinstance(world.page.body, ReviewBody)
    world.tap("next")
    assert roles(world) == ["contract"]


def test_no_repr_tells_the_way_or_the_picture() -> None:
    world = at_phone()
    world.sent("contract")
    told = f"{shown(world)!r} {world.run!r} {world.run.upload!r} {world.history!r}"
    assert "up.invalid" not in told
