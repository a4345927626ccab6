"""Submission: outbox first. What is sent is the contract's body, as far as the run knows it."""

from __future__ import annotations

import hashlib
from typing import Any

from flows.applying import applies
from flows.effects import Submit as SubmitEffect
from flows.events import Accepted, Event, NotStored, Refused, StillWaiting, Stored
from flows.fields import Field
from flows.held import Known
from flows.kinds import ChooseCase, Identify, Submit
from flows.listing import committed
from flows.model import Flow
from flows.page import Page, WaitingBody
from flows.parts import Reason
from flows.run import Filed, Person, Run, Trouble, filed_state
from flows.steps.bundle import children
from flows.steps.documents import as_documents
from flows.steps.form import in_words
from flows.turn import Asks, Turn, framed
from flows.values import as_values, records

PLACED = {"item_code": "item", "event_description": "words", "mobile_number": "contact"}
"""The fields that have a place of their own in the contract's escalation; all others go into its words."""
WORDS_LIMIT = 2000
"""Characters that the contract takes as the words of an escalation."""


class SubmitLogic(Asks):
    """Outbox first: written down before anything is promised, online or not."""

    stage = "提交"

    def enter(self, turn: Turn, step: Submit) -> None:
        """The citizen has confirmed."""
        turn.set(phase="sending")
        turn.emit(
            SubmitEffect,
            operation=step.operation,
            item=turn.flow.item,
            body=_body(step, turn.flow, turn.run),
            target=_target(step.operation, turn.flow, turn.run),
            wait=True,
        )

    def handle(self, turn: Turn, step: Submit, event: Event) -> None:
        """A case, a slip, a refusal with every reason, or that nothing was kept."""
        if isinstance(event, Stored):
            turn.set(phase="stored", filed=Filed(state="stored", slip=event.slip, until=event.until))
        elif isinstance(event, Accepted):
            turn.set(filed=_filed(event), outcome="done")
            turn.next()
        elif isinstance(event, StillWaiting):
            turn.set(outcome="queued")
            turn.next()
        elif isinstance(event, Refused):
            turn.set(filed=None)
            turn.refused("平台没有受理", event.reasons, code=event.code)
        elif isinstance(event, NotStored):
            turn.trouble(
                Trouble(
                    kind="unavailable",
                    title="这台终端现在不能提交",
                    reasons=(Reason(message=event.words),),
                    next=("您填写的内容没有提交，也没有保存", "请换一台终端，或到窗口办理"),
                    code=event.code,
                )
            )

    def page(self, flow: Flow, run: Run, step: Submit) -> Page:
        """From here nobody goes back."""
        what = "已记下您的申请，正在等平台答复" if run.phase == "stored" else "正在提交"
        return framed(flow, "正在提交", WaitingBody(what=what), back=None)

    def stops(self, flow: Flow, run: Run, step: Submit) -> bool:
        """What was confirmed is not confirmed again."""
        return False


def _filed(event: Accepted) -> Filed:
    return Filed(
        state=filed_state(event.state),
        slip=event.slip,
        case_no=event.case_no,
        next=event.next,
        working_days=event.working_days,
        documents=event.documents,
        due=event.due,
        children=event.children,
    )


def _body(step: Submit, flow: Flow, run: Run) -> dict[str, Any]:
    if step.operation == "supplementCase":
        return {"fields": as_values(flow, run, flow.fields), **as_supplement(flow, run)}
    if step.operation == "escalate":
        return report(flow, run, step.about)
    return application(flow, run)


def _target(operation: str, flow: Flow, run: Run) -> str:
    """The case that is supplemented; other operations are about the item."""
    if operation != "supplementCase":
        return ""
    for step in flow.steps:
        if isinstance(step, ChooseCase) and step.field in run.values:
            return run.values[step.field].value
    return ""


def application(flow: Flow, run: Run) -> dict[str, Any]:
    """The contract's `Application` as far as the run knows it; the shell adds terminal, channel and time."""
    body: dict[str, Any] = {
        "item": flow.item,
        "flow_version": flow.version,
        "fields": as_values(flow, run, flow.fields),
        "unchecked": list(run.unchecked),
    }
    shared: dict[str, Any] = {"flow_version": flow.version, "unchecked": list(run.unchecked)}
    if run.person is not None:
        body["identity"] = shared["identity"] = identity(run.person, handler=_for_business(flow))
    else:
        body["identity"] = {"method": "none", "level": "none", "confirmed": False}
    if run.signature is not None:
        body["signature"] = shared["signature"] = {
            "image": run.signature.image,
            "strokes_sha256": hashlib.sha256(run.signature.strokes.encode()).hexdigest(),
            "signed_at": run.signature.signed_at,
        }
    if run.principal is not None:
        body["proxy"] = {
            "principal": {
                "person_name": {"value": run.principal.name, "source": "id-card", "trust": "A"},
                "resident_id_number": {"value": run.principal.id_number, "source": "id-card", "trust": "A"},
            },
            "relation": run.principal.relation,
        }
        if run.principal.authorisation:
            body["proxy"]["authorisation"] = run.principal.authorisation
    agreed = committed(flow, run)
    if agreed is not None:
        body["commitment"] = {
            "text_version": agreed.text_version,
            "text_sha256": agreed.text_sha256,
            "agreed_at": agreed.agreed_at,
        }
    if run.region is not None:
        mode = {} if run.region.mode is None else {"mode": run.region.mode}
        body["region"] = {"home": run.region.home, **mode}
    body |= as_documents(flow, run) | _delivery(flow, run)
    parts = children(flow, run, shared)
    return body | ({"children": parts} if parts else {})


def _for_business(flow: Flow) -> bool:
    """Whether a legal person may be the applicant. A citizen's own item is not filed for their company."""
    return any(isinstance(step, Identify) and step.who != "citizen" for step in flow.steps)


def identity(person: Person, *, handler: bool = True) -> dict[str, Any]:
    """The contract's `Identity`; with the legal person that is acted for, where the item takes one."""
    told: dict[str, Any] = {
        "method": person.method,
        "level": person.level,
        "confirmed": person.confirmed,
        "at": person.at,
    }
    if person.sam_id:
        told["sam_id"] = person.sam_id
    # A phone shows no card: then the platform's word for who it is takes its place.
    told["card"] = dict(person.card or {"name": person.name, "id_number": person.id_number})
    if person.business is not None and handler:
        told["handler"] = {"business": person.business.code, "authority": person.business.authority}
    return told


def as_supplement(flow: Flow, run: Run) -> dict[str, Any]:
    """What is brought later: documents only, none deferred again."""
    return {"documents": as_documents(flow, run).get("documents", [])}


def report(flow: Flow, run: Run, about: str) -> dict[str, Any]:
    """The contract's escalation, from an item's own questions: what has no place of its own stands above what
    happened, a line each."""
    said = {
        name: run.values[name]
        for name in flow.fields
        if name in run.values and run.values[name].value and applies(flow, run, name)
    }
    own = {PLACED[name]: known.value for name, known in said.items() if name in PLACED}
    lines = [
        f"{flow.fields[name].label}：{_line(flow.fields[name], name, known, run)}"
        for name, known in said.items()
        if name not in PLACED
    ]
    words = "\n".join((*lines, own.get("words", "")))[:WORDS_LIMIT]
    return {"kind": about, "item": flow.item, **own, "words": words}


def _line(field: Field, name: str, known: Known, run: Run) -> str:
    if field.kind != "records":
        return in_words(field, name, known, run)
    return "；".join(
        "，".join(
            in_words(part, each, Known(value=entry[each], source="typed"), run)
            for each, part in field.record.items()
            if entry.get(each)
        )
        for entry in records(known.value)
    )


def _delivery(flow: Flow, run: Run) -> dict[str, Any]:
    """How the result reaches the citizen, where the item asks."""
    values = as_values(flow, run, [n for n in ("delivery_method", "postal_address") if n in flow.fields])
    if "delivery_method" not in values:
        return {}
    address = values.get("postal_address", {}).get("value", "")
    return {
        "delivery": {
            "method": values["delivery_method"]["value"],
            **({"address": address} if address else {}),
        }
    }
