"""What a citizen comes with a number for: a case to supplement, a slip, a ticket, a certificate, a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from flows.effects import Call, LoadGuide
from flows.events import Act, Answered, Event, GuideLoaded, Refused, Scanned, Unreachable
from flows.held import Continue, Known, OwnCase
from flows.kinds import ChooseCase, Draft, Lookup
from flows.model import Flow
from flows.page import ChoiceBody, Column, FormBody, Page, TableBody
from flows.parts import Action, Option, Reason
from flows.run import Filed, Run
from flows.steps.city import waiting
from flows.steps.form import question, take_scanned, wrong
from flows.turn import NEXT, Asks, Turn, framed
from flows.values import normal
from flows.words import CASE_STATES, clean

MOST_GUIDES = 6
"""Guides that are fetched to name what cases lack; nobody has open cases of more items."""

OPEN = frozenset({"accepted-with-deferral", "supplement-needed"})
ASK = "请到窗口或拨打 12345 询问"
"""Said of a state that this version does not know: neither good nor bad."""
Row = tuple[str, str]


def take_typed(turn: Turn, name: str, act: Act) -> str:
    """A number that was typed or scanned, kept as it stands; empty where it is not right, which is then said.

    With the action `keep` it is only kept.
    """
    field = turn.flow.fields[name]
    typed = normal(field, clean(act.values.get(name, "")))
    known = turn.run.values.get(name)
    if known is None or (known.source, known.value) != ("scanned", typed):
        turn.answer({name: Known(value=typed, source="typed")})
    if act.action == "keep":
        return ""
    errors = wrong(turn.flow, turn.run, (name,))
    if not typed:
        errors = {name: f"请填写{field.label}"}
    turn.set(errors=errors)
    return "" if errors else typed


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
        if turn.run.phase == "naming" and not isinstance(event, Act):
            self._named(turn, event)
        elif isinstance(event, Answered):
            cases = tuple(_open_cases(event.data))
            if cases:
                turn.set(cases=cases, phase="naming")
                for item in tuple(dict.fromkeys(case.item for case in cases))[:MOST_GUIDES]:
                    turn.emit(LoadGuide, operation="getGuide", item=item)
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
                self._now(turn, step, Known(value=choice, source="share", trust="A", chosen=True))
                turn.next()
        elif isinstance(event, Act | Scanned):
            self._by_hand(turn, step, event)

    def _by_hand(self, turn: Turn, step: ChooseCase, event: Act | Scanned) -> None:
        """The number is typed, or read from the receipt. Pictures were taken for one case and no other."""
        before, typed = turn.run.values.get(step.field), ""
        if isinstance(event, Scanned):
            take_scanned(turn, event)
        else:
            typed = take_typed(turn, step.field, event)
        if before is not None and before.value != turn.run.values[step.field].value:
            turn.set(documents={})
        if typed:
            turn.next()

    def _named(self, turn: Turn, event: Event) -> None:
        """What the case's own guide calls its documents; without it, the city's word for each is shown."""
        if isinstance(event, GuideLoaded):
            guide = event.guide
            names = {line.role: line.name for line in guide.documents}
            turn.set(
                cases=tuple(
                    replace(case, names=names) if case.item == guide.item else case for case in turn.run.cases
                )
            )
        if not turn.run.pending:
            turn.set(phase="choose")

    def _now(self, turn: Turn, step: ChooseCase, case: Known) -> None:
        """What was photographed for another case is not sent to this one."""
        before = turn.run.values.get(step.field)
        if before is not None and before.value != case.value:
            turn.set(documents={})
        turn.answer({step.field: case})

    def page(self, flow: Flow, run: Run, step: ChooseCase) -> Page:
        """The cases, or the number."""
        if run.phase in {"loading", "naming"}:
            return waiting(flow, "正在查询您的办件")
        if run.phase == "typed":
            body = FormBody(title=step.title, inputs=(question(flow, step.field, run),))
            return framed(flow, step.title, body, primary=NEXT)
        options = tuple(
            Option(
                value=case.case_no,
                label=_case_label(case),
                detail=f"办件编号 {case.case_no}" + (f"，{case.due} 前补齐" if case.due else ""),
            )
            for case in run.cases
        )
        choice = ChoiceBody(title=step.title, hint="", options=options, sample=run.sample)
        return framed(flow, step.title, choice)

    def stops(self, flow: Flow, run: Run, step: ChooseCase) -> bool:
        """It asks something."""
        return True

    def lacks(self, flow: Flow, run: Run, step: ChooseCase) -> bool:
        """None is named."""
        known = run.values.get(step.field)
        if known is None or not known.value:
            return True
        by_hand = known.source in {"typed", "scanned"}  # what the city listed is the city's to know
        return by_hand and bool(wrong(flow, run, (step.field,)))


def _case_label(case: OwnCase) -> str:
    """What a case is waiting for."""
    if case.reasons:
        return f"没有受理：{'；'.join(case.reasons)}"
    names = "、".join(case.names.get(each, each) for each in case.documents)
    return f"要补：{names}" if names else "要补材料"


def _open_cases(cases: list[Mapping[str, Any]], *, part: bool = False) -> Iterator[OwnCase]:
    """Those that lack something; of a bundle its parts, also those that were not accepted and that documents
    would mend: they are finished later. A bundle that only waits for its parts is none itself."""
    for case in cases:
        deferral = case.get("deferral") or {}
        open_ = case["state"] in OPEN and (deferral.get("documents") or not case.get("children"))
        mended = part and case["state"] == "refused" and deferral.get("documents")
        if case["case_no"] and (open_ or mended):
            yield OwnCase(
                case_no=case["case_no"],
                item=case["item"],
                state=case["state"],
                documents=tuple(deferral.get("documents", ())),
                due=deferral.get("due", ""),
                reasons=tuple(case.get("reasons", ())),
            )
        if case["state"] != "withdrawn":
            yield from _open_cases(case.get("children") or [], part=True)


class LookupLogic(Asks):
    """By a number in the hand: nobody need say who they are, and nothing personal is answered."""

    stage = "查询"

    def enter(self, turn: Turn, step: Lookup) -> None:
        """Ask."""
        known = turn.run.values.get(step.field)
        if known is None or not known.value:
            turn.refused("没有查到", (Reason(message="没有填写编号"),), code="NO-NUMBER")
            return
        turn.emit(Call, operation=step.operation, item=turn.flow.item, path={"id": known.value}, body={})

    def handle(self, turn: Turn, step: Lookup, event: Event) -> None:
        """A table of what is known; a slip may then be rated."""
        if isinstance(event, Answered):
            rows = tuple(_ROWS[step.operation](event.data))
            columns = (Column(label="项目"), Column(label="内容"))
            turn.set(table=TableBody(title="", columns=columns, rows=rows))
            if step.operation == "getSlip" and event.data["state"] not in _NOT_THERE:
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


_NOT_THERE = frozenset({"not-received", "not-asked"})
"""States of a slip of which the city knows nothing, so that nothing can be rated."""


def _slip(data: Mapping[str, Any]) -> Iterator[Row]:
    words = {
        "not-received": "平台还没有收到",
        "not-asked": "现在联系不上平台，下面是这台终端的记录",
        "in-progress": "平台正在处理",
        "accepted": "平台已受理",
        "refused": "平台没有受理",
        "identity-to-confirm": "平台已收到，身份待确认",
    }
    yield "状态", words.get(data["state"], ASK)
    if "here" in data:
        yield from _slip_here(data["here"])
    elif data["state"] == "not-received":
        yield "接下来", "出单的那台终端联网后会自动送出，请以后再查；单号请再核对一遍"
    if data.get("case_no"):
        yield "办件编号", data["case_no"]
    for reason in data.get("reasons", ()):
        yield "原因", reason
    if data.get("next"):
        yield "接下来", data["next"]


def _slip_here(here: Mapping[str, str]) -> Iterator[Row]:
    """What the terminal that printed it has written down."""
    waiting = f"联网后自动送出，最晚送到 {here['until']}；请以后再查"
    words = {
        "waiting": ("还在等待送出", waiting),
        "expired": (f"到 {here['until']} 没能送出，不再送了", "请重新办理，或到窗口办理"),
        "quarantined": ("平台没能接收，已转给工作人员", "请带暂存单到窗口，或拨打 12345"),
        "closed": ("窗口已经处理，不再送了", "如有疑问，请带暂存单到窗口"),
        "done": ("已经送达平台", "是否受理，联网后再查"),
        "refused": ("已经送达，平台没有受理", "原因请联网后再查，或到窗口询问"),
    }
    state, next_ = words.get(here["state"], (ASK, ASK))
    yield "这台终端", state
    if here["case_no"]:
        yield "办件编号", here["case_no"]
    yield "接下来", next_


def _ticket(data: Mapping[str, Any]) -> Iterator[Row]:
    yield "状态", CASE_STATES.get(data["state"], ASK)
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


class DraftLogic(Asks):
    """Begun on the phone: the terminal goes on with the draft's item, with what was filled in."""

    stage = "取草稿"

    def enter(self, turn: Turn, step: Draft) -> None:
        """One number first."""
        turn.set(phase="typed")

    def handle(self, turn: Turn, step: Draft, event: Event) -> None:
        """Type it, fetch it, go on with it."""
        if isinstance(event, Scanned):
            take_scanned(turn, event)
        elif isinstance(event, Act):
            typed = take_typed(turn, step.field, event)
            if typed:
                turn.set(phase="loading")
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
