"""告知承诺: proof or commitment, as the citizen chooses; the text is read to its end."""

from __future__ import annotations

import hashlib

from flows.applying import applies
from flows.bodies import CommitmentBody, ToldBody
from flows.effects import Call
from flows.events import Act, Answered, Event, Refused, Unreachable
from flows.held import Committed, Known
from flows.kinds import Commitment
from flows.listing import document_names
from flows.model import Flow
from flows.page import ChoiceBody, Page
from flows.parts import Action, Option, Reason
from flows.run import Run
from flows.steps.city import waiting
from flows.turn import UP, Turn, framed
from flows.values import as_values

COMMITMENT, PROOF = "commitment", "proof"
CHECK = "commitment"
EXCLUDED = "COMMITMENT_EXCLUDED"
NO_RIGHT = "这次不能用承诺代替证明"
NO_TEXT = "现在取不到承诺书的内容，请提交证明材料"


class CommitmentLogic:
    """The choice; whether this person may; the text, read to its end."""

    stage = "承诺"

    def enter(self, turn: Turn, step: Commitment) -> None:
        """What was agreed to before stands until it is chosen anew.

        Left out where the choice does not apply.
        """
        turn.set(phase="choose")
        if not self.stops(turn.flow, turn.run, step):
            turn.unflag(CHECK)
            turn.set(committed=None)
            turn.next()

    def handle(self, turn: Turn, step: Commitment, event: Event) -> None:
        """Choose, ask, read, agree."""
        if isinstance(event, Act):
            self._touched(turn, step, event)
        elif isinstance(event, Answered):
            self._judged(turn, event)
        elif isinstance(event, Refused) and event.code == EXCLUDED:
            self._excluded(turn, "；".join(each.message for each in event.reasons) or NO_RIGHT)
        elif isinstance(event, Refused):
            turn.refused("暂时不能办理这一项", event.reasons, code=event.code)
        elif isinstance(event, Unreachable):
            if step.offline == "block":
                turn.unavailable(event.reason)
                return
            turn.set(phase="read", draft={"unchecked": CHECK})

    def _touched(self, turn: Turn, step: Commitment, act: Act) -> None:
        phase, choice = turn.run.phase, act.values.get("choice", "")
        if act.action == "up":
            turn.set(phase="choose")
        elif phase == "choose" and choice == COMMITMENT:
            turn.set(draft={})
            self._wish(turn, step)
        elif (phase == "choose" and choice == PROOF) or act.action == "proof":
            turn.unflag(CHECK)
            turn.set(committed=None)
            self._bind(turn, step, PROOF)
            turn.next()
        elif phase == "read" and act.action == "next" and turn.run.guide is not None:
            guide = turn.run.guide
            turn.unflag(CHECK)
            if turn.run.draft.get("unchecked"):
                turn.flag(CHECK)
            digest = hashlib.sha256(guide.commitment_text.encode()).hexdigest()
            turn.set(committed=Committed(text_version=guide.version, text_sha256=digest, agreed_at=act.at))
            self._bind(turn, step, COMMITMENT)
            turn.next()

    def _wish(self, turn: Turn, step: Commitment) -> None:
        guide = turn.run.guide
        if guide is None or not guide.commitment_text:
            self._excluded(turn, NO_TEXT)
            return
        turn.set(phase="asking")
        fields = as_values(turn.flow, turn.run, turn.flow.fields)
        fields[step.field] = {"value": COMMITMENT, "source": "typed", "trust": "D"}
        turn.emit(Call, operation=step.operation, item=turn.flow.item, body={"fields": fields})

    def _judged(self, turn: Turn, event: Answered) -> None:
        if event.data["eligible"]:
            turn.set(phase="read")
            return
        reasons = event.data["reasons"]
        excluded = [reason["message"] for reason in reasons if reason["code"] == EXCLUDED]
        if excluded and len(excluded) == len(reasons):  # with other reasons proof would not help either
            self._excluded(turn, "；".join(excluded))
            return
        told = tuple(Reason(message=r["message"], instead=r.get("instead", "")) for r in reasons)
        turn.refused("暂时不能办理这一项", told, code="NOT-ELIGIBLE")

    def _excluded(self, turn: Turn, words: str) -> None:
        turn.set(phase="excluded", message=words, committed=None)

    def _bind(self, turn: Turn, step: Commitment, value: str) -> None:
        turn.answer({step.field: Known(value=value, source="typed")})

    def page(self, flow: Flow, run: Run, step: Commitment) -> Page:
        """The choice, why not, or the text."""
        names = document_names(flow)
        replaces = tuple(names.get(role, role) for role in step.replaces)
        if run.phase == "asking":
            return waiting(flow, "正在核对能否使用告知承诺")
        if run.phase == "excluded":
            lines = (run.message, f"请提交：{'、'.join(replaces)}")
            body = ToldBody(lines=lines, caution=True)
            primary = Action(id="proof", label="提交证明材料")
            return framed(flow, "这次要提交证明材料", body, primary=primary, back=UP)
        if run.phase == "read" and run.guide is not None:
            shown = CommitmentBody(
                text=run.guide.commitment_text,
                version=run.guide.version,
                sample=run.guide.sample,
                replaces=replaces,
            )
            agree = Action(id="next", label="我已读完，愿意承诺")
            other = Action(id="proof", label="改为提交证明材料")
            return framed(flow, "告知承诺书", shown, primary=agree, back=UP, others=(other,))
        options = (
            Option(
                value=COMMITMENT,
                label="签承诺书",
                detail=f"不用提交{'、'.join(replaces)}，承诺不实要承担责任",
            ),
            Option(value=PROOF, label="提交证明材料", detail=f"当场拍摄{'、'.join(replaces)}"),
        )
        title = "用承诺代替证明吗？"
        known = run.values.get(step.field)
        body_choice = ChoiceBody(
            title=title, hint="由您自己选择，都可以办", options=options, chosen=known.value if known else ""
        )
        return framed(flow, title, body_choice)

    def stops(self, flow: Flow, run: Run, step: Commitment) -> bool:
        """It asks something, where the choice applies."""
        return applies(flow, run, step.field)

    def lacks(self, flow: Flow, run: Run, step: Commitment) -> bool:
        """Neither agreed to, nor proof chosen."""
        known = run.values.get(step.field)
        return (
            self.stops(flow, run, step) and run.committed is None and (known is None or known.value != PROOF)
        )
