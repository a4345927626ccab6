"""Which documents a run has to bring: after what a commitment replaced, of a case only what it lacks."""

from __future__ import annotations

from collections.abc import Iterator

from flows.applying import applies, holds, wanted
from flows.fields import When
from flows.held import Committed, OwnCase
from flows.kinds import ChooseCase, Commitment, Document, Documents, Photo
from flows.model import Flow
from flows.run import Run

PHOTO = "photo"
"""The role of the portrait."""


def listed(flow: Flow, run: Run, step: Documents) -> tuple[Document, ...]:
    """The documents of `step` as they are asked for now.

    Left out: those that a commitment replaces, and those that only items of a bundle take which are not
    wanted, and those whose condition does not hold. Of a case that is supplemented: what it lacks, each of
    which may be brought alone.
    """
    if supplements(flow):
        return _of_case(flow, run, step)
    left_out = _replaced(flow, run) | unwanted(flow, run)
    return tuple(each for each in step.documents if each.role not in left_out and holds(flow, run, each.when))


def conditioned(flow: Flow) -> Iterator[tuple[int, int, Document, When]]:
    """The documents that only some bring: step, place in it, document, and after which answer."""
    for number, step in enumerate(flow.steps):
        if isinstance(step, Documents):
            for place, each in enumerate(step.documents):
                if each.when is not None:
                    yield number, place, each, each.when


def supplements(flow: Flow) -> bool:
    """Whether documents are brought for a case that there is already."""
    return any(isinstance(step, ChooseCase) for step in flow.steps)


def wanted_roles(flow: Flow, run: Run) -> frozenset[str]:
    """The roles of everything that may be sent."""
    roles: set[str] = set()
    for step in flow.steps:
        if isinstance(step, Documents):
            roles |= {each.role for each in listed(flow, run, step)}
        elif isinstance(step, Photo) and PHOTO not in unwanted(flow, run):
            roles.add(PHOTO)
    return frozenset(roles)


def document_names(flow: Flow, run: Run | None = None) -> dict[str, str]:
    """The documents that the flow photographs, by role; with `run` also those that its case lacks."""
    case = own_case(flow, run) if run is not None else None
    names = {PHOTO: "本人照片", **(case.names if case is not None else {})}
    for step in flow.steps:
        if isinstance(step, Documents):
            names |= {document.role: document.name for document in step.documents}
    return names


def committed(flow: Flow, run: Run) -> Committed | None:
    """What was agreed to, as far as the choice between commitment and proof still applies."""
    fields = [step.field for step in flow.steps if isinstance(step, Commitment)]
    return run.committed if all(applies(flow, run, name) for name in fields) else None


def _replaced(flow: Flow, run: Run) -> set[str]:
    if committed(flow, run) is None:
        return set()
    return {role for step in flow.steps if isinstance(step, Commitment) for role in step.replaces}


def unwanted(flow: Flow, run: Run) -> set[str]:
    """The roles that only items of a bundle take which are not wanted."""
    bundle = flow.bundle
    if bundle is None:
        return set()
    taken = {role for child in wanted(bundle, run.dropped) for role in child.documents}
    return {role for child in bundle.children for role in child.documents} - taken


def _of_case(flow: Flow, run: Run, step: Documents) -> tuple[Document, ...]:
    case = own_case(flow, run)
    known = {each.role: each for each in step.documents}
    if case is None or not case.documents:
        return step.documents
    return tuple(
        known.get(role)
        or Document(
            role=role, name=case.names.get(role, role)[:40], importance="secondary", needed=False, pages=9
        )
        for role in dict.fromkeys(case.documents)
    )


def own_case(flow: Flow, run: Run) -> OwnCase | None:
    """The case that was chosen from the citizen's own; None where its number was typed."""
    for step in flow.steps:
        if isinstance(step, ChooseCase):
            known = run.values.get(step.field)
            return next(
                (case for case in run.cases if known is not None and case.case_no == known.value), None
            )
    return None
