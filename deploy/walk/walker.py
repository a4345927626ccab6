"""Walks an item through the pages: reads what is shown, decides as a person would, touches.

It knows no item, no step and no word of the agent's code: only what a page shows (headings, questions,
buttons, where they stand) and the sheet about the person.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from deploy.demo.screen import Button, Page, Panel, Question, ScreenBusyError
from deploy.walk.hands import Hands, data_url, photograph
from deploy.walk.sheet import Sheet

LONGEST_SECONDS = 150.0
"""For a whole walk; a slow city's answers and a long print are in it."""

PAGE_SECONDS = 45.0
"""How long one page may stay without anything to touch: the agent's own waits are shorter."""

POLL_SECONDS = 0.2
MOST_TOUCHES = 90
FILL_TRIES = 3
"""How often a form is filled in again that said what was wrong."""

FIND = "find"
"""What the button beside the field for an item's name posts."""

UPLOAD = "upload"
"""What the button posts by which documents are sent from the phone."""

CHOOSE = "choose:"
START = "start:"
"""What the tile of an item posts begins with it."""

CARD_TRIES = 3
"""A card that was not taken three times is taken home."""

ASIDE = (
    "用手机扫码",
    "改用身份证",
    "企业账户",
    "没带身份证",
    "没有收到",
    "不评价",
    "不打印",
    "不同意",
    "不办",
    "不付",
    "再打印",
    "改约",
    "取消预约",
    "改为",
    "重拍",
    "不在里面",
    "上一页",
    "下一页",
)
"""Ways aside that a page offers beside its answers; nobody who is to be done takes them."""

WISHES = ("非常满意", "子女")
"""What is chosen where it is offered: the best rating, and the relation of the family in the sandbox."""


class StuckError(Exception):
    """The walk does not go on; the text says on which page and why."""


@dataclass(slots=True)
class Walk:
    """What was seen on the way, in the agent's own words; the verdict does not take them for true."""

    titles: list[str] = field(default_factory=list)
    pages: int = 0
    started: bool = False
    why_not: str = ""
    """Why the item could not be begun, from its tile."""
    numbers: dict[str, str] = field(default_factory=dict)
    """Numbers that were shown, by what the page called them."""
    pictures: list[str] = field(default_factory=list)
    """SHA-256 of each picture that was shown and kept."""
    chosen: frozenset[str] = frozenset()
    """What was chosen from lists, as the pages post it."""
    later: int = 0
    """How many documents were said to follow later."""
    promised: bool = False
    """Whether a commitment was agreed to."""
    says_printed: bool = False
    rated: bool = False
    reasons: list[str] = field(default_factory=list)
    """Why it could not be done, from the page that says so."""
    ended: bool = False

    @property
    def case_no(self) -> str:
        """The case's number, if the page named one."""
        return self.numbers.get("办件编号", "")

    @property
    def slip(self) -> str:
        """The slip's number, if the page named one."""
        return self.numbers.get("暂存单号", "")


class Walker:
    """One person, one item.

    `name` is typed where items are looked for by name; without one the lists are gone through. `before` is
    called with each page before it is touched: tests cut cables and kill agents there.
    """

    def __init__(
        self,
        screen: Panel,
        hands: Hands,
        sheet: Sheet,
        item: str,
        *,
        name: str = "",
        before: Callable[[Page], None] = lambda _: None,
        say: Callable[[str], None] = lambda _: None,
        longest: float = LONGEST_SECONDS,
    ) -> None:
        self._screen = screen
        self._hands = hands
        self._sheet = sheet
        self._item = item
        self._name = name
        self._before = before
        self._say = say
        self._longest = longest
        self._never = threading.Event()
        self._card_for: str | None = None
        self._card_tries = 0
        self._filled: dict[str, int] = {}
        self._phone_typed = ""
        self._leaving = False
        self._touched: set[str] = set()
        self._codes: set[str] = set()
        self.walk = Walk()

    def go(self) -> Walk:
        """From the page that is shown until the item is over.

        Raises StuckError, ScreenGoneError (the agent is gone); `walk` has what was seen.
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
                page = self._touched_page(page, button, values, deadline)
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
        if page.number_label:
            walk.numbers[page.number_label] = page.number
        walk.says_printed |= "已经打印" in page.words
        walk.reasons += [reason for reason in page.reasons if reason not in walk.reasons]
        if self._card_for is not None and self._card_for != page.turn:
            # "等屏幕换到下一页，再取回"
            self._card_for = None
            self._hands.lift_card()

    def _over(self, page: Page) -> bool:
        """Whether the item is over: back at the start, or never begun."""
        if self.walk.started:
            self.walk.ended = any(each.value.startswith(START) for each in page.buttons)
            return self.walk.ended
        tile = self._tile(page)
        if tile is not None and not tile.enabled:
            self.walk.why_not = tile.label
            return True
        return False

    def _tile(self, page: Page) -> Button | None:
        return next((each for each in page.buttons if each.value == START + self._item), None)

    # Deciding

    def _decide(self, page: Page) -> tuple[Button | None, dict[str, str]]:
        """What to touch and with what filled in; None is to wait."""
        if not self.walk.started:
            return self._begin(page)
        if self._leaving:
            return self._leave(page), {}
        if page.camera:
            return self._photograph(page)
        if page.picture:
            return self._keep(page), {}
        if page.kind == "upload":
            self._send(page)
            return None, {}
        if self._wants_card(page):
            return (self._leave(page) if self._leaving else None), {}
        self._phone(page)
        if page.wants_signature:
            return self._needed(page, page.primary), self._sheet.signature()
        if page.questions and not _finds(page):
            return self._fill(page)
        listed = self._listed(page)
        if listed is not None:
            return listed, {}
        if page.primary is not None and page.primary.enabled:
            self.walk.promised |= "承诺" in page.primary.label
            return page.primary, {}
        button = self._choose(page)
        if button is not None and button.value.startswith(CHOOSE):
            self.walk.chosen |= {button.value.removeprefix(CHOOSE)}
        return button, {}

    def _photograph(self, page: Page) -> tuple[Button, dict[str, str]]:
        """Before the camera: oneself, or the paper that the heading names. The script is the shutter."""
        if page.primary is None or page.reasons:
            raise StuckError(f"nothing to take a picture with on “{page.title}”: {page.words[:120]}")
        if page.camera == "document":
            jpeg = photograph(
                self._sheet.person, page.title.removeprefix("拍摄"), len(self.walk.pictures) + 1
            )
        else:
            jpeg = self._hands.face(self._sheet.person)
        return page.primary, {"picture": data_url(jpeg)}

    def _keep(self, page: Page) -> Button:
        """The picture is good: its hash is what must arrive at the city."""
        image = base64.b64decode(page.picture.partition(",")[2])
        self.walk.pictures.append(hashlib.sha256(image).hexdigest())
        return self._needed(page, page.primary)

    def _send(self, page: Page) -> None:
        """Documents by the phone, which says when it is done: the hashes of its pictures must arrive."""
        if page.code and page.code not in self._codes:
            self._codes.add(page.code)
            self.walk.pictures += self._hands.send(page.code, self._sheet.person)

    def _phone(self, page: Page) -> None:
        """What the phone does where the page shows it a code: it logs in, or pays; each code once."""
        if page.user_code and page.user_code not in self._codes:
            self._codes.add(page.user_code)
            self._hands.scan(page.user_code, self._sheet.person, self._sheet.company)
        elif page.code and not page.user_code and page.code not in self._codes and not page.number:
            self._codes.add(page.code)
            self._hands.pay(page.code)
        elif "刷卡机" in page.words and page.title not in self._codes:
            self._codes.add(page.title)
            self._hands.swipe()

    def _listed(self, page: Page) -> Button | None:
        """On a list of what is to be brought: one after the other is taken, or said to follow later."""
        for each in page.work:
            verb, _, what = each.value.partition(":")
            if verb == "later" and self._sheet.defer and each.value not in self._touched:
                self._touched |= {each.value, f"capture:{what}"}
                self.walk.later += 1
                return each
        takes = [each for each in page.work if each.value.partition(":")[0] in {"capture", "add"}]
        send = next((each for each in page.work if each.value == UPLOAD), None)
        if send is not None and (self._sheet.uploads or not takes):
            takes = [send]  # without a camera there is no other way
        for each in takes:
            what = f"{page.title} {each.value}" if each.value == UPLOAD else each.value
            if what not in self._touched:
                self._touched.add(what)
                return each
        return None

    def _begin(self, page: Page) -> tuple[Button, dict[str, str]]:
        tile = self._tile(page)
        if tile is not None:
            self.walk.started = True
            return tile, {}
        find = next((each for each in page.buttons if each.value == FIND), None)
        if find is not None and page.questions[0].value != self._name:
            return find, {page.questions[0].name: self._name}
        # By name, or sheet by sheet.
        ways = ("下一页",) if find is not None else ("查找事项",) if self._name else ("全部事项", "下一页")
        return self._needed(page, page.button(*ways)), {}

    def _wants_card(self, page: Page) -> bool:
        """Whether the page asks for a card; then it is put down, once for each page that asks."""
        if page.kind != "identify" or "放在读卡区" not in page.words:
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
        times = self._filled.get(page.title, 0)
        if errors and times > FILL_TRIES:
            raise StuckError("answers are not taken: " + "；".join(errors))
        self._filled[page.title] = times + 1 if errors else 1
        values = {each.name: self._answer(each, page.title) for each in page.questions}
        for each in page.questions:
            if each.keyboard == "phone":
                self._phone_typed = values[each.name]
        return self._needed(page, page.primary), values

    def _answer(self, question: Question, title: str) -> str:
        """By the sheet; a code that was sent to the phone by the phone."""
        if "短信验证码" in question.label:
            numbers = [value for word, value in self._sheet.instead if word == "手机"]
            known = self._phone_typed or self._sheet.person.mobile
            return self._hands.message(numbers[0] if numbers else known)
        return self._sheet.answer(question, title)

    def _choose(self, page: Page) -> Button | None:
        """The answer among big buttons; None where there is nothing to choose but to wait."""
        if _finds(page):
            return next((each for each in page.work if each.value.startswith(CHOOSE)), None)
        offered = [each for each in page.work if not any(word in each.label for word in ASIDE)]
        if not self._sheet.rates and (skip := page.button("不评价")) is not None:
            return skip
        wishes = (*self._sheet.wishes, *WISHES, "替家人" if self._sheet.principal else "自己")
        for wish in wishes:
            for each in offered:
                meant = wish in each.label or each.value == f"choose:{wish}"
                if meant and not each.label.startswith("非常不"):
                    if wish == "非常满意":
                        self.walk.rated = True
                    return each
        # Who has shown a card may have to be confirmed by phone as well.
        again = page.button("用手机扫码") if page.kind == "identify" and not page.user_code else None
        return offered[0] if offered else again

    def _needed(self, page: Page, button: Button | None) -> Button:
        if button is None or not button.enabled:
            there = ", ".join(f"{each.label}{'' if each.enabled else ' (grey)'}" for each in page.buttons)
            raise StuckError(f"nothing to touch on “{page.title}” ({there}): {page.words[:120]}")
        return button

    # Waiting

    def _touched_page(self, page: Page, button: Button, values: dict[str, str], deadline: float) -> Page:
        """The page after a touch; where the agent has no time, what it shows once it has."""
        try:
            return self._screen.touch(page, button, values)
        except ScreenBusyError:
            while time.monotonic() < deadline:
                self._never.wait(POLL_SECONDS)
                with contextlib.suppress(ScreenBusyError):
                    return self._screen.look()
            raise

    def _wait(self, page: Page, deadline: float) -> Page:
        """The next page, as the page's own poll would find it."""
        while time.monotonic() < deadline:
            if self._screen.turn(page.turn) != page.turn:
                return self._screen.look()
            self._never.wait(POLL_SECONDS)
        raise StuckError(f"“{page.title}” stays: {page.words[:120]}")


def _finds(page: Page) -> bool:
    """Whether what may be typed only narrows a list; all of it stands there as long as nothing is typed."""
    return any(each.value == FIND for each in page.buttons)
