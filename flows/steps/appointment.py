"""An appointment on the page of its paper: moved to another time, or called off, by the city's answer."""

from __future__ import annotations

from msgspec.structs import replace

from flows.effects import Call
from flows.events import Act, Answered, Refused, Unreachable
from flows.kinds import Book
from flows.model import Flow
from flows.page import ChoiceBody, Page
from flows.parts import Action, Option
from flows.run import Run
from flows.steps.booking import when_words
from flows.steps.city import waiting
from flows.turn import Turn, framed

MOVE = Action(id="move", label="改约")
CALL_OFF = Action(id="call-off", label="取消预约")
UNSURE = "没有收到答复，还不知道取消成功没有。请再点“取消预约”，不会重复；或拨打 12345 核对"
NOT_OFF = "没有取消成功"
_ASKED, _CALLING = "call-off", "calling-off"
_YES = "yes"
CHOICES = (
    Option(value=_YES, label="取消预约", detail="这个号就退掉了，要去得重新预约"),
    Option(value="no", label="不取消", detail="预约照旧"),
)


def touched(turn: Turn, act: Act) -> None:
    """Another time, or none: that is asked once more."""
    if act.action == MOVE.id:
        _move(turn)
    elif act.action == CALL_OFF.id:
        turn.set(phase=_ASKED, message="")
    elif turn.run.phase == _ASKED:
        _decided(turn, yes=act.values.get("choice") == _YES)


def _move(turn: Turn) -> None:
    """Another time for the appointment; then back here, and the new one is printed."""
    for index, step in enumerate(turn.flow.steps):
        if isinstance(step, Book):
            turn.visit(index)
            return


def _decided(turn: Turn, *, yes: bool) -> None:
    booking = turn.run.booking
    if not yes or booking is None:
        turn.set(phase="")
        return
    turn.set(phase=_CALLING)
    turn.emit(Call, operation="cancelBooking", item=turn.flow.item, body={}, path={"id": booking.id})


def answered(turn: Turn, event: Answered | Refused | Unreachable) -> bool:
    """Whether it is called off now; else the page says how it stands."""
    booking = turn.run.booking
    if isinstance(event, Unreachable):
        words = UNSURE
    elif isinstance(event, Refused):
        why = f"：{event.reasons[0].message}" if event.reasons else ""
        words = f"{NOT_OFF}{why}。可拨打 12345 核对"
    elif booking is not None and event.data["state"] == "cancelled":
        turn.set(phase="", message="", outcome="called-off", booking=replace(booking, state="cancelled"))
        return True
    else:
        words = f"{NOT_OFF}，请拨打 12345 核对"
    turn.set(phase="", message=words)
    return False


def page(flow: Flow, run: Run) -> Page | None:
    """While it is called off: the question, then the wait; None for the page of the paper itself."""
    if run.phase == _CALLING:
        shown = waiting(flow, "正在取消预约")
        return framed(flow, shown.title, shown.body, back=None)
    if run.phase != _ASKED or run.booking is None:
        return None
    title = "要取消这个预约吗？"
    slot = run.booking.slot
    body = ChoiceBody(
        title=title,
        hint=f"{slot.place}，{when_words(slot)}",
        options=CHOICES,
    )
    return framed(flow, title, body, back=None)
