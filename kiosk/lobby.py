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
from kiosk.search import QUERY_MOST
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
        self._query = ""
        self._found = NOTHING
        self._digits = False

    def act(self, action: str, values: Mapping[str, str]) -> None:
        """A tap on one of these pages; anything else does nothing."""
        verb, _, what = action.partition(":")
        if verb == "home":
            self.leave()
        elif verb == "list":
            self._go("items")
        elif verb == "search":
            self._go("search")
            self._type("")
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
            self._key(verb, what, values.get("query", self._query))

    def _go(self, place: Place) -> None:
        self._place, self._sheet, self._words = place, 1, ""

    def _key(self, verb: str, what: str, typed: str) -> None:
        if verb == "key" and len(what) == 1:
            self._type(typed + what)
        elif verb == "erase":
            self._type(typed[:-1])
        elif verb == "clear":
            self._type("")
        elif verb == "find":
            self._type(typed)
        elif verb == "digits":
            self._digits = not self._digits

    def _type(self, query: str) -> None:
        self._query = query[:QUERY_MOST]
        self._found = self._offer.catalogue.find(self._query)
        self._sheet = 1

    def page(self, *, elder: bool) -> VisitPage:
        """The page, for elders with fewer items on it."""
        if self._place == "search":
            return browse.search_page(
                self._offer,
                self._query,
                self._found,
                sheet=self._sheet,
                digits=self._digits,
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
