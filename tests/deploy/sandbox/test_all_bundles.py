"""The catalogue's 23 一件事 with the children it proposes: each is taken apart, filed and judged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from flows.kinds import Bundle, Documents
from tests.deploy.sandbox.catalogue import items
from tests.deploy.sandbox.papers import new
from tests.deploy.sandbox.world import World
from tests.flows.shipped import shipped

CHILDREN = {
    "utilities-joint-connection": "utility.electricity-new-connection utility.water-new-connection "
    "utility.gas-transfer real-estate.no-house-certificate",
    "newborn": "health.birth-registration household.residence-record-certificate "
    "medical-insurance.resident-enrol social-security-card.apply health.vaccination-record-print "
    "medical-insurance.maternity-allowance-claim health.child-subsidy-apply",
    "enterprise-open": "market.name-declare market.company-register tax.real-name-collect "
    "tax.invoice-collect social-insurance.unit-enrol housing-fund.unit-open",
    "enterprise-close": "market.company-simple-cancel tax.deregister-precheck "
    "social-insurance.unit-staff-change",
    "restaurant-open": "market.sole-trader-register market.food-licence-renew fire.venue-safety-commitment "
    "urban.outdoor-ad-query",
    "convenience-store-open": "market.sole-trader-register market.prepackaged-food-filing",
    "employee-hire": "employment.employment-registration social-insurance.unit-staff-change "
    "social-security-card.apply",
    "retirement": "social-insurance.normal-retirement-apply housing-fund.withdraw-retirement "
    "social-insurance.pension-benefit-certificate civil.senior-card-apply",
    "flexible-employment": "social-insurance.flexible-worker-enrol employment.employment-registration "
    "housing-fund.flexible-deposit-adjust",
    "job-seeking-graduate": "employment.graduate-file-transfer household.migration-graduate "
    "employment.employment-registration employment.policy-match",
    "unemployment": "employment.unemployment-registration employment.unemployment-benefit-claim "
    "medical-insurance.info-change",
    "marriage-family": "civil.marriage-appointment household.migration-spouse health.birth-registration",
    "disability-support": "disability.certificate-apply civil.disability-living-subsidy "
    "civil.disability-care-subsidy disability.assistive-device-apply",
    "veteran-return": "veterans.preferential-card-apply household.id-card-first-book "
    "medical-insurance.relation-transfer employment.employment-registration",
    "second-hand-house": "real-estate.mortgage-register-precheck tax.deed-tax-precheck "
    "utility.electricity-transfer utility.water-transfer utility.gas-transfer",
    "after-death": "social-insurance.funeral-grant social-security-card.report-loss "
    "housing-fund.withdraw-retirement medical-insurance.account-query",
    "school-enrolment": "education.school-enrolment-info-register real-estate.no-house-certificate "
    "household.residence-record-certificate",
    "social-card-resident-service": "social-security-card.apply social-security-card.enable "
    "social-security-card.electronic-sign-issue transport.senior-transit-card culture.library-card",
    "policy-delivery": "service.policy-match-enterprise service.no-application-confirm",
    "enterprise-info-change": "market.company-change tax.real-name-collect social-insurance.unit-enrol",
    "credit-repair": "credit.repair-apply credit.enterprise-credit-report",
    "freight-start": "transport.freight-licence-apply transport.vehicle-annual-review "
    "transport.driver-qualification-renew",
    "seek-medical-care": "medical-insurance.remote-treatment-filing medical-insurance.reimbursement-submit "
    "medical-insurance.chronic-disease-apply",
}
"""As in the catalogue's README, 3.6."""
FOR = {
    "retirement": "p-li-jianjun",
    "disability-support": "p-sun-deming",
    "after-death": "p-li-jianjun",
    "unemployment": "r-031-1",
    "credit-repair": "p-li-jianjun",
}
"""Whom a bundle fits, where p-zhang-wei is not the one."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One city for all bundles; each begins anew."""
    world = World(tmp_path_factory.mktemp("bundles"))
    yield world
    world.close()


def test_every_bundle_of_the_catalogue_has_its_children() -> None:
    assert {item.code for item in items(kind="one-thing")} == {f"one-thing.{name}" for name in CHILDREN}


def papers(world: World, item: str) -> list[dict[str, Any]]:
    """Pictures of every document that a guide asks for."""
    guide = world.call("getGuide", world.terminal_token, item=item).json()
    body = {
        "media_type": "image/jpeg",
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "content": "YWJj",
    }
    return [{"role": each["role"], "importance": each["importance"], **body} for each in guide["documents"]]


@pytest.mark.parametrize("name", CHILDREN)
def test_a_bundle_is_filed_with_a_case_for_every_child(world: World, name: str) -> None:
    """What a department may still refuse is whether it fits this person, never what its papers are."""
    code, children = f"one-thing.{name}", CHILDREN[name].split()
    assert world.control("post", "/reset").ok
    bundle = world.application(FOR.get(name, "p-zhang-wei"), item=code)
    whole = {
        **bundle,
        "documents": papers(world, code),
        "children": [{**bundle, "item": child, "documents": papers(world, child)} for child in children],
    }
    answer = world.call("submitApplication", world.terminal_token, whole, key=new(), item=code)
    assert answer.status_code == 201, answer.text
    case = answer.json()
    assert [child["item"] for child in case["children"]] == children
    for child in case["children"]:
        assert child["state"] in {"accepted", "refused"}
        assert (child["state"] == "refused") is bool(child.get("reasons"))
        assert not any("材料" in reason for reason in child.get("reasons", ()))
    assert any(child["state"] == "accepted" for child in case["children"])


COMMITTING = ["newborn", "enterprise-open", "enterprise-close", "restaurant-open", "convenience-store-open"]
COMMITTING += ["unemployment", "school-enrolment", "enterprise-info-change", "freight-start"]


def asked(world: World, code: str, *, committed: bool, children: list[str]) -> dict[str, Any]:
    """What the terminal sends of a bundle: its papers once, and of a child those that it names.

    A commitment stands for the papers that it may stand for; papers of other children are not there.
    """
    flow = shipped()[code]
    step = next(step for step in flow.steps if isinstance(step, Bundle))
    named = {child.item: child.documents for child in step.children}
    guide = world.call("getGuide", world.terminal_token, item=code).json()
    replaced = {each["role"] for each in guide["documents"] if committed and each.get("commitment_instead")}
    others = {role for papers in named.values() for role in papers}
    others -= {role for child in children for role in named[child]}
    asks = {each.role for place in flow.steps if isinstance(place, Documents) for each in place.documents}
    sent = [each for each in papers(world, code) if each["role"] in asks - replaced - others]
    bundle = world.application(FOR.get(code.partition(".")[2], "p-zhang-wei"), item=code)
    if committed:
        text = hashlib.sha256(guide["commitment_text"].encode()).hexdigest()
        chosen = {"proof_method": {"value": "commitment", "source": "typed"}}
        bundle = {
            **bundle,
            "fields": {**bundle["fields"], **chosen},
            "commitment": {"text_version": "1", "text_sha256": text, "agreed_at": bundle["submitted_at"]},
        }
    own = {**bundle, "documents": []}
    own.pop("commitment", None)
    return {**bundle, "documents": sent, "children": [{**own, "item": child} for child in children]}


def refusals(world: World, code: str, sent: dict[str, Any]) -> list[str]:
    """Why departments refuse children over a paper or a commitment."""
    answer = world.call("submitApplication", world.terminal_token, sent, key=new(), item=code)
    assert answer.status_code == 201, answer.text
    told = [reason for child in answer.json()["children"] for reason in child.get("reasons", ())]
    return [reason for reason in told if any(word in reason for word in ("材料", "容缺", "承诺"))]


@pytest.mark.parametrize("name", COMMITTING)
def test_the_commitment_of_a_bundle_is_enough_for_its_items(world: World, name: str) -> None:
    code = f"one-thing.{name}"
    assert world.control("post", "/reset").ok
    assert refusals(world, code, asked(world, code, committed=True, children=CHILDREN[name].split())) == []


@pytest.mark.parametrize("name", ["seek-medical-care", "marriage-family", "second-hand-house", "after-death"])
def test_what_is_photographed_for_a_bundle_is_enough_for_its_items(world: World, name: str) -> None:
    code = f"one-thing.{name}"
    assert world.control("post", "/reset").ok
    assert refusals(world, code, asked(world, code, committed=False, children=CHILDREN[name].split())) == []


def test_nobody_brings_the_papers_of_an_item_that_is_not_wanted(world: World) -> None:
    code = "one-thing.seek-medical-care"
    wanted = ["medical-insurance.reimbursement-submit"]
    sent = asked(world, code, committed=False, children=wanted)
    assert world.control("post", "/reset").ok
    assert {each["role"] for each in sent["documents"]} == {"medical-invoice", "fee-list", "diagnosis"}
    assert refusals(world, code, sent) == []


def later(code: str) -> list[str]:
    """Roles of the documents that a bundle lets follow."""
    return [
        each.role
        for step in shipped()[code].steps
        if isinstance(step, Documents)
        for each in step.documents
        if each.deferrable
    ]


@pytest.mark.parametrize("name", [name for name in CHILDREN if later(f"one-thing.{name}")])
def test_no_item_of_a_bundle_is_refused_for_what_the_bundle_lets_follow(world: World, name: str) -> None:
    code = f"one-thing.{name}"
    assert world.control("post", "/reset").ok
    children = [
        child.item for step in shipped()[code].steps if isinstance(step, Bundle) for child in step.children
    ]
    sent = asked(world, code, committed=False, children=children)
    sent["documents"] = [each for each in sent["documents"] if each["role"] not in later(code)]
    assert refusals(world, code, {**sent, "deferred_documents": later(code)}) == []


def test_a_paper_that_follows_later_follows_for_the_items_too(world: World) -> None:
    code = "one-thing.newborn"
    sent = asked(world, code, committed=False, children=["health.birth-registration"])
    assert world.control("post", "/reset").ok
    sent["documents"] = [each for each in sent["documents"] if each["role"] != "marriage-certificate"]
    assert refusals(world, code, {**sent, "deferred_documents": ["marriage-certificate"]}) == []
