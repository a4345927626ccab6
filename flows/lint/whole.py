"""Findings about an item as a whole: names, operations, order, identity, devices (L101 to L115)."""

from __future__ import annotations

from flows import kinds
from flows.lint.context import Check, Context, Found, answered_by, named_by, places, rates_a_case, steps, tag
from flows.model import Flow


def _unknown_fields(flow: Flow, context: Context) -> Found:
    for number, step in enumerate(flow.steps):
        for name in dict.fromkeys(named_by(step)):
            if name not in flow.fields:
                yield (
                    ("steps", number),
                    f"step {number + 1} names the field `{name}`, which is not declared",
                    "declare it under fields",
                )


def _unused_fields(flow: Flow, context: Context) -> Found:
    used = {name for step in flow.steps for name in (*answered_by(flow, step), *named_by(step))}
    for name in flow.fields:
        if name not in used:
            yield (
                ("fields", name),
                f"field `{name}` is never asked or bound",
                "ask it in a form, or remove it",
            )


def _unknown_operations(flow: Flow, context: Context) -> Found:
    for number, step in enumerate(flow.steps):
        operation = getattr(step, "operation", None)
        if operation is not None and operation not in context.operations:
            yield (
                ("steps", number, "operation"),
                f"step {number + 1} names the operation `{operation}`, which is not in the contract",
                "use an operationId of the gateway's contract",
            )


def _name_differs(flow: Flow, context: Context) -> Found:
    official = context.names.get(flow.item)
    if official is None:
        yield ("item",), "the item is not in the city's catalogue", "use a code of flows/catalogue/names.csv"
    elif official.name != flow.name:
        yield ("name",), f"the name is not the official one ({official.name})", "use the official name"


def _queue_without_submit(flow: Flow, context: Context) -> Found:
    submits = bool(places(flow, kinds.Submit)) or rates_a_case(flow)
    if flow.offline == "queue" and not submits:
        yield ("offline",), "offline: queue, but nothing is submitted", "say offline: unavailable or cached"
    if flow.offline == "cached" and submits:
        yield ("offline",), "offline: cached, but something is submitted", "say offline: queue or unavailable"


def _blocked_while_queued(flow: Flow, context: Context) -> Found:
    if flow.offline != "queue":
        return
    for number, step in enumerate(flow.steps):
        if getattr(step, "offline", "flag") == "block":
            yield (
                ("steps", number, "offline"),
                f"step {number + 1} blocks without a network, though the item says offline: queue",
                "give the step offline: typed or flag, or make the item unavailable",
            )


def _unsigned_or_unchecked(flow: Flow, context: Context) -> Found:
    settles = (kinds.Submit, kinds.ConfirmBooking, kinds.ConfirmBenefit, kinds.Pay)
    for settled in places(flow, *settles):
        at, kind = ("steps", settled), tag(flow.steps[settled])
        if not any(number < settled for number in places(flow, kinds.Review)):
            yield at, f"`{kind}` comes without a review", f"add a step `review` before `{kind}`"
        if not any(number > settled for number in places(flow, kinds.Print)):
            yield at, f"nothing is printed after `{kind}`", f"add a step `print` after `{kind}`"


def _nobody_identified(flow: Flow, context: Context) -> Found:
    at, asks = ("identity",), [step for _, step in steps(flow, kinds.Identify)]
    if flow.identity != "none" and not asks:
        yield at, f"identity: {flow.identity}, but there is no step `identify`", "add it after the notice"
    if flow.identity == "none" and not all(step.optional for step in asks):
        yield at, "identity: none, but they are asked who they are", "say optional: true, or name the level"
    if flow.identity != "none" and any(step.optional for step in asks):
        yield (
            at,
            f"identity: {flow.identity}, but it may be passed over",
            "drop optional, or say identity: none",
        )


def _consent_missing(flow: Flow, context: Context) -> Found:
    personal = [name for name, field in flow.fields.items() if field.mask != "none"]
    if personal and not places(flow, kinds.Consent):
        yield (
            ("fields", personal[0]),
            f"personal data ({', '.join(personal)}) without consent",
            "add a step `consent`",
        )


def _identity_not_locked(flow: Flow, context: Context) -> Found:
    if not places(flow, kinds.Identify):
        return  # nobody is asked who they are: a name is what they like to be called
    for name in ("person_name", "resident_id_number"):
        field = flow.fields.get(name)
        if field is not None and not field.locked:
            yield ("fields", name, "locked"), f"`{name}` can be typed over", "say locked: true"


def _not_masked(flow: Flow, context: Context) -> Found:
    for name, field in flow.fields.items():
        if field.kind == "id-number" and field.mask != "id-number":
            yield (
                ("fields", name, "mask"),
                f"`{name}` is an ID number and not masked as one",
                "say mask: id-number",
            )


def _no_rating(flow: Flow, context: Context) -> Found:
    if not flow.steps or not isinstance(flow.steps[-1], kinds.Rate):
        yield (
            ("steps", len(flow.steps) - 1),
            "the item does not end with the rating",
            "add a last step `rate`",
        )


def _devices_missing(flow: Flow, context: Context) -> Found:
    at = ("needs",)
    settles = places(flow, kinds.Submit, kinds.Pay, kinds.ConfirmBooking, kinds.ConfirmBenefit)
    if settles and "receipt_printer" not in flow.needs:
        yield at, "it gives a receipt, but does not need the printer", "add receipt_printer under needs"
    asks = [step for step in flow.steps if isinstance(step, kinds.Identify)]
    if any(step.who != "business" and not step.optional for step in asks) and "id_card" not in flow.needs:
        yield at, "it reads a card, but does not need the reader", "add id_card under needs"
    papers = {step.paper for step in flow.steps if isinstance(step, kinds.Print)}
    if "certificate" in papers and "document_printer" not in flow.needs:
        yield at, "it prints a certificate without the A4 printer", "add document_printer under needs"
    faces = flow.identity == "card+face" and any(step.who != "business" for step in asks)
    camera = faces or any(step.without_card for step in asks) or places(flow, kinds.Documents, kinds.Photo)
    if camera and "camera" not in flow.needs:
        yield at, "it takes pictures, but does not need the camera", "add camera under needs"
    cards_only = any(isinstance(step, kinds.Pay) and step.methods == ("pos",) for step in flow.steps)
    if cards_only and "payment_terminal" not in flow.needs:
        yield (
            at,
            "only bank cards pay it, and it does not need their terminal",
            "add payment_terminal under needs",
        )


def _choices_missing(flow: Flow, context: Context) -> Found:
    for name, field in flow.fields.items():
        if field.kind == "choice" and not field.choices:
            yield ("fields", name), f"`{name}` is a choice without choices", "list its choices"


def _display_before_answer(flow: Flow, context: Context) -> Found:
    answers = places(flow, kinds.Query, kinds.Guide, kinds.Lookup, kinds.Browse)
    for number in places(flow, kinds.Display):
        if not any(answer < number for answer in answers):
            yield (
                ("steps", number),
                "it displays before anything was asked for",
                "put `query`, `browse`, `guide` or `lookup` before `display`",
            )


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
