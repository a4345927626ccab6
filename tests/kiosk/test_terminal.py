"""The visit actor: what a tap, an answer, silence and a bug do to the screen."""

from __future__ import annotations

from typing import Literal

import pytest

from flows.effects import ReadCard, Submit
from flows.events import Accepted, CardRead, NotStored, PrintEnded, StillWaiting, Stored
from kiosk import home
from kiosk.views import EndedBody, EscalateBody, EscalatedBody, HelpBody, HomeBody, Idle, OutOfServiceBody
from tests.flows.world import CARD
from tests.kiosk.shell import Box

SENIOR = "civil.senior-allowance-apply"


def at_form() -> Box:
    """The form of the senior allowance, for oneself, with everything prefilled that can be."""
    box = Box()
    box.tap(f"start:{SENIOR}")
    box.hands.answer()
    box.tap("next")
    box.tap("next")
    box.hands.answer()
    box.show_face()
    box.tap("choose", choice="self")
    box.hands.answer()
    assert box.kind == "form"
    return box


def test_the_first_touch_begins_a_visit_and_the_last_page_ends_it() -> None:
    box = Box()
    box.tap("start:service.item-guide")
    box.hands.answer()
    box.tap("choose", choice=SENIOR)
    box.hands.answer()
    box.tap("no-paper")
    box.tap("skip")
    assert box.kind == "ended"
    box.tap("finish")
    assert box.kind == "home"
    assert [line[0] for line in box.diary.lines] == [
        "visit-began",
        "item-started",
        "item-ended",
        "visit-ended",
    ]
    assert box.diary.lines[-1] == ("visit-ended", "finished", "1")
    assert len(box.hands.forgotten) == 1


def test_a_double_tap_acts_once() -> None:
    box = Box()
    turn = box.view.turn
    box.terminal.touch(turn, f"start:{SENIOR}", {})
    box.terminal.touch(turn, f"start:{SENIOR}", {})
    assert len(box.hands.asked) == 1


def test_a_toggle_tapped_twice_on_one_turn_toggles_once() -> None:
    box = Box()
    turn = box.view.turn
    box.terminal.touch(turn, "elder", {})
    box.terminal.touch(turn, "elder", {})
    assert box.view.elder


def test_a_tap_counts_when_only_the_frame_has_changed_meanwhile() -> None:
    box = at_form()
    turn = box.view.turn
    box.situation.online = False
    box.terminal.refresh()
    assert box.view.turn == turn + 1
    box.terminal.touch(turn, "next", {"residential_address": "和平区某某路 1 号", "bank_card_number": "1"})
    assert "bank_card_number" in {each.name for each in box.view.page.body.inputs if each.error}  # type: ignore[union-attr]


def test_a_tap_on_the_first_page_counts_though_another_tile_has_changed() -> None:
    box = Box()
    turn = box.view.turn
    box.situation.online = False
    box.terminal.refresh()
    box.terminal.touch(turn, f"start:{SENIOR}", {})
    assert box.kind == "waiting"


def test_a_stale_form_shows_the_present_page() -> None:
    box = Box()
    stale = box.view.turn
    box.tap(f"start:{SENIOR}")
    box.hands.answer()
    present = box.view.page
    box.terminal.touch(stale, "list", {})
    assert box.view.page == present


def test_help_and_larger_type_keep_what_was_typed() -> None:
    box = at_form()
    box.tap("help", residential_address="河西区某某路 9 号", bank_card_number="62")
    assert box.kind == "help"
    box.tap("back")
    values = {each.name: each.value for each in box.view.page.body.inputs}  # type: ignore[union-attr]
    assert values["residential_address"] == "河西区某某路 9 号"
    box.tap("large", residential_address="南开区某某路 3 号", bank_card_number="62")
    values = {each.name: each.value for each in box.view.page.body.inputs}  # type: ignore[union-attr]
    assert values["residential_address"] == "南开区某某路 3 号"
    assert box.view.large


def test_idle_warns_then_blanks_and_wipes() -> None:
    box = at_form()
    box.wait(59)
    before = box.view.idle
    box.wait(2)
    assert (before, box.view.idle) == (None, Idle(seconds_left=20))
    box.wait(21)
    assert box.kind == "home"
    assert box.view.visitor == ""
    assert len(box.hands.forgotten) == 1
    assert box.diary.lines[-1] == ("visit-ended", "timed-out", "0")


def test_extending_loses_nothing_and_works_more_than_ten_times() -> None:
    box = at_form()
    page = box.view.page
    warnings = []
    for _ in range(12):
        box.wait(61)
        warnings.append(box.view.idle)
        box.tap("extend")
    assert None not in warnings
    assert box.view.idle is None
    assert box.view.page == page


def test_typing_is_a_sign_of_life() -> None:
    box = at_form()
    for _ in range(5):
        box.wait(50)
        box.terminal.typing()
    assert box.view.idle is None


def test_elder_mode_doubles_the_times() -> None:
    box = at_form()
    box.tap("elder")
    box.wait(119)
    before = box.view.idle
    box.wait(2)
    assert (before, box.view.idle) == (None, Idle(seconds_left=40))


def test_the_next_person_finds_the_defaults() -> None:
    box = Box()
    box.tap("elder")
    box.tap("large")
    box.wait(200)
    assert not box.view.elder
    assert not box.view.large


def test_a_cap_ends_even_a_busy_visit() -> None:
    box = at_form()
    for _ in range(40):
        box.wait(50)
        box.terminal.typing()
    assert box.kind == "home"


def test_a_submission_under_way_is_waited_for() -> None:
    box = at_form()
    box.tap("next", residential_address="和平区某某路 1 号", bank_card_number="6222020000000000000")
    box.tap("next")
    box.tap("next", signature="data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==", strokes="[1]")
    assert box.kind == "waiting"
    box.wait(100)
    assert box.kind == "waiting"
    [(effect, _, _)] = box.hands.asked
    box.hands.tell(Stored(effect=effect.id, slip="s"))
    box.hands.tell(StillWaiting(effect=effect.id, slip="s"))
    assert box.kind == "result"


def test_a_bug_ends_the_visit_and_not_the_terminal() -> None:
    box = at_form()
    box.terminal.crashed(RuntimeError("x"))
    assert box.kind == "home"
    assert box.diary.lines[-1][:2] == ("visit-ended", "crashed")
    box.tap(f"start:{SENIOR}")
    assert box.kind == "waiting"


def test_an_outcome_for_an_earlier_visitor_reaches_nobody() -> None:
    box = Box()
    box.tap(f"start:{SENIOR}")
    box.hands.answer()
    box.tap("next")
    box.tap("next")
    effect, _, tell = box.hands.asked[-1]
    assert isinstance(effect, ReadCard)
    box.tap("help")
    box.tap("leave")
    box.tap(f"start:{SENIOR}")
    tell(CardRead(effect=effect.id, card=CARD))
    assert box.view.visitor == ""
    assert box.terminal._visit is not None
    assert box.terminal._visit.run is not None
    assert box.terminal._visit.run.person is None


def test_a_second_item_of_the_visit_does_not_ask_who_it_is() -> None:
    box = Box()
    box.tap("start:social-insurance.rights-record")
    box.hands.answer()
    box.tap("next")
    box.tap("next")
    box.hands.answer()
    box.show_face()
    box.tap("back")
    box.tap("leave")
    assert box.kind == "home"
    box.tap("start:social-insurance.rights-record")
    box.hands.answer()
    box.tap("next")
    box.tap("next")
    box.hands.answer()
    box.show_face()
    box.tap("next", statement_year="2025")
    box.hands.answer()
    box.tap("no-paper")
    box.tap("skip")
    box.tap("another")
    box.tap(f"start:{SENIOR}")
    box.hands.answer()
    box.tap("next")
    box.tap("next")
    assert box.kind == "choice"
    assert box.view.visitor == "王*兰"


def test_unavailable_items_say_why_before_the_start() -> None:
    box = Box()
    box.situation.online = False
    box.situation.broken = {"id_card"}
    box.terminal.refresh()
    body = box.view.page.body
    assert isinstance(body, HomeBody)
    reasons = {tile.item: tile.why_not for tile in body.tiles}
    assert "读卡器" in reasons[SENIOR]
    assert reasons["service.item-guide"] == ""
    box.tap(f"start:{SENIOR}")
    assert box.kind == "home"


@pytest.mark.parametrize(
    ("item", "words"),
    [(SENIOR, ""), ("social-insurance.rights-record", "网络不通"), ("service.item-guide", "")],
)
def test_without_network_each_policy_is_told_before_the_start(item: str, words: str) -> None:
    box = Box()
    box.situation.online = False
    box.terminal.refresh()
    body = box.view.page.body
    assert isinstance(body, HomeBody)
    tile = next(tile for tile in body.tiles if tile.item == item)
    assert tile.why_not.startswith(words)
    assert bool(tile.why_not) == bool(words)


def test_without_a_sealing_key_nothing_that_is_queued_begins() -> None:
    box = Box()
    box.situation.can_queue = False
    box.terminal.refresh()
    box.tap(f"start:{SENIOR}")
    assert box.kind == "home"


def test_out_of_service_is_said_and_nothing_acts() -> None:
    box = at_form()
    box.situation.fault = OutOfServiceBody(reason="存储故障", code="JOURNAL-BROKEN")
    box.terminal.refresh()
    assert box.kind == "out-of-service"
    box.tap("next")
    assert box.kind == "out-of-service"


def test_cannot_do_report_carries_its_context_and_gives_a_ticket() -> None:
    box = at_form()
    box.tap("help")
    box.tap("escalate:cannot-do")
    box.tap("report", reason="machine", words="看不清\x1b")
    box.tap("report", reason="machine", words="again")
    [(effect, _, _)] = box.hands.asked
    assert isinstance(effect, Submit)
    assert effect.body == {
        "kind": "cannot-do",
        "error": "machine",
        "words": "看不清",
        "item": SENIOR,
        "step": "form",
    }
    box.hands.tell(Accepted(effect=effect.id, slip="s", case_no="T-1", state="received", next="2026-11-29"))
    body = box.view.page.body
    assert isinstance(body, EscalatedBody)
    assert (body.number, body.stored) == ("T-1", False)
    box.tap("back")
    assert box.kind == "form"


def test_a_report_without_a_reason_is_asked_for_it_and_keeps_the_words() -> None:
    box = Box()
    box.tap("help")
    box.tap("escalate:12345")
    box.tap("report", words="排了三次队")
    body = box.view.page.body
    assert isinstance(body, EscalateBody)
    assert (body.error, body.words) == ("请先选一项，再点提交", "排了三次队")
    assert box.hands.asked == []
    box.tap("report", reason="complain", words=body.words)
    [(effect, _, _)] = box.hands.asked
    page = box.view.page
    assert isinstance(page.body, EscalateBody)
    assert (page.body.chosen, page.body.words, page.body.error) == ("complain", "排了三次队", "")
    assert page.primary is not None
    assert (page.primary.why_not, page.back) == ("正在提交，请稍候", None)
    box.hands.tell(NotStored(effect=effect.id, code="outbox-full", words="这台终端存不下了"))
    assert box.kind == "help"


def test_help_names_the_step_as_the_page_does() -> None:
    box = at_form()
    box.tap("help")
    body = box.view.page.body
    assert isinstance(body, HelpBody)
    assert "办到“填写”" in body.context


@pytest.mark.parametrize(
    ("printed", "reminders"),
    [("printed", ("请取走您的凭条",)), ("unconfirmed", ("请取走您的凭条",)), ("failed", ())],
)
def test_goodbye_reminds_of_paper_only_where_some_may_have_come_out(
    printed: Literal["printed", "unconfirmed", "failed"], reminders: tuple[str, ...]
) -> None:
    box = Box()
    box.tap("start:service.item-guide")
    box.hands.answer()
    box.tap("choose", choice=SENIOR)
    box.hands.answer()
    box.tap("next")
    [(effect, _, _)] = box.hands.asked
    box.hands.tell(PrintEnded(effect=effect.id, result=printed, words="打印机缺纸"))
    box.tap("next")
    box.tap("skip")
    body = box.view.page.body
    assert isinstance(body, EndedBody)
    assert body.reminders == reminders


def test_a_slip_that_was_not_printed_is_not_to_be_kept() -> None:
    assert home.ended_page("queued", card=False, paper=True).title == "已暂存，请留好暂存单"
    assert home.ended_page("queued", card=False, paper=False).title == "已暂存，请记好暂存单号"


def test_what_was_put_right_is_no_longer_called_wrong_after_help() -> None:
    box = at_form()
    box.tap("next", residential_address="", bank_card_number="62")
    box.tap("help", residential_address="河西区某某路 9 号", bank_card_number="62")
    box.tap("back")
    wrong = {each.name: each.error for each in box.view.page.body.inputs if each.error}  # type: ignore[union-attr]
    assert wrong == {"bank_card_number": "收款银行卡号至少 16 位，现在有 2 位"}


def test_report_without_network_says_that_it_is_stored() -> None:
    box = Box()
    box.tap("help")
    box.tap("escalate:12345")
    box.tap("report", reason="consult")
    [(effect, _, _)] = box.hands.asked
    box.hands.tell(Stored(effect=effect.id, slip="s-1"))
    box.hands.tell(StillWaiting(effect=effect.id, slip="s-1"))
    body = box.view.page.body
    assert isinstance(body, EscalatedBody)
    assert body.stored
    assert "暂存" in box.view.page.title


def test_report_that_could_not_be_kept_claims_nothing() -> None:
    box = Box()
    box.tap("help")
    box.tap("escalate:cannot-do")
    box.tap("report", reason="other")
    [(effect, _, _)] = box.hands.asked
    box.hands.tell(NotStored(effect=effect.id, words="满", code="OUTBOX-FULL"))
    assert box.kind == "help"


def test_identification_is_journalled_without_anything_personal() -> None:
    box = at_form()
    assert ("identified", "id-card", "card+face", "True") in box.diary.lines
    assert CARD["name"] not in str(box.diary.lines)
    assert CARD["id_number"] not in str(box.diary.lines)
