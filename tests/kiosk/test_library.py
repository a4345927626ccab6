"""What is fetched ahead, so that it is there when the network is not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from deploy.sandbox import pictures as sandbox
from kiosk.gateway import outcomes
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.signers import NoSigner
from kiosk.gateway.transport import Http, HttpAnswer
from kiosk.guide_pictures import PATIENCE, GuidePictures, Media
from kiosk.library import CachedLibrary, beside
from offline_cache.content import ContentCache
from offline_cache.exc import StoreFull
from offline_cache.origin import Fetched
from tests.flows.shipped import offered
from tests.kiosk.clocks import TestClock

PNG = sandbox.png("item-guide")
KEYS, CATALOGUE = b'{"keys": []}', b'["civil.x"]'


class Gateway:
    """Answers everything while `there`; `asked` is what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.there = True
        self.catalogue = CATALOGUE
        self.guide: Any = {}

    def fetch(self, operation: str, path: Mapping[str, str] | None = None, **_: Any) -> outcomes.FetchOutcome:
        self.asked.append((operation, *(path or {}).values()))
        if not self.there:
            return outcomes.Unreachable(outcomes.Reason.NO_NETWORK)
        guide = json.dumps(self.guide).encode()
        bodies = {"getKeys": KEYS, "getCatalogue": self.catalogue, "getGuide": guide}
        return outcomes.Fetched(bodies.get(operation, b"{}"), None, 60.0, 86400.0)

    def send(self, method: str, url: str, **_: Any) -> HttpAnswer | outcomes.Unreachable:
        self.asked.append((method, url))
        if not self.there:
            return outcomes.Unreachable(outcomes.Reason.NO_NETWORK)
        return HttpAnswer(200, {"cache-control": "max-age=60, stale-if-error=86400"}, PNG)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def library_of(gateway: Gateway, cache: ContentCache, clock: TestClock | None = None) -> CachedLibrary:
    clock = clock or TestClock()
    http = cast(Http, gateway)
    return CachedLibrary(
        client=cast(GatewayClient, gateway),
        cache=cache,
        pictures=GuidePictures(
            base_url="https://gateway.example/v1", http=http, signer=NoSigner(), cache=cache, clock=clock
        ),
        clock=clock,
        heard=lambda _: None,
    )


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def cache(tmp_path: Path, clock: TestClock) -> Iterator[ContentCache]:
    cache = ContentCache(tmp_path / "content.db", clock)
    yield cache
    cache.close()


@pytest.fixture
def library(gateway: Gateway, cache: ContentCache, clock: TestClock) -> CachedLibrary:
    return library_of(gateway, cache, clock)


def items(_: bytes) -> list[str]:
    return ["civil.x"]


def test_lists_and_policies_of_what_goes_on_without_a_network_are_fetched_ahead(
    library: CachedLibrary, gateway: Gateway
) -> None:
    wanted = [("getCodes", "industry_code"), ("searchPolicies",), ("getOptions", "civil.x", "entries")]
    assert library.warm(items, wanted)
    assert gateway.asked == [("getKeys",), ("getCatalogue",), ("getGuide", "civil.x"), *wanted]
    gateway.there = False
    for piece in wanted:
        assert library.get(*piece) is not None


def test_each_list_of_each_item_is_kept_under_its_own_name(library: CachedLibrary, gateway: Gateway) -> None:
    for piece in (("getOptions", "civil.x", "entries"), ("getOptions", "civil.y", "entries")):
        library.prefetch(*piece)
    gateway.there = False
    assert library.get("getOptions", "civil.y", "entries") is not None
    assert library.get("getOptions", "civil.x", "others") is None
    assert library.get("getOptions", "civil.z", "entries") is None


def test_nothing_more_is_asked_of_a_city_that_is_away(library: CachedLibrary, gateway: Gateway) -> None:
    gateway.there = False
    assert not library.warm(items, [("getCodes", "industry_code")])
    assert gateway.asked == [("getKeys",)]


def test_what_the_city_has_closed_is_known_from_its_catalogue_also_after_a_restart_without_a_network(
    gateway: Gateway, cache: ContentCache, clock: TestClock
) -> None:
    library = library_of(gateway, cache, clock)
    assert library.closed() == {}
    gateway.catalogue = catalogue(
        ("civil.x", False, "系统升级"), ("civil.y", True, ""), ("civil.z", False, "")
    )
    library.warm(items)
    closed = {"civil.x": "系统升级", "civil.z": "平台暂停办理"}
    assert library.closed() == closed
    gateway.there = False
    again = library_of(gateway, cache, clock)
    assert again.closed() == closed
    gateway.there, gateway.catalogue = True, catalogue(("civil.x", True, ""))
    clock.advance(61)
    again.warm(items)
    assert again.closed() == {}


def catalogue(*entries: tuple[str, bool, str]) -> bytes:
    """What getCatalogue answers: code, whether it is taken, why not."""
    found = [{"code": code, "enabled": enabled, "reason": reason} for code, enabled, reason in entries]
    return json.dumps({"items": found}).encode()


def test_the_flows_say_which_those_are() -> None:
    flows = offered()
    match = flows["service.policy-match-enterprise"]
    assert beside([match]) == [
        ("getCodes", "industry_code"),
        ("getCodes", "divisions"),
        ("getCodes", "enterprise_scale_code"),
        ("searchPolicies",),
    ]
    assert beside([flows["civil.nursing-home-query"]]) == [
        ("getCodes", "divisions"),
        ("getOptions", "civil.nursing-home-query", "entries"),
    ]
    permit = flows["household.residence-permit-apply"]
    assert permit.offline == "unavailable"
    assert beside([permit]) == [], "it asks for lists, and only with a network"
    every = beside(flows.values())
    assert len(every) == len(set(every)), "each is asked for once"


PICTURE = {"kind": "picture", "url": "media/a.png", "title": "怎样办"}


def test_pictures_of_guides_are_fetched_after_everything_else_and_are_there_offline(
    library: CachedLibrary, gateway: Gateway, clock: TestClock
) -> None:
    gateway.guide = {"media": [PICTURE, {"kind": "video", "url": "media/b.mp4"}]}
    assert library.warm(items, [("searchPolicies",)])
    assert gateway.asked[-2:] == [("searchPolicies",), ("GET", "https://gateway.example/v1/media/a.png")]
    gateway.there = False
    clock.advance(3600)
    media = [Media(kind="picture", url="media/a.png", title="怎样办")]
    for ask in (True, False):
        [(of, held)] = library.pictures(media, ask=ask)
        assert (of.title, held.width) == ("怎样办", 1200)


def test_one_picture_for_two_guides_is_fetched_once(library: CachedLibrary, gateway: Gateway) -> None:
    gateway.guide = {"media": [PICTURE]}
    assert library.warm(lambda _: ["civil.x", "civil.y"])
    assert [each for each in gateway.asked if each[0] == "GET"] == [
        ("GET", "https://gateway.example/v1/media/a.png")
    ]


def test_once_a_picture_cannot_be_kept_no_further_one_is_fetched(gateway: Gateway, tmp_path: Path) -> None:
    gateway.guide = {"media": [{**PICTURE, "url": f"media/{n}.png"} for n in range(4)]}
    cache = ContentCache(tmp_path / "small.db", TestClock(), max_bytes=150_000)
    library = library_of(gateway, cache)
    for _ in range(2):
        gateway.asked.clear()
        assert library.warm(items)
        assert len([each for each in gateway.asked if each[0] == "GET"]) <= 2
    assert isinstance(cache.trouble, StoreFull)
    assert library.get("getGuide", "civil.x") is not None
    cache.close()


def test_a_guide_waits_for_its_pictures_no_longer_than_stated(
    library: CachedLibrary, gateway: Gateway, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: Any, timeout: float, **__: Any) -> outcomes.Unreachable:
        clock.advance(timeout)
        return outcomes.Unreachable(outcomes.Reason.TIMEOUT)

    monkeypatch.setattr(gateway, "send", slow)
    begun = clock.monotonic()
    assert library.pictures([Media(kind="picture", url=f"{n}.png") for n in range(4)], ask=True) == []
    assert clock.monotonic() - begun == PATIENCE


def test_a_round_that_reached_the_city_deletes_what_is_past_its_time(
    library: CachedLibrary, gateway: Gateway, cache: ContentCache, clock: TestClock
) -> None:
    cache.get("old", lambda _: Fetched(b"old", None, 60, 60))
    clock.advance(3600)
    gateway.there = False
    assert not library.warm(items)
    assert cache.prune() == 1, "away from the city it was left alone"
    cache.get("old", lambda _: Fetched(b"old", None, 60, 60))
    clock.advance(3600)
    gateway.there = True
    assert library.warm(items)
    assert cache.prune() == 0, "it is gone already"
