"""What the city is asked (prefill, eligibility, query, guides, benefits), and what without a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from flows.applying import asked
from flows.effects import Call, LoadGuide
from flows.events import Answered, Event, GuideLoaded, Refused, Unreachable
from flows.kinds import Eligibility, Guide, Prefill, Query
from flows.model import Flow
from flows.page import Column, ColumnKind, Page, TableBody, WaitingBody
from flows.parts import Reason
from flows.run import Run
from flows.turn import BACK, Asks, Turn
from flows.values import as_values, known_from

ROWS_A_SHEET = 8
LONGEST_CALL = 10
"""Seconds: the shell's deadline of a call is 8, and the way there and back."""


def waiting(flow: Flow, what: str) -> Page:
    """Something is under way; the citizen may still go back."""
    body = WaitingBody(what=what, longest=LONGEST_CALL)
    return Page(item=flow.item, item_name=flow.name, title=what, body=body, back=BACK)


class PrefillLogic(Asks):
    """What the city knows arrives filled. Without a network the citizen types; for others it is typed too."""

    stage = ""

    def enter(self, turn: Turn, step: Prefill) -> None:
        """Ask only for what this visit does not know yet, and only of somebody who is known."""
        turn.unflag("prefill")
        applying = asked(turn.flow, turn.run, step.fields)
        missing = [name for name in applying if name not in turn.run.values]
        if not missing or turn.run.proxied or turn.run.person is None:
            turn.next()
            return
        turn.emit(Call, operation=step.operation, item=turn.flow.item, body={"fields": missing})

    def handle(self, turn: Turn, step: Prefill, event: Event) -> None:
        """Only asked fields are taken."""
        if isinstance(event, Answered):
            found = {
                name: known_from(turn.flow.fields[name], entry)
                for name, entry in event.data.items()
                if name in step.fields
            }
            bound = {name: known for name, known in found.items() if known is not None}
            turn.set(values={**turn.run.values, **bound})
            turn.next()
        elif isinstance(event, Refused):
            turn.next()
        elif isinstance(event, Unreachable):
            if step.offline == "block":
                turn.unavailable(event.reason)
                return
            turn.flag("prefill")
            turn.next()

    def page(self, flow: Flow, run: Run, step: Prefill) -> Page:
        """A short wait."""
        return waiting(flow, "正在调取已有信息，免得您重复填写")

    def stops(self, flow: Flow, run: Run, step: Prefill) -> bool:
        """It asks nothing."""
        return False


class EligibilityLogic(Asks):
    """An early verdict with every reason at once."""

    stage = ""

    def enter(self, turn: Turn, step: Eligibility) -> None:
        """Ask with what is known."""
        turn.unflag("eligibility")
        turn.emit(
            Call,
            operation=step.operation,
            item=turn.flow.item,
            body={"fields": as_values(turn.flow, turn.run, step.fields)},
        )

    def handle(self, turn: Turn, step: Eligibility, event: Event) -> None:
        """Eligible goes on; else every reason, and where to go instead."""
        if isinstance(event, Answered):
            if event.data["eligible"]:
                turn.next()
                return
            reasons = tuple(
                Reason(message=reason["message"], instead=reason.get("instead", ""))
                for reason in event.data["reasons"]
            )
            turn.refused("暂时不能办理这一项", reasons, code="NOT-ELIGIBLE")
        elif isinstance(event, Refused):
            turn.refused("暂时不能办理这一项", event.reasons, code=event.code)
        elif isinstance(event, Unreachable):
            if step.offline == "block":
                turn.unavailable(event.reason)
                return
            turn.flag("eligibility")
            turn.next()

    def page(self, flow: Flow, run: Run, step: Eligibility) -> Page:
        """A short wait."""
        return waiting(flow, "正在核对申请条件")

    def stops(self, flow: Flow, run: Run, step: Eligibility) -> bool:
        """It asks nothing."""
        return False


class QueryLogic(Asks):
    """The department's answer as a table."""

    stage = "查询"

    def enter(self, turn: Turn, step: Query) -> None:
        """Ask with what is known."""
        names = step.fields or tuple(turn.flow.fields)
        turn.emit(
            Call,
            operation=step.operation,
            item=turn.flow.item,
            body={"fields": as_values(turn.flow, turn.run, names)},
        )

    def handle(self, turn: Turn, step: Query, event: Event) -> None:
        """The table, or every reason why not."""
        if isinstance(event, Answered):
            turn.set(
                table=table(event.data, sample=turn.run.sample),
                certificate=event.data.get("certificate", ""),
            )
            turn.next()
        elif isinstance(event, Refused):
            turn.refused("没有查到结果", event.reasons, code=event.code)
        elif isinstance(event, Unreachable):
            turn.unavailable(event.reason)

    def page(self, flow: Flow, run: Run, step: Query) -> Page:
        """A short wait."""
        return waiting(flow, "正在查询")

    def stops(self, flow: Flow, run: Run, step: Query) -> bool:
        """It asks nothing."""
        return False


def table(data: Mapping[str, Any], *, sample: bool) -> TableBody:
    """The contract's `Table`: every cell as text, money from fen to yuan. `sample`: as the guide says."""
    kinds = {column["key"]: _kind(column.get("kind")) for column in data["columns"]}
    columns = tuple(Column(label=column["label"], kind=kinds[column["key"]]) for column in data["columns"])
    rows = tuple(
        tuple(cell(row.get(column["key"]), kinds[column["key"]]) for column in data["columns"])
        for row in data["rows"]
    )
    return TableBody(
        title=data.get("title", ""),
        columns=columns,
        rows=rows,
        as_of=data.get("as_of", ""),
        sample=sample,
        sheets=max(1, -(-len(rows) // ROWS_A_SHEET)),
    )


def _kind(told: Any) -> ColumnKind:
    """The kind of a column; one that this version does not know is shown as text."""
    known: dict[Any, ColumnKind] = {each: each for each in get_args(ColumnKind)}
    return known.get(told, "text")


def cell(value: Any, kind: str) -> str:
    """One value of the wire as it is read."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if kind == "money":
        if not isinstance(value, int):
            return "—"
        yuan, fen = divmod(abs(value), 100)
        return f"{'-' if value < 0 else ''}{yuan:,}.{fen:02d}"
    return str(value) if isinstance(value, str | int | float) and value != "" else "—"


class GuideLogic(Asks):
    """The guide of the item that was chosen; works with no network at all when it is in the cache."""

    stage = "查询"

    def enter(self, turn: Turn, step: Guide) -> None:
        """Fetch it."""
        chosen = turn.run.values.get(step.field)
        if chosen is None or not chosen.value:
            turn.refused("没有选择事项", (Reason(message="请先选择要查的事项"),), code="NO-ITEM")
            return
        turn.emit(LoadGuide, operation=step.operation, item=chosen.value)

    def handle(self, turn: Turn, step: Guide, event: Event) -> None:
        """The guide, or that it is neither to be had nor kept here."""
        if isinstance(event, GuideLoaded):
            turn.set(guide=event.guide)
            turn.next()
        elif isinstance(event, Refused):
            turn.refused("没有这一项的办事指南", event.reasons, code=event.code)
        elif isinstance(event, Unreachable):
            turn.unavailable(event.reason)

    def page(self, flow: Flow, run: Run, step: Guide) -> Page:
        """A short wait."""
        return waiting(flow, "正在取办事指南")

    def stops(self, flow: Flow, run: Run, step: Guide) -> bool:
        """It asks nothing."""
        return False
