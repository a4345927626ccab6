"""亲友代办: for whom the citizen acts."""

from __future__ import annotations

from typing import Any

from flows.effects import Call, ReadCard
from flows.events import Act, Answered, CardRead, CardTrouble, Event, Refused, Unreachable
from flows.kinds import Proxy
from flows.model import Flow
from flows.page import ChoiceBody, IdentifyBody, Page, WaitingBody
from flows.parts import Option
from flows.run import Principal, Run
from flows.steps.who import bind_person, forget_answers, same_number
from flows.turn import BACK, UP, Asks, Turn


class ProxyLogic(Asks):
    """For oneself or for somebody else; then the other person's card, the authorisation, the relation."""

    stage = "填写"

    def enter(self, turn: Turn, step: Proxy) -> None:
        """One question first."""
        turn.unflag("authorisation")
        turn.set(phase="who")

    def handle(self, turn: Turn, step: Proxy, event: Event) -> None:
        """Question, card, lookup, relation."""
        if isinstance(event, Act):
            self._touched(turn, step, event)
        elif isinstance(event, CardTrouble):
            turn.set(message=event.words)
        elif isinstance(event, CardRead):
            self._card(turn, step, event)
        elif isinstance(event, Answered):
            self._authorised(turn, step, event.data)
        elif isinstance(event, Refused | Unreachable):
            if isinstance(event, Unreachable) and step.offline == "block":
                turn.unavailable(event.reason)
                return
            turn.flag("authorisation")
            turn.set(phase="relation")

    def _touched(self, turn: Turn, step: Proxy, act: Act) -> None:
        choice = act.values.get("choice", "")
        if turn.run.phase == "who" and choice == "self":
            if turn.run.proxied:
                forget_answers(turn)  # what was filled in for the other person is not the citizen's own
            turn.set(principal=None, proxied=False)
            bind_person(turn)
            turn.next()
        elif turn.run.phase == "who" and choice == "other":
            # What the terminal knows of the citizen says nothing about the other person.
            forget_answers(turn)
            turn.set(phase="card", proxied=True, principal=None, message="")
            turn.emit(ReadCard, whose="principal")
        elif act.action == "up":
            turn.cancel_pending()
            turn.set(message="")
            self.enter(turn, step)
        elif turn.run.phase == "relation" and turn.run.principal is not None:
            for relation in step.relations:
                if relation.code == choice:
                    self._settle(turn, relation.code, "")
                    return

    def _card(self, turn: Turn, step: Proxy, event: CardRead) -> None:
        number = event.card["id_number"]
        if turn.run.person is not None and same_number(number, turn.run.person.id_number):
            turn.set(message="这是您本人的身份证，请换上被代办人的身份证")
            turn.emit(ReadCard, whose="principal")
            return
        turn.set(phase="looking", principal=Principal(name=event.card["name"], id_number=number), message="")
        turn.emit(Call, operation=step.operation, item=turn.flow.item, body={"principal_id_number": number})

    def _authorised(self, turn: Turn, step: Proxy, found: Any) -> None:
        codes = {relation.code for relation in step.relations}
        for entry in found:
            items = entry.get("items") or [turn.flow.item]
            if turn.flow.item in items and entry["relation"] in codes:
                self._settle(turn, entry["relation"], entry["authorisation"])
                return
        turn.flag("authorisation")
        turn.set(phase="relation")

    def _settle(self, turn: Turn, relation: str, authorisation: str) -> None:
        principal = turn.run.principal
        assert principal is not None  # noqa: S101 - the phases before have read the card
        turn.set(
            principal=Principal(
                name=principal.name,
                id_number=principal.id_number,
                relation=relation,
                authorisation=authorisation,
            )
        )
        turn.know(
            {
                "person_name": (principal.name, "id-card", "A"),
                "resident_id_number": (principal.id_number, "id-card", "A"),
            }
        )
        turn.next()

    def page(self, flow: Flow, run: Run, step: Proxy) -> Page:
        """One question a page."""
        if run.phase == "card":
            return Page(
                item=flow.item,
                item_name=flow.name,
                title="请刷被代办人的身份证",
                body=IdentifyBody(
                    state="asking", whose="principal", message=run.message, phone_offered=False
                ),
                back=UP,
            )
        if run.phase == "looking":
            return Page(
                item=flow.item,
                item_name=flow.name,
                title="正在查询代办授权",
                body=WaitingBody(what="正在查询代办授权"),
                back=BACK,
            )
        if run.phase == "relation":
            body = ChoiceBody(
                title="您是被代办人的什么人？",
                hint="没有查到授权记录，请选择关系，平台会再核对",
                options=tuple(Option(value=r.code, label=r.label) for r in step.relations),
            )
        else:
            body = ChoiceBody(
                title="给谁办理？",
                hint="替家人办理，要刷家人的身份证",
                options=(
                    Option(value="self", label="给我自己办"),
                    Option(value="other", label="替家人办", detail="亲友代办"),
                ),
            )
        return Page(
            item=flow.item,
            item_name=flow.name,
            title=body.title,
            body=body,
            back=UP if run.phase == "relation" else BACK,
        )

    def stops(self, flow: Flow, run: Run, step: Proxy) -> bool:
        """It asks something."""
        return True
