"""A code from the scanner answers the question it was asked for, and no other."""

from __future__ import annotations

from msgspec.structs import replace

from flows import engine, kinds
from flows.effects import Call, Submit
from flows.events import Scanned
from flows.held import Known
from flows.page import FormBody, Input, ReviewBody
from tests.flows.items import RATE, RECEIPT, REVIEW, field, form, item
from tests.flows.test_numbers import DRAFT, LATER, SLIP_ITEM, shoot
from tests.flows.world import PERSON, World

TWO = item(
    {
        "invoice": field("scan", label="票据号码", max_length=12),
        "name": field("text", label="名称"),
        "fixed": field("scan", label="卡号", locked=True, required=False),
    },
    form("invoice", "name", "fixed"),
    REVIEW,
    kinds.Submit(operation="apply"),
    RECEIPT,
    RATE,
    offline="queue",
)


def scan(world: World, name: str, value: str = "", words: str = "") -> None:
    world.tell(Scanned(field=name, value=value, words=words))


def asked(world: World) -> dict[str, Input]:
    body = world.page.body
    assert isinstance(body, FormBody)
    return {each.name: each for each in body.inputs}


def test_code_fills_in_its_question_and_says_where_it_is_from() -> None:
    world = World(TWO)
    world.tap("keep", name="甲")
    scan(world, "invoice", "1201")
    questions = asked(world)
    assert (questions["invoice"].value, questions["invoice"].source) == ("1201", "扫描得到")
    assert questions["name"].value == "甲"


def test_what_was_scanned_is_filed_as_scanned_unless_it_is_typed_over() -> None:
    for typed, source in (("1201", "scanned"), ("1202", "typed")):
        world = World(TWO)
        scan(world, "invoice", "1201")
        world.tap("next", invoice=typed, name="甲", fixed="")
        world.tap("next")
        [sent] = world.asked(Submit)
        assert sent.body["fields"]["invoice"] == {"value": typed, "source": source, "trust": "D"}


def test_code_that_does_not_fit_is_told_and_the_next_one_mends_it() -> None:
    world = World(TWO)
    scan(world, "invoice", "1" * 13)
    assert asked(world)["invoice"].error
    scan(world, "invoice", "1201")
    assert not asked(world)["invoice"].error


def test_words_stand_at_the_question_and_take_nothing_away() -> None:
    world = World(TWO)
    scan(world, "invoice", "1201")
    scan(world, "invoice", words="换一个码")
    question = asked(world)["invoice"]
    assert (question.value, question.error) == ("1201", "换一个码")


def test_code_for_what_is_not_asked_changes_nothing() -> None:
    world = World(TWO)
    before = world.run
    for name in ("name", "nothing", "resident_id_number"):
        scan(world, name, "1201")
    assert world.run == before


def test_what_a_card_said_is_not_scanned_over() -> None:
    world = World(TWO)
    known = replace(world.run, values={"fixed": Known(value="1", source="id-card", trust="A")})
    run, effects = engine.advance(TWO, known, Scanned(field="fixed", value="2"))
    assert (run, effects) == (known, ())


def test_after_the_page_is_left_a_late_code_changes_nothing() -> None:
    world = World(TWO)
    world.tap("next", invoice="1201", name="甲", fixed="")
    before = world.run
    scan(world, "invoice", "1202")
    assert world.run == before


def test_slip_is_looked_up_by_its_code() -> None:
    world = World(SLIP_ITEM)
    scan(world, "number", "6f1f7c0e")
    world.tap("next", number="6f1f7c0e")
    assert world.asked(Call)[-1].path == {"id": "6f1f7c0e"}


def test_draft_is_fetched_by_its_code() -> None:
    world = World(DRAFT, person=PERSON)
    scan(world, "code", "D-1")
    assert asked(world)["code"].value == "D-1"
    world.tap("next", code="D-1")
    assert world.asked(Call)[-1].path == {"id": "D-1"}


def test_another_cases_code_drops_the_pictures_of_the_first() -> None:
    world = World(LATER, online=False)
    scan(world, "case", "TJ-1")
    world.tap("next", case="TJ-1")
    shoot(world, "deferred")
    world.tap("back")
    assert world.run.documents
    scan(world, "case", "TJ-1")
    assert world.run.documents
    scan(world, "case", "TJ-2")
    assert not world.run.documents


def test_wrong_number_of_a_case_does_not_pass_the_review() -> None:
    world = World(LATER, online=False)
    scan(world, "case", "TJ-1")
    world.tap("next", case="TJ-1")
    shoot(world, "deferred")
    world.tap("next")
    assert isinstance(world.page.body, ReviewBody)
    world.tap("change:case")
    scan(world, "case", "..")
    assert asked(world)["case"].error
    world.tap("back")
    world.tap("next")  # what was looked over is not sent: the question stands there again
    assert asked(world)["case"].value == ".."
    assert not world.asked(Submit)
    world.tap("next", case="..")
    assert asked(world)["case"].error


def test_repr_says_nothing_of_a_code() -> None:
    assert "1201" not in repr(Scanned(field="invoice", value="1201"))
