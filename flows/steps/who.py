"""Who stands there, and for whom: identify and proxy 亲友代办."""

from __future__ import annotations

from typing import Any, Literal

from flows.effects import Call, Login, PhoneScan, ReadCard
from flows.events import (
    Act,
    Answered,
    CardRead,
    CardTrouble,
    Event,
    Identified,
    LoginDenied,
    Refused,
    ScanReady,
    Unreachable,
)
from flows.model import Flow, Identify, Level, Proxy, Source
from flows.page import Action, ChoiceBody, IdentifyBody, Option, Page, Scan, WaitingBody
from flows.run import Person, Principal, Run
from flows.turn import BACK, Turn

RANK: dict[Level, int] = {"none": 0, "card": 1, "card+face": 2, "phone": 2}
PHONE = Action(id="phone", label="用手机扫码")
CARD = Action(id="card", label="改用身份证")


def enough(person: Person | None, wanted: Level) -> bool:
    """Whether `person` is known at the level that an item wants."""
    return wanted == "none" or (person is not None and RANK[person.level] >= RANK[wanted])


def bind_person(turn: Turn) -> None:
    """The citizen's own name and number become the answers to the fields of that name."""
    person = turn.run.person
    if person is not None:
        source: Source = "id-card" if person.method == "id-card" else "account"
        turn.know(
            {
                "person_name": (person.name, source, "A"),
                "resident_id_number": (person.id_number, source, "A"),
            }
        )


def forget_another(turn: Turn, id_number: str) -> None:
    """Where somebody else stood there before `id_number`, nothing of theirs is taken over."""
    person = turn.run.person
    if person is not None and person.id_number.upper() != id_number.upper():
        fields = turn.flow.fields
        values = {name: known for name, known in turn.run.values.items() if fields[name].keep != "visit"}
        turn.set(person=None, values=values)


class IdentifyLogic:
    """ID card at the reader, or phone scan. A level that is too low is stepped up here, not begun anew."""

    stage = "刷证"

    def enter(self, turn: Turn, step: Identify) -> None:
        """Not asked again in a visit when it is known well enough."""
        if enough(turn.run.person, turn.flow.identity):
            self._known(turn)
            return
        turn.emit(ReadCard, whose="citizen")
        turn.set(phase="asking", scan=None)

    def _known(self, turn: Turn) -> None:
        """On with whom the visit knows. Whom only the card named, offline, the platform is asked about again:
        it may answer by now, and what it cannot confirm is said of this item too."""
        person = turn.run.person
        if person is not None and not person.confirmed and turn.flow.identity != "none":
            turn.set(phase="checking")
            turn.emit(Login, card=person.card)
            return
        bind_person(turn)
        turn.next()

    def handle(self, turn: Turn, step: Identify, event: Event) -> None:
        """Card, phone, platform."""
        if isinstance(event, Act):
            self._touched(turn, event)
        elif isinstance(event, CardTrouble):
            turn.set(message=event.words)
        elif isinstance(event, CardRead):
            turn.cancel_pending()
            turn.set(phase="checking", message="", scan=None)
            forget_another(turn, event.card["id_number"])
            turn.set(person=_from_card(event.card))
            turn.emit(Login, card=event.card)
        elif isinstance(event, ScanReady):
            turn.set(
                phase="scan",
                message="",
                scan=Scan(uri=event.uri, user_code=event.user_code, typed=event.typed),
            )
        elif isinstance(event, Identified):
            self._identified(turn, event)
        elif isinstance(event, LoginDenied):
            turn.set(person=None)
            again = "要重刷请先拿起证件，再放一次。" if turn.run.phase == "checking" else ""
            self._ask_again(turn, f"{event.words}{again}")
        elif isinstance(event, Unreachable):
            self._offline(turn, event)

    def _touched(self, turn: Turn, act: Act) -> None:
        if act.action == "phone":
            turn.cancel_pending()
            turn.set(phase="scan", message="", scan=None)
            turn.emit(PhoneScan)
        elif act.action == "card":
            turn.enter(turn.run.step)

    def _ask_again(self, turn: Turn, words: str) -> None:
        turn.cancel_pending()
        turn.emit(ReadCard, whose="citizen")
        turn.set(phase="asking", scan=None, message=words)

    def _identified(self, turn: Turn, event: Identified) -> None:
        forget_another(turn, event.id_number)
        turn.unflag("identity")
        card = turn.run.person.card if turn.run.person else {}
        turn.set(
            person=Person(
                name=event.name,
                id_number=event.id_number,
                level=event.level,
                method=event.method,
                confirmed=True,
                at=event.at,
                sam_id=event.sam_id,
                card=card,
            ),
            scan=None,
        )
        if enough(turn.run.person, turn.flow.identity):
            bind_person(turn)
            turn.next()
        else:
            turn.set(phase="asking", message="这一项还要用手机扫码再确认一次")

    def _offline(self, turn: Turn, event: Unreachable) -> None:
        """The card alone gives level `card`, unconfirmed: enough for an item that may be queued."""
        person = turn.run.person
        if turn.run.phase != "checking" or person is None:
            self._ask_again(turn, "网络不通，现在不能扫码。请使用身份证")
        elif turn.flow.offline == "queue" and person.card:
            turn.set(
                person=Person(
                    name=person.name,
                    id_number=person.id_number,
                    level="card",
                    method="id-card",
                    confirmed=False,
                    at=event.at,
                    sam_id=person.sam_id,
                    card=person.card,
                )
            )
            turn.flag("identity")
            bind_person(turn)
            turn.next()
        else:
            turn.set(person=None)
            turn.unavailable(event.reason)

    def page(self, flow: Flow, run: Run, step: Identify) -> Page:
        """Where to put the card, or the QR."""
        step_up = run.person is not None and run.phase == "asking"
        scanning = run.phase == "scan"
        checking = run.phase == "checking"
        state: Literal["asking", "checking", "scan"] = (
            "scan" if scanning else "checking" if checking else "asking"
        )
        others: tuple[Action, ...] = ()
        if not checking:
            others = (CARD,) if scanning and not step_up else (PHONE,) if not scanning else ()
        return Page(
            item=flow.item,
            item_name=flow.name,
            title="请扫码登录" if scanning else "正在核验身份" if checking else "请刷身份证",
            body=IdentifyBody(
                state=state,
                whose="citizen",
                scan=run.scan,
                message=run.message,
                card_offered=not step_up,
            ),
            back=BACK,
            others=others,
        )

    def stops(self, run: Run) -> bool:
        """Nobody is asked twice who they are."""
        return run.person is None


def _from_card(card: Any) -> Person:
    return Person(
        name=card["name"],
        id_number=card["id_number"],
        level="none",
        method="id-card",
        confirmed=False,
        at="",
        sam_id=card.get("sam_id", ""),
        card=dict(card),
    )


class ProxyLogic:
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
                turn.set(values={})  # what was filled in for the other person is not the citizen's own
            turn.set(principal=None, proxied=False)
            bind_person(turn)
            turn.next()
        elif turn.run.phase == "who" and choice == "other":
            # What the terminal knows of the citizen says nothing about the other person.
            turn.set(phase="card", proxied=True, message="", values={})
            turn.emit(ReadCard, whose="principal")
        elif turn.run.phase == "relation" and turn.run.principal is not None:
            for relation in step.relations:
                if relation.code == choice:
                    self._settle(turn, relation.code, "")
                    return

    def _card(self, turn: Turn, step: Proxy, event: CardRead) -> None:
        number = event.card["id_number"]
        if turn.run.person is not None and number == turn.run.person.id_number:
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
                back=BACK,
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
            back=BACK,
        )

    def stops(self, run: Run) -> bool:
        """It asks something."""
        return True
