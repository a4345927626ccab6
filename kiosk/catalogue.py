"""All items that this terminal offers, in the order in which they are shown, and the ways to find one.

The order is by use, as far as a city has said so: what the configuration puts first, then the catalogue's
own. Nobody can pay for a place in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Literal, get_args

from flows.model import Flow
from flows.tables import CommonWord, Tables, load_tables
from kiosk.search import Entry, Found, Index
from kiosk.views import Tile

OURS = "terminal"
"""The domain of what a terminal offers beside the city's items."""
ELDERS = "适老"
"""The badge of what is meant for elders."""

Facet = Literal["event", "department", "audience"]
FACETS: tuple[Facet, ...] = get_args(Facet)
_AUDIENCES = {"个人办事": frozenset({"citizen", "both"}), "企业办事": frozenset({"business", "both"})}


@dataclass(frozen=True, slots=True)
class Listed:
    """Items in their order, of which only those that are shown are ever looked at."""

    everything: tuple[Flow, ...]
    found: Found

    def __len__(self) -> int:
        return self.found.count

    def part(self, begin: int, end: int) -> tuple[Flow, ...]:
        """Those from `begin` on and before `end`, counted from 0."""
        return tuple(self.everything[number] for number in islice(self.found, begin, end))


NOTHING = Listed((), Found(()))


def everything(flows: tuple[Flow, ...]) -> Listed:
    """All of `flows`."""
    return Listed(flows, Found(((1 << len(flows)) - 1,)))


class Catalogue:
    """`flows` that a citizen may begin; those whose codes are in `first` stand first, where they are there.
    What is the terminal's own (`ours`) is found by keys too, but stands in no list.

    `tables` are those beside the items; without any, the ones that are shipped.
    """

    def __init__(
        self, flows: Mapping[str, Flow], first: Sequence[str] = (), tables: Tables | None = None
    ) -> None:
        offered = {item: flow for item, flow in flows.items() if flow.domain != OURS}
        order = dict.fromkeys((*(item for item in first if item in offered), *offered))
        self.flows = tuple(offered[item] for item in order)
        self.ours = tuple(flow for flow in flows.values() if flow.domain == OURS)
        self._findable = (*self.flows, *self.ours)
        self._tables = load_tables() if tables is None else tables
        self._tiles: dict[str, Tile] = {}

    @cached_property
    def for_elders(self) -> tuple[Flow, ...]:
        """As `flows`, the shortlist for elders first: in the order of its list, then what has the badge."""
        by_code = {flow.item: flow for flow in self.flows}
        meant = [flow.item for flow in self.flows if ELDERS in flow.badges]
        listed = [item for item in self._tables.elders if item in meant]
        return tuple(by_code[item] for item in dict.fromkeys((*listed, *meant, *by_code)))

    @cached_property
    def facets(self) -> Mapping[Facet, Mapping[str, int]]:
        """Of each facet its words, and which of `flows` belong to each, as a bitset; none of them is empty.

        Life events stand in the order of their list, departments those with the most items first.
        """
        departments: defaultdict[str, int] = defaultdict(int)
        for number, flow in enumerate(self.flows):
            departments[flow.department] |= 1 << number
        by_size = sorted(departments, key=lambda each: -departments[each].bit_count())
        return {
            "event": self._events,
            "department": {each: departments[each] for each in by_size},
            "audience": {
                words: bits
                for words, whom in _AUDIENCES.items()
                if (bits := _bits(flow.audience in whom for flow in self.flows))
            },
        }

    @cached_property
    def _events(self) -> Mapping[str, int]:
        events: dict[str, int] = {}
        for each in self._tables.life_events:
            bits = _bits(each.match in {flow.item, flow.domain} for flow in self.flows)
            if bits:
                events[each.event] = events.get(each.event, 0) | bits
        return events

    @cached_property
    def _index(self) -> Index:
        """Made when it is first asked: a fifth of a second that the start need not wait for."""
        common = self._tables.common_words
        return Index(self._entry(number, flow, common) for number, flow in enumerate(self._findable))

    def _entry(self, number: int, flow: Flow, common: Sequence[CommonWord]) -> Entry:
        names = (flow.name, flow.short)
        said = tuple(
            name.replace(each.official, each.common)
            for name in names
            for each in common
            if each.official in name
        )
        tags = [
            words for facet in self.facets.values() for words, bits in facet.items() if bits >> number & 1
        ]
        return Entry(names=(*names, *said), words=(*tags, *flow.badges), prose=flow.summary)

    def tile(self, flow: Flow) -> Tile:
        """How `flow` is shown where nothing is in its way: drawn up once, for lists are long and many."""
        made = self._tiles.get(flow.item)
        if made is None:
            made = self._tiles[flow.item] = Tile(
                item=flow.item,
                short=flow.short,
                name=flow.name,
                summary=flow.summary,
                department=flow.department,
                badges=flow.badges,
            )
        return made

    def find(self, text: str) -> Listed:
        """Items that `text` may mean, the likeliest first; the terminal's own among them."""
        return Listed(self._findable, self._index.find(text))

    def belonging(self, facet: Facet, words: str) -> Listed:
        """The items of a facet's `words`; none for words that it does not have."""
        return Listed(self.flows, Found((self.facets[facet].get(words, 0),)))


def _bits(belongs: Iterable[bool]) -> int:
    return sum(1 << number for number, each in enumerate(belongs) if each)
