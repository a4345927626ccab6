"""The social-security application 社会保障卡 (LD/T 32-2015), generations 1 to 3, by tag.

Only EF05 (issuer data) and EF06 (holder basics) are read. A record is `tag(1) len(1) value`. The numbers of
records shift between generations, so what a record is says its tag. Three ways to address one are in
circulation, and a card may know one only; the first that answers is kept to.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from drivers.id_card.codes import number_holds
from drivers.smart_card.apdu import OK, BadAnswer, Channel, Command, read_record, select_name
from drivers.smart_card.card import CardWarning, Holder, SocialSecurityCard
from drivers.smart_card.text import date, digits, words

NAME = "sx1.sh.社会保障".encode("gbk")
"""The environment SSSE: 15 bytes."""

_LENGTHS: dict[int, dict[int, int]] = {
    5: {0x03: 4, 0x01: 16, 0x02: 1, 0x04: 12, 0x05: 4, 0x06: 4, 0x07: 9},
    6: {0x08: 18, 0x09: 30, 0x4E: 20, 0x0A: 1, 0x0B: 1, 0x0C: 3, 0x0D: 4},
}
"""The files by SFI: tag, and the bytes of its value; the version first, for a generation depends on it."""
_MOST_RECORDS = 10


class _Way(Enum):
    """How a record is addressed."""

    TAG = "SFI and tag"
    NUMBER = "SFI and record number"
    SELECTED = "the file selected, and record number"
    SELECTED_TAG = "the file selected, and tag"


def read(channel: Channel, warnings: set[CardWarning]) -> SocialSecurityCard | None:
    """The application; None where the card has none. Raises what `Channel.exchange` does."""
    if not channel.exchange(select_name(NAME)).ok:
        return None
    way, issuer = _first(channel, warnings)
    version = words(issuer.get(0x03, b""), warnings)
    generation = {"1": 1, "3": 3}.get(version[:1], 2)  # `2.xx`; and 00 on some cards of the second
    if not issuer.get(0x07) and not issuer.get(0x01):
        raise BadAnswer("a social-security card without a number")
    holder = None
    if generation == 3:
        warnings.add(CardWarning.HOLDER_WITHHELD)
    else:
        holder = _holder(_records(channel, 6, way, warnings), warnings)
    return SocialSecurityCard(
        generation=generation,
        version=version,
        card_number=words(issuer.get(0x07, b""), warnings),
        card_id=issuer.get(0x01, b"").hex().upper(),
        card_class=words(issuer.get(0x02, b""), warnings),
        institution=issuer.get(0x04, b"").hex().upper(),
        issued=date(issuer.get(0x05, b"")),
        expires=date(issuer.get(0x06, b"")),
        holder=holder,
    )


def _first(channel: Channel, warnings: set[CardWarning]) -> tuple[_Way, Mapping[int, bytes]]:
    """The way that this card knows, and its EF05."""
    for way in _Way:
        found = _records(channel, 5, way, warnings)
        if 0x03 in found or 0x07 in found:
            return way, found
    raise BadAnswer("no way of addressing its records is known")


def _records(channel: Channel, sfi: int, way: _Way, warnings: set[CardWarning]) -> dict[int, bytes]:
    """A file's records by tag; those that the card lacks or refuses are left out."""
    if way in (_Way.SELECTED, _Way.SELECTED_TAG):
        place = 0
        identifier = bytes((0xEF, sfi))
        if not any(channel.exchange(Command(0x00, 0xA4, p1, 0x00, identifier)).ok for p1 in (0x02, 0x00)):
            return {}
    else:
        place = sfi
    if way in (_Way.TAG, _Way.SELECTED_TAG):
        return _by_tag(channel, sfi, place, warnings)
    return _by_number(channel, place, warnings)


def _by_tag(channel: Channel, sfi: int, place: int, warnings: set[CardWarning]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for tag, length in _LENGTHS[sfi].items():
        answer = channel.exchange(read_record(tag, place, le=length + 2, by_tag=True))
        if answer.sw != OK:
            if not found and sfi == 5:
                return {}  # it does not know the way
            continue
        record = _record(answer.data)
        if record is None or record[0] != tag:
            warnings.add(CardWarning.UNREADABLE_RECORD)
            continue
        found[tag] = record[1]
    return found


def _by_number(channel: Channel, place: int, warnings: set[CardWarning]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for number in range(1, _MOST_RECORDS + 1):
        answer = channel.exchange(read_record(number, place))
        if answer.sw != OK:
            if not found or answer.sw == 0x6A83:  # RECORD NOT FOUND: the last was read
                break
            continue
        record = _record(answer.data)
        if record is None:
            warnings.add(CardWarning.UNREADABLE_RECORD)
        else:
            found.setdefault(*record)
    return found


def _record(data: bytes) -> tuple[int, bytes] | None:
    """Tag and value; None where the length does not fit. What follows the value is padding."""
    if len(data) < 2 or len(data) < 2 + data[1]:
        return None
    return data[0], data[2 : 2 + data[1]]


def _holder(found: Mapping[int, bytes], warnings: set[CardWarning]) -> Holder | None:
    if 0x08 not in found and 0x09 not in found:
        warnings.add(CardWarning.UNREADABLE_RECORD)
        return None
    number = words(found.get(0x08, b""), warnings)
    if number and not number_holds(number):
        warnings.add(CardWarning.CHECK_DIGIT)
    # A name that goes on in 4E may be cut between the two bytes of a character.
    name = found.get(0x09, b"").rstrip(b"\x00 ") + found.get(0x4E, b"")
    return Holder(
        id_number=number,
        name=words(name, warnings),
        sex_code=words(found.get(0x0A, b""), warnings),
        nation_code=digits(found.get(0x0B, b"")),
        birthplace_code=digits(found.get(0x0C, b"")),
        birth=date(found.get(0x0D, b"")),
    )
