"""手机验证码: a code by text message proves a number that was typed."""

from __future__ import annotations

from msgspec.structs import replace

from flows.applying import applies
from flows.effects import Call
from flows.events import Act, Answered, Event, Refused, Unreachable
from flows.kinds import PhoneCode
from flows.model import Flow
from flows.page import FormBody, Input, Page
from flows.parts import Action
from flows.run import Run
from flows.steps.city import waiting
from flows.turn import NEXT, Turn, framed
from flows.words import clean, masked

CHECK = "phone-code"
TOO_SOON = "短信刚刚发过，请过一会儿再点“重新发送”"
NOT_SENT = "验证码没有发出，请点“重新发送”，或返回核对号码"
_ANSWERED = "status-"
"""How a reason begins where the city did answer: busy, or asked too often. That is no lack of a network."""


class PhoneCodeLogic:
    """A number that came from the account is not proved again, nor one that was proved in this visit."""

    stage = ""

    def enter(self, turn: Turn, step: PhoneCode) -> None:
        """Send, where the number was typed and is not proved yet. A code that is out already still counts."""
        turn.unflag(CHECK)
        if not self.lacks(turn.flow, turn.run, step):
            turn.next()
            return
        number = turn.run.values[step.field].value
        if turn.run.code_id and turn.run.code_to == number:
            turn.set(phase="typing")
        else:
            self._send(turn, number)

    def _send(self, turn: Turn, number: str) -> None:
        turn.set(phase="sending", errors={})
        turn.emit(Call, operation="sendPhoneCode", item=turn.flow.item, body={"phone": number})

    def handle(self, turn: Turn, step: PhoneCode, event: Event) -> None:
        """Sent, typed, judged."""
        number = turn.run.values[step.field].value
        sending = turn.run.phase == "sending"
        if isinstance(event, Act):
            self._touched(turn, event, number)
        elif isinstance(event, Answered) and sending:
            turn.set(phase="typing", code_id=event.data["id"], code_to=number)
        elif isinstance(event, Answered):
            self._judged(turn, step, event)
        elif isinstance(event, Refused):
            otherwise = NOT_SENT if sending else "验证码不能用了，请重新发送"
            turn.set(
                phase="typing", errors={"code": event.reasons[0].message if event.reasons else otherwise}
            )
        elif isinstance(event, Unreachable):
            self._unreachable(turn, step, event)

    def _judged(self, turn: Turn, step: PhoneCode, event: Answered) -> None:
        if event.data["verified"] is True:
            known = replace(turn.run.values[step.field], proved=True)
            turn.set(values={**turn.run.values, step.field: known}, code_id="", code_to="")
            turn.next()
            return
        left = event.data.get("tries_left", 0)
        words = f"验证码不对，还可以试 {left} 次" if left > 0 else "验证码不对，请重新发送"
        turn.set(phase="typing", errors={"code": words})
        if left <= 0:
            turn.set(code_id="", code_to="")

    def _unreachable(self, turn: Turn, step: PhoneCode, event: Unreachable) -> None:
        if event.reason.startswith(_ANSWERED):
            words = TOO_SOON if turn.run.phase == "sending" else "平台正忙，请再点一次“下一步”"
            turn.set(phase="typing", errors={"code": words})
        elif step.offline == "block":
            turn.unavailable(event.reason)
        else:
            turn.flag(CHECK)
            turn.next()

    def _touched(self, turn: Turn, act: Act, number: str) -> None:
        if act.action == "resend":
            self._send(turn, number)
        elif act.action == "next":
            code = clean(act.values.get("code", "")).replace(" ", "")
            if not (turn.run.code_id and turn.run.code_to == number):
                turn.set(errors={"code": "请先点“重新发送”"})
            elif not (code.isascii() and code.isdigit() and 4 <= len(code) <= 8):
                turn.set(errors={"code": "请填写短信里的数字"})
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
        number = run.values[step.field].value
        sent = bool(run.code_id) and run.code_to == number
        field = Input(
            name="code",
            label="短信验证码",
            kind="digits",
            help=f"已发到 {masked('phone', number)}，收到短信后填写" if sent else "",
            error=run.errors.get("code", ""),
            max_length=8,
        )
        title = "验证手机号码"
        resend = Action(id="resend", label="没有收到，重新发送" if sent else "重新发送")
        return framed(flow, title, FormBody(title=title, inputs=(field,)), primary=NEXT, others=(resend,))

    def stops(self, flow: Flow, run: Run, step: PhoneCode) -> bool:
        """Who goes back goes to the number."""
        return False

    def lacks(self, flow: Flow, run: Run, step: PhoneCode) -> bool:
        """A number that was typed, and that neither a code proved nor the lack of a network let pass."""
        known = run.values.get(step.field)
        if known is None or not known.value or not applies(flow, run, step.field):
            return False
        return known.source == "typed" and not known.proved and CHECK not in run.unchecked
