"""What an identity card says, as a value. Its `repr` and `str` show none of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Finger(StrEnum):
    """Whether a finger's template is on the card."""

    REGISTERED = "registered"
    FAILED = "failed"
    NOT_REGISTERED = "not-registered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, repr=False)
class Fingerprint:
    """One of a card's two fingerprint blocks. Its `repr` shows nothing of it.

    `finger` is the code of GA/T 1012: 11 to 15 the right hand from the thumb, 16 to 20 the left, 97 to 99
    uncertain. `template` is the block as read, 512 bytes.
    """

    state: Finger
    finger: int
    quality: int
    template: bytes

    def __repr__(self) -> str:
        return "<Fingerprint, contents withheld>"


class CardType(StrEnum):
    """The four text layouts in circulation, told apart by the type letter at byte 248 of the text."""

    RESIDENT = "resident"  # 居民身份证, no letter
    HMT = "hmt"  # 港澳台居民居住证, "J"
    FOREIGN_2017 = "foreign-2017"  # 外国人永久居留身份证, "I"
    FOREIGN_2023 = "foreign-2023"  # 外国人永久居留身份证 (五星卡), "Y"


class CardWarning(StrEnum):
    """Something to know about a card; never a reason to discard it: the chip is authoritative."""

    CHECK_DIGIT = "check-digit"
    BIRTH_MISMATCH = "birth-mismatch"
    UNKNOWN_SEX = "unknown-sex"
    UNKNOWN_NATION = "unknown-nation"
    UNDECODABLE_TEXT = "undecodable-text"
    NEW_ADDRESS_UNREAD = "new-address-unread"
    PHOTO_HEADER = "photo-header"
    PHOTO_UNDECODABLE = "photo-undecodable"
    FINGERPRINT_HEADER = "fingerprint-header"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IdCard:
    """One card as read. Text is as the chip has it (never normalised), without the padding on the right.

    `birth`, `valid_from` and `valid_to` are ``YYYYMMDD``; `valid_to` may be ``长期``. `name` is the Chinese
    name where the card has one, else the English one. A code that no table knows stands in its word's place
    as well. A field that the card's layout lacks is empty, and None where only other layouts have it.
    """

    card_type: CardType
    name: str
    sex_code: str
    sex: str
    birth: str
    id_number: str
    valid_from: str
    valid_to: str
    nation_code: str = ""
    nation: str = ""
    address: str = ""
    issuer: str = ""
    photo: bytes = b""  # 1024 bytes of WLT, as read
    portrait: bytes | None = None  # the photo as an image file, when a decoder is plugged in
    sam_id: str = ""  # of the reader's SAM, e.g. 05.01-20200101-0000123456-0987654321
    new_address: str | None = None  # 追加地址; None when the card has none
    fingerprints: tuple[Fingerprint, ...] = ()  # none, or two; only where they were asked for
    warnings: tuple[CardWarning, ...] = ()
    pass_number: str | None = None  # hmt: 通行证号码
    issue_count: str | None = None  # hmt: 签发次数
    chinese_name: str | None = None  # foreign
    english_name: str | None = None  # foreign
    nationality: str | None = None  # foreign: ISO 3166 alpha-3
    card_version: str | None = None  # foreign-2017
    authority_code: str | None = None  # foreign-2017: 受理机关代码
    renew_count: str | None = None  # foreign-2023: 换证次数
    previous_number: str | None = None  # foreign-2023: number of the 2017 card it replaces

    def __repr__(self) -> str:
        return f"<IdCard {self.card_type.value}, contents withheld>"
