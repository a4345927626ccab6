"""一件事: several items filed together. Fields are asked once; each item takes what it needs of them."""

from __future__ import annotations

from typing import Any, Literal

from flows.applying import wanted
from flows.bodies import BundleBody, BundleRow, ResultPart
from flows.events import Act, ChildFiled, Event
from flows.kinds import Bundle
from flows.model import Flow
from flows.page import Page
from flows.run import Run
from flows.steps.documents import as_documents
from flows.turn import NEXT, Turn, framed
from flows.values import as_values

_PARTS: dict[str, Literal["accepted", "to-confirm", "refused"]] = {
    "accepted": "accepted",
    "accepted-with-deferral": "accepted",
    "in-progress": "accepted",
    "done": "accepted",
    "identity-to-confirm": "to-confirm",
    "refused": "refused",
    "withdrawn": "refused",
}

NONE_WANTED = "请至少选一项"


def children(flow: Flow, run: Run, shared: dict[str, Any]) -> list[dict[str, Any]]:
    """The contract's child applications: what is said of everybody (`shared`), and each one's fields."""
    bundle = flow.bundle
    if bundle is None:
        return []
    return [
        {
            **shared,
            "item": child.item,
            "fields": as_values(flow, run, child.fields),
            **as_documents(flow, run, child.documents),
        }
        for child in wanted(bundle, run.dropped)
    ]


def parts(flow: Flow, filed: tuple[ChildFiled, ...]) -> tuple[ResultPart, ...]:
    """What became of each item, in the citizen's words."""
    bundle = flow.bundle
    names = {child.item: child.name for child in bundle.children} if bundle is not None else {}
    return tuple(
        ResultPart(
            name=names.get(each.item, each.item),
            state=_PARTS.get(each.state, "waiting"),
            number=each.case_no,
            lines=(*each.reasons, *((each.next,) if each.next else ())),
        )
        for each in filed
    )


class BundleLogic:
    """Which items: the needed ones are there, the others are the citizen's choice."""

    stage = "选事项"

    def enter(self, turn: Turn, step: Bundle) -> None:
        """Nothing to fetch."""

    def handle(self, turn: Turn, step: Bundle, event: Event) -> None:
        """Want one, drop one, go on."""
        if not isinstance(event, Act):
            return
        verb, _, item = event.action.partition(":")
        if verb == "drop":
            turn.set(dropped=turn.run.dropped | {item})
        elif verb == "want":
            turn.set(dropped=turn.run.dropped - {item, *_before(step, item)}, message="")
        elif verb == "next" and wanted(step, turn.run.dropped):
            turn.next()
        elif verb == "next":
            turn.set(message=NONE_WANTED)

    def page(self, flow: Flow, run: Run, step: Bundle) -> Page:
        """The items, in the order in which they are done."""
        names = {child.item: child.name for child in step.children}
        kept = {child.item for child in wanted(step, run.dropped)}
        rows = tuple(
            BundleRow(
                item=child.item,
                name=child.name,
                wanted=child.item in kept,
                needed=child.needed,
                after=tuple(names[item] for item in child.after),
            )
            for child in step.children
        )
        return framed(flow, step.title, BundleBody(rows=rows, error=run.message), primary=NEXT)

    def stops(self, flow: Flow, run: Run, step: Bundle) -> bool:
        """It asks something."""
        return True

    def lacks(self, flow: Flow, run: Run, step: Bundle) -> bool:
        """None is wanted: who dropped all and came back by another way is not to file nothing."""
        return not wanted(step, run.dropped)


def _before(step: Bundle, item: str) -> frozenset[str]:
    """What must be filed before `item`, however far back."""
    after = {child.item: child.after for child in step.children}
    found: set[str] = set()
    open_ = list(after.get(item, ()))
    while open_:
        each = open_.pop()
        if each not in found:
            found.add(each)
            open_ += after.get(each, ())
    return frozenset(found)
