"""Bank cards (PBOC 3.0, EMV Books 1 and 3): which applications there are, and a little of the first.

No PIN, no transaction, no cryptogram is asked for; the track-2 equivalent (57) is never looked at.

Of each card one GET PROCESSING OPTIONS is sent, since it moves the card's transaction counter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.smart_card import tlv
from drivers.smart_card.apdu import (
    FILE_NOT_FOUND,
    RECORD_NOT_FOUND,
    BadAnswer,
    Channel,
    Command,
    Response,
    read_record,
    select_name,
)
from drivers.smart_card.card import Application, BankCard, CardWarning
from drivers.smart_card.text import digits, luhn_holds, masked, words

PSE = b"1PAY.SYS.DDF01"
"""Payment system environment, contact (EMV Book 1, 12.3.2)."""
PPSE = b"2PAY.SYS.DDF01"
"""Proximity payment system environment, contactless (EMV Book B)."""
UNIONPAY = bytes.fromhex("A000000333")
FALLBACK = tuple(UNIONPAY + bytes((1, 1, kind)) for kind in (1, 2, 3, 6))
"""Debit, credit, quasi-credit, electronic cash: for a card without a directory."""

_MOST_APPLICATIONS = 10
_LAST_SFI = 10
_MOST_RECORDS = 16
"""Of one entry of the AFL."""
_KEPT = frozenset({0x5A, 0x5F20, 0x9F0B, 0x9F61, 0x9F62})

_TERMINAL: dict[int, bytes] = {
    0x9F1A: b"\x01\x56",  # terminal country: China (ISO 3166)
    0x5F2A: b"\x01\x56",  # transaction currency: CNY (ISO 4217)
    0x9F35: b"\x25",  # terminal type: attended by nobody, offline only (EMV Book 4, A1)
}
"""What a PDOL is answered with; all else is zeros: no amount, no date, no random number."""
_QUALIFIERS = b"\x26\x00\x00\x00"
"""9F66 on a contactless reader: qPBOC and online PIN known. Unverified on cards."""


@dataclass(frozen=True, slots=True)
class _Listed:
    aid: bytes
    label: str
    priority: int


def read(channel: Channel, *, contactless: bool, warnings: set[CardWarning]) -> BankCard | None:
    """The card's bank applications; None where there is none. Raises what `Channel.exchange` does, and
    BadAnswer for data that no bank card has."""
    try:
        return _read(channel, contactless=contactless, warnings=warnings)
    except tlv.BadTlv as error:
        raise BadAnswer(str(error)) from error


def _read(channel: Channel, *, contactless: bool, warnings: set[CardWarning]) -> BankCard | None:
    listed = _directory(channel, contactless=contactless, warnings=warnings)
    for chosen in listed or [_Listed(aid, "", 0) for aid in FALLBACK]:
        selected = channel.exchange(select_name(chosen.aid))
        if selected.ok:
            break
    else:
        if listed:
            raise BadAnswer("none of the applications that it lists is there")
        return None
    fci = tlv.parse(selected.data)
    proper = next(tlv.inside(fci, 0x6F, 0xA5), None)
    own = proper.inner if proper else ()
    if log := tlv.value(own, 0xBF0C, 0x9F4D):
        channel.shut(log[0])
    label = chosen.label or words(tlv.value(own, 0x50) or b"", warnings)
    applications = tuple(Application(each.aid.hex().upper(), each.label) for each in listed)
    found = _records(channel, _options(channel, tlv.value(own, 0x9F38) or b"", contactless), warnings)
    number = digits(found.get(0x5A, b""))
    if not number:
        warnings.add(CardWarning.NO_NUMBER)
    elif not luhn_holds(number):
        warnings.add(CardWarning.NUMBER_CHECK_DIGIT)
    # 9F61 and 9F62 are the holder's in the contact profile of UnionPay; others put CVC3 data there.
    tells = chosen.aid.startswith(UNIONPAY) and not contactless
    name = found.get(0x5F20, b"").rstrip(b" \x00") + found.get(0x9F0B, b"")
    return BankCard(
        applications=applications or (Application(chosen.aid.hex().upper(), label),),
        aid=chosen.aid.hex().upper(),
        masked_number=masked(number),
        holder_name=words(name, warnings).removesuffix("/"),
        holder_id_number=words(found.get(0x9F61, b""), warnings) if tells else "",
        holder_id_type=_id_type(found.get(0x9F62, b"")) if tells else "",
    )


def _directory(channel: Channel, *, contactless: bool, warnings: set[CardWarning]) -> list[_Listed]:
    """What the card lists, by priority; nothing where it has no directory."""
    ways = (_from_ppse, _from_pse) if contactless else (_from_pse, _from_ppse)
    for way in ways:
        found: dict[bytes, _Listed] = {}
        for entry in way(channel):
            aid = tlv.value(entry.inner, 0x4F) or b""
            if 5 <= len(aid) <= 16 and len(found) < _MOST_APPLICATIONS:
                priority = (tlv.value(entry.inner, 0x87) or b"\x0f")[:1]
                label = words(tlv.value(entry.inner, 0x50) or b"", warnings)
                found.setdefault(aid, _Listed(aid, label, (priority or b"\x0f")[0] & 0x0F or 15))
        if found:
            return sorted(found.values(), key=lambda each: each.priority)
    return []


def _from_pse(channel: Channel) -> Iterator[tlv.Tlv]:
    selected = channel.exchange(select_name(PSE))
    if not selected.ok:
        return
    sfi = tlv.value(tlv.parse(selected.data), 0x6F, 0xA5, 0x88) or b""
    if len(sfi) != 1 or not 1 <= sfi[0] <= _LAST_SFI:
        return
    for number in range(1, _MOST_APPLICATIONS + 1):
        record = channel.exchange(read_record(number, sfi[0]))
        if not record.ok:
            return
        yield from tlv.inside(tlv.parse(record.data), 0x70, 0x61)


def _from_ppse(channel: Channel) -> Iterator[tlv.Tlv]:
    selected = channel.exchange(select_name(PPSE))
    if selected.ok:
        yield from tlv.inside(tlv.parse(selected.data), 0x6F, 0xA5, 0xBF0C, 0x61)


def _options(channel: Channel, pdol: bytes, contactless: bool) -> bytes:
    """The AFL that GET PROCESSING OPTIONS gives, in either format."""
    values = b"".join(_value(tag, length, contactless) for tag, length in tlv.data_object_list(pdol))
    size = bytes((len(values),)) if len(values) < 0x80 else bytes((0x81, len(values)))
    answer = channel.exchange(Command(0x80, 0xA8, 0x00, 0x00, b"\x83" + size + values, 256))
    if not answer.ok:
        raise BadAnswer(f"GET PROCESSING OPTIONS: {answer.sw:04X}")
    objects = tlv.parse(answer.data)
    if (packed := tlv.value(objects, 0x80)) is not None:
        return packed[2:]  # format 1: AIP (2 bytes), AFL
    return tlv.value(objects, 0x77, 0x94) or b""  # format 2


def _value(tag: int, length: int, contactless: bool) -> bytes:
    """Of `length` bytes: cut or filled on the right as for a binary object (EMV Book 3, 5.4)."""
    known = _QUALIFIERS if tag == 0x9F66 and contactless else _TERMINAL.get(tag, b"")
    return known[:length].ljust(length, b"\x00")


def _records(channel: Channel, afl: bytes, warnings: set[CardWarning]) -> dict[int, bytes]:
    """The wanted objects of the records that the AFL names (EMV Book 3, 10.2)."""
    found: dict[int, bytes] = {}
    if len(afl) % 4:
        raise BadAnswer("an AFL that is not whole")
    for at in range(0, len(afl), 4):
        sfi, first, last = afl[at] >> 3, afl[at + 1], afl[at + 2]
        if not 1 <= sfi <= 30 or afl[at] & 7 or not 1 <= first <= last < first + _MOST_RECORDS:
            raise BadAnswer("an AFL that names no records")
        if sfi > _LAST_SFI or channel.is_shut(sfi):  # the issuer's files, the transaction log
            warnings.add(CardWarning.UNREADABLE_RECORD)
            continue
        for number in range(first, last + 1):
            for each in _template(channel.exchange(read_record(number, sfi)), warnings):
                if each.tag in _KEPT:
                    found.setdefault(each.tag, each.value)
    return found


def _template(answer: Response, warnings: set[CardWarning]) -> tuple[tlv.Tlv, ...]:
    if not answer.ok:
        if answer.sw not in (RECORD_NOT_FOUND, FILE_NOT_FOUND):
            warnings.add(CardWarning.UNREADABLE_RECORD)
        return ()
    try:
        outer = next(tlv.inside(tlv.parse(answer.data), 0x70), None)
    except tlv.BadTlv:
        outer = None
    if outer is None:
        warnings.add(CardWarning.UNREADABLE_RECORD)
        return ()
    return outer.inner


def _id_type(value: bytes) -> str:
    """As two digits: cards hold them as text (`00`) or as one BCD byte."""
    if len(value) == 2 and value.isdigit():
        return value.decode("ascii")
    return value.hex() if len(value) == 1 else ""
