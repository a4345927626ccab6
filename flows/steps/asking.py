"""What the citizen is asked: choose, fill in, check, sign."""

from __future__ import annotations

import base64
import binascii
import json

from flows.checks import problem
from flows.effects import LoadOptions
from flows.events import Act, Event, OptionsLoaded, Unreachable
from flows.model import Field, Flow, Form, Review, Select, Sign
from flows.page import (
    Action,
    ChoiceBody,
    FormBody,
    Input,
    Option,
    Page,
    ReviewBody,
    Row,
    SignBody,
)
from flows.run import Known, Run, Signature
from flows.steps.city import waiting
from flows.turn import BACK, NEXT, Turn
from flows.words import SOURCES, UNCHECKED, clean, masked, readable

PNG = "data:image/png;base64,"
SIGNATURE_BYTES = 200_000
STROKES_BYTES = 200_000


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

    def page(self, flow: Flow, run: Run, step: Select) -> Page:
        """The list."""
        if run.pending:
            return waiting(flow, "正在取事项清单")
        chosen = run.values.get(step.field)
        return Page(
            item=flow.item,
            item_name=flow.name,
            title=step.title,
            body=ChoiceBody(
                title=step.title, hint="", options=run.options, chosen=chosen.value if chosen else ""
            ),
            back=BACK,
        )

    def stops(self, run: Run) -> bool:
        """It asks something."""
        return True


class FormLogic:
    """One page of questions. All errors at once; what was typed is kept."""

    stage = "填写"

    def enter(self, turn: Turn, step: Form) -> None:
        """Nothing to fetch."""

    def handle(self, turn: Turn, step: Form, event: Event) -> None:
        """Check everything; go on only when all is right. `keep` takes what stands there unchecked."""
        if not isinstance(event, Act):
            return
        values: dict[str, Known] = dict(turn.run.values)
        errors: dict[str, str] = {}
        for name in step.fields:
            field = turn.flow.fields[name]
            if field.locked and name in values:
                continue
            typed = clean(event.values.get(name, ""))
            if field.kind in {"digits", "id-number"}:
                typed = typed.replace(" ", "").upper()
            wrong = problem(field, typed, turn.run.year)
            if wrong:
                errors[name] = wrong
            before = values.get(name)
            if before is None or before.value != typed:
                values[name] = Known(value=typed, source="typed")
        if event.action == "keep":
            # Nothing new is called wrong here, and nothing that has been put right stays so.
            turn.set(values=values, errors={name: errors[name] for name in turn.run.errors if name in errors})
            return
        turn.set(values=values, errors=errors)
        if not errors:
            turn.next()

    def page(self, flow: Flow, run: Run, step: Form) -> Page:
        """The questions, with what is known filled in and said where from."""
        inputs = tuple(self._input(flow.fields[name], name, run) for name in step.fields)
        return Page(
            item=flow.item,
            item_name=flow.name,
            title=step.title,
            body=FormBody(title=step.title, inputs=inputs),
            primary=NEXT,
            back=BACK,
        )

    def _input(self, field: Field, name: str, run: Run) -> Input:
        known = run.values.get(name)
        value = known.value if known else ""
        return Input(
            name=name,
            label=field.label,
            kind=field.kind,
            value="" if field.locked else value,
            shown=masked(field.mask, value),
            source=SOURCES[known.source] if known and known.source != "typed" else "",
            locked=field.locked and known is not None,
            required=field.required,
            help=field.help,
            error=run.errors.get(name, ""),
            max_length=field.max_length,
            options=_options(field, run.year),
        )

    def stops(self, run: Run) -> bool:
        """It asks something."""
        return True


def _options(field: Field, year: int) -> tuple[Option, ...]:
    if field.kind == "year":
        years = range(year, year - field.years_back - 1, -1)
        return tuple(Option(value=str(each), label=f"{each} 年") for each in years)
    return tuple(Option(value=choice.code, label=choice.label) for choice in field.choices)


def _wrong(turn: Turn, form: Form) -> dict[str, str]:
    """What is wrong with the answers to `form` as they stand."""
    errors = {}
    for name in form.fields:
        known = turn.run.values.get(name)
        field = turn.flow.fields[name]
        if not (field.locked and known is not None):
            errors[name] = problem(field, known.value if known else "", turn.run.year)
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
            wrong = _wrong(turn, each) if isinstance(each, Form) else {}
            if wrong:
                turn.change(next(iter(wrong)))
                turn.set(errors=wrong)
                return True
        return False

    def page(self, flow: Flow, run: Run, step: Review) -> Page:
        """All answers, masked, with where they came from."""
        asked = {name for each in flow.steps if isinstance(each, Form) for name in each.fields}
        rows = [self._row(flow.fields[name], name, run, asked) for name in flow.fields if name in run.values]
        if run.principal is not None and run.person is not None:
            rows.insert(
                0, Row(label="代办人", shown=masked("name", run.person.name), source=SOURCES["id-card"])
            )
        return Page(
            item=flow.item,
            item_name=flow.name,
            title="请核对",
            body=ReviewBody(rows=tuple(rows), unchecked=tuple(UNCHECKED[check] for check in run.unchecked)),
            primary=Action(id="next", label="核对无误"),
            back=BACK,
        )

    def _row(self, field: Field, name: str, run: Run, asked: set[str]) -> Row:
        known = run.values[name]
        value = known.value
        if field.choices:
            value = next((choice.label for choice in field.choices if choice.code == value), value)
        shown = masked(field.mask, value)
        clear = readable(field.mask, value)
        return Row(
            label=field.label,
            shown=shown or "（未填）",
            clear=clear if clear != shown else "",
            source=SOURCES[known.source],
            change=f"change:{name}" if name in asked and not field.locked else "",
        )

    def stops(self, run: Run) -> bool:
        """It asks something."""
        return True


class SignLogic:
    """A handwritten signature; from the tap on 签名并提交 the citizen has confirmed."""

    stage = "签名"

    def enter(self, turn: Turn, step: Sign) -> None:
        """Each signature is drawn anew."""
        turn.set(signature=None)

    def handle(self, turn: Turn, step: Sign, event: Event) -> None:
        """Take a picture that is one, with at least one stroke."""
        if not isinstance(event, Act) or event.action != "next":
            return
        image = _picture(event.values.get("signature", ""))
        strokes = event.values.get("strokes", "")
        if image is None or not _drawn(strokes):
            turn.set(errors={"signature": "请先在框里签名"})
            return
        turn.set(errors={}, signature=Signature(image=image, strokes=strokes, signed_at=event.at))
        turn.next()

    def page(self, flow: Flow, run: Run, step: Sign) -> Page:
        """The pad."""
        return Page(
            item=flow.item,
            item_name=flow.name,
            title="请签名",
            body=SignBody(
                statement=step.statement, item_name=flow.name, error=run.errors.get("signature", "")
            ),
            primary=Action(id="next", label="签名并提交"),
            back=BACK,
        )

    def stops(self, run: Run) -> bool:
        """It asks something."""
        return True


def _picture(data_url: str) -> str | None:
    """The base64 of a PNG data URL, or None when it is not one."""
    if not data_url.startswith(PNG) or len(data_url) > SIGNATURE_BYTES:
        return None
    encoded = data_url[len(PNG) :]
    try:
        picture = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return encoded if picture.startswith(b"\x89PNG\r\n\x1a\n") else None


def _drawn(strokes: str) -> bool:
    """Whether the strokes are a JSON list with something in it."""
    if not strokes or len(strokes) > STROKES_BYTES:
        return False
    try:
        drawn = json.loads(strokes)
    except (ValueError, RecursionError):
        return False
    return isinstance(drawn, list) and bool(drawn)
