"""The line protocol: one JSON object a line, from and to the vendor's adapter. Nothing of a card is taken.

A line is judged before it is read: one that carries a run of 13 or more digits, or a name under which card
data travels, is refused whole (`CardData`), whatever else it says; so is every field that is not ours.
The protocol is our own (docs/drivers/payment-terminal.md): there is no public standard for it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Literal

import msgspec

from drivers.exc import DriverError

LONGEST_LINE = 4096
"""Bytes of a line, its end included."""
_DEEPEST = 4

# A card number has 13 to 19 digits (ISO/IEC 7812-1); they are also written in groups. A longer run may
# hold one. No field of ours is anywhere near.
_DIGITS = re.compile(r"(?:\d[ \t\-._]{0,2}){12,}\d")
# Names of fields of magnetic stripes, chips and their messages (ISO 8583, EMV), without marks between.
_CARD_NAMES = frozenset(
    {
        *("pan", "card", "cardno", "cardnum", "cardnumber", "cardholder", "cardholdername", "primaryaccount"),
        *("primaryaccountnumber", "account", "accountnumber", "track", "track1", "track2", "track3"),
        *("track2data", "trackdata", "pin", "pinblock", "cvv", "cvv2", "cvc", "cvn", "cvn2", "expiry"),
        *("expirydate", "exp", "expdate", "expiration", "emv", "emvdata", "field55", "de2", "de35", "de52"),
        *("卡号", "银行卡号", "密码", "有效期", "磁道"),
    }
)
_MARKS = re.compile(r"[^0-9a-z\u4e00-\u9fff]")


class BadMessage(DriverError, ValueError):  # noqa: N818 - says what the line is
    """A line that is no message of this protocol."""


class CardData(BadMessage):
    """A line that carries, or may carry, something of a card."""


class State(StrEnum):
    """What the adapter says of the terminal."""

    READY = "ready"
    BUSY = "busy"
    OUT_OF_SERVICE = "out-of-service"


class Step(StrEnum):
    """What the customer sees at the terminal."""

    INSERT_CARD = "insert-card"
    PROCESSING = "processing"


class Result(StrEnum):
    """What the terminal says of the dialogue. Whether it was paid is for the gateway to say."""

    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A message of the adapter: an `answer` to the request `id`, or an `event` of the sale `id`."""

    id: int
    answer: Literal["status", "accepted", "refused"] | None = None
    state: State | None = None
    model: str | None = None
    event: Literal["insert-card", "processing", "ended"] | None = None
    result: Result | None = None


def encode(request: dict[str, int | str]) -> bytes:
    """A request's line."""
    return msgspec.json.encode(request) + b"\n"


def decode(line: bytes) -> Message:
    """The message of a line without its end. Raises CardData, BadMessage; neither quotes the line."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise BadMessage("not UTF-8") from None
    if _DIGITS.search(text):
        raise CardData("a long run of digits")
    try:
        whole: object = msgspec.json.decode(line)  # which takes no half of a character, as json does
    except (ValueError, RecursionError):
        raise BadMessage("no JSON") from None
    # Escapes (\u0036...) hide digits from the look at the line itself.
    _look(whole, 0)
    try:
        message = msgspec.convert(whole, Message)
    except msgspec.ValidationError:
        raise BadMessage("not of this protocol") from None
    if not _makes_sense(message):
        raise BadMessage("fields that do not go together")
    return message


def _look(value: Any, depth: int) -> None:
    """Raise CardData for what may be of a card, at any depth."""
    if depth > _DEEPEST:
        raise BadMessage("too deep")
    match value:
        case dict():
            for name, held in value.items():
                if _MARKS.sub("", name.lower()) in _CARD_NAMES or _DIGITS.search(name):
                    raise CardData("a field of a card")
                _look(held, depth + 1)
        case list():
            for held in value:
                _look(held, depth + 1)
        case str() if _DIGITS.search(value):
            raise CardData("a long run of digits")


def _makes_sense(message: Message) -> bool:
    if (message.answer is None) == (message.event is None):
        return False
    if (message.answer == "status") != (message.state is not None):
        return False
    if message.model is not None and message.answer != "status":
        return False
    return (message.event == "ended") == (message.result is not None)
