"""Fictional people's cards, as orders to the simulator. The ID number is the standard's own specimen; the
bank card's is made up, with a right check digit."""

from __future__ import annotations

from typing import Any

PERSON = {"name": "虚构·测试人", "id_number": "11010519491231002X"}
SOCIAL: dict[str, Any] = {
    **PERSON,
    "generation": 2,
    "card_number": "A12345678",
    "sex": "2",
    "nation": "01",
    "birthplace": "110105",
}
BANK: dict[str, Any] = {**PERSON, "number": "6217990000000000006"}
OTHER_SCHEME: dict[str, Any] = {
    "name": "XUGOU/CESHI",
    "number": "4000000000000002",
    "aid": "A0000000031010",
    "label": "OTHER",
    "cvc3": "313131303130",
}


def social_card(**changes: Any) -> dict[str, Any]:
    """A card with the social-security application alone."""
    return {"social_security": {**SOCIAL, **changes}}


def bank_card(**changes: Any) -> dict[str, Any]:
    """A card with one bank application."""
    return {"bank": [{**BANK, **changes}]}


def both() -> dict[str, Any]:
    """A social-security card of the second generation with its bank application."""
    return {"social_security": SOCIAL, "bank": [BANK]}
