"""Social-security and bank cards through PC/SC, in a process of its own. See docs/drivers/smart-card.md."""

from drivers.smart_card.card import (
    Application,
    BankCard,
    CardWarning,
    Holder,
    SmartCard,
    SocialSecurityCard,
)
from drivers.smart_card.events import CardRead, CardRemoved, CardUnreadable, UnreadableReason
from drivers.smart_card.health import Condition
from drivers.smart_card.link import DEFAULT_PYTHON
from drivers.smart_card.reader import SmartCardReader

__all__ = [
    "DEFAULT_PYTHON",
    "Application",
    "BankCard",
    "CardRead",
    "CardRemoved",
    "CardUnreadable",
    "CardWarning",
    "Condition",
    "Holder",
    "SmartCard",
    "SmartCardReader",
    "SocialSecurityCard",
    "UnreadableReason",
]
