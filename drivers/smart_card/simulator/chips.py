"""What is on a card: files and records made from an order, as LD/T 32 and EMV lay them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SSSE = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")  # sx1.sh.社会保障 in GBK
PSE = b"1PAY.SYS.DDF01"
PPSE = b"2PAY.SYS.DDF01"
WAYS = ("tag", "number", "selected", "selected-tag")
"""How a social-security card lets its records be addressed."""
PDOL = bytes.fromhex("9F66049F02069F03069F1A0295055F2A029A039C019F3704")
"""As captured of a PBOC card: 33 bytes are wanted."""


def tlv(tag: str, *values: bytes) -> bytes:
    """One object; `tag` in hexadecimal."""
    value = b"".join(values)
    if len(value) < 0x80:
        size = bytes((len(value),))
    elif len(value) < 0x100:
        size = b"\x81" + bytes((len(value),))
    else:
        size = b"\x82" + len(value).to_bytes(2, "big")
    return bytes.fromhex(tag) + size + value


@dataclass
class Application:
    """`files` by SFI, each a list of records, counted from 1. `refused` are files that answer 6982."""

    name: bytes
    fci: bytes
    files: dict[int, list[bytes]] = field(default_factory=dict)
    refused: tuple[int, ...] = ()
    ways: tuple[str, ...] = ("number",)
    options: bytes | None = None
    """What GET PROCESSING OPTIONS gives; None where there is no such command."""
    options_size: int | None = None
    """Bytes of PDOL values that it asks for."""


def social_security(order: dict[str, Any]) -> Application:
    """社会保障卡 of ``generation`` 1, 2 or 3. Raises ValueError for what does not fit."""
    generation = int(order.get("generation", 2))
    if generation not in (1, 2, 3):
        raise ValueError("generation must be 1, 2 or 3")
    ways = tuple(order.get("ways", ("tag", "number")))
    if not ways or not set(ways) <= set(WAYS):
        raise ValueError(f"ways must be some of {', '.join(WAYS)}")
    name, rest = _name(str(order["name"]), split=generation > 1)
    issuer = [
        _record(0x01, bytes.fromhex(order.get("card_id", "120100" + "0" * 26)), 16),
        _record(0x02, b"1", 1),
        _record(0x03, order.get("version", f"{generation}.00").encode(), 4),
        _record(0x04, bytes.fromhex("9156000001" + "12010000000001"), 12),
        _record(0x05, bytes.fromhex(order.get("issued", "20200101")), 4),
        _record(0x06, bytes.fromhex(order.get("expires", "20300101")), 4),
        _record(0x07, str(order["card_number"]).encode(), 9),
    ]
    holder = [_record(0x08, str(order["id_number"]).encode(), 18), _record(0x09, name, 30)]
    if generation > 1:
        holder.append(_record(0x4E, rest, 20))
    holder += [
        _record(0x0A, str(order.get("sex", "1")).encode(), 1),
        _record(0x0B, bytes.fromhex(order.get("nation", "01")), 1),
        _record(0x0C, bytes.fromhex(order.get("birthplace", "120101")), 3),
        _record(0x0D, bytes.fromhex(str(order["id_number"])[6:14]), 4),
    ]
    fci = tlv("6F", tlv("84", SSSE), tlv("A5", tlv("9F0C", b"\x03\x86\x01\x01")))
    files = {5: issuer, 6: holder}
    return Application(SSSE, fci, files, refused=(6,) if generation == 3 else (), ways=ways)


def _name(name: str, *, split: bool) -> tuple[bytes, bytes]:
    """In GBK: the first 30 bytes, and the rest."""
    text = name.encode("gbk")
    if len(text) > (50 if split else 30):
        raise ValueError("name is too long")
    return text[:30], text[30:]


def _record(tag: int, value: bytes, size: int) -> bytes:
    if len(value) > size:
        raise ValueError(f"record {tag:02X} holds {size} bytes")
    return bytes((tag, size)) + value.ljust(size, b"\x00")


def bank(orders: list[dict[str, Any]], *, contactless: bool, directory: bool) -> list[Application]:
    """The directory, and an application for each order. Raises ValueError for what does not fit."""
    found = [_payment(order, contactless=contactless) for order in orders]
    if directory and found:
        entries = [
            tlv(
                "61",
                tlv("4F", each.name),
                tlv("50", str(order.get("label", "PBOC DEBIT")).encode()),
                tlv("87", bytes((int(order.get("priority", place)),))),
            )
            for place, (each, order) in enumerate(zip(found, orders, strict=True), start=1)
        ]
        if contactless:
            fci = tlv("6F", tlv("84", PPSE), tlv("A5", tlv("BF0C", *entries)))
            found.append(Application(PPSE, fci))
        else:
            fci = tlv("6F", tlv("84", PSE), tlv("A5", tlv("88", b"\x01")))
            found.append(Application(PSE, fci, {1: [tlv("70", entry) for entry in entries]}))
    return found


def _payment(order: dict[str, Any], *, contactless: bool) -> Application:
    aid = bytes.fromhex(order.get("aid", "A000000333010101"))
    label = tlv("50", str(order.get("label", "PBOC DEBIT")).encode())
    number = str(order["number"])
    packed = bytes.fromhex(number + "F" * (len(number) % 2))
    log = bytes((int(order.get("log_sfi", 11)), 10))
    asks = order.get("pdol", True)
    pdol = tlv("9F38", PDOL) if asks else b""
    fci = tlv("6F", tlv("84", aid), tlv("A5", label, pdol, tlv("BF0C", tlv("9F4D", log))))
    track = tlv("57", bytes.fromhex((number + "D30012200000000" + "F")[: (len(number) + 15) // 2 * 2]))
    people = [tlv("5F20", str(order["name"]).encode("gbk"))]
    if "id_number" in order:
        people += [tlv("9F61", str(order["id_number"]).encode()), tlv("9F62", b"00")]
    if "cvc3" in order:
        people += [tlv("9F61", bytes.fromhex(order["cvc3"])), tlv("9F62", b"\x00\x00\x00\x00\x00\x38")]
    # A value that looks like a card number's tag and length: only a search for text falls for it.
    bait = tlv("9F1F", bytes.fromhex("5A0A99999999999999999999"))
    files = {
        2: [tlv("70", track, bait, *people), tlv("70", tlv("5F24", b"\x30\x01\x31"), tlv("5A", packed))],
        int(log[0]): [bytes.fromhex("2026010112000000010000") for _ in range(10)],
    }
    if order.get("no_number"):
        files[2][1] = tlv("70", tlv("5F24", b"\x30\x01\x31"))
    afl = bytes((2 << 3, 1, 2, 0))
    if order.get("log_in_afl"):
        afl += bytes((log[0] << 3, 1, 10, 0))
    profile = b"\x7c\x00"
    if int(order.get("format", 2)) == 1:
        options = tlv("80", profile, afl)
    else:
        options = tlv("77", tlv("82", profile), tlv("94", afl))
    return Application(aid, fci, files, options=options, options_size=33 if asks else 0)


def applications(order: dict[str, Any]) -> list[Application]:
    """Everything that an order puts on a card."""
    found = bank(
        order.get("bank", []),
        contactless=bool(order.get("contactless")),
        directory=bool(order.get("directory", True)),
    )
    if "social_security" in order:
        found.append(social_security(order["social_security"]))
    return found
