"""A long list of an item's question: found in by keys, as the lobby is, touch by touch."""

from __future__ import annotations

import logging

import pytest

from flows.events import OptionsLoaded
from flows.page import ChoiceBody, FindBody, Page, Stage
from flows.parts import Option
from kiosk.catalogue import Catalogue
from kiosk.finder import LONG, Finder
from tests.flows.shipped import shipped
from tests.kiosk.shell import Box

GUIDE = "service.item-guide"
ELECTRICITY = "utility.electricity-pay"
STREETS = tuple(
    Option(value=str(number), label=label, detail="和平区" if number % 2 else "河西区")
    for number, label in enumerate(
        ("劝业场街道", "小白楼街道", "五大道街道", *(f"第{number}街道" for number in range(LONG)))
    )
)


def asking(options: tuple[Option, ...] = STREETS, title: str = "哪条街道？") -> Page:
    """A page with one question."""
    return Page(
        item="test.item",
        item_name="测试",
        stages=(Stage(label="填写", state="now"),),
        title=title,
        body=ChoiceBody(title=title, hint="", options=options, chosen="1"),
    )


def finder() -> Finder:
    return Finder(Catalogue(shipped()), "12345", "")


def shown(finder: Finder, page: Page) -> FindBody:
    body = finder.over(page, elder=False).body
    assert isinstance(body, FindBody)
    return body


def at_the_guide() -> Box:
    """The list of all items, from which one is chosen."""
    box = Box()
    arrive(box)
    return box


def arrive(box: Box) -> None:
    """From the first page to the list."""
    box.tap(f"start:{GUIDE}")
    effect, _, tell = box.hands.asked.pop()
    options = tuple(
        Option(value=flow.item, label=flow.short, detail=flow.department) for flow in shipped().values()
    )
    tell(OptionsLoaded(effect=effect.id, options=options))


def keys(box: Box) -> FindBody:
    body = box.view.page.body
    assert isinstance(body, FindBody)
    return body


def test_a_short_list_is_left_as_it_is() -> None:
    page = asking(STREETS[: LONG - 1])
    assert finder().over(page, elder=False) is page


def test_all_is_there_until_something_is_typed_and_what_was_chosen_before_is_marked() -> None:
    body = shown(finder(), asking())
    assert (body.options, body.count, body.chosen, body.query) == (STREETS[:6], len(STREETS), "1", "")


@pytest.mark.parametrize("typed", ["qyc", "quanye", "劝业场"])
def test_an_entry_is_found_by_letters_by_pinyin_and_by_characters(typed: str) -> None:
    found, page = finder(), asking()
    found.over(page, elder=False)
    assert found.act("find", {"query": typed})
    assert shown(found, page).options[0].label == "劝业场街道"


def test_what_stands_beside_an_entry_finds_it_too() -> None:
    found, page = finder(), asking()
    found.over(page, elder=False)
    found.act("find", {"query": "和平区"})
    assert {option.detail for option in shown(found, page).options} == {"和平区"}


def test_nothing_found_says_what_to_do_and_erasing_brings_the_list_back() -> None:
    found, page = finder(), asking()
    found.over(page, elder=False)
    found.act("find", {"query": "v"})
    body = shown(found, page)
    assert body.options == ()
    assert "也可以打 12345 问" in body.advice
    found.act("erase", {"query": "v"})
    assert shown(found, page).count == len(STREETS)


def test_another_list_begins_with_nothing_typed() -> None:
    found, page = finder(), asking()
    found.over(page, elder=False)
    found.act("key:q", {})
    found.act("digits", {"query": "q"})
    assert (shown(found, page).query, shown(found, page).digits) == ("q", True)
    other = shown(found, asking(STREETS[:LONG]))
    assert (other.query, other.digits, other.count) == ("", False, LONG)


def test_what_is_no_key_or_where_there_are_none_is_the_engines() -> None:
    found = finder()
    assert not found.act("key:q", {})
    found.over(asking(), elder=False)
    assert not found.act("choose", {"choice": "1"})
    found.over(asking(STREETS[:3]), elder=False)
    assert not found.act("find", {"query": "q"})


def test_an_item_is_found_by_what_people_call_it_and_its_guide_is_shown() -> None:
    box = at_the_guide()
    assert keys(box).count == len(shipped())
    for key in "jdf":
        box.tap(f"key:{key}", query=keys(box).query)
    assert keys(box).query == "jdf"
    box.tap("find", query="交电费")
    assert keys(box).options[0].value == ELECTRICITY
    box.tap("choose", choice=ELECTRICITY)
    box.hands.answer()
    assert box.kind != "find"


def test_help_keeps_what_was_typed_and_the_end_of_the_visit_does_not() -> None:
    box = at_the_guide()
    box.tap("find", query="张秀兰")
    box.tap("help")
    box.tap("back")
    assert keys(box).query == "张秀兰"
    box.wait(400)
    assert box.kind == "home"
    arrive(box)
    assert keys(box).query == ""


def test_what_is_typed_is_neither_logged_nor_journalled(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        box = at_the_guide()
        box.tap("find", query="张秀兰120101194906150022")
    assert "张秀兰" not in caplog.text + str(box.diary.lines)


def test_the_whole_list_can_be_turned_through_and_elders_see_fewer_at_once() -> None:
    found, page = finder(), asking()
    seen = [*shown(found, page).options]
    for sheet in range(2, shown(found, page).sheets + 1):
        assert found.act(f"sheet:{sheet}", {})
        seen += shown(found, page).options
    assert tuple(seen) == STREETS
    body = found.over(page, elder=True).body
    assert isinstance(body, FindBody)
    assert len(body.options) == 2
    found.act("find", {"query": "和平区"})
    assert shown(found, page).sheet == 1
