"""Every item, with a network to its end and without one as its policy says, at several terminals.

Each terminal is a demo of its own, with its own city, in a process of its own, and walks its share: first all
with the cable in; then the cable is pulled once, what works without is walked, and of the rest the tiles are
read; then it is put back, and what was queued must arrive.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from deploy.demo import Demo, Handles
from deploy.demo.cable import Unplugged
from deploy.demo.screen import Screen, ScreenGoneError
from deploy.demo.terminal import Channel
from deploy.sandbox import offer
from deploy.walk import journey
from deploy.walk.journey import Trip, judged, ledger, plug, prepared, walk_in, walked
from deploy.walk.preparing import NobodyError, NotPreparedError, Order, Say, can_begin, flows, wants_another
from deploy.walk.sheet import Sheet
from deploy.walk.verdict import Report, Verdict, as_announced, settled
from deploy.walk.walker import START

DELIVERY_SECONDS = 150.0
"""For all that was queued: what arrives is paced."""

MOST_SHEETS = 80
"""Of the list of all items: more there are not."""

AT_THE_WALL = Unplugged(refuse=True)
"""How the cable is out: at the terminal itself, which knows at once that there is no way."""

_NEVER = threading.Event()


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one item in one way."""

    item: str
    offline: bool
    report: Report
    verdict: Verdict

    @property
    def right(self) -> bool:
        """Whether it came to what its policy says; for one that the city has closed, whether its tile says so
        in the city's words."""
        closed = _closed().get(self.item, "")
        if closed:
            return self.verdict.told_before and closed in " ".join(self.verdict.why)
        return as_announced(self.verdict, flows()[self.item].offline, offline=self.offline)

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        return {
            **self.report.as_json(),
            "offline": self.offline,
            "policy": flows()[self.item].offline,
            "right": self.right,
            "why": self.verdict.why,
        }


@cache
def _closed() -> Mapping[str, str]:
    """Why the city does not take an item at present, by item."""
    return {each["code"]: each["closed"] for each in offer.offer()["items"] if "closed" in each}


@dataclass(frozen=True, slots=True)
class Share:
    """What one terminal walks, and what kind of terminal it is."""

    channel: Channel
    items: Sequence[str]


def every(items: Sequence[str], terminals: int, tell: Callable[[Told], None]) -> list[Told]:
    """All of `items` in both ways, told as they come. Raises what starting a demo raises."""
    found: list[Told] = []
    parts = shares(items, terminals)
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(terminals, mp_context=context, initializer=_with_us) as pool,
        context.Manager() as manager,
    ):
        line = manager.Queue()
        jobs = [pool.submit(_share, part, line) for part in parts]
        while not line.empty() or not all(job.done() for job in jobs):
            while not line.empty():
                found.append(line.get())
                tell(found[-1])
            _NEVER.wait(journey.POLL_SECONDS)
        for job in jobs:
            job.result()
    return found


def shares(items: Sequence[str], terminals: int) -> list[Share]:
    """Who walks what: a bank's teller machine all that only it offers, and of the rest each its part."""
    only = [item for item in items if "terminal" not in flows()[item].channels]
    rest = [item for item in items if item not in only]
    if not only:
        return [Share("terminal", rest[place::terminals]) for place in range(terminals)]
    room = len(items) // terminals - len(only) if terminals > 1 else 0
    both = [item for item in rest if "stm" in flows()[item].channels][: max(0, room)]
    rest = [item for item in rest if item not in both]
    others = max(1, terminals - 1)
    return [
        Share("stm", [*only, *both]),
        *(Share("terminal", rest[place::others]) for place in range(others)),
    ]


def terminals_here() -> int:
    """Four for each processor: a terminal waits for its printer, and without a network for the city."""
    return 4 * (os.cpu_count() or 1)


def _with_us() -> None:
    """End when the command ends, however it ends; the demo's processes end with us."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "started by one"  # noqa: S101

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _share(part: Share, line: Any) -> None:
    for each in walked_by(part):
        line.put(each)


def walked_by(part: Share, say: Say = lambda _: None) -> Iterator[Told]:
    """One terminal's items in a demo of its own, first with the cable in."""
    with (
        tempfile.TemporaryDirectory(prefix="kiosk-walk-") as folder,
        Demo(Path(folder), channel=part.channel, say=say) as town,
    ):
        yield from online(town, part.items, say)
        yield from offline(town, part.items, say)


def online(town: Handles, items: Sequence[str], say: Say) -> Iterator[Told]:
    """With the cable in, one after the other."""
    for item in items:
        try:
            report, verdict = walk_in(town, Order(item), say)
        except (NobodyError, NotPreparedError) as error:
            report, verdict = _failed(item, str(error))
        yield Told(item, False, report, verdict)
        if verdict.outcome == "failed":
            journey.at_home(town)


def offline(town: Handles, items: Sequence[str], say: Say) -> Iterator[Told]:
    """With the cable out: walked, or said to be unavailable; then it is put back."""
    able = [item for item in items if can_begin(Order(item, offline=True))]
    ready: dict[str, tuple[Sheet, frozenset[str]]] = {}
    # Those first for which something is filed, so that who did it is not sent to file the same again.
    for item in sorted(able, key=lambda each: not wants_another(each)):
        try:
            ready[item] = prepared(town, Order(item, offline=True), say)
        except (NobodyError, NotPreparedError) as error:
            yield Told(item, True, *_failed(item, str(error)))
    screen = Screen(town.kiosk_url)
    trips = []
    try:
        plug(town, screen, say, connected=False, pulled=AT_THE_WALL)
        for item, (sheet, bills) in ready.items():
            trip = walked(town, Order(item, offline=True), sheet, bills, screen, say)
            trips.append(trip)
            if trip.stuck:
                journey.at_home(town)
                screen.reopen(town.kiosk_url)
        tiles = _tiles(screen)
    finally:
        screen.close()
    for item in items:
        if item not in able:
            yield _by_its_tile(item, tiles)
    if trips:
        after = _delivered(town, trips, say)
        for trip in trips:
            yield Told(trip.order.item, True, *judged(town, trip, _of(trip, after)))


def _failed(item: str, why: str) -> tuple[Report, Verdict]:
    return Report(item, "failed", None, None, pages=0, printed=False, seconds=0.0), Verdict("failed", [why])


def _tiles(screen: Screen) -> dict[str, str]:
    """What the first page and the list of all items say of each that cannot be begun; empty for one that
    can."""
    page = screen.look()
    found: dict[str, str] = {}
    way = page.button("全部事项")
    for _ in range(MOST_SHEETS):
        for each in page.buttons:
            if each.value.startswith(START):
                found[each.value.removeprefix(START)] = "" if each.enabled else each.label
        if way is None:
            break
        page = screen.touch(page, way)
        way = page.button("下一页")
    home = page.button("回首页", "返回")
    if home is None:
        raise ScreenGoneError("there is no way back from the list of all items")
    screen.touch(page, home)
    return found


def _by_its_tile(item: str, tiles: Mapping[str, str]) -> Told:
    """Unavailable where its tile says why; it is not begun."""
    label = tiles.get(item, "")
    if not label:
        return Told(item, True, *_failed(item, "its tile does not say that it cannot be done now"))
    report = Report(item, "unavailable", None, None, pages=1, printed=False, seconds=0.0)
    return Told(item, True, report, Verdict("unavailable", [label], told_before=True))


def _delivered(town: Handles, trips: Sequence[Trip], say: Say) -> dict[str, Any]:
    """The ledger, once all that was queued, ratings too, has reached the city, or the deadline is over."""
    screen = Screen(town.kiosk_url)
    try:
        plug(town, screen, say, connected=True)
    finally:
        screen.close()
    slips = [trip.walk.slip for trip in trips if trip.walk.slip]
    rated = sum(trip.walk.rated for trip in trips)
    before = trips[0].before
    deadline = time.monotonic() + DELIVERY_SECONDS
    while True:
        after = ledger(town)
        whole = len(after["ratings"]) - len(before["ratings"]) >= rated
        if (whole and all(settled(after, slip) for slip in slips)) or time.monotonic() > deadline:
            return after
        _NEVER.wait(journey.POLL_SECONDS)


def _of(trip: Trip, after: Mapping[str, Any]) -> dict[str, Any]:
    """The ledger with what was there before, and of what is new that which belongs to this walk."""
    keys, item = {trip.walk.slip}, trip.order.item
    found = {"effects": after["effects"], "requests": after["requests"]}
    for what, rows in after.items():
        if what in found:
            continue
        old = len(trip.before[what])
        mine = [row for row in rows[old:] if row.get("key") in keys or row.get("item") == item]
        found[what] = [*rows[:old], *mine]
    return found
