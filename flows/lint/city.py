"""Findings about what is sent to the city, and by which operation (L142 to L148)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flows import kinds
from flows.expanding import Path
from flows.fields import Field
from flows.kinds import Step
from flows.lint.context import Check, Context, Found, every_field, places, steps, tag
from flows.model import Flow
from flows.steps.form import code_list
from flows.steps.submit import PLACED, WORDS_LIMIT


@dataclass(frozen=True, slots=True)
class Sends:
    """What a step gives an operation: names in the path and the query, properties of the body with their
    JSON type."""

    path: frozenset[str] = frozenset()
    query: frozenset[str] = frozenset()
    body: Mapping[str, str] = field(default_factory=dict)


_ITEM = frozenset({"item"})
_OF_ITEM = Sends(path=_ITEM, body={"fields": "object"})
_LIST = Sends(path=frozenset({"item", "field"}), query=frozenset({"q"}))
_REPORT = dict.fromkeys(("kind", "item", "words", "contact", "terminal", "at"), "string")
_APPLICATION = {
    **dict.fromkeys(("item", "flow_version", "terminal", "channel", "submitted_at"), "string"),
    **dict.fromkeys(
        ("identity", "fields", "commitment", "signature", "proxy", "region", "delivery"), "object"
    ),
    **dict.fromkeys(("documents", "deferred_documents", "unchecked", "children"), "array"),
}
_RATING = {
    **dict.fromkeys(("case_no", "slip", "item", "comment", "terminal", "at"), "string"),
    "level": "integer",
    "reasons": "array",
}
OPERATIONS: Mapping[str, Mapping[str, Sends]] = {
    "proxy": {"lookupProxy": Sends(body={"principal_id_number": "string"})},
    "region": {"getOptions": _LIST},
    "prefill": {"prefill": Sends(path=_ITEM, body={"fields": "array"})},
    "eligibility": {"checkEligibility": _OF_ITEM},
    "select": {"getCatalogue": Sends()},
    "options": {"getOptions": _LIST},
    "browse": {"getOptions": _LIST},
    "commitment": {"checkEligibility": _OF_ITEM},
    "submit": {
        "submitApplication": Sends(path=_ITEM, body=_APPLICATION),
        "supplementCase": Sends(path=frozenset({"id"}), body={"documents": "array", "fields": "object"}),
        "escalate": Sends(body=_REPORT),
    },
    "query": {"query": _OF_ITEM},
    "guide": {"getGuide": Sends(path=_ITEM)},
    "lookup": dict.fromkeys(("getSlip", "getTicket", "verifyCertificate"), Sends(path=frozenset({"id"}))),
    "match": {"matchPolicies": Sends(body={"answers": "object"})},
    "choose-benefit": {"listBenefits": Sends()},
    "confirm-benefit": {"confirmBenefit": Sends(path=frozenset({"id"}), body={"account": "object"})},
    "choose-case": {"listCases": Sends()},
    "draft": {"getDraft": Sends(path=frozenset({"id"}))},
    "benefits": {"listBenefits": Sends()},
    "rate": {"rate": Sends(body=_RATING)},
}
"""By kind of step, the operations whose answers it understands, and what it gives each."""
_UNSAID = {"book": "holdSlot", "confirm-booking": "confirmBooking"}
_A_LABEL = 40
_PASSES = (kinds.Prefill, kinds.Benefits)
"""Left out where nobody is logged in."""


def _nobody_logged_in(flow: Flow, context: Context) -> Found:
    sure = False
    for number, step in enumerate(flow.steps):
        if isinstance(step, kinds.Identify):
            sure |= not step.optional
        operation = _operation(step)
        if sure or isinstance(step, _PASSES) or operation not in context.operations:
            continue
        if context.operations[operation].tokens == {"visit"}:
            yield (
                ("steps", number),
                f"the city answers step {number + 1} (`{tag(step)}`) only to whoever is logged in",
                "add a step `identify` before it that may not be passed over",
            )


def _operation(step: Step) -> str:
    if isinstance(step, kinds.Print):
        return "printCertificate" if step.paper == "certificate" else ""
    return _UNSAID.get(tag(step), getattr(step, "operation", ""))


def _of_another_kind(flow: Flow, context: Context) -> Found:
    for number, step in enumerate(flow.steps):
        operation, known = getattr(step, "operation", None), OPERATIONS.get(tag(step), {})
        if operation in context.operations and operation not in known:
            yield (
                ("steps", number, "operation"),
                f"`{tag(step)}` does not understand what `{operation}` answers",
                f"use {' or '.join(known)}",
            )


def _not_taken(flow: Flow, context: Context) -> Found:
    for number, step in enumerate(flow.steps):
        operation = getattr(step, "operation", "")
        sends = OPERATIONS.get(tag(step), {}).get(operation)
        if sends is None or operation not in context.operations:
            continue
        for trouble in _troubles(sends, context, operation):
            yield (
                ("steps", number),
                f"step {number + 1} (`{tag(step)}`): by the contract `{operation}` {trouble}",
                "the contract has changed: change the step's code in flows/steps/, then flows/lint/city.py",
            )


def _troubles(sends: Sends, context: Context, operation: str) -> Iterator[str]:
    takes = context.operations[operation]
    in_path = {parameter.name for parameter in takes.parameters}
    for name in sorted(in_path ^ sends.path):
        yield f"{'wants' if name in in_path else 'has no'} `{name}` in its path"
    for name in sorted(sends.query - takes.query):
        yield f"has no `{name}` in its query"
    for name, kind in sends.body.items():
        if name not in takes.body:
            yield f"has no `{name}` in its body"
        elif takes.body[name] not in {"", kind}:
            yield f"wants `{name}` as {takes.body[name]}, not {kind}"
    for name in sorted(takes.required - set(sends.body)):
        yield f"wants `{name}` in its body"


def _reported(flow: Flow, context: Context) -> Found:
    for number, step in steps(flow, kinds.Submit):
        if step.operation != "escalate" and step.about != "cannot-do":
            yield ("steps", number, "about"), "`about` is of a report, and this is none", "leave it out"
    if not any(step.operation == "escalate" for _, step in steps(flow, kinds.Submit)):
        return
    for number in places(flow, kinds.Documents, kinds.Photo):
        yield ("steps", number), "pictures are taken and never sent: a report has words only", "leave it out"
    longest = sum(
        _longest(each) for name, each in flow.fields.items() if PLACED.get(name, "words") == "words"
    )
    if longest > WORDS_LIMIT:
        yield (
            ("fields",),
            f"the answers of this report may have {longest} characters, and {WORDS_LIMIT} are sent",
            "say a smaller max_length, or ask less",
        )


def _longest(each: Field) -> int:
    """Characters of a field's line, its label with it; what is chosen has the length of a label."""
    if each.kind == "records":
        return len(each.label) + each.max_records * sum(_longest(part) for part in each.record.values())
    chosen = each.kind in {"choice", "code", "option", "yes-no"}
    return len(each.label) + len(each.unit) + 3 + (_A_LABEL if chosen else each.max_length)


def _not_published(flow: Flow, context: Context) -> Found:
    for at, name, each in every_field(flow):
        wanted = code_list(each, name.rpartition(".")[2])
        if wanted and wanted not in context.lists:
            yield (
                at,
                f"the city publishes no list `{wanted}`, from which `{name}` is chosen",
                "name one of flows/catalogue/lists.csv under codes, or make it a choice of the item's own",
            )


def _in_an_address(flow: Flow, context: Context) -> Found:
    for number, step in enumerate(flow.steps):
        at: Path = ("steps", number, "field")
        name = step.field if isinstance(step, kinds.Guide | kinds.Lookup) else ""
        if isinstance(step, kinds.Options) and step.by is not None:
            at, name = ("steps", number, "by"), step.by
        if name in flow.fields and flow.fields[name].mask != "none":
            yield (
                at,
                f"step {number + 1} (`{tag(step)}`) puts `{name}`, which is personal, into an address: "
                "those are kept in logs and caches on the way",
                "the city knows who is logged in: leave `by` out, or narrow by something that is nobody's",
            )


def _cached_and_personal(flow: Flow, context: Context) -> Found:
    if flow.offline != "cached":
        return
    personal = [name for name, each in flow.fields.items() if each.mask != "none"]
    if personal:
        yield (
            ("fields", personal[0]),
            f"offline: cached is for public content, and `{personal[0]}` is personal",
            "say offline: unavailable, or do not ask it",
        )
    for number in places(flow, kinds.Identify):
        if flow.identity != "none":
            yield (
                ("steps", number),
                "offline: cached is for public content, and this is for whoever is logged in",
                "say offline: unavailable, or identity: none",
            )


CHECKS: dict[str, Check] = {
    "L142": _nobody_logged_in,
    "L143": _of_another_kind,
    "L144": _not_taken,
    "L145": _reported,
    "L146": _not_published,
    "L147": _in_an_address,
    "L148": _cached_and_personal,
}
