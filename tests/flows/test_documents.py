"""Documents, portrait, deferral, commitment: what is photographed, what follows, what a promise replaces."""

from __future__ import annotations

import hashlib

from msgspec.structs import replace

from flows import engine, kinds
from flows.bodies import CameraBody, CommitmentBody, DocumentsBody, PictureBody, ToldBody
from flows.effects import CheckPicture, PrintPaper, Submit
from flows.events import Accepted, PrintEnded, Stored
from flows.fields import When
from flows.kinds import Document
from flows.model import Flow
from flows.page import ChoiceBody, DocumentLine, ResultBody, ReviewBody, TroubleBody
from tests.flows.items import COMMIT, NOTICE, RATE, RECEIPT, REVIEW, SUBMIT, field, form, item
from tests.flows.world import AT, GUIDE, JPEG, PERSON, PICTURE, World

TEXT = "本人承诺属实（演示数据）"
PUBLISHED = replace(GUIDE, commitment_text=TEXT, defer_days=10)
PAPERS = kinds.Documents(
    title="材料",
    documents=(
        Document(role="contract", name="合同", importance="main", pages=2),
        Document(role="proof", name="证明", importance="secondary", deferrable=True),
    ),
)
COMMITMENT = kinds.Commitment(operation="checkEligibility", field="method", replaces=("proof",))
METHOD = field("choice", choices=COMMIT)
PLAIN = item({}, NOTICE, PAPERS, REVIEW, SUBMIT, RECEIPT, RATE)
PROMISED = item({"method": METHOD}, NOTICE, COMMITMENT, PAPERS, REVIEW, SUBMIT, RECEIPT, RATE)
PORTRAIT = item({}, kinds.Photo(title="照片"), REVIEW, SUBMIT, RECEIPT, RATE)
EXCLUDED = {"eligible": False, "reasons": [{"code": "COMMITMENT_EXCLUDED", "message": "有失信记录"}]}


def at_papers(flow: Flow = PLAIN) -> World:
    world = World(flow, person=PERSON, guide=PUBLISHED)
    world.tap("next")
    return world


def take(world: World, role: str, pages: int = 1) -> None:
    world.tap(f"capture:{role}")
    for page in range(pages):
        world.tap("next", **PICTURE)
        world.tap("next")
        if page + 1 < pages:
            world.tap("more")
    world.tap("done")


def states(world: World) -> dict[str, str]:
    body = world.page.body
    assert isinstance(body, DocumentsBody)
    return {row.role: row.state for row in body.rows}


def test_pages_are_photographed_looked_at_and_sent_with_their_hash() -> None:
    world = at_papers()
    take(world, "contract", 2)
    take(world, "proof")
    assert states(world) == {"contract": "taken", "proof": "taken"}
    world.tap("next")
    world.tap("next")
    sent = world.asked(Submit)[0].body["documents"]
    assert [each["role"] for each in sent] == ["contract", "contract", "proof"]
    assert sent[0]["content"] == JPEG
    assert sent[0]["trust"] == "C"
    assert "deferred_documents" not in world.asked(Submit)[0].body


def test_a_main_document_cannot_follow_later_and_a_secondary_one_may() -> None:
    world = at_papers()
    assert "later:contract" not in engine.offered(world.page)
    world.tap("later:contract")
    world.tap("later:proof")
    assert states(world) == {"contract": "missing", "proof": "later"}
    body = world.page.body
    assert isinstance(body, DocumentsBody)
    assert "10 个工作日" in body.later_words
    world.tap("next")
    body = world.page.body
    assert isinstance(body, DocumentsBody)
    assert body.error == "还缺：合同"
    take(world, "contract")
    world.tap("next")
    world.tap("next")
    assert world.asked(Submit)[0].body["deferred_documents"] == ["proof"]


def test_a_document_that_the_guide_does_not_let_follow_may_not_follow() -> None:
    line = DocumentLine(name="证明", main=False, deferrable=False, role="proof")
    world = World(PLAIN, person=PERSON, guide=replace(PUBLISHED, documents=(line,)))
    world.tap("next")
    assert "later:proof" not in engine.offered(world.page)


def test_who_begins_to_photograph_anew_and_goes_back_keeps_the_pages_there_were() -> None:
    world = at_papers()
    take(world, "contract")
    world.tap("capture:contract")
    world.tap("up")
    assert states(world)["contract"] == "taken"


def test_a_picture_that_will_not_do_is_taken_again_with_the_reason() -> None:
    world = at_papers()
    world.problems = ("太暗",)
    world.tap("capture:contract")
    world.tap("next", **PICTURE)
    body = world.page.body
    assert isinstance(body, CameraBody)
    assert body.problems == ("太暗",)
    world.tap("next", picture="data:image/png;base64,AAAA")
    assert len(world.asked(CheckPicture)) == 1


def test_without_a_camera_it_is_said_and_what_may_follow_may_follow() -> None:
    world = at_papers()
    world.tap("capture:contract")
    world.tap("no-camera")
    body = world.page.body
    assert isinstance(body, DocumentsBody)
    assert "摄像头" in body.error
    assert "later:proof" in engine.offered(world.page)


def test_a_portrait_is_looked_at_taken_again_and_kept_and_a_dead_camera_is_no_dead_network() -> None:
    world = World(PORTRAIT, person=PERSON)
    world.tap("next", **PICTURE)
    assert isinstance(world.page.body, PictureBody)
    world.tap("again")
    world.tap("next", **PICTURE)
    world.tap("next")
    assert isinstance(world.page.body, ReviewBody)
    world.tap("next")
    assert [each["role"] for each in world.asked(Submit)[0].body["documents"]] == ["photo"]
    other = World(PORTRAIT, person=PERSON)
    other.tap("no-camera")
    trouble = other.page.body
    assert isinstance(trouble, TroubleBody)
    assert trouble.title == "摄像头现在不能用"


def test_no_repr_tells_anything_of_a_picture() -> None:
    world = at_papers()
    take(world, "contract")
    world.tap("capture:proof")
    world.tap("next", **PICTURE)
    told = repr(world.run) + repr(world.run.documents) + repr(world.page.body) + repr(world.history)
    assert JPEG not in told


def at_commitment() -> World:
    return at_papers(PROMISED)


def test_a_commitment_is_read_agreed_to_and_replaces_its_document() -> None:
    world = at_commitment()
    world.tap("choose", choice="commitment")
    body = world.page.body
    assert isinstance(body, CommitmentBody)
    assert (body.text, body.replaces) == (TEXT, ("证明",))
    world.tap("next")
    assert states(world) == {"contract": "missing"}
    take(world, "contract")
    world.tap("next")
    world.tap("next")
    sent = world.asked(Submit)[0].body
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    assert sent["commitment"] == {"text_version": "1", "text_sha256": digest, "agreed_at": AT}
    assert sent["fields"]["method"]["value"] == "commitment"


def test_who_may_not_commit_is_told_why_and_brings_proof() -> None:
    world = at_commitment()
    world.answer("checkEligibility", EXCLUDED)
    world.tap("choose", choice="commitment")
    body = world.page.body
    assert isinstance(body, ToldBody)
    assert body.lines[0] == "有失信记录"
    world.tap("proof")
    assert states(world) == {"contract": "missing", "proof": "missing"}
    assert world.run.committed is None


def test_where_proof_would_not_help_either_every_reason_is_told() -> None:
    world = at_commitment()
    reasons = [*EXCLUDED["reasons"], {"code": "AGE", "message": "未成年"}]  # type: ignore[misc]
    world.answer("checkEligibility", {"eligible": False, "reasons": reasons})
    world.tap("choose", choice="commitment")
    trouble = world.page.body
    assert isinstance(trouble, TroubleBody)
    assert [each.message for each in trouble.reasons] == ["有失信记录", "未成年"]


def test_without_a_network_a_commitment_is_taken_and_flagged_and_proof_takes_the_flag_away() -> None:
    world = at_commitment()
    world.lose("checkEligibility")
    world.tap("choose", choice="commitment")
    world.tap("next")
    assert "commitment" in world.run.unchecked
    world.tap("back")
    world.tap("choose", choice="proof")
    assert not world.run.unchecked
    assert world.run.committed is None


def test_without_a_text_there_is_nothing_to_agree_to() -> None:
    world = World(PROMISED, person=PERSON)
    world.tap("next")
    world.tap("choose", choice="commitment")
    body = world.page.body
    assert isinstance(body, ToldBody)
    assert "取不到承诺书" in body.lines[0]


def test_who_takes_the_commitment_back_at_the_review_is_asked_for_the_proof_before_it_comes_back() -> None:
    world = at_commitment()
    world.tap("choose", choice="commitment")
    world.tap("next")
    take(world, "contract")
    world.tap("next")
    assert isinstance(world.page.body, ReviewBody)
    world.tap("change:method")
    body = world.page.body
    assert isinstance(body, ChoiceBody)
    assert body.chosen == "commitment"
    world.tap("choose", choice="proof")
    assert states(world) == {"contract": "taken", "proof": "missing"}
    take(world, "proof")
    world.tap("next")
    assert isinstance(world.page.body, ReviewBody)


def test_who_only_looks_at_the_choice_keeps_what_was_agreed_to() -> None:
    world = at_commitment()
    world.tap("choose", choice="commitment")
    world.tap("next")
    take(world, "contract")
    world.tap("next")
    world.tap("change:method")
    world.tap("back")
    world.tap("next")
    assert "commitment" in world.asked(Submit)[0].body
    assert isinstance(world.page.body, ResultBody)


WHY = field("choice", choices=[{"code": "lost", "label": "丢了"}, {"code": "damaged", "label": "坏了"}])
LOST = When(field="why", values=("lost",))
ON_LOSS = item(
    {"why": WHY, "method": field("choice", choices=COMMIT, when={"field": "why", "values": ["lost"]})},
    NOTICE,
    form("why"),
    COMMITMENT,
    kinds.Documents(
        title="材料",
        documents=(
            Document(role="proof", name="遗失说明", importance="secondary", when=LOST),
            Document(role="notice", name="登报", importance="secondary", when=LOST),
        ),
    ),
    REVIEW,
    SUBMIT,
    RECEIPT,
    RATE,
)


def test_a_document_is_asked_for_only_after_the_answer_that_it_hangs_on() -> None:
    world = at_papers(ON_LOSS)
    world.tap("next", why="damaged")
    assert isinstance(world.page.body, ReviewBody), "neither a commitment nor a document"
    world.tap("change:why")
    world.tap("next", why="lost")
    world.tap("choose", choice="proof")
    assert states(world) == {"proof": "missing", "notice": "missing"}


def test_what_was_photographed_and_agreed_to_under_another_answer_is_not_sent() -> None:
    world = at_papers(ON_LOSS)
    world.tap("next", why="lost")
    world.tap("choose", choice="commitment")
    world.tap("next")
    take(world, "notice")
    world.tap("next")
    world.tap("change:why")
    world.tap("next", why="damaged")
    world.tap("next")
    body = world.asked(Submit)[0].body
    assert set(body["fields"]) == {"why"}
    assert not {"commitment", "documents"} & set(body)


def lacking(*printed: str) -> World:
    """A case was accepted that still lacks the proof; the printer answers each print with one of these."""
    world = at_papers()
    world.tap("later:proof")
    take(world, "contract")
    world.tap("next")
    world.hold = {Submit, PrintPaper}
    world.tap("next")
    submit = world.asked(Submit)[-1].id
    world.tell(Stored(effect=submit, slip="s"))
    world.tell(
        Accepted(
            effect=submit,
            slip="s",
            case_no="TJ-1",
            state="accepted-with-deferral",
            documents=("proof",),
            due="2026-12-11",
        )
    )
    for number, result in enumerate(printed):
        world.tell(PrintEnded(effect=world.asked(PrintPaper)[number].id, result=result))  # type: ignore[arg-type]
    return world


def test_a_case_that_lacks_documents_gets_a_notice_of_its_own() -> None:
    world = lacking("printed", "printed")
    receipt, notice = world.asked(PrintPaper)
    assert (receipt.kind, notice.kind, notice.number) == ("receipt", "deferral", "TJ-1")
    assert ("要补交的", "证明") in notice.lines
    assert ("最晚哪天", "2026-12-11 周五") in notice.lines
    assert "容缺材料补正提交" in notice.notes[0]
    assert "退件" in notice.notes[-1]
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert body.paper == "printed"
    assert "容缺受理通知" in body.lines[0]


def test_a_notice_that_failed_is_printed_again_without_a_second_receipt() -> None:
    world = lacking("printed", "failed")
    world.tap("again")
    assert [each.kind for each in world.asked(PrintPaper)] == ["receipt", "deferral", "deferral"]


def test_a_receipt_that_failed_is_printed_again_before_its_notice() -> None:
    world = lacking("failed")
    world.tap("again")
    world.tell(PrintEnded(effect=world.asked(PrintPaper)[-1].id, result="printed"))
    assert [each.kind for each in world.asked(PrintPaper)] == ["receipt", "receipt", "deferral"]
