"""How an item ends: what was asked for is shown, and the rating."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from flows import kinds
from flows.effects import Submit
from flows.events import Act, Event
from flows.kinds import Display, Lookup, Print, Rate
from flows.model import Flow
from flows.page import GuideBody, Page, RateBody, WaitingBody
from flows.parts import Action, Option
from flows.run import Run
from flows.turn import Asks, Turn, framed
from flows.values import as_values
from flows.words import LEVELS


class DisplayLogic(Asks):
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
            elif verb == "next" and _prints(turn.flow, turn.run):
                turn.next()
            elif verb in {"next", "no-paper"}:
                turn.skip_to_rating()

    def page(self, flow: Flow, run: Run, step: Display) -> Page:
        """A guide or a table."""
        body: Any
        if run.table is not None:
            body = replace(run.table, sheet=min(run.sheet, run.table.sheets))
        else:
            assert run.guide is not None  # noqa: S101 - the step before ended with one of the two
            body = GuideBody(guide=run.guide)
        prints = _prints(flow, run)
        return framed(
            flow,
            step.title,
            body,
            primary=Action(id="next", label="打印" if prints else "办完了"),
            others=(Action(id="no-paper", label="不打印，办完了"),) if prints else (),
        )

    def stops(self, flow: Flow, run: Run, step: Display) -> bool:
        """It is a page to come back to."""
        return True


def _prints(flow: Flow, run: Run) -> bool:
    """Whether there is something to print: of a certificate, that the city gave one."""
    following = flow.steps[run.step + 1] if run.step + 1 < len(flow.steps) else None
    return isinstance(following, Print) and (following.paper != "certificate" or bool(run.certificate))


def _reports(flow: Flow) -> bool:
    """Whether what was filed is a report: its ticket is no case, and is rated by its slip."""
    return any(isinstance(step, kinds.Submit) and step.operation == "escalate" for step in flow.steps)


def _answered(flow: Flow, run: Run, step: Rate) -> dict[str, str]:
    """The case that is rated and was not filed here, and what is said of it, by the contract's names."""
    asked = {step.case: "case_no", step.comment: "comment"}
    said = as_values(flow, run, [name for name in asked if name is not None])
    return {asked[name]: value["value"] for name, value in said.items()}


class RateLogic(Asks):
    """好差评: five levels; nobody is made to."""

    stage = "评价"

    def enter(self, turn: Turn, step: Rate) -> None:
        """A number that nothing was found by has no case to rate."""
        looked_up = any(isinstance(each, Lookup) for each in turn.flow.steps)
        if looked_up and turn.run.filed is None:
            turn.end()

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
            if filed is not None and filed.case_no and not _reports(turn.flow):
                body["case_no"] = filed.case_no
            elif filed is not None:
                body["slip"] = filed.slip
            else:
                body |= _answered(turn.flow, turn.run, step)
            turn.emit(Submit, operation=step.operation, item=turn.flow.item, body=body, wait=False)
            turn.set(phase="rated")
        elif not isinstance(event, Act) and turn.run.phase == "rated":
            turn.set(pending=frozenset())  # what is written down nothing may stop
            turn.end()

    def page(self, flow: Flow, run: Run, step: Rate) -> Page:
        """Five levels."""
        if run.phase == "rated":
            return framed(flow, "谢谢您的评价", WaitingBody(what="正在记下您的评价"), back=None)
        return framed(
            flow,
            "请您评价",
            RateBody(
                item_name=flow.name,
                levels=tuple(Option(value=value, label=label) for value, label in LEVELS.items()),
            ),
            back=None,
            others=(Action(id="skip", label="不评价，结束"),),
        )

    def stops(self, flow: Flow, run: Run, step: Rate) -> bool:
        """It comes last."""
        return False
