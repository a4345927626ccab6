"""What the page does by itself in a real browser, and that plain forms do without it."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from flows.page import FormBody, Input
from flows.page import Page as FlowPage
from flows.parts import Option
from kiosk.views import Idle, View
from tests.browser.pages import SIZES, Served, opened, present, served
from tests.kiosk.web.samples import ID_CLEAR, ID_MASKED, SAMPLES, WARNED

pytestmark = pytest.mark.browser

Show = Callable[[View], None]


@pytest.fixture
def site() -> Iterator[Served]:
    with served(SAMPLES["home"]) as site:
        yield site


@pytest.fixture
def page(browser: Browser, site: Served) -> Iterator[Page]:
    page = opened(browser, site, "portrait")
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((site.origin, "data:")) else problems.append(request.url)
        ),
    )
    yield page
    page.context.close()
    assert problems == []


@pytest.fixture
def show(page: Page, site: Served) -> Show:
    return lambda view: present(page, site, view)


def answered(page: Page, site: Served, acts: int = 1) -> None:
    """Wait until so many touches have counted and the page shows what came of them."""
    with site.screen.changed_now:
        assert site.screen.changed_now.wait_for(lambda: len(site.screen.acts) >= acts, timeout=10)
    page.locator(f'body[data-turn="{site.screen.view().turn}"]').wait_for()


def keys(page: Page, pressed: str) -> None:
    for key in pressed:
        page.locator(f'#keyboard [data-skbtn="{key}"]').tap()


def pick(page: Page, character: str) -> None:
    """Choose `character` among the candidates, paging on while it is not there."""
    wanted = page.get_by_role("button", name=character, exact=True)
    while wanted.count() == 0:
        page.get_by_role("button", name="后面的字").tap(timeout=2_000)
    wanted.tap()


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("elder", [False, True], ids=["normal", "elder"])
def test_address_is_typed_in_pinyin_beside_an_uncovered_field(
    browser: Browser, site: Served, size: str, elder: bool
) -> None:
    page = opened(browser, site, size)
    present(page, site, replace(SAMPLES["form"], elder=elder))
    field = page.locator("#f-residential_address")
    while not field.is_visible():
        page.locator(".bar .right button").tap()
    field.tap()

    for syllable, character in (("tian", "天"), ("jin", "津")):
        keys(page, syllable)
        expect(field).not_to_have_value(syllable)
        pick(page, character)
    keys(page, "lu")
    page.locator('#keyboard [data-skbtn="{space}"]').tap()
    page.locator('#keyboard [data-skbtn="{123}"]').tap()
    keys(page, "12号")

    expect(field).to_have_value("天津路12号")
    over = field.evaluate(
        "(f) => { const b = f.getBoundingClientRect();"
        " return document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2) === f; }"
    )
    assert over
    page.locator('#keyboard [data-skbtn="{bksp}"]').tap()
    page.get_by_role("button", name="完成").tap()
    expect(page.locator("#keyboard")).to_be_hidden()
    expect(field).to_have_value("天津路12")
    page.context.close()


def test_tap_on_a_masked_value_puts_the_caret_at_its_end(page: Page, show: Show) -> None:
    show(SAMPLES["form"])
    field = page.locator("#f-bank_card_number")
    value = field.input_value()

    field.tap()  # in its middle
    page.locator('#keyboard [data-skbtn="{bksp}"]').tap()

    expect(field).to_have_value(value[:-1])


def test_complaint_of_a_missing_signature_goes_with_the_first_stroke(page: Page, show: Show) -> None:
    show(SAMPLES["sign-error"])
    box = page.locator("canvas").bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + 60, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 220, box["y"] + 140, steps=6)
    page.mouse.up()

    expect(page.locator(".errors")).to_be_hidden()
    assert page.locator("canvas").bounding_box() == box


def test_two_syllables_spelled_together_are_chosen_one_after_the_other(page: Page, show: Show) -> None:
    show(SAMPLES["form"])
    page.locator("#f-residential_address").tap()

    keys(page, "tianjin")
    pick(page, "天")
    pick(page, "津")

    expect(page.locator("#f-residential_address")).to_have_value("天津")


def test_digits_stop_at_the_length_of_the_field_and_nothing_is_half_inserted(page: Page, show: Show) -> None:
    show(SAMPLES["form"])
    field = page.locator("#f-bank_card_number")
    field.tap()

    page.locator('#keyboard [data-skbtn="{clear}"]').tap()
    keys(page, "62170000000000000129")

    expect(field).to_have_value("6217000000000000012")


def test_typed_text_survives_an_idle_warning_a_change_of_size_and_a_lost_network(
    page: Page, show: Show, site: Served
) -> None:
    show(SAMPLES["form"])
    page.locator("#f-residential_address").fill("某某路 1 号")

    show(replace(SAMPLES["form"], idle=Idle(seconds_left=20)))
    expect(page.get_by_role("alertdialog")).to_be_visible()
    site.screen.after["extend"] = SAMPLES["form"]
    page.get_by_role("button", name="我还在").tap()
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    show(replace(SAMPLES["form"], elder=True))
    show(replace(SAMPLES["form"], offline=True))

    expect(page.locator("#f-residential_address")).to_have_value("某某路 1 号")
    page.locator(".bar .right button").tap()
    answered(page, site, 2)
    assert site.screen.acts[0] == ("extend", {})
    assert site.screen.acts[1][1]["residential_address"] == "某某路 1 号"


def coded(turn: int, **drawn: str) -> View:
    """A form that asks for a code, some words and a choice."""
    inputs = (
        Input(name="invoice", label="票据号码", kind="scan", value=drawn.get("invoice", "")),
        Input(
            name="name", label="名称", kind="text", value=drawn.get("name", ""), error=drawn.get("error", "")
        ),
        Input(
            name="kind",
            label="哪一种",
            kind="choice",
            options=(Option(value="a", label="甲"), Option(value="b", label="乙")),
        ),
    )
    form = SAMPLES["form"].page
    assert isinstance(form, FlowPage)
    return replace(SAMPLES["form"], turn=turn, page=replace(form, body=FormBody(title="问", inputs=inputs)))


def test_code_that_was_read_takes_nothing_away_that_was_typed(page: Page, show: Show) -> None:
    show(coded(1))
    page.locator("#f-invoice").fill("12")
    page.locator("#f-name").fill("某某")
    page.locator('input[name="kind"][value="b"]').check(force=True)
    show(coded(2, invoice="012002400111"))
    expect(page.locator("#f-invoice")).to_have_value("012002400111")
    expect(page.locator("#f-name")).to_have_value("某某")
    expect(page.locator('input[name="kind"][value="b"]')).to_be_checked()
    show(coded(3, invoice="012002400111", name="别的"))
    expect(page.locator("#f-name")).to_have_value("别的")


def test_tap_that_missed_because_a_code_was_read_meanwhile_takes_nothing_away(
    page: Page, show: Show, site: Served
) -> None:
    show(coded(1))
    shown = site.screen.view().turn
    page.route("**/events*", lambda route: route.fulfill(json={"turn": shown}))  # the poll has not come yet
    page.locator("#f-name").fill("某某")
    site.screen.show(coded(2, invoice="012002400111"))
    page.locator(".bar .right button").tap()
    expect(page.locator("#f-invoice")).to_have_value("012002400111")
    expect(page.locator("#f-name")).to_have_value("某某")
    assert site.screen.acts == []
    page.locator(".bar .right button").tap()
    answered(page, site)
    assert site.screen.acts[0][1]["name"] == "某某"
    assert site.screen.acts[0][1]["invoice"] == "012002400111"


def test_next_questions_under_the_same_names_begin_empty(page: Page, show: Show) -> None:
    """What was typed goes with its page: another title, and nothing of it is left."""
    show(coded(1))
    page.locator("#f-name").fill("某某")
    view = coded(2)
    assert isinstance(view.page, FlowPage)
    show(replace(view, page=replace(view.page, title="下一位")))
    expect(page.locator("#f-name")).to_have_value("")


def test_idle_warning_counts_down_covers_everything_and_blanks_at_nought(page: Page, show: Show) -> None:
    show(replace(WARNED, idle=Idle(seconds_left=1)))

    assert page.evaluate("document.elementFromPoint(100, 900).closest('.idle') !== null")
    expect(page.locator("main")).to_have_attribute("inert", "")
    expect(page.get_by_role("button", name="我还在")).to_be_focused()
    expect(page.locator('[data-cover="blank"]')).to_be_visible()


def test_who_says_that_they_are_still_there_is_where_they_were(page: Page, show: Show, site: Served) -> None:
    show(SAMPLES["form"])
    field = page.locator("#f-residential_address")
    field.tap()
    expect(field).to_be_focused()
    show(replace(SAMPLES["form"], idle=Idle(seconds_left=20)))
    site.screen.after["extend"] = SAMPLES["form"]

    page.get_by_role("button", name="我还在").tap()
    answered(page, site)

    expect(field).to_be_focused()
    expect(page.locator("#keyboard")).to_be_visible()


def test_end_of_a_visit_leaves_a_new_document(page: Page, show: Show) -> None:
    show(SAMPLES["review"])
    page.evaluate("window.left = 'something of the citizen'")

    show(SAMPLES["home"])

    assert page.evaluate("window.left") is None
    assert page.evaluate("history.length") <= 2


def test_reload_asks_for_the_page_and_never_posts_again(page: Page, show: Show, site: Served) -> None:
    show(SAMPLES["review"])
    site.screen.after["next"] = SAMPLES["sign"]
    page.get_by_role("button", name="核对无误").tap()
    page.get_by_role("heading", name="请签名").wait_for()

    page.reload()

    page.get_by_role("heading", name="请签名").wait_for()
    assert [action for action, _ in site.screen.acts] == ["next"]


def test_two_taps_at_once_are_one(page: Page, show: Show, site: Served) -> None:
    show(SAMPLES["review"])

    page.evaluate("() => { const b = document.querySelector('.bar .right button'); b.click(); b.click(); }")
    answered(page, site)

    assert site.screen.acts == [("next", {})]
    assert site.screen.late == []


def test_signature_is_drawn_posted_and_can_be_written_again(page: Page, show: Show, site: Served) -> None:
    show(SAMPLES["sign"])
    canvas = page.locator("canvas")
    box = canvas.bounding_box()
    assert box is not None

    def draw(x: float) -> None:
        page.mouse.move(box["x"] + x, box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] + x + 160, box["y"] + 220, steps=8)
        page.mouse.up()

    draw(100)
    page.get_by_role("button", name="重写").tap()
    draw(300)
    draw(500)
    page.get_by_role("button", name="签名并提交").tap()
    answered(page, site)

    action, values = site.screen.acts[0]
    assert action == "next"
    strokes = json.loads(values["strokes"])
    assert len(strokes) == 2
    assert all(250 < x < 700 for stroke in strokes for x, _, _ in stroke)
    head, _, picture = values["signature"].partition(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        assert image.size == (round(box["width"]), round(box["height"]))
        assert len(image.convert("L").getcolors(256) or []) > 1


def test_empty_signature_posts_nothing_that_looks_like_one(page: Page, show: Show, site: Served) -> None:
    show(SAMPLES["sign"])

    page.get_by_role("button", name="签名并提交").tap()
    answered(page, site)

    assert site.screen.acts == [("next", {"signature": "", "strokes": ""})]


def test_error_summary_takes_the_focus_and_leads_to_the_field(page: Page, show: Show) -> None:
    show(SAMPLES["form-errors"])

    expect(page.locator(".errors")).to_be_focused()
    page.get_by_role("link", name="收款银行卡号").tap()

    expect(page.locator("#f-bank_card_number")).to_be_focused()
    expect(page.locator("#f-bank_card_number")).to_have_value("62170000")


def test_masked_value_shows_itself_on_a_tap_and_hides_on_the_next(page: Page, show: Show) -> None:
    show(SAMPLES["review"])
    button = page.locator("[data-reveal]").nth(1)
    value = page.locator(".row .value").nth(1)
    expect(value).to_have_text(ID_MASKED)

    button.tap()
    expect(value).to_have_text(ID_CLEAR)
    button.tap()
    expect(value).to_have_text(ID_MASKED)
    button.focus()
    page.keyboard.press("Enter")
    expect(value).to_have_text(ID_CLEAR)


def test_masked_value_hides_when_the_held_button_is_let_go(page: Page, show: Show) -> None:
    show(SAMPLES["review"])
    page.clock.install()
    value = page.locator(".row .value").nth(1)
    box = page.locator("[data-reveal]").nth(1).bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    expect(value).to_have_text(ID_CLEAR)
    page.clock.run_for(1_000)
    page.mouse.up()

    expect(value).to_have_text(ID_MASKED)


def test_long_list_pages_without_scrolling(page: Page, show: Show, site: Served) -> None:
    show(SAMPLES["choice-long"])
    count = page.locator(".pager .count")
    expect(count).to_have_text("第 1 页，共 3 页")
    seen = set(page.locator(".option:visible").all_inner_texts())

    while page.get_by_role("button", name="下一页").is_enabled():
        page.get_by_role("button", name="下一页").tap()
        seen |= set(page.locator(".option:visible").all_inner_texts())

    assert len(seen) == 30
    assert site.screen.acts == []


def test_next_sheet_of_a_table_is_asked_of_the_engine(page: Page, show: Show, site: Served) -> None:
    show(SAMPLES["table"])

    page.get_by_role("button", name="下一页").tap()
    answered(page, site)

    assert site.screen.acts == [("sheet:2", {})]


def test_review_that_does_not_fit_is_seen_whole_before_it_can_be_confirmed(
    page: Page, show: Show, site: Served
) -> None:
    form = SAMPLES["form"]
    assert isinstance(form.page.body, FormBody)
    many = tuple(
        replace(form.page.body.inputs[2], name=f"field_{n}", label=f"第 {n} 项") for n in range(1, 8)
    )
    show(replace(form, page=replace(form.page, body=replace(form.page.body, inputs=many))))
    primary = page.locator(".bar .right button")
    expect(primary).to_have_text("下一页")

    primary.tap()

    expect(primary).to_have_text("下一步")
    assert site.screen.acts == []
    expect(page.locator("#f-field_7")).to_be_visible()


def test_typing_restarts_the_idle_clock(page: Page, show: Show, site: Served) -> None:
    show(SAMPLES["form"])

    page.locator("#f-residential_address").press("1")

    with site.screen.changed_now:
        assert site.screen.changed_now.wait_for(lambda: site.screen.touches > 0, timeout=10)


def test_silent_agent_is_covered_in_words_and_comes_back(browser: Browser, site: Served) -> None:
    page = opened(browser, site, "portrait")
    present(page, site, SAMPLES["review"])
    site.screen.busy = True
    page.get_by_role("button", name="核对无误").tap()
    page.route("**/events*", lambda route: route.abort())
    page.route("**/act", lambda route: route.abort())

    expect(page.locator('[data-cover="lost"]')).to_be_visible()
    page.unroute_all()
    site.screen.busy = False
    site.screen.show(SAMPLES["sign"])

    page.get_by_role("heading", name="请签名").wait_for()
    expect(page.locator('[data-cover="lost"]')).to_be_hidden()
    page.context.close()


def test_whole_way_works_without_script(browser: Browser, site: Served) -> None:
    page = opened(browser, site, "portrait", script=False)
    site.screen.after = {
        "start:civil.senior-allowance-apply": SAMPLES["choice"],
        "choose": SAMPLES["form"],
        "next": SAMPLES["review"],
    }

    page.get_by_role("button", name="高龄津贴申请").tap()
    page.get_by_role("button", name="给我自己办").tap()
    page.get_by_label("现住址").fill("某某路 1 号")
    page.get_by_role("button", name="下一步").tap()
    page.get_by_role("heading", name="请核对").wait_for()

    assert [action for action, _ in site.screen.acts] == list(site.screen.after)
    assert site.screen.acts[1][1] == {"choice": "self"}
    assert site.screen.acts[2][1]["residential_address"] == "某某路 1 号"
    page.context.close()


def test_page_of_another_origin_can_neither_frame_nor_post(browser: Browser, site: Served) -> None:
    page = opened(browser, site, "portrait")
    page.context.route(
        "http://evil.example/*",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form method="post" action="{site.origin}/act"><input name="turn" value="1">'
            '<button name="action" value="next">go</button></form>',
        ),
    )
    page.goto("http://evil.example/")

    with page.expect_response(f"{site.origin}/act") as answer:
        page.get_by_role("button", name="go").tap()

    assert answer.value.status == 403
    assert site.screen.acts == []
    page.context.close()


@pytest.mark.parametrize(("by", "fingers"), [("finger", 1), ("mouse", 0)])
def test_touch_tells_whether_it_was_a_finger(
    page: Page, site: Served, show: Show, by: str, fingers: int
) -> None:
    """The touchscreen's driver is told of fingers, and only of them."""
    show(SAMPLES["form"])
    if by == "finger":
        page.touchscreen.tap(540, 300)
    else:
        page.mouse.click(540, 300)
    with site.screen.changed_now:
        assert site.screen.changed_now.wait_for(lambda: site.screen.touches > 0, timeout=10)
    assert site.screen.fingers == fingers
