"""Findings about kinds of step and how they stand together (L121 to L132, L168)."""

from __future__ import annotations

from collections.abc import Iterator

from flows import kinds
from flows.lint.context import Check, Context, Found, answered_before, places, relied_on, steps, tag
from flows.listing import PHOTO
from flows.model import Flow

_ASKS = (
    kinds.Form,
    kinds.Records,
    kinds.Options,
    kinds.Select,
    kinds.Documents,
    kinds.Photo,
    kinds.Sign,
    kinds.Identify,
    kinds.Proxy,
)
_NEVER_OFFLINE = (
    kinds.Pay,
    kinds.Book,
    kinds.ConfirmBooking,
    kinds.ChooseBenefit,
    kinds.ConfirmBenefit,
    kinds.Draft,
    kinds.Lookup,
)
_RENDERS = (kinds.Submit, kinds.ConfirmBooking, kinds.ConfirmBenefit)


def _needs_network(flow: Flow, context: Context) -> Found:
    if flow.offline == "unavailable":
        return
    for number, step in enumerate(flow.steps):
        never = isinstance(step, _NEVER_OFFLINE)
        blocks = isinstance(step, kinds.Options | kinds.Query | kinds.Region) and step.offline == "block"
        listed = isinstance(step, kinds.ChooseCase) and flow.offline == "cached"
        if never or blocks or listed:
            yield (
                ("steps", number),
                f"step {number + 1} needs the network, though the item says offline: {flow.offline}",
                "say offline: unavailable, or give `options` offline: typed",
            )


def _commitment(flow: Flow, context: Context) -> Found:
    for place, step in steps(flow, kinds.Commitment):
        asked = {
            document.role: document.importance
            for at, documents in steps(flow, kinds.Documents)
            if at > place
            for document in documents.documents
        }
        for role in step.replaces:
            if role not in asked:
                yield (
                    ("steps", place, "replaces"),
                    f"the commitment replaces `{role}`, which no later step asks for",
                    "add it to a step `documents` after the commitment",
                )
            elif asked[role] == "main":
                yield (
                    ("steps", place, "replaces"),
                    f"the commitment replaces `{role}`, a main document",
                    "make it secondary",
                )


def _bundle(flow: Flow, context: Context) -> Found:
    roles = {each.role for _, step in steps(flow, kinds.Documents) for each in step.documents}
    roles |= {PHOTO} if places(flow, kinds.Photo) else set()
    for place, bundle in steps(flow, kinds.Bundle):
        if flow.identity == "none":
            yield ("identity",), "a bundle is filed by nobody", "name the level under identity"
        before: dict[str, bool] = {}
        for number, child in enumerate(bundle.children):
            for why, remedy in _child(child, before, roles):
                yield ("steps", place, "children", number), why, remedy
            before[child.item] = child.needed


def _child(child: kinds.Child, before: dict[str, bool], roles: set[str]) -> Iterator[tuple[str, str]]:
    for role in child.documents:
        if role not in roles:
            yield (
                f"`{child.item}` takes the document `{role}`, which no step asks for",
                "add it to a step `documents`",
            )
    for item in child.after:
        if item not in before:
            yield f"`{child.item}` comes after `{item}`, which does not stand before it", "put it later"
        elif child.needed and not before[item]:
            yield (
                f"`{child.item}` is needed and comes after `{item}`, which may be left out",
                "say needed: false, or make the other one needed",
            )


def _pay(flow: Flow, context: Context) -> Found:
    for place, pay in steps(flow, kinds.Pay):
        rendered = [at for at in places(flow, *_RENDERS) if at > place]
        skips = any(each.field == pay.bill and each.empty == "skip" for _, each in steps(flow, kinds.Options))
        if skips and not rendered:
            yield (
                ("steps", place),
                "where nothing is due it is passed over, and nothing is filed after it",
                "say empty: refuse for its list",
            )
        between = flow.steps[place + 1 : rendered[0]] if rendered else ()
        if any(isinstance(step, _ASKS) for step in between):
            yield (
                ("steps", place),
                "something is asked between the payment and what is paid for",
                "pay directly before it is filed or booked",
            )
    for place in places(flow, kinds.Pay)[1:]:
        yield ("steps", place), "it is paid twice", "one step `pay` an item"


def _deferral(flow: Flow, context: Context) -> Found:
    for place, step in steps(flow, kinds.Documents):
        for number, document in enumerate(step.documents):
            if document.deferrable and document.importance == "main":
                yield (
                    ("steps", place, "documents", number),
                    f"`{document.role}` is a main document and may follow later",
                    "only a secondary one may",
                )


def _booking(flow: Flow, context: Context) -> Found:
    books, confirms = places(flow, kinds.Book), places(flow, kinds.ConfirmBooking)
    if len(books) > 1:
        yield ("steps", books[1]), "two times are booked", "one step `book` an item"
    if books and not any(at > books[0] for at in confirms):
        yield (
            ("steps", books[0]),
            "a time is held and never confirmed",
            "add a step `confirm-booking` after the review",
        )
    if confirms and not any(at < confirms[0] for at in books):
        yield (
            ("steps", confirms[0]),
            "a booking is confirmed that was never made",
            "add a step `book` before the review",
        )


def _not_asked_before(flow: Flow, context: Context) -> Found:
    for place, step in enumerate(flow.steps):
        before = answered_before(flow, place)
        for name in relied_on(step):
            if name in flow.fields and name not in before:
                yield (
                    ("steps", place),
                    f"step {place + 1} relies on `{name}`, which is not asked before",
                    "ask it earlier",
                )


def _proxied_lists(flow: Flow, context: Context) -> Found:
    if not places(flow, kinds.Proxy):
        return
    for place, step in enumerate(flow.steps):
        own = isinstance(step, kinds.Options) and step.by is None and step.offline == "block"
        if own or isinstance(step, kinds.ChooseBenefit | kinds.ChooseCase):
            yield (
                ("steps", place),
                f"step {place + 1} lists what is the citizen's own, and the item may be for somebody else",
                "drop `proxy`, or give `options` offline: typed",
            )


def _certificate(flow: Flow, context: Context) -> Found:
    for place, step in steps(flow, kinds.Print):
        if step.paper == "certificate" and not any(at < place for at in places(flow, kinds.Query)):
            yield (
                ("steps", place),
                "a certificate is printed and none was asked for",
                "add a step `query` before it",
            )


def _supplement(flow: Flow, context: Context) -> Found:
    for place, step in steps(flow, kinds.Submit):
        chosen = [at for at in places(flow, kinds.ChooseCase) if at < place]
        if step.operation == "supplementCase" and not chosen:
            yield ("steps", place), "a case is supplemented that was never chosen", "add a step `choose-case`"
        if step.operation == "supplementCase" and not places(flow, kinds.Documents):
            yield ("steps", place), "a case is supplemented with nothing", "add a step `documents`"


def _twice(flow: Flow, context: Context) -> Found:
    for kind in (kinds.Submit, kinds.Identify, kinds.Proxy, kinds.Bundle, kinds.Photo, kinds.Commitment):
        for place in places(flow, kind)[1:]:
            yield ("steps", place), f"`{tag(flow.steps[place])}` stands twice", "once an item"


def _levels(flow: Flow, context: Context) -> Found:
    for place, step in steps(flow, kinds.Identify):
        if step.without_card and flow.identity != "card+face":
            yield (
                ("steps", place),
                f"number and face are offered, and the item asks for {flow.identity}",
                "say identity: card+face, or drop without_card",
            )
        if step.who == "business" and flow.audience == "citizen":
            yield (
                ("steps", place),
                "a legal person logs in to an item for citizens",
                "say audience: business or both",
            )


def _browsed(flow: Flow, context: Context) -> Found:
    for place, step in steps(flow, kinds.Browse):
        if not any(at > place for at in places(flow, kinds.Display)):
            yield (
                ("steps", place),
                "a published list is fetched and never shown",
                "add a step `display` after `browse`",
            )
        for name in step.by:
            if name in flow.fields and flow.fields[name].kind == "records":
                yield (
                    ("steps", place),
                    f"`{name}` is a repeating group, and is to narrow a list",
                    "narrow it otherwise",
                )


CHECKS: dict[str, Check] = {
    "L121": _needs_network,
    "L122": _commitment,
    "L123": _bundle,
    "L124": _pay,
    "L125": _deferral,
    "L126": _booking,
    "L127": _not_asked_before,
    "L128": _proxied_lists,
    "L129": _certificate,
    "L130": _supplement,
    "L131": _twice,
    "L132": _levels,
    "L168": _browsed,
}
