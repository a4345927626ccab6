"""Every item in real Chromium, from first touch to rating: with a network, and with the cable pulled.

The demo's processes are real; the camera is Chromium's fake one, before which stands what a citizen would
hold there. The verdict comes from the city's ledger and from the paper, by `deploy.walk`.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from deploy.demo.demo import Handles
from deploy.walk.journey import Order, at_home, flows, walk_in
from deploy.walk.verdict import as_announced
from tests.browser.finger import Finger
from tests.browser.pages import SIZES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("offline", [False, True], ids=["online", "offline"])
@pytest.mark.parametrize("item", flows())
def test_walked_in_a_browser(watched: Browser, town: Handles, item: str, offline: bool) -> None:
    town.reader("lift")
    size = SIZES["landscape" if offline else "portrait"]
    fingers: list[Finger] = []

    def opened(url: str) -> Finger:
        fingers.append(Finger(watched, size, town.camera, url))
        return fingers[-1]

    told: list[str] = []
    _, verdict = walk_in(at_home(town), Order(item, offline=offline), told.append, opened)
    fingers[-1].close()
    assert as_announced(verdict, flows()[item].offline, offline=offline), (verdict, told)
    assert fingers[-1].violations == []
