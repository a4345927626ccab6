"""Lists: one entry of a department's own, and groups that repeat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.applying import OPTIONS, applies
from flows.bodies import RecordRow, RecordsBody
from flows.effects import Call
from flows.events import Act, Answered, Event, OptionsLoaded, Refused, Unreachable
from flows.fields import WHO, Field
from flows.held import Entry, Known
from flows.kinds import Options, Pay, Records
from flows.model import Flow
from flows.page import ChoiceBody, FormBody, Page
from flows.parts import Action, Option, Reason
from flows.run import Run
from flows.steps.city import waiting
from flows.steps.form import input_of, list_arrived, load_lists, words_of, wrong_answer
from flows.turn import NEXT, UP, Turn, framed
from flows.values import known_from, normal, records, write_records
from flows.words import clean

PROXIED = Reason(message="代别人办理时，查不到他（她）名下的内容", instead="请本人来办，或带上授权到窗口办理")


class OptionsLogic:
    """A flat, a bill, a child: chosen from what the department has, not typed."""

    stage = "选择"

    def enter(self, turn: Turn, step: Options) -> None:
        """Ask the department; left out where the field does not apply.

        A list that nothing narrows is that of whoever is logged in: not asked for somebody else.
        """
        turn.set(unlisted=turn.run.unlisted - {step.field}, empty=turn.run.empty - {step.field})
        if not turn.run.unlisted:
            turn.unflag(OPTIONS)
        by = _narrowing(turn.flow, turn.run, step)
        if not applies(turn.flow, turn.run, step.field):
            turn.next()
        elif turn.run.proxied and not by:
            self._without(turn, step)
        else:
            turn.set(phase="loading")
            turn.emit(
                Call,
                operation=step.operation,
                item=turn.flow.item,
                path={"field": step.field},
                query={"q": by} if by else {},
                body={},
            )

    def _without(self, turn: Turn, step: Options) -> None:
        if step.offline == "block":
            turn.refused("不能代为查询", (PROXIED,), code="PROXIED")
            return
        self._typed(turn, step)

    def _typed(self, turn: Turn, step: Options) -> None:
        turn.set(unlisted=turn.run.unlisted | {step.field})
        turn.flag(OPTIONS)
        turn.next()

    def handle(self, turn: Turn, step: Options, event: Event) -> None:
        """List, then choose; what comes with the entry is known from then on."""
        if isinstance(event, Answered):
            entries = tuple(entry_of(turn.flow, each) for each in event.data if each["id"])
            if entries:
                turn.set(entries=entries, phase="choose")
            elif step.empty == "skip":
                self._passed(turn, step)
            else:
                none, change = (Reason(message=step.none),), _changeable(turn, step)
                turn.refused("没有可选的内容", none, code="NO-OPTION", change=change)
        elif isinstance(event, Refused):
            change = _changeable(turn, step)
            turn.refused("没有查到可选的内容", event.reasons, code=event.code, change=change)
        elif isinstance(event, Unreachable):
            if step.offline == "block":
                turn.unavailable(event.reason)
                return
            self._typed(turn, step)
        elif isinstance(event, Act):
            for entry in turn.run.entries:
                if entry.value == event.values.get("choice", ""):
                    self._chosen(turn, step, entry)
                    return

    def _passed(self, turn: Turn, step: Options) -> None:
        """There is nothing to choose: what was chosen before is gone, with what would have been paid."""
        amounts = {
            each.amount for each in turn.flow.steps if isinstance(each, Pay) and each.bill == step.field
        }
        gone = {step.field, *amounts}
        kept = {name: known for name, known in turn.run.values.items() if name not in gone}
        turn.set(values=kept, empty=turn.run.empty | {step.field})
        turn.next()

    def _chosen(self, turn: Turn, step: Options, entry: Entry) -> None:
        """What came with an entry that was chosen before, and not with this one, is not this one's."""
        others = {name for each in turn.run.entries for name in each.fields} - set(entry.fields)
        kept = {name: known for name, known in turn.run.values.items() if name not in others}
        chosen = Known(value=entry.value, source="share", trust="A", label=entry.label, chosen=True)
        turn.set(values=kept)
        turn.answer({**entry.fields, step.field: chosen})
        turn.next()

    def page(self, flow: Flow, run: Run, step: Options) -> Page:
        """One question."""
        if run.pending:
            return waiting(flow, "正在查询可选的内容")
        options = entry_options(run.entries)
        chosen = run.values.get(step.field)
        body = ChoiceBody(
            title=step.title,
            hint="",
            options=options,
            chosen=chosen.value if chosen else "",
            sample=run.sample,
        )
        return framed(flow, step.title, body)

    def stops(self, flow: Flow, run: Run, step: Options) -> bool:
        """It asks something, where the field applies and there is a list."""
        return applies(flow, run, step.field) and step.field not in run.unlisted | run.empty

    def lacks(self, flow: Flow, run: Run, step: Options) -> bool:
        """Nothing is chosen, or what was chosen belongs to another answer."""
        known = run.values.get(step.field)
        return self.stops(flow, run, step) and (known is None or not known.value)


def _narrowing(flow: Flow, run: Run, step: Options) -> str:
    """The answer that narrows the list; empty where none does, or its question does not apply any more."""
    known = run.values.get(step.by) if step.by is not None and applies(flow, run, step.by) else None
    return known.value if known is not None else ""


def _changeable(turn: Turn, step: Options) -> int | None:
    """Where the citizen set what the list hangs on: what narrows it, a condition, a bundle's choice."""
    when = turn.flow.fields[step.field].when
    hangs_on = [step.by] if step.by is not None else []
    index = turn.earlier([*hangs_on, *([when.field] if when is not None else [])])
    bundle = turn.flow.bundle
    if index is not None or bundle is None:
        return index
    chosen = any(step.field in child.fields and not child.needed for child in bundle.children)
    place = turn.flow.steps.index(bundle)
    return place if chosen and place < turn.run.step else None


def entry_options(entries: tuple[Entry, ...]) -> tuple[Option, ...]:
    """What is offered of a department's list."""
    return tuple(Option(value=each.value, label=each.label, detail=each.detail) for each in entries)


def entry_of(flow: Flow, data: Mapping[str, Any]) -> Entry:
    """The contract's `Option`, with those of its values that the flow has fields for."""
    found = {
        name: known_from(flow.fields[name], value)
        for name, value in (data.get("fields") or {}).items()
        if name in flow.fields and name not in WHO
    }
    return Entry(
        value=data["id"],
        label=data["label"],
        detail=data.get("detail", ""),
        fields={name: known for name, known in found.items() if known is not None},
    )


class RecordsLogic:
    """A list of entries; each is filled in on a page of its own."""

    stage = "填写"

    def enter(self, turn: Turn, step: Records) -> None:
        """The list first; the published lists that its entries are answered from are fetched."""
        if applies(turn.flow, turn.run, step.field):
            load_lists(turn, turn.flow.fields[step.field].record.items())
        else:
            turn.next()

    def handle(self, turn: Turn, step: Records, event: Event) -> None:
        """Add, change, remove; go on."""
        if isinstance(event, OptionsLoaded | Unreachable):
            list_arrived(turn, event)
        if not isinstance(event, Act):
            return
        field = turn.flow.fields[step.field]
        entries = _entries(turn.run, step.field)
        verb, _, number = event.action.partition(":")
        if verb in {"add", "edit"}:
            at = int(number) if verb == "edit" else len(entries)
            turn.set(record=at, errors={}, draft=dict(entries[at]) if at < len(entries) else {})
        elif verb == "remove":
            self._keep(turn, step, [each for n, each in enumerate(entries) if n != int(number)])
        elif verb == "up":
            turn.set(record=None, errors={}, draft={})
        elif verb in {"save", "keep"}:
            self._saved(turn, step, event, entries)
        else:
            words = _missing(field, step.field, turn.run)
            turn.set(errors={step.field: words} if words else {})
            if not words:
                turn.next()

    def _saved(self, turn: Turn, step: Records, act: Act, entries: list[dict[str, str]]) -> None:
        field, at = turn.flow.fields[step.field], turn.run.record
        if at is None:
            return
        entry = {
            name: normal(each, clean(act.values.get(name, ""), lines=each.kind == "long-text"))
            for name, each in field.record.items()
        }
        turn.set(draft=entry)
        if act.action == "keep":
            return
        errors = _wrong(field, entry, turn.run)
        turn.set(errors=errors)
        if not errors:
            entries[at : at + 1] = [entry]
            self._keep(turn, step, entries)

    def _keep(self, turn: Turn, step: Records, entries: list[dict[str, str]]) -> None:
        turn.answer({step.field: Known(value=write_records(entries), source="typed")})
        turn.set(record=None, errors={}, draft={})

    def page(self, flow: Flow, run: Run, step: Records) -> Page:
        """The list, or one entry."""
        if run.pending:
            return waiting(flow, "正在取选项")
        field = flow.fields[step.field]
        if run.record is not None:
            draft = {name: Known(value=run.draft.get(name, ""), source="typed") for name in field.record}
            inputs = tuple(
                input_of(each, name, draft[name], run, run.errors.get(name, ""))
                for name, each in field.record.items()
            )
            title = f"第 {run.record + 1} {_unit(field)}"
            save = Action(id="save", label="保存")
            return framed(flow, title, FormBody(title=title, inputs=inputs), primary=save, back=UP)
        rows = tuple(
            RecordRow(
                number=n,
                words=tuple(
                    words_of(each, name, Known(value=entry[name], source="typed"), run)[0]
                    for name, each in field.record.items()
                    if entry.get(name)
                ),
            )
            for n, entry in enumerate(_entries(run, step.field))
        )
        body = RecordsBody(rows=rows, most=field.max_records, error=run.errors.get(step.field, ""))
        return framed(flow, step.title, body, primary=NEXT)

    def stops(self, flow: Flow, run: Run, step: Records) -> bool:
        """It asks something, where it applies."""
        return applies(flow, run, step.field)

    def lacks(self, flow: Flow, run: Run, step: Records) -> bool:
        """Nothing is there where something must be, or an entry that came from elsewhere is not right."""
        return self.stops(flow, run, step) and bool(_missing(flow.fields[step.field], step.field, run))


def _unit(field: Field) -> str:
    return "人" if field.unit == "人" else "项"


def _missing(field: Field, name: str, run: Run) -> str:
    """What the group as a whole lacks, in words."""
    entries = _entries(run, name)
    if not entries and field.required:
        return f"请至少添加一{_unit(field)}"
    wrong = [str(n) for n, entry in enumerate(entries, start=1) if _wrong(field, entry, run)]
    return f"第 {'、'.join(wrong)} {_unit(field)}还没有填对，请点“修改”" if wrong else ""


def _wrong(field: Field, entry: dict[str, str], run: Run) -> dict[str, str]:
    """What is wrong with one entry, by its fields."""
    found = {name: wrong_answer(each, name, entry, run) for name, each in field.record.items()}
    return {name: words for name, words in found.items() if words}


def _entries(run: Run, name: str) -> list[dict[str, str]]:
    known = run.values.get(name)
    return records(known.value) if known is not None else []
