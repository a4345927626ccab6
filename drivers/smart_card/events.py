"""What the smart card reader has to say, besides `HealthChanged`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.device import DeviceEvent
from drivers.smart_card.card import SmartCard


class UnreadableReason(StrEnum):
    """Why a card in the reader was not read. What to tell the citizen is in docs/drivers/smart-card.md."""

    MUTE = "mute"  # no answer to reset: upside down, mostly
    REMOVED = "removed"  # pulled before it was read
    NO_ANSWER = "no-answer"  # fell silent in the middle of an exchange
    UNKNOWN_CARD = "unknown-card"  # neither a social-security nor a bank card
    BAD_DATA = "bad-data"  # one of them, with content that none has
    TOO_MUCH = "too-much"  # it wants more exchanges or more time than any card needs
    IN_USE = "in-use"  # another program has the card
    READER_LOST = "reader-lost"  # reader or pcscd went away in the middle


@dataclass(frozen=True, slots=True)
class CardRead(DeviceEvent):
    """A card was read; it is still in the reader."""

    card: SmartCard


@dataclass(frozen=True, slots=True)
class CardUnreadable(DeviceEvent):
    """A card could not be read. It is not tried again before it was taken out."""

    reason: UnreadableReason


@dataclass(frozen=True, slots=True)
class CardRemoved(DeviceEvent):
    """The card that was read, or could not be, has been taken out."""
