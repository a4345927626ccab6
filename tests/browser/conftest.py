"""One Chromium a worker; a fresh page a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from deploy.demo.demo import Handles
from tests.browser.finger import PATIENCE, Looked
from tests.browser.pages import CHROMIUM, launched

expect.set_options(timeout=PATIENCE)
"""Else five seconds, which a busy machine takes to index the catalogue."""


@pytest.fixture(scope="session")
def browser(playing: Playwright) -> Iterator[Browser]:
    """Debian's Chromium, started once."""
    if not Path(CHROMIUM).exists():
        pytest.fail("needs Debian's chromium; the set-up installs it: make setup")
    running = launched(playing)
    yield running
    running.close()


@pytest.fixture(scope="session")
def looked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Looked:
    """One for all workers."""
    own = tmp_path_factory.getbasetemp()
    return Looked((own.parent if hasattr(request.config, "workerinput") else own) / "looked-at")


@pytest.fixture(scope="session")
def watched(browser: Browser, town: Handles) -> Iterator[Browser]:
    """A Chromium whose camera sees what the demo puts before it; started once."""
    running = browser.browser_type.launch(executable_path=CHROMIUM, args=["--no-sandbox", *town.camera.flags])
    yield running
    running.close()
