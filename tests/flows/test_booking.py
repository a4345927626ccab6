"""Bookings: held at once, moved and not doubled, given back by whoever leaves."""

from __future__ import annotations

import pytest

from flows import engine, kinds
from flows.effects import Call, PrintPaper
from flows.events import Refused, Unreachable
from flows.held import Slot
from flows.page import ChoiceBody, ResultBody, ReviewBody, TroubleBody
from tests.flows.items import RATE, RECEIPT, REVIEW, field, item
from tests.flows.world import World

BOOK = item(
    {"place": field("option", label="地点"), "day": field("option", label="时间")},
    kinds.Book(place="place", date="day", title="选时间"),
    REVIEW,
    kinds.ConfirmBooking(),
    RECEIPT,
    RATE,
    kind="book",
)


def choose(world: World, place: str, day: str, slot: str) -> World:
    for choice in (place, day, slot):
        world.tap("choose", choice=choice)
    return world


def first_time(world: World) -> World:
    return choose(world, "河西窗口", "2026-12-01", "s1")


def booked() -> World:
    world = first_time(World(BOOK))
    world.tap("next")
    assert isinstance(world.page.body, ResultBody)
    return world


def test_a_time_is_held_checked_confirmed_and_printed() -> None:
    world = booked()
    assert [call.operation for call in world.asked(Call)] == ["getSlots", "holdSlot", "confirmBooking"]
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert (body.state, body.number) == ("booked", "YY11220001")
    assert "地点：河西窗口" in body.lines
    [paper] = world.asked(PrintPaper)
    assert paper.kind == "appointment"
    assert ("时间", "2026-12-01 周二 09:00") in paper.lines


def test_only_times_that_are_free_are_offered_from_today_on() -> None:
    world = World(BOOK)
    [ask] = world.called("getSlots")
    assert ask.query == {"item": BOOK.item, "from": "2026-11-22"}
    world.tap("choose", choice="南开窗口")
    world.tap("choose", choice="2026-12-02")
    body = world.page.body
    assert isinstance(body, ChoiceBody)
    assert [option.value for option in body.options] == ["s3"]


def test_leaving_gives_the_hold_back_and_nothing_cancels_that() -> None:
    world = first_time(World(BOOK))
    world.tap("back")
    assert not world.called("cancelBooking")
    world.tap("back")
    [back] = world.called("cancelBooking")
    assert back.path == {"id": "B-1"}
    assert world.run.ended == "cancelled"
    assert back.id not in world.run.pending


def test_a_visit_that_ends_from_outside_gives_the_hold_back() -> None:
    world = first_time(World(BOOK))
    [effect] = engine.abandon(world.flow, world.run)
    assert isinstance(effect, Call)
    assert effect.operation == "cancelBooking"
    assert engine.abandon(BOOK, booked().run) == (), "an appointment is not given back"


def test_another_time_moves_the_hold_and_makes_no_second_one() -> None:
    world = first_time(World(BOOK))
    world.tap("change:place")
    choose(world, "南开窗口", "2026-12-02", "s3")
    assert len(world.called("holdSlot")) == 1
    [move] = world.called("rescheduleBooking")
    assert move.body == {"slot": "s3"}
    assert isinstance(world.page.body, ReviewBody)


def test_a_place_that_was_only_looked_at_is_not_the_place_that_is_booked() -> None:
    world = first_time(World(BOOK))
    world.tap("change:place")
    world.tap("choose", choice="南开窗口")
    world.tap("up")
    world.tap("back")
    review = world.page.body
    assert isinstance(review, ReviewBody)
    assert [row.shown for row in review.rows] == ["河西窗口", "2026-12-01 周二 09:00"]


def test_a_time_that_was_taken_meanwhile_brings_the_offers() -> None:
    world = World(BOOK)
    offer = Slot(id="s2", place="河西窗口", starts_at="2026-12-01T10:00:00+08:00", free=1)
    world.refuse("holdSlot", "CONFLICT", offers=(offer,))
    first_time(world)
    body = world.page.body
    assert isinstance(body, ChoiceBody)
    assert [option.value for option in body.options] == ["s2"]
    assert body.hint
    del world.calls["holdSlot"]
    world.tap("choose", choice="s2")
    assert isinstance(world.page.body, ReviewBody)


def test_the_same_tap_after_no_answer_means_the_same_and_after_an_answer_something_new() -> None:
    world = World(BOOK)
    world.lose("holdSlot")
    first_time(world)
    assert isinstance(world.page.body, TroubleBody)
    del world.calls["holdSlot"]
    world.tap("retry")
    first_time(world)
    one, two = world.called("holdSlot")
    assert one.intent == two.intent
    for slot, place, day in (("s3", "南开窗口", "2026-12-02"), ("s1", "河西窗口", "2026-12-01")) * 2:
        world.tap("change:place")
        choose(world, place, day, slot)
    moves = [call.intent for call in world.called("rescheduleBooking")]
    assert len(set(moves)) == 4


def test_already_booked_is_a_reason_and_not_a_time_to_choose_again() -> None:
    world = World(BOOK)
    world.refuse("holdSlot", "BOOKED")
    first_time(world)
    assert isinstance(world.page.body, TroubleBody)
    assert world.run.outcome == "refused"


def test_a_hold_that_ran_out_is_chosen_anew_and_held_anew() -> None:
    world = first_time(World(BOOK))
    world.answer("confirmBooking", {"id": "B-1", "state": "expired"})
    world.tap("next")
    body = world.page.body
    assert isinstance(body, ChoiceBody)
    assert "过时" in body.hint
    assert world.run.outcome == ""
    first_time(world)
    one, two = world.called("holdSlot")
    assert one.intent != two.intent


def test_a_confirmation_without_an_answer_is_not_called_undone_and_is_asked_again_under_its_key() -> None:
    world = first_time(World(BOOK))
    world.lose("confirmBooking")
    world.tap("next")
    trouble = world.page.body
    assert isinstance(trouble, TroubleBody)
    assert trouble.title == "还不知道预约成功没有"
    assert "没有提交" not in "".join(each.message for each in trouble.reasons)
    del world.calls["confirmBooking"]
    world.tap("retry")
    one, two = world.called("confirmBooking")
    assert one.intent == two.intent
    assert world.run.outcome == "done"


def test_an_appointment_is_moved_from_its_paper_and_printed_anew() -> None:
    world = booked()
    world.tap("move")
    choose(world, "南开窗口", "2026-12-02", "s3")
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert "地点：南开窗口" in body.lines
    assert body.number == "YY11220001", "the ticket stays where the answer leaves it out"
    assert len(world.asked(PrintPaper)) == 2
    assert len(world.called("holdSlot")) == len(world.called("confirmBooking")) == 1


def test_who_looks_at_other_times_and_goes_back_gets_no_second_paper() -> None:
    world = booked()
    world.tap("move")
    world.tap("back")
    assert isinstance(world.page.body, ResultBody)
    assert len(world.asked(PrintPaper)) == 1


def test_a_move_that_cannot_be_asked_for_leaves_the_appointment_and_the_item_done() -> None:
    world = booked()
    world.online = False
    world.tap("move")
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert body.state == "booked"
    assert "原来的预约还在" in body.lines[0]
    assert world.run.outcome == "done"


def test_a_move_without_an_answer_does_not_claim_where_the_appointment_is() -> None:
    world = booked()
    world.tap("move")
    world.lose("rescheduleBooking")
    choose(world, "南开窗口", "2026-12-02", "s3")
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert "还不知道改约成功没有" in body.lines[0]
    del world.calls["rescheduleBooking"]
    world.tap("move")
    choose(world, "南开窗口", "2026-12-02", "s3")
    one, two = world.called("rescheduleBooking")
    assert one.intent == two.intent


def test_late_outcomes_of_a_hold_that_was_answered_change_nothing() -> None:
    world = booked()
    before = world.run
    for call in world.asked(Call):
        world.tell(Refused(effect=call.id, reasons=(), code="CONFLICT"))
        world.tell(Unreachable(effect=call.id, reason="timeout"))
    assert world.run == before


def test_an_appointment_is_called_off_when_that_was_asked_once_more_and_the_paper_says_so() -> None:
    world = booked()
    world.tap("call-off")
    asked = world.page.body
    assert isinstance(asked, ChoiceBody)
    assert "2026-12-01 周二 09:00" in asked.hint
    assert not world.called("cancelBooking")
    world.tap("choose", choice="yes")
    [call] = world.called("cancelBooking")
    assert call.path == {"id": "B-1"}
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert (body.state, body.number, body.paper) == ("called-off", "YY11220001", "printed")
    first, paper = world.asked(PrintPaper)
    assert (first.kind, paper.kind) == ("appointment", "cancellation")
    assert ("原来的时间", "2026-12-01 周二 09:00") in paper.lines
    assert "作废" in paper.notes[0]
    assert {"move", "call-off"}.isdisjoint(engine.offered(world.page))
    assert world.run.outcome == "called-off"


def test_who_does_not_want_it_called_off_after_all_keeps_it() -> None:
    world = booked()
    world.tap("call-off")
    world.tap("choose", choice="no")
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert body.state == "booked"
    assert not world.called("cancelBooking")
    assert len(world.asked(PrintPaper)) == 1


@pytest.mark.parametrize("mishap", ["refused", "no answer", "still confirmed"])
def test_what_the_city_did_not_call_off_is_not_said_to_be(mishap: str) -> None:
    world = booked()
    if mishap == "refused":
        world.refuse("cancelBooking", "NO_BOOKING")
    elif mishap == "no answer":
        world.lose("cancelBooking")
    else:
        world.answer("cancelBooking", {"id": "B-1", "state": "confirmed"})
    world.tap("call-off")
    world.tap("choose", choice="yes")
    body = world.page.body
    assert isinstance(body, ResultBody)
    assert body.state == "booked"
    assert ("还不知道" if mishap == "no answer" else "没有取消成功") in body.lines[0]
    assert world.run.outcome == "done"
    assert len(world.asked(PrintPaper)) == 1


def test_calling_off_is_asked_again_after_no_answer() -> None:
    world = booked()
    world.lose("cancelBooking")
    for _ in range(2):
        world.tap("call-off")
        world.tap("choose", choice="yes")
        world.answer("cancelBooking", {"id": "B-1", "state": "cancelled"})
    assert len(world.called("cancelBooking")) == 2
    assert world.run.outcome == "called-off"


def test_the_paper_says_where_an_appointment_is_changed_later() -> None:
    [paper] = booked().asked(PrintPaper)
    assert "津心办" in paper.notes[-1]
    assert "12345" in paper.notes[-1]
