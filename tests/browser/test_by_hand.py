"""Two items by hand in real Chromium, from first touch to rating: the screen's own keys, the pen, the phone.

On the landscape panel; `test_all_items` walks every item, online on the upright one and without a network on
this one. The demo's processes are real (city, devices, agent); the verdict comes from the city's ledger and
from the paper, read by the printer simulator's own interpreter and by zxing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from deploy.demo.demo import Handles
from deploy.qr import codes_in
from kiosk.receipt_code import PaperKind, Verified, verify
from tests.browser.finger import FRAMES
from tests.browser.test_pages_look import AXE, AXE_RUN
from tests.system.citizen import Citizen, cases, settled

pytestmark = pytest.mark.browser

SENIOR = "civil.senior-allowance-apply"
RECORD = "social-insurance.rights-record"
ONLINE_ONLY = "household.id-card-first-book"
"""Stands on the first page, and cannot be done without a network."""
SHEETS = 12
WHERE = """() => document.body.dataset.turn + document.querySelector("main .pager .count")?.textContent"""
PATIENCE = 20_000


class Hand:
    """A citizen's hand and eyes at a real browser; axe looks at every page it comes to."""

    def __init__(self, page: Page, demo: Handles) -> None:
        self.page = page
        self.demo = demo
        self.violations: list[Any] = []
        self.seen: list[str] = []

    def at(self, kind: str) -> None:
        """Wait for a page of this kind, and let axe look at it."""
        self.page.wait_for_selector(f"body[data-kind={kind}]", timeout=PATIENCE)
        self.page.wait_for_load_state()
        self.page.evaluate(AXE)
        self.violations += [(kind, each) for each in self.page.evaluate(AXE_RUN)]
        self.seen.append(kind)

    def tap(self, value: str) -> None:
        """Tap a button."""
        self.page.locator(f'button[name=action][value="{value}"]').first.tap()

    def find(self, item: str) -> Locator:
        """The tile of an item, wherever it stands in the list of all."""
        self.tap("list")
        self.at("items")
        tile = self.page.locator(f'button[value="start:{item}"]')
        for _ in range(SHEETS):
            if tile.is_visible():
                break
            before = self.page.evaluate(WHERE)
            self.page.locator("main .pager button").nth(1).tap()
            self.page.wait_for_function(f"(before) => ({WHERE})() !== before", arg=before, timeout=PATIENCE)
        else:
            raise AssertionError(f"{item} is on no sheet")
        return tile

    def forward(self, kind: str) -> None:
        """Tap the primary button, through all sheets of a long page, until a page of `kind` is there."""
        for _ in range(6):
            self.page.locator("footer .right button.primary").last.tap()
            with suppress(PlaywrightTimeout):
                self.page.wait_for_selector(f"body[data-kind={kind}]", timeout=2_500)
                break
        self.at(kind)

    def card(self, person: str) -> None:
        """Put a card on the reader."""
        card = next(each.card for each in self.demo.city.people() if each.id == person)
        self.demo.reader("place", card=card)

    def face(self, person: str) -> None:
        """Agree to the comparison, and look into the camera."""
        self.at("face-consent")
        self.demo.camera.show(self.demo.city.face(person))
        self.tap("face")
        self.at("camera")
        self.page.locator(".viewfinder.live").wait_for(timeout=PATIENCE)
        self.page.evaluate(FRAMES)
        self.tap("next")

    def digits(self, name: str, number: str) -> None:
        """Type on the screen's own keys."""
        field = self.page.locator(f"input[name={name}]")
        if not field.is_visible():  # it stands on the second sheet
            self.page.locator(".bar .right .btn", has_text="下一页").tap()
        field.tap()
        for digit in number:
            self.page.locator(f'.hg-button[data-skbtn="{digit}"]').tap()
        self.page.get_by_text("完成", exact=True).first.tap()

    def draw(self) -> None:
        """Sign with a finger."""
        box = self.page.locator("canvas").bounding_box()
        assert box is not None
        mouse = self.page.mouse
        mouse.move(box["x"] + 60, box["y"] + 100)
        mouse.down()
        mouse.move(box["x"] + 220, box["y"] + 40, steps=6)
        mouse.move(box["x"] + 360, box["y"] + 120, steps=6)
        mouse.up()

    def rate_and_go(self, level: int = 5) -> None:
        """The last two pages."""
        self.at("rate")
        self.tap(f"rate:{level}")
        self.at("ended")
        self.tap("finish")
        self.at("home")


@pytest.fixture
def hand(watched: Browser, demo: Handles) -> Iterator[Hand]:
    context = watched.new_context(viewport={"width": 1280, "height": 1024}, has_touch=True)
    page = context.new_page()
    page.goto(demo.kiosk_url)
    made = Hand(page, demo)
    made.at("home")
    yield made
    context.close()
    Citizen(demo).go_home()


def papers(demo: Handles) -> list[Path]:
    """What came out of the printer, oldest first."""
    return sorted(demo.paper.glob("receipt-*.png"))


def newest(demo: Handles, before: int) -> tuple[str, Any]:
    """The text and the verified code of the one paper that came out since there were `before`."""
    ends = time.monotonic() + PATIENCE / 1000
    while len(papers(demo)) <= before:
        assert time.monotonic() < ends, "no paper came out"
    [paper] = papers(demo)[before:]
    [code] = codes_in(Image.open(paper))
    found = verify(code, [demo.public_jwk])
    assert isinstance(found, Verified)
    return json.dumps(json.loads(paper.with_suffix(".json").read_text()), ensure_ascii=False), found.code


def test_allowance_from_card_to_receipt(hand: Hand) -> None:
    before = len(papers(hand.demo))
    hand.tap(f"start:{SENIOR}")
    hand.at("notice")
    hand.forward("consent")
    hand.forward("identify")
    hand.card("p-chen-yan")
    hand.face("p-chen-yan")
    hand.at("choice")
    hand.tap("choose:self")
    hand.at("form")
    hand.digits("bank_card_number", "6222020000000000000")
    hand.forward("review")
    hand.forward("sign")
    hand.draw()
    hand.tap("next")
    hand.at("result")
    expect(hand.page.locator("button[value=next]")).to_be_visible(timeout=PATIENCE)
    number = hand.page.locator(".number").inner_text().replace(" ", "")
    hand.tap("next")
    hand.at("benefits")
    hand.tap("next")
    hand.rate_and_go()
    [case] = cases(hand.demo)
    assert (case["case_no"], case["state"]) == (number, "accepted")
    text, code = newest(hand.demo, before)
    assert (code.kind, code.number) == (PaperKind.RECEIPT, number)
    assert "暂存" not in text
    settled(hand.demo)
    assert [rating["level"] for rating in hand.demo.city.ledger()["ratings"]] == [5]
    assert hand.violations == []


def test_record_by_phone_scan_is_shown_and_printed(hand: Hand) -> None:
    before = len(papers(hand.demo))
    hand.find(RECORD).tap()
    hand.at("notice")
    hand.forward("consent")
    hand.forward("identify")
    hand.tap("phone")
    user_code = hand.page.locator(".user-code").inner_text()
    hand.demo.city.approve(user_code, "p-zhang-wei")
    hand.at("form")
    hand.page.locator("label", has_text="2025").first.tap()
    hand.tap("next")
    hand.at("table")
    hand.tap("next")
    hand.at("result")
    expect(hand.page.locator("button[value=next]")).to_be_visible(timeout=PATIENCE)
    hand.tap("next")
    hand.rate_and_go(4)
    text, code = newest(hand.demo, before)
    assert code.kind is PaperKind.RECORD
    assert "职工基本医疗保险" in text
    assert hand.violations == []
