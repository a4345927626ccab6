"""The pages by four keys alone: where the focus goes, what select does, and which page a press is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from deploy.demo.demo import Handles
from drivers.keypad import Press
from flows.page import FormBody, Input
from flows.page import Page as FlowPage
from flows.parts import Option
from kiosk.views import Idle, View
from tests.browser.pages import Served, opened, present, served
from tests.kiosk.web.fakes import FakeScreen
from tests.kiosk.web.samples import SAMPLES
from tests.system.citizen import Citizen, settled

pytestmark = pytest.mark.browser

HERE = (
    """() => { const e = document.activeElement; return e.id || e.value || e.dataset.skbtn || e.tagName; }"""
)
RING = """() => {
  const e = document.activeElement, shown = e.closest(".option") ?? e, style = getComputedStyle(shown);
  const box = shown.getBoundingClientRect();
  return { width: parseFloat(style.outlineWidth), style: style.outlineStyle, colour: style.outlineColor,
    seen: box.top >= 0 && box.bottom <= innerHeight && box.width > 0 };
}"""

STATE = """() => {
  const e = document.activeElement;
  const at = [...document.querySelectorAll("*")].indexOf(e);
  const sheet = document.querySelector("main .count")?.textContent;
  return [document.body.dataset.turn, at, e?.checked, sheet].join();
}"""
"""What a press changes: the page, the focus, what is chosen, the sheet."""
RECORD = "social-insurance.rights-record"


class Keyed:
    """A page, and the pad beside it."""

    def __init__(self, page: Page, site: Served) -> None:
        self.page = page
        self.site = site

    def show(self, view: View) -> None:
        present(self.page, self.site, view)

    def press(self, *wanted: Press) -> str:
        """One after the other, each when the agent knows what is shown; where the focus is then."""
        screen = self.site.screen
        self.settled()
        for press in wanted:
            told = screen.told
            screen.presses.pressed(press)
            self.wait(_more(screen, told))
            self.settled()
        return str(self.page.evaluate(HERE))

    def settled(self) -> None:
        """Wait until the page polls, showing what is to be shown: what came of the poll before is done."""
        screen = self.site.screen
        polls = len(screen.polls)
        self.wait(lambda: screen.view().turn in screen.polls[polls:])

    def wait(self, fact: Callable[[], bool]) -> None:
        with self.site.screen.changed_now:
            assert self.site.screen.changed_now.wait_for(fact, timeout=10)

    def until(self, wanted: str) -> None:
        """Press next until the focus is there."""
        for _ in range(60):
            if self.press(Press.NEXT) == wanted:
                return
        raise AssertionError(f"{wanted} is not reached")

    def acts(self) -> list[tuple[str, dict[str, str]]]:
        return self.site.screen.acts


def _more(screen: FakeScreen, told: int) -> Callable[[], bool]:
    return lambda: screen.told > told


@pytest.fixture
def keyed(browser: Browser) -> Iterator[Keyed]:
    with served(SAMPLES["home"]) as site:
        page = opened(browser, site, "portrait")
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        yield Keyed(page, site)
        page.context.close()
        assert problems == []


def form(*inputs: Input) -> View:
    view = SAMPLES["form"]
    assert isinstance(view.page, FlowPage)
    return replace(view, page=replace(view.page, body=FormBody(title="请填写", inputs=inputs)))


CHOICE = Input(
    name="how",
    label="怎样领取？",
    kind="choice",
    required=True,
    options=(Option(value="post", label="邮寄"), Option(value="desk", label="到窗口取")),
)
PHONE = Input(name="mobile", label="手机号", kind="phone", required=True)
NAME = Input(name="reason", label="事由", kind="text", required=True)


def test_next_and_previous_go_through_all_that_can_be_done(keyed: Keyed) -> None:
    first = keyed.press(Press.NEXT)
    seen = [first]
    while (at := keyed.press(Press.NEXT)) != first:
        assert len(seen) < 40
        seen.append(at)
    assert first.startswith("start:")
    assert {"help", "elder", "large", "H1"} <= set(seen)
    assert keyed.press(Press.PREVIOUS) == seen[-1]


@pytest.mark.parametrize("sample", ["home", "form", "review"])
def test_the_focus_is_seen(keyed: Keyed, sample: str) -> None:
    keyed.show(SAMPLES[sample])
    for _ in range(10):
        where = keyed.press(Press.NEXT)
        ring = keyed.page.evaluate(RING)
        assert ring["style"] == "solid", where
        assert ring["width"] >= 4, where
        assert ring["colour"] in {"rgb(26, 31, 43)", "rgb(255, 255, 255)"}, where
        assert ring["seen"], where


def test_select_does_what_is_marked_and_shows_first_what_it_would_do(keyed: Keyed) -> None:
    where = keyed.press(Press.SELECT)
    assert keyed.acts() == []
    keyed.press(Press.SELECT)
    assert keyed.acts() == [(where, {})]


def test_a_choice_is_chosen_by_select(keyed: Keyed) -> None:
    keyed.show(form(CHOICE))
    keyed.press(Press.NEXT, Press.NEXT)
    expect(keyed.page.locator("input[value=desk]")).to_be_focused()
    expect(keyed.page.locator("input[value=desk]")).not_to_be_checked()
    keyed.press(Press.SELECT)
    expect(keyed.page.locator("input[value=desk]")).to_be_checked()
    keyed.until("next")
    keyed.press(Press.SELECT)
    assert keyed.acts() == [("next", {"how": "desk"})]


def test_a_number_is_typed_on_the_keys_of_the_screen(keyed: Keyed) -> None:
    keyed.show(form(PHONE))
    assert keyed.press(Press.NEXT) == "f-mobile"
    expect(keyed.page.locator("#keyboard")).to_be_hidden()
    assert keyed.press(Press.SELECT) == "1"
    keyed.press(Press.SELECT, Press.NEXT, Press.NEXT, Press.SELECT)
    expect(keyed.page.locator("#f-mobile")).to_have_value("13")
    keyed.press(Press.PREVIOUS, Press.PREVIOUS, Press.PREVIOUS)
    expect(keyed.page.locator("#keyboard .done")).to_be_focused()
    assert keyed.press(Press.SELECT) == "f-mobile"
    expect(keyed.page.locator("#keyboard")).to_be_hidden()


def test_chinese_is_typed_on_the_keys_of_the_screen(keyed: Keyed) -> None:
    keyed.show(form(NAME))
    keyed.press(Press.NEXT)
    assert keyed.press(Press.SELECT) == "q"
    keyed.until("t")
    keyed.press(Press.SELECT)
    keyed.until("a")
    keyed.press(Press.SELECT)
    candidate = keyed.page.locator("#keyboard .candidate").first
    words = candidate.inner_text()
    for _ in range(40):
        keyed.press(Press.PREVIOUS)
        if candidate.evaluate("(each) => each === document.activeElement"):
            break
    keyed.press(Press.SELECT)
    expect(keyed.page.locator("#f-reason")).to_have_value(words)
    assert keyed.page.evaluate("() => document.activeElement.closest('#keyboard') !== null")


def test_a_press_for_an_old_page_does_nothing(keyed: Keyed) -> None:
    keyed.press(Press.NEXT)
    screen = keyed.site.screen
    screen.presses.take(screen.view().turn)  # what the agent knows is shown: the page of now
    shown = screen.show(SAMPLES["review"])
    screen.presses.pressed(Press.SELECT)  # meant for what was seen, and another page is on its way
    keyed.page.locator(f'body[data-turn="{shown.turn}"]').wait_for()
    keyed.settled()
    keyed.settled()
    assert keyed.acts() == []
    assert keyed.page.evaluate(HERE) == "H1"


def test_two_presses_of_select_act_once(keyed: Keyed) -> None:
    keyed.show(form(CHOICE))
    keyed.until("next")
    keyed.settled()
    keyed.site.screen.presses.pressed(Press.SELECT)
    keyed.site.screen.presses.pressed(Press.SELECT)
    keyed.wait(lambda: len(keyed.acts()) >= 1)
    keyed.settled()
    keyed.settled()
    assert (len(keyed.acts()), keyed.site.screen.late) == (1, [])


QUESTIONS = [
    replace(
        CHOICE, name=f"q{n}", options=tuple(Option(value=f"{n}-{each}", label="选项") for each in range(6))
    )
    for n in range(8)
]
"""More than one sheet holds; the answers of the second are chosen by select."""


def at_the_turning(keyed: Keyed) -> None:
    """A form of several sheets, the focus on the button that turns them; the page's clock stands still."""
    keyed.show(form(*QUESTIONS))
    keyed.page.evaluate("() => { performance.now = () => 100_000; }")
    turning = keyed.page.locator("button[value=next]")
    expect(turning).to_contain_text("下一页")
    turning.focus()


def test_two_presses_at_once_turn_the_sheet_and_choose_nothing_on_the_next(keyed: Keyed) -> None:
    at_the_turning(keyed)
    keyed.settled()
    screen = keyed.site.screen
    told = screen.told
    with screen.changed_now:  # one answer tells of both
        screen.presses.pressed(Press.SELECT)
        screen.presses.pressed(Press.NEXT)
        screen.presses.pressed(Press.SELECT)
    keyed.wait(_more(screen, told))
    keyed.settled()
    expect(keyed.page.locator("main .count")).to_contain_text("第 2 页")
    first = keyed.page.locator("main [data-pages] input:visible").first
    expect(first).to_be_focused()
    expect(keyed.page.locator("input:checked")).to_have_count(0)


def test_a_second_press_soon_after_the_sheet_was_turned_chooses_nothing(keyed: Keyed) -> None:
    at_the_turning(keyed)
    keyed.press(Press.SELECT)
    keyed.press(Press.SELECT)
    expect(keyed.page.locator("main .count")).to_contain_text("第 2 页")
    expect(keyed.page.locator("input:checked")).to_have_count(0)
    keyed.page.evaluate("() => { performance.now = () => 100_500; }")
    keyed.press(Press.SELECT)
    expect(keyed.page.locator("main [data-pages] input:visible").first).to_be_checked()


def test_help_says_where_one_is_and_asks_for_help_when_pressed_again(keyed: Keyed) -> None:
    keyed.show(form(CHOICE))
    keyed.press(Press.NEXT, Press.HELP)
    strip = keyed.page.locator(".where[role=status]")
    expect(strip).to_contain_text("现在在：邮寄，未选")
    keyed.press(Press.NEXT)
    expect(strip).to_have_count(0)
    keyed.press(Press.HELP, Press.HELP)
    assert keyed.acts()[-1][0] == "help"


def test_what_was_typed_is_not_said(keyed: Keyed) -> None:
    keyed.show(form(replace(PHONE, value="13900000000", shown="139 **** 0000")))
    keyed.press(Press.NEXT, Press.HELP)
    expect(keyed.page.locator(".where")).to_contain_text("手机号，已填")
    assert "139" not in keyed.page.locator(".where").inner_text()


def test_the_idle_warning_is_answered_by_its_one_button(keyed: Keyed) -> None:
    keyed.show(replace(SAMPLES["form"], idle=Idle(seconds_left=20)))
    assert keyed.press(Press.NEXT) == "extend"
    assert keyed.press(Press.PREVIOUS) == "extend"
    keyed.press(Press.SELECT)
    assert [action for action, _ in keyed.acts()] == ["extend"]


def test_a_finger_takes_over(keyed: Keyed) -> None:
    keyed.press(Press.NEXT, Press.HELP)
    keyed.page.locator("h1").tap()
    expect(keyed.page.locator(".where")).to_have_count(0)
    assert not keyed.page.evaluate("() => 'keyed' in document.documentElement.dataset")


def test_a_press_is_as_good_as_a_touch_for_the_idle_clock(keyed: Keyed) -> None:
    before = keyed.site.screen.touches
    keyed.press(Press.NEXT)
    with keyed.site.screen.changed_now:
        assert keyed.site.screen.changed_now.wait_for(lambda: keyed.site.screen.touches > before, timeout=10)


def papers(demo: Handles) -> int:
    return len(list(demo.paper.glob("receipt-*.png")))


class Pad:
    """A hand at the demo's keypad, and eyes at its screen."""

    def __init__(self, page: Page, demo: Handles) -> None:
        self.page = page
        self.demo = demo

    def at(self, kind: str) -> None:
        self.page.locator(f"html.js body[data-kind={kind}]:not([aria-busy])").wait_for()

    def press(self, press: Press) -> None:
        """Press, and wait until the page has heard of it, or was left by it."""
        before = self.page.evaluate(STATE)
        self.demo.keypad("press", key=press.value)
        with suppress(PlaywrightError):  # left in the middle of the waiting: it was heard
            self.page.wait_for_function(f"(before) => ({STATE})() !== before", arg=before)

    def choose(self, value: str) -> None:
        """Move until the focus is on the control of that value, and select it."""
        for _ in range(60):
            if self.page.evaluate("() => document.activeElement?.value") == value:
                self.press(Press.SELECT)
                return
            self.press(Press.NEXT)
        raise AssertionError(f"{value} is not reached")

    def forward(self, here: str, there: str) -> None:
        """Select the primary action, through all sheets of a long page."""
        self.at(here)
        for _ in range(6):
            self.choose("next")
            with suppress(PlaywrightTimeout):
                self.page.locator(f"body[data-kind={there}]").wait_for(timeout=3_000)
                return
        raise AssertionError(f"{there} does not come")


def test_a_whole_item_by_the_keypad_alone(browser: Browser, demo: Handles) -> None:
    """From the first page to the goodbye. The pad's simulator, the agent with its driver, and the city are
    processes of their own; nothing touches the screen."""
    before = papers(demo)
    context = browser.new_context(viewport={"width": 1080, "height": 1920}, has_touch=True)
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(demo.kiosk_url)
    pad = Pad(page, demo)
    try:
        pad.at("home")
        pad.choose(f"start:{RECORD}")
        pad.forward("notice", "consent")
        pad.forward("consent", "identify")
        pad.choose("phone")
        page.locator(".user-code").wait_for()
        demo.city.approve(page.locator(".user-code").inner_text(), "p-zhang-wei")
        pad.at("form")
        pad.choose("2025")
        expect(page.locator("input[value='2025']")).to_be_checked()
        pad.forward("form", "table")
        pad.forward("table", "result")
        expect(page.locator("button[value=next]")).to_be_visible()
        pad.forward("result", "rate")
        pad.choose("rate:4")
        pad.at("ended")
        pad.choose("finish")
        pad.at("home")
        settled(demo)
        assert [rating["level"] for rating in demo.city.ledger()["ratings"]] == [4]
        assert papers(demo) == before + 1
    finally:
        context.close()
        Citizen(demo).go_home()
