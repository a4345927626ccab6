"""The technician's pages for the touchscreen, in a real browser with a finger."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from drivers.touchscreen.calibration import IDENTITY, Affine, Turned
from kiosk.touch_pages import CROSSES, Calibrating, Testing, serve
from kiosk.touch_pages.bench import Bench
from tests.browser.finger import panel
from tests.browser.pages import SIZES
from tests.browser.test_pages_look import AXE, AXE_RUN

pytestmark = pytest.mark.browser


@contextmanager
def opened(bench: Bench, browser: Browser, size: tuple[int, int]) -> Iterator[tuple[Page, threading.Event]]:
    """The bench served, and its first page open. The event is set once the technician is done."""
    addresses: list[str] = []
    told, over = threading.Event(), threading.Event()

    def ready(address: str) -> None:
        addresses.append(address)
        told.set()

    def run() -> None:
        if serve(bench, ready, 60.0):
            over.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert told.wait(20)
    context = panel(browser, size)
    page = context.new_page()
    page.goto(addresses[0])
    yield page, over
    context.close()


@pytest.fixture(params=list(SIZES.values()), ids=list(SIZES))
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    found: tuple[int, int] = request.param
    return found


class Kept:
    def __init__(self, hindered: str = "") -> None:
        self.matrices: list[Affine] = []
        self._hindered = hindered

    def __call__(self, matrix: Affine) -> str:
        self.matrices.append(matrix)
        return self._hindered


def touch_crosses(
    page: Page, size: tuple[int, int], off: Callable[[float, float], tuple[float, float]]
) -> None:
    """Touch each cross, where a panel with this fault reports it."""
    for number, (x, y) in enumerate(CROSSES, 1):
        expect(page.locator("#say")).to_have_text(f"第 {number} 个，共 4 个")
        across, along = off(x, y)
        page.touchscreen.tap(across * size[0], along * size[1])


def touched(
    browser: Browser, size: tuple[int, int], off: Callable[[float, float], tuple[float, float]]
) -> Kept:
    kept = Kept()
    bench = Calibrating(IDENTITY, kept, "/etc/udev/rules.d/99-kiosk-touchscreen.rules")
    with opened(bench, browser, size) as (page, over):
        touch_crosses(page, size, off)
        expect(page.get_by_role("heading")).to_have_text("校准好了，还没有生效")
        page.get_by_role("button", name="结束").tap()
        expect(page.get_by_role("heading")).to_have_text("已经结束")
        assert over.wait(20)
    return kept


def test_straight_panel_needs_no_correction(browser: Browser, size: tuple[int, int]) -> None:
    [matrix] = touched(browser, size, lambda x, y: (x, y)).matrices
    assert matrix == pytest.approx(IDENTITY, abs=0.002)


def test_shifted_and_shrunk_panel_is_corrected(browser: Browser, size: tuple[int, int]) -> None:
    [matrix] = touched(browser, size, lambda x, y: (0.05 + 0.8 * x, 0.1 + 0.85 * y)).matrices
    assert matrix == pytest.approx((1 / 0.8, 0, -0.05 / 0.8, 0, 1 / 0.85, -0.1 / 0.85), abs=0.004)


def test_panel_that_is_upside_down_is_corrected(browser: Browser) -> None:
    [matrix] = touched(browser, SIZES["portrait"], lambda x, y: (1 - x, 1 - y)).matrices
    assert matrix == pytest.approx((-1, 0, 1, 0, -1, 1), abs=0.002)


def test_touches_in_one_place_are_refused_and_it_begins_anew(browser: Browser, size: tuple[int, int]) -> None:
    kept = Kept()
    bench = Calibrating(IDENTITY, kept, "/tmp/x.rules")
    with opened(bench, browser, size) as (page, _):
        touch_crosses(page, size, lambda _x, _y: (0.4, 0.4))
        expect(page.get_by_role("heading")).to_have_text("没有校准")
        page.get_by_role("button", name="再来一次").tap()
        expect(page.locator("#say")).to_have_text("第 1 个，共 4 个")
    assert kept.matrices == []


def test_mouse_is_no_finger(browser: Browser) -> None:
    bench = Calibrating(IDENTITY, Kept(), "/tmp/x.rules")
    with opened(bench, browser, SIZES["portrait"]) as (page, _):
        page.mouse.click(108, 192)
        expect(page.locator("#say")).to_have_text("请用手指，不用鼠标")


def test_page_that_is_not_the_whole_screen_takes_no_touch(browser: Browser) -> None:
    bench = Calibrating(IDENTITY, Kept(), "/tmp/x.rules")
    with opened(bench, browser, SIZES["portrait"]) as (page, _):
        page.set_viewport_size({"width": 800, "height": 900})
        page.evaluate("Object.defineProperty(screen, 'width', {value: 1080})")
        page.touchscreen.tap(80, 90)
        expect(page.locator("#say")).to_contain_text("全屏")


def test_correction_comes_on_top_of_the_one_in_force(browser: Browser) -> None:
    kept = Kept()
    in_force = Affine(0, -1, 1, 1, 0, 0)
    with opened(Calibrating(in_force, kept, "x"), browser, SIZES["portrait"]) as (page, _):
        touch_crosses(page, SIZES["portrait"], lambda x, y: (x, y))
        expect(page.get_by_role("heading")).to_have_text("校准好了，还没有生效")
    assert kept.matrices[0] == pytest.approx(in_force, abs=0.002)


def test_rule_that_cannot_be_written_is_no_calibration(browser: Browser) -> None:
    bench = Calibrating(IDENTITY, Kept("/etc 写不进去：Read-only file system"), "x")
    with opened(bench, browser, SIZES["portrait"]) as (page, _):
        touch_crosses(page, SIZES["portrait"], lambda x, y: (x, y))
        expect(page.get_by_role("heading")).to_have_text("没有校准")
        expect(page.locator("main")).to_contain_text("写不进去")
    assert bench.outcome is not None
    assert (bench.outcome.matrix, bench.outcome.turned) == (None, Turned.STRAIGHT)


# The test page


def begin(page: Page, *, ghosts: int = 0) -> tuple[int, int]:
    """Hands off, with touches of nobody; then the grid, and its columns and rows."""
    page.clock.install()
    page.reload()
    page.get_by_role("button", name="开始").tap()
    expect(page.get_by_role("heading")).to_have_text("把手拿开，别碰屏幕")
    for _ in range(ghosts):
        page.touchscreen.tap(300, 400)
    page.clock.run_for(11_000)
    expect(page.locator("#grid")).to_be_visible()
    counts = page.evaluate(
        "() => ['Columns', 'Rows'].map((each) =>"
        " getComputedStyle(document.getElementById('grid'))[`gridTemplate${each}`].split(' ').length)"
    )
    return counts[0], counts[1]


def paint(page: Page, size: tuple[int, int], grid: tuple[int, int], but: set[tuple[int, int]]) -> None:
    """Touch every cell but some."""
    columns, rows = grid
    for row in range(rows):
        for column in range(columns):
            if (column, row) not in but:
                page.touchscreen.tap((column + 0.5) * size[0] / columns, (row + 0.5) * size[1] / rows)


def test_panel_that_is_well_is_well(browser: Browser) -> None:
    bench, size = Testing(), SIZES["landscape"]
    with opened(bench, browser, size) as (page, over):
        paint(page, size, begin(page), set())
        expect(page.get_by_role("heading")).to_have_text("触摸屏正常")
        page.get_by_role("button", name="结束").tap()
        assert over.wait(20)
    assert bench.outcome is not None
    assert bench.outcome.well
    assert bench.outcome.columns * bench.outcome.rows > 100


def test_dead_cells_and_ghosts_are_found_and_shown(browser: Browser) -> None:
    bench, size = Testing(), SIZES["portrait"]
    dead = {(3, 5), (4, 5), (0, 0)}
    with opened(bench, browser, size) as (page, _):
        grid = begin(page, ghosts=2)
        paint(page, size, grid, dead)
        page.clock.run_for(9_000)
        expect(page.locator("#dead")).to_have_text("3")
        page.get_by_role("button", name="接着涂").tap()
        page.clock.run_for(9_000)
        page.get_by_role("button", name="涂过了，看结果").tap()
        expect(page.get_by_role("heading")).to_have_text("触摸屏有问题")
        assert page.locator(".map .dead").count() == 3
        assert page.locator(".map .ghost").count() == 1
    assert bench.outcome is not None
    assert set(bench.outcome.dead) == dead
    assert len(bench.outcome.ghosts) == 2


@pytest.mark.parametrize("kind", ["crosses", "calibrated", "refused", "grid", "tested"])
def test_pages_fit_the_screen_and_axe_finds_nothing(
    browser: Browser, size: tuple[int, int], kind: str
) -> None:
    bench: Bench = Calibrating(IDENTITY, Kept(), "/etc/udev/rules.d/99-kiosk-touchscreen.rules")
    if kind in {"grid", "tested"}:
        bench = Testing()
    if kind == "tested":
        bench.take(b'{"columns": 11, "rows": 20, "touched": [[1, 1]], "ghosts": [[1, 1], [2, 2]]}')
    if kind == "refused":
        bench.take(b'{"width": 1080, "height": 1920, "points": [[0.1, 0.1]]}')
    if kind == "calibrated":
        bench.take(b'{"width": 1080, "height": 1920, "points": [[0.1,0.1],[0.9,0.1],[0.9,0.9],[0.1,0.9]]}')
    with opened(bench, browser, size) as (page, _):
        page.evaluate(AXE)
        assert page.evaluate(AXE_RUN) == []
        outside = page.evaluate(
            "() => [...document.querySelectorAll('main, section, button, h1, p, dl, .map')]"
            ".filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect())"
            ".filter((r) => Math.min(r.top, r.left) < 0"
            " || r.bottom > innerHeight + 1 || r.right > innerWidth + 1)"
            ".length"
        )
        assert outside == 0
        small = page.evaluate(
            "() => [...document.querySelectorAll('button')].filter((e) => e.checkVisibility())"
            ".filter((e) => e.getBoundingClientRect().height < 90).length"
        )
        assert small == 0
