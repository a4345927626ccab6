"""Resident ID card readers that speak SDT over a serial line or USB. See docs/drivers/id-card.md."""

from drivers.id_card.card import CardType, CardWarning, Finger, Fingerprint, IdCard
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
    "Finger",
    "Fingerprint",
    "IdCard",
    "IdCardReader",
    "PhotoDecoder",
    "UnreadableReason",
]
