"""What is logged: our words with their values, others' without, and no exception's message at all."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CANARY = "120101194906150022"
ORDERS = {
    "ours": 'logging.getLogger("kiosk.desk").info("found %s", "LOST")',
    "a library's": 'logging.getLogger("urllib3.connectionpool").error("Retrying: %s", "/people/CANARY")',
    "a library's while it warns": 'warnings.warn("cannot read CANARY")',
    "an exception that is logged": "\ntry:\n    int('CANARY x')\nexcept ValueError:\n"
    '    logging.getLogger("kiosk.desk").exception("failed")',
    "an exception in a thread": "t = threading.Thread(target=int, args=('CANARY x',)); t.start(); t.join()",
    "an exception of a destructor": "class Held:\n    def __del__(self):\n        int('CANARY x')\n"
    "held = Held()\ndel held",
    "an exception that nobody catches": "int('CANARY x')",
}
SAID = {
    "ours": "LOST",
    "a library's": "Retrying: %s",
    "a library's while it warns": "UserWarning at <string>:",
    "an exception that is logged": "ValueError",
    "an exception in a thread": "ValueError",
    "an exception of a destructor": "ValueError",
    "an exception that nobody catches": "ValueError",
}


def said(setting_up: str, orders: str) -> str:
    """What a process that does this leaves on standard error."""
    program = f"import logging, threading, warnings\n{setting_up}\n{orders}".replace("CANARY", CANARY)
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, timeout=30, check=False).stderr.decode()


@pytest.mark.parametrize("order", ORDERS)
def test_a_line_says_what_happened_and_no_value_of_others(order: str) -> None:
    told = said("from kiosk import logs; logs.set_up('debug')", ORDERS[order])
    lines = [json.loads(line) for line in told.splitlines()]
    assert len(lines) == 1
    assert SAID[order] in json.dumps(lines)
    assert CANARY not in json.dumps(lines)


def test_python_by_itself_would_print_the_values() -> None:
    """Each of them, so that each of the above has something to keep back."""
    others = [text for name, text in ORDERS.items() if name != "ours"]
    told = said("logging.basicConfig(level=10)", "\n".join(others))
    assert told.count(CANARY) >= len(others)
