"""告知承诺: proof or commitment, as the citizen chooses. And the phone code that proves a number."""

from __future__ import annotations

import hashlib

from flows.bodies import CommitmentBody, ToldBody
from flows.effects import Call
from flows.events import Act, Answered, Event, Refused, Unreachable
from flows.held import Committed, Known
from flows.kinds import Commitment, PhoneCode
from flows.model import Flow
from flows.page import ChoiceBody, FormBody, Input, Page
from flows.parts import Action, Option, Reason
from flows.run import Run
from flows.steps.city import waiting
from flows.steps.form import document_names
from flows.turn import NEXT, UP, Turn, framed
from flows.values import applies, as_values
from flows.words import masked

COMMITMENT, PROOF = "commitment", "proof"
EXCLUDED = "COMMITMENT_EXCLUDED"
NO_TEXT = "现在取不到承诺书的内容，请提交证明材料"


class CommitmentLogic:
    """The choice; whether this person may; the text, read to its end."""

    stage = "承诺"

    def enter(self, turn: Turn, step: Commitment) -> None:
        """Each time it is chosen anew; an earlier agreement is not kept."""
        turn.unflag("commitment")
        turn.set(phase="choose", committed=None, message="")

    def handle(self, turn: Turn, step: Commitment, event: Event) -> None:
        """Choose, ask, read, agree."""
        if isinstance(event, Act):
            self._touched(turn, step, event)
        elif isinstance(event, Answered):
            self._judged(turn, event)
        elif isinstance(event, Refused):
            turn.refused("暂时不能办理这一项", event.reasons, code=event.code)
        elif isinstance(event, Unreachable):
            if step.offline == "block":
                turn.unavailable(event.reason)
                return
            turn.flag("commitment")
            turn.set(phase="read")

    def _touched(self, turn: Turn, step: Commitment, act: Act) -> None:
        phase, choice = turn.run.phase, act.values.get("choice", "")
        if act.action == "up":
            turn.set(phase="choose")
        elif phase == "choose" and choice == COMMITMENT:
            self._wish(turn, step)
        elif (phase == "choose" and choice == PROOF) or act.action == "proof":
            self._bind(turn, step, PROOF)
            turn.next()
        elif phase == "read" and act.action == "next":
            guide = turn.run.guide
            assert guide is not None  # noqa: S101 - the text that was read is the guide's
            text = guide.commitment_text
            digest = hashlib.sha256(text.encode()).hexdigest()
            turn.set(committed=Committed(text_version=guide.version, text_sha256=digest, agreed_at=act.at))
            self._bind(turn, step, COMMITMENT)
            turn.next()

    def _wish(self, turn: Turn, step: Commitment) -> None:
        guide = turn.run.guide
        if guide is None or not guide.commitment_text:
            turn.set(phase="excluded", message=NO_TEXT)
            return
        turn.set(phase="asking")
        fields = as_values(turn.flow, turn.run.values, turn.flow.fields)
        fields[step.field] = {"value": COMMITMENT, "source": "typed", "trust": "D"}
        turn.emit(Call, operation=step.operation, item=turn.flow.item, body={"fields": fields})

    def _judged(self, turn: Turn, event: Answered) -> None:
        if event.data["eligible"]:
            turn.set(phase="read")
            return
        reasons = event.data["reasons"]
        excluded = [reason["message"] for reason in reasons if reason["code"] == EXCLUDED]
        if excluded:
            turn.set(phase="excluded", message="；".join(excluded))
            return
        told = tuple(Reason(message=r["message"], instead=r.get("instead", "")) for r in reasons)
        turn.refused("暂时不能办理这一项", told, code="NOT-ELIGIBLE")

    def _bind(self, turn: Turn, step: Commitment, value: str) -> None:
        turn.set(values={**turn.run.values, step.field: Known(value=value, source="typed")})

    def page(self, flow: Flow, run: Run, step: Commitment) -> Page:
        """The choice, why not, or the text."""
        names = document_names(flow)
        replaces = tuple(names.get(role, role) for role in step.replaces)
        if run.phase == "asking":
            return waiting(flow, "正在核对能否使用告知承诺")
        if run.phase == "excluded":
            lines = (run.message, f"请提交：{'、'.join(replaces)}")
            body = ToldBody(lines=lines, caution=True)
            return framed(flow, "这次要提交证明材料", body, primary=Action(id="proof", label="提交证明材料"))
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
        return framed(flow, title, ChoiceBody(title=title, hint="由您自己选择，都可以办", options=options))

    def stops(self, flow: Flow, run: Run, step: Commitment) -> bool:
        """It asks something."""
        return True


class PhoneCodeLogic:
    """A code by text message. A number that came from the account is not proved again."""

    stage = ""

    def enter(self, turn: Turn, step: PhoneCode) -> None:
        """Send, where the number was typed and is not proved yet."""
        turn.unflag("phone-code")
        known = turn.run.values.get(step.field)
        field = turn.flow.fields[step.field]
        if (
            known is None
            or not known.value
            or not applies(field, turn.run.values)
            or known.source != "typed"
            or known.value in turn.run.verified
        ):
            turn.next()
        else:
            self._send(turn, known.value)

    def _send(self, turn: Turn, number: str) -> None:
        turn.set(phase="sending", code_id="", errors={})
        turn.emit(Call, operation="sendPhoneCode", item=turn.flow.item, body={"phone": number})

    def handle(self, turn: Turn, step: PhoneCode, event: Event) -> None:
        """Sent, typed, judged."""
        number = turn.run.values[step.field].value
        if isinstance(event, Act):
            self._touched(turn, event, number)
        elif isinstance(event, Answered) and turn.run.phase == "sending":
            turn.set(phase="typing", code_id=event.data["id"])
        elif isinstance(event, Answered) and event.data["verified"]:
            turn.set(verified=turn.run.verified | {number})
            turn.next()
        elif isinstance(event, Answered):
            left = event.data.get("tries_left")
            words = f"验证码不对，还可以试 {left} 次" if left else "验证码不对，请重新发送"
            turn.set(phase="typing", errors={"code": words})
        elif isinstance(event, Refused):
            words = event.reasons[0].message if event.reasons else "请重新发送验证码"
            turn.set(phase="typing", errors={"code": words})
        elif isinstance(event, Unreachable):
            if step.offline == "block":
                turn.unavailable(event.reason)
                return
            turn.flag("phone-code")
            turn.next()

    def _touched(self, turn: Turn, act: Act, number: str) -> None:
        if act.action == "resend":
            self._send(turn, number)
        elif act.action == "next":
            code = act.values.get("code", "").replace(" ", "")
            if not (code.isascii() and code.isdigit() and 4 <= len(code) <= 8):
                turn.set(errors={"code": "请填写短信里的数字"})
            elif not turn.run.code_id:
                turn.set(errors={"code": "请先重新发送验证码"})
            else:
                turn.set(phase="judging", errors={})
                turn.emit(
                    Call,
                    operation="verifyPhoneCode",
                    item=turn.flow.item,
                    path={"id": turn.run.code_id},
                    body={"code": code},
                )

    def page(self, flow: Flow, run: Run, step: PhoneCode) -> Page:
        """The code."""
        if run.phase == "sending":
            return waiting(flow, "正在发送验证码")
        if run.phase == "judging":
            return waiting(flow, "正在核对验证码")
        number = masked("phone", run.values[step.field].value)
        field = Input(
            name="code",
            label="短信验证码",
            kind="digits",
            help=f"已发到 {number}，收到短信后填写",
            error=run.errors.get("code", ""),
            max_length=8,
        )
        title = "验证手机号码"
        resend = Action(id="resend", label="没有收到，重新发送")
        return framed(flow, title, FormBody(title=title, inputs=(field,)), primary=NEXT, others=(resend,))

    def stops(self, flow: Flow, run: Run, step: PhoneCode) -> bool:
        """Who goes back goes to the number."""
        return False
