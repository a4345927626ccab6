"""What a smart card says, as values. Their `repr` and `str` show none of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CardWarning(StrEnum):
    """Something to know about a card that was read; never a reason to discard it."""

    HOLDER_WITHHELD = "holder-withheld"
    """A third-generation social-security card: its holder stands behind an authentication that nobody here
    can give (a PSAM or an HSM with the key RKssse)."""
    CHECK_DIGIT = "check-digit"
    NUMBER_CHECK_DIGIT = "number-check-digit"
    NO_NUMBER = "no-number"
    UNDECODABLE_TEXT = "undecodable-text"
    UNREADABLE_RECORD = "unreadable-record"
    SOCIAL_SECURITY_UNREADABLE = "social-security-unreadable"
    BANK_UNREADABLE = "bank-unreadable"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Holder:
    """EF06 of a social-security card. `birth` is ``YYYYMMDD``; a field that the card lacks is empty.

    `sex_code` by GB/T 2261.1, `nation_code` by GB/T 3304, `birthplace_code` by GB/T 2260.
    """

    id_number: str
    name: str
    sex_code: str = ""
    nation_code: str = ""
    birthplace_code: str = ""
    birth: str = ""

    def __repr__(self) -> str:
        return "<Holder, contents withheld>"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SocialSecurityCard:
    """社会保障卡. `generation` is 1, 2 or 3; `holder` is None where the card does not release it.

    `card_id` (卡识别码) and `institution` are hexadecimal; dates are ``YYYYMMDD``. What the card lacks or
    refuses is empty.
    """

    generation: int
    version: str
    card_number: str
    card_id: str = ""
    card_class: str = ""
    institution: str = ""
    issued: str = ""
    expires: str = ""
    holder: Holder | None = None

    def __repr__(self) -> str:
        return f"<SocialSecurityCard of generation {self.generation}, contents withheld>"

    @property
    def region(self) -> str:
        """GB/T 2260 code of where it was issued: the first six digits of the card's id."""
        return self.card_id[:6]


@dataclass(frozen=True, slots=True)
class Application:
    """An application that a bank card lists: AID in hexadecimal, the label that the card gives it."""

    aid: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BankCard:
    """A PBOC or EMV card, as much of it as is read. The number is never whole: first six, last four digits.

    `applications` are all, in the card's order of priority; the rest is of `aid`. Holder's number and type
    (``00`` 身份证, ``01`` 军官证, ``02`` 护照, ``03`` 入境证, ``04`` 临时身份证, ``05`` 其它) are there in a
    UnionPay application in the contact profile only, and not always.
    """

    applications: tuple[Application, ...]
    aid: str
    masked_number: str
    holder_name: str = ""
    holder_id_number: str = ""
    holder_id_type: str = ""

    def __repr__(self) -> str:
        return f"<BankCard {self.aid[:10]}, contents withheld>"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SmartCard:
    """One card as read: one or both of the applications that are known here."""

    contactless: bool
    social_security: SocialSecurityCard | None = None
    bank: BankCard | None = None
    warnings: tuple[CardWarning, ...] = ()

    def __repr__(self) -> str:
        kinds = [
            name
            for name, there in (("social security", self.social_security), ("bank", self.bank))
            if there is not None
        ]
        return f"<SmartCard: {' and '.join(kinds)}, contents withheld>"
