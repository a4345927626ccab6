"""All targets by name, and where they stand: they are imported once atheris looks on."""

from __future__ import annotations

import importlib

from tests.fuzz.target import Fuzzed

TARGETS = {
    "code-scanner-framer": "tests.drivers.code_scanner.test_framer:FUZZED",
    "code-scanner-descriptor": "tests.drivers.code_scanner.test_reports:FUZZED_DESCRIPTORS",
    "code-scanner-reports": "tests.drivers.code_scanner.test_reports:FUZZED_REPORTS",
    "code-scanner-text": "tests.drivers.code_scanner.test_text:FUZZED",
    "document-printer-http": "tests.drivers.document_printer.test_http_answers:FUZZED",
    "document-printer-ipp": "tests.drivers.document_printer.test_ipp:FUZZED",
    "id-card-frames": "tests.drivers.id_card.test_protocol:FUZZED",
    "id-card-exchange": "tests.drivers.id_card.test_link:FUZZED",
    "id-card-payload": "tests.drivers.id_card.test_payload:FUZZED",
    "id-card-usb-wrap": "tests.drivers.id_card.test_usb_wrap:FUZZED",
    "id-card-usb-pipes": "tests.drivers.id_card.test_usb_pipes:FUZZED",
    "keypad-events": "tests.drivers.keypad.test_protocol:FUZZED",
    "payment-terminal-lines": "tests.drivers.payment_terminal.test_lines:FUZZED",
    "payment-terminal-messages": "tests.drivers.payment_terminal.test_messages:FUZZED",
    "receipt-printer-status": "tests.drivers.receipt_printer.test_status:FUZZED",
    "smart-card-tlv": "tests.drivers.smart_card.test_tlv:FUZZED",
    "smart-card-object-lists": "tests.drivers.smart_card.test_tlv:FUZZED_LISTS",
    "smart-card-reading": "tests.drivers.smart_card.test_cards:FUZZED",
    "speaker-words": "tests.drivers.speaker.test_said:FUZZED",
    "touchscreen-elo": "tests.drivers.touchscreen.test_controllers:FUZZED_ELO",
    "touchscreen-microtouch": "tests.drivers.touchscreen.test_controllers:FUZZED_MICROTOUCH",
    "touchscreen-egalax": "tests.drivers.touchscreen.test_controllers:FUZZED_EGALAX",
    "touchscreen-contacts": "tests.drivers.touchscreen.test_contacts:FUZZED",
}
"""What a device says goes through one of these first. A driver that is added adds its own."""


def load(place: str) -> Fuzzed:
    """The target at ``module:NAME``. Raises TypeError when something else stands there."""
    module, _, name = place.partition(":")
    found = getattr(importlib.import_module(module), name)
    if not isinstance(found, Fuzzed):
        raise TypeError(f"{place} is no target")
    return found
