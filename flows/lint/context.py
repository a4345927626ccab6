"""What flows are checked against, and what the checks share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Protocol, TypeVar

from flows import kinds
from flows.expanding import Path
from flows.fields import BROUGHT, CITIZEN, COMPANY, Field
from flows.kinds import Step
from flows.lint.alike import shape
from flows.loader import Name, load_lists, load_names
from flows.model import Flow
from flows.released import Release, load_released

StepT = TypeVar("StepT")
Found = Iterator[tuple[Path, str, str]]
"""Where in the item, why it is wrong, and what to do."""


class Parameter(Protocol):
    """A part of an operation's path."""

    @property
    def name(self) -> str: ...


class Operation(Protocol):
    """What the checks know of an operation of the gateway's contract.

    `tokens`: whose token it takes, `visit` or `terminal`; `body`: the JSON type of each property of its body
    (empty: any), `required`: those of them that must be there.
    """

    @property
    def tokens(self) -> frozenset[str]: ...
    @property
    def parameters(self) -> Sequence[Parameter]: ...
    @property
    def query(self) -> frozenset[str]: ...
    @property
    def body(self) -> Mapping[str, str]: ...
    @property
    def required(self) -> frozenset[str]: ...


class Context:
    """The operations of the gateway's contract and all items that there are; the official names, the code
    lists that the city publishes, and what was released of each item."""

    def __init__(
        self,
        operations: Mapping[str, Operation],
        names: Mapping[str, Name],
        flows: Mapping[str, Flow],
        lists: Collection[str],
        released: Mapping[str, Release],
    ) -> None:
        self.operations = operations
        self.names = names
        self.flows = flows
        self.lists = lists
        self.released = released

    @classmethod
    def shipped(cls, operations: Mapping[str, Operation], flows: Mapping[str, Flow]) -> Context:
        """With the names, lists and releases that lie beside the catalogue."""
        return cls(operations, load_names(), flows, load_lists(), load_released())

    @cached_property
    def by_short(self) -> Mapping[str, list[str]]:
        """The items of each short name."""
        found: dict[str, list[str]] = defaultdict(list)
        for flow in self.flows.values():
            found[flow.short].append(flow.item)
        return found

    @cached_property
    def by_shape(self) -> Mapping[str, list[str]]:
        """The items of each `shape`."""
        found: dict[str, list[str]] = defaultdict(list)
        for flow in self.flows.values():
            found[shape(flow)].append(flow.item)
        return found


Check = Callable[[Flow, Context], Found]


def places(flow: Flow, *kinds_: type[Step]) -> list[int]:
    """Where steps of these kinds stand, from 0."""
    return [number for number, step in enumerate(flow.steps) if isinstance(step, kinds_)]


def steps(flow: Flow, kind: type[StepT]) -> list[tuple[int, StepT]]:
    """The steps of one kind, with where they stand, from 0."""
    return [(number, step) for number, step in enumerate(flow.steps) if isinstance(step, kind)]


def rates_a_case(flow: Flow) -> bool:
    """Whether the rating is what is settled: of a case that the item asks for."""
    return any(step.case is not None for _, step in steps(flow, kinds.Rate))


def tag(step: Step) -> str:
    """What the kind of `step` is called in YAML."""
    return str(step.__struct_config__.tag)


def every_field(flow: Flow) -> Iterator[tuple[Path, str, Field]]:
    """Each field, and each of a group that repeats: where, name, field."""
    for name, field in flow.fields.items():
        yield ("fields", name), name, field
        for part, inner in field.record.items():
            yield ("fields", name, "record", part), f"{name}.{part}", inner


IDENTITY, BUSINESS = frozenset(CITIZEN), frozenset(COMPANY)


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
        case kinds.Rate():
            return tuple(name for name in (step.case, step.comment) if name is not None)
        case kinds.Bundle():
            return tuple(name for child in step.children for name in child.fields)
        case _:
            field: str | None = getattr(step, "field", None)
            return (*getattr(step, "fields", ()), *((field,) if field is not None else ()))


def relied_on(step: Step) -> tuple[str, ...]:
    """The fields without whose answers `step` can do nothing."""
    match step:
        case kinds.Lookup() | kinds.Guide() | kinds.PhoneCode():
            return (step.field,)
        case kinds.ConfirmBenefit():
            return (step.benefit, step.account)
        case kinds.Pay():
            return (step.bill, step.amount)
        case kinds.Options():
            return (step.by,) if step.by is not None else ()
        case kinds.Browse():
            return step.by
        case kinds.Rate():
            return (step.case,) if step.case is not None else ()
        case _:
            return ()


def answered_by(flow: Flow, step: Step) -> set[str]:
    """The fields that may be known once `step` is behind."""
    bound = set(kinds.set_by(step))
    if isinstance(step, kinds.Prefill):
        bound.update(step.fields)
    elif isinstance(step, kinds.Identify):
        bound |= IDENTITY | (BUSINESS if step.who != "citizen" else set())
    elif isinstance(step, kinds.Options):
        bound |= {name for name, field in flow.fields.items() if BROUGHT & set(field.prefill) or field.locked}
    return bound


def answered_before(flow: Flow, place: int) -> set[str]:
    """The fields that may be known when step `place` begins."""
    return {name for step in flow.steps[:place] for name in answered_by(flow, step)}
