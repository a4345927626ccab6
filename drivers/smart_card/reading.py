"""A card from its power-on: every application on it that is known here, each for itself."""

from __future__ import annotations

from drivers.smart_card import bank_card, social_security
from drivers.smart_card.apdu import BadAnswer, BudgetSpent, Channel
from drivers.smart_card.card import CardWarning, SmartCard
from drivers.smart_card.events import UnreadableReason


def is_contactless(atr: bytes) -> bool:
    """Whether an ATR is one that a contactless reader made up (PC/SC part 3, 3.1.3.2.3)."""
    return len(atr) >= 4 and atr[0] == 0x3B and atr[1] >> 4 == 8 and atr[2:4] == b"\x80\x01"


def read_card(channel: Channel, atr: bytes) -> SmartCard | UnreadableReason:
    """What is on the card, or why nothing could be read. An application that is damaged does not take the
    other with it. Raises Unwanted, and what the channel's `transmit` raises."""
    contactless = is_contactless(atr)
    warnings: set[CardWarning] = set()
    reason = UnreadableReason.UNKNOWN_CARD
    social = bank = None
    try:
        social = social_security.read(channel, warnings)
    except BadAnswer as error:
        reason = _reason(error)
        warnings.add(CardWarning.SOCIAL_SECURITY_UNREADABLE)
    try:
        bank = bank_card.read(channel, contactless=contactless, warnings=warnings)
    except BadAnswer as error:
        reason = _reason(error)
        warnings.add(CardWarning.BANK_UNREADABLE)
    if social is None and bank is None:
        return reason
    return SmartCard(
        contactless=contactless, social_security=social, bank=bank, warnings=tuple(sorted(warnings))
    )


def _reason(error: BadAnswer) -> UnreadableReason:
    return UnreadableReason.TOO_MUCH if isinstance(error, BudgetSpent) else UnreadableReason.BAD_DATA
