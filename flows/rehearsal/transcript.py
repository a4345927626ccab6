"""What came of a rehearsal, as a plain value: two of them are equal when a citizen met the same."""

from __future__ import annotations

from typing import Any

import msgspec

from flows.effects import (
    Call,
    CheckPicture,
    ClosePayment,
    Effect,
    LoadGuide,
    LoadOptions,
    Login,
    PhoneScan,
    PrintCertificate,
    PrintPaper,
    ReadCard,
    RefundPayment,
    StartPayment,
    Submit,
)
from flows.kinds import Step
from flows.page import ChoiceBody, FormBody, Page
from flows.trials import Ends


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Base."""


class Question(Part, frozen=True, kw_only=True):
    """A field on a page. `source` in words, where it was known; `offers`: the codes that could be touched."""

    name: str
    kind: str
    required: bool
    locked: bool = False
    source: str = ""
    offers: tuple[str, ...] = ()


class Seen(Part, frozen=True, kw_only=True):
    """A page at which the citizen did something: `did`, of the actions `offered`."""

    step: int
    kind: str
    """Of the step."""
    body: str
    title: str
    questions: tuple[Question, ...] = ()
    offers: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    did: str = ""


class Sent(Part, frozen=True, kw_only=True):
    """A value as it went out: JSON, and where it was from."""

    name: str
    value: str
    source: str = ""


class Asked(Part, frozen=True, kw_only=True):
    """An effect: what was asked of the world. `about`: which list, whose card, what was meant."""

    step: int
    kind: str
    operation: str = ""
    about: str = ""
    fields: tuple[Sent, ...] = ()
    rest: str = ""
    """The other parts of the body, as JSON; pictures and signatures only by name."""


class Transcript(Part, frozen=True, kw_only=True):
    """Pages, effects, and what it comes to (the words are those of `flows.trials`)."""

    item: str
    pages: tuple[Seen, ...]
    effects: tuple[Asked, ...]
    lines: tuple[str, ...]
    """The pages on which something is the item's own, each in a line (`flows.rehearsal.lines`)."""
    path: tuple[str, ...]
    asks: tuple[str, ...]
    refused: tuple[str, ...]
    """Fields at which something was typed that they did not take."""
    judged: tuple[str, ...]
    missed: tuple[str, ...]
    """Fields for which what was to be chosen was not offered."""
    sends: tuple[str, ...]
    documents: tuple[str, ...]
    later: tuple[str, ...]
    items: tuple[str, ...]
    files: tuple[str, ...]
    """Of a bundle: what each item gets, in a line."""
    level: str
    unchecked: tuple[str, ...]
    papers: tuple[str, ...]
    ends: Ends
    told: str = ""


def tag(step: Step) -> str:
    """The word for a kind of step."""
    return str(step.__struct_config__.tag)


def seen(number: int, step: Step, page: Page, offered: frozenset[str], did: str) -> Seen:
    """A page as it is written down."""
    body = page.body
    questions = tuple(
        Question(
            name=each.name,
            kind=each.kind,
            required=each.required,
            locked=each.locked,
            source=each.source,
            offers=tuple(option.value for option in each.options),
        )
        for each in (body.inputs if isinstance(body, FormBody) else ())
    )
    return Seen(
        step=number,
        kind=tag(step),
        body=str(body.__struct_config__.tag),
        title=page.title,
        questions=questions,
        offers=tuple(each.value for each in body.options) if isinstance(body, ChoiceBody) else (),
        offered=tuple(sorted(offered)),
        did=did,
    )


def asked(number: int, effect: Effect) -> Asked:  # noqa: PLR0912 - a kind each
    """An effect as it is written down."""
    operation, about, body = "", "", {}
    match effect:
        case Call():
            operation, body = effect.operation, dict(effect.body)
            about = " ".join((*effect.path.values(), *effect.query.values()))
        case Submit():
            operation, about, body = effect.operation, effect.target, dict(effect.body)
        case LoadGuide():
            operation, about = effect.operation, effect.item
        case LoadOptions():
            operation, about = effect.operation, effect.list
        case ReadCard():
            about = effect.whose
        case CheckPicture():
            about = effect.kind
        case Login():
            about = "card" if effect.face is None else "card+face"
        case PhoneScan():
            about = "business" if effect.business else ""
        case StartPayment():
            about = f"{effect.bill} {effect.fen} {effect.method}"
        case ClosePayment() | RefundPayment():
            about = effect.payment
        case PrintCertificate():
            about = effect.certificate
        case PrintPaper():
            about = effect.kind
        case _:
            pass
    fields = body.pop("fields", None)
    if not isinstance(fields, dict):  # of a prefill: names
        body = body if fields is None else {**body, "fields": fields}
        fields = body.pop("answers", {})
    return Asked(
        step=number,
        kind=type(effect).__name__,
        operation=operation,
        about=about,
        fields=tuple(_sent(name, value) for name, value in fields.items()),
        rest=_json(_without_pictures(body)) if body else "",
    )


def _sent(name: str, value: Any) -> Sent:
    if isinstance(value, dict) and "source" in value:
        return Sent(name=name, value=_json(value["value"]), source=f"{value['source']} {value['trust']}")
    return Sent(name=name, value=_json(value))


def _without_pictures(body: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in body.items() if name not in {"signature", "documents", "children"}}
    if "signature" in body:
        told["signature"] = True
    if "documents" in body:
        told["documents"] = [f"{each['role']} {each['importance']}" for each in body["documents"]]
    if "children" in body:
        told["children"] = [
            {"item": each["item"], "fields": list(each["fields"])} for each in body["children"]
        ]
    return told


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
