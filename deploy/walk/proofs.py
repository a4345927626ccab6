"""What is wrong with what the pages claim, held against ledger and paper; a proof for each kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from deploy.walk.evidence import Evidence, Makes, Row
from deploy.walk.papers import Paper

ASKED = {"record": ("query", "matchPolicies", "getOptions"), "guide": ("getGuide",)}
"""One of these the city must have answered for a paper of this kind to be true."""

PUBLISHED = "searchPolicies"
"""Without a network what is published is shown, of which the city was asked before."""

NOTICE = "deferral"
"""The paper beside the receipt of a case that still lacks documents."""

LOOKED_UP = ("getSlip", "getTicket", "verifyCertificate")


def shows(paper: Paper, number: str) -> bool:
    """Whether a number can be read on the paper too, where it may be broken over two lines."""
    return number in "".join(paper.words.split())


def accepts(paper: Paper) -> bool:
    """Whether the paper claims that it was accepted."""
    return "已受理" in paper.words or "已经受理" in paper.words


def numbers(cases: Sequence[Row]) -> str:
    """The cases' numbers, in words."""
    return ", ".join(str(case["case_no"]) for case in cases) or "no case"


def _some_paper(evidence: Evidence) -> list[str]:
    """A genuine paper came out of an item that prints one."""
    return ["no genuine paper came out"] if evidence.kinds and not evidence.genuine else []


def _of_kind(evidence: Evidence, kind: str, number: str, *, deferred: bool = False) -> list[str]:
    """Every paper is of this kind and number, and shows it; there is one. `deferred`: and a notice of what is
    still to come."""
    wrong = _some_paper(evidence)
    allowed = {kind, NOTICE} if deferred else {kind}
    if evidence.genuine and not allowed <= {paper.kind for paper in evidence.genuine}:
        wrong.append(f"there is no {' and '.join(sorted(allowed))} of {number}")
    for paper in evidence.genuine:
        if paper.kind not in allowed or paper.number != number:
            found = f"{paper.name} is a {paper.kind} of {paper.number or 'nothing'}"
            wrong.append(f"{found}, not the {kind} of {number}")
        if not shows(paper, number):
            wrong.append(f"{paper.name} does not show {number}")
    return wrong


def _once(evidence: Evidence, row: Row) -> list[str]:
    times = evidence.times(row["key"])
    here = row["terminal"] == evidence.terminal
    wrong = [] if here else [f"it was filed by {row['terminal']}, not {evidence.terminal}"]
    return wrong if times == 1 else [*wrong, f"the submission took effect {times} times"]


def filed(evidence: Evidence, case: Row) -> list[str]:
    """Whether a case is the one that was walked: whose, sealed, once, with what was photographed.

    A benefit's account is given under the eyes of the city, and its case is of the benefit's own item.
    """
    facts: dict[str, object] = {"applicant": evidence.applicant, "beneficiary": evidence.beneficiary}
    if evidence.makes == "case":
        facts |= {"item": evidence.item, "sealed": True}
    wrong = [
        f"the case's {name} is {case[name]}, not {value}"
        for name, value in facts.items()
        if case[name] != value
    ]
    told = evidence.told.filed.get(case["case_no"])
    brought = _brought(evidence, told, "documents") if told is not None else []
    return wrong + _once(evidence, case) + brought


def _brought(evidence: Evidence, told: Row, what: str) -> list[str]:
    """Every picture that was kept is at the city, byte by byte; what follows later is wanted."""
    walk, wrong = evidence.walk, []
    arrived = sorted(each["sha256"] for each in told[what])
    if arrived != sorted(walk.pictures):
        wrong.append(f"{len(walk.pictures)} pictures were kept, and others ({len(arrived)}) arrived")
    if what == "documents" and len(told["wanted"]) != walk.later:
        wrong.append(
            f"{walk.later} documents were to follow; the city wants {', '.join(told['wanted']) or 'none'}"
        )
    if bool(told["committed"]) != walk.promised:
        wrong.append("a commitment was agreed to, or arrived, and not both")
    return wrong


def _accepted(evidence: Evidence) -> list[str]:
    """A case under the number that the page says; receipt, due day and children as the city has them."""
    number = evidence.walk.case_no
    if [case["case_no"] for case in evidence.cases] != [number]:
        return [f"the page says case {number}; the city has {numbers(evidence.cases)}"]
    case = evidence.cases[0]
    wrong = filed(evidence, case)
    told = evidence.told.filed.get(number, {})
    wrong += _of_kind(evidence, "receipt", number, deferred=bool(told.get("due")))
    if told.get("due"):
        due = told["due"]
        wrong += [f"{p.name} does not say until when: {due}" for p in evidence.genuine if not shows(p, due)]
    for child in told.get("children", ()):
        missing = [paper for paper in evidence.genuine if not shows(paper, child["case_no"])]
        wrong += [f"{paper.name} does not show {child['case_no']} of the bundle" for paper in missing]
        if child["state"] == "refused":
            wrong.append(f"{child['item']} of the bundle was refused")
    if case["state"] not in {"accepted", "accepted-with-deferral"}:
        state = case["state"]
        wrong += [f"{p.name} says 已受理; the city has {state}" for p in evidence.genuine if accepts(p)]
    return wrong


def _supplemented(evidence: Evidence) -> list[str]:
    """The pictures came to the case that the page names."""
    number = evidence.walk.case_no
    rows = evidence.new("supplements")
    if [row["case_no"] for row in rows] != [number]:
        return [f"the page says case {number}; supplements came to {numbers(rows)}"]
    told = evidence.told.filed.get(number)
    wrong = _brought(evidence, told, "supplemented") if told is not None else []
    return wrong + _once(evidence, rows[0]) + _of_kind(evidence, "receipt", number)


def _reported(evidence: Evidence) -> list[str]:
    """A ticket under the number that the page says."""
    number = evidence.walk.numbers.get("受理单号", "")
    rows = evidence.new("escalations")
    if [row["ticket"] for row in rows] != [number]:
        return [
            f"the page says ticket {number}; the city has {', '.join(r['ticket'] for r in rows) or 'none'}"
        ]
    return _once(evidence, rows[0]) + _of_kind(evidence, "receipt", number)


def _booked(evidence: Evidence) -> list[str]:
    """One appointment, confirmed, its ticket on page and paper; nothing else is held."""
    number = evidence.walk.numbers.get("预约号", "")
    held = [row for row in evidence.new("bookings") if row["state"] in {"held", "confirmed"}]
    if [(row["state"], row["ticket"], row["item"]) for row in held] != [("confirmed", number, evidence.item)]:
        return [f"the page says appointment {number}; the city has {[dict(row) for row in held]}"]
    return _once(evidence, held[0]) + _of_kind(evidence, "appointment", number)


def _paid_once(evidence: Evidence) -> tuple[list[Row], list[str]]:
    """What was paid: one of the bills, where they are known, for this item; and what is wrong with it."""
    paid = [row for row in evidence.new("payments") if row["state"] == "paid"]
    names = ", ".join(f"{row['bill']} of {row['item']}" for row in paid) or "none"
    if [row["item"] for row in paid] != [evidence.item] or paid[0]["bill"] not in evidence.bills:
        wanted = " or ".join(sorted(evidence.bills)) or "no bill that is known"
        return paid, [f"{wanted} was to be paid; paid were {names}"]
    return paid, _once(evidence, paid[0])


def _paid(evidence: Evidence) -> list[str]:
    """The bill was paid once, and its number is on page and paper."""
    number = evidence.walk.numbers.get("票据号码", "")
    paid, wrong = _paid_once(evidence)
    if wrong:
        return wrong
    told = evidence.told.paid.get(paid[0]["id"], {})
    wrong = (
        [] if told.get("bill_no") == number else [f"the page says {number}; the bank {told.get('bill_no')}"]
    )
    return wrong + _of_kind(evidence, "payment", number)


def _certified(evidence: Evidence) -> list[str]:
    """The A4 sheet is the city's own print, whole, counted once, and bears the code that the city knows."""
    code = evidence.walk.numbers.get("验证码", "")
    rows = evidence.new("prints")
    if [row["item"] for row in rows] != [evidence.item] or len(evidence.sheets) != 1:
        return [
            f"{len(rows)} prints at the city, {len(evidence.sheets)} papers out of the printer, not 1 and 1"
        ]
    told = evidence.told.printed[rows[0]["id"]]
    sheet = evidence.sheets[0]
    wrong = [f"{sheet.name}: {fault}" for fault in sheet.faults]
    if sheet.pdf != told.pdf:
        wrong.append(f"{sheet.name} is not what the city drew")
    if code != told.code:
        wrong.append(f"the page says the code {code}; the city {told.code}")
    if not any(told.code in each for each in (*sheet.codes, sheet.words)):
        wrong.append(f"{sheet.name} does not show the code {told.code}")
    return wrong + _once(evidence, rows[0])


def _looked_up(evidence: Evidence) -> list[str]:
    """The city was asked, and nothing came of it. Without a network the terminal has its own word for it."""
    asked = evidence.offline or any(evidence.answered(operation) for operation in LOOKED_UP)
    return [] if asked else ["the city never answered what was looked up"]


def _rated(evidence: Evidence) -> list[str]:
    """The rating is of a case that the city has."""
    known = {case["case_no"] for case in evidence.after["cases"]}
    rated = [row["case_no"] for row in evidence.new("ratings")]
    return [f"a rating of {number}, which is no case" for number in rated if number not in known]


def _answered(evidence: Evidence) -> list[str]:
    """Of a query or a guide: nothing filed, a paper, and a city that was asked."""
    wrong = _some_paper(evidence)
    asked = [operation for kind in ("record", "guide") for operation in ASKED[kind]]
    if not evidence.kinds and not any(evidence.answered(each) for each in asked):
        wrong.append(f"the city never answered {' or '.join(asked)}")
    for paper in evidence.genuine:
        operations = ASKED.get(paper.kind, ())
        if not operations or paper.number or paper.kind not in evidence.kinds:
            found = f"{paper.name} is a {paper.kind} of {paper.number or 'nothing'}"
            wrong.append(f"{found}; no number was shown")
        elif not any(evidence.answered(each) for each in (*operations, *((PUBLISHED,) * evidence.offline))):
            wrong.append(
                f"{paper.name} is a {paper.kind}, and the city never answered {' or '.join(operations)}"
            )
    return wrong


_PROOFS: dict[Makes, Callable[[Evidence], list[str]]] = {
    "case": _accepted,
    "benefit": _accepted,
    "supplement": _supplemented,
    "report": _reported,
    "booking": _booked,
    "payment": _paid,
    "certificate": _certified,
    "lookup": _looked_up,
    "rating": _rated,
    "answer": _answered,
}
_LEFT: dict[str, frozenset[Makes]] = {
    "cases": frozenset({"case", "benefit"}),
    "supplements": frozenset({"supplement"}),
    "escalations": frozenset({"report"}),
    "bookings": frozenset({"booking"}),
    "payments": frozenset({"payment"}),
    "prints": frozenset({"certificate"}),
}


def wrong_with(evidence: Evidence) -> list[str]:
    """What contradicts an outcome `done`; nothing is left at the city that the item does not make."""
    left = [
        f"{len(evidence.new(what))} {what} came to the city, of an item that makes none"
        for what, by in _LEFT.items()
        if evidence.makes not in by and evidence.new(what) and not (what == "payments" and evidence.pays)
    ]
    if evidence.pays:
        left += _paid_once(evidence)[1]
    return left + _PROOFS[evidence.makes](evidence)


def wrong_with_slip(evidence: Evidence) -> list[str]:
    """A slip says 暂存 and its own number; what it promised arrived under that number, once."""
    slip = evidence.walk.slip
    wrong = _of_kind(evidence, "slip", slip)
    wrong += [f"{paper.name} does not say 暂存" for paper in evidence.genuine if "暂存" not in paper.words]
    wrong += [f"{paper.name} says 已受理" for paper in evidence.genuine if accepts(paper)]
    return wrong


def arrived(evidence: Evidence) -> tuple[str, list[str]]:
    """The number that a slip's submission got at the city, and what is wrong with it."""
    slip = evidence.walk.slip
    what = {"supplement": "supplements", "report": "escalations"}.get(evidence.makes, "cases")
    rows = evidence.cases if what == "cases" else evidence.new(what)
    if [row["key"] for row in rows] != [slip]:
        keys = ", ".join(str(row["key"]) for row in rows) or "none"
        return "", [f"the slip is {slip}; those that reached the city have the keys {keys}"]
    row = rows[0]
    if what == "escalations":
        return str(row["ticket"]), _once(evidence, row)
    number = str(row["case_no"])
    if what == "cases":
        return number, filed(evidence, row)
    told = evidence.told.filed.get(number)
    return number, _once(evidence, row) + (
        _brought(evidence, told, "supplemented") if told is not None else []
    )
