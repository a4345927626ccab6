"""预约: a place, a day, a time; held while the citizen checks, confirmed after, moved if they like.

A hold is given back when the item is left (`Turn.release`), and ends by itself at its `held_until`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from flows.effects import Call
from flows.events import Act, Answered, Event, Refused, Unreachable
from flows.held import Booking, Known, Slot
from flows.kinds import Book, ConfirmBooking
from flows.model import Flow
from flows.page import ChoiceBody, Page
from flows.parts import Option, Reason
from flows.run import Run, Trouble
from flows.steps.city import waiting
from flows.turn import BACK, UP, Asks, Turn, framed

TAKEN = "这个时间刚刚被约走了，请另选一个"
GONE = "给您留的号已经过时，请重新选一个时间"
UNSURE = "没有收到答复，还不知道改约成功没有。请再点“改约”选同一个时间，不会重复；或拨打 12345 核对"
NOT_MOVED = "现在不能改约，原来的预约还在"
_AGAIN = frozenset({"CONFLICT", "EXPIRED", "NO_SLOT", "NO_BOOKING", "HTTP-404", "HTTP-409"})
"""Refusals after which another time may be chosen; any other is a reason why not at all."""
_WEEKDAYS = "一二三四五六日"


def slot_of(data: Mapping[str, Any]) -> Slot:
    """The contract's `Slot`."""
    return Slot(
        id=data["id"],
        place=data["place"],
        starts_at=data["starts_at"],
        ends_at=data.get("ends_at", ""),
        free=data["free"],
    )


def when_words(slot: Slot) -> str:
    """``2026-12-01 周二 09:00–09:30``."""
    return f"{day_words(slot.starts_at[:10])} {time_words(slot)}"


def time_words(slot: Slot) -> str:
    """``09:00–09:30``."""
    return slot.starts_at[11:16] + (f"–{slot.ends_at[11:16]}" if slot.ends_at else "")


def day_words(day: str) -> str:
    """``2026-12-01 周二``; the day as it came where it is none."""
    try:
        return f"{day} 周{_WEEKDAYS[date.fromisoformat(day).weekday()]}"
    except ValueError:
        return day


class BookLogic:
    """Place, day, time: one question a page. The choice is held by the city before anything else is asked.

    Nothing is answered before the city holds it: who goes back half-way keeps the time they had.
    """

    stage = "选时间"

    def enter(self, turn: Turn, step: Book) -> None:
        """Ask which times are free."""
        turn.set(phase="loading", slots=())
        since = {"from": turn.run.today} if turn.run.today else {}
        item = turn.flow.item
        turn.emit(Call, operation="getSlots", item=item, body={}, query={"item": item, **since})

    def handle(self, turn: Turn, step: Book, event: Event) -> None:
        """The list, the choices, the hold."""
        loading = turn.run.phase == "loading"
        if isinstance(event, Act):
            self._touched(turn, event)
        elif isinstance(event, Answered) and loading:
            self._listed(turn, tuple(slot_of(each) for each in event.data if each["free"] > 0 and each["id"]))
        elif isinstance(event, Answered):
            self._held(turn, step, event.data)
        elif isinstance(event, Refused):
            self._refused(turn, event)
        elif isinstance(event, Unreachable) and _moving(turn.run):
            self._stay(turn, NOT_MOVED if loading else UNSURE)
        elif isinstance(event, Unreachable):
            turn.unavailable(event.reason)

    def _listed(self, turn: Turn, slots: tuple[Slot, ...]) -> None:
        if slots:
            turn.set(slots=slots, phase="place")
        elif _moving(turn.run):
            self._stay(turn, f"没有别的时间可约，{NOT_MOVED}")
        else:
            turn.trouble(
                Trouble(
                    kind="unavailable",
                    title="现在没有可约的时间",
                    reasons=(Reason(message="近期的号都约满了"),),
                    next=("请过些时候再来看看", "也可以到窗口，或拨打 12345 询问"),
                    code="NO-SLOT",
                    retry=True,
                )
            )

    def _stay(self, turn: Turn, words: str) -> None:
        """An appointment that is confirmed stays what it is: back to its page, with why it was not moved."""
        turn.back()
        turn.set(message=words)

    def _touched(self, turn: Turn, act: Act) -> None:
        run, choice = turn.run, act.values.get("choice", "")
        if act.action == "up" and run.phase == "offers":
            words = run.message
            turn.enter(run.step)
            turn.set(message=words)
        elif act.action == "up":
            turn.set(phase="place" if run.phase == "day" else "day")
        elif run.phase == "place" and choice in {slot.place for slot in run.slots}:
            turn.set(phase="day", message="", draft={"place": choice})
        elif run.phase == "day" and choice in {slot.starts_at[:10] for slot in _here(run)}:
            turn.set(phase="time", message="", draft={**run.draft, "day": choice})
        elif run.phase in {"time", "offers"}:
            slot = next((each for each in _shown(run) if each.id == choice), None)
            if slot is not None:
                self._hold(turn, slot)

    def _hold(self, turn: Turn, slot: Slot) -> None:
        """Hold it, or move what there is. Once more after no answer is the same intent, after an answer a new
        one: a time may be left and taken again."""
        run = turn.run
        booking, item = run.booking, turn.flow.item
        turn.set(phase="holding", message="", draft={**run.draft, "slot": slot.id})
        if booking is not None:
            turn.emit(
                Call,
                operation="rescheduleBooking",
                item=item,
                path={"id": booking.id},
                body={"slot": slot.id},
                intent=f"move:{run.id}:{run.holds}:{booking.id}:{slot.id}",
            )
            return
        body = {"item": item, "slot": slot.id}
        intent = f"hold:{run.id}:{run.holds}:{slot.id}"
        turn.emit(Call, operation="holdSlot", item=item, body=body, intent=intent)

    def _held(self, turn: Turn, step: Book, data: Mapping[str, Any]) -> None:
        turn.set(holds=turn.run.holds + 1)
        before = turn.run.booking
        chosen = next((each for each in turn.run.slots if each.id == turn.run.draft.get("slot")), None)
        booking = booking_of(data, chosen)
        if booking is None:  # cancelled or expired meanwhile: there is nothing in hand
            turn.set(booking=None, outcome="", paper=None, return_to=None)
            self._anew(turn, GONE)
            return
        if before is not None and before.id == booking.id and not booking.ticket:
            booking = replace(booking, ticket=before.ticket)
        if _moving(turn.run) and booking.state == "held":  # it is to be confirmed anew
            turn.set(outcome="", return_to=None)
        turn.set(booking=booking, paper=None)
        words = {step.place: booking.slot.place, step.date: when_words(booking.slot)}
        turn.answer({name: Known(value=value, source="typed", chosen=True) for name, value in words.items()})
        turn.next()

    def _refused(self, turn: Turn, event: Refused) -> None:
        loading = turn.run.phase == "loading"
        words = event.reasons[0].message if event.reasons else TAKEN
        offers = tuple(each for each in event.offers if each.free > 0 and each.id)
        turn.set(holds=turn.run.holds + (not loading))
        if offers:
            turn.set(slots=offers, phase="offers", message=words)
        elif not loading and event.code in _AGAIN:
            turn.release()  # what was held may have run out: it is not moved again, but held anew
            self._anew(turn, words)
        elif _moving(turn.run):
            self._stay(turn, f"{words}。{NOT_MOVED}")
        else:
            turn.refused("暂时不能预约", event.reasons, code=event.code)

    def _anew(self, turn: Turn, words: str) -> None:
        turn.enter(turn.run.step)
        turn.set(message=words)

    def page(self, flow: Flow, run: Run, step: Book) -> Page:
        """One question a page."""
        if run.phase == "loading":
            return waiting(flow, "正在查询可约的时间")
        if run.phase == "holding":
            shown = waiting(flow, "正在给您留号")
            return framed(flow, shown.title, shown.body, back=None)
        if run.phase == "place":
            return self._ask(flow, "到哪里办？", run, self._places(run))
        if run.phase == "day":
            days = sorted({slot.starts_at[:10] for slot in _here(run)})
            options = tuple(Option(value=day, label=day_words(day)) for day in days)
            return self._ask(flow, "哪一天去？", run, options, up=True)
        by_time = run.phase == "time"
        options = tuple(
            Option(
                value=slot.id,
                label=time_words(slot) if by_time else when_words(slot),
                detail=f"还有 {slot.free} 个号" if by_time else slot.place,
            )
            for slot in _shown(run)
        )
        return self._ask(flow, "几点去？" if by_time else step.title, run, options, up=True)

    def _places(self, run: Run) -> tuple[Option, ...]:
        free: dict[str, int] = {}
        for slot in run.slots:
            free[slot.place] = free.get(slot.place, 0) + slot.free
        return tuple(
            Option(value=place, label=place, detail=f"还有 {count} 个号") for place, count in free.items()
        )

    def _ask(
        self, flow: Flow, title: str, run: Run, options: tuple[Option, ...], *, up: bool = False
    ) -> Page:
        body = ChoiceBody(title=title, hint=run.message, options=options, sample=run.sample)
        return framed(flow, title, body, back=UP if up else BACK)

    def stops(self, flow: Flow, run: Run, step: Book) -> bool:
        """It asks something; a confirmed appointment is only moved from its own page."""
        return run.booking is None or run.booking.state == "held"

    def lacks(self, flow: Flow, run: Run, step: Book) -> bool:
        """No time is held."""
        return run.booking is None


def _moving(run: Run) -> bool:
    """Whether it is a confirmed appointment that is moved."""
    return run.booking is not None and run.booking.state == "confirmed" and run.return_to is not None


def _here(run: Run) -> tuple[Slot, ...]:
    """The times at the place that is chosen."""
    return tuple(slot for slot in run.slots if slot.place == run.draft.get("place"))


def _shown(run: Run) -> tuple[Slot, ...]:
    """The times that can be chosen now."""
    if run.phase != "time":
        return run.slots
    return tuple(slot for slot in _here(run) if slot.starts_at[:10] == run.draft.get("day"))


def booking_of(data: Mapping[str, Any], chosen: Slot | None) -> Booking | None:
    """The contract's `Booking`; None where it is neither held nor confirmed.

    `chosen`: the slot, where the answer leaves it out, which it may.
    """
    slot = slot_of(data["slot"]) if "slot" in data else chosen
    if data["state"] not in {"held", "confirmed"} or slot is None:
        return None
    return Booking(
        id=data["id"],
        slot=slot,
        state=data["state"],
        held_until=data.get("held_until", ""),
        ticket=data.get("ticket", ""),
    )


class ConfirmBookingLogic(Asks):
    """From the hold to the appointment. The same intent each time: a repeated tap books nothing twice."""

    stage = "提交"

    def enter(self, turn: Turn, step: ConfirmBooking) -> None:
        """The citizen has checked."""
        booking = turn.run.booking
        if booking is None:
            self._choose_again(turn, GONE, ())
        elif booking.state == "confirmed":
            turn.set(outcome="done")
            turn.next()
        else:
            turn.emit(
                Call,
                operation="confirmBooking",
                item=turn.flow.item,
                path={"id": booking.id},
                body={},
                intent=f"confirm:{booking.id}",
            )

    def handle(self, turn: Turn, step: ConfirmBooking, event: Event) -> None:
        """Booked, or the hold is gone, or it is not known: then asked again with the same key."""
        held = turn.run.booking
        if isinstance(event, Answered):
            booking = booking_of(event.data, held.slot if held is not None else None)
            if booking is None or booking.state != "confirmed":
                self._choose_again(turn, GONE, ())
                return
            turn.set(booking=booking, outcome="done")
            turn.next()
        elif isinstance(event, Refused) and (event.code in _AGAIN or event.offers):
            self._choose_again(turn, event.reasons[0].message if event.reasons else GONE, event.offers)
        elif isinstance(event, Refused):
            turn.refused("没有预约成功", event.reasons, code=event.code)
        elif isinstance(event, Unreachable):
            turn.trouble(
                Trouble(
                    kind="unavailable",
                    title="还不知道预约成功没有",
                    reasons=(Reason(message="没有收到平台的答复"),),
                    next=("请再试一次：同一个预约不会重复", "不再试的，这个号会退掉；也可拨打 12345 核对"),
                    code=event.reason,
                    retry=True,
                )
            )

    def _choose_again(self, turn: Turn, words: str, offers: tuple[Slot, ...]) -> None:
        """Another time. The hold is gone, or let go: nothing of it is confirmed later."""
        turn.release()
        turn.set(booking=None)
        for index, step in enumerate(turn.flow.steps):
            if isinstance(step, Book):
                turn.enter(index)
                free = tuple(each for each in offers if each.free > 0 and each.id)
                if free:
                    turn.cancel_pending()
                    turn.set(slots=free, phase="offers")
                turn.set(message=words)
                return

    def page(self, flow: Flow, run: Run, step: ConfirmBooking) -> Page:
        """From here nobody goes back."""
        shown = waiting(flow, "正在确认预约")
        return framed(flow, shown.title, shown.body, back=None)

    def stops(self, flow: Flow, run: Run, step: ConfirmBooking) -> bool:
        """It asks nothing."""
        return False
