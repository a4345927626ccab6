"""What a citizen brings to a login: a card, a number, a face. Personal data, none of it in a repr."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MAX_PICTURE = 512 * 1024
"""Bytes of a picture: 640 by 480 has some 60 KB; in an assertion it grows by 16/9 (base64 twice)."""

_JPEG = b"\xff\xd8\xff"


class CardType(StrEnum):
    """`card_type` of the card assertion."""

    RESIDENT = "resident"
    HMT = "hmt"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, repr=False)
class CardFacts:
    """What the assertion says of the card at the reader."""

    number: str
    name: str
    sam_id: str
    card_type: CardType


@dataclass(frozen=True, slots=True, repr=False)
class Face:
    """A live picture and when the citizen agreed, separately, that the platform compares it.

    `jpeg` is at most MAX_PICTURE bytes; `consent_at` is aware. Raises ValueError for anything else. The
    picture is kept nowhere: it goes with this object.
    """

    jpeg: bytes
    consent_at: datetime

    def __post_init__(self) -> None:
        """See the class."""
        if not self.jpeg.startswith(_JPEG) or len(self.jpeg) > MAX_PICTURE:
            raise ValueError(f"a face is a JPEG of at most {MAX_PICTURE} bytes")
        if self.consent_at.tzinfo is None:
            raise ValueError("consent_at has no time zone")

    def claims(self) -> dict[str, str]:
        """As the assertion says it (contracts/identity.md)."""
        return {
            "face": b64encode(self.jpeg).decode(),
            "face_consent_at": self.consent_at.isoformat(timespec="seconds"),
        }
