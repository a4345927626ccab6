"""The order of the items and the lists beside them; and that the lists name what there is."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from flows.loader import CATALOGUE, load_names
from flows.model import Flow
from flows.tables import load_tables
from kiosk.catalogue import FACETS, Catalogue, Listed
from tests.flows.items import NOTICE, item
from tests.flows.shipped import shipped

NAMES = load_names()
DOMAINS = {code.partition(".")[0] for code in NAMES}


def rows(name: str, folder: Path = CATALOGUE) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def some(**items: dict[str, object]) -> dict[str, Flow]:
    """Flows of these codes, a dot for each underscore."""
    flows = [item({}, NOTICE, item=code.replace("_", "."), **more) for code, more in items.items()]
    return {flow.item: flow for flow in flows}


FOLDER_FILES = {
    "life-events": "event,match\n退休,old.pension\n开店,shop\n退休,shop.close\n身后,no.such\n",
    "elders": "item\nold.bus\nold.pension\nno.such\nshop.open\n",
    "common-words": "official,common\n社会保险,社保\n",
}


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    for name, text in FOLDER_FILES.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    flows = some(
        shop_open={"name": "开办商店", "audience": "business", "department": "市场局"},
        shop_close={"name": "关闭商店", "audience": "business", "department": "市场局"},
        old_pension={
            "name": "社会保险查询",
            "audience": "citizen",
            "badges": ("适老",),
            "department": "人社局",
        },
        terminal_slip={"name": "查暂存单"},
        old_bus={"name": "敬老卡申领", "badges": ("适老",), "department": "交通委"},
    )
    return Catalogue(flows, ("old.bus", "not.here"), load_tables(tmp_path))


def codes(flows: tuple[Flow, ...] | Listed) -> list[str]:
    shown = flows.part(0, len(flows)) if isinstance(flows, Listed) else flows
    return [flow.item for flow in shown]


def test_what_is_configured_stands_first_and_what_is_ours_stands_apart(catalogue: Catalogue) -> None:
    assert codes(catalogue.flows) == ["old.bus", "shop.open", "shop.close", "old.pension"]
    assert codes(catalogue.ours) == ["terminal.slip"]


def test_elders_see_their_list_first_in_its_order_and_only_what_is_meant_for_them(
    catalogue: Catalogue,
) -> None:
    assert codes(catalogue.for_elders) == ["old.bus", "old.pension", "shop.open", "shop.close"]


def test_facets_have_what_belongs_to_them_and_none_is_empty(catalogue: Catalogue) -> None:
    assert {facet: list(words) for facet, words in catalogue.facets.items()} == {
        "event": ["退休", "开店"],
        "department": ["市场局", "交通委", "人社局"],
        "audience": ["个人办事", "企业办事"],
    }
    assert codes(catalogue.belonging("event", "退休")) == ["shop.close", "old.pension"]
    assert codes(catalogue.belonging("event", "开店")) == ["shop.open", "shop.close"]
    assert codes(catalogue.belonging("audience", "个人办事")) == ["old.bus", "old.pension"]
    assert codes(catalogue.belonging("audience", "企业办事")) == ["old.bus", "shop.open", "shop.close"]
    assert codes(catalogue.belonging("department", "没有的局")) == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("社保查询", "old.pension"),
        ("sbcx", "old.pension"),
        ("jinglaoka", "old.bus"),
        ("shichangju", "shop.open"),
        ("tuixiu", "shop.close"),
        ("适老", "old.bus"),
    ],
)
def test_found_by_common_words_department_event_and_badge(
    catalogue: Catalogue, text: str, first: str
) -> None:
    assert codes(catalogue.find(text))[0] == first


def test_what_is_ours_is_found_too_but_stands_in_no_list_of_the_citys_items(catalogue: Catalogue) -> None:
    assert codes(catalogue.find("查暂存单")) == ["terminal.slip"]
    assert "terminal.slip" not in codes(catalogue.flows)
    for facet in FACETS:
        for words in catalogue.facets[facet]:
            assert "terminal.slip" not in codes(catalogue.belonging(facet, words))


def test_every_item_of_this_repository_is_found_by_its_short_name_and_has_a_place_in_every_list() -> None:
    catalogue = Catalogue(shipped())
    for flow in catalogue.flows:
        assert catalogue.find(flow.short).part(0, 1)[0].short == flow.short
    everything = (1 << len(catalogue.flows)) - 1
    for facet in FACETS[1:]:
        covered = 0
        for bits in catalogue.facets[facet].values():
            covered |= bits
        assert covered == everything


def test_life_events_name_items_and_domains_that_there_are() -> None:
    listed = rows("life-events")
    assert {row["match"] for row in listed} <= NAMES.keys() | DOMAINS
    assert len({(row["event"], row["match"]) for row in listed}) == len(listed)


def test_the_shortlist_of_elders_names_items_that_there_are_once() -> None:
    listed = [row["item"] for row in rows("elders")]
    assert set(listed) <= NAMES.keys()
    assert len(set(listed)) == len(listed)


def test_every_common_word_stands_for_something_in_a_name() -> None:
    names = [each.name for each in NAMES.values()]
    unused = [row for row in rows("common-words") if not any(row["official"] in name for name in names)]
    assert unused == []
