"""One walk: an own demo, the cable pulled where it is to be, the walk, the cable back in, the verdict."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo import Demo, Handles
from deploy.demo.cable import Connected, Unplugged
from deploy.demo.city import Resident
from deploy.demo.screen import Screen, ScreenGoneError
from deploy.walk import papers
from deploy.walk.sheet import NoAnswerError, Sheet
from deploy.walk.verdict import Evidence, Report, Verdict, judge, settled
from deploy.walk.walker import StuckError, Walk, Walker
from flows import kinds
from flows.loader import load_all

PREFETCH_SECONDS = 30.0
QUIET_SECONDS = 0.8
"""Without a new guide fetched for this long the prefetch is over."""

NOTICE_SECONDS = 90.0
"""In which an agent that nobody touches should notice that the cable is out (offline_cache.sync.Pace: its
heartbeat, and two silent probes); the walk begins then in any case."""

DELIVERY_SECONDS = 60.0
RATING_SECONDS = 15.0
POLL_SECONDS = 0.1
_NEVER = threading.Event()


class NobodyError(ValueError):
    """The city has no such person."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be walked, by whom, for whom."""

    item: str
    offline: bool = False
    person: str = ""
    proxy: str = ""


@dataclass(frozen=True, slots=True)
class TownHands:
    """The citizen's hands in a running demo."""

    town: Handles

    def put_card(self, person: Resident) -> None:
        """See walker.Hands."""
        self.town.reader("place", card=person.card)

    def lift_card(self) -> None:
        """See walker.Hands."""
        self.town.reader("lift")


def travel(order: Order, say: Callable[[str], None]) -> tuple[Report, Verdict]:
    """Walk in a demo of its own in a temporary folder.

    Raises NobodyError, and what Demo.start raises. A walk that gets stuck is reported as `failed`.
    """
    with tempfile.TemporaryDirectory(prefix="kiosk-walk-") as folder, Demo(Path(folder), say=say) as town:
        return walk_in(town, order, say)


def walk_in(town: Handles, order: Order, say: Callable[[str], None]) -> tuple[Report, Verdict]:
    """Walk in a demo that runs and stands at its first page. Raises NobodyError."""
    sheet = sheet_for(town, order)
    screen = Screen(town.kiosk_url)
    try:
        prefetched(town)
        if order.offline:
            _pull(town, screen, say)
        before = town.city.ledger()
        old = {paper.name for paper in papers.read_all(town.paper, town.public_jwk)}
        walker = Walker(screen, TownHands(town), sheet, order.item, say=say)
        begin = time.monotonic()
        stuck = _go(walker)
        seconds = time.monotonic() - begin
        walk = walker.walk
        town.cable.set(Connected())
        after = _settled(town, walk, before, say)
    finally:
        screen.close()
    steps = load_all()[order.item].steps
    evidence = Evidence(
        item=order.item,
        files=any(isinstance(step, kinds.Submit) for step in steps),
        kinds=frozenset(step.paper for step in steps if isinstance(step, kinds.Print)),
        terminal=town.terminal,
        applicant=sheet.person.id,
        beneficiary=(sheet.principal or sheet.person).id,
        offline=order.offline,
        walk=walk,
        before=before,
        after=after,
        papers=[each for each in papers.read_all(town.paper, town.public_jwk) if each.name not in old],
    )
    verdict = judge(evidence)
    if stuck:
        verdict.outcome = "failed"
        verdict.why.insert(0, stuck)
    report = Report(
        item=order.item,
        outcome=verdict.outcome,
        case_no=verdict.case_no,
        slip=verdict.slip,
        pages=walk.pages,
        printed=verdict.printed,
        seconds=round(seconds, 2),
    )
    return report, verdict


def sheet_for(town: Handles, order: Order) -> Sheet:
    """The sheet of the person named (else the city's first), and of whom they act for. Raises NobodyError."""
    people = {each.id: each for each in town.city.people()}

    def find(name: str) -> Resident:
        if name not in people:
            raise NobodyError(f"nobody is called {name}; there are: {', '.join(people)}")
        return people[name]

    person = find(order.person or next(iter(people)))
    principal = find(order.proxy) if order.proxy else None
    if principal == person:
        raise NobodyError(f"{person.id} cannot act for themselves: name another with --person")
    return Sheet(person, principal)


def prefetched(town: Handles) -> None:
    """Wait until the agent has fetched what it needs without a network: keys, catalogue, guides.

    Raises TimeoutError.
    """
    deadline = time.monotonic() + PREFETCH_SECONDS
    count, since = -1, time.monotonic()
    while time.monotonic() < deadline:
        answered = [each["operation"] for each in town.city.ledger()["requests"] if each["status"] == 200]
        if len(answered) != count:
            count, since = len(answered), time.monotonic()
        whole = {"getKeys", "getCatalogue", "getGuide"} <= set(answered)
        if whole and time.monotonic() - since > QUIET_SECONDS:
            return
        _NEVER.wait(POLL_SECONDS)
    raise TimeoutError(f"the agent has not fetched keys, catalogue and guides within {PREFETCH_SECONDS:g} s")


def _pull(town: Handles, screen: Screen, say: Callable[[str], None]) -> None:
    """Pull the cable, and wait until the first page says so."""
    town.cable.set(Unplugged())
    say("网线已拔，等终端自己发现 · the cable is out, waiting until the terminal notices")
    deadline = time.monotonic() + NOTICE_SECONDS
    while time.monotonic() < deadline and "网络" not in screen.look().banner:
        _NEVER.wait(POLL_SECONDS)


def _go(walker: Walker) -> str:
    """Walk; why it got stuck, or empty."""
    try:
        walker.go()
    except (StuckError, ScreenGoneError, OSError) as error:
        return str(error)
    except NoAnswerError as error:
        return f"the sheet has no answer to “{error}”"
    return ""


def _settled(town: Handles, walk: Walk, before: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """The ledger, once what is to reach the city has reached it, or its deadline is over."""
    if walk.slip:
        say("网线已插回，等暂存的申请送达 · the cable is in, waiting for the delivery")
    deadline = time.monotonic() + (DELIVERY_SECONDS if walk.slip else RATING_SECONDS)
    while True:
        found = town.city.ledger()
        filed = not walk.slip or settled(found, walk.slip) is not None
        rated = not walk.rated or len(found["ratings"]) > len(before["ratings"])
        if (filed and rated) or time.monotonic() > deadline:
            return found
        _NEVER.wait(POLL_SECONDS)
