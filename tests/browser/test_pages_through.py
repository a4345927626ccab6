"""What is agreed to is read to its end first: the button that agrees turns the pages until all was seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from flows.bodies import CommitmentBody
from flows.page import Body, ConsentBody, ReviewBody
from kiosk.views import VisitBody
from tests.browser.pages import SIZES, Served, opened, present, served
from tests.kiosk.web.samples import SAMPLES

pytestmark = pytest.mark.browser


@pytest.fixture
def site() -> Iterator[Served]:
    with served(SAMPLES["home"]) as site:
        yield site


@pytest.fixture(params=list(SIZES))
def page(request: pytest.FixtureRequest, browser: Browser, site: Served) -> Iterator[Page]:
    page = opened(browser, site, request.param)
    yield page
    page.context.close()


def long(body: Body | VisitBody) -> Body:
    """The same kind of page, and more of it than one sheet holds."""
    match body:
        case ReviewBody():
            return replace(body, rows=body.rows * 6)
        case ConsentBody():
            return replace(body, purposes=body.purposes * 12)
        case CommitmentBody():
            return replace(body, text=body.text * 8)
        case _:
            raise AssertionError(body)


@pytest.mark.parametrize("name", ["review", "consent", "commitment"])
def test_what_is_agreed_to_is_read_to_its_end_first(page: Page, site: Served, name: str) -> None:
    view = SAMPLES[name]
    agree = view.page.primary
    assert agree is not None
    present(page, site, replace(view, page=replace(view.page, body=long(view.page.body))))
    primary = page.locator(".bar .right button")
    sheets = int(page.locator(".pager .count").inner_text().rsplit("共", 1)[1].strip(" 页"))
    assert sheets > 1
    for _ in range(sheets - 1):
        expect(primary).to_have_text("下一页")
        primary.tap()
    expect(primary).to_have_text(agree.label)
    assert site.screen.acts == []
    primary.tap()
    with site.screen.changed_now:
        assert site.screen.changed_now.wait_for(lambda: bool(site.screen.acts), timeout=10)
    assert [action for action, _ in site.screen.acts] == [agree.id]


def test_a_form_of_four_stands_whole_on_one_sheet(page: Page, site: Served) -> None:
    """Whose card it is, as most applications begin, and two questions with a hint each; none is smaller."""
    present(page, site, SAMPLES["form"])
    expect(page.locator(".content > .field")).to_have_count(4)
    assert all(each.is_visible() for each in page.locator(".content > .field").all())
    expect(page.locator(".pager")).to_be_hidden()
    for box in page.locator(".content input").all():
        height = box.evaluate("(one) => one.getBoundingClientRect().height")
        assert height >= 96
    primary = page.locator(".bar .right button")
    expect(primary).to_have_text("下一步")
