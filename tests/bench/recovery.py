"""How long each device is still unwell once the hand that put it right is gone, beside what its driver waits
for between two looks or two attempts.

Drivers and simulators are those of `idle`; reader and scanner are armed, as a page has them. A fault lasts
until the driver has told it and then a while longer, another each time, so that every phase of the waiting
comes up. Devices are taken at the same time, the faults of one after the other.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from drivers.code_scanner import poller as code_scanner
from drivers.document_printer import client
from drivers.id_card import poller as id_card
from drivers.payment_terminal import link as payment_terminal
from drivers.receipt_printer import link as receipt_printer
from drivers.smart_card import poller as smart_card
from flows.model import DeviceName
from tests.bench.cabinet import Cabinet, cabinet
from tests.bench.rows import row

SAMPLES = 5
LONGEST_OUTAGE = 10.0
"""Seconds beyond the driver's telling: enough for the back-off to have come to its longest."""
GOAL = 1.1
"""Of the bound: what is beyond it is the asking itself."""

Hand = Callable[[Cabinet], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One that a hand causes and mends. `bound`: the most seconds that the driver waits by design."""

    device: DeviceName
    what: str
    cause: Hand
    mend: Hand
    bound: float
    why: str
    """What the bound is."""


def _order(device: DeviceName, op: str, **arguments: Any) -> Hand:
    return lambda terminal: terminal.order(device, op, **arguments)


def _cable(device: DeviceName, bound: float, why: str) -> Fault:
    out, into = _order(device, "unplug"), _order(device, "replug")
    return Fault(device, "cable out and in", out, into, bound, why)


def _on_again(terminal: Cabinet) -> None:
    terminal.order("receipt_printer", "power-cycle")
    terminal.order("receipt_printer", "mute", on=False)


POWER_ON = 1.5
"""Seconds that the simulated SAM takes, as real ones do."""
_PAPER = receipt_printer.Timing()
_PAGES = client.Timing()
_LOOK = "between two looks"
_LOOK_OR_OPEN = "between two attempts to open"
_BACK_OFF = "the longest back-off"

FAULTS: Sequence[Fault] = (
    Fault(
        "id_card",
        "cable out and in",
        _order("id_card", "fault", kind="unplug"),
        _order("id_card", "fault", kind="replug"),
        id_card.BACK_OFF[-1] + POWER_ON,
        f"{_BACK_OFF}, and the SAM's start",
    ),
    Fault(
        "receipt_printer",
        "paper out and in",
        _order("receipt_printer", "paper", state="out"),
        _order("receipt_printer", "paper", state="full"),
        _PAPER.poll,
        _LOOK,
    ),
    Fault(
        "receipt_printer",
        "cover open and shut",
        _order("receipt_printer", "cover", open=True),
        _order("receipt_printer", "cover", open=False),
        _PAPER.poll,
        _LOOK,
    ),
    Fault(
        "receipt_printer",
        "power off and on",
        _order("receipt_printer", "mute"),
        _on_again,
        _PAPER.poll + 2 * _PAPER.answer,
        f"{_LOOK}, and an answer that does not come",
    ),
    _cable("receipt_printer", _PAPER.reopen, _LOOK_OR_OPEN),
    Fault(
        "document_printer",
        "paper out and in",
        _order("document_printer", "paper", state="out"),
        _order("document_printer", "paper", state="full"),
        _PAGES.poll,
        _LOOK,
    ),
    Fault(
        "document_printer",
        "cover open and shut",
        _order("document_printer", "cover"),
        _order("document_printer", "cover", on=False),
        _PAGES.poll,
        _LOOK,
    ),
    _cable("document_printer", _PAGES.poll, _LOOK),
    _cable("payment_terminal", payment_terminal.Timing().poll, _LOOK_OR_OPEN),
    _cable("code_scanner", code_scanner.BACK_OFF[-1], _BACK_OFF),
    Fault(
        "smart_card",
        "pcscd killed and started",
        lambda terminal: terminal.pcsc.stop_pcscd(),
        lambda terminal: terminal.pcsc.start_pcscd(),
        smart_card.BACK_OFF[-1],
        _BACK_OFF,
    ),
)


def rows(
    faults: Sequence[Fault] = FAULTS, samples: int = SAMPLES, outage: float = LONGEST_OUTAGE
) -> list[dict[str, Any]]:
    """A row each: the longest of all samples."""
    with tempfile.TemporaryDirectory() as folder, cabinet(Path(folder)) as terminal:
        for each in (terminal.devices.id_card, terminal.devices.smart_card, terminal.devices.code_scanner):
            assert each is not None
            each.arm()
        by_device = [list(group) for _, group in groupby(faults, lambda fault: fault.device)]
        with ThreadPoolExecutor(len(by_device)) as hands:
            measured = hands.map(partial(_measured, terminal, samples, outage), by_device)
            return [each for device in measured for each in device]


def _measured(terminal: Cabinet, samples: int, outage: float, faults: list[Fault]) -> list[dict[str, Any]]:
    chance = random.Random(1)
    return [
        row(
            f"recovery: {fault.device.replace('_', ' ')}, {fault.what}, longest of {samples}",
            "s",
            max(_recovery(terminal, fault, chance.uniform(0, outage)) for _ in range(samples)),
            limit=(fault.why, fault.bound),
            goal=GOAL,
        )
        for fault in faults
    ]


def _recovery(terminal: Cabinet, fault: Fault, outage: float) -> float:
    """Seconds from the mending to the driver's saying so."""
    begin = time.monotonic()
    fault.cause(terminal)
    terminal.told.since(fault.device, begin, well=False)
    threading.Event().wait(outage)
    mended = time.monotonic()
    fault.mend(terminal)
    return terminal.told.since(fault.device, mended, well=True) - mended
