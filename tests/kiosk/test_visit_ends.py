"""How an item and its visit end: what the goodbye, the help page and the journal say of it."""

from __future__ import annotations

import pytest

from flows.effects import PrintPaper
from flows.events import Accepted, PrintEnded, StillWaiting, Stored
from kiosk.views import EndedBody, Idle
from tests.flows.world import SIGNATURE
from tests.kiosk.shell import Box
from tests.kiosk.test_terminal import at_form


def at_result(box: Box, printed: str) -> None:
    """From the form over the signature to the end of the first print, which ends as `printed`."""
    box.tap("next", residential_address="和平区某某路 1 号", bank_card_number="6222020000000000000")
    box.tap("next")
    box.tap("next", **SIGNATURE)
    submit = box.hands.asked[-1][0]
    box.hands.tell(Accepted(effect=submit.id, slip="s", case_no="TJ-1", state="accepted"))
    paper = box.hands.asked[-1][0]
    box.hands.tell(PrintEnded(effect=paper.id, result=printed))  # type: ignore[arg-type]
    box.hands.asked.clear()


def at_waiting() -> tuple[Box, str]:
    """Signed and submitted; the submission's effect has no answer yet."""
    box = at_form()
    box.tap("next", residential_address="和平区某某路 1 号", bank_card_number="6222020000000000000")
    box.tap("next")
    box.tap("next", **SIGNATURE)
    assert box.kind == "waiting"
    return box, box.hands.asked[-1][0].id


def item_ended(box: Box) -> str:
    """What the journal says the item came to."""
    [line] = [line for line in box.diary.lines if line[0] == "item-ended"]
    return line[2]


def test_a_citizen_who_takes_the_paper_and_goes_has_filed() -> None:
    box = at_form()
    at_result(box, "printed")
    box.wait(100)
    assert box.kind == "home"
    assert item_ended(box) == "done"


def test_a_citizen_who_goes_with_a_slip_has_queued() -> None:
    box, submit = at_waiting()
    box.hands.tell(Stored(effect=submit, slip="s"))
    box.hands.tell(StillWaiting(effect=submit, slip="s"))
    box.tap("help")
    box.tap("leave")
    assert box.kind == "home"
    assert item_ended(box) == "queued"


def test_what_is_stored_when_the_agent_ends_is_queued_and_what_is_not_yet_is_not() -> None:
    box, submit = at_waiting()
    box.hands.tell(Stored(effect=submit, slip="s"))
    box.terminal.shut()
    assert item_ended(box) == "queued"
    box, _ = at_waiting()
    box.terminal.shut()
    assert item_ended(box) == "stopped"


def test_a_submission_under_way_is_not_to_be_given_up() -> None:
    box, submit = at_waiting()
    box.tap("help")
    assert "leave" not in {button.id for button in box.view.page.others}
    box.tap("leave")
    assert box.kind == "help"
    box.hands.tell(Accepted(effect=submit, slip="s", case_no="TJ-1", state="accepted"))
    box.tap("back")
    assert box.kind == "result"
    box.tap("help")
    assert [button.label for button in box.view.page.others if button.id == "leave"] == ["回首页"]


@pytest.mark.parametrize(
    ("printed", "to_take"), [("printed", True), ("unconfirmed", True), ("failed", False)]
)
def test_a_paper_that_never_came_out_is_not_to_be_taken_along(printed: str, to_take: bool) -> None:
    box = at_form()
    at_result(box, printed)
    box.tap("next")
    box.hands.answer()
    box.tap("skip")
    body = box.view.page.body
    assert isinstance(body, EndedBody)
    assert ("请取走您的凭条" in body.reminders) == to_take


def test_an_item_given_up_after_another_is_not_called_done() -> None:
    box = at_form()
    at_result(box, "printed")
    box.tap("next")
    box.hands.answer()
    box.tap("skip")
    assert box.view.page.title == "办好了，再见"
    box.tap("another")
    box.tap("start:service.item-guide")
    box.hands.answer()
    box.tap("back")
    assert box.kind == "ended"
    assert box.view.page.title == "这一项没有办"


def test_the_warning_counts_on_though_the_page_is_drawn_again() -> None:
    box = at_form()
    box.wait(61)
    assert box.view.idle == Idle(seconds_left=20)
    box.wait(14)
    box.situation.online = False
    box.terminal.refresh()
    assert box.view.idle == Idle(seconds_left=5)


def test_the_warning_before_the_cap_promises_no_more_time_than_there_is() -> None:
    box = at_form()
    while box.clock.passed < 1730:
        box.wait(10)
        box.terminal.typing()
    box.wait(61)
    assert box.view.idle == Idle(seconds_left=10)


def test_a_submission_under_way_outlasts_the_cap_until_its_paper() -> None:
    box = at_form()
    while box.clock.passed < 1790:
        box.wait(10)
        box.terminal.typing()
    box.tap("next", residential_address="和平区某某路 1 号", bank_card_number="6222020000000000000")
    box.tap("next")
    box.tap("next", **SIGNATURE)
    box.wait(12)
    assert box.kind == "waiting"
    submit = box.hands.asked[-1][0]
    box.hands.tell(Stored(effect=submit.id, slip="s"))
    box.hands.tell(StillWaiting(effect=submit.id, slip="s"))
    assert isinstance(box.hands.asked[-1][0], PrintPaper)
    box.wait(30)
    assert box.kind == "home"


def test_a_disk_that_never_answers_does_not_hold_a_visit_past_its_cap_for_ever() -> None:
    box, _ = at_waiting()
    box.wait(1790)
    assert box.kind == "waiting"
    box.wait(30)
    assert box.kind == "home"
