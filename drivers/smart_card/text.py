"""Values of cards as text: GBK, BCD, and what pads them."""

from __future__ import annotations

from drivers.smart_card.card import CardWarning


def words(value: bytes, warnings: set[CardWarning]) -> str:
    """GBK text without its padding (00, 20, FF on the right). Half a character is U+FFFD, and a warning.

    Decoded as GB 18030, which holds all of GBK, and the rare characters of names besides.
    """
    text = value.rstrip(b"\x00 \xff").decode("gb18030", "replace")
    if "\ufffd" in text:
        warnings.add(CardWarning.UNDECODABLE_TEXT)
    return text.rstrip("\x00 ")


def digits(value: bytes) -> str:
    """BCD digits, padded with F on the right; nothing where there are others."""
    text = value.hex().rstrip("f")
    return text if text.isdecimal() else ""


def date(value: bytes) -> str:
    """A BCD date ``YYYYMMDD``; nothing where it is none."""
    text = digits(value)
    return text if len(text) == 8 and text > "00000000" else ""


def luhn_holds(number: str) -> bool:
    """Whether a card number ends in its check digit (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0


def masked(number: str) -> str:
    """First six and last four digits of a card number; of a number too short for that, none."""
    if len(number) < 13:
        return "*" * len(number)
    return number[:6] + "*" * (len(number) - 10) + number[-4:]
