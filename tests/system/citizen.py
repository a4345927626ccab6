"""A citizen at the demo's screen: taps through the senior allowance, and can stop at every step."""

from __future__ import annotations

import base64
import io
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from PIL import Image, ImageDraw

from deploy.demo.demo import Handles
from deploy.demo.screen import Button, Page, Screen
from deploy.walk.hands import data_url
from offline_cache.reading import read_outbox
from offline_cache.submission import Filed

ITEM = "civil.senior-allowance-apply"
PERSON = "p-wang-xiulan"
PATIENCE = 30.0
LOOK_AGAIN = 0.05
"""Seconds between two looks at what another process does."""
ADDRESS = "天津市和平区演示街道示范里3号楼2门501号"
STEPS = (
    *("notice", "consent", "identify", "face-consent", "camera"),
    *("choice", "form", "review", "sign", "result", "rate"),
)
"""The pages of the senior allowance, in order, by the kind that the page itself names."""
BEFORE_CONFIRMATION = STEPS[:9]


def picture() -> str:
    """A signature as the pad posts it."""
    image = Image.new("RGBA", (300, 120))
    ImageDraw.Draw(image).line((20, 90, 120, 30, 260, 80), fill="black", width=4)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


class Citizen:
    """One person, one visit."""

    def __init__(self, demo: Handles) -> None:
        self.demo = demo
        self.person = next(each for each in demo.city.people() if each.id == PERSON)
        demo.reader("lift")
        self.screen = Screen(demo.kiosk_url)
        self.page = self.screen.look()
        self.seen: list[Page] = [self.page]

    def until(self, wanted: Callable[[Page], bool], what: str) -> Page:
        """Look until the page is as wanted; a deadline ends it."""
        ends = time.monotonic() + PATIENCE
        while not wanted(self.page):
            assert time.monotonic() < ends, f"waited for {what}, and saw {self.page.title!r}"
            if self.screen.turn(self.page.turn) != self.page.turn:
                self._show(self.screen.look())
            else:
                threading.Event().wait(LOOK_AGAIN)
        return self.page

    def tap(self, value: str, **values: str) -> Page:
        """A tap on the button with this value."""
        return self._show(self.screen.touch(self.page, Button(value, "", "right", True, True), values))

    def _show(self, page: Page) -> Page:
        self.page = page
        self.seen.append(page)
        return page

    def go_home(self) -> None:
        """Leave whatever an earlier citizen left on the screen."""
        ways = ("finish", "skip", "home", "leave", "back", "next", "help")
        ends = time.monotonic() + PATIENCE
        while self.page.kind != "home":
            assert time.monotonic() < ends, f"cannot leave {self.page.title!r}"
            offered = {button.value for button in self.page.buttons if button.enabled}
            way = next((each for each in ways if each in offered), None)
            self._show(self.screen.look() if way is None else self.tap(way))

    def begin(self) -> None:
        """From home to the notice."""
        self.until(lambda page: page.kind == "home" and offers(page, f"start:{ITEM}"), "the item on offer")
        self.tap(f"start:{ITEM}")
        self.until(lambda page: page.kind == "notice", "the notice")

    def to(self, step: str) -> None:
        """From the notice to `step`, doing what a citizen does on the way."""
        while self.page.kind != step:
            self.onward()

    def onward(self) -> None:
        """What a citizen does on the present page, and wait for the next one."""
        before = self.page.kind
        match before:
            case "notice" | "consent" | "review" | "benefits":
                self.tap("next")
            case "identify":
                self.demo.reader("place", card=self.person.card)
            case "face-consent":
                self.tap("face")
            case "camera":
                self.tap("next", picture=data_url(self.demo.city.face(self.person.id)))
            case "choice":
                self.tap("choose:self")
            case "form":
                card = self.person.bank_card or ""
                self.tap("next", residential_address=ADDRESS, bank_card_number=card)
            case "sign":
                self.confirm()
            case "result":
                self.until(lambda page: page.button("下一步") is not None, "the paper")
                self.tap("next")
            case _:
                raise AssertionError(f"a citizen is lost on {before}: {self.page.words[:200]}")
        self.until(lambda page: page.kind not in {before, "waiting"}, f"what follows {before}")

    def confirm(self) -> Page:
        """Sign and submit: from here something is promised."""
        return self.tap("next", signature=picture(), strokes="[[[20,90],[120,30],[260,80]]]")

    def finish(self) -> None:
        """Rate, and go."""
        self.to("rate")
        self.tap("rate:5")
        self.until(lambda page: page.kind == "ended", "the goodbye")
        self.tap("finish")


def offers(page: Page, value: str) -> bool:
    """Whether the button is there and can be tapped: a terminal that has just started has no key yet."""
    return any(button.value == value and button.enabled for button in page.buttons)


def cases(demo: Handles) -> list[dict[str, Any]]:
    """The city's cases."""
    found: list[dict[str, Any]] = demo.city.ledger()["cases"]
    return found


def outbox(demo: Handles) -> list[Filed]:
    """What the outbox holds of applications, read beside the agent as the technician's command does."""
    held = read_outbox(demo.places.store / "outbox.db")
    return [each for each in held if each.operation == "submitApplication"]


def settled(demo: Handles) -> list[Filed]:
    """The outbox's applications once none of them waits any more."""
    ends = time.monotonic() + PATIENCE * 2
    held = outbox(demo)
    while any(each.state == "waiting" for each in held):
        assert time.monotonic() < ends, f"not delivered: {held}"
        threading.Event().wait(LOOK_AGAIN)
        held = outbox(demo)
    return held


def forget_everything(demo: Handles) -> None:
    """A new day: the city forgets its cases, and misbehaves no more."""
    demo.city.behave()
    with requests.Session() as session:
        session.trust_env = False
        session.post(f"{demo.control}/reset", json={}, timeout=10).raise_for_status()


def copy_of(path: Path) -> sqlite3.Connection:
    """The outbox's file, read only, beside a running agent."""
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)
