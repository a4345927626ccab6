"""What a citizen comes with a number for: a case to supplement, a slip, a ticket, a certificate, a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flows.effects import Call
from flows.events import Act, Answered, Event, Refused, Unreachable
from flows.held import Continue, Known, OwnCase
from flows.kinds import ChooseCase, Draft, Lookup
from flows.model import Flow
from flows.page import ChoiceBody, Column, FormBody, Page, TableBody
from flows.parts import Action, Option, Reason
from flows.run import Filed, Run
from flows.steps.city import waiting
from flows.steps.form import question
from flows.turn import NEXT, Turn, framed
from flows.values import normal
from flows.words import CASE_STATES, clean

OPEN = frozenset({"accepted-with-deferral", "supplement-needed"})
Row = tuple[str, str]


class ChooseCaseLogic:
    """The citizen's cases that still lack something. Without a network the number is typed."""

    stage = "选办件"

    def enter(self, turn: Turn, step: ChooseCase) -> None:
        """Ask the city."""
        turn.unflag("options")
        turn.set(phase="loading", cases=())
        turn.emit(Call, operation=step.operation, item=turn.flow.item, body={})

    def handle(self, turn: Turn, step: ChooseCase, event: Event) -> None:
        """List, then choose; or type."""
        if isinstance(event, Answered):
            cases = tuple(_open_cases(event.data))
            if cases:
                turn.set(cases=cases, phase="choose")
                return
            reason = Reason(message="没有查到需要补交材料的办件", instead="如有疑问，请带受理回执到窗口询问")
            turn.refused("没有要补的材料", (reason,), code="NO-CASE")
        elif isinstance(event, Refused):
            turn.refused("没有查到办件", event.reasons, code=event.code)
        elif isinstance(event, Unreachable):
            if turn.flow.offline != "queue":
                turn.unavailable(event.reason)
                return
            turn.flag("options")
            turn.set(phase="typed")
        elif isinstance(event, Act) and turn.run.phase == "choose":
            choice = event.values.get("choice", "")
            if choice in {case.case_no for case in turn.run.cases}:
                turn.set(
                    values={**turn.run.values, step.field: Known(value=choice, source="share", trust="A")}
                )
                turn.next()
        elif isinstance(event, Act):
            self._typed(turn, step, event)

    def _typed(self, turn: Turn, step: ChooseCase, act: Act) -> None:
        field = turn.flow.fields[step.field]
        typed = normal(field, clean(act.values.get(step.field, "")))
        turn.set(values={**turn.run.values, step.field: Known(value=typed, source="typed")})
        if act.action == "keep":
            return
        if not typed:
            turn.set(errors={step.field: f"请填写{field.label}"})
            return
        turn.set(errors={})
        turn.next()

    def page(self, flow: Flow, run: Run, step: ChooseCase) -> Page:
        """The cases, or the number."""
        if run.phase == "loading":
            return waiting(flow, "正在查询您的办件")
        if run.phase == "typed":
            body = FormBody(title=step.title, inputs=(question(flow, step.field, run),))
            return framed(flow, step.title, body, primary=NEXT)
        options = tuple(
            Option(
                value=case.case_no,
                label="、".join(case.documents) or "材料",
                detail=f"办件编号 {case.case_no}" + (f"，{case.due} 前补齐" if case.due else ""),
            )
            for case in run.cases
        )
        return framed(flow, step.title, ChoiceBody(title=step.title, hint="", options=options))

    def stops(self, flow: Flow, run: Run, step: ChooseCase) -> bool:
        """It asks something."""
        return True


def _open_cases(cases: list[Mapping[str, Any]]) -> Iterator[OwnCase]:
    """Those that lack something, children of bundles included."""
    for case in cases:
        deferral = case.get("deferral") or {}
        if case["state"] in OPEN:
            yield OwnCase(
                case_no=case["case_no"],
                item=case["item"],
                state=case["state"],
                documents=tuple(deferral.get("documents", ())),
                due=deferral.get("due", ""),
            )
        yield from _open_cases(case.get("children") or [])


class LookupLogic:
    """By a number in the hand: nobody need say who they are, and nothing personal is answered."""

    stage = "查询"

    def enter(self, turn: Turn, step: Lookup) -> None:
        """Ask."""
        turn.emit(
            Call,
            operation=step.operation,
            item=turn.flow.item,
            path={"id": turn.run.values[step.field].value},
            body={},
        )

    def handle(self, turn: Turn, step: Lookup, event: Event) -> None:
        """A table of what is known; a slip may then be rated."""
        if isinstance(event, Answered):
            rows = tuple(_ROWS[step.operation](event.data))
            columns = (Column(label="项目"), Column(label="内容"))
            turn.set(table=TableBody(title="", columns=columns, rows=rows))
            if step.operation == "getSlip" and event.data["state"] != "not-received":
                number = turn.run.values[step.field].value
                turn.set(filed=Filed(state="received", slip=number, case_no=event.data.get("case_no", "")))
            turn.next()
        elif isinstance(event, Refused):
            turn.refused("没有查到", event.reasons, code=event.code)
        elif isinstance(event, Unreachable):
            turn.unavailable(event.reason)

    def page(self, flow: Flow, run: Run, step: Lookup) -> Page:
        """A short wait."""
        return waiting(flow, "正在查询")

    def stops(self, flow: Flow, run: Run, step: Lookup) -> bool:
        """It asks nothing."""
        return False


def _slip(data: Mapping[str, Any]) -> Iterator[Row]:
    words = {
        "not-received": "平台还没有收到，终端联网后会自动送出",
        "in-progress": "平台正在处理",
        "accepted": "平台已受理",
        "refused": "平台没有受理",
        "identity-to-confirm": "平台已收到，身份待确认",
    }
    yield "状态", words.get(data["state"], data["state"])
    if data.get("case_no"):
        yield "办件编号", data["case_no"]
    for reason in data.get("reasons", ()):
        yield "原因", reason
    if data.get("next"):
        yield "接下来", data["next"]


def _ticket(data: Mapping[str, Any]) -> Iterator[Row]:
    yield "状态", CASE_STATES.get(data["state"], data["state"])
    if data.get("promised_by"):
        yield "最晚答复", data["promised_by"]
    if data.get("answer"):
        yield "答复", data["answer"]


def _certificate(data: Mapping[str, Any]) -> Iterator[Row]:
    yield "结果", "与平台记录一致" if data["valid"] else "没有查到这份证明，请核对编号，或到出具部门查询"
    for name, label in (("title", "证明"), ("issuer", "出具部门"), ("issued_on", "出具日期")):
        if data["valid"] and data.get(name):
            yield label, data[name]


_ROWS: dict[str, Callable[[Mapping[str, Any]], Iterator[Row]]] = {
    "getSlip": _slip,
    "getTicket": _ticket,
    "verifyCertificate": _certificate,
}


class DraftLogic:
    """Begun on the phone: the terminal goes on with the draft's item, with what was filled in."""

    stage = "取草稿"

    def enter(self, turn: Turn, step: Draft) -> None:
        """One number first."""
        turn.set(phase="typed")

    def handle(self, turn: Turn, step: Draft, event: Event) -> None:
        """Type it, fetch it, go on with it."""
        field = turn.flow.fields[step.field]
        if isinstance(event, Act):
            typed = normal(field, clean(event.values.get(step.field, "")))
            turn.set(values={**turn.run.values, step.field: Known(value=typed, source="typed")})
            if event.action != "next":
                return
            if not typed:
                turn.set(errors={step.field: f"请填写{field.label}"})
                return
            turn.set(errors={}, phase="loading")
            turn.emit(Call, operation=step.operation, item=turn.flow.item, path={"id": typed}, body={})
        elif isinstance(event, Answered):
            turn.set(then=_continued(event.data), outcome="done")
            turn.next()
        elif isinstance(event, Refused):
            words = event.reasons[0].message if event.reasons else "没有找到这份草稿，请核对编号"
            turn.set(phase="typed", errors={step.field: words})
        elif isinstance(event, Unreachable):
            turn.unavailable(event.reason)

    def page(self, flow: Flow, run: Run, step: Draft) -> Page:
        """The number."""
        if run.phase == "loading":
            return waiting(flow, "正在取手机上填的内容")
        body = FormBody(title="手机上显示的编号", inputs=(question(flow, step.field, run),))
        return framed(flow, "继续手机上的办理", body, primary=Action(id="next", label="继续办理"))

    def stops(self, flow: Flow, run: Run, step: Draft) -> bool:
        """It asks something."""
        return True


def _continued(data: Mapping[str, Any]) -> Continue:
    """The contract's draft. Its values are judged by the fields of the item that takes them."""
    return Continue(item=data["item"], fields=data["fields"])
