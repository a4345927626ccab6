"""Who stands there: ID card, phone, face, a legal person's handler. Levels are stepped up, not begun anew."""

from __future__ import annotations

from typing import Any, Literal

from msgspec.structs import replace

from flows.effects import Login, PhoneScan, ReadCard
from flows.events import (
    Act,
    CardRead,
    CardTrouble,
    Event,
    Identified,
    LoginDenied,
    PictureChecked,
    ScanReady,
    Unreachable,
)
from flows.fields import Level, Source
from flows.kinds import Identify
from flows.model import Flow
from flows.page import IdentifyBody, Page, Scan
from flows.parts import Action
from flows.run import Person, Run
from flows.steps import face
from flows.turn import Asks, Turn, framed

RANK: dict[Level, int] = {"none": 0, "card": 1, "card+face": 2, "phone": 2}
PHONE = Action(id="phone", label="用手机扫码")
CARD = Action(id="card", label="改用身份证")
BUSINESS = Action(id="business", label="企业账户扫码")
NUMBER = Action(id="number", label="没带身份证，用号码和人脸")
SKIP = Action(id="skip", label="不登录，直接填写")
FACE = Action(id="step-up", label="改为刷脸核验")
NO_LOGIN = "网络不通，现在不能登录"


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
        if person.business is not None:
            turn.know(
                {
                    "enterprise_name": (person.business.name, "account", "A"),
                    "unified_social_credit_code": (person.business.code, "account", "A"),
                    "handler_name": (person.name, "account", "A"),
                }
            )


def forget_another(turn: Turn, id_number: str) -> None:
    """Where somebody else stood there before `id_number`, nothing of theirs is taken over."""
    person = turn.run.person
    if person is not None and not same_number(person.id_number, id_number):
        turn.set(person=None)
        forget_answers(turn)


def forget_answers(turn: Turn) -> None:
    """The item is for somebody else from now on: nothing that was answered, chosen or taken is theirs."""
    turn.release()
    turn.set(
        values={},
        documents={},
        committed=None,
        region=None,
        cases=(),
        benefits=(),
        table=None,
        certificate="",
        code_id="",
        code_to="",
    )


def forget(turn: Turn) -> None:
    """It is not known any more who stands there: nothing of theirs stays for whoever is named next."""
    fields = turn.flow.fields
    values = {name: known for name, known in turn.run.values.items() if fields[name].keep != "visit"}
    turn.set(person=None, values=values)


def same_number(one: str, other: str) -> bool:
    """Whether two ID numbers are one; a last X is written in either case."""
    return one.upper() == other.upper()


class IdentifyLogic(Asks):
    """One way after another until the level is reached; each page offers the others."""

    stage = "刷证"

    def enter(self, turn: Turn, step: Identify) -> None:
        """Not asked again in a visit when it is known well enough."""
        person = turn.run.person
        asked = turn.flow.identity != "none" or step.optional
        if step.who != "business" and person is not None and not person.confirmed and person.card and asked:
            # Whom only the card named, offline: the platform may answer by now, and what it cannot confirm
            # is said of this item too.
            turn.set(phase="checking")
            turn.emit(Login, card=person.card)
        elif known_enough(person, step, turn.flow.identity):
            bind_person(turn)
            turn.next()
        elif step.who == "business":
            self._scan(turn, business=True)
        elif person is not None and person.level == "card":
            self._step_up(turn, "")
        else:
            self._ask(turn, "")

    def _ask(self, turn: Turn, words: str) -> None:
        turn.cancel_pending()
        turn.emit(ReadCard, whose="citizen")
        turn.set(phase="asking", scan=None, message=words, draft={})

    def _scan(self, turn: Turn, *, business: bool) -> None:
        turn.cancel_pending()
        turn.set(phase="business" if business else "scan", message="", scan=None, draft={})
        turn.emit(PhoneScan, business=business)

    def _step_up(self, turn: Turn, words: str) -> None:
        """Known, but not well enough: a face comparison with the card in hand, or the phone."""
        turn.cancel_pending()
        phase = "face-consent" if _face_offered(turn.flow, turn.run) else "step-up"
        turn.set(phase=phase, scan=None, message=words, draft={})

    def handle(self, turn: Turn, step: Identify, event: Event) -> None:
        """Card, phone, face, platform."""
        if isinstance(event, Act):
            self._touched(turn, step, event)
        elif isinstance(event, CardTrouble):
            turn.set(message=event.words)
        elif isinstance(event, CardRead):
            turn.cancel_pending()
            turn.set(phase="checking", message="", scan=None)
            forget_another(turn, event.card["id_number"])
            turn.set(person=_from_card(event.card))
            turn.emit(Login, card=event.card)
        elif isinstance(event, ScanReady):
            turn.set(message="", scan=Scan(uri=event.uri, user_code=event.user_code, typed=event.typed))
        elif isinstance(event, PictureChecked):
            face.checked(turn, event)
        elif isinstance(event, Identified):
            self._identified(turn, step, event)
        elif isinstance(event, LoginDenied):
            self._denied(turn, step, event)
        elif isinstance(event, Unreachable):
            self._offline(turn, step, event)

    def _touched(self, turn: Turn, step: Identify, act: Act) -> None:
        match act.action:
            case "phone":
                self._scan(turn, business=False)
            case "business":
                self._scan(turn, business=True)
            case "card":
                self._ask(turn, "")
            case "step-up":
                self._step_up(turn, "")
            case "skip":
                self._skip(turn)
            case "number":
                turn.cancel_pending()
                turn.set(phase="number", message="", errors={}, draft={})
            case "up" if turn.run.phase == "number":
                self._ask(turn, "")
            case _:
                face.touched(turn, act)

    def _skip(self, turn: Turn) -> None:
        """Nobody is known, or nobody whom the platform confirmed."""
        turn.cancel_pending()
        person = turn.run.person
        if person is not None and not person.confirmed:
            forget(turn)
        turn.next()

    def _denied(self, turn: Turn, step: Identify, event: LoginDenied) -> None:
        run = turn.run
        person, phase = run.person, run.phase
        if phase == "comparing":
            turn.set(tries=run.tries + 1)
            if not run.draft:
                self._step_up(turn, event.words)
            elif run.tries + 1 < face.MOST_TRIES:
                turn.set(phase="number", errors={"number": event.words})
            else:
                self._ask(turn, f"{event.words}。请用身份证，或用手机扫码")
        elif phase == "scan" and person is not None and person.confirmed:
            self._step_up(turn, event.words)
        else:
            forget(turn)
            if phase == "business" or step.who == "business":
                turn.set(phase="business", scan=None, message=event.words)
                return
            again = "要重刷请先拿起证件，再放一次。" if phase == "checking" else ""
            self._ask(turn, f"{event.words}{again}")

    def _identified(self, turn: Turn, step: Identify, event: Identified) -> None:
        forget_another(turn, event.id_number)
        turn.unflag("identity")
        turn.unflag("face")
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
                business=event.business,
            ),
            scan=None,
            draft={},
        )
        if known_enough(turn.run.person, step, turn.flow.identity):
            bind_person(turn)
            turn.next()
        elif step.who == "business":
            turn.set(phase="business", message="扫码的账户不能代表企业办理，请换企业账户")
        else:
            self._step_up(turn, "")

    def _offline(self, turn: Turn, step: Identify, event: Unreachable) -> None:
        """The card alone gives level `card`, unconfirmed: enough for an item that may be queued."""
        run = turn.run
        person, phase = run.person, run.phase
        known = person is not None and person.confirmed
        if phase in {"checking", "comparing", "scan"} and self._card_alone(turn, event.at):
            return
        if phase == "comparing" or (phase == "scan" and known):
            turn.unavailable(event.reason)
        elif step.optional and phase in {"checking", "business"}:
            turn.set(person=person if known else None, phase="no-login", scan=None, message=NO_LOGIN)
        elif phase == "business":
            turn.unavailable(event.reason)
        elif phase != "checking" or person is None:
            self._ask(turn, "网络不通，现在不能扫码。请使用身份证")
        else:
            forget(turn)
            turn.unavailable(event.reason)

    def _card_alone(self, turn: Turn, at: str) -> bool:
        """Go on with the card that was read, where the item may wait for the rest. Whom the platform
        confirmed earlier in the visit stays confirmed; only the face is left unchecked."""
        person = turn.run.person
        if turn.flow.offline != "queue" or person is None or not person.card:
            return False
        if not person.confirmed:
            turn.set(person=replace(person, level="card", method="id-card", at=at))
            turn.flag("identity")
        if RANK[turn.flow.identity] > RANK["card"]:
            turn.flag("face")
        turn.set(draft={}, scan=None)
        bind_person(turn)
        turn.next()
        return True

    def page(self, flow: Flow, run: Run, step: Identify) -> Page:
        """Where to put the card, the QR, or the camera."""
        if run.phase in face.PHASES:
            return face.page(flow, run)
        scanning = run.phase in {"scan", "business"}
        checking = run.phase == "checking"
        state: Literal["asking", "checking", "scan"] = (
            "scan" if scanning else "checking" if checking else "asking"
        )
        titles = {
            "scan": "请扫码登录",
            "business": "请用企业账户扫码",
            "checking": "正在核验身份",
            "step-up": "还要再确认一次身份",
            "no-login": "现在不能登录",
        }
        body = IdentifyBody(
            state=state,
            whose="citizen",
            scan=run.scan,
            message=run.message or ("这一项还要用手机扫码再确认一次" if run.phase == "step-up" else ""),
            card_offered=run.phase not in {"step-up", "no-login"},
            business=run.phase == "business",
        )
        others = () if checking else self._others(flow, run, step)
        return framed(flow, titles.get(run.phase, "请刷身份证"), body, others=others)

    def _others(self, flow: Flow, run: Run, step: Identify) -> tuple[Action, ...]:
        ways: list[Action] = []
        scanning = bool(run.pending)
        if step.who != "business":
            known = run.person is not None and run.person.confirmed
            if run.phase in {"scan", "business", "no-login"} and not known:
                ways.append(CARD)
            if run.phase == "scan" and known and _face_offered(flow, run):
                ways.append(FACE)
            if run.phase != "scan":
                ways.append(PHONE)
            if step.who == "either" and not (run.phase == "business" and scanning):
                ways.append(BUSINESS)
            if step.without_card and run.person is None and _may_look(flow, run):
                ways.append(NUMBER)
        elif not scanning:
            ways.append(BUSINESS)
        if step.optional:
            ways.append(SKIP)
        return tuple(ways)

    def stops(self, flow: Flow, run: Run, step: Identify) -> bool:
        """Nobody is asked twice who they are."""
        return run.person is None


def _face_offered(flow: Flow, run: Run) -> bool:
    """Whether a face can be compared with the card that was read."""
    return run.person is not None and bool(run.person.card) and _may_look(flow, run)


def _may_look(flow: Flow, run: Run) -> bool:
    """Whether there is a camera for it, and faces were not compared often enough.

    An item that compares faces needs the camera (lint L113), except where a terminal without one took it
    out (`kiosk.agent.equipped`): there the phone is the way.
    """
    return "camera" in flow.needs and run.tries < face.MOST_TRIES


def known_enough(person: Person | None, step: Identify, wanted: Level) -> bool:
    """Whether nobody need be asked: the level is reached, by a legal person where one is wanted."""
    if step.who == "business":
        return person is not None and person.business is not None and enough(person, wanted)
    if step.optional and person is None:
        return False
    return enough(person, wanted)


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
