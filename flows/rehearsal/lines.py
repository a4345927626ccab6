"""A page in one line, as a test of an item says it: its title, and what can be answered or chosen there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows import kinds
from flows.bodies import BundleBody, DocumentRow, DocumentsBody
from flows.fields import Field
from flows.kinds import Step
from flows.model import Flow
from flows.page import ChoiceBody, FormBody, IdentifyBody, Input, Page

_WAYS = ("card", "phone", "number", "business", "skip")


def line(flow: Flow, step: Step, page: Page, offered: frozenset[str]) -> str:
    """The line of `page`; empty where nothing on it is the item's own."""
    words = ", ".join(_words(flow, step, page, offered))
    if words:
        return f"{page.title}：{words}"
    return page.title if page.title == getattr(step, "title", "") else ""


def _words(flow: Flow, step: Step, page: Page, offered: frozenset[str]) -> Iterator[str]:
    match page.body:
        case IdentifyBody():
            yield from (way for way in _WAYS if way in offered)
        case FormBody(inputs=inputs):
            known = flow.fields[step.field].record if isinstance(step, kinds.Records) else flow.fields
            yield from (_question(each, known) for each in inputs)
        case ChoiceBody(options=options) if isinstance(step, kinds.Proxy | kinds.Pay | kinds.Commitment):
            yield from (each.value for each in options)
        case ChoiceBody():
            name = getattr(step, "field", "")
            if name in flow.fields:
                yield _listed(name, flow.fields[name])
        case DocumentsBody(rows=rows):
            yield from (_document(row) for row in rows)
        case BundleBody(rows=rows):
            yield from (row.item if row.needed else f"{row.item}?" for row in rows)
        case _:
            pass


def _question(each: Input, known: Mapping[str, Field]) -> str:
    """Name, kind, and among what is chosen; with ``?`` it may be left empty, with ``!`` it is only shown."""
    field = known.get(each.name)
    told = f"{each.name}{'!' if each.locked else ''}{'' if each.required else '?'} {each.kind}"
    values = [option.value for option in each.options]
    if each.kind == "choice":
        return f"{told} {'/'.join(values)}"
    if each.kind == "year":
        return f"{told} {values[0]}-{values[-1]}"
    return told if field is None or field.kind != "code" else _listed(told, field)


def _listed(told: str, field: Field) -> str:
    """With the published list from which it is chosen, where that is called otherwise."""
    return f"{told} {field.codes}" if field.kind == "code" and field.codes else told


def _document(row: DocumentRow) -> str:
    """Its role; with ``*`` a main one, with ``?`` not needed, with ``+`` one that may follow."""
    marks = ("*", row.main), ("?", row.optional), ("+", row.may_follow)
    return row.role + "".join(mark for mark, holds in marks if holds)
