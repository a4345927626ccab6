"""One terminal with its real desks and outbox, in a world where everything may happen in any order.

Work is done late and in a different order than it was asked for, the line and the disk come and go, time
jumps, cards are put down by two people, and taps come from the page that is shown or from an older one.
"""

from __future__ import annotations

import base64
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import apsw

from deploy.sandbox import faces
from drivers.device import Availability, Health
from drivers.id_card import CardRead
from drivers.receipt_printer import Document, Failed, FailReason, JobOutcome, Printed
from flows import engine
from flows.bodies import CameraBody
from flows.loader import load_names
from flows.page import ChoiceBody, FormBody, Page
from kiosk.camera import BrowserCamera
from kiosk.conditions import Cabinet, Now
from kiosk.desks.card import CardDesk
from kiosk.desks.certificate import CertificateDesk
from kiosk.desks.city import CityDesk
from kiosk.desks.filing import FilingDesk
from kiosk.desks.login import LoginDesk
from kiosk.desks.paper import PaperDesk
from kiosk.desks.payment import PaymentDesk
from kiosk.desks.picture import PictureDesk
from kiosk.desks.upload import UploadDesk
from kiosk.diary import JournalDiary
from kiosk.gateway import contract
from kiosk.gateway.outcomes import Ok, Problem, Reason, Unreachable
from kiosk.guide_pictures import Held, Media
from kiosk.identity.bearer import Token
from kiosk.identity.client import CardFacts, Face
from kiosk.identity.outcomes import (
    Denied,
    DeniedReason,
    Identity,
    Level,
    LoggedIn,
    Method,
    Revocation,
    Revoked,
    Waiting,
)
from kiosk.loop import Loop
from kiosk.opening import Hours
from kiosk.performer import Desks
from kiosk.receipts import Layout
from kiosk.seal import choose_key
from kiosk.terminal import Terminal
from kiosk.views import EscalateBody, FacetsBody, HomeBody, ItemsBody, SearchBody
from offline_cache import answers
from offline_cache.content import Content
from offline_cache.exc import StoreFull
from offline_cache.journal import Journal
from offline_cache.outbox import Outbox
from offline_cache.payments import PaymentBook
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from offline_cache.submission import Submission
from offline_cache.sync import Sync
from tests.flows.shipped import shipped
from tests.flows.world import ANSWERS, PICTURE, SIGNATURE
from tests.kiosk.clocks import TestClock
from tests.kiosk.scripted import NO_SLIPS
from tests.kiosk.shell import CONFIG
from tests.kiosk.test_desks import GUIDE_JSON, THE_CARD
from tests.kiosk.test_filing import GATEWAY, TERMINAL
from tests.kiosk.whenever import Whenever

SENIOR = "civil.senior-allowance-apply"
FLOWS = {item: shipped()[item] for item in (*CONFIG.terminal.tiles, "household.id-card-first-book")}
"""What this world knows the answers of, and one of which it does not have the lists."""
LIVE = {"picture": "data:image/jpeg;base64," + base64.b64encode(faces.picture("p-wang-xiulan")).decode()}
"""A picture that can be compared; whose it is, this world's platform does not ask."""
PEOPLE = (
    replace(THE_CARD, name="王甲兰", id_number="12010319400101002X"),
    replace(THE_CARD, name="李乙顺", id_number="120103193801010010"),
)
TYPED = {
    "residential_address": "和平区某某路 1 号",
    "bank_card_number": "6222020000000000000",
    "statement_year": "2025",
}
KEYS = {"keys": [dict(GATEWAY.as_dict(private=False)) | {"exp": 4102444800}]}


class AnyOrder:
    """The world, by one seed."""

    def __init__(self, folder: Path, seed: int, vfs: str | None = None) -> None:
        self.chance = random.Random(seed)
        self.clock = TestClock()
        self.crashes: list[Exception] = []
        self.loop = Loop(self.clock, self._crashed)
        self.work, self.writing = Whenever(self.loop), Whenever(self.loop)
        self.full = False
        self.store = Store.open(folder / f"{seed}.db", OUTBOX, vfs=vfs)
        self._transaction, self.store.transaction = self.store.transaction, self._on_disk  # type: ignore[method-assign]
        journal = Journal(self.store, self.clock)
        self.outbox = Outbox(self.store, journal, self.clock, random.Random(seed))
        self.up = self.identity_up = True
        self.acted: set[str] = set()
        self.whose: dict[str, str] = {}
        self.jobs: list[Callable[[JobOutcome], None]] = []
        self.armed = False
        self.keys = (f"0b8f7c1e-6f0e-4a63-9d5b-{number:012d}" for number in range(1, 10**6))
        self.sync = Sync(
            self.outbox,
            self._send,
            probe=lambda: self.up,
            clock=self.clock,
            random=random.Random(seed),
            on_answer=lambda key, said: self.loop.post(lambda: self.filing.answered(key, said, None)),
            on_connectivity=lambda _: self.loop.post(self.terminal.refresh),
        )
        self.diary = JournalDiary(journal, lambda: self.loop.post(self.terminal.refresh))
        reader: Any = SimpleNamespace(arm=self._arm, disarm=self._disarm, health=_healthy)
        printer: Any = SimpleNamespace(print=self._print, health=_healthy)
        client: Any = SimpleNamespace(call=self._call)
        platform: Any = SimpleNamespace(
            login_with_card=self._log_in, start_phone_scan=self._scan, revoke=self._revoke
        )
        self.card = CardDesk(reader)
        self.login = LoginDesk(
            platform=platform, executor=self.work, loop=self.loop, clock=self.clock, heard=self.sync.heard
        )
        self.filing = FilingDesk(
            outbox=self.outbox,
            kick=self.sync.kick,
            online=lambda: self.sync.online,
            sealing_key=lambda: choose_key(KEYS, self.clock.now()),
            key=TERMINAL,
            terminal="tj-test-1",
            channel="terminal",
            new_key=lambda: next(self.keys),
            answer_seconds=8.0,
            executor=self.writing,
            loop=self.loop,
            clock=self.clock,
        )
        city = CityDesk(
            client=client,
            contract=contract.load(),
            library=self,
            names=load_names(),
            executor=self.work,
            clock=self.clock,
            heard=self.sync.heard,
            online=lambda: self.sync.online,
            new_key=lambda: next(self.keys),
            slips=NO_SLIPS,
        )
        paper = PaperDesk(
            printer=printer,
            layout=Layout(service_name="a", terminal="t", place="p", hotline="12345"),
            key=TERMINAL,
            terminal="tj-test-1",
            loop=self.loop,
            clock=self.clock,
            ended=self.diary.printed,
        )
        visits = iter(range(1, 10**6))
        self.terminal = Terminal(
            config=CONFIG,
            flows=FLOWS,
            loop=self.loop,
            clock=self.clock,
            performer=Desks(
                self.card,
                self.login,
                city,
                self.filing,
                paper,
                PictureDesk(self.work),
                self._uploads(city, client),
                self._payments(city, client, journal),
                self._certificates(city, client),
            ),
            conditions=Now(
                devices={"id_card": reader, "receipt_printer": printer, "camera": BrowserCamera()},
                sync=self.sync,
                outbox=self.outbox,
                sealing_key=lambda: choose_key(KEYS, self.clock.now()),
                closed_items=dict,
                diary=self.diary,
                clock=self.clock,
                hours=Hours(()),
                cabinet=Cabinet(),
            ),
            diary=self.diary,
            token=lambda: f"{next(visits):032x}",
        )

    def steps(self, count: int) -> Iterator[None]:
        """Taps and events, one at a time."""
        for _ in range(count):
            self._tap() if self.chance.random() < 0.35 else self._something()
            self._drain()
            yield

    def pass_time(self, seconds: float) -> None:
        """Both clocks; what is due is done."""
        ends = self.clock.passed + seconds
        while self.clock.passed < ends:
            self.clock.advance(min(1.0, ends - self.clock.passed))
            self._drain()

    def _drain(self) -> None:
        while self.loop.step():
            pass

    def _crashed(self, error: Exception) -> None:
        self.crashes.append(error)
        self.terminal.crashed(error)

    def _something(self) -> None:
        chance = self.chance
        draw = chance.random()
        if draw < 0.45 and self.work.queue:
            self.work.queue.pop(chance.randrange(len(self.work.queue)))()
        elif draw < 0.55 and self.writing.queue:
            self.writing.queue.pop(0)()
        elif draw < 0.65:
            self.sync.step()
        elif draw < 0.72 and self.armed:
            self.card.heard(CardRead(chance.choice(PEOPLE)))
        elif draw < 0.80 and self.jobs:
            came: tuple[JobOutcome, ...] = (Printed(), Failed(FailReason.PAPER_OUT))
            self.jobs.pop(0)(chance.choice(came))
        elif draw < 0.90:
            self.pass_time(chance.choice([0.1, 1, 1, 3, 9]))
        elif draw < 0.92:
            self.up = not self.up
        elif draw < 0.94:
            self.identity_up = not self.identity_up
        elif draw < 0.945:
            self.pass_time(chance.choice([30, 61, 100, 1000]))
        elif draw < 0.95 or self.full:
            self.full = not self.full
            self.diary.retry()

    def _tap(self) -> None:
        view = self.terminal.view
        offered = list(self._offered())
        if offered:
            action, values = self.chance.choice(offered)
            late = self.chance.randrange(4) if self.chance.random() < 0.05 else 0
            for _ in range(self.chance.choice([1, 1, 1, 2])):
                self.terminal.touch(view.turn - late, action, values)

    def _offered(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """What can be tapped now, the way on more often than the others."""
        page = self.terminal.view.page
        body = page.body
        values = dict(SIGNATURE)
        if isinstance(body, FormBody):
            values |= {each.name: TYPED[each.name] for each in body.inputs if not each.locked}
        if isinstance(body, CameraBody):
            values |= self.chance.choice([LIVE, LIVE, PICTURE])
        if isinstance(body, EscalateBody):
            values |= {"reason": body.reasons[0].value}
        buttons = [each.id for each in (page.primary, page.back, *page.others) if each and not each.why_not]
        if isinstance(page, Page):
            buttons = sorted(engine.offered(page) - {"choose", "keep"})
        if isinstance(body, HomeBody | ItemsBody | SearchBody):
            buttons += [f"start:{tile.item}" for tile in body.tiles if not tile.why_not] * 2
        if isinstance(body, FacetsBody):
            buttons += [f"of:{option.value}" for option in body.options]
        if isinstance(body, SearchBody):
            values |= {"query": body.query}
            buttons += ["key:s", "key:d", "erase", "find", "digits"]
        if isinstance(body, ChoiceBody):
            yield from [("choose", {"choice": each.value}) for each in body.options] * 3
        for action in [*buttons, *[each for each in buttons if each in {"next", "face"}] * 5]:
            yield action, values | {"level": "5"}
        if self.chance.random() < 0.12:
            yield from [("help", values), ("elder", values), ("extend", {})]

    def _on_disk(self) -> AbstractContextManager[apsw.Connection]:
        if self.full:
            raise StoreFull("full")
        return self._transaction()

    def _arm(self) -> None:
        self.armed = True

    def _disarm(self) -> None:
        self.armed = False

    def _print(self, _: Document, done: Callable[[JobOutcome], None]) -> None:
        self.jobs.append(done)

    def _send(self, submission: Submission) -> answers.Answer:
        draw = self.chance.random()
        if not self.up:
            return answers.Unreachable("no-network")
        if draw < 0.15:
            said: tuple[answers.Answer, ...] = (
                answers.InProgress(1.0),
                answers.Temporary("server-error", 2.0),
                answers.TooMany(3.0),
                answers.Unauthorised("unknown-terminal"),
            )
            return self.chance.choice(said)
        if draw < 0.25 and submission.key not in self.acted:
            return answers.Rejected(answers.Rejection.FORBIDDEN)
        self.acted.add(submission.key)
        if draw < 0.35:
            return answers.Unreachable("timeout")  # the city has acted, and nobody hears of it
        state = self.chance.choice(["accepted", "identity-to-confirm", "received"])
        return answers.Accepted(f"TJ-{submission.key[-4:]}", state)

    def _log_in(self, card: CardFacts, face: Face | None = None) -> Any:
        draw = self.chance.random()
        if not self.identity_up or draw < 0.15:
            return Unreachable(Reason.NO_NETWORK)
        if draw < 0.3:
            return Denied(DeniedReason.CARD_REFUSED)
        level = Level.CARD if face is None else Level.CARD_FACE
        return self._logged_in(card.name, card.number, Method.ID_CARD, level)

    def _scan(self, business: bool = False) -> Any:
        if not self.identity_up:
            return Unreachable(Reason.NO_NETWORK)
        who = self.chance.choice(PEOPLE)

        def poll() -> Any:
            if self.chance.random() < 0.5:
                return Waiting(2.0)
            return self._logged_in(who.name, who.id_number, Method.PHONE, Level.PHONE)

        return SimpleNamespace(
            uri="https://id.example/d", uri_is_complete=False, user_code="AB", interval=2.0, poll=poll
        )

    def _logged_in(self, name: str, number: str, method: Method, level: Level) -> LoggedIn:
        token = f"token-{len(self.whose)}"
        self.whose[token] = number
        return LoggedIn(
            Identity(
                name=name, id_number=number, level=level, method=method, confirmed=True, token=Token(token)
            )
        )

    def _payments(self, city: CityDesk, client: Any, journal: Journal) -> PaymentDesk:
        return PaymentDesk(
            client=client,
            book=PaymentBook(self.store, journal, self.clock),
            card_terminal=None,
            new_key=lambda: next(self.keys),
            key_of=city.key_of,
            executor=self.work,
            loop=self.loop,
            clock=self.clock,
            heard=self.sync.heard,
        )

    def _uploads(self, city: CityDesk, client: Any) -> UploadDesk:
        return UploadDesk(
            client=client,
            key_of=city.key_of,
            executor=self.work,
            loop=self.loop,
            clock=self.clock,
            heard=self.sync.heard,
        )

    def _certificates(self, city: CityDesk, client: Any) -> CertificateDesk:
        return CertificateDesk(
            client=client,
            printer=None,
            key_of=city.key_of,
            executor=self.work,
            loop=self.loop,
            clock=self.clock,
            ended=self.diary.certificate_printed,
        )

    def _revoke(self, _: str) -> Revocation:
        return Revoked()

    def _call(self, operation: str, *_: Any, token: Any = None, **__: Any) -> Any:
        draw = self.chance.random()
        if not self.up or draw < 0.1:
            return Unreachable(Reason.NO_NETWORK)
        if draw < 0.15:
            return Problem(401, "INVALID_TOKEN")
        if operation == "prefill":
            return Ok(
                {"residential_address": {"value": f"住址 {self.whose[token.text]}", "source": "share"}}, False
            )
        return Ok(ANSWERS[operation], False)

    def get(self, operation: str, *names: str) -> Content | None:
        """Public content: see `desks.city.Library`."""
        if self.chance.random() < 0.1:
            return None
        body: Any = {"items": [{"code": SENIOR, "enabled": True}]} if not names else GUIDE_JSON
        return Content(json.dumps(body).encode(), 0.0, False, None, "application/json")

    def pictures(self, media: Sequence[Media], *, ask: bool) -> list[tuple[Media, Held]]:
        """Its guides have none."""
        del media, ask
        return []


def _healthy() -> Health:
    return Health(Availability.ONLINE, "ready", 0.0)


Seen = Counter[str]
"""Pages and claims that were met: a walk that meets none proves nothing."""
