"""The verdict follows ledger and paper; what the page says is only compared with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.demo.city import PrintedPage
from deploy.walk.evidence import Evidence, Told, makes
from deploy.walk.journey import flows
from deploy.walk.papers import Paper, Sheet
from deploy.walk.verdict import Verdict, as_announced, judge, settled
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
    "parent": None,
}
BESIDE = ("supplements", "escalations", "bookings", "payments", "prints")
RATED = {"item": ITEM, "level": 5}


def ledger(
    *,
    cases: list[Any] | None = None,
    ratings: list[Any] | None = None,
    requests: list[Any] | None = None,
    times: int = 1,
    **beside: list[Any],
) -> dict[str, Any]:
    lists: dict[str, list[Any]] = {
        "cases": cases or [],
        **{name: beside.get(name, []) for name in BESIDE},
    }
    keys = [row["key"] for rows in lists.values() for row in rows]
    return {
        **lists,
        "ratings": ratings or [],
        "requests": requests or [],
        "effects": dict.fromkeys(keys, times),
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
        "makes": "case",
        "kinds": frozenset({"receipt"}),
        "offline": False,
        "before": ledger(),
        **more,
    }
    return Evidence(walk=walk, after=after, papers=papers, **facts)


def walked(**seen: Any) -> Walk:
    return Walk(started=True, ended=True, rated=True, **seen)


def accepted() -> Walk:
    return walked(numbers={"办件编号": CASE}, says_printed=True)


def queued() -> Walk:
    return walked(numbers={"暂存单号": KEY}, says_printed=True)


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
    item: dict[str, Any] = {"makes": "answer", "kinds": frozenset({"record"})}
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
        assert "the page says case ; the city has no case" in verdict.why
    guide: dict[str, Any] = {"makes": "answer", "kinds": frozenset({"guide"})}
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


# What else an item may leave at the city


def row(**facts: Any) -> dict[str, Any]:
    return {"key": KEY, "terminal": TERMINAL, "item": ITEM, **facts}


def filed(**facts: Any) -> Told:
    told: dict[str, Any] = {
        "documents": [],
        "supplemented": [],
        "wanted": [],
        "due": None,
        "committed": None,
        "children": [],
    }
    return Told(filed={CASE: {**told, **facts}})


def why(verdict: Verdict) -> str:
    assert verdict.outcome == "failed", verdict
    return "; ".join(verdict.why)


def done(evidence: Evidence) -> Verdict:
    verdict = judge(evidence)
    assert verdict.outcome == "done", verdict.why
    return verdict


def test_every_item_is_known_by_what_it_leaves_at_the_city() -> None:
    known = {item: makes(flow) for item, flow in flows().items()}
    assert known["civil.senior-allowance-apply"] == "case"
    assert known["service.no-application-confirm"] == "benefit"
    assert known["service.supplement-materials"] == "supplement"
    assert known["service.cannot-do-report"] == "report"
    assert known["household.id-card-first-book"] == "booking"
    assert known["utility.electricity-pay"] == "payment"
    assert known["social-insurance.contribution-certificate"] == "certificate"
    assert {known["service.certificate-verify"], known["terminal.slip"]} == {"lookup"}
    assert {known["service.item-guide"], known["social-insurance.rights-record"]} == {"answer"}


def test_pictures_must_arrive_byte_by_byte() -> None:
    walk = accepted()
    walk.pictures = ["aa", "bb"]
    after = ledger(cases=[FILED], ratings=[RATED])
    brought = [{"role": "invoice", "sha256": each} for each in ("bb", "aa")]
    done(evidence(walk, after, paper("receipt", CASE), told=filed(documents=brought)))
    other = [brought[0], {"role": "invoice", "sha256": "cc"}]
    for wrong in (other, brought[:1]):
        verdict = judge(evidence(walk, after, paper("receipt", CASE), told=filed(documents=wrong)))
        assert "2 pictures were kept" in why(verdict)


def test_what_follows_later_is_wanted_and_its_day_is_on_the_receipt() -> None:
    walk = accepted()
    walk.later = 1
    after = ledger(cases=[{**FILED, "state": "accepted-with-deferral"}], ratings=[RATED])
    told = filed(wanted=["diagnosis"], due="2026-12-11")
    receipt, notice = (paper(kind, CASE, words=f"{CASE} 2026-12-11") for kind in ("receipt", "deferral"))
    done(evidence(walk, after, receipt, notice, told=told))
    assert "there is no deferral and receipt" in why(judge(evidence(walk, after, receipt, told=told)))
    unwanted = judge(evidence(accepted(), ledger(cases=[FILED], ratings=[RATED]), receipt, notice))
    assert "is a deferral of" in why(unwanted)
    silent = judge(evidence(walk, after, paper("receipt", CASE), notice, told=told))
    assert "does not say until when: 2026-12-11" in why(silent)
    forgotten = judge(evidence(walk, after, paper("receipt", CASE), told=filed()))
    assert "1 documents were to follow; the city wants none" in why(forgotten)


def test_a_commitment_arrives_or_was_not_made() -> None:
    walk = accepted()
    walk.promised = True
    after = ledger(cases=[FILED], ratings=[RATED])
    done(evidence(walk, after, paper("receipt", CASE), told=filed(committed="ab")))
    assert "commitment" in why(judge(evidence(walk, after, paper("receipt", CASE), told=filed())))


def test_every_child_of_a_bundle_is_on_the_paper() -> None:
    child = {**FILED, "case_no": "SB2", "parent": CASE}
    after = ledger(cases=[FILED, child], ratings=[RATED])
    told = filed(children=[{"case_no": "SB2", "item": "civil.y", "state": "accepted"}])
    done(evidence(accepted(), after, paper("receipt", CASE, words=f"{CASE} SB2"), told=told))
    verdict = judge(evidence(accepted(), after, paper("receipt", CASE), told=told))
    assert "does not show SB2 of the bundle" in why(verdict)


def test_a_benefit_is_a_case_of_its_own_item() -> None:
    case = {**FILED, "item": "civil.y", "sealed": False}
    after = ledger(cases=[case], ratings=[RATED])
    done(evidence(accepted(), after, paper("receipt", CASE), makes="benefit"))
    assert "item is civil.y" in why(judge(evidence(accepted(), after, paper("receipt", CASE))))


def test_an_appointment_is_confirmed_once_and_its_ticket_is_on_the_paper() -> None:
    walk = walked(numbers={"预约号": "YY1"})
    booked = row(state="confirmed", ticket="YY1")
    after = ledger(ratings=[RATED], bookings=[booked])
    assert done(evidence(walk, after, paper("appointment", "YY1"), makes="booking")).case_no == "YY1"
    for bookings in (
        [],
        [row(state="held", ticket=None)],
        [{**booked, "ticket": "YY2"}],
        [booked, row(state="held", ticket=None)],
    ):
        found = ledger(ratings=[RATED], bookings=bookings)
        verdict = judge(evidence(walk, found, paper("appointment", "YY1"), makes="booking"))
        assert "the page says appointment YY1" in why(verdict)
    moved = ledger(ratings=[RATED], bookings=[row(state="cancelled", ticket=None), booked])
    done(evidence(walk, moved, paper("appointment", "YY1"), makes="booking"))


def test_a_bill_is_paid_once_and_its_number_is_the_banks() -> None:
    walk = walked(numbers={"票据号码": "DEMO1"})
    payment = row(id="x", bill="B1", state="paid")
    told = Told(paid={"x": {"bill_no": "DEMO1"}})
    facts: dict[str, Any] = {"makes": "payment", "bills": frozenset({"B1"}), "told": told}
    after = ledger(ratings=[RATED], payments=[payment])
    assert done(evidence(walk, after, paper("payment", "DEMO1"), **facts)).case_no == "DEMO1"
    for payments in ([], [payment, payment], [{**payment, "bill": "B2"}], [{**payment, "state": "unknown"}]):
        found = ledger(ratings=[RATED], payments=payments)
        assert "B1 was to be paid" in why(judge(evidence(walk, found, paper("payment", "DEMO1"), **facts)))
    facts["told"] = Told(paid={"x": {"bill_no": "DEMO2"}})
    assert "the bank DEMO2" in why(judge(evidence(walk, after, paper("payment", "DEMO1"), **facts)))


def test_a_certificate_is_the_citys_own_print_with_its_code() -> None:
    walk = walked(numbers={"验证码": "ABCD"}, says_printed=True)
    sheet = Sheet("document-0001.pdf", b"%PDF", "验证码 ABCD", ())
    facts: dict[str, Any] = {
        "makes": "certificate",
        "told": Told(printed={"p": PrintedPage(b"%PDF", "ABCD")}),
        "sheets": [sheet],
    }
    after = ledger(ratings=[RATED], prints=[row(id="p")])
    verdict = done(evidence(walk, after, **facts))
    assert (verdict.case_no, verdict.printed) == ("ABCD", True)
    for wrong, words in (
        ({"sheets": []}, "0 papers out of the printer"),
        ({"sheets": [sheet, sheet]}, "2 papers out of the printer"),
        ({"sheets": [Sheet("d", b"%PDF-2", "ABCD", ())]}, "not what the city drew"),
        ({"sheets": [Sheet("d", b"%PDF", "", ("ABCE",))]}, "does not show the code"),
        (
            {"sheets": [Sheet("d", b"%PDF", "", ("ABCD",), ("it did not come out whole",))]},
            "not come out whole",
        ),
        ({"told": Told(printed={"p": PrintedPage(b"%PDF", "WXYZ")})}, "the city WXYZ"),
    ):
        assert words in why(judge(evidence(walk, after, **{**facts, **wrong})))
    twice = ledger(ratings=[RATED], prints=[row(id="p"), row(id="q")])
    assert "2 prints" in why(judge(evidence(walk, twice, **facts)))


def test_a_report_has_the_ticket_that_the_page_says() -> None:
    walk = walked(numbers={"受理单号": "TK1"})
    after = ledger(ratings=[RATED], escalations=[row(ticket="TK1")])
    assert done(evidence(walk, after, paper("receipt", "TK1"), makes="report")).case_no == "TK1"
    other = ledger(ratings=[RATED], escalations=[row(ticket="TK2")])
    assert "page says ticket TK1" in why(
        judge(evidence(walk, other, paper("receipt", "TK1"), makes="report"))
    )


@pytest.mark.parametrize(
    ("what", "beside", "number"),
    [
        ("report", {"escalations": [row(ticket="TK1")]}, "TK1"),
        ("supplement", {"supplements": [row(case_no=CASE)]}, CASE),
    ],
)
def test_a_slip_stands_for_a_report_and_a_supplement_too(what: str, beside: Any, number: str) -> None:
    after = ledger(ratings=[RATED], **beside)
    facts: dict[str, Any] = {"makes": what, "offline": True, "told": filed()}
    verdict = judge(evidence(queued(), after, paper("slip", KEY), **facts))
    assert (verdict.outcome, verdict.case_no) == ("queued", number)
    assert settled(after, KEY) == "filed"
    lost = judge(evidence(queued(), ledger(ratings=[RATED]), paper("slip", KEY), **facts))
    assert "have the keys none" in why(lost)


def test_a_supplement_comes_to_the_case_that_the_page_names() -> None:
    walk = accepted()
    walk.pictures = ["aa"]
    told = filed(supplemented=[{"role": "diagnosis", "sha256": "aa"}])
    after = ledger(ratings=[RATED], supplements=[row(case_no=CASE)])
    done(evidence(walk, after, paper("receipt", CASE), makes="supplement", told=told))
    elsewhere = ledger(ratings=[RATED], supplements=[row(case_no="SB2")])
    facts: dict[str, Any] = {"makes": "supplement", "told": told}
    assert "supplements came to SB2" in why(judge(evidence(walk, elsewhere, paper("receipt", CASE), **facts)))


def test_what_is_looked_up_was_asked_of_the_city() -> None:
    asked = ledger(ratings=[RATED], requests=[request("getSlip", 200)])
    done(evidence(walked(), asked, makes="lookup"))
    silent = evidence(walked(), ledger(ratings=[RATED]), makes="lookup")
    assert "never answered" in why(judge(silent))
    done(replace(silent, offline=True))  # the terminal has its own word for a slip


def test_published_policies_are_true_without_a_network_only() -> None:
    walk = walked(says_printed=True)
    before = ledger(requests=[request("searchPolicies", 200)])
    after = {**before, "ratings": [RATED]}
    facts: dict[str, Any] = {"makes": "answer", "kinds": frozenset({"record"}), "before": before}
    done(evidence(walk, after, paper("record"), offline=True, **facts))
    assert "never answered" in why(judge(evidence(walk, after, paper("record"), **facts)))


def test_a_published_list_may_have_been_fetched_before_and_is_that_of_the_item() -> None:
    walk = walked(says_printed=True)
    listed = {**request("getOptions", 200), "path": f"/v1/items/{ITEM}/options/entries"}
    facts: dict[str, Any] = {"makes": "answer", "kinds": frozenset({"record"})}
    for path, good in ((listed["path"], True), ("/v1/items/other.item/options/entries", False)):
        before = ledger(requests=[{**listed, "path": path}])
        verdict = judge(
            evidence(walk, {**before, "ratings": [RATED]}, paper("record"), before=before, **facts)
        )
        assert (verdict.outcome == "done") is good


def test_a_list_that_is_fetched_meanwhile_refuses_nobody() -> None:
    listed = {**request("getOptions", 200), "path": f"/v1/items/{ITEM}/options/entries"}
    walk = walked(reasons=["网络不通"])
    assert judge(evidence(walk, ledger(ratings=[RATED], requests=[listed]))).outcome == "unavailable"
    bills = {**listed, "path": f"/v1/items/{ITEM}/options/bill"}
    assert judge(evidence(walk, ledger(ratings=[RATED], requests=[bills]))).outcome == "refused"


def test_nothing_is_left_at_the_city_that_the_item_does_not_make() -> None:
    after = ledger(cases=[FILED], ratings=[RATED], payments=[{**row(id="x"), "key": "other"}])
    assert "1 payments came to the city" in why(judge(evidence(accepted(), after, paper("receipt", CASE))))


def test_what_a_policy_announces() -> None:
    assert as_announced(Verdict("done"), "unavailable", offline=False)
    assert as_announced(Verdict("done"), "cached", offline=True)
    assert as_announced(Verdict("queued"), "queue", offline=True)
    assert as_announced(Verdict("done"), "queue", offline=True), "a rating has no slip"
    assert not as_announced(Verdict("done", printed=True), "queue", offline=True)
    assert as_announced(Verdict("unavailable", told_before=True), "unavailable", offline=True)
    assert not as_announced(Verdict("unavailable"), "unavailable", offline=True)
    assert not as_announced(Verdict("unavailable", told_before=True), "queue", offline=True)
    assert not as_announced(Verdict("queued"), "queue", offline=False)
