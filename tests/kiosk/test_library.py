"""What is fetched ahead, so that it is there when the network is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from flows.loader import BUILTIN, load_all
from kiosk.gateway import outcomes
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.signers import NoSigner
from kiosk.gateway.transport import HttpAnswer
from kiosk.guide_pictures import GuidePictures
from kiosk.library import CachedLibrary, beside
from offline_cache.content import ContentCache
from tests.kiosk.clocks import TestClock

KEYS, CATALOGUE = b'{"keys": []}', b'["civil.x"]'


class Gateway:
    """Answers everything while `there`; `asked` is what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.there = True

    def fetch(self, operation: str, path: Mapping[str, str] | None = None, **_: Any) -> outcomes.FetchOutcome:
        self.asked.append((operation, next(iter((path or {}).values()), "")))
        if not self.there:
            return outcomes.Unreachable(outcomes.Reason.NO_NETWORK)
        body = {"getKeys": KEYS, "getCatalogue": CATALOGUE}.get(operation, b"{}")
        return outcomes.Fetched(body, None, 60.0, 86400.0)

    def send(self, method: str, url: str, **_: Any) -> HttpAnswer | outcomes.Unreachable:
        self.asked.append((method, url))
        if not self.there:
            return outcomes.Unreachable(outcomes.Reason.NO_NETWORK)
        return HttpAnswer(200, {"cache-control": "max-age=60, stale-if-error=86400"}, PNG)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def library(gateway: Gateway, tmp_path: Path) -> Iterator[CachedLibrary]:
    clock = TestClock()
    cache = ContentCache(tmp_path / "content.db", clock)
    yield CachedLibrary(
        client=cast(GatewayClient, gateway),
        cache=cache,
        pictures=GuidePictures(
            base_url="https://gateway.example/v1", http=gateway, signer=NoSigner(), cache=cache, clock=clock
        ),
        clock=clock,
        heard=lambda _: None,
    )
    cache.close()


def items(_: bytes) -> list[str]:
    return ["civil.x"]


def test_lists_and_policies_of_what_goes_on_without_a_network_are_fetched_ahead(
    library: CachedLibrary, gateway: Gateway
) -> None:
    wanted = [("getCodes", "industry_code"), ("searchPolicies", "")]
    assert library.warm(items, wanted)
    assert gateway.asked == [("getKeys", ""), ("getCatalogue", ""), ("getGuide", "civil.x"), *wanted]
    gateway.there = False
    for operation, name in wanted:
        assert library.get(operation, name) is not None


def test_nothing_more_is_asked_of_a_city_that_is_away(library: CachedLibrary, gateway: Gateway) -> None:
    gateway.there = False
    assert not library.warm(items, [("getCodes", "industry_code")])
    assert gateway.asked == [("getKeys", "")]


def test_the_flows_say_which_those_are() -> None:
    offered = {**load_all(), **load_all(BUILTIN)}
    match = offered["service.policy-match-enterprise"]
    assert beside([match]) == [
        ("getCodes", "industry_code"),
        ("getCodes", "divisions"),
        ("getCodes", "enterprise_scale_code"),
        ("searchPolicies", ""),
    ]
    permit = offered["household.residence-permit-apply"]
    assert permit.offline == "unavailable"
    assert beside([permit]) == [], "it asks for lists, and only with a network"
    every = beside(offered.values())
    assert len(every) == len(set(every)), "each is asked for once"
