"""`kiosk doctor` on the demo's terminal: it tells one fault from another, each with what is to be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from deploy.demo.demo import Handles
from drivers.document_printer import condition as pages
from drivers.id_card import health as cards
from drivers.keypad import health as keys
from drivers.payment_terminal import health as sales
from drivers.receipt_printer import condition as receipts
from kiosk.commands.check import Check
from kiosk.commands.devices import check_devices
from kiosk.config import load

READER, RECEIPTS, PAGES, SALES = "ID card reader", "receipt printer", "A4 printer", "bank card terminal"
KEYPAD = "keypad"
ABSENT = ("smart card reader", "touchscreen", "door switch", "lights", "loudspeaker")
UNKNOWN = (*ABSENT, "code scanner", "camera")
WELL = {
    **dict.fromkeys((READER, RECEIPTS, PAGES, SALES, KEYPAD), "good"),
    **dict.fromkeys(UNKNOWN, "unknown"),
}
"""Those that are absent, a serial scanner that has read no code, and the
browser's camera, are neither good nor bad."""


class Fault(NamedTuple):
    """What befalls a simulator, and how it is taken back; `remedy` is the driver's own for that condition."""

    device: str
    order: Mapping[str, Any]
    back: Mapping[str, Any]
    remedy: str


def reader(kind: str, condition: cards.Condition, back: str = "clear", **order: Any) -> Fault:
    fault = {"op": "fault", "kind": kind, **order}
    return Fault(READER, fault, {"op": "fault", "kind": back}, cards.MEANING[condition].remedy)


def on_receipts(op: str, condition: receipts.Condition, **order: Any) -> Fault:
    back = {"op": "replug"} if op == "unplug" else {"op": op, **_back(order)}
    return Fault(RECEIPTS, {"op": op, **order}, back, receipts.MEANING[condition].remedy)


def on_pages(op: str, condition: pages.Condition, **order: Any) -> Fault:
    return Fault(PAGES, {"op": op, **order}, {"op": op, **_back(order)}, pages.MEANING[condition].remedy)


def on_sales(op: str, condition: sales.Condition, **order: Any) -> Fault:
    back = {"op": "replug"} if op == "unplug" else {"op": op, **_back(order)}
    return Fault(SALES, {"op": op, **order}, back, sales.MEANING[condition].remedy)


def on_keys(op: str, condition: keys.Condition, back: dict[str, Any], **order: Any) -> Fault:
    return Fault(KEYPAD, {"op": op, **order}, back, keys.MEANING[condition].remedy)


def _back(order: Mapping[str, Any]) -> dict[str, Any]:
    """What sets the same thing right again."""
    undone: dict[str, Any] = {"state": "full", "open": False, "how": "well", "size": "iso_a4_210x297mm"}
    return {name: undone[name] for name in order} or {"on": False}


ROUNDS: tuple[tuple[Fault, ...], ...] = (
    (
        reader("unplug", cards.Condition.UNPLUGGED, back="replug"),
        on_receipts("unplug", receipts.Condition.NO_PORT),
        on_pages("paper", pages.Condition.PAPER_OUT, state="out"),
        on_sales("unplug", sales.Condition.OFFLINE),
        on_keys("unplug", keys.Condition.UNPLUGGED, {"op": "replug"}),
    ),
    (
        reader("silent", cards.Condition.SILENT, times=0),
        on_receipts("paper", receipts.Condition.PAPER_OUT, state="out"),
        on_pages("jam", pages.Condition.PAPER_JAM),
        on_sales("out-of-service", sales.Condition.OUT_OF_SERVICE),
        on_keys("refuse", keys.Condition.PORT_DENIED, {"op": "refuse"}, errno="EACCES"),
    ),
    (
        reader("wrong-xor", cards.Condition.GARBLED, times=0),
        on_receipts("cover", receipts.Condition.COVER_OPEN, open=True),
        on_pages("toner", pages.Condition.TONER_OUT, state="out"),
        on_sales("answer", sales.Condition.UNKNOWN, how="mute"),
        on_keys("lose", keys.Condition.NOT_A_KEYPAD, {"op": "lose", "keys": []}, keys=["help"]),
    ),
    (
        reader("sam-failed", cards.Condition.SAM_FAILED),
        on_receipts("mute", receipts.Condition.UNKNOWN),
        on_pages("media", pages.Condition.NO_A4, size="iso_a5_148x210mm"),
    ),
)
"""Eighteen faults, one of each device at a time."""


@pytest.fixture
def bench(town: Handles) -> Iterator[Handles]:
    """The demo's devices without the agent, which has them otherwise."""
    town.reader("lift")
    town.kill_agent()
    yield town
    town.restart_agent()


def told(bench: Handles) -> dict[str, Check]:
    return {check.what: check for check in check_devices(load(bench.config))}


def states(bench: Handles) -> dict[str, str]:
    return {name: check.state for name, check in told(bench).items()}


def do(bench: Handles, device: str, order: Mapping[str, Any]) -> None:
    hands = {
        READER: bench.reader,
        RECEIPTS: bench.printer,
        PAGES: bench.document_printer,
        SALES: bench.payment_terminal,
        KEYPAD: bench.keypad,
    }
    hands[device](**order)


def test_every_device_is_listed_and_each_fault_is_told_from_the_others_with_its_remedy(
    bench: Handles,
) -> None:
    faults = [fault for each in ROUNDS for fault in each]
    assert len({(fault.device, fault.remedy) for fault in faults}) == len(faults) >= 12
    assert states(bench) == WELL
    for at_once in ROUNDS:
        for fault in at_once:
            do(bench, fault.device, fault.order)
        found = told(bench)
        for fault in at_once:
            do(bench, fault.device, fault.back)
        assert {
            fault.device: (found[fault.device].state, found[fault.device].remedy) for fault in at_once
        } == {fault.device: ("bad", fault.remedy) for fault in at_once}
    assert states(bench) == WELL
