"""The catalogue's 23 一件事 with the children it proposes: each is taken apart, filed and judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.deploy.sandbox.catalogue import items
from tests.deploy.sandbox.papers import new
from tests.deploy.sandbox.world import World

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
