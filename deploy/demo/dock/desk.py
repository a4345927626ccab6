"""What is done at the dock, and what is to be seen there. No HTML here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import requests
from PIL import Image

from deploy.demo.cable import Cable, Connected, Mode, Slow, Unplugged
from deploy.demo.city import City, CityRefusedError, PaymentAct, Resident
from deploy.demo.demo import NOBODY, Handles
from deploy.demo.dock.exercise import Exercises, fidelities
from deploy.demo.dock.pages import Pages
from deploy.demo.dock.papers import Papers
from deploy.demo.dock.phone import Phone
from deploy.demo.photographs import document
from deploy.demo.screen import ScreenGoneError
from deploy.qr import codes_in

CARD_KINDS = {"resident": "居民身份证", "hmt": "港澳台居民居住证", "foreign": "外国人永久居留身份证"}
LAST_REQUESTS = 8
LAST_LINES = 6
DOCUMENTS = (
    "医疗收费票据",
    "医疗费用清单",
    "诊断证明或出院记录",
    "房屋租赁合同",
    "房屋权属材料",
    "住所、就业或就读材料",
    "现场平面图",
)
"""Papers that somebody may have with them; any heading will do."""

BESIDE = ("supplements", "bookings", "payments", "prints")
"""What the city's record has beside cases, ratings and reports."""

CableState = Literal["connected", "silent", "refused", "slow"]


class NotDoneError(Exception):
    """What was wanted could not be done; the text says why, for a person."""


@dataclass(frozen=True, slots=True)
class Face:
    """A person as the dock shows one."""

    id: str
    name: str
    age: int
    kind: str
    number: str
    address: str


class Desk:
    """Acts on a running demo. Any thread."""

    def __init__(self, town: Handles) -> None:
        self._town = town
        self._people: dict[str, Resident] = {each.id: each for each in town.city.people()}
        self._on_reader = ""
        self._phone = Phone(town)
        self._names = {each.id: each.name for each in self._people.values()}
        self.papers = Papers(town.paper)
        self.pages = Pages(town.pages)
        self.exercises = Exercises(town)
        self.devices = fidelities(town.config)
        self._verbs: dict[str, Callable[[Mapping[str, str]], object]] = {
            "place": self._place,
            "lift": self._lift,
            "stand": self._stand,
            "hold": self._hold,
            "approve": lambda form: self._scan(form, approve=True),
            "deny": lambda form: self._scan(form, approve=False),
            "pay": self._pay,
            "send": self._send,
            "draft": self._begin,
            "pages": lambda form: self._town.document_printer("paper", state=form["is"]),
            "toner": lambda form: self._town.document_printer("toner", state=form["is"]),
            "pages-jam": lambda form: self._town.document_printer("jam", on=form["is"] == "on"),
            "card-sale": self._card_sale,
            "pos": lambda form: self._town.payment_terminal("answer", how=form["is"]),
            "scan": lambda form: self._under_scanner(form["code"].strip()),
            "scan-paper": self._scan_paper,
            "press": lambda form: self._town.keypad("press", key=form["is"]),
            "keypad": lambda form: self._town.keypad("replug" if form["is"] == "in" else "unplug"),
            "cover": lambda form: self._printer("cover", open=form["is"] == "open"),
            "roll": lambda form: self._printer("paper", state=form["is"]),
            "jam": lambda form: self._printer("jam", on=form["is"] == "on"),
            "tear": lambda _: self._printer("tear"),
            "take": lambda _: self.papers.take(),
            "cable": self._cable,
            "exercise": lambda form: self.exercises.begin(form["is"]),
            "exercise-end": lambda _: self.exercises.end(),
            "agent": self._agent,
            "fault": self._fault,
        }

    def do(self, verb: str, form: Mapping[str, str]) -> None:
        """One thing done by hand. Raises NotDoneError with the reason."""
        act = self._verbs.get(verb)
        if act is None:
            raise NotDoneError(f"没有“{verb}”这个操作")
        try:
            act(form)
        except CityRefusedError as error:
            raise NotDoneError(f"城市平台说：{error}") from error
        except ScreenGoneError as error:
            raise NotDoneError(f"看不到终端屏幕：{error}") from error
        except requests.RequestException as error:
            raise NotDoneError(f"城市平台没有应答（{type(error).__name__}）") from error
        except KeyError as error:
            raise NotDoneError(f"缺少 {error}") from error
        except (OSError, ValueError, RuntimeError) as error:
            raise NotDoneError(f"{type(error).__name__}: {error}") from error

    # What is to be seen

    def faces(self) -> list[Face]:
        """Everybody, in the city's order."""
        return [_face(each) for each in self._people.values()]

    def reader(self) -> dict[str, Any]:
        """`there`: the device answers; `card`: something lies on it; `face`: who, if put there here."""
        try:
            state = self._town.reader("state")
        except (OSError, ValueError):
            return {"there": False, "card": False, "face": None}
        person = self._people.get(self._on_reader) if state["card"] else None
        return {"there": True, "card": state["card"], "face": _face(person) if person else None}

    def printer(self) -> dict[str, Any]:
        """`there`, and the simulator's state."""
        try:
            return {"there": True, **self._town.printer("state")}
        except (OSError, ValueError):
            return {"there": False}

    def camera(self) -> dict[str, Any]:
        """What stands before the camera, in words; `shown` changes with every picture."""
        camera = self._town.camera
        name = "没有人" if camera.what == NOBODY else self._names.get(camera.what, camera.what)
        return {"what": name, "shown": camera.shown, "person": camera.what in self._names}

    def document_printer(self) -> dict[str, Any]:
        """`there`, and the A4 printer's state."""
        try:
            return {"there": True, **self._town.document_printer("state")}
        except (OSError, ValueError):
            return {"there": False}

    def holders(self) -> list[Any]:
        """Whose account the phone may be logged in to."""
        return self._phone.holders(self._names)

    def phone(self) -> dict[str, Any]:
        """`code`: the login code on the screen now, or empty; `payment`, `upload`, `messages`, `drafts`."""
        try:
            code = self._phone.code_on_screen()
        except (ScreenGoneError, OSError, ValueError):
            code = ""
        try:
            payment, upload = self._phone.payment(), self._phone.upload()
            messages = self._phone.messages()
        except (requests.RequestException, CityRefusedError):
            payment, upload, messages = None, None, []
        return {
            "code": code,
            "payment": payment,
            "upload": upload,
            "messages": messages,
            "drafts": self._phone.drafts(),
        }

    def payment_terminal(self) -> dict[str, Any]:
        """`there`; `fen`: what is to be taken, None for nothing; `how`: whether it says what happens."""
        try:
            state = self._town.payment_terminal("state")
        except (OSError, ValueError):
            return {"there": False}
        last = state["sales"][-1][2] if state["sales"] else None
        return {"there": True, "fen": state["amount_fen"], "last": last, "how": state["how"]}

    def scanner(self) -> dict[str, Any]:
        """`there`; `lit`: a code is asked for; `codes`: how many were read; `paper`: one is there."""
        try:
            state = self._town.scanner("state")
        except (OSError, ValueError):
            return {"there": False}
        there = {"there": True, "lit": state["triggered"], "codes": state["codes"]}
        return {**there, "paper": bool(self.papers.all())}

    def keypad(self) -> dict[str, Any]:
        """`there`; `plugged`: its plug is in; `opened`: the agent has it; `pressed`: how often."""
        try:
            return {"there": True, **self._town.keypad("state")}
        except (OSError, ValueError):
            return {"there": False}

    def network(self) -> dict[str, Any]:
        """The cable's state, and the city's orders to misbehave (None when the city does not answer)."""
        try:
            faults: list[dict[str, Any]] | None = self._town.city.faults()
        except (requests.RequestException, CityRefusedError):
            faults = None
        return {"cable": cable_state(self._town.cable), "faults": faults}

    def agent(self) -> dict[str, Any]:
        """Whether it runs, and its process id."""
        agent = self._town.agent
        return {"running": agent.running, "pid": agent.pid}

    def ledger(self) -> dict[str, Any] | None:
        """The city's own record, newest first; None when it does not answer."""
        try:
            found = self._town.city.ledger()
        except (requests.RequestException, CityRefusedError):
            return None
        return {
            "cases": found["cases"][::-1],
            "ratings": found["ratings"][::-1],
            "escalations": found["escalations"][::-1],
            **{name: found[name][: -LAST_LINES - 1 : -1] for name in BESIDE},
            "requests": found["requests"][: -LAST_REQUESTS - 1 : -1],
            "twice": [key for key, times in found["effects"].items() if times > 1],
        }

    # What is done

    def _place(self, form: Mapping[str, str]) -> None:
        person = self._people.get(form["person"])
        if person is None:
            raise NotDoneError("没有这个人")
        self._town.reader("place", card=person.card)
        self._on_reader = person.id
        # Whoever lays a card down stands before the machine.
        self._town.camera.show(self._town.city.face(person.id), person.id)

    def _lift(self, _: Mapping[str, str]) -> None:
        self._town.reader("lift")
        self._on_reader = ""

    def _stand(self, form: Mapping[str, str]) -> None:
        """Somebody, or nobody, before the camera."""
        who = form["person"]
        if who not in {NOBODY, *self._people}:
            raise NotDoneError("没有这个人")
        self._town.camera.show(self._town.city.face(who), who)

    def _hold(self, form: Mapping[str, str]) -> None:
        """A paper before the camera."""
        title = form["title"].strip()[:24]
        if not title:
            raise NotDoneError("请写这张纸的标题")
        name = self._names.get(self._on_reader, "")
        lines = ((f"姓名：{name}",) if name else ()) + ("日期：2026-11-02", "编号：YS-20261102")
        self._town.camera.show(document(title, lines), title)

    def _scan(self, form: Mapping[str, str], *, approve: bool) -> None:
        code = form.get("code", "").strip() or self._phone.code_on_screen()
        if not code:
            raise NotDoneError("屏幕上没有登录二维码：请先在终端页面点“用手机扫码”")
        self._phone.approve(code, form["person"], approve=approve)

    def _send(self, _: Mapping[str, str]) -> None:
        if not self._phone.send():
            raise NotDoneError("没有在等手机传材料：请先在终端页面点“用手机传”")

    def _pay(self, form: Mapping[str, str]) -> None:
        acts: dict[str, PaymentAct] = {"pay": "pay", "refuse": "fail", "lose": "lose"}
        if not self._phone.pay(acts[form["is"]]):
            raise NotDoneError("现在没有等着付的款：请先在终端页面走到付款那一步")

    def _begin(self, form: Mapping[str, str]) -> None:
        self._phone.begin(form["person"], form["item"])

    def _card_sale(self, form: Mapping[str, str]) -> None:
        """What the card's holder and their bank do: the bank tells the city, then the machine."""
        result = form["is"]
        sale = self._town.payment_terminal("state")["sale"]
        if sale is None:
            raise NotDoneError("刷卡机没有要收的款：请先在终端的付款页选“刷银行卡”")
        self._town.payment_terminal("card")
        self._town.city.pay(sale, "pay" if result == "approved" else "fail")
        self._town.payment_terminal("end", result=result)

    def _under_scanner(self, code: str) -> None:
        """A code is held under the scanner, which reads it whether somebody asks for one or not."""
        if not code:
            raise NotDoneError("请写这个码里是什么")
        self._town.scanner("show", text=code)

    def _scan_paper(self, _: Mapping[str, str]) -> None:
        """The newest paper, with the code that is printed on it."""
        newest = next(iter(self.papers.all()), None)
        if newest is None:
            raise NotDoneError("还没有凭条：先在终端办一件事，打印出来")
        with Image.open(newest.picture) as picture:
            found = codes_in(picture)
        if not found:
            raise NotDoneError("这张凭条上没有二维码")
        self._under_scanner(found[0])

    def _printer(self, op: str, **order: Any) -> None:
        self._town.printer(op, **order)

    def _cable(self, form: Mapping[str, str]) -> None:
        modes: dict[str, Mode] = {
            "connected": Connected(),
            "silent": Unplugged(),
            "refused": Unplugged(refuse=True),
            "slow": Slow(),
        }
        self._town.cable.set(modes[form["is"]])

    def _agent(self, form: Mapping[str, str]) -> None:
        if form["is"] == "killed":
            self._town.kill_agent()
        else:
            self._town.restart_agent()

    def _fault(self, form: Mapping[str, str]) -> None:
        kind = form["is"]
        city: City = self._town.city
        city.behave()
        for operation in ("*", "identity.*"):
            if kind == "slow":
                city.misbehave(operation, "slow", count=None, seconds=5.0)
            elif kind == "down":
                city.misbehave(operation, "5xx", count=None)
            elif kind == "lost":
                city.misbehave(operation, "reset-after-acting", count=None)


def cable_state(cable: Cable) -> CableState:
    """The cable's mode in the dock's words."""
    match cable.mode:
        case Unplugged(refuse=refuse):
            return "refused" if refuse else "silent"
        case Slow():
            return "slow"
        case _:
            return "connected"


def _face(person: Resident) -> Face:
    number = person.id_number
    return Face(
        id=person.id,
        name=person.name,
        age=person.age,
        kind=CARD_KINDS.get(person.card_type, person.card_type),
        number=f"{number[:6]} {number[6:10]} {number[10:14]} {number[14:]}",
        address=person.address,
    )
