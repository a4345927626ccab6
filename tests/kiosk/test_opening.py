"""Opening hours, in the city's civil time whatever the machine's own zone is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from kiosk.config import Staff
from kiosk.home import staff_words
from kiosk.opening import Hours
from kiosk.views import OutOfServiceBody
from tests.kiosk.shell import CONFIG, Box

FRIDAY = datetime(2026, 11, 27, tzinfo=UTC)  # 08:00 in the city


@pytest.mark.parametrize(
    ("hour", "minute", "open_"),
    [(0, 29, False), (0, 30, True), (9, 29, True), (9, 30, False)],
    ids=["08:29", "08:30", "17:29", "17:30"],
)
def test_the_citys_clock_decides_to_the_minute(hour: int, minute: int, open_: bool) -> None:
    assert Hours(["1-5 08:30-17:30"]).open(FRIDAY.replace(hour=hour, minute=minute)) is open_


@pytest.mark.parametrize(("day", "open_"), [(27, True), (28, False), (29, True)])
def test_days_may_run_over_sunday(day: int, open_: bool) -> None:
    assert Hours(["7-5 00:00-24:00"]).open(FRIDAY.replace(day=day)) is open_


def test_without_hours_it_is_always_open() -> None:
    assert Hours(()).open(FRIDAY)
    assert Hours(()).words == ""


def test_they_are_said_in_words() -> None:
    assert Hours(["1-5 08:30-17:30", "6 09:00-12:00"]).words == "周一至周五 8:30–17:30，周六 9:00–12:00"


CLOSED = OutOfServiceBody(reason="现在不在开放时间", code="CLOSED")


def test_outside_the_hours_nobody_new_is_served() -> None:
    box = Box()
    box.situation.closed = CLOSED
    box.terminal.refresh()
    assert box.view.page.body == CLOSED
    box.tap("start:service.item-guide")
    assert box.view.page.body == CLOSED


def test_what_was_begun_is_finished_after_closing_time() -> None:
    box = Box()
    box.tap("start:service.item-guide")
    box.situation.closed = CLOSED
    box.terminal.refresh()
    assert box.view.page.body != CLOSED
    box.tap("back")
    box.terminal.refresh()
    assert box.view.page.body == CLOSED


@pytest.mark.parametrize(
    ("staff", "words"),
    [
        (Staff(), ""),
        (Staff(phone="022-12345678"), "电话 022-12345678"),
        (Staff(phone="8001", words="大厅入口左侧服务台"), "大厅入口左侧服务台，电话 8001"),
    ],
)
def test_who_helps_is_said_where_somebody_is_named(staff: Staff, words: str) -> None:
    assert staff_words(staff) == words


def test_help_says_who_helps_at_this_place() -> None:
    box = Box(replace(CONFIG, staff=Staff(words="服务台")))
    box.tap("help")
    assert getattr(box.view.page.body, "staff", "") == "服务台"
