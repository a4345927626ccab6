"""One walk: the cable pulled where it is to be, what must be there before, the walk, the verdict."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deploy.demo import Demo, Handles
from deploy.demo.cable import Connected, Mode, Unplugged
from deploy.demo.city import Resident
from deploy.demo.screen import Panel, Screen, ScreenGoneError
from deploy.walk import papers
from deploy.walk.errands import Errand, errand, somebody
from deploy.walk.evidence import Evidence, Told, makes
from deploy.walk.hands import TownHands
from deploy.walk.sheet import NoAnswerError, Sheet
from deploy.walk.verdict import Report, Verdict, judge, settled
from deploy.walk.walker import StuckError, Walk, Walker
from flows import kinds
from flows.loader import BUILTIN, load_all
from flows.model import Flow

PREFETCH_SECONDS = 30.0
QUIET_SECONDS = 0.8
"""Without a new guide fetched for this long the prefetch is over."""

NOTICE_SECONDS = 90.0
"""In which an agent that nobody touches should notice that the cable is out (offline_cache.sync.Pace: its
heartbeat, and two silent probes), or in again; the walk begins then in any case."""

DELIVERY_SECONDS = 60.0
RATING_SECONDS = 15.0
POLL_SECONDS = 0.1
SUPPLEMENT, REIMBURSEMENT = "service.supplement-materials", "medical-insurance.reimbursement-submit"
VERIFY, CERTIFICATE = "service.certificate-verify", "social-insurance.contribution-certificate"
SLIP, REPORT = "terminal.slip", "service.cannot-do-report"
DRAFT, DRAFTED = "terminal.resume-draft", "social-insurance.rights-record"
PULLED: Mode = Unplugged()
"""How the cable is out: packets vanish, as behind a pulled one."""

_NEVER = threading.Event()
_PREFETCHED: weakref.WeakSet[Handles] = weakref.WeakSet()
"""Demos whose agent has fetched what works offline (it is kept): nobody waits for it twice."""

Say = Callable[[str], None]


class NobodyError(ValueError):
    """The city has no such person, or nobody for whom the item can be done."""


class NotPreparedError(RuntimeError):
    """What must be there before the item can be walked could not be brought about; the text says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be walked, by whom, for whom.

    `defer`: what may follow later is said to follow later; `card`: paid by bank card; `rates`: whether the
    service is rated.
    """

    item: str
    offline: bool = False
    person: str = ""
    proxy: str = ""
    defer: bool = False
    card: bool = False
    rates: bool = True


def flows() -> dict[str, Flow]:
    """All that a terminal offers: the city's items, then its own."""
    return {**load_all(), **load_all(BUILTIN)}


def travel(order: Order, say: Say) -> tuple[Report, Verdict]:
    """Walk in a demo of its own in a temporary folder.

    Raises NobodyError, NotPreparedError, and what Demo.start raises. A walk that gets stuck is `failed`.
    """
    with tempfile.TemporaryDirectory(prefix="kiosk-walk-") as folder, Demo(Path(folder), say=say) as town:
        return walk_in(town, order, say)


def walk_in(
    town: Handles, order: Order, say: Say, opened: Callable[[str], Panel] = Screen
) -> tuple[Report, Verdict]:
    """Walk in a demo that runs and stands at its first page, which `opened` opens by its address.

    Raises NobodyError, NotPreparedError.

    The cable stays out after a walk without a network from which nothing has to reach the city.
    """
    prefetched(town)
    sheet, bill = prepared(town, order, say)
    screen = opened(town.kiosk_url)
    try:
        plug(town, screen, say, connected=not order.offline)
        before = town.city.ledger()
        old = {paper.name for paper in papers.read_all(town.paper, town.public_jwk)}
        old |= {each.name for each in papers.read_sheets(town.pages)}
        walker = Walker(screen, TownHands(town), sheet, order.item, say=say)
        begin = time.monotonic()
        stuck = _go(walker)
        seconds = time.monotonic() - begin
        _go_home(screen)
        walk = walker.walk
        after = _settled(town, walk, before, say)
    finally:
        screen.close()
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
        before=before,
        after=after,
        papers=[each for each in papers.read_all(town.paper, town.public_jwk) if each.name not in old],
        sheets=[each for each in papers.read_sheets(town.pages) if each.name not in old],
        bill=bill,
    )
    evidence.told = _told(town, evidence)
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


# Who walks, with what


def prepared(town: Handles, order: Order, say: Say) -> tuple[Sheet, str]:
    """The sheet of who walks, with what must be there before: a case that lacks something, a certificate, a
    slip, a draft. And the bill that is to be paid, if any.

    Raises NobodyError, NotPreparedError.
    """
    people = town.city.people(everybody=True)
    ledger = town.city.ledger()
    person = _person(people, order, ledger)
    principal = _named(people, order.proxy) if order.proxy else None
    if principal == person:
        raise NobodyError(f"{person.id} cannot act for themselves: name another with --person")
    brought = errand(order.item, person, ledger) or Errand()
    brings = _FIRST.get(order.item)
    if brings is not None and _can_begin(order):
        brought = brings(town, person, ledger, brought, say)
    sheet = Sheet(
        person,
        principal,
        facts=brought.facts,
        instead=brought.instead,
        wishes=(*brought.wishes, *(("刷银行卡",) if order.card else ())),
        company=brought.company,
        defer=order.defer,
        rates=order.rates,
    )
    return sheet, brought.bill


def _can_begin(order: Order) -> bool:
    """Whether the item is offered at all; where it is not, nothing need be there, and anybody may come."""
    return not order.offline or flows()[order.item].offline != "unavailable"


def _person(people: list[Resident], order: Order, ledger: Mapping[str, Any]) -> Resident:
    """Who is named, else somebody for whom the item can be done."""
    if order.person:
        return _named(people, order.person)
    others = [each for each in people if each.id != order.proxy and each.card]
    found = somebody(order.item, others, ledger) if _can_begin(order) else others[0]
    if found is None:
        raise NobodyError(f"there is nobody for whom {order.item} can be done: name one with --person")
    return found


def _named(people: list[Resident], name: str) -> Resident:
    for each in people:
        if each.id == name:
            return each
    known = ", ".join(each.id for each in people if each.id.startswith("p-"))
    raise NobodyError(f"nobody is called {name}; there are: {known}")


def _before(town: Handles, order: Order, say: Say) -> Report:
    """Walk something else first, with the cable in. Raises NotPreparedError."""
    say(f"先办 {order.item} · first {order.item}")
    report, verdict = walk_in(town, order, say)
    if report.outcome != "done":
        raise NotPreparedError(f"{order.item} had to be done first, and is {report.outcome}: {verdict.why}")
    return report


def _a_deferral(
    town: Handles, person: Resident, ledger: Mapping[str, Any], brought: Errand, say: Say
) -> Errand:
    """A case of this person's that lacks a document: filed first, without it."""
    report = _before(town, Order(REIMBURSEMENT, person=person.id, defer=True, rates=False), say)
    number = str(report.case_no)
    return Errand(facts=(("办件编号", number),), wishes=(number,))


def _a_certificate(
    town: Handles, person: Resident, ledger: Mapping[str, Any], brought: Errand, say: Say
) -> Errand:
    """The code on a certificate: of one that came out of the printer, else of one that is printed first."""
    sheets = papers.read_sheets(town.pages)
    if not sheets:
        _before(town, Order(CERTIFICATE, person=person.id), say)
        sheets = papers.read_sheets(town.pages)
    codes = sheets[-1].codes
    if not codes:
        raise NotPreparedError(f"no code can be read from {sheets[-1].name}")
    return replace(brought, facts=(("验证码", codes[0]),))


def _a_slip(town: Handles, person: Resident, ledger: Mapping[str, Any], brought: Errand, say: Say) -> Errand:
    """The number under which a report went to the city, which was not rated then."""
    _before(town, Order(REPORT, person=person.id, rates=False), say)
    return replace(brought, facts=(("暂存单号", str(town.city.ledger()["escalations"][-1]["key"])),))


def _a_draft(town: Handles, person: Resident, ledger: Mapping[str, Any], brought: Errand, say: Say) -> Errand:
    """Something that was left half done on the phone."""
    return replace(brought, facts=(("草稿编号", town.city.draft(person.id, DRAFTED)),))


_FIRST: dict[str, Callable[[Handles, Resident, Mapping[str, Any], Errand, Say], Errand]] = {
    SUPPLEMENT: _a_deferral,
    VERIFY: _a_certificate,
    SLIP: _a_slip,
    DRAFT: _a_draft,
}


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


def prefetched(town: Handles) -> None:
    """Wait until the agent has fetched what it needs without a network: keys, guides, lists, policies.

    Raises TimeoutError.
    """

    if town in _PREFETCHED:
        return
    deadline = time.monotonic() + PREFETCH_SECONDS
    count, since = -1, time.monotonic()
    while time.monotonic() < deadline:
        answered = [each["operation"] for each in town.city.ledger()["requests"] if each["status"] == 200]
        if len(answered) != count:
            count, since = len(answered), time.monotonic()
        whole = {"getKeys", "getCatalogue", "getGuide", "getOptions", "searchPolicies"} <= set(answered)
        if whole and time.monotonic() - since > QUIET_SECONDS:
            _PREFETCHED.add(town)
            return
        _NEVER.wait(POLL_SECONDS)
    raise TimeoutError(f"the agent has not fetched what works offline within {PREFETCH_SECONDS:g} s")


def plug(town: Handles, screen: Panel, say: Say, *, connected: bool) -> None:
    """Pull the cable or put it in, and wait until the first page says so."""
    town.cable.set(Connected() if connected else PULLED)
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
    except NoAnswerError as error:
        return f"the sheet has no answer to “{error}”"
    return ""


def _go_home(screen: Panel) -> None:
    """From a list on which the item could not be begun, for whoever comes next."""
    with contextlib.suppress(ScreenGoneError):
        page = screen.look()
        home = page.button("回首页")
        if home is not None:
            screen.touch(page, home)


def _settled(town: Handles, walk: Walk, before: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The ledger, once what is to reach the city has reached it, or its deadline is over."""
    if walk.slip or walk.rated:
        town.cable.set(Connected())
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


def _told(town: Handles, evidence: Evidence) -> Told:
    """What the city says of what came into its ledger."""
    numbers = {str(row["case_no"]) for row in (*evidence.cases, *evidence.new("supplements"))}
    return Told(
        filed={number: town.city.filed(number) for number in numbers},
        paid={row["id"]: town.city.paid(row["id"]) for row in evidence.new("payments")},
        printed={row["id"]: town.city.printed(row["id"]) for row in evidence.new("prints")},
    )
