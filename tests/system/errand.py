"""One item from first touch to its end: the real engine and desks against the city, without HTML or devices.

Faster than a walk through pages, and it says at once which step and which answer do not fit each other.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from deploy.sandbox.city import City
from deploy.sandbox.gateway import payments
from deploy.sandbox.identity import device
from drivers.document_printer import JobOutcome as A4Outcome
from drivers.document_printer import Printed as A4Printed
from drivers.receipt_printer import Document, JobOutcome, Printed
from flows import engine
from flows.bodies import PayBody
from flows.effects import Cancel, Effect, ReadCard
from flows.events import Act, CardRead, Event, Outcome
from flows.loader import load_names
from flows.model import Flow
from flows.page import FormBody, IdentifyBody, Page, WaitingBody
from kiosk import keys
from kiosk.clock import SystemClock
from kiosk.delivery import Courier
from kiosk.desks.card import CardDesk
from kiosk.desks.certificate import CertificateDesk
from kiosk.desks.city import CityDesk
from kiosk.desks.filing import FilingDesk
from kiosk.desks.login import LoginDesk
from kiosk.desks.paper import PaperDesk
from kiosk.desks.payment import PaymentDesk
from kiosk.desks.picture import PictureDesk
from kiosk.desks.upload import UploadDesk
from kiosk.gateway import contract
from kiosk.gateway.breaker import Breakers
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.outcomes import Unreachable
from kiosk.gateway.signers import signer
from kiosk.gateway.transport import PinnedHttp
from kiosk.guide_pictures import GuidePictures
from kiosk.identity.client import IdentityClient
from kiosk.library import CachedLibrary
from kiosk.loop import Loop
from kiosk.performer import Desks
from kiosk.receipts import Layout
from kiosk.visit import Visit
from offline_cache.content import ContentCache
from offline_cache.opening import open_outbox
from offline_cache.sync import Sync
from tests.kiosk.scripted import NO_SLIPS
from tests.system.person import Person, StuckError

T = TypeVar("T")
TERMINAL = "TJ-0001"
TOUCHES = 90
WAITS = 400


class AtOnce:
    """An executor that does the work at once."""

    def submit(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        done(work())


class Printer:
    """Prints at once, and keeps what it was given."""

    def __init__(self) -> None:
        self.papers: list[Document] = []
        self.pages: list[bytes] = []

    def print(self, document: Document, done: Callable[[JobOutcome], None]) -> None:
        self.papers.append(document)
        done(Printed())


class A4Printer:
    """Prints at once."""

    def __init__(self, pages: list[bytes]) -> None:
        self._pages = pages

    def longest(self, size: int) -> float:
        return 60.0

    def print(self, pdf: bytes, done: Callable[[A4Outcome], None]) -> None:
        self._pages.append(pdf)
        done(A4Printed(pages=1))


class Counter:
    """The terminal at which the errand is done; one for a whole test."""

    def __init__(self, folder: Path, city: City, key: keys.TerminalKey) -> None:
        self.city = city
        self.clock = SystemClock()
        self.loop = Loop(self.clock, _raise)
        self.opened = open_outbox(folder / "outbox.db", clock=self.clock, random=_random())
        identity = IdentityClient(
            issuer=city.own_issuer,
            client_id=TERMINAL,
            key=key,
            http=PinnedHttp(city.ca_file),
            clock=self.clock,
        )
        spec = contract.load()
        client = GatewayClient(
            base_url=city.own_gateway_url,
            http=PinnedHttp(city.ca_file),
            contract=spec,
            signer=signer("none"),
            terminal_token=identity.terminal_bearer,
            clock=self.clock,
            on_time=self.clock.correct,
            random=lambda: 0.0,
            breakers=Breakers({}, self.clock),
        )
        courier = Courier(client)
        self.sync = Sync(
            self.opened.outbox,
            courier.send,
            probe=lambda: not isinstance(client.call("getHealth"), Unreachable),
            clock=self.clock,
            random=_random(),
            on_answer=lambda each, said: self.filing.answered(each, said, courier.case(each)),
            on_connectivity=lambda _: None,
        )
        cache = ContentCache(folder / "content.db", self.clock)
        self.pictures = GuidePictures(
            base_url=city.own_gateway_url,
            http=PinnedHttp(city.ca_file),
            signer=signer("none"),
            cache=cache,
            clock=self.clock,
        )
        self.library = CachedLibrary(
            client=client,
            cache=cache,
            pictures=self.pictures,
            clock=self.clock,
            heard=self.sync.heard,
        )
        self.library.prefetch("getKeys")
        self.printer = Printer()
        executor = AtOnce()
        self.filing = FilingDesk(
            outbox=self.opened.outbox,
            kick=lambda _: None,
            online=lambda: True,
            sealing_key=self.library.sealing_key,
            key=key,
            terminal=TERMINAL,
            channel="terminal",
            new_key=lambda: str(uuid.uuid4()),
            answer_seconds=8.0,
            executor=executor,
            loop=self.loop,
            clock=self.clock,
        )
        desk = CityDesk(
            client=client,
            contract=spec,
            library=self.library,
            names=load_names(),
            executor=executor,
            clock=self.clock,
            heard=self.sync.heard,
            online=lambda: True,
            new_key=lambda: str(uuid.uuid4()),
            slips=NO_SLIPS,
        )
        self.desks = Desks(
            CardDesk(None),
            LoginDesk(
                platform=identity, executor=executor, loop=self.loop, clock=self.clock, heard=self.sync.heard
            ),
            desk,
            self.filing,
            PaperDesk(
                printer=self.printer,
                layout=Layout(service_name="测试", terminal=TERMINAL, place="测试厅", hotline="12345"),
                key=key,
                terminal=TERMINAL,
                loop=self.loop,
                clock=self.clock,
                ended=lambda *_: None,
            ),
            PictureDesk(executor),
            UploadDesk(
                client=client,
                key_of=desk.key_of,
                executor=executor,
                loop=self.loop,
                clock=self.clock,
                heard=self.sync.heard,
            ),
            PaymentDesk(
                client=client,
                book=self.opened.payments,
                card_terminal=None,
                new_key=lambda: str(uuid.uuid4()),
                key_of=desk.key_of,
                executor=executor,
                loop=self.loop,
                clock=self.clock,
                heard=self.sync.heard,
            ),
            CertificateDesk(
                client=client,
                printer=A4Printer(self.printer.pages),
                key_of=desk.key_of,
                executor=executor,
                loop=self.loop,
                clock=self.clock,
                ended=lambda *_: None,
            ),
        )


class Errand:
    """A person does one item: the first of every choice, what the sheet knows in every question.

    `press` among the wishes: an action beside the way that is taken once, and from then on the last choice.
    """

    def __init__(self, counter: Counter, flow: Flow, sheet: dict[str, Any], **wishes: str) -> None:
        self.counter = counter
        self.flow = flow
        self.sheet = sheet
        self.wishes = wishes
        self.person = Person(sheet, wishes, self._phone_code)
        self.visit = Visit(id=uuid.uuid4().hex, began=0.0, touched=0.0)
        self.titles: list[str] = []
        self.questions: dict[str, set[int]] = {}
        """By field, the steps on whose form pages it stood."""
        self.scanned = ""
        self.seen: Callable[[Page], None] = lambda _: None
        self.refusals: list[str] = []
        self.run, effects = engine.start(flow, self.visit.next_run_id(), at=_now())
        self._perform(effects)

    def go(self) -> str:
        """To the end; how the run ended."""
        for _ in range(TOUCHES):
            self._settle()
            if self.run.ended:
                return self.run.ended
            page = engine.page(self.flow, self.run)
            self.seen(page)
            if not self.titles or self.titles[-1] != page.title:
                self.titles.append(page.title)
            if isinstance(page.body, FormBody):
                for each in page.body.inputs:
                    self.questions.setdefault(each.name, set()).add(self.run.step)
            self._touch(page)
        raise StuckError(f"{self.titles[-5:]}")

    def _settle(self) -> None:
        """Until nothing more comes by itself: timers, the outbox, the phone, the payer."""
        for _ in range(WAITS):
            page = engine.page(self.flow, self.run) if not self.run.ended else None
            if page is None or not self._waits(page):
                return
            self.counter.sync.step()
            if isinstance(page.body, IdentifyBody):
                self._identify(page)
            elif isinstance(page.body, PayBody) and page.body.state == "qr":
                self._pay()
            self.counter.loop.step(patience=0.05)
        raise StuckError(f"waits for ever: {self.titles[-3:]} {self.run!r}")

    def _waits(self, page: Page) -> bool:
        printing = getattr(page.body, "paper", "") == "printing"
        return isinstance(page.body, WaitingBody | IdentifyBody | PayBody) or printing

    def _identify(self, page: Page) -> None:
        body = page.body
        assert isinstance(body, IdentifyBody)
        if body.business and "business" not in self.wishes:
            self._act("skip")
        elif body.state == "asking" and "phone" not in self.wishes and not self.wishes.get("business"):
            for effect in sorted(self.run.pending):
                card = {
                    "name": self.sheet["name"],
                    "id_number": self.sheet["id_number"],
                    "card_type": "resident",
                    "sam_id": "05.01",
                }
                self._tell(CardRead(effect=effect, card=card))
        elif body.state == "scan" and body.scan is not None and body.scan.user_code != self.scanned:
            self.scanned = body.scan.user_code
            device.say(
                self.counter.city.context,
                body.scan.user_code,
                self.sheet["id"],
                approve=True,
                **({"business": self.wishes["business"]} if body.business else {}),
            )

    def _pay(self) -> None:
        context = self.counter.city.context
        payment = self.run.payment
        assert payment is not None
        with context.db.transaction() as tx:
            row = tx.one("SELECT state FROM payments WHERE id = ?", payment.id)
            if row is not None and row["state"] == "pending":
                payments.turn(tx, context.now(), payment.id, "pay")

    def _touch(self, page: Page) -> None:
        if hasattr(page.body, "reasons"):
            self.refusals += [each.message for each in page.body.reasons]
        press = self.wishes.get("press", "")
        if press in engine.offered(page):
            del self.wishes["press"]
            self.person.picks = -1
            self._act(press)
            return
        action, values = self.person.answer(page, self.run.phase)
        self._act(action, **values)

    def _phone_code(self) -> str:
        with self.counter.city.context.db.transaction() as tx:
            row = tx.one("SELECT code FROM phone_codes ORDER BY rowid DESC LIMIT 1")
        assert row is not None
        return str(row["code"])

    def _act(self, action: str, **values: str) -> None:
        assert action in engine.offered(engine.page(self.flow, self.run)), (action, self.titles[-1])
        self._tell(Act(action=action, values=values, at=_now()))

    def _tell(self, event: Event) -> None:
        self.run, effects = engine.advance(self.flow, self.run, event)
        self._perform(effects)

    def _perform(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, Cancel):
                self.counter.desks.cancel(effect.target)
            elif not isinstance(effect, ReadCard):
                self.counter.desks.perform(effect, self.visit, self._heard)

    def _heard(self, outcome: Outcome) -> None:
        self._tell(outcome)


def _now() -> str:
    return SystemClock().now().astimezone().isoformat(timespec="seconds")


def _random() -> Any:
    import random

    return random.Random(1)


def _raise(error: Exception) -> None:
    raise error


def public(key: keys.TerminalKey) -> str:
    """The terminal's public JWK."""
    return json.dumps(key.public_jwk)
