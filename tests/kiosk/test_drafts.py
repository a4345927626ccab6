"""What was begun on the phone goes on here: what was filled in there is only confirmed."""

from __future__ import annotations

from typing import Any

import pytest

from flows.effects import Call, LoadGuide, ReadCard
from flows.events import Answered, CardRead, Refused
from flows.page import FormBody
from flows.parts import Reason
from tests.flows.shipped import offered
from tests.flows.world import CARD
from tests.kiosk.shell import Box

SENIOR = "civil.senior-allowance-apply"
FLOWS = offered()
ADDRESS = {"value": "和平区某某路 9 号 2 门 301", "source": "typed", "trust": "D"}


def at_the_code() -> Box:
    """Known by the card, and asked for the draft's number."""
    box = Box(flows=FLOWS)
    box.tap("start:terminal.resume-draft")
    [(effect, _, tell)] = box.hands.asked
    assert isinstance(effect, ReadCard)
    box.hands.asked.clear()
    tell(CardRead(effect=effect.id, card=CARD))
    box.hands.answer()
    assert isinstance(box.view.page.body, FormBody)
    return box


def fetched(box: Box, item: str, fields: dict[str, Any]) -> None:
    """The draft arrives."""
    box.tap("next", draft_code="D20260001")
    [(effect, _, tell)] = box.hands.asked
    assert isinstance(effect, Call)
    assert (effect.operation, effect.path) == ("getDraft", {"id": "D20260001"})
    box.hands.asked.clear()
    tell(Answered(effect=effect.id, data={"item": item, "fields": fields}))


def test_the_drafts_item_begins_with_what_was_filled_in() -> None:
    box = at_the_code()
    fetched(box, SENIOR, {"residential_address": ADDRESS, "no_such_field": ADDRESS})
    visit = box.terminal._visit
    assert visit is not None
    assert visit.run is not None
    assert visit.run.item == SENIOR
    assert visit.run.values["residential_address"].value == ADDRESS["value"]
    assert "no_such_field" not in visit.run.values
    assert any(isinstance(effect, LoadGuide) for effect, _, _ in box.hands.asked)


def test_a_draft_cannot_say_who_somebody_is() -> None:
    box = at_the_code()
    fetched(box, SENIOR, {"person_name": {"value": "别人", "source": "typed"}})
    visit = box.terminal._visit
    assert visit is not None
    assert visit.run is not None
    known = visit.run.values.get("person_name")
    assert known is None or known.value == CARD["name"]


@pytest.mark.parametrize("item", ["no.such-item", SENIOR])
def test_an_item_that_cannot_be_done_here_is_said(item: str) -> None:
    box = at_the_code()
    box.situation.broken = {"receipt_printer"}
    fetched(box, item, {})
    assert box.kind == "ended"
    assert box.view.page.title == "这一项现在办不了"


def test_a_wrong_number_is_said_at_the_question_and_can_be_typed_again() -> None:
    box = at_the_code()
    box.tap("next", draft_code="D1")
    [(effect, _, tell)] = box.hands.asked
    box.hands.asked.clear()
    tell(Refused(effect=effect.id, reasons=(Reason(message="没有查到您的草稿"),), code="NO_DRAFT"))
    body = box.view.page.body
    assert isinstance(body, FormBody)
    assert body.inputs[0].error == "没有查到您的草稿"
    assert body.inputs[0].value == "D1"


def test_what_a_terminal_offers_of_its_own_stands_beside_the_tiles_not_among_them() -> None:
    box = Box(flows=FLOWS)
    page = box.view.page
    assert {action.id for action in page.others} >= {"start:terminal.resume-draft", "start:terminal.slip"}
    tiles = getattr(page.body, "tiles", ())
    assert tiles
    assert not any(tile.item.startswith("terminal.") for tile in tiles)
