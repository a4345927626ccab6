"""What flows are checked against, and what the checks share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

from flows import kinds
from flows.kinds import Step
from flows.loader import Name
from flows.model import Flow

StepT = TypeVar("StepT")
Found = Iterator[tuple[str, str]]
"""Why it is wrong, and what to do."""


class Context:
    """`operations` of the gateway's contract, and the official `names`, given by the caller."""

    def __init__(self, operations: Collection[str], names: Mapping[str, Name]) -> None:
        self.operations = operations
        self.names = names


Check = Callable[[Flow, Context], Found]


def places(flow: Flow, *kinds_: type[Step]) -> list[int]:
    """Where steps of these kinds stand, from 0."""
    return [number for number, step in enumerate(flow.steps) if isinstance(step, kinds_)]


def steps(flow: Flow, kind: type[StepT]) -> list[tuple[int, StepT]]:
    """The steps of one kind, with where they stand, from 0."""
    return [(number, step) for number, step in enumerate(flow.steps) if isinstance(step, kind)]


IDENTITY = frozenset({"person_name", "resident_id_number"})
BUSINESS = frozenset({"enterprise_name", "unified_social_credit_code", "handler_name"})
_BROUGHT = frozenset({"share", "e-licence", "account", "previous-case"})


def named_by(step: Step) -> tuple[str, ...]:
    """All fields that `step` names."""
    match step:
        case kinds.Pay():
            return (step.bill, step.amount)
        case kinds.Book():
            return (step.place, step.date)
        case kinds.ConfirmBenefit():
            return (step.benefit, step.account)
        case kinds.Options():
            return (step.field, *((step.by,) if step.by is not None else ()))
        case kinds.Browse():
            return step.by
        case kinds.Bundle():
            return tuple(name for child in step.children for name in child.fields)
        case _:
            field: str | None = getattr(step, "field", None)
            return (*getattr(step, "fields", ()), *((field,) if field is not None else ()))


def answered_by(flow: Flow, step: Step) -> set[str]:
    """The fields that may be known once `step` is behind."""
    bound = set(kinds.set_by(step))
    if isinstance(step, kinds.Prefill):
        bound.update(step.fields)
    elif isinstance(step, kinds.Identify):
        bound |= IDENTITY | (BUSINESS if step.who != "citizen" else set())
    elif isinstance(step, kinds.Options):
        bound |= {
            name for name, field in flow.fields.items() if _BROUGHT & set(field.prefill) or field.locked
        }
    return bound


def answered_before(flow: Flow, place: int) -> set[str]:
    """The fields that may be known when step `place` begins."""
    return {name for step in flow.steps[:place] for name in answered_by(flow, step)}
