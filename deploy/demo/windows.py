"""Two browser windows beside each other, kiosk and dock, where there is a display and Debian's Chromium."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.children import Nursery

KIOSK = (675, 1200)
"""The kiosk's panel, 1080 by 1920, at 0.625 of its size: the pages scale with the window."""

DOCK = (960, 1200)


@dataclass(frozen=True, slots=True)
class Window:
    """One window in app mode: no tabs, no address bar."""

    name: str
    url: str
    more: Sequence[str]
    left: int
    size: tuple[int, int]


def can_open(environment: Mapping[str, str] = os.environ) -> str:
    """The browser's path, or empty when no window can be opened here."""
    display = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    return (shutil.which("chromium") or "") if display else ""


def command(browser: str, window: Window, profile: Path) -> list[str]:
    """What starts a browser with this one window and a profile of its own."""
    width, height = window.size
    return [
        browser,
        f"--app={window.url}",
        f"--window-size={width},{height}",
        f"--window-position={window.left},0",
        f"--user-data-dir={profile}",
        *window.more,
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-sync",
        "--disable-features=Translate",
        "--disable-breakpad",  # a crash report holds the memory of a page
        # Chromium refuses its sandbox to root; a demo machine's root is its user.
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]


def open_windows(
    nursery: Nursery, browser: str, kiosk_url: str, dock_url: str, camera: Sequence[str]
) -> Path:
    """Open both; returns the folder of their profiles, which the caller removes after they have ended.

    `camera`: what the kiosk's browser needs on its command line to see the demo's camera.

    Each has its own profile: the kiosk's cookie is no business of the dock's.
    """
    profiles = Path(tempfile.mkdtemp(prefix="kiosk-windows-"))
    for window in (
        Window("kiosk-window", kiosk_url, camera, 0, KIOSK),
        Window("dock-window", dock_url, (), KIOSK[0], DOCK),
    ):
        nursery.start(window.name, command(browser, window, profiles / window.name))
    return profiles
