"""The simulator is a witness: independent, and honest about what it was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drivers.smart_card.simulator.card import Card
from drivers.smart_card.simulator.server import Simulator
from tests.drivers.independence import loaded, names_no_driver
from tests.drivers.smart_card.people import bank_card, social_card

FOLDER = Path("drivers/smart_card/simulator")
DRIVER = "drivers.smart_card"


def test_it_imports_nothing_of_the_driver() -> None:
    """Loaded with the driver's package emptied, it finds all it needs in itself and the simulators' kit."""
    found = loaded(DRIVER, "serial", "__main__")
    assert found == ["['drivers.smart_card']", "False"]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_no_line_of_it_names_the_driver(file: Path) -> None:
    names_no_driver(file, DRIVER)


def test_the_driver_does_not_know_its_simulator() -> None:
    for file in FOLDER.parent.glob("*.py"):
        assert "smart_card.simulator" not in file.read_text("utf-8"), file


def test_a_pin_that_is_tried_is_counted_and_remembered() -> None:
    """So that a test which says that no PIN was tried could fail."""
    card = Card.ordered(social_card())
    assert card.hear(bytes.fromhex("0020000003888888")).answer == b"\x63\xc2"
    assert (card.pin_tries, card.history) == (2, ["0020000003888888"])


def test_third_generation_refuses_the_holder() -> None:
    card = Card.ordered(social_card(generation=3))
    card.hear(bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"))
    assert card.hear(bytes.fromhex("00B2083014")).answer == b"\x69\x82"


def test_t0_wants_the_right_length() -> None:
    card = Card.ordered({**bank_card(), "t0": True})
    assert (card.hear(bytes.fromhex("00A404000E315041592E5359532E4444463031")).answer or b"")[0] == 0x61
    assert card.hear(bytes.fromhex("00C00000FF")).answer == b"\x6c\x17"
    assert len(card.hear(bytes.fromhex("00C0000017")).answer or b"") == 0x17 + 2


def test_it_is_strict_about_what_a_pdol_asks_for() -> None:
    card = Card.ordered(bank_card())
    card.hear(bytes.fromhex("00A4040008A00000033301010100"))
    assert card.hear(bytes.fromhex("80A8000002830000")).answer == b"\x67\x00"


def test_wrong_orders_are_told() -> None:
    simulator = Simulator(port=1)
    try:
        orders: list[tuple[dict[str, Any], str]] = [
            ({"op": "explode"}, "op must be one of"),
            ({"op": "fault", "kind": "mute"}, "no card"),
            ({"op": "fault", "kind": "rude"}, "kind must be"),
            ({"op": "fault", "kind": "mute", "on": "verify"}, "on must be"),
            ({"op": "insert", "card": social_card(generation=4)}, "generation"),
            ({"op": "insert", "card": social_card(ways=[])}, "ways"),
            ({"op": "insert", "card": social_card(name="名" * 30)}, "too long"),
            ({"op": "insert", "card": {"t0": True, "contactless": True}}, "no T=0"),
        ]
        for order, words in orders:
            with pytest.raises(ValueError, match=words):
                simulator.handle(order)
        assert simulator.handle({"op": "state"})["apdus"] == []
    finally:
        simulator.close()
