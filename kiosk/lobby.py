"""Where a citizen is before an item is begun: the first page, a list, a facet, or the keys to find one.

What is typed is kept for this page alone, in memory; it is written down nowhere, and gone when an item
begins or the visit ends. Loop's thread only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from kiosk import browse
from kiosk.catalogue import FACETS, NOTHING, Facet
from kiosk.home import Offer
from kiosk.letter_keys import LetterKeys
from kiosk.views import VisitPage

Place = Literal["home", "items", "facets", "search"]


class Lobby:
    """`act` says where to; `page` draws where one is."""

    def __init__(self, offer: Offer, hotline: str, staff: str) -> None:
        self._offer = offer
        self._hotline = hotline
        self._staff = staff
        self.leave()

    def leave(self) -> None:
        """Back to the first page; nothing of what was looked for is kept."""
        self._place: Place = "home"
        self._sheet = 1
        self._facet: Facet = FACETS[0]
        self._words = ""
        self._keys = LetterKeys()
        self._found = NOTHING

    def act(self, action: str, values: Mapping[str, str]) -> None:
        """A tap on one of these pages; anything else does nothing."""
        verb, _, what = action.partition(":")
        if verb == "home":
            self.leave()
        elif verb == "list":
            self._go("items")
        elif verb == "search":
            self._go("search")
            self._keys.clear()
            self._found = NOTHING
        elif verb == "facet" and what in FACETS:
            self._facet = what
            self._go("facets")
        elif verb == "of":
            facet, _, words = what.partition(".")
            if facet in FACETS and words in self._offer.catalogue.facets[facet]:
                self._go("items")
                self._facet, self._words = facet, words
        elif verb == "sheet" and what.isascii() and what.isdigit():
            self._sheet = int(what)
        elif self._place == "search":
            before = self._keys.query
            self._keys.act(verb, what, values.get("query", before))
            if self._keys.query != before:
                self._found = self._offer.catalogue.find(self._keys.query)
                self._sheet = 1

    def _go(self, place: Place) -> None:
        self._place, self._sheet, self._words = place, 1, ""

    def page(self, *, elder: bool) -> VisitPage:
        """The page, for elders with fewer items on it."""
        if self._place == "search":
            return browse.search_page(
                self._offer,
                self._keys,
                self._found,
                sheet=self._sheet,
                elder=elder,
                hotline=self._hotline,
                staff=self._staff,
            )
        if self._place == "facets":
            return browse.facets_page(self._offer, self._facet, sheet=self._sheet, elder=elder)
        if self._place == "items" and self._words:
            return browse.belonging_page(
                self._offer, self._facet, self._words, sheet=self._sheet, elder=elder
            )
        if self._place == "items":
            return browse.items_page(self._offer, sheet=self._sheet, elder=elder)
        return self._offer.home(elder=elder)
