"""What became of a walk: by the city's records and the paper, never by the agent's word alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from deploy.walk.papers import Paper
from deploy.walk.walker import Walk

Outcome = Literal["done", "queued", "refused", "unavailable", "failed"]
BEST_LEVEL = 5
ASKED = {"record": "query", "guide": "getGuide"}
"""What the city must have answered for a paper of this kind to be true."""

PUBLIC = frozenset({"getHealth", "getKeys", "getCatalogue", "getGuide"})
"""What is asked without anybody standing there."""

NOT_FINAL = frozenset({401, 408, 409, 425, 429})
"""Answers after which the same submission is sent again (contracts/gateway.openapi.yaml)."""


@dataclass(frozen=True, slots=True)
class Report:
    """What `kiosk walk` says. `seconds` from first touch to the end of the item."""

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
class Evidence:
    """What the verdict goes by. `before`, `after`: the city's ledger, at last with the cable in.

    `files` and `kinds`: whether the item files a case, and the kinds of paper it prints, by its own file.
    """

    item: str
    files: bool
    kinds: frozenset[str]
    terminal: str
    applicant: str
    beneficiary: str
    offline: bool
    walk: Walk
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    papers: Sequence[Paper]


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
    cases = _new(evidence, "cases")
    if not walk.started:
        verdict.why.append(f"not offered: {walk.why_not or 'no tile of this item was found'}")
        if walk.why_not and not cases:
            verdict.outcome = "unavailable"
            verdict.told_before = True
        return verdict
    genuine = [paper for paper in evidence.papers if paper.genuine]
    verdict.printed = bool(genuine)
    wrong = _wrong_with_paper(evidence, genuine)
    if walk.reasons:
        verdict.outcome = _turned_away(evidence)
        verdict.why += walk.reasons
        wrong += [f"the page says that it was not done; the city has {_numbers(cases)}"] if cases else []
    elif walk.slip:
        verdict.slip = walk.slip
        verdict.outcome = "queued"
        wrong += _wrong_with_slip(evidence, cases, genuine, verdict)
    elif walk.case_no:
        verdict.case_no = walk.case_no
        verdict.outcome = "done"
        wrong += _wrong_with_case(evidence, cases, genuine)
    else:
        verdict.outcome = "done"
        wrong += _wrong_with_answer(evidence, cases, genuine)
    if not walk.ended:
        wrong.append("the item did not come to its end")
    wrong += _wrong_with_rating(evidence)
    if wrong:
        verdict.outcome = "failed"
        verdict.why = wrong
    return verdict


def settled(ledger: Mapping[str, Any], key: str) -> Literal["filed", "refused"] | None:
    """What became of a submission by the city's record; None while it has had no final answer."""
    if any(case["key"] == key for case in ledger["cases"]):
        return "filed"
    answers = [each["status"] for each in ledger["requests"] if each["key"] == key]
    return "refused" if any(400 <= each < 500 and each not in NOT_FINAL for each in answers) else None


def _new(evidence: Evidence, what: str) -> list[Mapping[str, Any]]:
    """What came into the ledger during the walk."""
    found: list[Mapping[str, Any]] = evidence.after[what][len(evidence.before[what]) :]
    return found


def _numbers(cases: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(str(case["case_no"]) for case in cases) or "no case"


def _turned_away(evidence: Evidence) -> Outcome:
    """Refused where the city had its say about this person, else unavailable."""
    if evidence.offline:
        return "unavailable"
    for each in _new(evidence, "requests"):
        operation, status = str(each["operation"]), each["status"]
        answered = 200 <= status < 500 and operation not in PUBLIC
        # The terminal's own token says nothing about the citizen; a login that is denied does.
        if answered and (status >= 400 or not operation.startswith("identity.")):
            return "refused"
    return "unavailable"


def _wrong_with_paper(evidence: Evidence, genuine: Sequence[Paper]) -> list[str]:
    wrong = [f"{paper.name}: {fault}" for paper in evidence.papers for fault in paper.faults]
    for paper in genuine:
        if (paper.terminal, paper.item) != (evidence.terminal, evidence.item):
            wrong.append(f"{paper.name} is of {paper.item} at {paper.terminal}")
    if evidence.walk.says_printed and not genuine:
        wrong.append("the page says 已经打印; no genuine paper came out")
    if len(genuine) > 1:
        wrong.append(f"{len(genuine)} papers came out for one item")
    return wrong


def _wrong_with_case(
    evidence: Evidence, cases: Sequence[Mapping[str, Any]], genuine: Sequence[Paper]
) -> list[str]:
    number = evidence.walk.case_no
    if [case["case_no"] for case in cases] != [number]:
        return [f"the page says case {number}; the city has {_numbers(cases)}"]
    wrong = _wrong_with_filing(evidence, cases[0])
    wrong += [
        f"{paper.name} is a {paper.kind} of {paper.number or 'nothing'}, not the receipt of {number}"
        for paper in genuine
        if (paper.kind, paper.number) != ("receipt", number)
    ]
    wrong += [f"{paper.name} does not show {number}" for paper in genuine if not _shows(paper, number)]
    if cases[0]["state"] != "accepted":
        state = cases[0]["state"]
        wrong += [f"{paper.name} says 已受理; the city has {state}" for paper in genuine if _accepts(paper)]
    return wrong


def _wrong_with_slip(
    evidence: Evidence, cases: Sequence[Mapping[str, Any]], genuine: Sequence[Paper], verdict: Verdict
) -> list[str]:
    slip = evidence.walk.slip
    wrong = [
        f"{paper.name} is a {paper.kind} of {paper.number or 'nothing'}, not the slip {slip}"
        for paper in genuine
        if (paper.kind, paper.number) != ("slip", slip)
    ]
    wrong += [f"{paper.name} does not say 暂存" for paper in genuine if "暂存" not in paper.words]
    wrong += [f"{paper.name} says 已受理" for paper in genuine if _accepts(paper)]
    wrong += [f"{paper.name} does not show {slip}" for paper in genuine if not _shows(paper, slip)]
    if settled(evidence.after, slip) == "refused" and not cases:
        verdict.outcome = "refused"
        verdict.why.append("the slip was printed, and the city refused the application when it arrived")
        return wrong
    if [case["key"] for case in cases] != [slip]:
        keys = ", ".join(str(case["key"]) for case in cases) or "none"
        return [*wrong, f"the slip is {slip}; the cases that reached the city have the keys {keys}"]
    verdict.case_no = str(cases[0]["case_no"])
    return wrong + _wrong_with_filing(evidence, cases[0])


def _shows(paper: Paper, number: str) -> bool:
    """Whether a number can be read on the paper too, where it may be broken over two lines."""
    return number in "".join(paper.words.split())


def _accepts(paper: Paper) -> bool:
    return "已受理" in paper.words or "已经受理" in paper.words


def _wrong_with_filing(evidence: Evidence, case: Mapping[str, Any]) -> list[str]:
    """Whether a case is the one that was walked, sealed, and took effect once."""
    facts = {
        "item": evidence.item,
        "terminal": evidence.terminal,
        "applicant": evidence.applicant,
        "beneficiary": evidence.beneficiary,
        "sealed": True,
    }
    wrong = [
        f"the case's {name} is {case[name]}, not {value}"
        for name, value in facts.items()
        if case[name] != value
    ]
    times = evidence.after["effects"].get(case["key"], 0)
    if times != 1:
        wrong.append(f"the submission took effect {times} times")
    return wrong


def _wrong_with_answer(
    evidence: Evidence, cases: Sequence[Mapping[str, Any]], genuine: Sequence[Paper]
) -> list[str]:
    """Of a query or a guide: nothing filed, a paper, and a city that was asked."""
    wrong = [f"no number was shown, and the city has {_numbers(cases)}"] if cases else []
    if evidence.files:
        wrong.append("this item files a case, and no number was shown")
    if not genuine:
        wrong.append("no genuine paper came out")
    for paper in genuine:
        asked = ASKED.get(paper.kind)
        if asked is None or paper.number or paper.kind not in evidence.kinds:
            wrong.append(
                f"{paper.name} is a {paper.kind} of {paper.number or 'nothing'}; no number was shown"
            )
        elif not any(
            each["operation"] == asked and each["status"] == 200 for each in _asked(evidence, asked)
        ):
            wrong.append(f"{paper.name} is a {paper.kind}, and the city never answered {asked}")
    return wrong


def _asked(evidence: Evidence, operation: str) -> list[Mapping[str, Any]]:
    """What may stand behind a paper: for public content any request, else one of this walk and item."""
    if operation in PUBLIC:
        return list(evidence.after["requests"])
    return [each for each in _new(evidence, "requests") if f"/{evidence.item}/" in each["path"]]


def _wrong_with_rating(evidence: Evidence) -> list[str]:
    """A rating that was given must reach the city once, about this item."""
    walk = evidence.walk
    found = [(each["item"], each["level"]) for each in _new(evidence, "ratings")]
    wanted = [(evidence.item, BEST_LEVEL)] if walk.rated else []
    if found == wanted:
        return []
    return [f"ratings at the city: {found or 'none'}; given: {wanted or 'none'}"]
