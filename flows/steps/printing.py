"""Onto paper: receipt, slip, record, guide, or a sealed certificate on A4."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from flows.effects import PrintCertificate, PrintPaper
from flows.events import Act, Answered, Event, PrintEnded, Refused, Unreachable
from flows.kinds import Browse, Print
from flows.listing import document_names
from flows.model import Flow
from flows.page import Column, Page, ResultBody, TableBody
from flows.parts import Action
from flows.run import PaperState, Run
from flows.steps import appointment
from flows.steps.booking import day_words
from flows.steps.result import result
from flows.turn import NEXT, Asks, Turn, framed
from flows.words import masked

AGAIN = Action(id="again", label="再打印一张")
NO_CERTIFICATE = "平台没有给出可以打印的证明"
NOTICE_TOO = "还有一张“容缺受理通知”，请一起取走"
HOW_LATER = "在任何一台自助终端点“容缺材料补正提交”，选这个办件，把材料拍照提交；也可以交到受理窗口"
WHO_LATER = "申请人或代办人来都行，请带身份证"
COMPANY_LATER = "单位的哪位经办人来都行，登录时点“企业账户扫码”"
IF_NOT = "到期没有补齐按退件处理，要办得重新申请"
_NOTICE = "notice"
MOST_ENTRIES = 24
"""Entries of a published list that go onto one paper: about a metre of it."""
_TITLES = {
    "printing": "正在出纸",
    "printed": "请取纸",
    "failed": "没有打印出来",
    "unconfirmed": "请看出纸口",
}
_KINDS = {
    "stored": "slip",
    "paid": "payment",
    "unknown": "payment",
    "booked": "appointment",
    "called-off": "cancellation",
}


class PrintLogic(Asks):
    """Once; again only when the citizen says that nothing came out."""

    stage = "取凭条"

    def enter(self, turn: Turn, step: Print) -> None:
        """Print. Who comes back without having changed anything has the paper already."""
        if turn.run.paper is None:
            self._print(turn, step, turn.run.prints + 1)

    def _print(self, turn: Turn, step: Print, prints: int) -> None:
        """`prints`: the how-manieth print that is meant; the same number is the same print once more."""
        turn.set(paper=PaperState(state="printing"), prints=prints, message="")
        if turn.run.phase == _NOTICE:
            turn.emit(PrintPaper, **notice(turn.flow, turn.run))
            return
        if step.paper != "certificate":
            turn.emit(PrintPaper, **paper(turn.flow, turn.run, step))
            return
        certificate = turn.run.certificate
        if not certificate:
            turn.set(paper=PaperState(state="failed", words=NO_CERTIFICATE))
            return
        turn.emit(
            PrintCertificate,
            certificate=certificate,
            item=turn.flow.item,
            intent=f"certificate:{turn.run.id}:{certificate}:{prints}",
        )

    def handle(self, turn: Turn, step: Print, event: Event) -> None:
        """The printer's word, then the citizen's."""
        run = turn.run
        if isinstance(event, PrintEnded) and event.result == "printed" and _notice_follows(run, step):
            turn.set(phase=_NOTICE)
            self._print(turn, step, run.prints + 1)
        elif isinstance(event, PrintEnded):
            turn.set(
                paper=PaperState(state=event.result, words=event.words, code=event.code, count=event.count)
            )
        elif isinstance(event, Act) and event.action == "next":
            turn.set(paper=None)
            turn.next()
        elif isinstance(event, Act) and event.action == "again":
            # Of what failed whole nothing came out: the same print, not counted twice. Else a new one.
            failed = run.paper is not None and run.paper.state == "failed" and not run.paper.count
            self._print(turn, step, run.prints if failed else run.prints + 1)
        elif isinstance(event, Act):
            appointment.touched(turn, event)
        elif isinstance(event, Answered | Refused | Unreachable) and appointment.answered(turn, event):
            self._print(turn, step, run.prints + 1)

    def page(self, flow: Flow, run: Run, step: Print) -> Page:
        """What became of it, and of the paper; or whether the appointment is to be called off."""
        asked = appointment.page(flow, run)
        if asked is not None:
            return asked
        found = result(flow, run)
        state = run.paper.state if run.paper else "printing"
        printable = step.paper != "certificate" or bool(run.certificate)
        again = (AGAIN,) if state in {"failed", "unconfirmed"} and printable else ()
        stands = found.state == "booked" and state != "printing"
        title = found.title or _TITLES[state]
        facts = tuple(f"{label}：{value}" for label, value in found.facts)
        number, label = found.number, found.label
        if run.paper is not None and run.paper.code:
            number, label = run.paper.code, "验证码"
            count = f"这是第 {run.paper.count} 次打印" if run.paper.count > 1 else ""
            facts = (*facts, *((count,) if count else ()), "别人可凭验证码核对真伪")
        return framed(
            flow,
            title,
            ResultBody(
                state=found.state,
                number=number,
                number_label=label,
                lines=(
                    *((run.message,) if run.message else ()),
                    *((NOTICE_TOO,) if run.phase == _NOTICE and state == "printed" else ()),
                    *facts,
                    *found.lines,
                ),
                parts=found.parts,
                paper=state,
                paper_words=run.paper.words if run.paper else "",
            ),
            primary=None if state == "printing" else NEXT,
            back=None,
            others=(*again, *((appointment.MOVE, appointment.CALL_OFF) if stands else ())),
        )

    def stops(self, flow: Flow, run: Run, step: Print) -> bool:
        """Nobody goes back over a print."""
        return False


def _notice_follows(run: Run, step: Print) -> bool:
    """Whether the receipt is of a case for which documents are still to come (容缺)."""
    deferred = run.filed is not None and bool(run.filed.documents)
    return deferred and step.paper == "receipt" and run.phase != _NOTICE


def notice(flow: Flow, run: Run) -> dict[str, Any]:
    """容缺受理通知: which documents, until which day, how, and what else."""
    filed = run.filed
    assert filed is not None  # noqa: S101 - the caller has looked
    names = document_names(flow, run)
    return {
        "kind": "deferral",
        "item": flow.item,
        "item_name": flow.name,
        "version": flow.version,
        "number": filed.case_no,
        "lines": (
            *_whose(run),
            ("要补交的", "、".join(names.get(each, each) for each in filed.documents)),
            ("最晚哪天", day_words(filed.due) if filed.due else "问 12345"),
        ),
        "notes": (HOW_LATER, COMPANY_LATER if run.person and run.person.business else WHO_LATER, IF_NOT),
        "sample": run.sample,
    }


def _whose(run: Run) -> tuple[tuple[str, str], ...]:
    """Who applied, for which company, and who stood there for them."""
    found: list[tuple[str, str]] = []
    applicant = run.values.get("person_name")
    if applicant is not None and applicant.value:
        found.append(("申请人", masked("name", applicant.value)))
    company = run.values.get("enterprise_name")
    if company is not None and company.value:
        found.append(("企业", company.value))
    if run.principal is not None and run.person is not None:
        found.append(("代办人", masked("name", run.person.name)))
    return tuple(found)


def paper(flow: Flow, run: Run, step: Print) -> dict[str, Any]:
    """What is printed: facts for the shell, which lays them out."""
    found = result(flow, run)
    kind: str = step.paper if found.state == "shown" else _KINDS.get(found.state, "receipt")
    lines = list(_whose(run))
    notes = found.lines
    confirm = found.state == "stored" and "identity" in run.unchecked
    if found.state == "to-confirm" or confirm:
        notes = ("身份待确认", *notes)
    for part in found.parts:
        lines.append((part.name, f"{PART_WORDS[part.state]} {part.number}".strip()))
        notes = (*notes, *(f"{part.name}：{line}" for line in part.lines))
    return {
        "kind": kind,
        "item": flow.item,
        "item_name": flow.name,
        "version": flow.version,
        "number": found.number,
        "number_label": found.label,
        "lines": (*lines, *found.facts),
        "notes": notes,
        "table": _table(flow, run) if kind == "record" else None,
        "guide": run.guide if kind == "guide" else None,
        "sample": run.sample,
    }


PART_WORDS = {"accepted": "已受理", "to-confirm": "身份待确认", "refused": "没有受理", "waiting": "待答复"}


def _table(flow: Flow, run: Run) -> TableBody | None:
    """The answer; of a published list its beginning; of a match the policies, one a row."""
    table = run.table
    if table is not None and any(isinstance(each, Browse) for each in flow.steps):
        more = len(table.rows) - MOST_ENTRIES
        if more > 0:
            words = f"另有 {more} 条没有打印，可以在屏幕上看，或多填一个条件再查"
            note = f"{table.note}。{words}" if table.note else words
            table = replace(table, rows=table.rows[:MOST_ENTRIES], note=note)
    if table is not None or not run.benefits:
        return table
    columns = (Column(label="政策"), Column(label="结果"), Column(label="说明"))
    rows = tuple((each.title, each.result or "—", "；".join(each.reasons)) for each in run.benefits)
    return TableBody(title="", columns=columns, rows=rows)
