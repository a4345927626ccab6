"""Finding an item: keys, lists and facets, by one touch after the other, as the terminal answers them."""

from __future__ import annotations

import logging

import pytest

from kiosk import browse
from kiosk.views import FacetsBody, HomeBody, ItemsBody, SearchBody, Tile
from tests.flows.items import NOTICE, item
from tests.kiosk.shell import Box

ELECTRICITY = "utility.electricity-pay"
CERTIFICATE = "social-insurance.contribution-certificate"
SENIOR = "civil.senior-allowance-apply"


def searching(*keys: str) -> Box:
    """The search page, after these keys."""
    box = Box()
    box.tap("search")
    for key in keys:
        box.tap(f"key:{key}", query=found(box).query)
    return box


def found(box: Box) -> SearchBody:
    body = box.view.page.body
    assert isinstance(body, SearchBody)
    return body


def tiles(box: Box) -> dict[str, Tile]:
    body = box.view.page.body
    assert isinstance(body, HomeBody | ItemsBody | SearchBody)
    return {tile.item: tile for tile in body.tiles}


def crowd(count: int) -> Box:
    """A terminal with so many items, two departments and one item for elders at the end."""
    made = [
        item(
            {},
            NOTICE,
            item=f"tax.item-{number:03d}",
            name=f"税务事项{number}",
            department="税务局" if number % 2 else "财政局",
            badges=("适老",) if number == count - 1 else (),
        )
        for number in range(count)
    ]
    return Box(flows={flow.item: flow for flow in made})


def test_letters_find_an_item_touch_by_touch_and_it_can_be_begun() -> None:
    box = searching("j", "d", "f")
    assert found(box).query == "jdf"
    assert ELECTRICITY in tiles(box)
    box.tap(f"start:{ELECTRICITY}")
    assert box.diary.lines[-1] == ("item-started", ELECTRICITY)


def test_a_key_is_put_behind_what_stands_in_the_field_whoever_wrote_it() -> None:
    box = searching()
    box.tap("key:i", query="d")
    assert found(box).query == "di"
    box.tap("erase", query="dian")
    assert found(box).query == "dia"
    box.tap("find", query="交电费")
    assert next(iter(tiles(box))) == ELECTRICITY
    box.tap("clear", query="交电费")
    assert (found(box).query, found(box).count) == ("", 0)


def test_keys_turn_to_digits_and_what_was_typed_stays() -> None:
    box = searching("d")
    box.tap("digits", query="d")
    assert (found(box).digits, found(box).query) == (True, "d")
    box.tap("digits", query="d")
    assert not found(box).digits


def test_nothing_found_says_what_to_do() -> None:
    box = searching()
    box.tap("find", query="乾坤大挪移")
    assert (found(box).count, found(box).tiles) == (0, ())
    advice = "".join(found(box).advice)
    assert "12345" in advice
    assert "帮" in advice


def test_more_than_fits_is_turned_in_sheets_and_another_letter_begins_anew() -> None:
    box = crowd(40)
    box.tap("search")
    box.tap("find", query="税务")
    assert (found(box).count, found(box).sheet, found(box).sheets) == (40, 1, 7)
    box.tap("sheet:7", query="税务")
    assert len(found(box).tiles) == 40 - 6 * browse.FOUND[False]
    box.tap("sheet:99", query="税务")
    assert found(box).sheet == 7
    box.tap("find", query="税务局")
    assert (found(box).count, found(box).sheet) == (20, 1)


def test_what_was_looked_for_is_gone_when_an_item_begins_and_when_the_visit_ends() -> None:
    box = searching("j", "d", "f")
    box.tap("list")
    box.tap("search")
    assert found(box).query == ""
    box.tap("find", query="交电费")
    box.wait(200)
    assert box.kind == "home"
    box.tap("search")
    assert (found(box).query, found(box).count) == ("", 0)


def test_what_is_typed_is_neither_logged_nor_journalled(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        box = searching()
        box.tap("find", query="张秀兰120101194906150022")
        box.wait(200)
    assert "张秀兰" not in caplog.text + str(box.diary.lines)
    assert "120101" not in caplog.text + str(box.diary.lines)


@pytest.mark.parametrize(
    "action", ["key:", "key:ab", "of:", "of:event", "of:event.没有", "facet:no", "sheet:²"]
)
def test_what_no_button_posts_does_nothing(action: str) -> None:
    box = searching("j")
    before = found(box)
    box.tap(action, query="j")
    assert found(box) == before


def test_what_lacks_a_device_is_shown_grey_with_the_device_and_does_not_begin() -> None:
    box = Box()
    box.situation.missing = {"document_printer"}
    box.situation.broken = {"document_printer", "receipt_printer"}
    box.tap("search")
    box.tap("find", query="参保缴费证明")
    assert tiles(box)[CERTIFICATE].why_not == "本机没有证明打印机"
    box.tap("find", query="交电费")
    assert tiles(box)[ELECTRICITY].why_not == "凭条打印机暂不可用"
    box.tap(f"start:{ELECTRICITY}")
    assert box.kind == "search"


def test_what_the_city_has_closed_is_grey_with_the_citys_own_words_and_does_not_begin() -> None:
    box = searching()
    box.situation.closed_items = {SENIOR: "系统升级，月底恢复"}
    box.situation.missing = {"id_card"}
    box.tap("find", query="高龄津贴申请")
    assert tiles(box)[SENIOR].why_not == "系统升级，月底恢复", "another terminal would not help"
    box.tap(f"start:{SENIOR}")
    assert box.kind == "search"


def test_without_a_network_what_needs_it_is_grey_and_what_can_be_kept_is_not() -> None:
    box = searching()
    box.tap("find", query="高龄津贴申请")
    box.situation.online = False
    box.terminal.refresh()
    assert (tiles(box)[SENIOR].why_not, tiles(box)[SENIOR].offline_words) == ("", "没有网络，可先暂存")
    box.tap("find", query="交电费")
    assert tiles(box)[ELECTRICITY].why_not == "网络不通，暂不能办"


def test_a_touch_on_a_found_item_counts_though_a_device_has_changed_meanwhile() -> None:
    box = searching("j", "d", "f")
    turn = box.view.turn
    box.situation.online = None
    box.situation.broken = {"document_printer"}
    box.terminal.refresh()
    box.terminal.touch(turn, f"start:{ELECTRICITY}", {})
    assert box.diary.lines[-1] == ("item-started", ELECTRICITY)


@pytest.mark.parametrize(
    ("facet", "title"), [("event", "您遇到了什么事？"), ("department", "由哪个部门办？")]
)
def test_a_facet_leads_to_its_items_and_back_step_by_step(facet: str, title: str) -> None:
    box = Box()
    box.tap("list")
    assert f"facet:{facet}" in {each.id for each in box.view.page.others}
    box.tap(f"facet:{facet}")
    body = box.view.page.body
    assert isinstance(body, FacetsBody)
    assert box.view.page.title == title
    last = body.options[-1]
    box.tap(f"of:{last.value}")
    assert box.view.page.title == last.label
    assert len(tiles(box)) == min(int(last.detail.partition(" ")[0]), browse.TILES[False])
    for kind in ("facets", "items", "home"):
        assert box.view.page.back is not None
        box.tap(box.view.page.back.id)
        assert box.kind == kind


def test_where_there_is_only_one_of_a_kind_it_is_not_asked_for() -> None:
    box = crowd(3)
    box.tap("list")
    assert [each.id for each in box.view.page.others] == ["search", "facet:department", "facet:audience"]


def test_elders_see_their_items_first_and_fewer_at_once() -> None:
    box = crowd(30)
    box.tap("elder")
    assert next(iter(tiles(box))) == "tax.item-029"
    box.tap("list")
    assert len(tiles(box)) == browse.TILES[True] < browse.TILES[False]
    box.tap("search")
    box.tap("find", query="税务")
    assert len(found(box).tiles) == browse.FOUND[True]
    box.tap("elder")
    assert len(found(box).tiles) == browse.FOUND[False]


def test_the_last_page_of_an_item_is_left_to_home_and_not_to_a_list() -> None:
    box = Box()
    box.tap("list")
    box.tap("start:service.item-guide")
    box.hands.answer()
    box.tap("choose", choice=SENIOR)
    box.hands.answer()
    box.tap("no-paper")
    box.tap("skip")
    box.tap("list")
    assert box.kind == "ended"
    box.tap("another")
    assert box.kind == "home"
