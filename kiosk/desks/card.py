"""The desk of the ID card reader: asks for a card only while a run wants one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from drivers.device import Availability, DeviceEvent, Health, HealthChanged
from drivers.id_card import CardRead as CardWasRead
from drivers.id_card import CardUnreadable, IdCard
from flows.effects import ReadCard
from flows.events import CardRead, CardTrouble
from kiosk.desks.desk import Tell

_LIFTED = "没有读到。请把身份证平放在读卡区，听到提示前不要拿开"
_WORDS = {
    "select-failed": _LIFTED,
    "read-failed": _LIFTED,
    "unknown-card-type": "这里不能读这种证件，请换身份证、居住证或永久居留证",
    "card-rejects-reader": "这张证件没有通过校验，请改用手机扫码或到窗口办理",
    "reader-rejects-card": "这张证件没有通过校验，请改用手机扫码或到窗口办理",
    "verification-failed": "这张证件没有通过校验，请改用手机扫码或到窗口办理",
}
_AGAIN = "没有读清楚。请拿起身份证，再放一次"
_NO_READER = "读卡器暂时不能用，请改用手机扫码，或找工作人员"


class Reader(Protocol):
    """What this desk needs of the device."""

    def arm(self) -> None:
        """Ask for a card."""
        ...

    def disarm(self) -> None:
        """Stop asking, and forget."""
        ...

    def health(self) -> Health:
        """Last known health."""
        ...


class CardDesk:
    """One card is wanted at a time. Loop's thread only."""

    def __init__(self, reader: Reader | None, armed: Callable[[bool], None] = lambda _: None) -> None:
        """`armed` is told when a reader that works begins to ask for a card, and when it ends: the asking, or
        that the reader works."""
        self._reader = reader
        self._armed = armed
        self._wanted: tuple[ReadCard, Tell] | None = None

    def read(self, effect: ReadCard, tell: Tell) -> None:
        """Ask until a card is read or the effect is cancelled."""
        self._wanted = (effect, tell)
        if self._reader is None or self._reader.health().availability is Availability.OFFLINE:
            tell(CardTrouble(effect=effect.id, words=_NO_READER))
        else:
            self._armed(True)
        if self._reader is not None:
            self._reader.arm()

    def cancel(self, target: str) -> None:
        """No card is wanted any more."""
        if self._wanted is not None and self._wanted[0].id == target:
            self._stop()

    def forget(self) -> None:
        """The visit is over."""
        if self._wanted is not None:
            self._stop()

    def heard(self, event: DeviceEvent) -> None:
        """What the reader has to say; of a card that nobody wants, nothing."""
        if self._wanted is None:
            return
        effect, tell = self._wanted
        if isinstance(event, CardWasRead):
            card = as_text(event.card)
            if not ("name" in card and "id_number" in card):  # blank on the card: nobody can be asked after
                tell(CardTrouble(effect=effect.id, words=_AGAIN))
                return
            self._stop()
            tell(CardRead(effect=effect.id, card=card))
        elif isinstance(event, HealthChanged):
            self._armed(event.health.availability is not Availability.OFFLINE)
        elif isinstance(event, CardUnreadable):
            tell(CardTrouble(effect=effect.id, words=_WORDS.get(event.reason.value, _AGAIN)))

    def _stop(self) -> None:
        self._wanted = None
        self._armed(False)
        if self._reader is not None:
            self._reader.disarm()


def as_text(card: IdCard) -> dict[str, str]:
    """The card's text for the run (no photo): empty parts left out."""
    facts = {
        "name": card.chinese_name or card.name or card.english_name or "",
        "id_number": card.id_number,
        "card_type": card.card_type.value,
        "sex": card.sex,
        "nation": card.nation,
        "birth": card.birth,
        "address": card.new_address or card.address,
        "issuer": card.issuer,
        "valid_from": card.valid_from,
        "valid_to": card.valid_to,
        "sam_id": card.sam_id,
        "pass_number": card.pass_number or "",
        "english_name": card.english_name or "",
        "nationality": card.nationality or "",
    }
    return {key: value for key, value in facts.items() if value}
