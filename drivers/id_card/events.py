"""What the ID card reader has to say, besides `HealthChanged`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.device import DeviceEvent
from drivers.id_card.card import IdCard


class UnreadableReason(StrEnum):
    """Why a card in the field was not read. What to tell the citizen is in docs/drivers/id-card.md."""

    SELECT_FAILED = "select-failed"  # SW3 81: mostly a card lifted too soon
    READ_FAILED = "read-failed"  # SW3 41: mostly a card lifted too soon
    UNKNOWN_CARD_TYPE = "unknown-card-type"  # SW3 40
    CARD_REJECTS_READER = "card-rejects-reader"  # SW3 31
    READER_REJECTS_CARD = "reader-rejects-card"  # SW3 32
    VERIFICATION_FAILED = "verification-failed"  # SW3 33, 3F, 47
    NO_ANSWER = "no-answer"  # the reader fell silent while it had the card
    GARBLED = "garbled"  # answers arrived damaged, twice
    BAD_DATA = "bad-data"  # a whole frame whose content is not a card's
    OTHER = "other"  # any other status


@dataclass(frozen=True, slots=True)
class CardRead(DeviceEvent):
    """A card was read; it is still on the reader."""

    card: IdCard


@dataclass(frozen=True, slots=True)
class CardUnreadable(DeviceEvent):
    """A card was there and could not be read; the reader goes on asking. Said once per placing and reason."""

    reason: UnreadableReason


@dataclass(frozen=True, slots=True)
class CardRemoved(DeviceEvent):
    """The card that was read has left the field."""
