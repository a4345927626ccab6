"""What comes of it: submit, show, print, rate."""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec.structs import replace

from flows.effects import PrintPaper, Submit
from flows.events import Accepted, Act, Event, NotStored, PrintEnded, Refused, StillWaiting, Stored
from flows.model import Display, Flow, Print, Rate
from flows.model import Submit as SubmitStep
from flows.page import (
    Action,
    GuideBody,
    Option,
    Page,
    RateBody,
    Reason,
    ResultBody,
    WaitingBody,
)
from flows.run import Filed, PaperState, Run, Trouble
from flows.steps.city import as_values
from flows.turn import BACK, NEXT, Turn
from flows.words import LEVELS, UNCHECKED, masked

AGAIN = Action(id="again", label="再打印一张")


class SubmitLogic:
    """Outbox first: written down before anything is promised, online or not."""

    stage = "提交"

    def enter(self, turn: Turn, step: SubmitStep) -> None:
        """The citizen has confirmed."""
        turn.set(phase="sending")
        turn.emit(
            Submit,
            operation=step.operation,
            item=turn.flow.item,
            body=application(turn.flow, turn.run),
            wait=True,
        )

    def handle(self, turn: Turn, step: SubmitStep, event: Event) -> None:
        """A case, a slip, a refusal with every reason, or that nothing was kept."""
        if isinstance(event, Stored):
            turn.set(phase="stored", filed=Filed(state="stored", slip=event.slip, until=event.until))
        elif isinstance(event, Accepted):
            to_confirm = event.state == "identity-to-confirm"
            turn.set(
                filed=Filed(
                    state="to-confirm" if to_confirm else "accepted",
                    slip=event.slip,
                    case_no=event.case_no,
                    next=event.next,
                    working_days=event.working_days,
                ),
                outcome="done",
            )
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

    def page(self, flow: Flow, run: Run, step: SubmitStep) -> Page:
        """From here nobody goes back."""
        what = "已记下您的申请，正在等平台答复" if run.phase == "stored" else "正在提交"
        return Page(item=flow.item, item_name=flow.name, title="正在提交", body=WaitingBody(what=what))

    def stops(self, run: Run) -> bool:
        """What was confirmed is not confirmed again."""
        return False


def application(flow: Flow, run: Run) -> dict[str, Any]:
    """The contract's `Application` as far as the run knows it; the shell adds terminal, channel and time."""
    person = run.person
    body: dict[str, Any] = {
        "item": flow.item,
        "flow_version": flow.version,
        "fields": as_values(run.values, tuple(flow.fields)),
        "unchecked": list(run.unchecked),
    }
    if person is not None:
        body["identity"] = {
            "method": person.method,
            "level": person.level,
            "confirmed": person.confirmed,
            "at": person.at,
        }
        if person.sam_id:
            body["identity"]["sam_id"] = person.sam_id
        # A phone shows no card: then the platform's word for who it is takes its place.
        seen = person.card or {"name": person.name, "id_number": person.id_number}
        body["identity"]["card"] = dict(seen)
    if run.signature is not None:
        body["signature"] = {
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
    return body


class DisplayLogic:
    """Show what was asked for."""

    stage = "查看"

    def enter(self, turn: Turn, step: Display) -> None:
        """It has been done once it is shown."""
        turn.set(outcome="done")

    def handle(self, turn: Turn, step: Display, event: Event) -> None:
        """Page through, print, or leave it at looking."""
        if isinstance(event, Act):
            verb, _, sheet = event.action.partition(":")
            if verb == "sheet":
                turn.set(sheet=int(sheet))
            elif verb == "next":
                turn.next()
            elif verb == "no-paper":
                turn.skip_to_rating()

    def page(self, flow: Flow, run: Run, step: Display) -> Page:
        """A guide or a table."""
        body: Any
        if run.table is not None:
            body = replace(run.table, sheet=min(run.sheet, run.table.sheets))
        else:
            assert run.guide is not None  # noqa: S101 - the step before ended with one of the two
            body = GuideBody(guide=run.guide)
        return Page(
            item=flow.item,
            item_name=flow.name,
            title=step.title,
            body=body,
            primary=Action(id="next", label="打印"),
            back=BACK,
            others=(Action(id="no-paper", label="不打印，办完了"),),
        )

    def stops(self, run: Run) -> bool:
        """It is a page to come back to."""
        return True


class PrintLogic:
    """Onto paper, once; again only when the citizen says that nothing came out."""

    stage = "取凭条"

    def enter(self, turn: Turn, step: Print) -> None:
        """Print."""
        turn.set(paper=PaperState(state="printing"))
        turn.emit(PrintPaper, **paper(turn.flow, turn.run, step))

    def handle(self, turn: Turn, step: Print, event: Event) -> None:
        """The printer's word, then the citizen's."""
        if isinstance(event, PrintEnded):
            turn.set(paper=PaperState(state=event.result, words=event.words))
        elif isinstance(event, Act) and event.action == "next":
            turn.next()
        elif isinstance(event, Act) and event.action == "again":
            self.enter(turn, step)

    def page(self, flow: Flow, run: Run, step: Print) -> Page:
        """What became of it, and of the paper."""
        state = run.paper.state if run.paper else "printing"
        again = state in {"failed", "unconfirmed"}
        return Page(
            item=flow.item,
            item_name=flow.name,
            title=_RESULT_TITLES[run.filed.state] if run.filed else _PAPER_TITLES[state],
            body=ResultBody(
                state=run.filed.state if run.filed else "shown",
                number=_number(run),
                lines=_lines(run),
                paper=state,
                paper_words=run.paper.words if run.paper else "",
            ),
            primary=None if state == "printing" else NEXT,
            others=(AGAIN,) if again else (),
        )

    def stops(self, run: Run) -> bool:
        """Nobody goes back over a print."""
        return False


_RESULT_TITLES = {
    "accepted": "已经受理",
    "to-confirm": "已收到，身份待确认",
    "stored": "已暂存，还没有受理",
}
_PAPER_TITLES = {
    "printing": "正在出纸",
    "printed": "请取纸",
    "failed": "没有打印出来",
    "unconfirmed": "请看出纸口",
}


def _number(run: Run) -> str:
    if run.filed is None:
        return ""
    return run.filed.case_no or run.filed.slip


def _lines(run: Run) -> tuple[str, ...]:
    """What happens next, in words."""
    filed = run.filed
    if filed is None:
        return ()
    if filed.state == "stored":
        return (
            "网络恢复后，这台终端会自动送出您的申请",
            "受理时间以系统受理为准",
            *((f"如到 {filed.until} 平台还没有受理，请重新办理",) if filed.until else ()),
            "请保管好暂存单，有疑问可到窗口或拨打 12345",
            *(UNCHECKED[check] for check in run.unchecked),
        )
    days = (f"承诺 {filed.working_days} 个工作日内办结",) if filed.working_days is not None else ()
    return (*((filed.next,) if filed.next else ()), *days)


def paper(flow: Flow, run: Run, step: Print) -> dict[str, Any]:
    """What is printed: facts for the shell, which lays them out."""
    kind: str = step.paper
    if run.filed is not None:
        kind = "slip" if run.filed.state == "stored" else "receipt"
    lines: list[tuple[str, str]] = []
    applicant = run.values.get("person_name")
    if applicant is not None:
        lines.append(("申请人", masked("name", applicant.value)))
    if run.principal is not None and run.person is not None:
        lines.append(("代办人", masked("name", run.person.name)))
    notes = _lines(run)
    if run.filed is not None and run.filed.state == "to-confirm":
        notes = ("身份待确认", *notes)
    if run.filed is not None and run.filed.state == "stored" and "identity" in run.unchecked:
        notes = ("身份待确认", *notes)
    return {
        "kind": kind,
        "item": flow.item,
        "item_name": flow.name,
        "version": flow.version,
        "number": _number(run),
        "lines": tuple(lines),
        "notes": notes,
        "table": run.table if kind == "record" else None,
        "guide": run.guide if kind == "guide" else None,
        "sample": run.guide is not None and run.guide.sample,
    }


class RateLogic:
    """好差评: five levels; nobody is made to."""

    stage = "评价"

    def enter(self, turn: Turn, step: Rate) -> None:
        """Nothing to fetch."""

    def handle(self, turn: Turn, step: Rate, event: Event) -> None:
        """Rate or skip. The rating goes the way of every submission; nobody waits for it."""
        if isinstance(event, Act) and event.action == "skip":
            turn.end()
        elif isinstance(event, Act) and event.action == "rate":
            level = event.values.get("level", "")
            if level not in LEVELS:
                return
            body: dict[str, Any] = {"item": turn.flow.item, "level": int(level)}
            filed = turn.run.filed
            if filed is not None:
                body["case_no" if filed.case_no else "slip"] = filed.case_no or filed.slip
            turn.emit(Submit, operation=step.operation, item=turn.flow.item, body=body, wait=False)
            turn.set(phase="rated")
        elif isinstance(event, Stored | NotStored) and turn.run.phase == "rated":
            turn.set(pending=frozenset())
            turn.end()

    def page(self, flow: Flow, run: Run, step: Rate) -> Page:
        """Five levels."""
        if run.phase == "rated":
            return Page(
                item=flow.item,
                item_name=flow.name,
                title="谢谢您的评价",
                body=WaitingBody(what="正在记下您的评价"),
            )
        return Page(
            item=flow.item,
            item_name=flow.name,
            title="请您评价",
            body=RateBody(
                item_name=flow.name,
                levels=tuple(Option(value=value, label=label) for value, label in LEVELS.items()),
            ),
            others=(Action(id="skip", label="不评价，结束"),),
        )

    def stops(self, run: Run) -> bool:
        """It comes last."""
        return False
