"""One Chromium a worker; a fresh page a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.pages import CHROMIUM, launched


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, started once."""
    if not Path(CHROMIUM).exists():
        pytest.fail("needs Debian's chromium; the set-up installs it: make setup")
    with sync_playwright() as playwright:
        running = launched(playwright)
        yield running
        running.close()
