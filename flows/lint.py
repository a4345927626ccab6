"""What a careful colleague would find in a flow: numbered findings, each with why and remedy.

The loader refuses what is malformed (F0xx); these (L1xx) are flows that load and are still wrong.
`operations` and `names` are given by the caller: flows know neither the contract nor the network.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from flows import kinds
from flows.kinds import Step
from flows.loader import Finding, Name
from flows.model import Flow

Check = Callable[[Flow, "Context"], Iterator[tuple[str, str]]]


class Context:
    """What flows are checked against."""

    def __init__(self, operations: Collection[str], names: Mapping[str, Name]) -> None:
        self.operations = operations
        self.names = names


def lint(flow: Flow, context: Context) -> tuple[Finding, ...]:
    """Every finding of `flow`."""
    return tuple(
        Finding(file=flow.item, line=1, code=code, why=why, remedy=remedy)
        for code, check in CHECKS.items()
        for why, remedy in check(flow, context)
    )


def _steps(flow: Flow, kind: type[Step]) -> list[int]:
    return [number for number, step in enumerate(flow.steps) if isinstance(step, kind)]


def _asked(flow: Flow) -> set[str]:
    """Fields that some step binds or asks."""
    bound: set[str] = set()
    for step in flow.steps:
        if isinstance(step, kinds.Form | kinds.Prefill):
            bound.update(step.fields)
        elif isinstance(step, kinds.Select):
            bound.add(step.field)
        elif isinstance(step, kinds.Identify):
            bound.update({"person_name", "resident_id_number"})
    return bound


def _unknown_fields(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    for number, step in enumerate(flow.steps, start=1):
        names = [*getattr(step, "fields", ()), *([step.field] if hasattr(step, "field") else [])]
        for name in names:
            if name not in flow.fields:
                yield (
                    f"step {number} names the field `{name}`, which is not declared",
                    "declare it under fields",
                )


def _unused_fields(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    for name in flow.fields:
        if name not in _asked(flow):
            yield f"field `{name}` is never asked or bound", "ask it in a form, or remove it"


def _unknown_operations(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    for number, step in enumerate(flow.steps, start=1):
        operation = getattr(step, "operation", None)
        if operation is not None and operation not in context.operations:
            yield (
                f"step {number} names the operation `{operation}`, which is not in the contract",
                "use an operationId of the gateway's contract",
            )


def _name_differs(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    official = context.names.get(flow.item)
    if official is None:
        yield "the item is not in the city's catalogue", "use a code of flows/catalogue/names.csv"
    elif official.name != flow.name:
        yield f"the name is not the official one ({official.name})", "use the official name"


def _queue_without_submit(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    submits = bool(_steps(flow, kinds.Submit))
    if flow.offline == "queue" and not submits:
        yield "offline: queue, but nothing is submitted", "say offline: unavailable or cached"
    if flow.offline == "cached" and submits:
        yield "offline: cached, but something is submitted", "say offline: queue or unavailable"


def _blocked_while_queued(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    if flow.offline != "queue":
        return
    for number, step in enumerate(flow.steps, start=1):
        if getattr(step, "offline", "flag") == "block":
            yield (
                f"step {number} blocks without a network, though the item says offline: queue",
                "give the step offline: typed or flag, or make the item unavailable",
            )


def _unsigned_or_unchecked(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    for submit in _steps(flow, kinds.Submit):
        if not any(number < submit for number in _steps(flow, kinds.Review)):
            yield "it is submitted without a review", "add a step `review` before `submit`"
        if not any(number > submit for number in _steps(flow, kinds.Print)):
            yield "nothing is printed after the submission", "add a step `print` after `submit`"


def _nobody_identified(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    identifies = bool(_steps(flow, kinds.Identify))
    if flow.identity != "none" and not identifies:
        yield f"identity: {flow.identity}, but there is no step `identify`", "add it after the notice"
    if flow.identity == "none" and identifies:
        yield "identity: none, but the citizen is asked who they are", "remove the step, or name the level"
    if flow.identity in {"card+face", "phone"}:
        yield (
            f"identity: {flow.identity} needs a way that this version does not offer alone",
            "see docs/decisions/0004-levels.md",
        )


def _consent_missing(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    personal = [name for name, field in flow.fields.items() if field.mask != "none"]
    if personal and not _steps(flow, kinds.Consent):
        yield f"personal data ({', '.join(personal)}) without consent", "add a step `consent`"


def _identity_not_locked(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    for name in ("person_name", "resident_id_number"):
        field = flow.fields.get(name)
        if field is not None and not field.locked:
            yield f"`{name}` can be typed over", "say locked: true"


def _not_masked(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    for name, field in flow.fields.items():
        if field.kind == "id-number" and field.mask != "id-number":
            yield f"`{name}` is an ID number and not masked as one", "say mask: id-number"


def _no_rating(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    if not flow.steps or not isinstance(flow.steps[-1], kinds.Rate):
        yield "the item does not end with the rating", "add a last step `rate`"


def _devices_missing(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    if _steps(flow, kinds.Submit) and "receipt_printer" not in flow.needs:
        yield "it gives a receipt, but does not need the printer", "add receipt_printer under needs"
    if _steps(flow, kinds.Identify) and "id_card" not in flow.needs:
        yield "it reads a card, but does not need the reader", "add id_card under needs"


def _choices_missing(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    for name, field in flow.fields.items():
        if field.kind == "choice" and not field.choices:
            yield f"`{name}` is a choice without choices", "list its choices"


def _display_before_answer(flow: Flow, context: Context) -> Iterator[tuple[str, str]]:
    answers = _steps(flow, kinds.Query) + _steps(flow, kinds.Guide)
    for number in _steps(flow, kinds.Display):
        if not any(answer < number for answer in answers):
            yield "it displays before anything was asked for", "put `query` or `guide` before `display`"


CHECKS: dict[str, Check] = {
    "L101": _unknown_fields,
    "L102": _unused_fields,
    "L103": _unknown_operations,
    "L104": _name_differs,
    "L105": _queue_without_submit,
    "L106": _blocked_while_queued,
    "L107": _unsigned_or_unchecked,
    "L108": _nobody_identified,
    "L109": _consent_missing,
    "L110": _identity_not_locked,
    "L111": _not_masked,
    "L112": _no_rating,
    "L113": _devices_missing,
    "L114": _choices_missing,
    "L115": _display_before_answer,
}
