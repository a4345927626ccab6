"""Numbers in the hand: a case to supplement, a slip, a certificate; and the sealed paper of one's own."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from flows import engine, kinds
from flows.bodies import DocumentsBody
from flows.effects import PrintCertificate, PrintPaper, Submit
from flows.events import PrintEnded
from flows.kinds import Document
from flows.page import ChoiceBody, DocumentLine, FormBody, RateBody, ResultBody, TableBody, TroubleBody
from tests.flows.items import RATE, RECEIPT, REVIEW, field, form, item
from tests.flows.world import AT, GUIDE, PERSON, PICTURE, World

PAPERS = kinds.Documents(
    title="材料",
    documents=(
        Document(role="proof", name="证明", importance="secondary", deferrable=True),
        Document(role="deferred", name="要补交的材料", importance="main"),
    ),
)
LATER = item(
    {"case": field("scan", label="办件编号")},
    kinds.Identify(),
    kinds.ChooseCase(operation="listCases", field="case", title="哪一件"),
    PAPERS,
    REVIEW,
    kinds.Submit(operation="supplementCase"),
    RECEIPT,
    RATE,
    identity="card",
    offline="queue",
)
SLIP_ITEM = item(
    {"number": field("scan")},
    form("number"),
    kinds.Lookup(operation="getSlip", field="number"),
    kinds.Display(title="看"),
    RATE,
)
DRAFT = item(
    {"code": field("scan")},
    kinds.Identify(),
    kinds.Draft(operation="getDraft", field="code"),
    identity="card",
)
CERTIFICATE = item(
    {"year": field("year", years_back=3)},
    form("year"),
    kinds.Query(operation="query", fields=("year",)),
    kinds.Display(title="看"),
    kinds.Print(paper="certificate"),
    RATE,
)
TABLE: dict[str, Any] = {"columns": [{"key": "a", "label": "甲"}], "rows": [{"a": "1"}]}


def case(number: str, state: str, **more: Any) -> dict[str, Any]:
    return {"case_no": number, "item": "a.b", "state": state, "accepted_at": AT, **more}


CASES = [
    case("c1", "accepted-with-deferral", deferral={"documents": ["proof", "外来的"], "due": "2026-12-20"}),
    case(
        "c2",
        "supplement-needed",
        children=[
            case("c3", "refused", reasons=["缺图"], deferral={"documents": ["deferred"]}),
            case("c4", "done"),
            case("c8", "refused", reasons=["未满 60 周岁"]),
        ],
    ),
    case("c5", "done"),
    case("c6", "withdrawn", children=[case("c7", "supplement-needed")]),
]


def at_cases() -> World:
    line = DocumentLine(name="诊断证明", main=False, deferrable=True, role="proof")
    world = World(LATER, guide=replace(GUIDE, item="a.b", documents=(line,)))
    world.answer("listCases", CASES)
    world.run, effects = engine.start(LATER, "v.2", person=PERSON, at=AT)
    world.perform(effects)
    return world


def shoot(world: World, role: str) -> None:
    world.tap(f"capture:{role}")
    world.tap("next", **PICTURE)
    world.tap("next")
    world.tap("done")


def test_only_cases_that_documents_would_help_are_offered_with_what_and_until_when() -> None:
    body = at_cases().page.body
    assert isinstance(body, ChoiceBody)
    assert {option.value: option.label for option in body.options} == {
        "c1": "要补：诊断证明、外来的",
        "c3": "没有受理：缺图",
    }
    assert "2026-12-20 前补齐" in body.options[0].detail


def test_what_a_case_lacks_is_photographed_under_the_names_the_city_gave_and_one_of_two_will_do() -> None:
    world = at_cases()
    world.tap("choose", choice="c1")
    body = world.page.body
    assert isinstance(body, DocumentsBody)
    assert [row.role for row in body.rows] == ["proof", "外来的"]
    assert not any(action.startswith("later:") for action in engine.offered(world.page))
    world.tap("next")
    body = world.page.body
    assert isinstance(body, DocumentsBody)
    assert body.error
    shoot(world, "外来的")
    world.tap("next")
    world.tap("next")
    [submit] = world.asked(Submit)
    assert (submit.operation, submit.target) == ("supplementCase", "c1")
    assert [each["role"] for each in submit.body["documents"]] == ["外来的"]


def test_what_was_photographed_for_one_case_is_not_sent_to_another() -> None:
    world = at_cases()
    world.tap("choose", choice="c1")
    shoot(world, "proof")
    world.tap("back")
    world.tap("choose", choice="c3")
    assert not world.run.documents


def test_without_a_network_the_number_is_typed_and_flagged_and_is_no_path() -> None:
    world = World(LATER, online=False)
    body = world.page.body
    assert isinstance(body, FormBody)
    world.tap("next", case="..")
    body = world.page.body
    assert isinstance(body, FormBody)
    assert body.inputs[0].error
    world.tap("next", case="TJ-1")
    shoot(world, "deferred")
    world.tap("next")
    world.tap("next")
    assert "options" in world.run.unchecked
    assert world.asked(Submit)[0].target == "TJ-1"


def test_no_open_case_is_told_kindly() -> None:
    assert isinstance(World(LATER, person=PERSON).page.body, TroubleBody)


def test_a_slip_that_became_a_case_can_be_rated_by_it() -> None:
    world = World(SLIP_ITEM)
    world.tap("next", number="6f1f7c0e-6f0e-4a63-9d5b-0d0f7f4f9a11")
    body = world.page.body
    assert isinstance(body, TableBody)
    assert ("办件编号", "TJ-1") in body.rows
    world.tap("next")
    assert isinstance(world.page.body, RateBody)
    world.tap("rate", level="4")
    assert world.asked(Submit)[0].body["case_no"] == "TJ-1"


def test_a_report_is_rated_by_its_slip_for_its_ticket_is_no_case() -> None:
    report = item(
        {"words": field("long-text", max_length=200)},
        form("words"),
        REVIEW,
        kinds.Submit(operation="escalate"),
        RECEIPT,
        RATE,
        offline="queue",
    )
    world = World(report)
    world.tap("next", words="窗口没有说清楚")
    world.tap("next")
    assert isinstance(world.page.body, ResultBody)
    world.tap("next")
    world.tap("rate", level="5")
    filed = world.run.filed
    assert filed is not None
    assert filed.case_no
    rating = world.asked(Submit)[-1].body
    assert (rating["slip"], "case_no" in rating) == (filed.slip, False)


def test_a_report_says_who_is_to_answer_it_and_drops_nothing_that_was_asked() -> None:
    person = {**msgspec.to_builtins(field("text", label="姓名")), "kind": "text"}
    report = item(
        {
            "event_description": field("long-text", label="怎么回事"),
            "place": field("choice", label="在哪里", choices=[{"code": "p1", "label": "河西"}]),
            "people": field("records", label="还有谁", record={"name": person}),
            "left_out": field("text", label="别的", required=False),
            "hidden": field("text", label="不问的", when={"field": "place", "values": ["p2"]}),
            "mobile_number": field("phone", label="电话"),
        },
        form("event_description", "place", "left_out", "mobile_number"),
        form("hidden"),
        kinds.Records(title="还有谁？", field="people"),
        REVIEW,
        kinds.Submit(operation="escalate", about="12345"),
        RECEIPT,
        RATE,
        offline="queue",
    )
    world = World(report)
    world.tap("next", event_description="路灯不亮", place="p1", left_out="", mobile_number="13800000000")
    for name in ("甲", "乙"):
        world.tap("add")
        world.tap("save", name=name)
    world.tap("next")
    world.tap("next")
    assert world.asked(Submit)[0].body == {
        "kind": "12345",
        "item": "test.item",
        "contact": "13800000000",
        "words": "在哪里：河西\n还有谁：甲；乙\n路灯不亮",
    }


@pytest.mark.parametrize("said", ["办得快", ""])
def test_a_case_that_was_not_filed_here_is_rated_by_its_number_and_in_words(said: str) -> None:
    fields = {"case_number": field("scan"), "rating_comment": field("long-text", required=False)}
    rate = kinds.Rate(operation="rate", case="case_number", comment="rating_comment")
    world = World(item(fields, form("case_number", "rating_comment"), rate, offline="queue"), online=False)
    world.tap("next", case_number="TJ-7", rating_comment=said)
    world.tap("rate", level="4")
    [sent] = world.asked(Submit)
    comment = {"comment": said} if said else {}
    assert sent.body == {"item": "test.item", "level": 4, "case_no": "TJ-7", **comment}
    assert world.run.ended == "done"


@pytest.mark.parametrize("state", ["not-received", "a-new-word"])
def test_of_a_slip_nobody_has_nothing_good_or_bad_is_claimed(state: str) -> None:
    world = World(SLIP_ITEM)
    world.answer("getSlip", {"state": state})
    world.tap("next", number="6f1f7c0e")
    body = world.page.body
    assert isinstance(body, TableBody)
    assert "受理" not in body.rows[0][1]
    assert state not in body.rows[0][1]
    world.tap("next")
    assert (world.run.ended == "done") is (state == "not-received")


@pytest.mark.parametrize(
    ("here", "words"),
    [
        ("waiting", "还在等待送出"),
        ("expired", "到 2026-12-27 没能送出，不再送了"),
        ("quarantined", "平台没能接收，已转给工作人员"),
        ("closed", "窗口已经处理，不再送了"),
    ],
)
@pytest.mark.parametrize("state", ["not-received", "not-asked"])
def test_what_this_terminal_knows_of_its_own_slip_is_said_as_its_own_word(
    state: str, here: str, words: str
) -> None:
    world = World(SLIP_ITEM)
    world.answer("getSlip", {"state": state, "here": {"state": here, "until": "2026-12-27", "case_no": ""}})
    world.tap("next", number="6f1f7c0e")
    body = world.page.body
    assert isinstance(body, TableBody)
    assert ("这台终端", words) in body.rows
    assert "受理" not in words
    assert body.rows[-1][0] == "接下来"
    world.tap("next")
    assert world.run.ended == "done"  # nothing to rate: the city knows of nothing


def test_a_draft_ends_the_run_and_names_what_goes_on() -> None:
    world = World(DRAFT, person=PERSON)
    world.tap("next", code="")
    body = world.page.body
    assert isinstance(body, FormBody)
    assert body.inputs[0].error
    world.tap("next", code="D-1")
    assert world.run.ended == "done"
    assert world.run.then is not None
    assert world.run.then.item == "civil.senior-allowance-apply"


def test_a_draft_that_is_not_there_is_said_at_its_number() -> None:
    world = World(DRAFT, person=PERSON)
    world.refuse("getDraft", "NO_DRAFT")
    world.tap("next", code="D-1")
    body = world.page.body
    assert isinstance(body, FormBody)
    assert "没有找到" in body.inputs[0].error


def at_certificate() -> World:
    world = World(CERTIFICATE)
    world.answer("query", {**TABLE, "certificate": "K-1"})
    world.hold.add(PrintCertificate)
    world.tap("next", year="2026")
    world.tap("next")
    return world


def test_a_certificate_is_printed_sealed_with_its_code_and_never_as_a_plain_record() -> None:
    world = at_certificate()
    [first] = world.asked(PrintCertificate)
    world.tell(PrintEnded(effect=first.id, result="printed", code="TJ-7788", count=2))
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert (body.number, body.number_label) == ("TJ-7788", "验证码")
    assert "这是第 2 次打印" in body.lines
    assert not world.asked(PrintPaper)


@pytest.mark.parametrize(
    ("result", "count", "same"),
    [("failed", 0, True), ("failed", 1, False), ("unconfirmed", 0, False), ("unconfirmed", 1, False)],
)
def test_what_failed_whole_is_the_same_print_and_what_may_have_come_out_a_new_counted_one(
    result: Any, count: int, same: bool
) -> None:
    world = at_certificate()
    effect = world.asked(PrintCertificate)[0].id
    world.tell(PrintEnded(effect=effect, result=result, words="?", count=count))
    world.tap("again")
    one, two = world.asked(PrintCertificate)
    assert (one.intent == two.intent) is same
    assert not world.asked(PrintPaper)


def test_without_a_certificate_there_is_nothing_to_print() -> None:
    world = World(CERTIFICATE)
    world.answer("query", TABLE)
    world.tap("next", year="2026")
    world.tap("next")
    assert isinstance(world.page.body, RateBody)
    assert not world.asked(PrintCertificate)
