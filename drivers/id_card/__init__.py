"""Resident ID card readers that speak the SDT protocol over a serial line. See docs/drivers/id-card.md."""

from drivers.id_card.card import CardType, CardWarning, IdCard
from drivers.id_card.events import CardRead, CardRemoved, CardUnreadable, UnreadableReason
from drivers.id_card.health import Condition
from drivers.id_card.photo import PhotoDecoder
from drivers.id_card.reader import IdCardReader

__all__ = [
    "CardRead",
    "CardRemoved",
    "CardType",
    "CardUnreadable",
    "CardWarning",
    "Condition",
    "IdCard",
    "IdCardReader",
    "PhotoDecoder",
    "UnreadableReason",
]
