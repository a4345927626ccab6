"""What became of a walk: by the city's records and the paper, never by the agent's word alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from deploy.walk.evidence import Evidence, is_public
from deploy.walk.proofs import NOTICE, arrived, numbers, wrong_with, wrong_with_slip

Outcome = Literal["done", "queued", "refused", "unavailable", "failed"]
BEST_LEVEL = 5
FILED = ("cases", "supplements", "escalations")
"""Where in the ledger a submission's key stands once it has taken effect."""

NUMBERS = ("办件编号", "受理单号", "预约号", "票据号码", "支付编号", "验证码")
"""What the page may call the number of what was done."""

NOT_FINAL = frozenset({401, 408, 409, 425, 429})
"""Answers after which the same submission is sent again (contracts/gateway.openapi.yaml)."""


@dataclass(frozen=True, slots=True)
class Report:
    """What `kiosk walk` says. `case_no`: the number of what was done, whatever that is (case, ticket, bill);
    `seconds` from first touch to the end of the item."""

    item: str
    outcome: Outcome
    case_no: str | None
    slip: str | None
    pages: int
    printed: bool
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)


@dataclass(slots=True)
class Verdict:
    """The outcome, with the reasons for it in words."""

    outcome: Outcome
    why: list[str] = field(default_factory=list)
    case_no: str | None = None
    slip: str | None = None
    printed: bool = False
    told_before: bool = False
    """Whether the item was said to be unavailable on its tile, before anything was begun."""


def judge(evidence: Evidence) -> Verdict:
    """The outcome that ledger and paper bear out; `failed` when they contradict the page, or each other."""
    walk = evidence.walk
    verdict = Verdict("failed")
    if not walk.started:
        verdict.why.append(f"not offered: {walk.why_not or 'no tile of this item was found'}")
        if walk.why_not and not evidence.cases:
            verdict.outcome = "unavailable"
            verdict.told_before = True
        return verdict
    verdict.printed = bool(evidence.genuine or evidence.sheets)
    wrong = _wrong_with_paper(evidence)
    if walk.reasons:
        verdict.outcome = _turned_away(evidence)
        verdict.why += walk.reasons
        left = evidence.cases
        wrong += [f"the page says that it was not done; the city has {numbers(left)}"] if left else []
    elif walk.slip:
        verdict.slip = walk.slip
        verdict.outcome = "queued"
        wrong += wrong_with_slip(evidence)
        if settled(evidence.after, walk.slip) == "refused" and not evidence.cases:
            verdict.outcome = "refused"
            verdict.why.append("the slip was printed, and the city refused the application when it arrived")
        else:
            number, wrong_there = arrived(evidence)
            verdict.case_no = number or None
            wrong += wrong_there
    else:
        verdict.case_no = next((walk.numbers[name] for name in NUMBERS if name in walk.numbers), None)
        # A rating waits for the network as an application does, and nobody is given a slip for it.
        verdict.outcome = "queued" if evidence.offline and evidence.makes == "rating" else "done"
        wrong += wrong_with(evidence)
    if not walk.ended:
        wrong.append("the item did not come to its end")
    wrong += _wrong_with_rating(evidence)
    if wrong:
        verdict.outcome = "failed"
        verdict.why = wrong
    return verdict


def as_announced(verdict: Verdict, policy: str, *, offline: bool) -> bool:
    """Whether it came out as the item's `policy` (`queue`, `cached`, `unavailable`) says: done with a
    network; without one queued, done, or said to be unavailable on its tile. A rating has no slip.
    """
    if not offline or policy == "cached":
        return verdict.outcome == "done"
    if policy == "queue":
        return verdict.outcome == "queued" or (verdict.outcome == "done" and not verdict.printed)
    return verdict.outcome == "unavailable" and verdict.told_before


def settled(ledger: Mapping[str, Any], key: str) -> Literal["filed", "refused"] | None:
    """What became of a submission by the city's record; None while it has had no final answer."""
    if any(row["key"] == key for what in FILED for row in ledger[what]):
        return "filed"
    answers = [each["status"] for each in ledger["requests"] if each["key"] == key]
    return "refused" if any(400 <= each < 500 and each not in NOT_FINAL for each in answers) else None


def _turned_away(evidence: Evidence) -> Outcome:
    """Refused where the city had its say about this person, else unavailable."""
    if evidence.offline:
        return "unavailable"
    for each in evidence.new("requests"):
        operation, status = str(each["operation"]), each["status"]
        answered = 200 <= status < 500 and not is_public(each)
        # The terminal's own token says nothing about the citizen; a login that is denied does.
        if answered and (status >= 400 or not operation.startswith("identity.")):
            return "refused"
    return "unavailable"


def _wrong_with_paper(evidence: Evidence) -> list[str]:
    genuine = evidence.genuine
    wrong = [f"{paper.name}: {fault}" for paper in evidence.papers for fault in paper.faults]
    for paper in genuine:
        if (paper.terminal, paper.item) != (evidence.terminal, evidence.item):
            wrong.append(f"{paper.name} is of {paper.item} at {paper.terminal}")
    if evidence.walk.says_printed and not (genuine or evidence.sheets):
        wrong.append("the page says 已经打印; no genuine paper came out")
    notices = sum(paper.kind == NOTICE for paper in genuine)
    if max(notices, len(genuine) - notices) > 1:
        wrong.append(f"{len(genuine)} papers came out for one item")
    return wrong


def _wrong_with_rating(evidence: Evidence) -> list[str]:
    """A rating that was given must reach the city once, about this item."""
    walk = evidence.walk
    found = [(each["item"], each["level"]) for each in evidence.new("ratings")]
    wanted = [(evidence.item, BEST_LEVEL)] if walk.rated else []
    if found == wanted:
        return []
    return [f"ratings at the city: {found or 'none'}; given: {wanted or 'none'}"]
