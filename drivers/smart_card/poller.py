"""What the owner thread does: watches the slots, reads a card while one is wanted, recovers what was lost.

A card is read once from its coming to its going, whatever became of it: also when pcscd or the reader went
away meanwhile. Until every slot has then been empty for a while, a card that is there counts as the one in
hand, or one which the last citizen forgot would be taken for the next one's.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from drivers.armed import Outside
from drivers.device import Monotonic, SelfTest
from drivers.smart_card.apdu import Channel, Unwanted
from drivers.smart_card.card import SmartCard
from drivers.smart_card.events import CardRead, CardRemoved, CardUnreadable, UnreadableReason
from drivers.smart_card.health import Condition, condition_of
from drivers.smart_card.link import Link, LinkError, Slot, SlotState, Trouble
from drivers.smart_card.reading import is_contactless, read_card

_log = logging.getLogger("drivers.smart_card")

WATCH_SECONDS = 0.25
IDLE_SECONDS = 0.5
"""From one look at the slots to the next where nothing moves, while a card is wanted and while none is.

A worker that watches hears nothing else: as long may pass before a card that lies there is read."""
SEEN_SECONDS = 0.6
"""In which pcscd sees that a card went: an exchange that broke off may have been a hand, or the card."""
SETTLE_SECONDS = 1.5
"""A pcscd that was started anew may call a slot empty before it has looked into it."""
BACK_OFF = (0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to start the worker, or to reach pcscd; the last goes on for ever."""

_CARD_IN = frozenset({SlotState.PRESENT, SlotState.MUTE})
_OF_THE_CARD = {
    Trouble.NO_CARD: UnreadableReason.REMOVED,
    Trouble.MUTE: UnreadableReason.MUTE,
    Trouble.IN_USE: UnreadableReason.IN_USE,
    Trouble.NOT_TRANSACTED: UnreadableReason.NO_ANSWER,
    Trouble.FAILED: UnreadableReason.NO_ANSWER,
}
"""Troubles in the middle of a card that are the card's; all others are the reader's."""


@dataclass(frozen=True, slots=True)
class _InHand:
    """A card that was dealt with. `slot` is None after a loss: any card that is there is it.

    `empty_since` is when, after the loss, none was there first.
    """

    slot: Slot | None
    empty_since: float | None = None


class Poller:
    """Not thread-safe, but for `wake`: one owner. See `drivers.armed.Work`.

    `reader` is a part of the reader's name. `in_hand` says whether a card that an earlier turn dealt with may
    still be there.
    """

    def __init__(
        self,
        link: Link,
        *,
        reader: str | None,
        monotonic: Monotonic,
        outside: Outside[Condition],
        in_hand: bool = False,
    ) -> None:
        self._link = link
        self._reader = reader
        self._monotonic = monotonic
        self._outside = outside
        self._failures = 0
        self._denied = False
        self._due = monotonic()
        self._generation = 0
        self._in_hand = _InHand(None) if in_hand else None

    def step(self) -> float:
        """Do what is due; returns the monotonic time of the next step. No hand can make it raise."""
        generation = self._outside.armed()
        now = self._monotonic()
        if generation != self._generation:
            self._generation, self._due = generation, now
        if now < self._due or self._outside.stopping():
            return self._due
        try:
            self._advance(generation)
        except LinkError as error:
            self._lost(error)
        return self._due

    @property
    def in_hand(self) -> bool:
        """Whether a card was dealt with that is not known to be gone; also when the device is closed."""
        return self._in_hand is not None

    def wake(self, *, closing: bool) -> None:
        """A worker that waits is ended when the device closes; a watch that waits is short."""
        if closing:
            self._link.wake()

    def close(self) -> None:
        """Let the worker go."""
        self._forget()
        self._link.stop()

    def self_test(self) -> SelfTest:
        """Start the worker if need be, and ask pcscd for its readers. No card is touched."""
        try:
            mine = self._look(0.0)
        except LinkError as error:
            return SelfTest(False, self._lost(error).value)
        facts = tuple(("reader", f"{slot.reader}: {slot.state.value}") for slot in mine)
        return SelfTest(True, "pcscd 应答，读卡器在线", facts)

    # Being connected

    def _look(self, seconds: float) -> tuple[Slot, ...]:
        """The slots that are ours. Raises LinkError, also where there is none."""
        self._link.start()
        mine = tuple(self._mine(self._link.watch(seconds)))
        if not mine:
            raise LinkError(Trouble.NO_READER)
        if self._failures:
            _log.info("smart card reader is back after %d failed attempts", self._failures)
        self._failures, self._denied = 0, False
        self._outside.report(Condition.READY)
        return mine

    def _mine(self, slots: Iterable[Slot]) -> Iterable[Slot]:
        """By name; without one all but those of a reader's SAM, which is no citizen's card."""
        for slot in slots:
            named = self._reader in slot.reader if self._reader else "SAM" not in slot.reader.upper()
            if named and slot.state is not SlotState.GONE:
                yield slot

    def _lost(self, error: LinkError) -> Condition:
        """Let go what a call that failed says is gone, and when to try again; the condition it tells of."""
        self._forget()
        if error.trouble is not Trouble.NO_READER:  # with a reader gone, pcscd and worker are well
            self._link.stop()
        condition = condition_of(error.trouble)
        if error.trouble is Trouble.DENIED and not self._denied:
            condition = Condition.NO_SERVICE  # a pcscd that ends says so too: believed when it says it twice
        self._denied = error.trouble is Trouble.DENIED
        if self._outside.stopping():
            return condition  # the wait was cut short; it says nothing of the reader
        if not self._failures:
            _log.warning("smart card reader: %s (%s); trying again until it is back", condition.value, error)
        self._due = self._monotonic() + BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
        self._failures += 1
        self._outside.report(condition, error.detail, at_once=self.in_hand)
        return condition

    def _forget(self) -> None:
        if self._in_hand is not None:
            self._in_hand = _InHand(None)

    # Cards

    def _advance(self, generation: int) -> None:
        slots = self._look(WATCH_SECONDS if generation else IDLE_SECONDS)
        if self._in_hand is not None:
            self._in_hand = self._still(self._in_hand, slots)
            if self._in_hand is None:
                self._outside.emit(generation, CardRemoved())
        if self._in_hand is None and generation and generation == self._outside.armed():
            there = next((slot for slot in slots if slot.state in _CARD_IN), None)
            if there is not None:
                self._read(generation, there)

    def _still(self, card: _InHand, slots: tuple[Slot, ...]) -> _InHand | None:
        """What is in hand now that the slots are so."""
        if card.slot is None:
            there = next((slot for slot in slots if slot.state in _CARD_IN), None)
            if there is not None:
                return _InHand(there)
            since = self._monotonic() if card.empty_since is None else card.empty_since
            return None if self._monotonic() >= since + SETTLE_SECONDS else _InHand(None, since)
        same = (slot for slot in slots if slot.reader == card.slot.reader and slot.count == card.slot.count)
        return card if any(slot.state in _CARD_IN for slot in same) else None

    def _read(self, generation: int, slot: Slot) -> None:
        self._in_hand = _InHand(slot)
        try:
            outcome = self._outcome(generation, slot)
        except Unwanted:
            self._in_hand = None  # nobody has it: the next who asks may read it
            self._link.disconnect()
            return
        except LinkError as error:
            hung = error.trouble is Trouble.HUNG
            reason = UnreadableReason.NO_ANSWER if hung else UnreadableReason.READER_LOST
            self._outside.emit(generation, CardUnreadable(reason))
            raise
        if isinstance(outcome, SmartCard):
            self._outside.emit(generation, CardRead(outcome))
        else:
            self._outside.emit(generation, CardUnreadable(outcome))

    def _outcome(self, generation: int, slot: Slot) -> SmartCard | UnreadableReason:
        """The card, or why not. Raises Unwanted, and LinkError where it is the reader that is lost."""
        if slot.state is SlotState.MUTE:
            return UnreadableReason.MUTE
        try:
            card = self._link.connect(slot.reader)
            channel = Channel(
                self._link.transmit,
                # A contactless reader's ATR offers T=0 for form's sake; there is no such thing on the air.
                t0=card.t0 and not is_contactless(card.atr),
                monotonic=self._monotonic,
                unwanted=lambda: self._outside.armed() != generation or self._outside.stopping(),
            )
            outcome = read_card(channel, card.atr)
        except LinkError as error:
            reason = _OF_THE_CARD.get(error.trouble)
            if reason is None:
                raise
            _log.info("smart card reader: a card was not read: %s", error)
            self._link.disconnect()
            return UnreadableReason.REMOVED if self._is_out(slot) else reason
        self._link.disconnect()
        return outcome

    def _is_out(self, slot: Slot) -> bool:
        """Whether the card is no longer there; pcscd sees it within half a second."""
        return self._still(_InHand(slot), self._link.watch(SEEN_SECONDS)) is None
