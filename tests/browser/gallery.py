"""Writes a picture of every kind of page: ``python -m tests.browser.gallery OUT [name…]``."""

from __future__ import annotations

import sys
from pathlib import Path

from msgspec.structs import replace
from playwright.sync_api import sync_playwright

from tests.browser.pages import SIZES, launched, opened, present, served
from tests.kiosk.web.samples import SAMPLES, WARNED
from tests.kiosk.web.samples_long import LONG_SAMPLES


def write(out: Path, names: list[str]) -> None:
    """PNGs of the views `names` (all when empty), at both sizes, normal, large and elder, into `out`."""
    views = {**SAMPLES, **LONG_SAMPLES, "idle": WARNED}
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, served(SAMPLES["home"]) as site:
        browser = launched(playwright)
        for size in SIZES:
            page = opened(browser, site, size)
            for name in names or views:
                for way in ("normal", "large", "elder"):
                    present(page, site, replace(views[name], elder=way == "elder", large=way == "large"))
                    page.screenshot(path=out / f"{name}-{size}-{way}.png")
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(str(__doc__))
    write(Path(sys.argv[1]), sys.argv[2:])
