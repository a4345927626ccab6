"""The search page in a real browser, the real terminal behind it: letters, characters, keys, no script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Lock

import pytest
from playwright.sync_api import Browser, Page, expect

from kiosk.views import SearchBody, View
from tests.browser.pages import SIZES, Site, blank, opened, serving
from tests.flows.shipped import shipped
from tests.kiosk.shell import Box
from tests.kiosk.test_finder import arrive

pytestmark = pytest.mark.browser

ELECTRICITY = "utility.electricity-pay"
FAST = """(letters) => {
  for (const each of letters) document.querySelector(`button.key[value="key:${each}"]`).click();
}"""


class Behind:
    """See `kiosk.web.screen.Screen`: a terminal in a box, one touch at a time."""

    def __init__(self) -> None:
        self.box = Box()
        self._one = Lock()

    def view(self) -> View:
        return self.box.view

    def act(self, turn: int, action: str, values: Mapping[str, str]) -> View:
        with self._one:
            self.box.terminal.touch(turn, action, values)
            return self.box.view

    def changed(self, after: int) -> int:
        del after
        return self.box.view.turn

    def pressed(self, turn: int) -> tuple[str, ...]:
        del turn
        return ()

    def camera(self, word: str) -> None:
        """There is none."""

    def beat(self) -> None:
        """Nobody watches."""

    def touched(self, *, finger: bool) -> None:
        with self._one:
            self.box.terminal.typing()

    @property
    def query(self) -> str:
        body = self.box.view.page.body
        assert isinstance(body, SearchBody)
        return body.query


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def site(behind: Behind) -> Iterator[Site]:
    with serving(behind) as site:
        yield site


@pytest.fixture(params=list(SIZES))
def page(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = opened(browser, site, request.param)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.locator("button[value=search]").tap()
    page.locator("body[data-kind=search]").wait_for()
    yield page
    page.context.close()
    assert problems == []


def tap(page: Page, letters: str) -> None:
    for each in letters:
        page.locator(f'button.key[value="key:{each}"]').tap()


def test_first_letters_find_an_item_as_they_are_touched_and_the_item_opens(
    page: Page, behind: Behind
) -> None:
    status = page.locator(".found .how-many").element_handle()
    tap(page, "jdf")
    expect(page.locator("#f-query")).to_have_value("jdf")
    tile = page.locator(f'button[value="start:{ELECTRICITY}"]')
    expect(tile).to_be_visible()
    assert status is not None
    assert "件事" in (status.text_content() or "")  # the very same live region, so that it is spoken
    tile.tap()
    expect(page.locator("body")).not_to_have_attribute("data-kind", "search")
    assert behind.box.diary.lines[-1] == ("item-started", ELECTRICITY)


def test_no_letter_is_lost_however_fast_the_fingers(page: Page, behind: Behind) -> None:
    page.evaluate(FAST, list("jiaodianfei"))
    expect(page.locator("#f-query")).to_have_value("jiaodianfei")
    expect(page.locator(f'button[value="start:{ELECTRICITY}"]')).to_be_visible()
    expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")
    assert behind.query == "jiaodianfei"


def test_delete_and_clear_change_what_is_found(page: Page) -> None:
    tap(page, "jdx")
    page.locator("button.key.erase").tap()
    tap(page, "f")
    expect(page.locator(f'button[value="start:{ELECTRICITY}"]')).to_be_visible()
    page.locator("button.key.clear").tap()
    expect(page.locator("#f-query")).to_have_value("")
    expect(page.locator(".found .tile")).to_have_count(0)


def test_characters_are_written_with_the_pinyin_keyboard_and_the_list_follows(page: Page) -> None:
    page.locator(".key.chinese").tap()
    expect(page.locator(".letter-keys")).to_be_hidden()
    for syllable, character in (("dian", "电"), ("fei", "费")):
        for letter in syllable:
            page.locator(f'#keyboard [data-skbtn="{letter}"]').tap()
        wanted = page.locator("#keyboard").get_by_role("button", name=character, exact=True)
        while wanted.count() == 0:
            page.get_by_role("button", name="后面的字").tap()
        wanted.tap()
    expect(page.locator("#f-query")).to_have_value("电费")
    expect(page.locator(f'button[value="start:{ELECTRICITY}"]')).to_be_attached()
    page.get_by_role("button", name="完成").tap()
    expect(page.locator(".letter-keys")).to_be_visible()
    expect(page.locator(f'button[value="start:{ELECTRICITY}"]')).to_be_visible()


def test_by_keys_alone_the_focus_stays_on_the_key_that_was_pressed(page: Page) -> None:
    key = page.locator('button.key[value="key:d"]')
    key.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#f-query")).to_have_value("d")
    expect(page.locator(".found .tile").first).to_be_visible()
    expect(key).to_be_focused()


def test_nothing_found_says_what_to_do_and_help_is_there(page: Page) -> None:
    tap(page, "vvvv")
    expect(page.locator(".found .how-many")).to_have_text("没有找到“vvvv”")
    expect(page.locator(".advice")).to_contain_text("12345")
    expect(page.locator("button[value=help]")).to_be_enabled()


def test_digits_are_at_hand(page: Page, behind: Behind) -> None:
    turn = page.locator("button.key.turn")
    if turn.is_visible():
        turn.tap()
    tap(page, "12345")
    expect(page.locator("#f-query")).to_have_value("12345")
    expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")
    assert behind.query == "12345"


def test_larger_type_keeps_what_was_typed(page: Page) -> None:
    tap(page, "jdf")
    expect(page.locator(".found .tile").first).to_be_visible()
    page.locator("button[value=elder]").tap()
    page.locator("html.elder").wait_for()
    expect(page.locator("#f-query")).to_have_value("jdf")


def test_without_script_every_key_is_a_plain_form(browser: Browser, site: Site, behind: Behind) -> None:
    page = blank(browser, "portrait", script=False)
    page.goto(site.opening)
    page.locator("button[value=search]").tap()
    tap(page, "jd")
    page.locator("#f-query").fill("电费")
    page.locator("button[value=find]").tap()
    expect(page.locator("#f-query")).to_have_value("电费")
    page.locator(f'button[value="start:{ELECTRICITY}"]').tap()
    expect(page.locator("body")).not_to_have_attribute("data-kind", "search")
    assert behind.box.diary.lines[-1] == ("item-started", ELECTRICITY)
    page.context.close()


@pytest.mark.parametrize("size", list(SIZES))
def test_in_a_long_list_of_an_item_the_same_keys_find(
    browser: Browser, site: Site, behind: Behind, size: str
) -> None:
    arrive(behind.box)
    page = opened(browser, site, size)
    expect(page.locator(".found .how-many")).to_contain_text(f"共 {len(shipped())} 项")
    tap(page, "jdf")
    option = page.locator(f'button[value="choose:{ELECTRICITY}"]')
    expect(option).to_be_visible()
    page.locator("button.key.clear").tap()
    expect(page.locator(".found .how-many")).to_contain_text(f"共 {len(shipped())} 项")
    shown = page.locator(".found .option").locator("visible=true").first
    first = shown.get_attribute("value")
    page.get_by_role("button", name="下一页").tap()
    expect(shown).not_to_have_attribute("value", first or "")
    tap(page, "jdf")
    option.tap()
    expect(page.locator("body")).not_to_have_attribute("data-kind", "find")
    page.context.close()
