"""Questions: one page of a form, choices from published lists, and the check before it is sent."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from flows.applying import applies, typed, wanted
from flows.checks import problem
from flows.effects import LoadOptions
from flows.events import Act, Event, OptionsLoaded, Scanned, Unreachable
from flows.fields import Field
from flows.held import Known
from flows.kinds import Documents, Form, Options, Photo, Records, Review, Select, set_by
from flows.listing import document_names, listed
from flows.model import Flow
from flows.narrowing import DIVISIONS
from flows.page import ChoiceBody, FormBody, Input, Page, ReviewBody, Row
from flows.parts import Action, Option
from flows.run import Run
from flows.steps.city import waiting
from flows.turn import NEXT, Asks, Turn, framed
from flows.values import NO, YES, normal, records, shown
from flows.words import SOURCES, TRUSTS, UNCHECKED, clean, masked, readable, source_words

YES_NO = (Option(value=YES, label="是"), Option(value=NO, label="否"))


def code_list(field: Field, name: str) -> str:
    """The published list that a field is answered from; empty where it needs none."""
    if field.kind == "code":
        return field.codes or name
    return DIVISIONS if field.kind == "address" else ""


def load_lists(turn: Turn, fields: Iterable[tuple[str, Field]]) -> None:
    """Fetch the published lists that `fields` are answered from, unless this run has them."""
    for name in dict.fromkeys(code_list(field, name) for name, field in fields):
        if name and name not in turn.run.codes:
            turn.emit(LoadOptions, operation="getCodes", list=name)


def list_arrived(turn: Turn, event: OptionsLoaded | Unreachable) -> None:
    """A list, or that it is not to be had: an address can be typed without its divisions, a code cannot."""
    if isinstance(event, OptionsLoaded):
        turn.set(codes={**turn.run.codes, event.list: event.options})
    elif event.about == DIVISIONS and event.about not in _needed(turn):
        turn.set(codes={**turn.run.codes, DIVISIONS: ()})
    else:
        turn.unavailable(event.reason)


def _needed(turn: Turn) -> set[str]:
    """The lists without which a question of this step cannot be answered."""
    step, fields = turn.step, turn.flow.fields
    if isinstance(step, Records):
        asked = dict(fields[step.field].record)
    else:
        asked = {name: fields[name] for name in step.fields} if isinstance(step, Form) else {}
    return {code_list(field, name) for name, field in asked.items() if field.kind == "code"}


class SelectLogic(Asks):
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
            found = next((option for option in turn.run.options if option.value == choice), None)
            if event.action == "none" and not turn.flow.fields[step.field].required:
                turn.answer({step.field: Known(value="", source="typed")})
                turn.next()
            elif found is not None:
                turn.answer({step.field: Known(value=choice, source="typed", label=found.label, chosen=True)})
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
        names = typed(turn.flow, turn.run, step.fields)
        if names:
            load_lists(turn, [(name, turn.flow.fields[name]) for name in names])
        else:
            turn.next()

    def handle(self, turn: Turn, step: Form, event: Event) -> None:
        """Check everything; go on only when all is right. `keep` takes what stands there unchecked."""
        if isinstance(event, OptionsLoaded | Unreachable):
            list_arrived(turn, event)
        elif isinstance(event, Scanned):
            take_scanned(turn, event)
        elif isinstance(event, Act):
            self._typed(turn, step, event)

    def _typed(self, turn: Turn, step: Form, act: Act) -> None:
        before, values = turn.run.values, {}
        names = typed(turn.flow, turn.run, step.fields)
        for name in names:
            field = turn.flow.fields[name]
            if not _fixed(field, name, turn.run):
                text = normal(field, clean(act.values.get(name, ""), lines=field.kind == "long-text"))
                if name not in before or before[name].value != text:
                    values[name] = Known(value=text, source="typed")
        turn.answer(values)
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
        names = typed(flow, run, step.fields)
        inputs = tuple(question(flow, name, run) for name in names)
        return framed(flow, step.title, FormBody(title=step.title, inputs=inputs), primary=NEXT)

    def stops(self, flow: Flow, run: Run, step: Form) -> bool:
        """It asks something, unless none of its questions applies."""
        return bool(typed(flow, run, step.fields))

    def lacks(self, flow: Flow, run: Run, step: Form) -> bool:
        """What was left by 返回 or 求助 stands there unchecked: nothing wrong passes the review."""
        return bool(wrong(flow, run, typed(flow, run, step.fields)))


def _fixed(field: Field, name: str, run: Run) -> bool:
    """Whether it is known from a card or the city, and not the citizen's to change."""
    known = run.values.get(name)
    by_hand = known is not None and known.source in {"typed", "scanned"}
    return field.locked and known is not None and bool(known.value) and not by_hand


def question(flow: Flow, name: str, run: Run) -> Input:
    """One question of `flow`, with what is known of it."""
    known = run.values.get(name)
    field = flow.fields[name]
    return input_of(field, name, known, run, run.errors.get(name, ""))


def input_of(field: Field, name: str, known: Known | None, run: Run, error: str) -> Input:
    """A field as it is asked."""
    value = known.value if known else ""
    locked = _fixed(field, name, run)
    told = known is not None and bool(known.value) and (known.source != "typed" or known.earlier)
    return Input(
        name=name,
        label=field.label,
        kind=field.kind,
        value="" if locked else value,
        shown=masked(field.mask, shown(field, value)),
        source=source_words(known) if known and told else "",
        trust=TRUSTS[known.trust] if known and told else "",
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
    answers = {name: known.value for name, known in run.values.items() if applies(flow, run, name)}
    found = {
        name: wrong_answer(flow.fields[name], name, answers, run)
        for name in names
        if not _fixed(flow.fields[name], name, run)
    }
    return {name: words for name, words in found.items() if words}


def take_scanned(turn: Turn, scanned: Scanned) -> None:
    """Fill in the one question that the code answers, or say why it does not; the others stay as they are."""
    name = scanned.field
    errors = {other: words for other, words in turn.run.errors.items() if other != name}
    if scanned.words:
        turn.set(errors={**errors, name: scanned.words})
        return
    value = normal(turn.flow.fields[name], clean(scanned.value))
    turn.answer({name: Known(value=value, source="scanned")})
    turn.set(errors={**errors, **wrong(turn.flow, turn.run, (name,))})


def wrong_answer(field: Field, name: str, answers: dict[str, str], run: Run) -> str:
    """What is wrong with one answer; of a code also that it is none of its list."""
    answer = answers.get(name, "")
    words = problem(field, answer, run.today, answers)
    if words or field.kind != "code" or not answer:
        return words
    offered = {option.value for option in run.codes.get(code_list(field, name), ())}
    return f"请在列出的选项中选择{field.label}" if offered and answer not in offered else ""


class ReviewLogic(Asks):
    """Check your answers; each has a way to change it."""

    stage = "核对"

    def enter(self, turn: Turn, step: Review) -> None:
        """The lists whose words a code is shown in that no page has asked for: a department told it."""
        codes = {
            name: field
            for name, field in turn.flow.fields.items()
            if field.kind == "code" and name in turn.run.values and not turn.run.values[name].label
        }
        load_lists(turn, codes.items())

    def handle(self, turn: Turn, step: Review, event: Event) -> None:
        """Change one, or go on; not past what is still missing."""
        if isinstance(event, OptionsLoaded):
            turn.set(codes={**turn.run.codes, event.list: event.options})
        elif isinstance(event, Act):
            verb, _, name = event.action.partition(":")
            if verb == "change":
                turn.change(name)
            elif verb == "next" and not self._sent_back(turn):
                turn.next()

    def _sent_back(self, turn: Turn) -> bool:
        missing = turn.lacking(0, turn.run.step)
        if missing is None:
            return False
        turn.visit(missing)
        if isinstance(turn.step, Form) and not turn.run.trouble:
            turn.set(errors=wrong(turn.flow, turn.run, typed(turn.flow, turn.run, turn.step.fields)))
        return True

    def page(self, flow: Flow, run: Run, step: Review) -> Page:
        """All answers, masked, with where they came from."""
        changeable = {name for each in flow.steps if _rests(flow, run, each) for name in set_by(each)}
        rows = [
            _row(flow.fields[name], name, run, name in changeable)
            for name in flow.fields
            if name in run.values and applies(flow, run, name)
        ]
        if run.principal is not None and run.person is not None:
            source = SOURCES["id-card" if run.person.method == "id-card" else "account"]
            name = masked("name", run.person.name)
            rows.insert(0, Row(label="代办人", shown=name, source=source, trust=TRUSTS["A"]))
        rows += _held(flow, run)
        body = ReviewBody(
            rows=tuple(rows), unchecked=tuple(UNCHECKED.get(check, check) for check in run.unchecked)
        )
        return framed(flow, "请核对", body, primary=Action(id="next", label="核对无误"))

    def stops(self, flow: Flow, run: Run, step: Review) -> bool:
        """It asks something."""
        return True


def _rests(flow: Flow, run: Run, step: object) -> bool:
    """Whether the review may lead back to `step`: a form without questions is not one to go to."""
    return not isinstance(step, Form) or bool(typed(flow, run, step.fields))


def _row(field: Field, name: str, run: Run, changeable: bool) -> Row:
    known = run.values[name]
    veiled, clear = words_of(field, name, known, run)
    return Row(
        label=field.label,
        shown=veiled or "（未填）",
        clear=clear if clear != veiled else "",
        source=source_words(known) if known.value else "",
        trust=TRUSTS[known.trust] if known.value else "",
        change=f"change:{name}" if changeable and not _fixed(field, name, run) else "",
    )


def words_of(field: Field, name: str, known: Known, run: Run) -> tuple[str, str]:
    """A value as a bystander may see it, and in clear. Of a group that repeats, each part by its own mask."""
    if field.kind == "records":
        parts = [
            [
                words_of(part, each, Known(value=entry[each], source="typed"), run)
                for each, part in field.record.items()
                if entry.get(each)
            ]
            for entry in records(known.value)
        ]
        veiled = "；".join("，".join(words for words, _ in entry) for entry in parts)
        return veiled or "没有", "；".join(
            "，".join(words for _, words in entry) for entry in parts
        ) or "没有"
    words = in_words(field, name, known, run)
    return masked(field.mask, words), readable(field.mask, words)


def in_words(field: Field, name: str, known: Known, run: Run) -> str:
    """A value as a reader knows it, unmasked; of a group that repeats only how many entries it has."""
    words = known.label or shown(field, known.value)
    if field.kind == "code" and not known.label:
        offered = run.codes.get(code_list(field, name), ())
        words = next((each.label for each in offered if each.value == known.value), words)
    return words


def _held(flow: Flow, run: Run) -> list[Row]:
    """What is sent beside the answers: a bundle's items, pictures, what follows later, the region's mode."""
    rows = []
    bundle = flow.bundle
    if bundle is not None:
        items = "、".join(child.name for child in wanted(bundle, run.dropped))
        rows.append(Row(label="一起办的事项", shown=items, change=f"change:#{flow.steps.index(bundle)}"))
    names = document_names(flow, run)
    for number, step in enumerate(flow.steps):
        if isinstance(step, Options) and step.field in run.empty and applies(flow, run, step.field):
            rows.append(Row(label=flow.fields[step.field].label, shown=step.none))
        if isinstance(step, Documents | Photo):
            for role in _roles(flow, step, run):
                captured = run.documents[role]
                taken = bool(captured.pages)
                shown_as = f"已拍 {len(captured.pages)} 页" if taken else "以后补交（容缺）"
                source = "您拍摄的" if taken else ""
                trust = TRUSTS["C"] if taken else ""
                row = Row(label=names.get(role, role), shown=shown_as, source=source, trust=trust)
                rows.append(replace(row, change=f"change:#{number}"))
    if run.committed is not None:
        rows.append(Row(label="告知承诺", shown="您已阅读并承诺", source=""))
    if run.region is not None:
        rows.append(Row(label="办理方式", shown=run.region.label, source=""))
    return rows


def _roles(flow: Flow, step: Documents | Photo, run: Run) -> tuple[str, ...]:
    """The roles that `step` photographs and that there is something of."""
    if isinstance(step, Photo):
        return ("photo",) if "photo" in run.documents else ()
    return tuple(each.role for each in listed(flow, run, step) if each.role in run.documents)
