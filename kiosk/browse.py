"""The lists of items: all, those of a life event, a department or an audience, and what was found by keys."""

from __future__ import annotations

from flows.parts import Action, Option
from kiosk.catalogue import FACETS, Facet, Listed, everything
from kiosk.home import HOME, Offer
from kiosk.letter_keys import LetterKeys
from kiosk.views import FacetsBody, ItemsBody, SearchBody, VisitPage

TILES = {False: 10, True: 4}
"""Items of a screenful, and for elders."""
FOUND = {False: 6, True: 2}
"""The same beside the keys."""
OPTIONS = {False: 12, True: 6}
_WAYS: dict[Facet, str] = {"event": "按人生大事", "department": "按部门", "audience": "个人或企业"}
_TITLES: dict[Facet, str] = {
    "event": "您遇到了什么事？",
    "department": "由哪个部门办？",
    "audience": "给谁办？",
}
LIST = Action(id="list", label="返回")
SEARCH = Action(id="search", label="查找事项")


def items_page(offer: Offer, *, sheet: int, elder: bool) -> VisitPage:
    """All items, and the ways to fewer of them; for elders theirs come first."""
    catalogue = offer.catalogue
    flows = everything(catalogue.for_elders if elder else catalogue.flows)
    ways = (
        Action(id=f"facet:{facet}", label=_WAYS[facet])
        for facet in FACETS
        if len(catalogue.facets[facet]) > 1
    )
    return VisitPage(
        title="全部事项", body=_items(offer, flows, sheet, elder), back=HOME, others=(SEARCH, *ways)
    )


def belonging_page(offer: Offer, facet: Facet, words: str, *, sheet: int, elder: bool) -> VisitPage:
    """The items of one life event, department or audience."""
    flows = offer.catalogue.belonging(facet, words)
    return VisitPage(
        title=words,
        body=_items(offer, flows, sheet, elder),
        back=Action(id=f"facet:{facet}", label="返回"),
        others=(SEARCH,),
    )


def facets_page(offer: Offer, facet: Facet, *, sheet: int, elder: bool) -> VisitPage:
    """What a facet can be, each with how many items it has."""
    options = [
        Option(value=f"{facet}.{words}", label=words, detail=f"{bits.bit_count()} 件事")
        for words, bits in offer.catalogue.facets[facet].items()
    ]
    begin, end, sheet, sheets = sheet_of(len(options), sheet, OPTIONS[elder])
    body = FacetsBody(options=tuple(options[begin:end]), sheet=sheet, sheets=sheets)
    return VisitPage(title=_TITLES[facet], body=body, back=LIST)


def search_page(
    offer: Offer,
    keys: LetterKeys,
    found: Listed,
    *,
    sheet: int,
    elder: bool,
    hotline: str,
    staff: str,
) -> VisitPage:
    """The keys, and what was found."""
    begin, end, sheet, sheets = sheet_of(len(found), sheet, FOUND[elder])
    body = SearchBody(
        query=keys.query,
        tiles=offer.tiles(found.part(begin, end)),
        count=len(found),
        sheet=sheet,
        sheets=sheets,
        digits=keys.digits,
        advice=advice(hotline, staff) if keys.query and not len(found) else (),
    )
    return VisitPage(title="查找事项", body=body, back=LIST)


def advice(hotline: str, staff: str) -> tuple[str, ...]:
    """What to do when nothing was found."""
    return (
        "少打几个字，或换个说法再试试",
        f"请人帮办：{staff}" if staff else "点下面的“求助”，请人帮您",
        f"也可以打 {hotline} 问",
    )


def _items(offer: Offer, flows: Listed, sheet: int, elder: bool) -> ItemsBody:
    begin, end, sheet, sheets = sheet_of(len(flows), sheet, TILES[elder])
    return ItemsBody(tiles=offer.tiles(flows.part(begin, end)), sheet=sheet, sheets=sheets)


def sheet_of(count: int, sheet: int, size: int) -> tuple[int, int, int, int]:
    """Where `sheet` (from 1; the nearest there is) begins and ends, that sheet, and of how many."""
    sheets = max(1, -(-count // size))
    sheet = min(max(1, sheet), sheets)
    return (sheet - 1) * size, sheet * size, sheet, sheets
