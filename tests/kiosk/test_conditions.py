"""What a device that is not configured is, beside one that does not work."""

from __future__ import annotations

from types import SimpleNamespace

from drivers.device import Availability, Health
from kiosk.conditions import Now
from kiosk.opening import Hours
from tests.kiosk.clocks import TestClock


class Printer:
    def __init__(self, condition: str) -> None:
        self.condition = condition

    def health(self) -> Health:
        return Health(Availability.ONLINE, self.condition, 0.0)


def test_a_device_that_is_not_configured_is_not_fitted_and_one_without_paper_is() -> None:
    now = Now(
        devices={"receipt_printer": Printer("paper-out"), "document_printer": None},
        sync=SimpleNamespace(online=True, trouble=None),
        outbox=SimpleNamespace(has_room=lambda size: True),
        sealing_key=lambda: None,
        closed_items=dict,
        diary=SimpleNamespace(broken=False),
        clock=TestClock(),
        hours=Hours(()),
    )
    assert (now.fitted("receipt_printer"), now.usable("receipt_printer")) == (True, False)
    assert (now.fitted("document_printer"), now.usable("document_printer")) == (False, False)
    assert not now.fitted("camera")
