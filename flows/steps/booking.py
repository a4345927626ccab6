"""预约: a place, a day, a time; held while the citizen checks, confirmed after, moved if they like.

A hold is given back when the item is left (`Turn.release`), and ends by itself at its `held_until`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flows.effects import Call
from flows.events import Act, Answered, Event, Refused, Unreachable
from flows.held import Booking, Known, Slot
from flows.kinds import Book, ConfirmBooking
from flows.model import Flow
from flows.page import ChoiceBody, Page
from flows.parts import Option, Reason
from flows.run import Run, Trouble
from flows.steps.city import waiting
from flows.turn import BACK, UP, Turn, framed

TAKEN = "这个时间刚刚被约走了，请另选一个"
GONE = "给您留的号已经过时，请重新选一个时间"
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
    """``2026-12-01 周二``."""
    return f"{day} 周{_WEEKDAYS[date.fromisoformat(day).weekday()]}"


class BookLogic:
    """Place, day, time: one question a page. The choice is held by the city before anything else is asked."""

    stage = "选时间"

    def enter(self, turn: Turn, step: Book) -> None:
        """Ask which times are free."""
        turn.set(phase="loading", slots=())
        turn.emit(Call, operation="getSlots", item=turn.flow.item, body={}, query={"item": turn.flow.item})

    def handle(self, turn: Turn, step: Book, event: Event) -> None:
        """The list, the choices, the hold."""
        if isinstance(event, Act):
            self._touched(turn, step, event)
        elif isinstance(event, Answered) and turn.run.phase == "loading":
            self._listed(turn, tuple(slot_of(each) for each in event.data if each["free"] > 0))
        elif isinstance(event, Answered):
            self._held(turn, step, event.data)
        elif isinstance(event, Refused):
            self._refused(turn, event)
        elif isinstance(event, Unreachable):
            turn.unavailable(event.reason)

    def _listed(self, turn: Turn, slots: tuple[Slot, ...]) -> None:
        if not slots:
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
            return
        turn.set(slots=slots, phase="place")

    def _touched(self, turn: Turn, step: Book, act: Act) -> None:
        run, choice = turn.run, act.values.get("choice", "")
        if act.action == "up":
            turn.set(phase="place" if run.phase == "day" else "day")
        elif run.phase == "place" and choice in {slot.place for slot in run.slots}:
            self._bind(turn, step.place, choice)
            turn.set(phase="day", message="")
        elif run.phase == "day" and choice in {slot.starts_at[:10] for slot in self._here(run, step)}:
            self._bind(turn, step.date, choice)
            turn.set(phase="time", message="")
        elif run.phase in {"time", "offers"}:
            for slot in run.slots:
                if slot.id == choice:
                    self._hold(turn, slot)

    def _hold(self, turn: Turn, slot: Slot) -> None:
        booking = turn.run.booking
        turn.set(phase="holding", message="")
        if booking is not None:
            turn.emit(
                Call,
                operation="rescheduleBooking",
                item=turn.flow.item,
                path={"id": booking.id},
                body={"slot": slot.id},
                intent=f"move:{booking.id}:{slot.id}",
            )
            return
        turn.emit(
            Call,
            operation="holdSlot",
            item=turn.flow.item,
            body={"item": turn.flow.item, "slot": slot.id},
            intent=f"hold:{slot.id}",
        )

    def _held(self, turn: Turn, step: Book, data: Mapping[str, Any]) -> None:
        booking = booking_of(data, turn.run.booking)
        if booking is None:  # cancelled or expired meanwhile: there is nothing in hand
            turn.set(booking=None)
            turn.enter(turn.run.step)
            turn.set(message=GONE)
            return
        turn.set(booking=booking)
        self._bind(turn, step.place, booking.slot.place)
        self._bind(turn, step.date, when_words(booking.slot))
        turn.next()

    def _refused(self, turn: Turn, event: Refused) -> None:
        offers = tuple(each for each in event.offers if each.free > 0)
        words = event.reasons[0].message if event.reasons else TAKEN
        if offers:
            turn.set(slots=offers, phase="offers", message=words)
        elif turn.run.phase == "holding":
            if turn.run.booking is not None and event.code in {"EXPIRED", "NO_BOOKING"}:
                turn.set(booking=None)
            turn.enter(turn.run.step)
            turn.set(message=words)
        else:
            turn.refused("暂时不能预约", event.reasons, code=event.code)

    def _bind(self, turn: Turn, name: str, value: str) -> None:
        turn.set(values={**turn.run.values, name: Known(value=value, source="typed")})

    def _here(self, run: Run, step: Book) -> tuple[Slot, ...]:
        place = run.values.get(step.place)
        return tuple(slot for slot in run.slots if place is not None and slot.place == place.value)

    def page(self, flow: Flow, run: Run, step: Book) -> Page:
        """One question a page."""
        if run.phase == "loading":
            return waiting(flow, "正在查询可约的时间")
        if run.phase == "holding":
            return waiting(flow, "正在给您留号")
        if run.phase == "place":
            return self._ask(flow, "到哪里办？", run, self._places(run))
        if run.phase == "day":
            days = sorted({slot.starts_at[:10] for slot in self._here(run, step)})
            options = tuple(Option(value=day, label=day_words(day)) for day in days)
            return self._ask(flow, "哪一天去？", run, options, up=True)
        day = run.values.get(step.date)
        slots = run.slots
        if run.phase == "time":
            slots = tuple(each for each in self._here(run, step) if day and each.starts_at[:10] == day.value)
        options = tuple(
            Option(
                value=slot.id,
                label=time_words(slot) if run.phase == "time" else when_words(slot),
                detail=f"还有 {slot.free} 个号" if run.phase == "time" else slot.place,
            )
            for slot in slots
        )
        return self._ask(flow, "几点去？" if run.phase == "time" else step.title, run, options, up=True)

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
        body = ChoiceBody(title=title, hint=run.message, options=options)
        return framed(flow, title, body, back=UP if up else BACK)

    def stops(self, flow: Flow, run: Run, step: Book) -> bool:
        """It asks something; a confirmed appointment is only moved from its own page."""
        return run.booking is None or run.booking.state == "held"


def booking_of(data: Mapping[str, Any], before: Booking | None) -> Booking | None:
    """The contract's `Booking`; None where it is neither held nor confirmed. The slot may be left out."""
    slot = slot_of(data["slot"]) if "slot" in data else before.slot if before is not None else None
    if data["state"] not in {"held", "confirmed"} or slot is None:
        return None
    return Booking(
        id=data["id"],
        slot=slot,
        state=data["state"],
        held_until=data.get("held_until", ""),
        ticket=data.get("ticket", ""),
    )


class ConfirmBookingLogic:
    """From the hold to the appointment. The same intent each time: a repeated tap books nothing twice."""

    stage = "提交"

    def enter(self, turn: Turn, step: ConfirmBooking) -> None:
        """The citizen has checked."""
        booking = turn.run.booking
        if booking is None:
            self._choose_again(turn, GONE)
            return
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
        if isinstance(event, Answered):
            booking = booking_of(event.data, turn.run.booking)
            if booking is None or booking.state != "confirmed":
                self._choose_again(turn, GONE)
                return
            turn.set(booking=booking, outcome="done")
            turn.next()
        elif isinstance(event, Refused):
            self._choose_again(turn, event.reasons[0].message if event.reasons else GONE)
        elif isinstance(event, Unreachable):
            turn.unavailable(event.reason)

    def _choose_again(self, turn: Turn, words: str) -> None:
        turn.set(booking=None)
        for index, step in enumerate(turn.flow.steps):
            if isinstance(step, Book):
                turn.enter(index)
                turn.set(message=words)
                return

    def page(self, flow: Flow, run: Run, step: ConfirmBooking) -> Page:
        """From here nobody goes back."""
        shown = waiting(flow, "正在确认预约")
        return framed(flow, shown.title, shown.body, back=None)

    def stops(self, flow: Flow, run: Run, step: ConfirmBooking) -> bool:
        """It asks nothing."""
        return False
