"""The verdict follows ledger and paper; what the page says is only compared with them."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.walk.papers import Paper
from deploy.walk.verdict import Evidence, judge, settled
from deploy.walk.walker import Walk

ITEM, TERMINAL, CASE, KEY = "civil.x", "tj-hp-0001", "SB1", "4f0c5d1e-0000-4000-8000-000000000001"
FILED = {
    "case_no": CASE,
    "key": KEY,
    "item": ITEM,
    "terminal": TERMINAL,
    "applicant": "p-lan",
    "beneficiary": "p-lan",
    "sealed": True,
    "state": "accepted",
}
RATED = {"item": ITEM, "level": 5}


def ledger(
    *,
    cases: list[Any] | None = None,
    ratings: list[Any] | None = None,
    requests: list[Any] | None = None,
    times: int = 1,
) -> dict[str, Any]:
    cases = cases or []
    return {
        "cases": cases,
        "ratings": ratings or [],
        "requests": requests or [],
        "effects": {case["key"]: times for case in cases},
    }


def request(operation: str, status: int, key: str | None = None) -> dict[str, Any]:
    return {"operation": operation, "status": status, "key": key, "path": f"/v1/items/{ITEM}/{operation}"}


def paper(kind: str, number: str = "", **more: Any) -> Paper:
    facts: dict[str, Any] = {
        "words": f"暂存\n{number}" if kind == "slip" else number,
        "item": ITEM,
        "terminal": TERMINAL,
        **more,
    }
    return Paper(name=f"{kind}.png", genuine=True, kind=kind, number=number, **facts)


def evidence(walk: Walk, after: dict[str, Any], *papers: Paper, **more: Any) -> Evidence:
    facts: dict[str, Any] = {
        "item": ITEM,
        "terminal": TERMINAL,
        "applicant": "p-lan",
        "beneficiary": "p-lan",
        "files": True,
        "kinds": frozenset({"receipt"}),
        "offline": False,
        "before": ledger(),
        **more,
    }
    return Evidence(walk=walk, after=after, papers=papers, **facts)


def walked(**seen: Any) -> Walk:
    return Walk(started=True, ended=True, rated=True, **seen)


def accepted() -> Walk:
    return walked(case_no=CASE, says_printed=True)


def queued() -> Walk:
    return walked(slip=KEY, says_printed=True)


def test_a_case_in_the_ledger_and_its_receipt_are_done() -> None:
    verdict = judge(evidence(accepted(), ledger(cases=[FILED], ratings=[RATED]), paper("receipt", CASE)))
    assert (verdict.outcome, verdict.case_no, verdict.slip, verdict.printed) == ("done", CASE, None, True)
    assert verdict.why == []


def test_a_slip_whose_case_arrives_later_is_queued() -> None:
    verdict = judge(
        evidence(queued(), ledger(cases=[FILED], ratings=[RATED]), paper("slip", KEY), offline=True)
    )
    assert (verdict.outcome, verdict.case_no, verdict.slip) == ("queued", CASE, KEY)


@pytest.mark.parametrize(
    ("after", "papers", "why"),
    [
        (ledger(ratings=[RATED]), [paper("receipt", CASE)], "page says case SB1; the city has no case"),
        (
            ledger(cases=[{**FILED, "case_no": "SB2"}], ratings=[RATED]),
            [paper("receipt", CASE)],
            "page says case SB1; the city has SB2",
        ),
        (
            ledger(cases=[FILED, {**FILED, "case_no": "SB2"}], ratings=[RATED]),
            [paper("receipt", CASE)],
            "the city has SB1, SB2",
        ),
        (ledger(cases=[FILED], ratings=[RATED], times=2), [paper("receipt", CASE)], "took effect 2 times"),
        (
            ledger(cases=[{**FILED, "beneficiary": "p-mei"}], ratings=[RATED]),
            [paper("receipt", CASE)],
            "beneficiary is p-mei, not p-lan",
        ),
        (
            ledger(cases=[{**FILED, "sealed": False}], ratings=[RATED]),
            [paper("receipt", CASE)],
            "sealed is False",
        ),
        (ledger(cases=[FILED], ratings=[RATED]), [], "no genuine paper came out"),
        (ledger(cases=[FILED], ratings=[RATED]), [paper("receipt", "SB2")], "not the receipt of SB1"),
        (ledger(cases=[FILED], ratings=[RATED]), [paper("slip", CASE)], "not the receipt of SB1"),
        (
            ledger(cases=[FILED], ratings=[RATED]),
            [paper("receipt", CASE, terminal="tj-hp-0002")],
            "of civil.x at tj-hp-0002",
        ),
        (
            ledger(cases=[FILED], ratings=[RATED]),
            [paper("receipt", CASE), paper("receipt", CASE)],
            "2 papers came out",
        ),
        (
            ledger(cases=[FILED], ratings=[RATED]),
            [paper("receipt", CASE, faults=("2 lines wider than the paper",))],
            "2 lines wider",
        ),
        (ledger(cases=[FILED], ratings=[RATED]), [paper("receipt", CASE, words="SB2")], "does not show SB1"),
        (
            ledger(cases=[{**FILED, "state": "identity-to-confirm"}], ratings=[RATED]),
            [paper("receipt", CASE, words=f"{CASE} 已受理")],
            "says 已受理; the city has identity-to-confirm",
        ),
        (ledger(cases=[FILED]), [paper("receipt", CASE)], "ratings at the city: none"),
        (ledger(cases=[FILED], ratings=[RATED, RATED]), [paper("receipt", CASE)], "ratings at the city"),
    ],
)
def test_what_is_claimed_and_not_so_is_failed(after: dict[str, Any], papers: list[Paper], why: str) -> None:
    verdict = judge(evidence(accepted(), after, *papers))
    assert verdict.outcome == "failed"
    assert any(why in each for each in verdict.why), verdict.why


@pytest.mark.parametrize(
    ("after", "papers", "why"),
    [
        (ledger(ratings=[RATED]), [paper("slip", KEY)], "have the keys none"),
        (
            ledger(cases=[{**FILED, "key": "another"}], ratings=[RATED]),
            [paper("slip", KEY)],
            "have the keys another",
        ),
        (ledger(cases=[FILED, FILED], ratings=[RATED]), [paper("slip", KEY)], "have the keys"),
        (ledger(cases=[FILED], ratings=[RATED], times=2), [paper("slip", KEY)], "took effect 2 times"),
        (ledger(cases=[FILED], ratings=[RATED]), [paper("slip", "another")], "not the slip"),
        (ledger(cases=[FILED], ratings=[RATED]), [paper("receipt", KEY)], "not the slip"),
        (ledger(cases=[FILED], ratings=[RATED]), [paper("slip", KEY, words="回执")], "does not say 暂存"),
        (ledger(cases=[FILED], ratings=[RATED]), [paper("slip", KEY, words="暂存 已受理")], "says 已受理"),
        (ledger(cases=[FILED], ratings=[RATED]), [paper("slip", KEY, words="暂存 7")], "does not show 4f0c"),
    ],
)
def test_a_slip_that_is_not_so_is_failed(after: dict[str, Any], papers: list[Paper], why: str) -> None:
    verdict = judge(evidence(queued(), after, *papers, offline=True))
    assert verdict.outcome == "failed"
    assert any(why in each for each in verdict.why), verdict.why


def test_a_slip_that_the_city_refuses_on_arrival_is_refused() -> None:
    after = ledger(ratings=[RATED], requests=[request("submitApplication", 422, KEY)])
    verdict = judge(evidence(queued(), after, paper("slip", KEY), offline=True))
    assert (verdict.outcome, verdict.slip, verdict.case_no) == ("refused", KEY, None)


def test_a_query_is_done_when_the_city_answered_it_and_a_record_came_out() -> None:
    walk = walked(says_printed=True)
    item: dict[str, Any] = {"files": False, "kinds": frozenset({"record"})}
    asked = ledger(ratings=[RATED], requests=[request("query", 200)])
    assert judge(evidence(walk, asked, paper("record"), **item)).outcome == "done"
    never = ledger(ratings=[RATED], requests=[request("query", 503)])
    assert judge(evidence(walk, never, paper("record"), **item)).outcome == "failed"
    other = ledger(ratings=[RATED], requests=[{**request("query", 200), "path": "/v1/items/civil.y/query"}])
    assert judge(evidence(walk, other, paper("record"), **item)).outcome == "failed"
    before = ledger(requests=asked["requests"])
    assert judge(evidence(walk, asked, paper("record"), before=before, **item)).outcome == "failed"
    assert judge(evidence(walk, asked, **item)).outcome == "failed"
    assert judge(evidence(walk, asked, paper("record", CASE), **item)).outcome == "failed"
    filed = ledger(cases=[FILED], ratings=[RATED], requests=[request("query", 200)])
    assert judge(evidence(walk, filed, paper("record"), **item)).outcome == "failed"


def test_another_paper_does_not_stand_for_a_filing_that_was_not_made() -> None:
    """Every agent fetches guides at its start; printing one is not what the citizen came for."""
    fetched = ledger(ratings=[RATED], requests=[request("getGuide", 200), request("query", 200)])
    walk = walked(says_printed=True)
    for kind in ("guide", "record"):
        verdict = judge(evidence(walk, fetched, paper(kind)))
        assert verdict.outcome == "failed"
        assert "this item files a case, and no number was shown" in verdict.why
    guide: dict[str, Any] = {"files": False, "kinds": frozenset({"guide"})}
    assert judge(
        evidence(walk, fetched, paper("guide"), before=fetched | {"ratings": []}, **guide)
    ).outcome == ("done")
    assert judge(evidence(walk, fetched, paper("record"), **guide)).outcome == "failed"


def test_turned_away_is_refused_where_the_city_had_its_say_and_unavailable_where_not() -> None:
    walk = walked(reasons=["年龄不够"])
    said = ledger(ratings=[RATED], requests=[request("checkEligibility", 200)])
    assert judge(evidence(walk, said)).outcome == "refused"
    assert judge(evidence(walk, said, offline=True)).outcome == "unavailable"
    denied = ledger(ratings=[RATED], requests=[request("identity.token", 400)])
    assert judge(evidence(walk, denied)).outcome == "refused"
    silent = ledger(ratings=[RATED], requests=[request("identity.token", 200), request("query", 0)])
    assert judge(evidence(walk, silent)).outcome == "unavailable"


def test_turned_away_with_a_case_in_the_ledger_is_failed() -> None:
    after = ledger(cases=[FILED], ratings=[RATED], requests=[request("submitApplication", 201)])
    assert judge(evidence(walked(reasons=["年龄不够"]), after)).outcome == "failed"


def test_an_item_that_its_tile_refuses_is_unavailable_before_the_start() -> None:
    verdict = judge(evidence(Walk(why_not="网络不通，暂不能办"), ledger()))
    assert (verdict.outcome, verdict.told_before) == ("unavailable", True)
    lost = judge(evidence(Walk(), ledger()))
    assert (lost.outcome, lost.told_before) == ("failed", False)


def test_an_item_that_does_not_come_to_its_end_is_failed() -> None:
    walk = accepted()
    walk.ended = False
    after = ledger(cases=[FILED], ratings=[RATED])
    assert judge(evidence(walk, after, paper("receipt", CASE))).outcome == "failed"


def test_cases_that_were_there_before_are_nobodys() -> None:
    old = {**FILED, "case_no": "SB0", "key": "older"}
    after = ledger(cases=[old, FILED], ratings=[RATED, RATED])
    before = ledger(cases=[old], ratings=[RATED])
    assert judge(evidence(accepted(), after, paper("receipt", CASE), before=before)).outcome == "done"


@pytest.mark.parametrize(
    ("statuses", "what"),
    [([], None), ([503, 429, 409, 0], None), ([503, 422], "refused"), ([403], "refused")],
)
def test_a_submission_is_settled_by_a_final_answer(statuses: list[int], what: str | None) -> None:
    asked = [request("submitApplication", status, KEY) for status in statuses]
    assert settled(ledger(requests=asked), KEY) == what
    assert settled(ledger(cases=[FILED], requests=asked), KEY) == "filed"
