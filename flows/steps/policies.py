"""津策通 and 免申即享: answers in, policies out; a benefit that only lacks an account is confirmed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.applying import asked
from flows.effects import Call, LoadPolicies
from flows.events import Act, Answered, Event, PoliciesLoaded, Refused, Unreachable
from flows.held import Entry, Known
from flows.kinds import Benefits, ChooseBenefit, ConfirmBenefit, Match
from flows.model import Flow
from flows.page import Benefit, BenefitsBody, ChoiceBody, Page, WaitingBody
from flows.parts import Action, Reason
from flows.run import Filed, Run, Trouble, filed_state
from flows.steps.city import waiting
from flows.steps.lists import entry_options
from flows.turn import NEXT, Asks, Turn, framed
from flows.values import as_values, to_wire, yuan
from flows.words import POLICY_RESULTS

FINISH_LOOKING = Action(id="next", label="办完了")
UNMATCHED = "现在没有网络，下面是已公布的政策，没有按您的情况筛选"
NONE_MATCHED = "没有查到与您的情况相符的政策"


def benefit_of(match: Mapping[str, Any]) -> Benefit:
    """The contract's `Match` in the citizen's words."""
    amount = match.get("amount_fen")
    money = (f"金额 {yuan(amount)} 元",) if isinstance(amount, int) and amount > 0 else ()
    return Benefit(
        title=match["policy"]["title"],
        result=result_words(match),
        reasons=(*money, *match["reasons"]),
    )


def result_words(match: Mapping[str, Any]) -> str:
    """A result in words; one that this version does not know is told as neither good nor bad."""
    return POLICY_RESULTS.get(match["result"], "请到窗口或拨打 12345 询问")


class MatchLogic(Asks):
    """A few questions, then the policies that fit, best first, each with its reasons."""

    stage = "查看"

    def enter(self, turn: Turn, step: Match) -> None:
        """Ask the city; a match made before stays until the answers change."""
        turn.set(phase="matching", benefits=(), message="")
        answers = {
            name: to_wire(turn.flow.fields[name], known.value)
            for name in asked(turn.flow, turn.run, step.fields)
            if (known := turn.run.values.get(name)) is not None and known.value
        }
        turn.emit(Call, operation=step.operation, item=turn.flow.item, body={"answers": answers})

    def handle(self, turn: Turn, step: Match, event: Event) -> None:
        """Matched; or what is published, when the city cannot be asked."""
        if isinstance(event, Answered):
            found = tuple(benefit_of(match) for match in event.data)
            turn.set(benefits=found, message="" if found else NONE_MATCHED, phase="", outcome="done")
        elif isinstance(event, PoliciesLoaded):
            told = tuple(
                Benefit(title=each.label, result="", reasons=(each.detail,) if each.detail else ())
                for each in event.policies
            )
            note = f"{UNMATCHED}。{event.age}" if event.age else UNMATCHED
            turn.set(benefits=told, message=note, phase="", outcome="done")
        elif isinstance(event, Refused):
            turn.refused("暂时不能匹配", event.reasons, code=event.code)
        elif isinstance(event, Unreachable) and turn.run.phase == "matching":
            turn.set(phase="published")
            turn.emit(LoadPolicies)
        elif isinstance(event, Unreachable):
            turn.unavailable(event.reason)
        elif isinstance(event, Act) and event.action == "next" and turn.run.benefits:
            turn.next()
        elif isinstance(event, Act) and event.action in {"next", "no-paper"}:
            turn.skip_to_rating()

    def page(self, flow: Flow, run: Run, step: Match) -> Page:
        """The policies."""
        if run.pending:
            return waiting(flow, "正在查找适合的政策")
        return framed(
            flow,
            "政策匹配结果" if run.benefits and not run.message else "政策",
            BenefitsBody(benefits=run.benefits, note=run.message, sample=run.sample),
            primary=Action(id="next", label="打印") if run.benefits else FINISH_LOOKING,
            others=(Action(id="no-paper", label="不打印，办完了"),) if run.benefits else (),
        )

    def stops(self, flow: Flow, run: Run, step: Match) -> bool:
        """It is a page to come back to."""
        return False


class BenefitsLogic(Asks):
    """免申即享: told when there is something to tell; without a network it is left out."""

    stage = ""

    def enter(self, turn: Turn, step: Benefits) -> None:
        """Ask, except where what is known is about somebody else or not confirmed."""
        person = turn.run.person
        if turn.run.proxied or person is None or not person.confirmed:
            turn.next()
            return
        turn.emit(Call, operation=step.operation, item=turn.flow.item, body={})

    def handle(self, turn: Turn, step: Benefits, event: Event) -> None:
        """Show what there is, else go on."""
        if isinstance(event, Answered):
            found = tuple(benefit_of(match) for match in event.data)
            turn.set(benefits=found)
            if not found:
                turn.next()
        elif isinstance(event, Refused | Unreachable) or (isinstance(event, Act) and event.action == "next"):
            turn.next()

    def page(self, flow: Flow, run: Run, step: Benefits) -> Page:
        """What comes without applying."""
        if run.pending:
            body = WaitingBody(what="正在查看您不用申请就能享受的政策")
            return framed(flow, "正在查看可享受的政策", body, back=None)
        benefits = BenefitsBody(benefits=run.benefits, sample=run.sample)
        return framed(flow, "您还可以享受", benefits, primary=NEXT, back=None)

    def stops(self, flow: Flow, run: Run, step: Benefits) -> bool:
        """It comes after the case is filed: nobody goes back through it."""
        return False


class ChooseBenefitLogic:
    """What comes without applying: told; what only lacks an account: chosen."""

    stage = "选待遇"

    def enter(self, turn: Turn, step: ChooseBenefit) -> None:
        """Ask the city."""
        turn.set(benefits=())
        turn.emit(Call, operation=step.operation, item=turn.flow.item, body={})

    def handle(self, turn: Turn, step: ChooseBenefit, event: Event) -> None:
        """List, then choose."""
        if isinstance(event, Answered):
            self._listed(turn, event.data)
        elif isinstance(event, Refused):
            turn.refused("没有查到待遇", event.reasons, code=event.code)
        elif isinstance(event, Unreachable):
            turn.unavailable(event.reason)
        elif isinstance(event, Act):
            for entry in turn.run.entries:
                if entry.value == event.values.get("choice", ""):
                    chosen = Known(
                        value=entry.value, source="share", trust="A", label=entry.label, chosen=True
                    )
                    turn.answer({step.field: chosen})
                    turn.next()
                    return

    def _listed(self, turn: Turn, matches: list[Mapping[str, Any]]) -> None:
        lacking = tuple(
            Entry(
                value=match["policy"]["id"],
                label=match["policy"]["title"],
                detail="；".join(match["reasons"]),
            )
            for match in matches
            if match["result"] == "needs-account" and match["policy"]["id"]
        )
        others = tuple(
            f"{match['policy']['title']}：{result_words(match)}"
            for match in matches
            if match["result"] != "needs-account"
        )
        if lacking:
            turn.set(entries=lacking, message="；".join(others))
            return
        told = tuple(Reason(message=each) for each in others)
        none = (Reason(message="没有查到缺收款账户的待遇"),)
        turn.refused("没有需要您确认的待遇", told or none, code="NO-BENEFIT")

    def page(self, flow: Flow, run: Run, step: ChooseBenefit) -> Page:
        """One question."""
        if run.pending:
            return waiting(flow, "正在查询您的待遇")
        benefits = entry_options(run.entries)
        body = ChoiceBody(title=step.title, hint=run.message, options=benefits, sample=run.sample)
        return framed(flow, step.title, body)

    def stops(self, flow: Flow, run: Run, step: ChooseBenefit) -> bool:
        """It asks something."""
        return True

    def lacks(self, flow: Flow, run: Run, step: ChooseBenefit) -> bool:
        """None is chosen."""
        return step.field not in run.values


class ConfirmBenefitLogic(Asks):
    """The account is given: a case. A repeated tap has the same intent and so the same key."""

    stage = "提交"

    def enter(self, turn: Turn, step: ConfirmBenefit) -> None:
        """The citizen has checked."""
        benefit = turn.run.values.get(step.benefit)
        account = as_values(turn.flow, turn.run, (step.account,)).get(step.account)
        if benefit is None or account is None:
            reason = Reason(message="没有选择待遇，或没有填收款账户", instead="请重新办理")
            turn.refused("不能确认", (reason,), code="NO-ACCOUNT")
            return
        turn.emit(
            Call,
            operation=step.operation,
            item=turn.flow.item,
            path={"id": benefit.value},
            body={"account": account},
            intent=f"benefit:{turn.run.id}:{benefit.value}",
        )

    def handle(self, turn: Turn, step: ConfirmBenefit, event: Event) -> None:
        """A case, or every reason why not; an answer that did not come is asked for again."""
        if isinstance(event, Answered):
            case = event.data
            turn.set(
                filed=Filed(
                    state=filed_state(case["state"]),
                    slip="",
                    case_no=case["case_no"],
                    next=case.get("next", ""),
                    working_days=case.get("promised_working_days"),
                ),
                outcome="done",
            )
            turn.next()
        elif isinstance(event, Refused):
            turn.refused("平台没有受理", event.reasons, code=event.code)
        elif isinstance(event, Unreachable):
            turn.trouble(
                Trouble(
                    kind="unavailable",
                    title="还不知道提交成功没有",
                    reasons=(Reason(message="没有收到平台的答复"),),
                    next=("请再试一次：同一次提交不会重复", "也可拨打 12345 核对"),
                    code=event.reason,
                    retry=True,
                )
            )

    def page(self, flow: Flow, run: Run, step: ConfirmBenefit) -> Page:
        """From here nobody goes back."""
        shown = waiting(flow, "正在提交")
        return framed(flow, shown.title, shown.body, back=None)

    def stops(self, flow: Flow, run: Run, step: ConfirmBenefit) -> bool:
        """It asks nothing."""
        return False
