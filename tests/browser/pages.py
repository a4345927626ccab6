"""The pages in a real browser: a served fake screen, and Debian's Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Thread

from playwright.sync_api import Browser, Page, Playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from deploy.sandbox import pictures
from flows.bodies import CameraBody
from kiosk.guide_pictures import made_plain
from kiosk.views import View
from kiosk.web import create_app
from kiosk.web.screen import Screen
from tests.kiosk.web.fakes import SECRET, FakeScreen

CHROMIUM = "/usr/bin/chromium"
SIZES = {"portrait": (1080, 1920), "landscape": (1280, 1024)}


@dataclass(frozen=True)
class Site:
    """Pages on an ephemeral port of loopback."""

    origin: str

    @property
    def opening(self) -> str:
        """The address that redeems the secret."""
        return f"{self.origin}/open?k={SECRET}"


@dataclass(frozen=True)
class Served(Site):
    """A fake screen."""

    screen: FakeScreen


@cache
def _picture(_: str) -> bytes | None:
    """Whatever is asked for, a sample as the terminal would have made it plain."""
    return made_plain(pictures.png("senior-allowance"))


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """A line a poll is of no use to anybody."""


@contextmanager
def served(view: View) -> Iterator[Served]:
    """Serve the pages of a fake screen that begins with `view`."""
    screen = FakeScreen(view)
    with serving(screen) as site:
        yield Served(site.origin, screen)


@contextmanager
def serving(screen: Screen) -> Iterator[Site]:
    """Serve the pages of `screen`."""
    # The port is known only once it is bound, and the wall must know the origin: so the app comes second.
    server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True, request_handler=_Silent)
    origin = f"http://127.0.0.1:{server.server_port}"
    server.app = create_app(screen, secret=SECRET, origin=origin, picture=_picture)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(origin)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def launched(playwright: Playwright) -> Browser:
    """Debian's Chromium, as root on a machine without a screen.

    Its camera is Chromium's own fake one, allowed to every page as the kiosk's policy allows the real one.
    """
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    return playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *camera])


def blank(browser: Browser, size: str, *, script: bool = True) -> Page:
    """An empty tab of its own context on a panel of `size`."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=True, java_script_enabled=script
    )
    context.set_default_timeout(10_000)
    return context.new_page()


def opened(browser: Browser, site: Site, size: str, *, script: bool = True) -> Page:
    """A page that has redeemed the secret, on a panel of `size`; it may reach nothing but the site."""
    page = blank(browser, size, script=script)
    page.goto(site.opening)
    return page


def present(page: Page, site: Served, view: View) -> None:
    """Put `view` on the screen and wait until the page has learned of it and shows it."""
    shown = site.screen.show(view)
    page.locator(f'html.js body[data-turn="{shown.turn}"]').wait_for()
    if isinstance(view.page.body, CameraBody):
        page.locator(".viewfinder.live").wait_for()
