"""What an item asks for without a network was fetched while there was one, whichever way it is gone through.

What is asked for is recorded: real flows, walked by chance, and the real desk in front of a library that
writes down. What is fetched ahead is what `CachedLibrary.warm` is seen to fetch. Neither looks at the other.
"""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from flows.effects import LoadEntries, LoadGuide, LoadOptions, LoadPolicies
from flows.loader import load_names
from kiosk.desks.city import CityDesk
from kiosk.gateway import contract
from kiosk.guide_pictures import Held, Media
from kiosk.library import beside
from kiosk.published import known_items
from offline_cache.content import ContentCache
from tests.flows.shipped import offered
from tests.flows.test_any_order import Walk
from tests.kiosk.clocks import TestClock
from tests.kiosk.scripted import NO_SLIPS
from tests.kiosk.test_filing import Inline
from tests.kiosk.test_library import Gateway, library_of

OFFERED = offered()
OFFLINE = {item: flow for item, flow in OFFERED.items() if flow.offline != "unavailable"}
WALKS, MOVES = 12, 120

Piece = tuple[str, ...]


class Recorder:
    """A library that has nothing, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: set[Piece] = set()

    def get(self, operation: str, *names: str) -> None:
        self.asked.add((operation, *names))

    def pictures(self, media: Sequence[Media], *, ask: bool) -> list[tuple[Media, Held]]:
        del media, ask
        return []


def desk_on(recorder: Recorder) -> CityDesk:
    nobody: Any = None
    return CityDesk(
        client=nobody,
        contract=contract.load(),
        library=recorder,
        names={},
        executor=Inline(),
        clock=TestClock(),
        heard=lambda _: None,
        online=lambda: False,
        new_key=lambda: "0",
        slips=NO_SLIPS,
    )


@functools.cache
def asked_offline(item: str) -> frozenset[Piece]:
    """Every piece of content that `item` was seen to ask for while the city was away."""
    flow = OFFERED[item]
    recorder = Recorder()
    desk = desk_on(recorder)
    for seed in range(WALKS):
        chance = random.Random(seed)
        walk = Walk(flow)
        walk.shell.online = False
        for _ in range(MOVES):
            if walk.run.ended:
                break
            if walk.open and chance.random() < 0.6:
                walk.outcome(chance.randrange(600), good=True)
            elif chance.random() < 0.7:
                walk.on(chance.randrange(600))
            else:
                ways = [each for each in walk.offered() if each not in {"leave", "finish"}]
                walk.tap(chance.choice(ways or ["next"]), chance.randrange(600))
        for effect in walk.asked:
            match effect:
                case LoadGuide():
                    desk.guide(effect, lambda _: None)
                case LoadOptions():
                    desk.options(effect, lambda _: None)
                case LoadEntries():
                    desk.entries(effect, lambda _: None)
                case LoadPolicies():
                    desk.policies(effect, lambda _: None)
    return frozenset(recorder.asked)


def fetched_ahead(folder: Path) -> set[Piece]:
    """Every piece of content that a round of prefetch asks the gateway for."""
    gateway = Gateway()
    items = [{"code": item, "enabled": True} for item in load_names()]
    gateway.catalogue = json.dumps({"items": items}).encode()
    cache = ContentCache(folder / "content.db", TestClock())
    assert library_of(gateway, cache).warm(known_items, beside(OFFERED.values()))
    cache.close()
    return set(gateway.asked)


@pytest.fixture(scope="module")
def ahead(tmp_path_factory: pytest.TempPathFactory) -> set[Piece]:
    return fetched_ahead(tmp_path_factory.mktemp("ahead"))


@pytest.mark.parametrize("item", OFFLINE)
def test_whatever_it_asks_for_without_a_network_was_fetched_ahead(item: str, ahead: set[Piece]) -> None:
    assert asked_offline(item) - ahead == set()


def test_these_walks_meet_what_they_are_to_find(ahead: set[Piece]) -> None:
    asked = {piece for item in OFFLINE for piece in asked_offline(item)}
    lists = {piece for piece in ahead if piece[0] in {"getCodes", "getOptions", "searchPolicies"}}
    assert lists, "else nothing is shown"
    assert lists - asked == set(), "nothing is fetched ahead that nobody asks for"
    operations = {operation for operation, *_ in asked}
    assert operations >= {"getGuide", "getCatalogue", "getCodes", "getOptions", "searchPolicies"}


def test_the_calendar_is_asked_for_by_no_step() -> None:
    """A day by which something is due is told by the city, never counted here; so nothing is to be kept."""
    asked = {piece for item in OFFERED for piece in asked_offline(item)}
    assert ("getCodes", "calendar") not in asked
