"""Findings about fields: conditions, comparisons, and the step that may ask a field (L116 to L120)."""

from __future__ import annotations

from flows import kinds
from flows.expanding import Path
from flows.fields import Field
from flows.lint.context import Check, Context, Found, answered_before, steps
from flows.listing import conditioned
from flows.model import Flow
from flows.steps.commitment import COMMITMENT, PROOF
from flows.values import NO, YES

DELIVERIES = frozenset({"print", "e-licence", "courier", "pickup"})
"""The contract's ways in which a result reaches the citizen."""
_DAYS = frozenset({"date", "month"})


def _conditions(flow: Flow, context: Context) -> Found:
    yield from _conditions_of_documents(flow)
    for name, field in flow.fields.items():
        if field.when is None:
            continue
        other = flow.fields.get(field.when.field)
        if other is None:
            yield (
                ("fields", name, "when"),
                f"`{name}` is asked when `{field.when.field}` says so, which is not declared",
                "name a field of this item",
            )
            continue
        if _goes_round(flow, name):
            yield (
                ("fields", name, "when"),
                f"the condition of `{name}` goes round to itself",
                "let it depend on an earlier answer",
            )
        strange = [value for value in field.when.values if not may_be(other, value)]
        if strange:
            yield (
                ("fields", name, "when"),
                f"`{name}` waits for `{field.when.field}` to be {', '.join(strange)}, which it never is",
                "use the codes of its choices, or yes and no",
            )
        for place, step in steps(flow, kinds.Form):
            together = field.when.field in step.fields
            if name in step.fields and (together or field.when.field not in answered_before(flow, place)):
                yield (
                    ("steps", place, "fields"),
                    f"`{name}` is asked before `{field.when.field}`, on which it depends, is answered",
                    "ask it on a later page",
                )


def _conditions_of_documents(flow: Flow) -> Found:
    for place, number, document, when in conditioned(flow):
        at: Path = ("steps", place, "documents", number, "when")
        other = flow.fields.get(when.field)
        if other is None:
            yield (
                at,
                f"`{document.role}` is asked for when `{when.field}` says so, which is not declared",
                "name a field of this item",
            )
            continue
        strange = [value for value in when.values if not may_be(other, value)]
        if strange:
            yield (
                at,
                f"`{document.role}` waits for `{when.field}` to be {', '.join(strange)}, which it never is",
                "use the codes of its choices, or yes and no",
            )
        if when.field not in answered_before(flow, place):
            yield (
                at,
                f"`{document.role}` is asked for before `{when.field}`, on which it depends, is answered",
                "ask it on an earlier page",
            )


def may_be(field: Field, value: str) -> bool:
    """Whether `field` can be answered with `value`."""
    if field.kind == "choice":
        return any(choice.code == value for choice in field.choices)
    return field.kind != "yes-no" or value in {YES, NO}


def _goes_round(flow: Flow, name: str) -> bool:
    seen: set[str] = set()
    while name in flow.fields:
        if name in seen:
            return True
        seen.add(name)
        condition = flow.fields[name].when
        if condition is None:
            return False
        name = condition.field
    return False


def _earlier_days(flow: Flow, context: Context) -> Found:
    groups: dict[Path, dict[str, Field]] = {("fields",): flow.fields}
    groups |= {("fields", name, "record"): each.record for name, each in flow.fields.items()}
    for at, group in groups.items():
        for name, field in group.items():
            if not field.not_before:
                continue
            other = group.get(field.not_before)
            if field.kind not in _DAYS or other is None or other.kind not in _DAYS:
                yield (
                    (*at, name, "not_before"),
                    f"`{name}` may not precede `{field.not_before}`, and one of them is no date or month",
                    "compare two fields of kind date or month",
                )


def _wrong_step(flow: Flow, context: Context) -> Found:
    typed = {step.field for _, step in steps(flow, kinds.Options) if step.offline == "typed"}
    for place, form in steps(flow, kinds.Form):
        at = ("steps", place, "fields")
        for name in form.fields:
            kind = flow.fields[name].kind if name in flow.fields else ""
            if kind == "option" and name not in typed:
                yield (
                    at,
                    f"`{name}` is an option, and asked in a form",
                    "ask it by `options`, or say offline: typed",
                )
            if kind == "records":
                yield at, f"`{name}` is a repeating group, and asked in a form", "ask it by a step `records`"
    for place, step in enumerate(flow.steps):
        if isinstance(step, kinds.Options | kinds.ChooseBenefit):
            yield from _kind(flow, step.field, {"option"})
        elif isinstance(step, kinds.Records):
            yield from _kind(flow, step.field, {"records"})
        elif isinstance(step, kinds.Region):
            yield from _kind(flow, step.field, {"code"})
        elif isinstance(step, kinds.PhoneCode):
            yield from _kind(flow, step.field, {"phone"})
        elif isinstance(step, kinds.Pay):
            yield from _kind(flow, step.amount, {"amount"})
        elif isinstance(step, kinds.Commitment) and _codes(flow, step.field) != {COMMITMENT, PROOF}:
            yield (
                ("steps", place),
                f"`{step.field}` is no choice between commitment and proof",
                "give it the choices commitment and proof",
            )


def _codes(flow: Flow, name: str) -> set[str]:
    field = flow.fields.get(name)
    return {choice.code for choice in field.choices} if field is not None else set()


def _kind(flow: Flow, name: str, wanted: set[str]) -> Found:
    field = flow.fields.get(name)
    if field is not None and field.kind not in wanted:
        yield (
            ("fields", name, "kind"),
            f"`{name}` is of kind {field.kind}",
            f"make it {' or '.join(sorted(wanted))}",
        )


def _records(flow: Flow, context: Context) -> Found:
    for name, field in flow.fields.items():
        if field.kind == "records" and not field.record:
            yield ("fields", name), f"`{name}` repeats a group without fields", "list them under record"
        if field.kind != "records" and field.record:
            yield (
                ("fields", name, "record"),
                f"`{name}` has a record and does not repeat",
                "make it records, or drop the record",
            )
        for part, inner in field.record.items():
            at = ("fields", name, "record", part)
            if inner.kind in {"option", "records"} or inner.when is not None:
                yield at, f"`{name}.{part}` cannot be asked within a group", "ask it on a page of its own"
            if inner.kind == "choice" and not inner.choices:
                yield at, f"`{name}.{part}` is a choice without choices", "list its choices"
            if inner.kind == "id-number" and inner.mask != "id-number":
                yield at, f"`{name}.{part}` is an ID number and not masked as one", "say mask: id-number"


def _delivery(flow: Flow, context: Context) -> Found:
    field = flow.fields.get("delivery_method")
    if field is not None and not {choice.code for choice in field.choices} <= DELIVERIES:
        yield (
            ("fields", "delivery_method", "choices"),
            "`delivery_method` has a way that is not in the contract",
            f"use {', '.join(sorted(DELIVERIES))}",
        )


CHECKS: dict[str, Check] = {
    "L116": _conditions,
    "L117": _earlier_days,
    "L118": _wrong_step,
    "L119": _records,
    "L120": _delivery,
}
