"""Walks an item through the pages: reads what is shown, decides as a person would, touches.

It knows no item, no step and no word of the agent's code: only what a page shows (headings, questions,
buttons, where they stand) and the sheet about the person.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from deploy.demo.city import Resident
from deploy.demo.screen import Button, Page, Screen
from deploy.walk.sheet import Sheet

LONGEST_SECONDS = 150.0
"""For a whole walk; a slow city's answers and a long print are in it."""

PAGE_SECONDS = 45.0
"""How long one page may stay without anything to touch: the agent's own waits are shorter."""

POLL_SECONDS = 0.1
MOST_TOUCHES = 60
CARD_TRIES = 3
"""A card that was not taken three times is taken home."""

ASIDE = ("手机扫码", "改用身份证", "不评价", "不打印", "不同意", "不办", "再打印", "上一页", "下一页")
"""Ways aside that a page offers beside its answers; nobody who is to be done takes them."""

WISHES = ("非常满意", "子女")
"""What is chosen where it is offered: the best rating, and the relation of the family in the sandbox."""


class StuckError(Exception):
    """The walk does not go on; the text says on which page and why."""


class Hands(Protocol):
    """What the citizen does beside touching the screen."""

    def put_card(self, person: Resident) -> None:
        """Put this person's card on the reader."""
        ...

    def lift_card(self) -> None:
        """Take the card back."""
        ...


@dataclass(slots=True)
class Walk:
    """What was seen on the way, in the agent's own words; the verdict does not take them for true."""

    titles: list[str] = field(default_factory=list)
    pages: int = 0
    started: bool = False
    why_not: str = ""
    """Why the item could not be begun, from its tile."""
    case_no: str = ""
    slip: str = ""
    says_printed: bool = False
    rated: bool = False
    reasons: list[str] = field(default_factory=list)
    """Why it could not be done, from the page that says so."""
    ended: bool = False


class Walker:
    """One person, one item.

    `before` is called with each page before it is touched: tests cut cables and kill agents there.
    """

    def __init__(
        self,
        screen: Screen,
        hands: Hands,
        sheet: Sheet,
        item: str,
        *,
        before: Callable[[Page], None] = lambda _: None,
        say: Callable[[str], None] = lambda _: None,
        longest: float = LONGEST_SECONDS,
    ) -> None:
        self._screen = screen
        self._hands = hands
        self._sheet = sheet
        self._item = item
        self._before = before
        self._say = say
        self._longest = longest
        self._never = threading.Event()
        self._card_for: str | None = None
        self._card_tries = 0
        self._filled: set[str] = set()
        self._leaving = False
        self.walk = Walk()

    def go(self) -> Walk:
        """From the page that is shown until the item is over.

        Raises StuckError, NoAnswerError, ScreenGoneError (the agent is gone); `walk` has what was seen.
        """
        deadline = time.monotonic() + self._longest
        page = self._screen.look()
        for _ in range(MOST_TOUCHES):
            self._read(page)
            self._before(page)
            if self._over(page):
                return self.walk
            button, values = self._decide(page)
            if button is not None:
                page = self._screen.touch(page, button, values)
            else:
                page = self._wait(page, min(deadline, time.monotonic() + PAGE_SECONDS))
            if time.monotonic() > deadline:
                raise StuckError(f"not done within {self._longest:g} s; last page: {page.title}")
        raise StuckError(
            f"{MOST_TOUCHES} touches and no end; last pages: {' › '.join(self.walk.titles[-4:])}"
        )

    # Reading

    def _read(self, page: Page) -> None:
        """Remember what the page says."""
        walk = self.walk
        walk.pages += 1
        if not walk.titles or walk.titles[-1] != page.title:
            walk.titles.append(page.title)
            self._say(page.title)
        if "办件编号" in page.number_label:
            walk.case_no = page.number
        elif "暂存单号" in page.number_label:
            walk.slip = page.number
        walk.says_printed |= "已经打印" in page.words
        walk.reasons += [reason for reason in page.reasons if reason not in walk.reasons]
        if self._card_for is not None and self._card_for != page.turn:
            # "等屏幕换到下一页，再取回"
            self._card_for = None
            self._hands.lift_card()

    def _over(self, page: Page) -> bool:
        """Whether the item is over: back at the start, or never begun."""
        tile = self._tile(page)
        if tile is None:
            return False
        if self.walk.started:
            self.walk.ended = True
            return True
        if not tile.enabled:
            self.walk.why_not = tile.label
            return True
        return False

    def _tile(self, page: Page) -> Button | None:
        return next((each for each in page.buttons if each.value == f"start:{self._item}"), None)

    # Deciding

    def _decide(self, page: Page) -> tuple[Button | None, dict[str, str]]:
        """What to touch and with what filled in; None is to wait."""
        if not self.walk.started:
            return self._begin(page), {}
        if self._leaving:
            return self._leave(page), {}
        if self._wants_card(page):
            return (self._leave(page) if self._leaving else None), {}
        if page.wants_signature:
            return self._needed(page, page.primary), self._sheet.signature()
        if page.questions:
            return self._fill(page)
        if page.primary is not None and page.primary.enabled:
            return page.primary, {}
        return self._choose(page), {}

    def _begin(self, page: Page) -> Button:
        tile = self._tile(page)
        if tile is not None:
            self.walk.started = True
            return tile
        # Not on this page: all items, then sheet by sheet.
        return self._needed(page, page.button("全部事项", "下一页"))

    def _wants_card(self, page: Page) -> bool:
        """Whether the page asks for a card; then it is put down, once for each page that asks."""
        if "身份证" not in page.words or "放在读卡区" not in page.words:
            return False
        if self._card_for is None and self._card_tries == CARD_TRIES:
            self._leaving = True
            self.walk.reasons.append(page.message or page.title)
        elif self._card_for is None:
            self._card_tries += 1
            person = self._sheet.person
            if "被代办人" in page.words:
                if self._sheet.principal is None:
                    raise StuckError("another person's card is asked for, and the walk has none")
                person = self._sheet.principal
            self._card_for = page.turn
            self._hands.put_card(person)
        return True

    def _leave(self, page: Page) -> Button:
        """The way out of an item: back, or by 求助."""
        way = page.button("不办了") or next((each for each in page.buttons if each.place == "left"), None)
        return self._needed(page, way or page.button("求助"))

    def _fill(self, page: Page) -> tuple[Button, dict[str, str]]:
        errors = [f"{each.label}：{each.error}" for each in page.questions if each.error]
        if errors and page.title in self._filled:
            raise StuckError("answers are not taken: " + "；".join(errors))
        self._filled.add(page.title)
        values = {each.name: self._sheet.answer(each) for each in page.questions}
        return self._needed(page, page.primary), values

    def _choose(self, page: Page) -> Button | None:
        """The answer among big buttons; None where there is nothing to choose but to wait."""
        offered = [each for each in page.work if not any(word in each.label for word in ASIDE)]
        wishes = (*WISHES, "替家人" if self._sheet.principal else "自己")
        for wish in wishes:
            for each in offered:
                if wish in each.label and not each.label.startswith("非常不"):
                    self.walk.rated |= wish == "非常满意"
                    return each
        return offered[0] if offered else None

    def _needed(self, page: Page, button: Button | None) -> Button:
        if button is None or not button.enabled:
            raise StuckError(f"nothing to touch on “{page.title}”: {page.words[:120]}")
        return button

    # Waiting

    def _wait(self, page: Page, deadline: float) -> Page:
        """The next page, as the page's own poll would find it."""
        while time.monotonic() < deadline:
            if self._screen.turn(page.turn) != page.turn:
                return self._screen.look()
            self._never.wait(POLL_SECONDS)
        raise StuckError(f"“{page.title}” stays: {page.words[:120]}")
