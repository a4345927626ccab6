"""What a scanner puts on its wire for a code that is held under it: serial frames, or HID POS reports."""

from __future__ import annotations

from typing import Any

ENDS = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "silence": b""}
AIM = {
    "qr-code": b"]Q1",
    "code-128": b"]C0",
    "code-39": b"]A0",
    "ean-upc": b"]E0",
    "pdf417": b"]L0",
    "data-matrix": b"]d1",
    "aztec": b"]z0",
    "maxicode": b"]U0",
}
"""Identifiers by symbology; MaxiCode is one that a terminal has no use for."""

REPORT_ID, DATA_SIZE = 2, 56
DESCRIPTOR = bytes.fromhex(
    "058C 0902 A101"  # usage page 8C, usage Bar Code Scanner, application collection
    "0912 A102 8502 1500 26FF00 7508"  # Scanned Data Report, id 2, bytes
    "9501 0501 093B 8102"  # Byte Count
    "9503 058C 09FB 09FC 09FD 8102"  # Symbology Identifier 1 to 3
    "9538 09FE 820201"  # Decoded Data: 56 buffered bytes
    "9501 7501 2501 09FF 8102 9507 8103 C0"  # Decode Data Continued, and seven bits of nothing
    "0914 A102 8504 1500 2501 7501 9502 0960 095F 9102 9506 9103 C0"  # Trigger Report, id 4: output
    "C0"
)
"""As well-known HID POS scanners lay it out: 2 | length | AIM identifier | 56 bytes | continued."""
KEYBOARD = bytes.fromhex(
    "0501 0906 A101 0507 19E0 29E7 1500 2501 7501 9508 8102 9501 7508 8101"
    "9506 7508 1500 25FF 0507 1900 29FF 8100 C0"
)
"""A keyboard that a scanner shows as in its factory setting (boot protocol, HID 1.11 appendix B.1)."""


def body_of(request: dict[str, Any]) -> bytes:
    """What the symbol holds: `hex`, or `text` in an `encoding`. Raises ValueError, KeyError."""
    if "hex" in request:
        return bytes.fromhex(request["hex"])
    text: str = request["text"]
    if "encoding" not in request:
        return text.encode("utf-8", "surrogatepass")
    return text.encode(request["encoding"])


def identifier_of(request: dict[str, Any]) -> bytes:
    """The AIM identifier of `symbology`; one that is no word of ours is sent as it is. Raises ValueError."""
    name = str(request.get("symbology", "qr-code"))
    found = AIM.get(name, name.encode("ascii"))
    if len(found) != 3:
        raise ValueError(f"symbology {name!r} is none of {', '.join(AIM)}, nor an identifier such as ]Q1")
    return found


def reports(body: bytes, identifier: bytes) -> list[bytes]:
    """The reports of one code; an empty one makes one report."""
    parts = [body[start : start + DATA_SIZE] for start in range(0, len(body), DATA_SIZE)] or [b""]
    last = len(parts) - 1
    return [
        bytes([REPORT_ID, len(part)]) + identifier + part.ljust(DATA_SIZE, b"\0") + bytes([number < last])
        for number, part in enumerate(parts)
    ]
