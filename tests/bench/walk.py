"""Whole walks of items, first touch to home again: the agent's own share of a page, and what it waits for.

The whole agent in a process of its own against the sandbox city, another process, over TLS on loopback;
reader and receipt printer are doubles in memory, which answer at once (`walk_agent`). The walker of `kiosk
walk` is the citizen: it reads the pages' HTML, and knows nothing else. Between two walks the city forgets
what was filed, so that the same person comes again. What is a share of what: `walk_shares`.

Shown of each item is the walk whose own share is the median of all walks.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from deploy.demo.city import City, Company, Resident
from deploy.demo.screen import Button, Page, Screen
from deploy.walk.errands import Errand, errand, somebody
from deploy.walk.sheet import Sheet
from deploy.walk.walker import Walker
from tests.bench import town
from tests.bench.rows import row
from tests.bench.terminal import prepare
from tests.bench.walk_agent import Record, serve
from tests.bench.walk_shares import Asked, Share, shares

ITEMS = (
    "civil.senior-allowance-apply",
    "housing.rental-filing",
    "one-thing.utilities-joint-connection",
)
"""The shortest way through a filing, and the two longest of the new ones that need no phone."""

WALKS, WARM_UP = 9, 2
PAGE_MS = 15.0
"""Issue B: the agent's own share of a page."""

SETTLED_SECONDS = 60.0
QUIET_SECONDS = 0.6
FETCHED_SECONDS = 3.0
"""Quiet after the start: among the guides it fetches first, a busy machine may pause for a second."""
LOOK_AGAIN = 0.05
HEARTBEAT = ("heartbeat_seconds = 3 ", "heartbeat_seconds = 600 ")
"""The demo's, and none within a walk."""


class NotedScreen(Screen):
    """Notes when it asked for what."""

    def __init__(self, url: str) -> None:
        self.asked: list[Asked] = []
        self.titles: list[str] = []
        super().__init__(url)

    def touch(self, page: Page, button: Button, values: Mapping[str, str] | None = None) -> Page:
        """See Screen; the page that was touched is noted by its title."""
        self.titles.append(page.title)
        return super().touch(page, button, values)

    def _ask(self, method: str, url: str, values: Mapping[str, str] | None = None) -> requests.Response:
        parts = urlsplit(url)
        after = int(parse_qs(parts.query).get("after", ["-1"])[0])
        began = time.perf_counter()
        try:
            return super()._ask(method, url, values)
        finally:
            self.asked.append(Asked(parts.path, began, time.perf_counter(), after))


@dataclass(frozen=True, slots=True)
class BenchHands:
    """The citizen's hands (`deploy.walk.hands.Hands`); the card is on the reader when it is asked for."""

    city: City

    def put_card(self, person: Resident) -> None:
        """It lies there."""

    def lift_card(self) -> None:
        """The reader in memory takes it for lifted when the next is asked for."""

    def face(self, person: Resident) -> bytes:
        """What the camera takes of this person."""
        return self.city.face(person.id)

    def scan(self, user_code: str, person: Resident, company: Company | None) -> None:
        """Say yes on the phone."""
        self.city.approve(user_code, person.id, business=company.code if company else None)

    def pay(self, code: str) -> None:
        """Pay on the phone."""
        self.city.pay(code.rpartition("/")[2])

    def send(self, link: str, person: Resident) -> list[str]:
        """Nobody sends documents here."""
        raise NotImplementedError(link, person.id)

    def swipe(self) -> None:
        """Nobody pays by bank card here."""

    def message(self, number: str) -> str:
        """The code in the last text message."""
        sent = self.city.messages()
        return next((str(each["code"]) for each in sent if each["phone"] == number), "")


@dataclass(frozen=True, slots=True)
class Walked:
    """One walk. `processor`: seconds of it; `requests`: what the city got, by operation."""

    shares: list[Share]
    processor: float
    requests: Counter[str]

    @property
    def own(self) -> float:
        """The agent's share of a page, in seconds."""
        return sum(each.own for each in self.shares) / len(self.shares)


def run() -> list[dict[str, Any]]:
    """Rows of each item: own share, slowest page, whole, waiting, processor, requests."""
    return [line for item in ITEMS for line in measured(item, WALKS, WARM_UP)]


def measured(item: str, walks: int, warm_up: int) -> list[dict[str, Any]]:
    """The rows of `item`, of so many walks after so many that do not count."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        places, identity, gateway = prepare(Path(folder))
        text = places.config.read_text(encoding="utf-8")
        assert HEARTBEAT[0] in text, "the demo's configuration has another heartbeat"
        places.config.write_text(text.replace(*HEARTBEAT), encoding="utf-8")
        with town.city(places, identity, gateway) as control:
            city = City(control)
            people = city.people(everybody=True)
            person = somebody(item, people, city.ledger())
            assert person is not None, f"the city has nobody for {item}"
            brought = errand(item, person, city.ledger())
            assert brought is not None
            with town.agent(serve, places.config, person.card) as (pipe, _, url):
                _settled(city, pipe, Record(), 0, FETCHED_SECONDS)
                all_walks = [_walk(item, person, brought, city, pipe, url) for _ in range(warm_up + walks)]
    return _rows(item, all_walks[warm_up:])


def _walk(item: str, person: Resident, brought: Errand, city: City, pipe: Connection, url: str) -> Walked:
    """One, and then the city knows nothing of it any more."""
    town.ask(city.control, "POST", "/reset")
    before = _taken(pipe)
    screen = NotedScreen(url)
    screen.asked.clear()
    sheet = Sheet(
        person, facts=brought.facts, instead=brought.instead, wishes=brought.wishes, company=brought.company
    )
    walk = Walker(screen, BenchHands(city), sheet, item).go()
    done = walk.ended and walk.rated and bool(walk.case_no)
    assert done, f"{item} went by {walk.titles}: {walk.reasons}"
    screen.close()
    record = _taken(pipe)
    requests = _settled(city, pipe, record, 1)
    return Walked(shares(screen.asked, screen.titles, record), record.processor - before.processor, requests)


def _taken(pipe: Connection) -> Record:
    pipe.send("take")
    assert pipe.poll(SETTLED_SECONDS), "the agent says nothing"
    record: Record = pipe.recv()
    return record


def _settled(
    city: City, pipe: Connection, record: Record, ratings: int, quiet: float = QUIET_SECONDS
) -> Counter[str]:
    """The requests in the city's ledger, by operation, once it is `quiet` (seconds) and has so many ratings.

    What the agent sent is what the city got: `record` has the first of it, and the rest is taken here. One
    may be on its way whenever they are compared, so they are until they agree; never is an error.
    """
    ends = time.monotonic() + SETTLED_SECONDS
    sent, seen, since = len(record.asked), -1, time.monotonic()
    while True:
        ledger = city.ledger()
        operations = [str(each["operation"]) for each in ledger["requests"]]
        sent += len(_taken(pipe).asked)
        if len(operations) != seen:
            seen, since = len(operations), time.monotonic()
        if seen and seen == sent and len(ledger["ratings"]) >= ratings and time.monotonic() - since > quiet:
            return Counter(operations)
        assert time.monotonic() < ends, f"the agent sent {sent} requests, the city got {Counter(operations)}"
        time.sleep(LOOK_AGAIN)


def _rows(item: str, walks: list[Walked]) -> list[dict[str, Any]]:
    middle = sorted(walks, key=lambda each: each.own)[len(walks) // 2]
    pages = len(middle.shares)
    whole = sum(each.whole for each in middle.shares)
    waiting = sum(each.waiting for each in middle.shares)
    # By page, so that one slow moment of the machine is not taken for a slow page.
    each_page = [
        (statistics.median(walked.shares[page].own for walked in walks), middle.shares[page].title)
        for page in range(pages)
    ]
    slowest, title = max(each_page)
    identity = sum(count for operation, count in middle.requests.items() if operation.startswith("identity"))
    limit = ("issue B", PAGE_MS)
    processor = statistics.median(each.processor for each in walks) / pages
    return [
        row(f"{item}: agent's own share of a page", "ms", middle.own * 1000, limit=limit, goal=1.0),
        row(f"{item}: … of the slowest page, the one after “{title}”", "ms", slowest * 1000),
        row(f"{item}: … in processor time", "ms", processor * 1000),
        row(f"{item}: pages from first touch to home", "count", pages),
        row(f"{item}: whole walk, without the citizen", "ms", whole * 1000),
        row(f"{item}: … of which waiting for the city", "ms", waiting * 1000),
        row(f"{item}: requests to the gateway", "count", middle.requests.total() - identity),
        row(f"{item}: requests to identity", "count", identity),
    ]
