"""docs/technician.md: every condition of every device, and every code of a page, in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from drivers.code_scanner import health as code_scanner
from drivers.device import Meaning
from drivers.document_printer import condition as document_printer
from drivers.door import condition as door
from drivers.id_card import health as id_card
from drivers.keypad import health as keypad
from drivers.lights import condition as lights
from drivers.payment_terminal import health as payment_terminal
from drivers.receipt_printer import condition as receipt_printer
from drivers.smart_card import health as smart_card
from drivers.speaker import health as speaker
from drivers.touchscreen import health as touchscreen
from kiosk import camera
from kiosk.codes import CODES, Seen
from kiosk.home import DEVICE_WORDS
from offline_cache.payments import PaymentState
from tests.docs.pages import read

PAGE = read("technician.md")
CHINESE, ENGLISH = PAGE.partition("\n## English")[0], PAGE.partition("\n## English")[2]
HALVES = {"zh": CHINESE, "en": ENGLISH}
SCREENS = {"zh": ("屏幕", "设备状态"), "en": ("screen", "condition")}


def remedied() -> dict[str, set[str]]:
    """The conditions of each device that a technician can do something about."""
    classes: dict[str, Mapping[Any, Meaning]] = {
        "id_card": id_card.MEANING,
        "receipt_printer": receipt_printer.MEANING,
        "document_printer": document_printer.MEANING,
        "payment_terminal": payment_terminal.MEANING,
        "code_scanner": code_scanner.MEANING,
        "smart_card": smart_card.MEANING,
        "door": door.MEANING,
        "lights": lights.MEANING,
        "touchscreen": touchscreen.MEANING,
        "keypad": keypad.MEANING,
        "speaker": speaker.MEANING,
        "camera": camera.MEANING,
    }
    return {
        name: {word.value for word, meaning in meanings.items() if meaning.remedy}
        for name, meanings in classes.items()
    }


def told(half: str) -> Mapping[str, set[str]]:
    """The conditions of the table of screens, by the device that the rows above last named."""
    table = HALVES[half].partition(f"| {' | '.join(SCREENS[half])} |")[2].partition("\n\n")[0]
    found: dict[str, set[str]] = {name: set() for name in DEVICE_WORDS}
    device = ""
    for line in table.splitlines()[2:]:
        screen, conditions, remedy = (cell.strip() for cell in line.strip("|").split("|"))
        device = next((name for name, words in DEVICE_WORDS.items() if words in screen), device)
        assert remedy
        found[device] |= set(re.findall(r"`([a-z0-9-]+)`", conditions))
    return found


@pytest.mark.parametrize("half", HALVES)
def test_every_condition_of_every_device_has_its_words_and_no_other(half: str) -> None:
    assert told(half) == remedied()


@pytest.mark.parametrize("half", HALVES)
def test_every_code_of_a_page_is_named(half: str) -> None:
    shown = {each.code for each in CODES if each.seen in {Seen.REFUSED, Seen.TERMINAL}}
    named = re.findall(r"[A-Za-z_]+(?:-[A-Za-z*]+)*", HALVES[half])
    assert shown - set(named) == set()


@pytest.mark.parametrize("half", HALVES)
def test_every_state_of_a_payment_says_what_to_do(half: str) -> None:
    assert [state for state in PaymentState if f"`{state}`" not in HALVES[half]] == []
