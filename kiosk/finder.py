"""Finds in a list that is too long to be gone through: the keys of the lobby over a question of an item.

The engine asks for one of the entries and knows nothing of keys; what is typed is kept for the list that is
shown, in memory, and gone with it. Loop's thread only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from flows.page import ChoiceBody, FindBody, Page
from flows.parts import Option
from kiosk.browse import FOUND, advice, sheet_of
from kiosk.catalogue import Catalogue
from kiosk.letter_keys import LetterKeys
from kiosk.search import Entry, Index

LONG = 60
"""From so many entries on there are keys; fewer are found by their first letter, or by turning the sheets."""


class Finder:
    """`over` lays the keys over a page whose list is long; `act` is told of the taps on that page."""

    def __init__(self, catalogue: Catalogue, hotline: str, staff: str) -> None:
        self._catalogue = catalogue
        self._advice = advice(hotline, staff)
        self._keys = LetterKeys()
        self.leave()

    def leave(self) -> None:
        """There is no long list; nothing of what was looked for is kept."""
        self._options: tuple[Option, ...] = ()
        self._found: tuple[Option, ...] = ()
        self._index: Index | None = None
        self._sheet = 1
        self._keys.clear()

    def act(self, action: str, values: Mapping[str, str]) -> bool:
        """Whether the tap was on the keys or the sheets; any other is the engine's."""
        verb, _, what = action.partition(":")
        if not self._options:
            return False
        if verb == "sheet" and what.isascii() and what.isdigit():
            self._sheet = int(what)
            return True
        before = self._keys.query
        ours = self._keys.act(verb, what, values.get("query", before))
        if self._keys.query != before:
            self._found, self._sheet = tuple(self._find(self._keys.query)), 1
        return ours

    def over(self, page: Page, *, elder: bool) -> Page:
        """`page`, or with the keys and a screenful of what was found where its list is long."""
        body = page.body
        if not isinstance(body, ChoiceBody) or len(body.options) < LONG:
            self.leave()
            return page
        if body.options != self._options:
            self.leave()
            self._options = self._found = body.options
        begin, end, sheet, sheets = sheet_of(len(self._found), self._sheet, FOUND[elder])
        keys = FindBody(
            options=self._found[begin:end],
            count=len(self._found),
            sheet=sheet,
            sheets=sheets,
            chosen=body.chosen,
            query=self._keys.query,
            digits=self._keys.digits,
            advice=() if self._found else self._advice,
            sample=body.sample,
        )
        return replace(page, body=keys)

    def _find(self, query: str) -> Sequence[Option]:
        """Entries that `query` may mean, the likeliest first; an item is found by all that it is called."""
        if not query:
            return self._options
        by_value = {option.value: option for option in self._options}
        codes = {flow.item for flow in self._catalogue.flows}
        if by_value.keys() <= codes:
            listed = self._catalogue.find(query)
            return [by_value[flow.item] for flow in listed.part(0, len(listed)) if flow.item in by_value]
        if self._index is None:
            self._index = Index(Entry((option.label,), (option.detail,)) for option in self._options)
        return [self._options[number] for number in self._index.find(query)]
