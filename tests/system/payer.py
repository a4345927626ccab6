"""A terminal that takes payments in a real city, and may be killed at any step; whoever pays at random."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from deploy.sandbox import ledger
from deploy.sandbox.city import City
from deploy.sandbox.gateway import payments
from flows.effects import ClosePayment, StartPayment
from flows.events import Outcome, PaymentShown
from kiosk import keys
from kiosk.clock import SystemClock
from kiosk.desks.payment import PaymentDesk
from kiosk.gateway import contract
from kiosk.gateway.breaker import Breakers
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.outcomes import Unreachable as NotReached
from kiosk.gateway.signers import signer
from kiosk.gateway.transport import Http, HttpAnswer, PinnedHttp
from kiosk.identity.client import IdentityClient
from kiosk.loop import Loop
from kiosk.visit import Visit
from offline_cache.journal import Journal
from offline_cache.payments import KeptPayment, PaymentBook, PaymentState
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from tests.kiosk.clocks import TestClock

T = TypeVar("T")
ITEM = "utility.electricity-pay"
TERMINAL = "TJ-0001"
ROUNDS = 40
FAULTS = ("5xx", "down", "reset-after-acting", "429")


class Killed(BaseException):
    """The agent is gone."""


class Fuse:
    """Kills at the n-th step; `steps` counts them, so that a run without a kill tells how many there are."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.at:
            raise Killed


class Wire:
    """Every request is two steps: before it leaves, and after the answer is there."""

    def __init__(self, http: Http, fuse: Fuse) -> None:
        self._http = http
        self._fuse = fuse

    def send(self, method: str, url: str, **rest: Any) -> HttpAnswer | NotReached:
        if "/payments" not in url:
            return self._http.send(method, url, **rest)
        self._fuse.step()
        answer = self._http.send(method, url, **rest)
        self._fuse.step()
        return answer


class AtOnce:
    """An executor that does the work at once."""

    def submit(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        done(work())


class Book(PaymentBook):
    """Writing down is two steps: before it is on the disk, and after."""

    fuse: Fuse

    def opened(self, **facts: Any) -> None:
        self.fuse.step()
        super().opened(**facts)
        self.fuse.step()

    def settled(self, payment: str, state: PaymentState) -> None:
        self.fuse.step()
        super().settled(payment, state)
        self.fuse.step()


class Bank:
    """The city, and who pays there: what was shown may be paid, refused, or its answer lost for a while."""

    def __init__(self, city: City, seed: int) -> None:
        self.city = city
        self.chance = random.Random(seed)
        self.paid: list[str] = []

    def rows(self) -> dict[str, dict[str, Any]]:
        """Every payment by its id, as the city has it."""
        with self.city.context.db.transaction() as tx:
            return {row["id"]: dict(row) for row in tx.all("SELECT * FROM payments")}

    def act(self, payment: str) -> None:
        """The payer does one thing, or nothing."""
        deed = self.chance.choice(("pay", "pay", "fail", "lose", ""))
        if not deed:
            return
        then, seconds = self.chance.choice(("paid", "failed")), self.chance.choice((5.0, 60.0))
        with self.city.context.db.transaction() as tx:
            try:
                payments.turn(tx, self.city.context.now(), payment, deed, then=then, seconds=seconds)
            except ValueError:  # the bank says no: it is closed already
                return
        if deed == "pay":
            self.paid.append(payment)

    def misbehave(self) -> None:
        """Some of the next requests go wrong."""
        for _ in range(self.chance.randrange(4)):
            operation = self.chance.choice(("createPayment", "getPayment", "closePayment"))
            self.city.context.faults.order(
                {
                    "operation": operation,
                    "kind": self.chance.choice(FAULTS),
                    "count": self.chance.randrange(1, 4),
                }
            )

    def forget(self) -> None:
        """A new day for this bill."""
        self.city.context.faults.clear()
        with self.city.context.db.transaction() as tx:
            ledger.forget(tx)


class Agent:
    """One life of the agent's payments, on files that outlive it."""

    def __init__(self, folder: Path, city: City, key: keys.TerminalKey, clock: TestClock, fuse: Fuse) -> None:
        self.loop = Loop(clock, _raise)
        self.store = Store.open(folder / "outbox.db", OUTBOX)
        journal = Journal(self.store, clock)
        self.book = Book(self.store, journal, clock)
        self.book.fuse = fuse
        wall = SystemClock()
        identity = IdentityClient(
            issuer=city.own_issuer,
            client_id=TERMINAL,
            key=key,
            http=PinnedHttp(city.ca_file),
            clock=wall,
        )
        client = GatewayClient(
            base_url=city.own_gateway_url,
            http=Wire(PinnedHttp(city.ca_file), fuse),
            contract=contract.load(),
            signer=signer("none"),
            terminal_token=identity.terminal_bearer,
            clock=wall,
            on_time=lambda _: None,
            random=lambda: 0.0,
            breakers=Breakers({}, wall),
            pause=lambda _: None,
        )
        keys_ = {"": ""}

        def key_of(visit: Visit, intent: str) -> str:
            return keys_.setdefault(f"{visit.id}{intent}", str(uuid.uuid4()))

        self.desk = PaymentDesk(
            client=client,
            book=self.book,
            card_terminal=None,
            new_key=lambda: str(uuid.uuid4()),
            key_of=key_of,
            executor=AtOnce(),
            loop=self.loop,
            clock=clock,
            heard=lambda _: None,
        )

    def kept(self) -> dict[str, KeptPayment]:
        return {each.id: each for each in self.book.all()}

    def end(self) -> None:
        self.store.close()


def _raise(error: Exception) -> None:
    raise error


class Story:
    """One citizen, one bill, one kill somewhere; then the agent comes back until nothing is open."""

    def __init__(self, folder: Path, city: City, key: keys.TerminalKey, seed: int, kill: int | None) -> None:
        self.folder, self.city, self.key, self.seed = folder, city, key, seed
        self.clock = TestClock()
        self.fuse = Fuse(kill)
        self.bank = Bank(city, seed)
        self.told: list[Outcome] = []
        self.bill, self.fen = bill(city)

    def tell(self, outcome: Outcome) -> None:
        self.told.append(outcome)
        if isinstance(outcome, PaymentShown):
            self.bank.act(outcome.payment)

    def live(self) -> None:
        """The citizen's visit, up to its end or the kill."""
        agent = Agent(self.folder, self.city, self.key, self.clock, self.fuse)
        visit = Visit(id=uuid.uuid4().hex, began=0.0, touched=0.0)
        chance = random.Random(self.seed + 1)
        leaves = chance.random() < 0.3
        self.bank.misbehave()
        try:
            effect = StartPayment(
                id="v.1", item=ITEM, bill=self.bill, fen=self.fen, method="qr", intent=f"pay:{self.bill}:1"
            )
            agent.desk.start(effect, visit, None, self.tell)
            for round_ in range(ROUNDS):
                self.move(2.0)
                while agent.loop.step():
                    pass
                shown = [each for each in self.told if isinstance(each, PaymentShown)]
                if leaves and shown and round_ == 2:
                    agent.desk.close(ClosePayment(id="v.2", payment=shown[0].payment), None, self.tell)
                if shown and chance.random() < 0.15:
                    self.bank.act(shown[0].payment)
            agent.desk.forget(visit)
        except Killed:
            pass
        agent.end()

    def move(self, seconds: float) -> None:
        """Time passes for both."""
        self.clock.advance(seconds)
        self.city.context.now.move(seconds)  # type: ignore[attr-defined]  # the test's own clock

    def come_back(self) -> dict[str, KeptPayment]:
        """Started again with the network well; until nothing is open, at most an hour."""
        self.city.context.faults.clear()
        agent = Agent(self.folder, self.city, self.key, self.clock, Fuse(None))
        for _ in range(60):
            agent.desk.settle()
            while agent.loop.step():
                pass
            if not agent.book.unsettled():
                break
            self.move(60.0)
        kept = agent.kept()
        agent.end()
        return kept


def bill(city: City) -> tuple[str, int]:
    """A bill that is due."""
    with city.context.db.transaction() as tx:
        row = tx.one(
            "SELECT bills.id, fen FROM bills JOIN meters ON meters.account = bills.account "
            "WHERE kind = 'electricity' AND settled_on IS NULL ORDER BY bills.id LIMIT 1"
        )
    assert row is not None
    return str(row["id"]), int(row["fen"])


def public(key: keys.TerminalKey) -> str:
    """The terminal's public JWK as the city wants it."""
    return json.dumps(key.public_jwk)
