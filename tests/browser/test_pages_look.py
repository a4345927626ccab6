"""Every kind of page, at both sizes, normal and elder: nothing scrolls, is cut, too small or too pale."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page

from kiosk.views import View
from tests.browser.pages import SIZES, Served, opened, present, served
from tests.kiosk.web.samples import SAMPLES, WARNED
from tests.kiosk.web.samples_long import LONG_SAMPLES

pytestmark = pytest.mark.browser

VIEWS: dict[str, View] = {**SAMPLES, **LONG_SAMPLES, "idle": WARNED}
WAYS = {"normal": 96, "large": 96, "elder": 132}
AXE_WAY = {False: "normal", True: "elder"}
"""In which way axe reads a page, by whether the panel is a wide one: what it finds beyond `MEASURE` (names,
roles, order) is the same in all, and it takes longer than everything else."""

TURN_TO = """(way) => {
  document.documentElement.className = `${way} js`;
  document.dispatchEvent(new Event('room-changed'));
}"""
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
AXE_RUN = """async () => {
  const found = await axe.run({
    rules: {'target-size': {enabled: true}, 'color-contrast-enhanced': {enabled: true}},
    resultTypes: ['violations'],
  });
  return found.violations.map((v) => [v.id, v.nodes.map((n) => n.html)]);
}"""

MEASURE = """(least) => {
  const said = (e) => (e.className.baseVal ?? e.className) + ' ' + (e.textContent ?? '').trim().slice(0, 20);
  const shown = [...document.querySelectorAll('body *')]
    .filter((e) => e.checkVisibility({visibilityProperty: true}));
  const over = document.querySelector('.idle') ?? document.querySelector('.picker');
  const parts = over ? shown.filter((e) => over.contains(e)) : shown;
  const luminance = (rgb) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = rgb.map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const rgba = (css) => (css.match(/[\\d.]+/g) ?? []).map(Number);
  const ground = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const pale = [], small = [], cut = [];
  for (const e of parts) {
    const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (text) {
      const style = getComputedStyle(e);
      const [a, b] = [luminance(rgba(style.color).slice(0, 3)), luminance(ground(e))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 7) pale.push([said(e), ratio]);
      if (parseFloat(style.fontSize) < 27.9) small.push([said(e), style.fontSize]);
      const box = e.getBoundingClientRect();
      const out = box.left < 0 || box.top < 0 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1;
      if (out) cut.push(said(e));
    }
    if (e.matches('button, .option, a, input:not([type])')) {
      const box = e.getBoundingClientRect();
      if (box.height < least - 0.5 || box.width < 95.5) small.push([said(e), box.width, box.height]);
    }
  }
  // A text must end within every box that hides what sticks out of it.
  const hides = (e) => ['hidden', 'clip'].includes(getComputedStyle(e).overflowY) && !e.matches('svg, p');
  for (const box of parts.filter(hides)) {
    if (box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1)
      cut.push(said(box) + ' ' + [box.scrollHeight, box.clientHeight, box.scrollWidth, box.clientWidth]);
  }
  // No word lies under a button.
  for (const e of parts.filter((e) => e.matches('h1, .lead, .row dt, .row .value'))) {
    const words = document.createRange();
    words.selectNodeContents(e);
    for (const box of words.getClientRects()) {
      const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      if (!e.contains(over)) cut.push(said(e) + ' under ' + said(over));
    }
  }
  const root = document.documentElement;
  return {pale, small, cut, scrolls: root.scrollHeight > innerHeight || root.scrollWidth > innerWidth};
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[Served]:
    with served(SAMPLES["home"]) as site:
        yield site


@pytest.fixture(scope="module", params=list(SIZES))
def panel(request: pytest.FixtureRequest, browser: Browser, site: Served) -> Iterator[Page]:
    page = opened(browser, site, request.param)
    # Into every document, past the policy of the page (which allows no script but its own).
    page.add_init_script(AXE)
    page.reload()
    yield page
    page.context.close()


@pytest.mark.parametrize("name", list(VIEWS))
def test_page_fits_the_panel_and_can_be_read_touched_and_spoken(panel: Page, site: Served, name: str) -> None:
    present(panel, site, VIEWS[name])
    for way, least in WAYS.items():
        panel.evaluate(TURN_TO, way)
        found = panel.evaluate(MEASURE, least)
        assert found == {"pale": [], "small": [], "cut": [], "scrolls": False}, way
        if way == AXE_WAY[panel.evaluate("innerWidth > innerHeight")]:
            assert panel.evaluate(AXE_RUN) == [], way


def test_bar_stands_in_the_same_place_on_every_page(panel: Page, site: Served) -> None:
    places = set()
    for name in ("home", "form", "rate", "trouble-refused", "table"):
        present(panel, site, SAMPLES[name])
        box = panel.locator(".bar button[value=help]").bounding_box()
        assert box is not None
        places.add((box["x"], box["y"]))

    assert len(places) == 1


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("home", ".tile"),
        ("home-offline", ".tile"),
        ("rate", ".option"),
        ("result-no-paper", ".message.failed"),
    ],
)
def test_what_must_be_seen_at_once_is_on_the_first_screen_at_every_size(
    panel: Page, site: Served, name: str, what: str
) -> None:
    """Three items; five marks, the bad ones beside the good; that no paper came."""
    present(panel, site, VIEWS[name])
    for way in WAYS:
        panel.evaluate(TURN_TO, way)
        parts = panel.locator(what)
        assert parts.count() > 0
        assert all(each.is_visible() for each in parts.all()), way


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("way", list(WAYS))
def test_spoken_page_keeps_its_heading_while_keys_are_on_the_screen(
    browser: Browser, site: Served, size: str, way: str
) -> None:
    page = opened(browser, site, size)
    page.add_init_script(AXE)
    page.reload()
    # Not the form of the test before in another size: what was seen there is not shown by 下一页 again.
    present(page, site, SAMPLES["review"])
    present(page, site, replace(SAMPLES["form"], elder=way == "elder", large=way == "large"))
    field = page.locator("#f-residential_address")
    while not field.is_visible():
        page.locator(".bar .right button").tap()
    field.tap()
    page.locator("#keyboard .hg-button").first.wait_for()
    assert page.evaluate(AXE_RUN) == []
    page.context.close()


def test_a_failed_print_is_not_left_unread_where_it_needs_a_second_screen(panel: Page, site: Served) -> None:
    acts = len(site.screen.acts)
    present(panel, site, replace(VIEWS["result-stored-no-paper"], elder=True))
    for _ in range(5):
        if panel.locator(".message.failed").is_visible():
            break
        panel.locator(".bar .right button").tap()
    assert panel.locator(".message.failed").is_visible()
    assert len(site.screen.acts) == acts


@pytest.mark.parametrize("name", ["notice", "guide"])
def test_a_picture_of_a_guide_is_whole_on_a_page_of_its_own(panel: Page, site: Served, name: str) -> None:
    for way, least in WAYS.items():
        present(panel, site, replace(VIEWS[name], elder=way == "elder", large=way == "large"))
        picture = panel.locator(".picture img")
        for _ in range(9):
            if picture.is_visible():
                break
            panel.locator(".pager button").last.tap()
        picture.wait_for()
        picture.evaluate("(image) => image.decode()")  # fails for one that does not come
        box, area = picture.bounding_box(), panel.locator(".content").bounding_box()
        assert box is not None
        assert area is not None
        assert box["height"] > 0.7 * area["height"], way
        assert box["y"] + box["height"] <= area["y"] + area["height"] + 1, way
        assert panel.locator(".content > :visible").count() == 1, way
        assert panel.evaluate(MEASURE, least) == {"pale": [], "small": [], "cut": [], "scrolls": False}, way
        if way != "large":
            assert panel.evaluate(AXE_RUN) == [], way
