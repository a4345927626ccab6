"""A citizen's eyes and finger at a real browser, as the walker wants them: `deploy.demo.screen.Panel`.

Nothing is posted past the page: answers are typed or tapped, long pages are turned, the shutter takes what
stands before Chromium's fake camera.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Request
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page as Tab
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from deploy.demo.camera import Camera
from deploy.demo.screen import Button, Page, Question, ScreenGoneError, read
from tests.browser.test_pages_look import AXE, AXE_RUN

PATIENCE = 20_000
MOST_SHEETS = 14
MOST_TRIES = 4
TAP = 3_000
NEXT_SHEET = "下一页"

QUIET = """() => document.readyState === "complete" && document.documentElement.classList.contains("js")
  && document.body.dataset.turn !== undefined && !document.body.hasAttribute("aria-busy")"""

WHOLE = f"""() => {{
  if (!({QUIET})()) return null;
  const copy = document.documentElement.cloneNode(true);
  for (const each of copy.querySelectorAll("[data-pages] [hidden]")) each.hidden = false;
  return copy.outerHTML;
}}"""
"""The page with all its sheets, null while it is being left; what is hidden otherwise stays so."""

SHAPE = """() => {
  const looks = (e) => [e.tagName, e.className, e.type, e.checkVisibility(), ...e.getAttributeNames()].join();
  return innerWidth + [...new Set([...document.querySelectorAll("body *")].map(looks))].sort().join(";");
}"""
"""What a page is built of, without its words: two of one shape are drawn, and named, by the same rules."""

GONE = """(same) => document.body.dataset.same !== same || document.body.hasAttribute("aria-busy")"""

FRAMES = """() => new Promise((done) => {
  const video = document.querySelector(".viewfinder video");
  const after = (left) => video.requestVideoFrameCallback(() => (left ? after(left - 1) : done()));
  after(4);
})"""


def panel(browser: Browser, size: tuple[int, int]) -> BrowserContext:
    """A touchscreen of this size, with nothing of whoever was there before."""
    width, height = size
    return browser.new_context(viewport={"width": width, "height": height}, has_touch=True)


class Looked:
    """The shapes of pages that axe has seen in this run of the tests, whichever worker it was in: a folder
    with a file for each. It takes a third of a walk to see all anew."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder

    def first(self, shape: str) -> bool:
        """Whether nobody has seen this one, who has now."""
        try:
            (self._folder / hashlib.sha256(shape.encode()).hexdigest()).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


class Finger:
    """One browser tab. axe looks at each shape of page that is not `looked` at yet, or at none where that
    is None: `violations` is what it found."""

    def __init__(
        self, context: BrowserContext, camera: Camera, url: str, looked: Looked | None = None
    ) -> None:
        self._context = context
        self._context.set_default_timeout(PATIENCE)
        self._camera = camera
        self._looked = looked
        self.tab: Tab = self._context.new_page()
        self._posted = 0
        self.tab.on("request", self._note)
        self.tab.goto(url)
        self.violations: list[tuple[str, Any]] = []

    def look(self) -> Page:
        """The page as it is, once it stands still. Raises ScreenGoneError."""
        try:
            page = read(self._whole())
            if self._looked is not None:
                self._look_with_axe(page, self._looked)
            if page.primary is not None and page.primary.label == NEXT_SHEET and page.primary.enabled:
                page = self._read_through()
        except PlaywrightError as error:
            raise ScreenGoneError(f"the page does not come: {error.message[:200]}") from error
        return page

    def _look_with_axe(self, page: Page, looked: Looked) -> None:
        if not looked.first(self.tab.evaluate(SHAPE)):
            return
        if not self.tab.evaluate("() => 'axe' in window"):  # a touch draws the page anew in this document
            self.tab.evaluate(AXE)
        self.violations += [(page.kind, each) for each in self.tab.evaluate(AXE_RUN)]

    def touch(self, page: Page, button: Button, values: Mapping[str, str] | None = None) -> Page:
        """Fill in `values`, as far as they do not stand there yet, and tap `button`; the page after it."""
        given = dict(values or {})
        try:
            for question in page.questions:
                if question.name in given and given[question.name] != question.value:
                    self._fill(question, given[question.name])
            if page.wants_signature:
                self._sign()
            if "picture" in given:
                self._camera.show(base64.b64decode(given["picture"].partition(",")[2]))
                self.tab.locator(".viewfinder.live").wait_for()
                self.tab.evaluate(FRAMES)
            self._tap(page, button)
        except PlaywrightError as error:
            raise ScreenGoneError(f"“{button.label}” cannot be touched: {error.message[:1500]}") from error
        return self.look()

    def turn(self, after: str) -> str:
        """The turn of the page that the browser shows; it polls by itself."""
        try:
            return read(self._whole()).turn
        except PlaywrightError as error:
            raise ScreenGoneError(f"the page does not come: {error.message[:200]}") from error

    def close(self) -> None:
        """Close the tab."""
        self._context.close()

    def _read_through(self) -> Page:
        """What must be seen to its end: only then the primary action says what it does."""
        for _ in range(MOST_SHEETS):
            page = read(self._whole())
            if page.primary is None or page.primary.label != NEXT_SHEET:
                return page
            with suppress(PlaywrightTimeout):
                self.tab.locator("footer .right button", has_text=NEXT_SHEET).tap(timeout=TAP)
        raise PlaywrightError("a page without an end")

    def _whole(self) -> str:
        """The page's HTML once it stands still; a page that is just being left is read again."""
        for _ in range(MOST_TRIES):
            with suppress(PlaywrightError):
                self.tab.wait_for_function(QUIET)
                whole = self.tab.evaluate(WHOLE)  # it may have been touched, or drawn anew, since
                if whole is not None:
                    return str(whole)
        raise PlaywrightError("the page does not stand still")

    def _tap(self, page: Page, button: Button) -> None:
        """Tap until the page goes: at the end of a long page the primary action turns the sheets first."""
        place = {"left": "footer .left ", "right": "footer .right ", "work": "main "}.get(button.place, "")
        # On this page and no other: a page that has come meanwhile has a button of that name too.
        here = f'body[data-same="{page.same}"] '
        posted = self._posted
        target = self.tab.locator(f'{here}{place}button[name=action][value="{button.value}"]').first
        if button.place == "work":
            self._turn_to(target, "main")
        for _ in range(MOST_SHEETS):
            with suppress(PlaywrightTimeout):
                target.tap(timeout=TAP)
            if self._gone(page.same) or self._posted > posted:
                return
        raise PlaywrightError("tapped, and nothing went")

    def _note(self, request: Request) -> None:
        self._posted += request.method == "POST"

    def _gone(self, same: str) -> bool:
        """Whether the touch went out, or came too late: the page waits for an answer, or another is shown."""
        try:
            return bool(self.tab.evaluate(GONE, same))
        except PlaywrightError:
            return True

    def _press(self, target: Locator) -> None:
        """Tap what may be on another sheet; the sheets are laid out anew when the keyboard comes or goes."""
        for _ in range(MOST_TRIES):
            self._turn_to(target, "main")
            with suppress(PlaywrightTimeout):
                target.tap(timeout=TAP)
                return
        raise PlaywrightError(f"cannot be reached: {target}")

    def _turn_to(self, target: Locator, place: str) -> None:
        """Turn the sheets of `place` until `target` can be seen: back to the first, then on.

        Where all must be seen before going on, it is the primary action that turns to the next one.
        """
        back, on = (self.tab.locator(f'{place} .pager [data-turn-page="{each}"]') for each in ("-1", "1"))
        for turns in (back, on.or_(self.tab.locator("footer .right button", has_text=NEXT_SHEET))):
            for _ in range(MOST_SHEETS):
                button = turns.locator("visible=true").first
                if target.is_visible() or not button.is_visible() or not button.is_enabled():
                    break
                with suppress(PlaywrightTimeout):
                    button.tap(timeout=TAP)

    def _fill(self, question: Question, value: str) -> None:
        field = self.tab.locator(f'[name="{question.name}"]').first
        kind = field.evaluate("(each) => each.type ?? each.tagName")
        if kind == "radio":
            option = self.tab.locator(f'input[name="{question.name}"][value="{value}"]')
            label = self.tab.locator("label.option", has=option)
            self._press(label)
        elif kind.startswith("select"):
            self._pick(question, value)
        else:
            self._press(field)
            self.tab.keyboard.press("Control+A")
            self.tab.keyboard.press("Delete")
            self.tab.keyboard.insert_text(value)
            self.tab.get_by_text("完成", exact=True).first.tap()

    def _pick(self, question: Question, value: str) -> None:
        """From a list over the form: its group first, where it has one."""
        select = self.tab.locator(f'select[name="{question.name}"]')
        names = select.evaluate(
            """(select, value) => {
              const found = [];
              let entry = [...select.options].find((each) => each.value === value);
              for (; entry; entry = [...select.options].find((each) => each.value === entry.dataset.in))
                found.unshift(entry.dataset.label ?? entry.text.trim());
              return found;
            }""",
            value,
        )
        opens = self.tab.locator(f'[data-pick="f-{question.name}"]')
        self._press(opens)
        up = self.tab.locator(".picker")
        for name in names:
            entry = up.locator("button.option", has=self.tab.get_by_text(name, exact=True))
            self._turn_to(entry.first, ".picker")
            entry.first.tap()

    def _sign(self) -> None:
        box = self.tab.locator("canvas[data-sign]").bounding_box()
        if box is None:
            raise PlaywrightError("no place to sign")
        mouse = self.tab.mouse
        mouse.move(box["x"] + 60, box["y"] + 100)
        mouse.down()
        mouse.move(box["x"] + 220, box["y"] + 40, steps=6)
        mouse.move(box["x"] + 360, box["y"] + 120, steps=6)
        mouse.up()
