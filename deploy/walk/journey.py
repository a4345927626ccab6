"""One walk: the cable pulled where it is to be, what must be there before, the walk, the verdict."""

from __future__ import annotations

import contextlib
import re
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo import Demo, Handles
from deploy.demo.cable import Connected, Mode, Unplugged
from deploy.demo.screen import Panel, Screen, ScreenGoneError
from deploy.walk import papers
from deploy.walk.evidence import Evidence, Told, makes, pays
from deploy.walk.hands import TownHands
from deploy.walk.preparing import (
    DRAFT,
    DRAFTED,
    NobodyError,
    NotPreparedError,
    Order,
    Say,
    flows,
    prepare,
)
from deploy.walk.sheet import Sheet
from deploy.walk.verdict import Report, Verdict, judge, settled
from deploy.walk.walker import StuckError, Walk, Walker
from flows import kinds

__all__ = ["NobodyError", "NotPreparedError", "Order", "flows"]

PREFETCH_SECONDS = 120.0
QUIET_SECONDS = 0.8
"""Without a new guide fetched for this long the prefetch is over."""

NOTICE_SECONDS = 90.0
"""In which an agent that nobody touches should notice that the cable is out (offline_cache.sync.Pace: its
heartbeat, and two silent probes), or in again; the walk begins then in any case."""

SIGNS = 8
"""Of a name so many are typed."""

DELIVERY_SECONDS = 60.0
RATING_SECONDS = 15.0
PAPER_SECONDS = 5.0
LAST = (("receipt-", ".png"), ("document-", ".json"))
"""Which file of a receipt, of a document, its simulator writes last."""

POLL_SECONDS = 0.1
PULLED: Mode = Unplugged()
"""How the cable is out: packets vanish, as behind a pulled one."""

_NEVER = threading.Event()
_PREFETCHED: weakref.WeakSet[Handles] = weakref.WeakSet()
"""Demos whose agent has fetched what works offline (it is kept): nobody waits for it twice."""
_ASKED: weakref.WeakKeyDictionary[Handles, list[dict[str, Any]]] = weakref.WeakKeyDictionary()
"""What each city has been asked, as far as it was looked at."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A walk that is over and not yet judged. `before`: the city's ledger then; `came`: what came out of
    the printers; `stuck`: why it did not go on, or empty; `seconds` from first touch to the end."""

    order: Order
    sheet: Sheet
    bills: frozenset[str]
    walk: Walk
    before: Mapping[str, Any]
    came: frozenset[str]
    stuck: str
    seconds: float


def travel(order: Order, say: Say) -> tuple[Report, Verdict]:
    """Walk in a demo of its own in a temporary folder.

    Raises NobodyError, NotPreparedError, and what Demo.start raises. A walk that gets stuck is `failed`.
    """
    channel = flows()[order.item].channels[0]
    with (
        tempfile.TemporaryDirectory(prefix="kiosk-walk-") as folder,
        Demo(Path(folder), channel=channel, say=say) as town,
    ):
        return walk_in(town, order, say)


def walk_in(
    town: Handles, order: Order, say: Say, opened: Callable[[str], Panel] = Screen
) -> tuple[Report, Verdict]:
    """Walk in a demo that runs and stands at its first page, which `opened` opens by its address.

    Raises NobodyError, NotPreparedError.

    The cable stays out after a walk without a network from which nothing has to reach the city.
    """
    prefetched(town)
    sheet, bills = prepared(town, order, say)
    screen = opened(town.kiosk_url)
    try:
        plug(town, screen, say, connected=not order.offline)
        trip = walked(town, order, sheet, bills, screen, say)
        after = _settled(town, trip, say)
    finally:
        screen.close()
    return judged(town, trip, after)


def prepared(town: Handles, order: Order, say: Say) -> tuple[Sheet, frozenset[str]]:
    """See preparing.prepare. Raises NobodyError, NotPreparedError."""
    return prepare(town, order, say, _first)


def _first(town: Handles, order: Order, say: Say) -> Report:
    """Walk something else first, with the cable in. Raises NotPreparedError."""
    say(f"先办 {order.item} · first {order.item}")
    report, verdict = walk_in(town, order, say)
    if report.outcome != "done":
        raise NotPreparedError(f"{order.item} had to be done first, and is {report.outcome}: {verdict.why}")
    return report


def walked(town: Handles, order: Order, sheet: Sheet, bills: frozenset[str], screen: Panel, say: Say) -> Trip:
    """Walk from the first page and back to it, with the cable as it is."""
    before = ledger(town)
    old = papers.names(town.paper) | papers.names(town.pages)
    name = _looked_for(flows()[order.item].name)
    walker = Walker(screen, TownHands(town), sheet, order.item, name=name, say=say)
    begin = time.monotonic()
    stuck = _go(walker)
    seconds = time.monotonic() - begin
    _go_home(screen)
    return Trip(order, sheet, bills, walker.walk, before, _came(town, walker.walk, old), stuck, seconds)


def _looked_for(name: str) -> str:
    """What somebody types to find an item: a few signs of its name, without what stands in brackets."""
    return max(re.findall(r"[\u4e00-\u9fff]+", name), key=len, default=name)[:SIGNS]


def judged(town: Handles, trip: Trip, after: Mapping[str, Any]) -> tuple[Report, Verdict]:
    """What became of it, by the city's ledger as it is `after`, and by the paper."""
    order, sheet, walk = trip.order, trip.sheet, trip.walk
    item = DRAFTED if order.item == DRAFT else order.item  # a draft leads into its item
    flow = flows()[item]
    evidence = Evidence(
        item=item,
        makes=makes(flow),
        kinds=frozenset(step.paper for step in flow.steps if isinstance(step, kinds.Print)),
        terminal=town.terminal,
        applicant=sheet.person.id,
        beneficiary=(sheet.principal or sheet.person).id,
        offline=order.offline,
        walk=walk,
        before=trip.before,
        after=after,
        papers=papers.read_all(town.paper, town.public_jwk, trip.came),
        sheets=papers.read_sheets(town.pages, trip.came),
        bills=trip.bills | walk.chosen,
        pays=pays(flow),
    )
    evidence.told = _told(town, evidence)
    verdict = judge(evidence)
    if trip.stuck:
        verdict.outcome = "failed"
        verdict.why.insert(0, trip.stuck)
    report = Report(
        item=order.item,
        outcome=verdict.outcome,
        case_no=verdict.case_no,
        slip=verdict.slip,
        pages=walk.pages,
        printed=verdict.printed,
        seconds=round(trip.seconds, 2),
    )
    return report, verdict


# Network, and what becomes of what was filed


def at_home(town: Handles) -> Handles:
    """The demo at its first page; the agent is started anew where an earlier walk got stuck in the middle."""
    screen = Screen(town.kiosk_url)
    try:
        if screen.look().kind != "home":
            town.restart_agent()
    finally:
        screen.close()
    return town


def prefetched(town: Handles, *, again: bool = False) -> None:
    """Wait until the agent has fetched what it needs without a network: keys, guides, lists, policies.

    `again`: what it had fetched is gone. Raises TimeoutError.
    """
    if town in _PREFETCHED and not again:
        return
    deadline = time.monotonic() + PREFETCH_SECONDS
    count, since = -1, time.monotonic()
    while time.monotonic() < deadline:
        answered = [each["operation"] for each in ledger(town)["requests"] if each["status"] == 200]
        if len(answered) != count:
            count, since = len(answered), time.monotonic()
        whole = {"getKeys", "getCatalogue", "getGuide", "getOptions", "searchPolicies"} <= set(answered)
        if whole and time.monotonic() - since > QUIET_SECONDS:
            _PREFETCHED.add(town)
            return
        _NEVER.wait(POLL_SECONDS)
    raise TimeoutError(f"the agent has not fetched what works offline within {PREFETCH_SECONDS:g} s")


def plug(town: Handles, screen: Panel, say: Say, *, connected: bool, pulled: Mode | None = None) -> None:
    """Pull the cable (as `pulled`, else PULLED) or put it in, and wait until the first page says so."""
    town.cable.set(Connected() if connected else pulled or PULLED)
    if ("网络" not in screen.look().banner) == connected:
        return
    words = ("网线已插回", "the cable is in") if connected else ("网线已拔", "the cable is out")
    say(f"{words[0]}，等终端自己发现 · {words[1]}, waiting until the terminal notices")
    deadline = time.monotonic() + NOTICE_SECONDS
    while time.monotonic() < deadline and ("网络" not in screen.look().banner) != connected:
        _NEVER.wait(POLL_SECONDS)


def _go(walker: Walker) -> str:
    """Walk; why it got stuck, or empty."""
    try:
        walker.go()
    except (StuckError, ScreenGoneError, OSError) as error:
        return str(error)
    return ""


def _go_home(screen: Panel) -> None:
    """From a list on which the item could not be begun, for whoever comes next."""
    with contextlib.suppress(ScreenGoneError):
        page = screen.look()
        home = page.button("回首页")
        if home is not None:
            screen.touch(page, home)


def _settled(town: Handles, trip: Trip, say: Say) -> dict[str, Any]:
    """The ledger, once what is to reach the city has reached it, or its deadline is over."""
    walk = trip.walk
    if walk.slip or walk.rated:
        town.cable.set(Connected())
    if walk.slip:
        say("网线已插回，等暂存的申请送达 · the cable is in, waiting for the delivery")
    deadline = time.monotonic() + (DELIVERY_SECONDS if walk.slip else RATING_SECONDS)
    while True:
        found = ledger(town)
        filed = not walk.slip or settled(found, walk.slip) is not None
        rated = not walk.rated or len(found["ratings"]) > len(trip.before["ratings"])
        if (filed and rated) or time.monotonic() > deadline:
            return found
        _NEVER.wait(POLL_SECONDS)


def _came(town: Handles, walk: Walk, old: frozenset[str]) -> frozenset[str]:
    """What came out of the printers; paper that the page speaks of is waited for, which a simulator writes
    down when it is printed."""
    deadline = time.monotonic() + PAPER_SECONDS * walk.says_printed
    while True:
        new = (papers.names(town.paper) | papers.names(town.pages)) - old
        if (
            any(name.startswith(what) and name.endswith(last) for name in new for what, last in LAST)
            or time.monotonic() > deadline
        ):
            return new
        _NEVER.wait(POLL_SECONDS)


def ledger(town: Handles) -> dict[str, Any]:
    """The ledger now. What was asked before the last look, by far the most of it, is remembered."""
    known = _ASKED.get(town, [])
    last = known[-1:]
    found = town.city.ledger(known[-1]["id"] - 1 if known else 0)
    if found["requests"][: len(last)] != last:  # the city has forgotten everything meanwhile
        known, last = [], []
        found = town.city.ledger()
    _ASKED[town] = [*known, *found["requests"][len(last) :]]
    return {**found, "requests": _ASKED[town]}


def _told(town: Handles, evidence: Evidence) -> Told:
    """What the city says of what came into its ledger."""
    numbers = {str(row["case_no"]) for row in (*evidence.cases, *evidence.new("supplements"))}
    return Told(
        filed={number: town.city.filed(number) for number in numbers},
        paid={row["id"]: town.city.paid(row["id"]) for row in evidence.new("payments")},
        printed={row["id"]: town.city.printed(row["id"]) for row in evidence.new("prints")},
    )
