"""Every kind of input, answered by tapping: on the keys on the screen, or in a list over the form."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Error, Locator, Page, expect

from kiosk.views import Idle
from tests.browser.pages import SIZES, Served, blank, opened, present, served
from tests.browser.test_pages_look import AXE, AXE_RUN, MEASURE
from tests.kiosk.web.samples import SAMPLES
from tests.kiosk.web.samples_asking import DIVISIONS

pytestmark = pytest.mark.browser

Reach = Callable[[str, str], Locator]


@pytest.fixture
def site() -> Iterator[Served]:
    with served(SAMPLES["home"]) as site:
        yield site


@pytest.fixture(scope="module", params=list(SIZES))
def panel(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A tab of each size: a new one costs more than all that is done in it."""
    page = blank(browser, request.param)
    yield page
    page.context.close()


@pytest.fixture(params=[False, True], ids=["normal", "elder"])
def page(request: pytest.FixtureRequest, panel: Page, site: Served) -> Iterator[Page]:
    """Both panels, normal and elder; a new document of another origin for each test, without its cookies."""
    problems: list[str] = []

    def note(error: Error) -> None:
        problems.append(str(error))

    panel.context.clear_cookies()
    panel.on("pageerror", note)
    panel.goto(site.opening)
    site.screen.show(replace(SAMPLES["home"], elder=request.param))
    yield panel
    panel.goto("about:blank")  # before its origin goes
    panel.remove_listener("pageerror", note)
    assert problems == []


@pytest.fixture
def reach(page: Page, site: Served) -> Reach:
    """Show a form, and turn its pages until one of its parts is there."""

    def there(name: str, selector: str) -> Locator:
        present(page, site, replace(SAMPLES[name], elder=site.screen.view().elder))
        return turned(page, selector)

    return there


def turned(page: Page, selector: str) -> Locator:
    found = page.locator(selector)
    for _ in range(8):
        if found.is_visible():
            break
        page.locator(".bar .right button").tap()
    return found


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.locator(f'#keyboard [data-skbtn="{key}"]').tap()


def done(page: Page) -> None:
    page.get_by_role("button", name="完成").tap()
    expect(page.locator("#keyboard")).to_be_hidden()


def sent(page: Page, site: Served) -> dict[str, str]:
    """Go on to the end of the form; what was posted."""
    for _ in range(8):
        if site.screen.acts:
            break
        page.locator(".bar .right button").tap()
        page.locator("body:not([aria-busy])").wait_for()
    assert site.screen.acts[0][0] == "next"
    return site.screen.acts[0][1]


def choose(page: Page, name: str) -> None:
    """Tap the entry of the open list, turning its pages."""
    entry = page.locator(".picker .option").filter(has_text=name)
    while not entry.first.is_visible():
        page.locator(".picker .pager").get_by_role("button", name="下一页").tap(timeout=2_000)
    entry.first.tap()


def test_division_is_chosen_in_two_taps_and_stands_clearly_in_the_form(
    page: Page, site: Served, reach: Reach
) -> None:
    button = reach("form-codes", '[data-pick="f-domicile_division_code"]')
    expect(button).to_contain_text("天津市 和平区")
    button.tap()
    expect(page.get_by_role("dialog")).to_contain_text("户籍所在地：天津市")
    expect(page.locator('.picker [aria-current="true"]')).to_contain_text("和平区")

    page.get_by_role("button", name="返回").tap()  # to the provinces, not off the page
    expect(page.get_by_role("dialog")).to_be_visible()
    choose(page, "河北省")
    choose(page, "廊坊市")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_contain_text("河北省 廊坊市")
    expect(button).to_be_focused()
    assert sent(page, site)["domicile_division_code"] == "131000"


def test_long_list_is_found_by_the_first_letter_of_its_entries(page: Page, reach: Reach) -> None:
    reach("form-codes", '[data-pick="f-domicile_division_code"]').tap()
    page.get_by_role("button", name="返回").tap()
    letters = page.get_by_role("group", name="按拼音首字母找").get_by_role("button")
    expect(letters.first).to_have_text("全部")

    found: dict[str, set[str]] = {}
    for letter in letters.all()[1:]:
        letter.tap()
        expect(letter).to_have_attribute("aria-pressed", "true")
        words = page.locator(".picker .option .words")
        found[letter.inner_text()] = {text.strip() for text in words.all_text_contents()}

    provinces = {option.label for option in DIVISIONS if not option.detail}
    assert set.union(*found.values()) == provinces
    of = {name: [letter for letter, names in found.items() if name in names] for name in provinces}
    assert len(of["重庆市"]) == 2  # two readings of 重: under both
    assert of["山西省"] == of["陕西省"]


def test_list_over_the_form_is_left_without_an_answer_and_the_form_is_as_it_was(
    page: Page, site: Served, reach: Reach
) -> None:
    button = reach("form-codes", '[data-pick="f-industry_code"]')
    button.tap()
    expect(page.locator("main")).to_have_attribute("inert", "")

    page.get_by_role("button", name="返回").tap()

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_contain_text("请选择")
    expect(page.locator("main")).not_to_have_attribute("inert", "")
    assert site.screen.acts == []


def test_error_of_a_long_list_leads_to_its_button(page: Page, reach: Reach) -> None:
    reach("form-codes", ".errors a").tap()

    expect(page.locator('[data-pick="f-industry_code"]')).to_be_focused()


def test_list_over_the_form_fits_and_can_be_read_touched_and_spoken(page: Page, reach: Reach) -> None:
    least = 132 if page.locator("html.elder").count() else 96
    page.evaluate(AXE)
    for name in ("f-domicile_division_code", "f-industry_code"):
        reach("form", "h1")
        reach("form-codes", f'[data-pick="{name}"]').tap()
        assert page.evaluate(MEASURE, least) == {"pale": [], "small": [], "cut": [], "scrolls": False}
        assert page.evaluate(AXE_RUN) == []


def test_idle_warning_covers_a_list_and_gives_it_back(page: Page, site: Served, reach: Reach) -> None:
    reach("form-codes", '[data-pick="f-industry_code"]').tap()
    now = site.screen.view()

    present(page, site, replace(now, idle=Idle(seconds_left=20)))
    expect(page.locator(".picker")).to_have_attribute("inert", "")
    present(page, site, replace(now, idle=None))

    expect(page.locator(".picker")).not_to_have_attribute("inert", "")
    expect(page.locator("main")).to_have_attribute("inert", "")
    choose(page, "教育")
    expect(page.locator('[data-pick="f-industry_code"]')).to_contain_text("教育")


def test_address_begins_with_a_tapped_division_and_is_typed_on(
    page: Page, site: Served, reach: Reach
) -> None:
    reach("form-address", '[data-pick="b-postal_address"]').tap()
    choose(page, "天津市")
    choose(page, "河西区")
    field = page.locator("#f-postal_address")
    expect(field).to_have_value("天津市河西区")

    field.tap()
    keys(page, *"lu", "{space}", "{123}", "8", "号")
    done(page)
    expect(field).to_have_value("天津市河西区路8号")
    page.locator('[data-pick="b-postal_address"]').tap()
    choose(page, "河北省")
    choose(page, "廊坊市")  # another division takes the place of the first

    assert sent(page, site) == {"postal_address": "河北省廊坊市路8号"}


def test_date_month_sum_and_number_take_their_form_while_they_are_typed(
    page: Page, site: Served, reach: Reach
) -> None:
    date = reach("form-dates", "#f-lease_start_date")
    date.tap()
    keys(page, "{clear}", *"2026")
    expect(date).to_have_value("2026")
    keys(page, *"0230")
    expect(date).to_have_value("2026-02-30")
    expect(page.locator('[data-reading="date"]')).to_contain_text("没有这一天")
    keys(page, "{bksp}", "{bksp}", *"289")
    expect(date).to_have_value("2026-02-28")  # a ninth figure has no place
    expect(page.locator('[data-reading="date"]')).to_have_text("2026 年 2 月 28 日，星期六")
    done(page)
    month = turned(page, "#f-paid_until_month")
    month.tap()
    keys(page, *"202512")
    expect(page.locator('[data-reading="month"]')).to_have_text("2025 年 12 月")
    done(page)
    amount = turned(page, "#f-monthly_rent_amount")
    amount.tap()
    keys(page, *["{bksp}"] * 7, *"12345..678")
    expect(amount).to_have_value("12345.67")
    expect(page.locator('[data-reading="amount"]')).to_have_text("12,345.67 元")
    done(page)
    turned(page, "#f-floor_area").tap()
    keys(page, *".5")
    done(page)

    assert sent(page, site) == {
        "lease_start_date": "2026-02-28",
        "paid_until_month": "2025-12",
        "monthly_rent_amount": "12345.67",
        "floor_area": "0.5",
    }


def test_plate_begins_with_its_province_and_codes_have_their_own_keys(
    page: Page, site: Served, reach: Reach
) -> None:
    plate = reach("form-plate", "#f-plate_number")
    plate.tap()
    keys(page, "京", "{bksp}", "津", *"A1234")
    expect(plate).to_have_value("津A1234")
    keys(page, "{bksp}", "挂")
    done(page)
    turned(page, "#f-engine_number").tap()
    keys(page, *"a7-", "{upper}", "K")
    done(page)
    turned(page, "#f-unified_social_credit_code").tap()
    assert page.locator('#keyboard [data-skbtn="I"]').count() == 0  # GB 32100 has no I, O, S, V, Z
    keys(page, *"9112")
    done(page)

    assert sent(page, site) == {
        "plate_number": "津A123挂",
        "engine_number": "a7-K",
        "unified_social_credit_code": "9112",
        "slip_number": "",
    }


def test_several_lines_are_typed_beside_an_uncovered_field(page: Page, site: Served, reach: Reach) -> None:
    field = reach("form-long-text", "#f-what_happened")
    field.tap()
    expect(page.locator('[data-reading="long-text"]')).to_have_text("最多写 300 个字，还能写 272 个")

    page.get_by_role("button", name="换行").tap()
    keys(page, *"lai", "{space}")

    over = field.evaluate(
        "(f) => { const b = f.getBoundingClientRect();"
        " return document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2) === f; }"
    )
    assert over
    expect(page.locator('[data-reading="long-text"]')).to_have_text("最多写 300 个字，还能写 270 个")
    done(page)
    words = sent(page, site)["what_happened"].replace("\r\n", "\n")
    assert words.startswith("排了三次队都没有办成。\n")
    assert words.splitlines()[2] == "来"


def test_yes_and_no_are_one_tap_each(page: Page, site: Served, reach: Reach) -> None:
    reach("form-yes-no", "label:has(#f-elsewhere)").tap()

    values = sent(page, site)

    assert (values["first_child"], values["elsewhere"]) == ("yes", "yes")


def test_answer_among_very_many_is_one_page_away(page: Page, site: Served, reach: Reach) -> None:
    reach("choice-provinces", "h1")
    letters = page.locator(".letters button")
    letters.nth(letters.count() - 1).tap()

    page.get_by_role("button", name="浙江省").tap()
    with site.screen.changed_now:
        assert site.screen.changed_now.wait_for(lambda: site.screen.acts, timeout=10)

    assert site.screen.acts == [("choose", {"choice": "330000"})]


def test_long_list_is_a_plain_one_without_script(browser: Browser, site: Served) -> None:
    site.screen.show(SAMPLES["form-codes"])
    page = opened(browser, site, "portrait", script=False)

    page.locator("select#f-domicile_division_code").select_option(label="河北省 廊坊市")
    page.locator("select#f-industry_code").select_option(label="教育")
    page.get_by_role("button", name="下一步").tap()

    with site.screen.changed_now:
        assert site.screen.changed_now.wait_for(lambda: site.screen.acts, timeout=10)
    values = site.screen.acts[0][1]
    assert (values["domicile_division_code"], values["industry_code"]) == ("131000", "P")
    page.context.close()
