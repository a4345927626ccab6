"""The desk of payments: written down before anybody can pay, watched until settled, never forgotten.

The city's gateway says how a payment stands; a bank card terminal only says that something happened there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from flows.effects import ClosePayment, RefundPayment, StartPayment
from flows.events import Outcome, PaymentEnded, PaymentShown, Refused, Unreachable
from kiosk.clock import Clock
from kiosk.desks.city import refused_or_unreachable
from kiosk.desks.desk import Tell, civil
from kiosk.gateway.bearer import Bearer
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.outcomes import Ok, Problem
from kiosk.gateway.outcomes import Outcome as Said
from kiosk.loop import Executor, Loop
from kiosk.visit import Visit
from kiosk.watching import Watch, Watches
from offline_cache.exc import StoreError
from offline_cache.payments import KeptPayment, PaymentBook, PaymentState

log = logging.getLogger(__name__)
POLL_SECONDS = 2.0
WATCH_SECONDS = 300.0
"""How long a citizen may take to pay; the platform's own `expires_at` usually ends it before."""

UNKNOWN_SECONDS = 20.0
"""How long an answer `unknown` is asked again while the citizen waits; the terminal goes on asking after."""

SETTLE_SECONDS = 60.0
"""Between two rounds over what is not settled."""

SETTLED: dict[str, PaymentState] = {
    "paid": PaymentState.PAID,
    "failed": PaymentState.FAILED,
    "closed": PaymentState.CLOSED,
    "refunded": PaymentState.REFUNDED,
}
NOTHING_OWED = frozenset({"failed", "closed", "refunded"})
"""There is nothing to pay back, or no more."""

EndState = Literal["paid", "failed", "closed", "unknown", "refunding", "refunded"]
_END_STATES: tuple[EndState, ...] = ("paid", "failed", "closed", "refunding", "refunded")


class CardTerminal(Protocol):
    """An external, certified bank card terminal (POS). No card data and no PIN ever pass through us."""

    def sale(self, fen: int, reference: str, done: Callable[[], None]) -> None:
        """Ask for `fen`; `done` is called once, from any thread, when the terminal has ended the dialogue."""
        ...

    def cancel(self) -> None:
        """The citizen does not pay; the dialogue is ended if it still can be."""
        ...


@dataclass(slots=True, kw_only=True)
class _Watch(Watch):
    effect: StartPayment
    token: Bearer | None
    unknown_until: float | None = None


class PaymentDesk:
    """Loop's thread, but for the calls it hands out. One payment at a time and citizen."""

    def __init__(
        self,
        *,
        client: GatewayClient,
        book: PaymentBook,
        card_terminal: CardTerminal | None,
        new_key: Callable[[], str],
        key_of: Callable[[Visit, str], str],
        executor: Executor,
        loop: Loop,
        clock: Clock,
        heard: Callable[[bool], None],
    ) -> None:
        self._client = client
        self._book = book
        self._card_terminal = card_terminal
        self._new_key = new_key
        self._key_of = key_of
        self._executor = executor
        self._loop = loop
        self._clock = clock
        self._heard = heard
        self._watches = Watches[_Watch](loop, POLL_SECONDS)
        self._settling = False

    def start(self, effect: StartPayment, visit: Visit, token: Bearer | None, tell: Tell) -> None:
        """Create, write down, show; then watch."""
        watch = _Watch(target=effect.id, visit=visit, tell=tell, effect=effect, token=token)
        self._watches.begin(watch)
        key = self._key_of(visit, effect.intent)
        body = {"item": effect.item, "bill": effect.bill, "fen": effect.fen, "method": effect.method}

        def work() -> Said | StoreError:
            said = self._client.call("createPayment", {}, body, token=token, key=key)
            if isinstance(said, Ok):
                try:
                    self._book.opened(
                        key=key, payment=said.data["id"], item=effect.item, fen=effect.fen, visit=visit.id
                    )
                except StoreError as error:
                    return error
            return said

        self._executor.submit(work, lambda said: self._created(watch, said))

    def close(self, effect: ClosePayment, token: Bearer | None, tell: Tell) -> None:
        """Close it, or learn that it was paid. Nobody is told that nothing was taken before that is known."""
        if self._card_terminal is not None:
            self._card_terminal.cancel()

        def work() -> Said:
            return self._client.call("closePayment", {"id": effect.payment}, token=token)

        def done(said: Said) -> None:
            state = self._state(said)
            if isinstance(said, Ok) and state != "pending":
                self._settle(effect.payment, state)
                tell(ended(effect.id, said.data))
            else:
                tell(PaymentEnded(effect=effect.id, payment=effect.payment, state="unknown"))

        self._executor.submit(work, done)

    def refund(self, effect: RefundPayment, tell: Tell) -> None:
        """Owed from now on, whatever the network says; asked for at once and until it is done."""
        reason = effect.reason[:80]

        def work() -> str | StoreError:
            try:
                return self._book.owe(effect.payment, refund_key=self._new_key(), reason=reason)
            except StoreError as error:
                return error

        def done(owed: str | StoreError) -> None:
            if isinstance(owed, StoreError):
                log.error("a refund could not be written down: %s", type(owed).__name__)
                owed = self._new_key()
            self._ask_refund(effect.payment, owed, reason, lambda state: tell(_refund(effect, state)))

        self._executor.submit(work, done)

    def cancel(self, target: str) -> None:
        """Its outcome is no longer wanted; what is open is settled in the background."""
        self._watches.end(target)

    def forget(self, visit: Visit) -> None:
        """The visit is over; its open payments are closed, or found to be paid."""
        for target in self._watches.of(visit):
            self.cancel(target)
        self.settle()

    def settle(self) -> None:
        """Ask about everything that is not over and that nobody is watching. Called at the start, when the
        network is back, and from time to time."""
        if self._settling:
            return
        self._settling = True
        watched = self._watches.ids()

        def work() -> list[KeptPayment]:
            try:
                return [each for each in self._book.unsettled() if each.id not in watched]
            except StoreError:
                return []

        self._executor.submit(work, self._settle_each)

    def _settle_each(self, left: list[KeptPayment]) -> None:
        self._settling = False
        for each in left:
            if each.state is PaymentState.REFUND_OWED:
                self._ask_refund(each.id, each.refund_key, each.refund_reason, lambda state: None)
            else:
                self._close_left(each.id)

    def _close_left(self, payment: str) -> None:
        """Nobody stands there any more: closed if it is not paid. `unknown` stays open."""

        def work() -> Said:
            return self._client.call("closePayment", {"id": payment})

        def done(said: Said) -> None:
            if isinstance(said, Ok):
                self._settle(payment, self._state(said))

        self._executor.submit(work, done)

    def _ask_refund(self, payment: str, key: str, reason: str, then: Callable[[str], None]) -> None:
        def work() -> Said:
            said = self._client.call("refundPayment", {"id": payment}, {"reason": reason}, key=key)
            if not isinstance(said, Problem):
                return said
            # Refused: one whose end was not known turned out to have taken nothing, or not yet.
            found = self._client.call("getPayment", {"id": payment})
            return found if self._state(found) in NOTHING_OWED else said

        def done(said: Said) -> None:
            state = self._state(said)
            self._settle(payment, state)
            then(state)

        self._executor.submit(work, done)

    def _created(self, watch: _Watch, said: Said | StoreError) -> None:
        effect = watch.effect
        if isinstance(said, StoreError):
            # Nobody has seen the QR: the payment runs out by itself, and nothing was taken.
            log.error("a payment could not be written down: %s", type(said).__name__)
            self._end(watch, Refused(effect=effect.id, reasons=(), code="STORE"))
        elif isinstance(said, Ok):
            watch.id = said.data["id"]
            watch.until = self._clock.monotonic() + WATCH_SECONDS
            if watch.over:
                self._close_left(watch.id)
                return
            self._heard(True)
            if said.data["state"] != "pending":
                self._news(watch, said)
                return
            watch.tell(
                PaymentShown(
                    effect=effect.id,
                    payment=watch.id,
                    qr=said.data.get("qr", ""),
                    expires_at=said.data.get("expires_at", ""),
                )
            )
            if effect.method == "pos" and self._card_terminal is not None:
                self._card_terminal.sale(
                    effect.fen, watch.id, lambda: self._loop.post(lambda: self._poll(watch))
                )
            self._watches.again(watch, self._poll)
        else:
            outcome = refused_or_unreachable(effect.id, said, civil(self._clock.now()))
            self._heard(not isinstance(outcome, Unreachable))
            self._end(watch, outcome)

    def _poll(self, watch: _Watch) -> None:
        if watch.over:
            return
        late = self._clock.monotonic() > watch.until
        operation = "closePayment" if late else "getPayment"

        def work() -> Said:
            return self._client.call(operation, {"id": watch.id}, token=watch.token, deadline=4.0)

        self._executor.submit(work, lambda said: self._news(watch, said, late=late))

    def _news(self, watch: _Watch, said: Said, *, late: bool = False) -> None:
        if watch.over:
            return
        state = self._state(said)
        now = self._clock.monotonic()
        if isinstance(said, Ok) and state in {"paid", "failed", "closed", "refunding", "refunded"}:
            self._settle(watch.id, state)
            self._end(watch, ended(watch.effect.id, said.data))
            return
        if state == "unknown" and watch.unknown_until is None:
            watch.unknown_until = now + UNKNOWN_SECONDS
        waited = watch.unknown_until is not None and now > watch.unknown_until
        if waited or (late and not isinstance(said, Ok)):
            self._end(watch, PaymentEnded(effect=watch.effect.id, payment=watch.id, state="unknown"))
            return
        self._watches.again(watch, self._poll)

    def _end(self, watch: _Watch, outcome: Outcome) -> None:
        self.cancel(watch.target)
        watch.tell(outcome)

    def _state(self, said: Said) -> str:
        return str(said.data["state"]) if isinstance(said, Ok) else "unreachable"

    def _settle(self, payment: str, state: str) -> None:
        settled = SETTLED.get(state)
        if settled is None:
            return

        def work() -> None:
            try:
                self._book.settled(payment, settled)
            except StoreError as error:  # asked again in the next round
                log.error("a payment's end could not be written down: %s", type(error).__name__)

        self._executor.submit(work, lambda _: None)


def ended(effect: str, data: Any) -> PaymentEnded:
    """The contract's `Payment`, at its end."""
    known: dict[str, EndState] = {each: each for each in _END_STATES}
    state = known.get(data["state"], "unknown")
    return PaymentEnded(
        effect=effect,
        payment=data["id"],
        state=state,
        paid_at=data.get("paid_at", ""),
        bill_no=data.get("bill_no", ""),
        bill_check_code=data.get("bill_check_code", ""),
    )


def _refund(effect: RefundPayment, state: str) -> PaymentEnded:
    """Until the city says that it is done, it is under way: the terminal goes on asking."""
    done: EndState = "refunded" if state == "refunded" else "refunding"
    return PaymentEnded(effect=effect.id, payment=effect.payment, state=done)
