"""津策通: search and match; 免申即享: the account is confirmed. And the anchors of terminals' journals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deploy.sandbox.papers import conflict, new, reasons
from tests.deploy.sandbox.world import TERMINAL, World


def search(world: World, **query: str) -> Any:
    """Find policies."""
    return world.call("searchPolicies", world.terminal_token, query=query).json()


def match(world: World, **answers: Any) -> list[Any]:
    """Match answers."""
    found: list[Any] = world.call("matchPolicies", world.terminal_token, {"answers": answers}).json()
    return found


def results(matches: list[Any]) -> dict[str, str]:
    """By policy, in their order."""
    return {one["policy"]["id"]: one["result"] for one in matches}


def test_policies_are_found_by_words_a_page_at_a_time(world: World) -> None:
    everything, seen = search(world), []
    page = 1
    while True:
        answer = search(world, page=str(page))
        seen += [policy["id"] for policy in answer["policies"]]
        if not answer["more"]:
            break
        page += 1
    assert len(seen) == len(set(seen)) > 10
    assert everything["policies"][0]["id"] == seen[0]
    assert [policy["id"] for policy in search(world, q="贷款 贴息")["policies"]] == [
        "sample-interest-subsidy"
    ]
    titles = [policy["title"] for policy in search(world, q="贷款")["policies"]]
    assert titles[0].startswith("小微企业贷款贴息")
    assert search(world, q="没有这样的政策") == {"policies": [], "more": False}
    for beyond in ("99", "9" * 40):
        assert search(world, page=beyond)["policies"] == []
    assert all("演示数据" in policy["title"] for policy in everything["policies"])


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "9" * 2000])
def test_what_is_no_page_is_refused(world: World, page: str) -> None:
    answer = world.call("searchPolicies", world.terminal_token, query={"page": page})
    assert answer.status_code == 400


def test_a_search_is_kept_by_its_etag(world: World) -> None:
    first = world.call("searchPolicies", world.terminal_token, query={"q": "就业"})
    tag = {"If-None-Match": first.headers["ETag"]}
    again = world.call("searchPolicies", world.terminal_token, query={"q": "就业"}, headers=tag)
    assert again.status_code == 304
    other = world.call("searchPolicies", world.terminal_token, query={"q": "体检"}, headers=tag)
    assert other.status_code == 200


def test_answers_are_matched_and_ranked_with_reasons(world: World) -> None:
    matches = match(
        world,
        industry_code="C",
        division_code="120104",
        enterprise_scale_code="4",
        operating_revenue_amount=800_000_000,
    )
    ranks = list(results(matches).values())
    order = ["will-receive", "needs-account", "can-apply", "not-eligible"]
    assert ranks == sorted(ranks, key=order.index)
    assert results(matches)["sample-fee-relief"] == "will-receive"
    assert results(matches)["sample-steady-jobs"] == "needs-account"
    best = next(one for one in matches if one["result"] == "can-apply")
    assert best["policy"]["id"] == "sample-manufacturing-upgrade"
    assert best["reasons"] == ["属于制造业", "在本市登记经营", "营业收入达到样例标准"]
    software = next(one for one in matches if one["policy"]["id"] == "sample-software-growth")
    assert (software["result"], software["reasons"]) == (
        "not-eligible",
        ["面向信息传输、软件和信息技术服务业"],
    )
    assert "sample-run-out" not in results(matches)


def test_an_account_is_all_that_was_missing(world: World) -> None:
    answers = {"division_code": "120104", "enterprise_scale_code": {"value": "3", "source": "typed"}}
    assert results(match(world, **answers))["sample-steady-jobs"] == "needs-account"
    with_account = match(world, **answers, bank_account_number="0302000000000000")
    assert results(with_account)["sample-steady-jobs"] == "will-receive"


def test_what_was_not_asked_is_not_judged(world: World) -> None:
    assert match(world) == []
    assert results(match(world, age="70")) == {"sample-senior-checkup": "will-receive"}
    for age in ("NaN", "old", True, [70], {"years": 70}):
        assert "will-receive" not in results(match(world, age=age)).values()


def test_a_benefit_waits_for_an_account_and_becomes_a_case(world: World) -> None:
    phone = world.phone_visit("p-chen-yan")["access_token"]

    def listed() -> dict[str, str]:
        return results(world.call("listBenefits", phone).json())

    assert listed()["sample-allowance"] == "needs-account"
    key = new()
    body = {"account": {"value": "6200005989302580591", "source": "typed"}}
    done = world.call("confirmBenefit", phone, body, key=key, id="sample-allowance")
    assert (done.status_code, done.json()["state"]) == (201, "accepted")
    again = world.call("confirmBenefit", phone, body, key=key, id="sample-allowance")
    assert (again.status_code, again.json()) == (200, done.json())
    assert "sample-allowance" not in listed()
    assert world.ledger()["effects"] == {key: 1}
    [case] = world.call("listCases", phone).json()
    assert case["case_no"] == done.json()["case_no"]


def test_a_benefit_that_needs_no_account_is_not_confirmed(world: World) -> None:
    phone = world.phone_visit("p-chen-yan")["access_token"]
    body = {"account": {"value": "没有", "source": "typed"}}
    assert reasons(world.call("confirmBenefit", phone, body, key=new(), id="sample-allowance")) == ["ACCOUNT"]
    assert conflict(world.call("confirmBenefit", phone, body, key=new(), id="sample-checkup"))
    assert world.call("confirmBenefit", phone, body, key=new(), id="nothing").status_code == 404


def test_a_journal_is_anchored_and_another_hash_is_noticed(world: World) -> None:
    def anchor(sequence: int, hash_: str, terminal: str = TERMINAL, token: str = "") -> int:
        body = {"sequence": sequence, "hash": hash_, "at": "2026-11-23T10:00:00+08:00"}
        who = token or world.terminal_token
        return world.call("anchorJournal", who, body, id=terminal).status_code

    assert [anchor(7, "a"), anchor(7, "a"), anchor(8, "b"), anchor(7, "c")] == [201, 201, 201, 409]
    assert anchor(9, "d", "TJ-0002") == 403
    assert anchor(9, "d", token=world.as_person("p-zhang-wei")) == 403
    assert (anchor(-1, "e"), anchor(2**63, "e")) == (422, 422)
    rows = world.ledger()["anchors"]
    assert [(row["sequence"], row["hash"]) for row in rows] == [(7, "a"), (8, "b")]
