"""一件事: one application, several departments; each child is judged and filed on its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from .. import offer
from ..db import Row
from ..wire import Json, Reason
from . import documents, judging
from .bodies import Application
from .documents import Verdict
from .filing import Filing, begin, file
from .operations import LEVELS, Call

PREFIX = "one-thing."


@dataclass(frozen=True)
class Child:
    """One child, whole (what the bundle has was asked once), and what its department says."""

    item: Row
    application: Application
    verdict: Verdict


def shape(application: Application) -> list[Reason]:
    """What is wrong with the bundle itself."""
    if not application.item.startswith(PREFIX):
        return [Reason("这一项不是“一件事”", "NOT_A_BUNDLE", "/children")] if application.children else []
    if not application.children:
        return [Reason("没有选择要办的事项", "MISSING", "/children")]
    return [
        Reason("“一件事”里不能再有“一件事”", "NESTED", f"/children/{index}")
        for index, child in enumerate(application.children)
        if child.children or child.item.startswith(PREFIX)
    ]


def whole(bundle: Application, child: Application) -> Application:
    """A child with what was asked once for all of them.

    A commitment is to the text of the item that it was given for, so the bundle's stays the bundle's, and
    with it the choice between proof and commitment.
    """
    fields = {**bundle.fields, **child.fields}
    if child.commitment is None:
        fields.pop("proof_method", None)
    own = {document.role for document in child.documents}
    counts = _counts(bundle.item)
    shared = [
        msgspec.structs.replace(paper, role=role)
        for paper in bundle.documents
        for role in (paper.role, *counts.get(paper.role, ()))
        if role not in own
    ]
    return replace_application(
        child,
        fields=fields,
        documents=[*child.documents, *shared],
        deferred_documents=[*child.deferred_documents, *bundle.deferred_documents],
    )


def judge_child(
    call: Call, bundle: Application, item: Row, application: Application, beneficiary: Row, at: str = ""
) -> Verdict:
    """A child, whole, by its department. What the bundle committed to, or lets follow, is not asked again."""
    counts = _counts(bundle.item)
    committed = bundle.commitment is not None
    replaced = [
        each["role"]
        for each in offer.entry(bundle.item)["documents"]
        if committed and each.get("commitment_instead")
    ]
    return judging.judge(
        call,
        item,
        application,
        beneficiary,
        at,
        committed=committed,
        elsewhere={
            *replaced,
            *(role for later in bundle.deferred_documents for role in counts.get(later, ())),
        },
    )


def _counts(bundle: str) -> dict[str, list[str]]:
    """Under which other roles the papers of a bundle count for its items."""
    return {each["role"]: each.get("counts_as", []) for each in offer.entry(bundle)["documents"]}


def replace_application(application: Application, **changes: Json) -> Application:
    """`msgspec.structs.replace`, typed."""
    changed: Application = msgspec.structs.replace(application, **changes)
    return changed


def judge(call: Call, bundle: Application, beneficiary: Row) -> list[Child]:
    """Each child by its own department. Raises Problem 404 for an item that is not in the catalogue."""
    children = []
    for index, child in enumerate(bundle.children):
        item = call.item(child.item)
        application = whole(bundle, child)
        at = f"/children/{index}"
        verdict = judge_child(call, bundle, item, application, beneficiary, at)
        if not item["enabled"]:
            verdict = replace(
                verdict, reasons=(Reason(item["reason"], "CLOSED", at), *verdict.reasons), lacks=()
            )
        children.append(Child(item, application, verdict))
    return children


def submit(call: Call, parent: str, bundle: Filing, children: list[Child]) -> None:
    """File every child under `parent`, those that are refused with their reasons; then say how it stands."""
    level = LEVELS[bundle.body["identity"]["level"]]
    for child in children:
        verdict = child.verdict
        filing = Filing(
            child.item,
            bundle.applicant,
            bundle.beneficiary,
            len(child.application.fields),
            msgspec.to_builtins(child.application),
            settled=bundle.settled and level >= LEVELS[child.item["level"]],
            wanted=verdict.lacks if verdict.reasons else verdict.deferred,
            due=None
            if verdict.reasons or not verdict.deferred
            else documents.due(call.tx, child.item, call.today),
            reasons=tuple(reason.message for reason in verdict.reasons),
            parent=parent,
        )
        file(call, filing)
    begin(call, parent, bundle)
