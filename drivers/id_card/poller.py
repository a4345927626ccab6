"""What the reader does next: connect, keep an eye on the reader, ask for a card, read it, see it leave.

A step machine without a thread: `step` does one thing and says when it wants to be called again, so that
the owner thread, a test or a simulation with its own clock can drive it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from drivers.armed import Outside
from drivers.device import Monotonic, SelfTest
from drivers.exc import TransportLost, TransportTimeout
from drivers.id_card.card import CardWarning, IdCard
from drivers.id_card.events import CardRead, CardRemoved, CardUnreadable, UnreadableReason
from drivers.id_card.health import Condition, condition_of_error
from drivers.id_card.link import FENCE_SECONDS, Link, NoAnswer
from drivers.id_card.payload import read_card, read_card_with_fingerprints, read_sam_id
from drivers.id_card.photo import PhotoDecoder
from drivers.id_card.protocol import (
    FIND,
    NEW_ADDRESS,
    READ,
    READ_WITH_FINGERPRINTS,
    SELECT,
    STATUS,
    Frame,
    Sw3,
)
from drivers.id_card.speed import FASTEST, LineSpeed
from drivers.id_card.text import BadText, read_new_address
from drivers.id_card.transport import Transport

_log = logging.getLogger("drivers.id_card")

POWER_ON_SECONDS = 2.5
"""A SAM needs 1.5 to 2 s after power-on before it answers (protocols/card-readers.md 1.6.2)."""
BACK_OFF = (0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to get the reader back; the last repeats."""
_MISSES = 3
"""Unanswered finds in a row, on a line that a fence says is alive, after which the port is opened anew."""
_PRESENCE_MISSES = 2
"""Unanswered presence tests in a row that count as a card gone."""

_REASONS: dict[int, UnreadableReason] = {
    Sw3.SELECT_FAILED: UnreadableReason.SELECT_FAILED,
    Sw3.READ_FAILED: UnreadableReason.READ_FAILED,
    Sw3.UNKNOWN_CARD_TYPE: UnreadableReason.UNKNOWN_CARD_TYPE,
    Sw3.CARD_REJECTS_SAM: UnreadableReason.CARD_REJECTS_READER,
    Sw3.SAM_REJECTS_CARD: UnreadableReason.READER_REJECTS_CARD,
    Sw3.VERIFICATION_FAILED: UnreadableReason.VERIFICATION_FAILED,
    Sw3.INFORMATION_LENGTH: UnreadableReason.VERIFICATION_FAILED,
    Sw3.RANDOM_FAILED: UnreadableReason.VERIFICATION_FAILED,
}
_BROKEN: dict[int, Condition] = {
    Sw3.SELF_TEST_FAILED: Condition.SAM_FAILED,
    Sw3.NOT_AUTHORISED: Condition.SAM_UNAUTHORISED,
}
_THERE = frozenset({Sw3.OK, Sw3.NO_SUCH_ITEM, Sw3.CARD_FOUND})
"""Statuses that tell of a card in the field: the first two to `30 03`, the last to a find."""
_SILENT = (Condition.SILENT, "no answer came")
_GARBLED = (Condition.GARBLED, "what came is no answer")


class _Trouble(Exception):  # noqa: N818 - a state of the reader, on its way to `_lost`
    """The reader is not usable, for the reason that the condition names."""

    def __init__(self, condition: Condition, detail: str) -> None:
        super().__init__(detail)
        self.condition = condition


class Manner(Protocol):
    """How the line is spoken, which is found by asking: its speed, or which pipes."""

    heard: bool
    """Whether anything at all came while it was looked for: noise rather than silence."""

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What was found, for a self-test."""
        ...

    def settle(self, within: float) -> bool:
        """Find it on a line just opened; False when the reader answers in none for about `within` seconds."""
        ...


class Poller:
    """The device's meaning: see `drivers.armed.Work`. Used by one thread.

    Without a `baudrate` (bit/s) the speed is found, and raised; a line that has something else to be found in
    its place brings a `manner` of its own. `card_present` says whether a card that an earlier turn read may
    still lie there.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        baudrate: int | None,
        poll_interval: float,
        health_interval: float,
        monotonic: Monotonic,
        outside: Outside[Condition],
        decoder: PhotoDecoder | None = None,
        manner: Callable[[Link], Manner] | None = None,
        fingerprints: bool = False,
        card_present: bool = False,
    ) -> None:
        self._transport = transport
        self._link = Link(transport, FASTEST if baudrate is None else baudrate, monotonic, outside.stopping)
        self._manner: Manner = LineSpeed(self._link, baudrate) if manner is None else manner(self._link)
        self._poll_interval = poll_interval
        self._health_interval = health_interval
        self._monotonic = monotonic
        self._outside = outside
        self._decoder = decoder
        self._fingerprints = fingerprints
        self._online = False
        self._failures = 0
        self._due = monotonic()  # no exchange before this, unless the arming changes
        self._generation = 0
        self._card_present = card_present  # a card that was read lies there: test presence, do not find
        self._reading = False
        self._forgotten = False  # by the SAM, perhaps: it was away while that card lay there
        self._complaint: UnreadableReason | None = None
        self._misses = 0

    def step(self) -> float:
        """Do what is due; returns the monotonic time of the next step. No hand can make it raise."""
        generation = self._outside.armed()
        if generation != self._generation:
            self._generation, self._complaint, self._misses = generation, None, 0
            self._due = self._monotonic()
        now = self._monotonic()
        if now < self._due or self._outside.stopping():
            return self._due
        try:
            self._advance(generation, now)
        except _Trouble as trouble:
            self._lost(trouble.condition, str(trouble))
        except (TransportLost, TransportTimeout) as error:
            self._lost(condition_of_error(error), str(error))
        return self._due

    @property
    def card_present(self) -> bool:
        """Whether a card that was read lies there, as far as is known: it must leave before one is read."""
        return self._card_present

    def wake(self, *, closing: bool) -> None:
        """See `drivers.armed.Work`: no wait is so long that it would have to be ended."""

    def close(self) -> None:
        """Release the port."""
        self._online = False
        self._transport.close()

    def self_test(self) -> SelfTest:
        """Connect if need be, then ask SAM id and status, and how long the pair takes."""
        try:
            if not self._online:
                self._connect()
            begin = self._monotonic()
            self._fence()
            self._check_status()
            seconds = self._monotonic() - begin
        except _Trouble as trouble:
            self._lost(trouble.condition, str(trouble))
            return SelfTest(False, trouble.condition.value)
        except (TransportLost, TransportTimeout) as error:
            condition = condition_of_error(error)
            self._lost(condition, str(error))
            return SelfTest(False, condition.value)
        facts = (
            ("sam_id", read_sam_id(self._link.sam_id)),
            ("exchange_ms", f"{seconds * 1000:.1f}"),
            *self._manner.facts,
        )
        return SelfTest(True, "安全模块应答，自检通过", facts)

    # Being connected

    def _advance(self, generation: int, now: float) -> None:
        if not self._online:
            self._connect()
        elif self._link.unsettled:
            self._fence()
        elif not generation:
            self._check_status()
            self._due = now + self._health_interval
        elif self._card_present:
            self._due = now + self._poll_interval
            self._test_presence(generation)
        else:
            self._due = now + self._poll_interval
            self._search(generation)

    def _connect(self) -> None:
        self._transport.open()
        self._link.unsettled = True
        self._forgotten = self._card_present
        if not self._manner.settle(POWER_ON_SECONDS):
            raise _Trouble(*(_GARBLED if self._manner.heard else _SILENT))
        self._check_status()
        if self._failures:
            _log.info("id card reader is back after %d failed attempts", self._failures)
        self._online, self._failures, self._misses = True, 0, 0
        self._due = self._monotonic()
        self._outside.report(Condition.READY)

    def _check_status(self) -> None:
        answer = self._link.request(STATUS)
        if isinstance(answer, NoAnswer):  # one lost byte is no broken reader; asking again fences first
            answer = self._link.request(STATUS)
        if isinstance(answer, NoAnswer):
            raise _Trouble(*(_GARBLED if answer.damaged else _SILENT))
        self._check_broken(answer)
        if answer.sw3 != Sw3.OK:
            raise _Trouble(Condition.SAM_FAILED, f"SW3 {answer.sw3:02X}")

    def _check_broken(self, answer: Frame) -> None:
        if condition := _BROKEN.get(answer.sw3):
            raise _Trouble(condition, f"SW3 {answer.sw3:02X}")

    def _fence(self, within: float = FENCE_SECONDS) -> None:
        if not self._link.fence(within):
            raise _Trouble(*(_GARBLED if self._link.heard else _SILENT))

    def _lost(self, condition: Condition, detail: str) -> None:
        self.close()
        if self._outside.stopping():
            return  # the wait was cut short; it says nothing of the reader
        if not self._failures:
            _log.warning("id card reader: %s (%s); trying again until it is back", condition.value, detail)
        self._due = self._monotonic() + BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
        self._failures += 1
        # Whoever holds a card to it is told at once: not that the plug bounced, but that nothing comes of it.
        self._outside.report(condition, detail, at_once=self._reading or self._card_present)
        self._reading = False

    # Asking for a card

    def _outdated(self, generation: int) -> Callable[[], bool]:
        return lambda: self._outside.armed() != generation

    def _search(self, generation: int) -> None:
        unwanted = self._outdated(generation)
        if not self._find(unwanted):
            return
        self._reading = True
        outcome = self._read(unwanted)
        if outcome is UnreadableReason.GARBLED and self._find(unwanted):
            outcome = self._read(unwanted)  # a select cannot be repeated without a new find
        self._reading = False
        self._card_present = isinstance(outcome, IdCard)  # also when no longer wanted: it must leave first
        if unwanted() or self._outside.stopping():
            return
        if isinstance(outcome, IdCard):
            self._complaint = None
            self._outside.emit(generation, CardRead(outcome))
        elif outcome != self._complaint:  # a bad card that stays is found again at each poll: say it once
            self._complaint = outcome
            self._outside.emit(generation, CardUnreadable(outcome))

    def _find(self, unwanted: Callable[[], bool]) -> bool:
        found = self._link.request(FIND, unwanted)
        if isinstance(found, NoAnswer):
            self._misses += not unwanted()
            if self._misses >= _MISSES:
                raise _Trouble(*(_GARBLED if found.damaged else _SILENT))
            return False
        self._misses = 0
        self._check_broken(found)
        if found.sw3 != Sw3.CARD_FOUND:
            self._complaint = None
        return found.sw3 == Sw3.CARD_FOUND

    def _read(self, unwanted: Callable[[], bool]) -> IdCard | UnreadableReason:
        data = b""
        for command in (SELECT, READ_WITH_FINGERPRINTS if self._fingerprints else READ):
            answer = self._link.request(command, unwanted)
            if isinstance(answer, NoAnswer):
                return UnreadableReason.GARBLED if answer.damaged else UnreadableReason.NO_ANSWER
            self._check_broken(answer)
            if answer.sw3 != Sw3.OK:
                return _REASONS.get(answer.sw3, UnreadableReason.OTHER)
            data = answer.data
        understood = read_card_with_fingerprints if self._fingerprints else read_card
        try:
            card = understood(data, sam_id=read_sam_id(self._link.sam_id), decoder=self._decoder)
        except BadText:
            return UnreadableReason.BAD_DATA
        return self._with_new_address(card, unwanted)

    def _with_new_address(self, card: IdCard, unwanted: Callable[[], bool]) -> IdCard:
        answer = self._link.request(NEW_ADDRESS, unwanted)
        if isinstance(answer, Frame) and answer.sw3 == Sw3.OK:
            return replace(card, new_address=read_new_address(answer.data))
        if isinstance(answer, Frame) and answer.sw3 == Sw3.NO_SUCH_ITEM:
            return card
        # The card was read whole; only whether it has a newer address is not known.
        return replace(card, warnings=(*card.warnings, CardWarning.NEW_ADDRESS_UNREAD))

    def _test_presence(self, generation: int) -> None:
        """A card that was read answers `30 03` while it lies there; to a find it is 80 either way.

        Unless the SAM lost its power: then a find finds it, and it must still leave before a card is read,
        or a card that the last citizen forgot would be taken for the next one's.
        """
        unwanted = self._outdated(generation)
        answer = self._link.request(NEW_ADDRESS, unwanted)
        if self._forgotten and isinstance(answer, Frame) and answer.sw3 not in _THERE:
            answer = self._link.request(FIND, unwanted)
        if isinstance(answer, NoAnswer):
            self._misses += not unwanted()
            if self._misses < _PRESENCE_MISSES:
                return
        else:
            self._misses = 0
            self._check_broken(answer)
            if answer.sw3 in _THERE:
                return
        self._misses = 0
        self._card_present = False
        self._outside.emit(generation, CardRemoved())
