"""Somebody at the screen: goes on page by page, and sees what is promised.

What they were shown (`promises`) and what they agreed to (`confirmed`) is what the invariants hold the city's
ledger against.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from deploy.sandbox.gateway import payments
from deploy.sandbox.identity import device
from flows import engine
from flows.bodies import PayBody
from flows.page import IdentifyBody, Page, ResultBody, WaitingBody
from kiosk.views import EndedBody, OutOfServiceBody
from tests.simulation.box import Box
from tests.simulation.city import SimulatedCity
from tests.simulation.devices import card
from tests.simulation.parts import Part
from tests.simulation.tasks import Tasks
from tests.system.person import Person, StuckError

TOUCHES = 90
PATIENCE = 240.0
"""Seconds of the same page, after which anybody goes away."""
CONFIRMS = {"review", "sign", "submit", "confirm-benefit"}
"""Kinds of step whose way on is a citizen's word that it may be sent."""


@dataclass
class Promise:
    """What a page said: `state` in the engine's words, of the submission `slip`; of what the city did at
    once (a benefit that was confirmed) there is only the case."""

    state: str
    slip: str
    case_no: str


@dataclass
class Record:
    """What one visit came to."""

    part: Part
    visits: set[str] = field(default_factory=set)
    promises: dict[str, Promise] = field(default_factory=dict)
    confirmed: Counter[str] = field(default_factory=Counter)
    paid: set[str] = field(default_factory=set)
    steps: set[str] = field(default_factory=set)
    ended: str = ""


class Citizen:
    """`steady`: does nothing but go on; else taps twice, too late, asks for help, goes back."""

    def __init__(
        self,
        part: Part,
        tasks: Tasks,
        box: Box,
        city: SimulatedCity,
        chance: random.Random,
        told: Callable[[str], None],
        *,
        steady: bool,
    ) -> None:
        self.record = Record(part)
        self.at_step: Callable[[str], None] = lambda _: None
        self._tasks = tasks
        self._box = box
        self._city = city
        self._chance = chance
        self._told = told
        self._steady = steady
        self._person = Person(part.sheet, part.wishes, self._phone_code)
        self._scanned = ""
        self._gone = False

    def leave(self) -> None:
        """Go away, as one is: without a word."""
        self._gone = True

    def visit(self) -> None:
        """From the first touch until the screen is somebody else's."""
        part = self.record.part
        self._told(f"{part.person} comes for {part.item}")
        self._box.touch(f"start:{part.item}", {})
        self.record.ended = self._stay()
        self._told(f"{part.person} goes: {self.record.ended}")

    def _stay(self) -> str:
        since, before = self._tasks.now, ""
        begun = False
        for _ in range(TOUCHES * 8):
            self._tasks.sleep(self._chance.uniform(0.2, 2.5))
            if self._gone:
                return "left"
            if self._box.agent is None:
                return "dark"
            page = self._box.agent.terminal.view.page
            if isinstance(page.body, OutOfServiceBody):
                return f"out-of-service {page.body.code}"
            if isinstance(page.body, EndedBody):
                self._box.touch("finish", {})
                return "ended"
            if not isinstance(page, Page):
                if begun:
                    return "home"
                begun = True
                continue
            begun = True
            seen = f"{page.title} {type(page.body).__name__}"
            if seen != before:
                since, before = self._tasks.now, seen
            elif self._tasks.now - since > PATIENCE:
                return f"impatient at {seen}"
            try:
                self._do(page)
            except StuckError as error:
                return f"stuck: {error}"
        return "tired"

    def see(self) -> None:
        """Called whenever something may have changed: nothing that is shown is missed."""
        box = self._box
        if box.agent is None or not box.visited:
            return
        self.record.visits.add(box.visited)
        if box.step:
            self.record.steps.add(box.step)
            self.at_step(box.step)
        body = box.agent.terminal.view.page.body
        if box.running is None or not isinstance(body, ResultBody):
            return
        run, _ = box.running
        if run.filed is not None:
            number = run.filed.slip or run.filed.case_no
            self.record.promises[number] = Promise(body.state, run.filed.slip, run.filed.case_no)
        if run.payment is not None and run.payment.state == "paid":
            self.record.paid.add(run.payment.id)

    def _do(self, page: Page) -> None:
        body = page.body
        if isinstance(body, IdentifyBody):
            self._identify(page, body)
        elif isinstance(body, PayBody):
            if body.state == "qr":
                self._pay()
        elif isinstance(body, WaitingBody) or getattr(body, "paper", "") == "printing":
            return
        else:
            self._answer(page)

    def _answer(self, page: Page) -> None:
        assert self._box.running is not None
        run, _ = self._box.running
        if not self._steady and self._chance.random() < 0.15:
            self._fidget(page)
            return
        action, values = self._person.answer(page, run.phase)
        if action not in engine.offered(page):
            raise StuckError(f"{action} is not offered on {page.title}")
        kind = self._box.step
        self._agree(kind, action)
        self._box.touch(action, values)
        if not self._steady and self._chance.random() < 0.1:
            self._box.touch(action, values)

    def _agree(self, kind: str, action: str) -> None:
        """What may be sent because of this touch."""
        if kind == "rate":
            self.record.confirmed["rate"] += action == "rate"
        elif kind in CONFIRMS and action == self._primary():
            self.record.confirmed["file"] += 1

    def _primary(self) -> str:
        assert self._box.agent is not None
        page = self._box.agent.terminal.view.page
        return page.primary.id if page.primary is not None else ""

    def _fidget(self, page: Page) -> None:
        """What people do beside going on."""
        assert self._box.agent is not None
        turn = self._box.agent.terminal.view.turn
        deeds: list[Callable[[], None]] = [
            lambda: self._box.touch("elder", {}),
            lambda: self._box.touch("help", {}),
            lambda: self._box.touch("next", {}, turn - self._chance.randrange(1, 4)),
        ]
        if page.back is not None and not page.back.why_not:
            back = page.back.id
            deeds.append(lambda: self._box.touch(back, {}))
        self._chance.choice(deeds)()

    def _identify(self, page: Page, body: IdentifyBody) -> None:
        wishes = self.record.part.wishes
        sheet = dict(self.record.part.sheet)
        if body.business and "business" not in wishes:
            self._box.touch("skip", {})
        elif body.state == "scan" and body.scan is not None:
            if body.scan.user_code != self._scanned:
                self._scanned = body.scan.user_code
                business = {"business": wishes["business"]} if body.business else {}
                device.say(self._city.context, body.scan.user_code, sheet["id"], approve=True, **business)
        elif body.state == "asking" and not body.business:
            self._box.bench.reader.lift()
            self._box.bench.reader.place(card(sheet))

    def _pay(self) -> None:
        assert self._box.running is not None
        payment = self._box.running[0].payment
        if payment is None:
            return
        with self._city.context.db.transaction() as tx:
            row = tx.one("SELECT state FROM payments WHERE id = ?", payment.id)
            if row is not None and row["state"] == "pending":
                payments.turn(tx, self._city.context.now(), payment.id, "pay")

    def _phone_code(self) -> str:
        with self._city.context.db.transaction() as tx:
            row = tx.one("SELECT code FROM phone_codes ORDER BY rowid DESC LIMIT 1")
        return str(row["code"]) if row is not None else "000000"
