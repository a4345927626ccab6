"""What a device that is not configured is, beside one that does not work."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast

import pytest

from drivers.device import Availability, Health
from drivers.door import Condition
from flows.model import DeviceName
from kiosk.conditions import Cabinet, Now
from kiosk.opening import Hours
from tests.kiosk.clocks import TestClock


class Printer:
    def __init__(self, condition: str) -> None:
        self.condition = condition

    def health(self) -> Health:
        return Health(Availability.ONLINE, self.condition, 0.0)


def conditions(cabinet: Cabinet, **devices: Printer | None) -> Now:
    """Of a terminal that is always open."""
    return Now(
        cabinet=cabinet,
        devices=cast("Mapping[DeviceName, Printer | None]", devices),
        sync=SimpleNamespace(online=True, trouble=None),
        outbox=SimpleNamespace(has_room=lambda size: True),
        sealing_key=lambda: None,
        closed_items=dict,
        diary=SimpleNamespace(broken=False),
        clock=TestClock(),
        hours=Hours(()),
    )


def test_a_device_that_is_not_configured_is_not_fitted_and_one_without_paper_is() -> None:
    now = conditions(Cabinet(), receipt_printer=Printer("paper-out"), document_printer=None)
    assert (now.fitted("receipt_printer"), now.usable("receipt_printer")) == (True, False)
    assert (now.fitted("document_printer"), now.usable("document_printer")) == (False, False)
    assert not now.fitted("camera")


@pytest.mark.parametrize(
    "lost", [each for each in Condition if each not in (Condition.OPEN, Condition.CLOSED)]
)
def test_a_door_that_was_open_is_so_until_it_is_seen_shut(lost: Condition) -> None:
    cabinet = Cabinet()
    now = conditions(cabinet)
    for condition in (Condition.OPEN, lost):
        cabinet.heard(condition)
        closed = now.closed
        assert closed is not None
        assert closed.code == "DOOR-OPEN"
    cabinet.heard(Condition.CLOSED)
    assert now.closed is None


@pytest.mark.parametrize("condition", [each for each in Condition if each is not Condition.OPEN])
def test_a_switch_that_says_nothing_keeps_nobody_from_being_served(condition: Condition) -> None:
    cabinet = Cabinet()
    now = conditions(cabinet)
    cabinet.heard(Condition.CLOSED)
    cabinet.heard(condition)
    assert now.closed is None
