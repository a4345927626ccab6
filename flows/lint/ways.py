"""Findings about the way through an item: never reached, never asked, asked too late (L133 to L141)."""

from __future__ import annotations

from collections import Counter

from flows import kinds
from flows.applying import DEEPEST
from flows.kinds import Step, set_by
from flows.lint.context import (
    BUSINESS,
    IDENTITY,
    Check,
    Context,
    Found,
    answered_before,
    answered_by,
    places,
    rates_a_case,
    relied_on,
    steps,
    tag,
)
from flows.lint.fields import may_be
from flows.model import Flow

_SETTLES = (kinds.Submit, kinds.Pay, kinds.ConfirmBooking, kinds.ConfirmBenefit)
_GIVES = (*_SETTLES, kinds.Display, kinds.Match, kinds.Print, kinds.Draft)
_SENDS = (kinds.Eligibility, kinds.Query, kinds.Match)
_PASSES_OVER = ("flag", "typed")


def may_apply(flow: Flow, name: str, left: int = DEEPEST) -> bool:
    """Whether a field can ever be asked: its condition can hold, and all that this hangs on."""
    condition = flow.fields[name].when
    if condition is None:
        return True
    other = flow.fields.get(condition.field)
    return (
        left > 0
        and other is not None
        and any(may_be(other, value) for value in condition.values)
        and any(condition.field in answered_by(flow, step) for step in flow.steps)
        and may_apply(flow, condition.field, left - 1)
    )


def _unreachable(flow: Flow, context: Context) -> Found:
    rated = False
    for number, step in enumerate(flow.steps):
        if rated:
            yield ("steps", number), f"step {number + 1} comes after the rating", "put `rate` last"
        rated |= isinstance(step, kinds.Rate)
        asks = isinstance(step, kinds.Form | kinds.Options | kinds.Records)
        names = [name for name in set_by(step) if name in flow.fields]
        if asks and names and not any(_asked(flow, step, name) for name in names):
            yield (
                ("steps", number),
                f"step {number + 1} (`{tag(step)}`) can never ask anything",
                "mend the condition `when` of its fields, or leave the step out",
            )


def _asked(flow: Flow, step: Step, name: str) -> bool:
    typed = any(each.field == name and each.offline == "typed" for _, each in steps(flow, kinds.Options))
    in_vain = isinstance(step, kinds.Form) and flow.fields[name].kind == "option" and not typed
    return not in_vain and may_apply(flow, name)


def _never_holds(flow: Flow, context: Context) -> Found:
    for name, field in flow.fields.items():
        condition = field.when
        if condition is None or may_apply(flow, name):
            continue
        other = flow.fields.get(condition.field)
        if other is not None and any(may_be(other, value) for value in condition.values):
            yield (
                ("fields", name, "when"),
                f"`{name}` can never be asked: `{condition.field}` is never answered, or not with that",
                f"let it hang on an answer that is given; conditions are followed {DEEPEST} deep",
            )


def _no_outcome(flow: Flow, context: Context) -> Found:
    if not places(flow, *_GIVES) and not rates_a_case(flow):
        yield (
            ("steps", len(flow.steps) - 1),
            "nothing is settled, shown or printed",
            "end with `submit` and `print`, or with `query` and `display`",
        )


def _no_receipt(flow: Flow, context: Context) -> Found:
    for settled in places(flow, *_SETTLES):
        after = [step.paper for at, step in steps(flow, kinds.Print) if at > settled]
        if after and "receipt" not in after:
            yield (
                ("steps", settled),
                f"`{tag(flow.steps[settled])}` is followed by a {after[0]} and by no receipt",
                "add a step `print` with paper: receipt: it has the number, and a queued one its expiry",
            )


def _sent_too_early(flow: Flow, context: Context) -> Found:
    for place, step in enumerate(flow.steps):
        if not isinstance(step, (*_SENDS, kinds.Submit)):
            continue
        before = answered_before(flow, place)
        after = {name for later in flow.steps[place:] for name in answered_by(flow, later)}
        names = tuple(after) if isinstance(step, kinds.Submit) else step.fields or tuple(flow.fields)
        for name in names:
            if name in flow.fields and name not in before:
                when = "is asked only later" if name in after else "no step answers"
                yield (
                    ("steps", place),
                    f"step {place + 1} (`{tag(step)}`) is to send `{name}`, which {when}",
                    "ask it before, or leave it out of the fields of this step",
                )


def _cannot_do_without(step: kinds.Step) -> tuple[str, ...]:
    match step:
        case kinds.Book():
            return (step.place, step.date)
        case kinds.Browse():  # is narrowed by what there is
            return ()
        case _:
            return relied_on(step)


def _needed_and_left_out(flow: Flow, context: Context) -> Found:
    for place, step in enumerate(flow.steps):
        names = _cannot_do_without(step)
        for name in names:
            field = flow.fields.get(name)
            if field is None or isinstance(step, kinds.PhoneCode):
                continue
            together = isinstance(step, kinds.Options) and step.field in flow.fields
            same = together and flow.fields[getattr(step, "field", "")].when == field.when
            if field.when is not None and not same:
                why, at = "is asked only on a condition", "when"
            elif not field.required:
                why, at = "may be left empty", "required"
            else:
                continue
            yield (
                ("fields", name, at),
                f"`{name}` {why}, and step {place + 1} (`{tag(step)}`) cannot do without it",
                "ask it of everybody, and require it",
            )


def _asked_twice(flow: Flow, context: Context) -> Found:
    typed = {step.field for _, step in steps(flow, kinds.Options) if step.offline == "typed"}
    seen: Counter[str] = Counter()
    for place, step in enumerate(flow.steps):
        for name in set_by(step):
            seen[name] += 1
            if seen[name] == 2 and name not in typed:
                yield ("steps", place), f"`{name}` is asked a second time", "ask it once"


def _locked_and_unbound(flow: Flow, context: Context) -> Found:
    for name, field in flow.fields.items():
        if not field.locked:
            continue
        uses = [at for at, step in enumerate(flow.steps) if name in (*_forms(step), *relied_on(step))]
        ahead = flow.steps[: uses[0]] if uses else flow.steps
        if not any(_binds(flow, step, name) for step in ahead):
            typed = any(name in _forms(flow.steps[at]) for at in uses)
            then = "it is typed by hand after all" if typed else "nobody could ever fill it"
            yield (
                ("fields", name, "locked"),
                f"`{name}` is locked, and nothing tells it before it is needed: {then}",
                "bind it by `identify`, `prefill` or `options` before, or say locked: false",
            )


def _forms(step: Step) -> tuple[str, ...]:
    return step.fields if isinstance(step, kinds.Form) else ()


def _binds(flow: Flow, step: Step, name: str) -> bool:
    if isinstance(step, kinds.Form):
        return False
    if isinstance(step, kinds.Options) and name in IDENTITY | BUSINESS:
        return step.field == name  # an entry of a list does not say who stands there
    return name in answered_by(flow, step)


def _queued_though_unavailable(flow: Flow, context: Context) -> Found:
    if flow.offline != "unavailable":
        return
    for submitted in places(flow, kinds.Submit):
        rules = [(at, getattr(step, "offline", "")) for at, step in enumerate(flow.steps[:submitted])]
        blocks = max((at for at, rule in rules if rule == "block"), default=-1)
        passed = [at for at, rule in rules if rule in _PASSES_OVER and at > blocks]
        if passed:
            kind = tag(flow.steps[passed[-1]])
            yield (
                ("steps", passed[-1], "offline"),
                f"when the network goes while it is under way, `{kind}` is passed over and the application "
                "is queued unchecked, though the item says offline: unavailable",
                f"give `{kind}` offline: block",
            )


CHECKS: dict[str, Check] = {
    "L133": _unreachable,
    "L134": _never_holds,
    "L135": _no_outcome,
    "L136": _no_receipt,
    "L137": _sent_too_early,
    "L138": _needed_and_left_out,
    "L139": _asked_twice,
    "L140": _locked_and_unbound,
    "L141": _queued_though_unavailable,
}
