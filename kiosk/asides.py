"""求助: the pages beside a flow, and the one thing that they send (办不成事, 12345) with its context.

The run underneath stays where it is. Loop's thread only.
"""

from __future__ import annotations

from collections.abc import Mapping

from flows.effects import Submit
from flows.events import Accepted, NotStored, Outcome, Refused, StillWaiting
from flows.model import Flow
from flows.run import Run
from flows.words import clean
from kiosk import home
from kiosk.views import EscalateBody, VisitPage

Where = tuple[Run | None, Flow | None]
"""The run that help was asked from, if there is one."""


class Asides:
    """At most one page beside the flow. `page` is None while nobody asks for help."""

    def __init__(self, hotline: str, staff: str) -> None:
        self._hotline = hotline
        self._staff = staff
        self._pending = ""
        self.page: VisitPage | None = None

    def open(self, where: Where) -> None:
        """求助 was tapped."""
        self.page = home.help_page(*where, self._hotline, staff=self._staff)

    def close(self) -> None:
        """Back to the flow; what was sent is sent."""
        self.page = None
        self._pending = ""

    def act(self, action: str, values: Mapping[str, str], where: Where) -> dict[str, object] | None:
        """A tap on the page; the report to send, if it was one. While one is under way nothing acts."""
        verb, _, what = action.partition(":")
        if self._pending:
            return None
        if verb in {"back", "home"}:
            self.close()
        elif verb == "escalate":
            self.page = home.escalate_page(what, *where)
        elif verb == "report" and self.page is not None and isinstance(self.page.body, EscalateBody):
            asked = self.page.body
            body = report(asked, values, where)
            self.page = home.escalate_page(
                asked.kind,
                *where,
                chosen="" if body is None else values.get("reason", ""),
                words=clean(values.get("words", "")),
                error="请先选一项，再点提交" if body is None else "",
                sending=body is not None,
            )
            return body
        return None

    def sending(self, effect: str, body: dict[str, object], where: Where) -> Submit:
        """The report `body` is on its way from now on: the submission of it, with the id `effect`."""
        self._pending = effect
        flow = where[1]
        item = flow.item if flow is not None else ""
        return Submit(id=effect, operation="escalate", item=item, body=body, wait=True)

    def heard(self, outcome: Outcome, where: Where) -> None:
        """The ticket, or the slip's number; or that it could not be kept."""
        if outcome.effect != self._pending:
            return
        in_run = where[0] is not None
        if isinstance(outcome, Accepted):
            self.page = home.escalated_page(
                outcome.case_no, stored=False, promised_by=outcome.next, in_run=in_run
            )
        elif isinstance(outcome, StillWaiting):
            self.page = home.escalated_page(outcome.slip, stored=True, promised_by="", in_run=in_run)
        elif isinstance(outcome, NotStored | Refused):
            trouble = f"没能记下您的反映。请拨打 {self._hotline}，或告诉现场工作人员"
            self.page = home.help_page(*where, self._hotline, trouble, self._staff)
        else:
            return
        self._pending = ""


def report(page: EscalateBody, values: Mapping[str, str], where: Where) -> dict[str, object] | None:
    """The contract's body of an escalation, but for terminal and time; None when no reason was chosen."""
    reason = values.get("reason", "")
    if reason not in {option.value for option in page.reasons}:
        return None
    run, flow = where
    body: dict[str, object] = {"kind": page.kind, "error": reason, "words": clean(values.get("words", ""))}
    if run is not None and flow is not None:
        body["item"] = flow.item
        body["step"] = str(flow.steps[run.step].__struct_config__.tag)
        if run.trouble is not None:
            body["error"] = f"{reason}; {run.trouble.code}"
    return body
