"""Lists: one entry of a department's own, the home division of 跨省通办, and groups that repeat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.bodies import RecordRow, RecordsBody, ToldBody
from flows.checks import problem
from flows.effects import Call, LoadOptions
from flows.events import Act, Answered, Event, OptionsLoaded, Refused, Unreachable
from flows.held import Entry, Known, RegionMode
from flows.kinds import Options, Records, Region
from flows.model import Flow
from flows.page import ChoiceBody, FormBody, Page
from flows.parts import Action, Option, Reason
from flows.run import Run
from flows.steps.city import waiting
from flows.steps.form import code_list, input_of
from flows.turn import BACK, NEXT, UP, Turn, framed
from flows.values import applies, known_from, normal, records, shown, write_records
from flows.words import clean, masked

MODES = ("local", "online", "forwarded", "joint")


class OptionsLogic:
    """A flat, a bill, a child: chosen from what the department has, not typed."""

    stage = "选择"

    def enter(self, turn: Turn, step: Options) -> None:
        """Ask the department; left out where the field does not apply."""
        turn.unflag("options")
        if not applies(turn.flow.fields[step.field], turn.run.values):
            turn.next()
            return
        by = turn.run.values.get(step.by) if step.by else None
        turn.set(entries=(), phase="loading")
        turn.emit(
            Call,
            operation=step.operation,
            item=turn.flow.item,
            path={"field": step.field},
            query={"q": by.value} if by is not None and by.value else {},
            body={},
        )

    def handle(self, turn: Turn, step: Options, event: Event) -> None:
        """List, then choose; what comes with the entry is known from then on."""
        if isinstance(event, Answered):
            entries = tuple(entry_of(turn.flow, each) for each in event.data)
            if entries:
                turn.set(entries=entries, phase="choose")
                return
            turn.refused("没有可选的内容", (Reason(message=step.none),), code="NO-OPTION")
        elif isinstance(event, Refused):
            turn.refused("没有查到可选的内容", event.reasons, code=event.code)
        elif isinstance(event, Unreachable):
            if step.offline == "block":
                turn.unavailable(event.reason)
                return
            turn.flag("options")
            turn.next()
        elif isinstance(event, Act):
            choice = event.values.get("choice", "")
            for entry in turn.run.entries:
                if entry.value == choice:
                    chosen = Known(value=choice, source="share", trust="A", label=entry.label)
                    turn.set(values={**turn.run.values, **entry.fields, step.field: chosen})
                    turn.next()
                    return

    def page(self, flow: Flow, run: Run, step: Options) -> Page:
        """One question."""
        if run.pending:
            return waiting(flow, "正在查询可选的内容")
        options = entry_options(run.entries)
        chosen = run.values.get(step.field)
        body = ChoiceBody(title=step.title, hint="", options=options, chosen=chosen.value if chosen else "")
        return framed(flow, step.title, body)

    def stops(self, flow: Flow, run: Run, step: Options) -> bool:
        """It asks something, where the field applies."""
        return applies(flow.fields[step.field], run.values) and "options" not in run.unchecked


def entry_options(entries: tuple[Entry, ...]) -> tuple[Option, ...]:
    """What is offered of a department's list."""
    return tuple(Option(value=each.value, label=each.label, detail=each.detail) for each in entries)


def entry_of(flow: Flow, data: Mapping[str, Any]) -> Entry:
    """The contract's `Option`, with those of its values that the flow has fields for."""
    found = {
        name: known_from(flow.fields[name], value)
        for name, value in (data.get("fields") or {}).items()
        if name in flow.fields
    }
    return Entry(
        value=data["id"],
        label=data["label"],
        detail=data.get("detail", ""),
        fields={name: known for name, known in found.items() if known is not None},
    )


class RegionLogic:
    """跨省通办: where from, then how it is done between the two places."""

    stage = "选地区"

    def enter(self, turn: Turn, step: Region) -> None:
        """The list of divisions, unless this run has it."""
        turn.set(phase="province", region=None, message="")
        listed = code_list(turn.flow.fields[step.field], step.field)
        if listed not in turn.run.codes:
            turn.emit(LoadOptions, operation="getCodes", list=listed)

    def handle(self, turn: Turn, step: Region, event: Event) -> None:
        """Province, division, mode."""
        if isinstance(event, OptionsLoaded):
            turn.set(codes={**turn.run.codes, event.list: event.options})
        elif isinstance(event, Answered):
            modes = tuple(each for each in (_mode(turn, step, data) for data in event.data) if each)
            if len(modes) == 1:
                turn.set(phase="told", region=modes[0])
            elif modes:
                turn.set(
                    phase="modes",
                    entries=tuple(Entry(value=m.mode, label=m.label, detail=m.detail) for m in modes),
                )
            else:
                turn.refused(
                    "这个地区还不能在这里办", (Reason(message="两地还没有开通跨省通办"),), code="NO-REGION"
                )
        elif isinstance(event, Refused):
            turn.refused("这个地区还不能在这里办", event.reasons, code=event.code)
        elif isinstance(event, Unreachable):
            turn.unavailable(event.reason)
        elif isinstance(event, Act):
            self._touched(turn, step, event)

    def _touched(self, turn: Turn, step: Region, act: Act) -> None:
        run, choice = turn.run, act.values.get("choice", "")
        if act.action == "up":
            turn.set(phase="province", region=None)
        elif run.phase == "told" and act.action == "next":
            turn.next()
        elif run.phase == "modes":
            found = [entry for entry in run.entries if entry.value == choice]
            if found:
                data = {"id": choice, "label": found[0].label, "detail": found[0].detail}
                turn.set(region=_mode(turn, step, data))
                turn.next()
        elif choice in {option.value for option in _divisions(turn.flow, run, step)}:
            self._chosen(turn, step, choice)

    def _chosen(self, turn: Turn, step: Region, choice: str) -> None:
        """A province that is divided further is asked for its division; else the mode is asked."""
        options = _divisions(turn.flow, turn.run, step)
        label = next(option.label for option in options if option.value == choice)
        turn.set(values={**turn.run.values, step.field: Known(value=choice, source="typed", label=label)})
        if turn.run.phase == "province" and any(option.detail == choice for option in options):
            turn.set(phase="division")
            return
        turn.set(phase="asking")
        turn.emit(
            Call,
            operation=step.operation,
            item=turn.flow.item,
            path={"field": "region_mode"},
            query={"q": choice},
            body={},
        )

    def page(self, flow: Flow, run: Run, step: Region) -> Page:
        """One question a page."""
        if run.pending:
            return waiting(flow, "正在查询两地怎么办理" if run.phase == "asking" else "正在取地区清单")
        if run.phase == "told" and run.region is not None:
            lines = tuple(line for line in (run.region.label, run.region.detail) if line)
            return framed(flow, "这样办理", ToldBody(lines=lines), primary=NEXT, back=UP)
        if run.phase == "modes":
            options = entry_options(run.entries)
            return framed(
                flow, "选择办理方式", ChoiceBody(title="选择办理方式", hint="", options=options), back=UP
            )
        listed = _divisions(flow, run, step)
        chosen = run.values.get(step.field)
        parent = chosen.value if run.phase == "division" and chosen is not None else ""
        options = tuple(
            Option(value=each.value, label=each.label) for each in listed if each.detail == parent
        )
        title = step.title if not parent else "具体是哪里？"
        return framed(
            flow, title, ChoiceBody(title=title, hint="", options=options), back=UP if parent else BACK
        )

    def stops(self, flow: Flow, run: Run, step: Region) -> bool:
        """It asks something."""
        return True


def _divisions(flow: Flow, run: Run, step: Region) -> tuple[Option, ...]:
    """The published divisions; the `detail` of each is the code of what it belongs to."""
    return run.codes.get(code_list(flow.fields[step.field], step.field), ())


def _as_mode(text: str) -> Any:
    return text if text in MODES else None


def _mode(turn: Turn, step: Region, data: Mapping[str, Any]) -> RegionMode | None:
    mode = _as_mode(data["id"])
    if mode is None:
        return None
    home = turn.run.values[step.field].value
    return RegionMode(home=home, mode=mode, label=data["label"], detail=data.get("detail", ""))


class RecordsLogic:
    """A list of entries; each is filled in on a page of its own."""

    stage = "填写"

    def enter(self, turn: Turn, step: Records) -> None:
        """The list first."""
        if not applies(turn.flow.fields[step.field], turn.run.values):
            turn.next()
            return
        turn.set(record=None, phase="")

    def handle(self, turn: Turn, step: Records, event: Event) -> None:
        """Add, change, remove; go on."""
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
        elif not entries and field.required:
            turn.set(errors={step.field: f"请至少添加一{'人' if field.unit == '人' else '项'}"})
        else:
            turn.set(errors={})
            turn.next()

    def _saved(self, turn: Turn, step: Records, act: Act, entries: list[dict[str, str]]) -> None:
        field, at = turn.flow.fields[step.field], turn.run.record
        if at is None:
            return
        entry = {name: normal(each, clean(act.values.get(name, ""))) for name, each in field.record.items()}
        turn.set(draft=entry)
        if act.action == "keep":
            return
        found = {
            name: problem(each, entry[name], turn.run.today, entry) for name, each in field.record.items()
        }
        errors = {name: words for name, words in found.items() if words}
        turn.set(errors=errors)
        if not errors:
            entries[at : at + 1] = [entry]
            self._keep(turn, step, entries)

    def _keep(self, turn: Turn, step: Records, entries: list[dict[str, str]]) -> None:
        known = Known(value=write_records(entries), source="typed")
        turn.set(values={**turn.run.values, step.field: known}, record=None, errors={}, draft={})

    def page(self, flow: Flow, run: Run, step: Records) -> Page:
        """The list, or one entry."""
        field = flow.fields[step.field]
        entries = _entries(run, step.field)
        if run.record is not None:
            inputs = tuple(
                input_of(
                    each,
                    name,
                    Known(value=run.draft.get(name, ""), source="typed"),
                    run,
                    run.errors.get(name, ""),
                )
                for name, each in field.record.items()
            )
            title = f"第 {run.record + 1} {'人' if field.unit == '人' else '项'}"
            return framed(
                flow,
                title,
                FormBody(title=title, inputs=inputs),
                primary=Action(id="save", label="保存"),
                back=UP,
            )
        rows = tuple(
            RecordRow(
                number=n,
                words=tuple(
                    masked(each.mask, shown(each, entry[name]))
                    for name, each in field.record.items()
                    if entry.get(name)
                ),
            )
            for n, entry in enumerate(entries)
        )
        body = RecordsBody(rows=rows, most=field.max_records, error=run.errors.get(step.field, ""))
        return framed(flow, step.title, body, primary=NEXT)

    def stops(self, flow: Flow, run: Run, step: Records) -> bool:
        """It asks something, where it applies."""
        return applies(flow.fields[step.field], run.values)


def _entries(run: Run, name: str) -> list[dict[str, str]]:
    known = run.values.get(name)
    return records(known.value) if known is not None else []
