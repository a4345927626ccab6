"""How much a citizen types in an item: before anything is known, and after card, city and lists told."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from flows import kinds
from flows.fields import BROUGHT, CITIZEN, COMPANY, WHO, FieldName, InputKind
from flows.model import Flow

TOUCHED: frozenset[InputKind] = frozenset({"choice", "yes-no", "code", "year"})
"""Kinds that are answered by a touch on what is offered: nothing is typed, known or not."""


class AskedOnce(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of fields: all of an item's, those typed if nothing were known, those left to type."""

    fields: int
    typed_before: int
    typed_after: int


def asked_once(flow: Flow) -> AskedOnce:
    """The figures of `flow`."""
    everything = from_card(flow) | from_prefill(flow) | from_lists(flow)
    return AskedOnce(
        fields=len(flow.fields),
        typed_before=len(typed(flow, frozenset())),
        typed_after=len(typed(flow, everything)),
    )


def typed(flow: Flow, known: Collection[FieldName]) -> tuple[FieldName, ...]:
    """The fields that the citizen types when `known` are known, in the item's order.

    Whichever step would ask them: an amount that no list brings along has to be copied from the paper.
    """
    published = {step.field for step in flow.steps if isinstance(step, kinds.Select | kinds.Region)}
    return tuple(
        name
        for name, field in flow.fields.items()
        if name not in known and name not in published and field.kind not in TOUCHED
    )


def from_card(flow: Flow) -> frozenset[FieldName]:
    """What card, phone or business login tell."""
    logins = [step for step in flow.steps if isinstance(step, kinds.Identify)]
    told = (*(CITIZEN if logins else ()), *(COMPANY if any(s.who != "citizen" for s in logins) else ()))
    return frozenset(name for name in told if name in flow.fields)


def from_prefill(flow: Flow) -> frozenset[FieldName]:
    """What the city tells of whoever is logged in, in a step `prefill`."""
    return frozenset(
        name
        for step in flow.steps
        if isinstance(step, kinds.Prefill)
        for name in step.fields
        if name in flow.fields and BROUGHT.intersection(flow.fields[name].prefill)
    )


def from_lists(flow: Flow) -> frozenset[FieldName]:
    """What is chosen from a department's list, and what comes with an entry of it."""
    chosen: set[FieldName] = set()
    brings = False
    for step in flow.steps:
        match step:
            case kinds.Options():
                chosen.add(step.field)
                brings = True
            case kinds.ChooseBenefit() | kinds.ChooseCase():
                chosen.add(step.field)
            case kinds.Book():
                chosen |= {step.place, step.date}
            case _:
                pass
    if brings:
        prefilled = from_prefill(flow)
        chosen |= {
            name
            for name, field in flow.fields.items()
            if name not in prefilled and (BROUGHT.intersection(field.prefill) or _given(flow, name))
        }
    return frozenset(chosen)


def _given(flow: Flow, name: FieldName) -> bool:
    """Locked, and not what a login tells: then an entry brings it."""
    return flow.fields[name].locked and name not in WHO
