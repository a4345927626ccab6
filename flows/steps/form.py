"""Questions: one page of a form, choices from published lists, and the check before it is sent."""

from __future__ import annotations

from flows.checks import problem
from flows.effects import LoadOptions
from flows.events import Act, Event, OptionsLoaded, Unreachable
from flows.fields import Field
from flows.held import Known
from flows.kinds import Form, Review, Select, set_by
from flows.model import Flow
from flows.page import ChoiceBody, FormBody, Input, Page, ReviewBody, Row
from flows.parts import Action, Option
from flows.run import Run
from flows.steps.city import waiting
from flows.turn import NEXT, Turn, framed
from flows.values import NO, YES, applies, asked, normal, records, shown
from flows.words import SOURCES, UNCHECKED, clean, masked, readable

DIVISIONS = "divisions"
YES_NO = (Option(value=YES, label="是"), Option(value=NO, label="否"))


def code_list(field: Field, name: str) -> str:
    """The published list that a field is answered from; empty where it needs none."""
    if field.kind == "code":
        return field.codes or name
    return DIVISIONS if field.kind == "address" else ""


class SelectLogic:
    """Choose one entry of a published list."""

    stage = "选事项"

    def enter(self, turn: Turn, step: Select) -> None:
        """Fetch the list unless this run has it."""
        if not turn.run.options:
            turn.emit(LoadOptions, operation=step.operation)

    def handle(self, turn: Turn, step: Select, event: Event) -> None:
        """The list arrives; one entry is chosen."""
        if isinstance(event, OptionsLoaded):
            turn.set(options=event.options)
        elif isinstance(event, Unreachable):
            turn.unavailable(event.reason)
        elif isinstance(event, Act):
            choice = event.values.get("choice", "")
            if choice in {option.value for option in turn.run.options}:
                turn.know({step.field: (choice, "typed", "D")})
                turn.next()
            elif event.action == "none" and not turn.flow.fields[step.field].required:
                turn.set(values={**turn.run.values, step.field: Known(value="", source="typed")})
                turn.next()

    def page(self, flow: Flow, run: Run, step: Select) -> Page:
        """The list."""
        if run.pending:
            return waiting(flow, "正在取事项清单")
        chosen = run.values.get(step.field)
        body = ChoiceBody(
            title=step.title, hint="", options=run.options, chosen=chosen.value if chosen else ""
        )
        none = () if flow.fields[step.field].required else (Action(id="none", label="不在里面，或说不清"),)
        return framed(flow, step.title, body, others=none)

    def stops(self, flow: Flow, run: Run, step: Select) -> bool:
        """It asks something."""
        return True


class FormLogic:
    """One page of questions. All errors at once; what was typed is kept."""

    stage = "填写"

    def enter(self, turn: Turn, step: Form) -> None:
        """Fetch the code lists that it needs; a page without questions is passed over."""
        names = asked(turn.flow, turn.run.values, step.fields)
        if not names:
            turn.next()
            return
        for name in dict.fromkeys(code_list(turn.flow.fields[each], each) for each in names):
            if name and name not in turn.run.codes:
                turn.emit(LoadOptions, operation="getCodes", list=name)

    def handle(self, turn: Turn, step: Form, event: Event) -> None:
        """Check everything; go on only when all is right. `keep` takes what stands there unchecked."""
        if isinstance(event, OptionsLoaded):
            turn.set(codes={**turn.run.codes, event.list: event.options})
        elif isinstance(event, Unreachable):
            self._without_list(turn, event)
        elif isinstance(event, Act):
            self._typed(turn, step, event)

    def _without_list(self, turn: Turn, event: Unreachable) -> None:
        """An address can be typed without the list of divisions; a code cannot."""
        if event.about == DIVISIONS:
            turn.set(codes={**turn.run.codes, DIVISIONS: ()})
        else:
            turn.unavailable(event.reason)

    def _typed(self, turn: Turn, step: Form, act: Act) -> None:
        values: dict[str, Known] = dict(turn.run.values)
        names = asked(turn.flow, values, step.fields)
        for name in names:
            field = turn.flow.fields[name]
            if not (field.locked and name in values):
                typed = normal(field, clean(act.values.get(name, ""), lines=field.kind == "long-text"))
                before = values.get(name)
                if before is None or before.value != typed:
                    values[name] = Known(value=typed, source="typed")
        turn.set(values=values)
        errors = wrong(turn.flow, turn.run, names)
        if act.action == "keep":
            # Nothing new is called wrong here, and nothing that has been put right stays so.
            turn.set(errors={name: errors[name] for name in turn.run.errors if name in errors})
            return
        turn.set(errors=errors)
        if not errors:
            turn.next()

    def page(self, flow: Flow, run: Run, step: Form) -> Page:
        """The questions, with what is known filled in and said where from."""
        if run.pending:
            return waiting(flow, "正在取选项")
        names = asked(flow, run.values, step.fields)
        inputs = tuple(question(flow, name, run) for name in names)
        return framed(flow, step.title, FormBody(title=step.title, inputs=inputs), primary=NEXT)

    def stops(self, flow: Flow, run: Run, step: Form) -> bool:
        """It asks something, unless none of its questions applies."""
        return bool(asked(flow, run.values, step.fields))


def question(flow: Flow, name: str, run: Run) -> Input:
    """One question of `flow`, with what is known of it."""
    known = run.values.get(name)
    field = flow.fields[name]
    return input_of(field, name, known, run, run.errors.get(name, ""))


def input_of(field: Field, name: str, known: Known | None, run: Run, error: str) -> Input:
    """A field as it is asked."""
    value = known.value if known else ""
    locked = field.locked and known is not None
    return Input(
        name=name,
        label=field.label,
        kind=field.kind,
        value="" if locked else value,
        shown=masked(field.mask, shown(field, value)),
        source=SOURCES[known.source] if known and known.source != "typed" else "",
        locked=locked,
        required=field.required,
        help=field.help,
        error=error,
        unit=field.unit or ("元" if field.kind == "amount" else ""),
        max_length=field.max_length,
        options=_options(field, name, run),
    )


def _options(field: Field, name: str, run: Run) -> tuple[Option, ...]:
    if field.kind == "year":
        years = range(run.year, run.year - field.years_back - 1, -1)
        return tuple(Option(value=str(each), label=f"{each} 年") for each in years)
    if field.kind == "yes-no":
        return YES_NO
    listed = code_list(field, name)
    if listed:
        return run.codes.get(listed, ())
    return tuple(Option(value=choice.code, label=choice.label) for choice in field.choices)


def wrong(flow: Flow, run: Run, names: tuple[str, ...]) -> dict[str, str]:
    """What is wrong with the answers to `names` as they stand, by field."""
    answers = {name: known.value for name, known in run.values.items()}
    errors = {}
    for name in names:
        field = flow.fields[name]
        if not (field.locked and name in run.values):
            errors[name] = problem(field, answers.get(name, ""), run.today, answers)
            listed = code_list(field, name)
            if not errors[name] and field.kind == "code" and answers.get(name):
                offered = {option.value for option in run.codes.get(listed, ())}
                if offered and answers[name] not in offered:
                    errors[name] = f"请在列出的选项中选择{field.label}"
    return {name: words for name, words in errors.items() if words}


class ReviewLogic:
    """Check your answers; each has a way to change it."""

    stage = "核对"

    def enter(self, turn: Turn, step: Review) -> None:
        """Nothing to fetch."""

    def handle(self, turn: Turn, step: Review, event: Event) -> None:
        """Change one, or go on."""
        if isinstance(event, Act):
            verb, _, name = event.action.partition(":")
            if verb == "change":
                turn.change(name)
            elif verb == "next" and not self._sent_back(turn):
                turn.next()

    def _sent_back(self, turn: Turn) -> bool:
        """A form left by 返回 or 求助 keeps what stands there unchecked; nothing wrong passes here."""
        for each in turn.flow.steps:
            if isinstance(each, Form):
                names = asked(turn.flow, turn.run.values, each.fields)
                errors = wrong(turn.flow, turn.run, names)
                if errors:
                    turn.change(next(iter(errors)))
                    turn.set(errors=errors)
                    return True
        return False

    def page(self, flow: Flow, run: Run, step: Review) -> Page:
        """All answers, masked, with where they came from."""
        changeable = {name for each in flow.steps if _rests(flow, run, each) for name in set_by(each)}
        rows = [
            _row(flow.fields[name], name, run, name in changeable)
            for name in flow.fields
            if name in run.values and applies(flow.fields[name], run.values)
        ]
        if run.principal is not None and run.person is not None:
            rows.insert(
                0, Row(label="代办人", shown=masked("name", run.person.name), source=SOURCES["id-card"])
            )
        rows += _held(flow, run)
        body = ReviewBody(rows=tuple(rows), unchecked=tuple(UNCHECKED[check] for check in run.unchecked))
        return framed(flow, "请核对", body, primary=Action(id="next", label="核对无误"))

    def stops(self, flow: Flow, run: Run, step: Review) -> bool:
        """It asks something."""
        return True


def _rests(flow: Flow, run: Run, step: object) -> bool:
    """Whether the review may lead back to `step`: a form without questions is not one to go to."""
    return not isinstance(step, Form) or bool(asked(flow, run.values, step.fields))


def _row(field: Field, name: str, run: Run, changeable: bool) -> Row:
    known = run.values[name]
    value = known.value
    words = shown(field, value)
    for options in (run.codes.get(code_list(field, name), ()) if field.kind == "code" else (),):
        words = next((each.label for each in options if each.value == value), words)
    if known.label:
        words = known.label
    if field.kind == "records":
        words = "；".join("，".join(entry.values()) for entry in records(value)) or "没有"
    veiled = masked(field.mask, words)
    clear = readable(field.mask, words)
    return Row(
        label=field.label,
        shown=veiled or "（未填）",
        clear=clear if clear != veiled else "",
        source=SOURCES[known.source],
        change=f"change:{name}" if changeable and not field.locked else "",
    )


def _held(flow: Flow, run: Run) -> list[Row]:
    """What is sent beside the answers: pictures, what follows later, a commitment, the region's mode."""
    rows = []
    names = document_names(flow)
    for role, captured in run.documents.items():
        pages = f"已拍 {len(captured.pages)} 页" if captured.pages else "以后补交（容缺）"
        rows.append(
            Row(label=names.get(role, role), shown=pages, source="您拍摄的" if captured.pages else "")
        )
    if run.committed is not None:
        rows.append(Row(label="告知承诺", shown="您已阅读并承诺", source=""))
    if run.region is not None:
        rows.append(Row(label="办理方式", shown=run.region.label, source=""))
    return rows


def document_names(flow: Flow) -> dict[str, str]:
    """The documents that the flow photographs, by role."""
    names = {"photo": "本人照片"}
    for step in flow.steps:
        for document in getattr(step, "documents", ()):
            names[document.role] = document.name
    return names
