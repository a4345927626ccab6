"""A list that a department publishes, narrowed here by what was answered: works without a network."""

from __future__ import annotations

from flows.applying import asked
from flows.bodies import ToldBody
from flows.effects import LoadEntries
from flows.events import Act, EntriesLoaded, Event, Unreachable
from flows.fields import Field
from flows.kinds import Browse, Shown
from flows.model import Flow
from flows.narrowing import narrowed, values_of
from flows.page import Column, Page, TableBody
from flows.parts import Action, Published
from flows.run import Run
from flows.steps.city import ROWS_A_SHEET, cell, waiting
from flows.turn import Asks, Turn, framed

OTHERWISE = Action(id="change", label="换个条件再查")
DONE = Action(id="next", label="办完了")


class BrowseLogic(Asks):
    """The whole list is fetched, so that it can be kept; what was answered stays at the terminal."""

    stage = "查询"

    def enter(self, turn: Turn, step: Browse) -> None:
        """Fetch it; each time, as it may have changed while the citizen thought."""
        turn.set(table=None)
        turn.emit(LoadEntries, operation=step.operation, item=turn.flow.item, field=step.field)

    def handle(self, turn: Turn, step: Browse, event: Event) -> None:
        """The table; or that nothing is left, with a way back to the questions."""
        if isinstance(event, EntriesLoaded):
            found = narrowed(event.entries, _answers(turn.flow, turn.run, step))
            if found:
                turn.set(table=_table(turn.run, step, found, event.age))
                turn.next()
            else:
                turn.set(phase="none", message=event.age, outcome="done")
        elif isinstance(event, Unreachable):
            turn.unavailable(event.reason)
        elif isinstance(event, Act) and event.action == OTHERWISE.id:
            turn.back()
        elif isinstance(event, Act) and event.action == DONE.id:
            turn.skip_to_rating()

    def page(self, flow: Flow, run: Run, step: Browse) -> Page:
        """A short wait; or what to do when nothing is left."""
        if run.phase != "none":
            return waiting(flow, "正在查询")
        lines = (step.none, *((run.message,) if run.message else ()))
        others = (OTHERWISE,) if step.by else ()
        return framed(flow, "没有查到", ToldBody(lines=lines), primary=DONE, others=others)

    def stops(self, flow: Flow, run: Run, step: Browse) -> bool:
        """It asks nothing."""
        return False


def _answers(flow: Flow, run: Run, step: Browse) -> dict[str, tuple[Field, str]]:
    return {
        name: (flow.fields[name], run.values[name].value)
        for name in asked(flow, run, step.by)
        if name in run.values
    }


def _table(run: Run, step: Browse, entries: tuple[Published, ...], age: str) -> TableBody:
    """Label, detail where there is one, and the columns that the item names where an entry has them."""
    details = any(each.detail for each in entries)
    columns = [each for each in step.columns if any(values_of(entry, each.field) for entry in entries)]
    rows = tuple(
        (
            entry.label,
            *((entry.detail or "—",) if details else ()),
            *(_cell(entry, column) for column in columns),
        )
        for entry in entries
    )
    return TableBody(
        title="",
        columns=(
            Column(label=step.title),
            *((Column(label="说明"),) if details else ()),
            *(Column(label=each.label, kind=each.kind) for each in columns),
        ),
        rows=rows,
        note=age,
        sample=run.sample,
        sheets=-(-len(rows) // ROWS_A_SHEET),
    )


def _cell(entry: Published, column: Shown) -> str:
    return "、".join(cell(each, column.kind) for each in values_of(entry, column.field)) or "—"
