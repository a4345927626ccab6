"""All 373 items of the catalogue: guide, lists, prefill and conditions of each, out of one town."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from deploy import offer as compiling
from deploy.sandbox import offer
from deploy.sandbox.gateway import conditions, content, holdings, known, options, policies, rules
from deploy.sandbox.gateway.operations import Call
from deploy.sandbox.town import town
from flows.kinds import Eligibility, Identify
from tests.deploy.sandbox import contract
from tests.deploy.sandbox.asking import EVERYBODY, JSON, REGISTERS, Desk, Visitor, visitors
from tests.deploy.sandbox.catalogue import CODES, FIELDS, ITEMS, LISTS, WITHOUT_A_SEAL, items
from tests.flows.shipped import shipped

LATER_BY_ITS_CASE = {"service.supplement-materials", "utility.electricity-new-connection"}
"""The one brings what was deferred; the other has a paper that is wanted only where no register knows it."""


# -- what is offered -------------------------------------------------------------------------------------


def test_every_item_of_the_catalogue_is_offered_and_no_other() -> None:
    assert [entry["code"] for entry in offer.offer()["items"]] == list(ITEMS)


def test_the_compiled_offer_is_that_of_the_yaml_files() -> None:
    assert offer.FILE.read_text(encoding="utf-8") == compiling.as_json(compiling.whole())


def test_every_item_is_in_the_file_of_its_domain() -> None:
    for path in (offer.FILE.parent / "items").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        codes = [line.removeprefix("- code: ") for line in text.splitlines() if line.startswith("- code: ")]
        assert codes == [code for code in ITEMS if code.partition(".")[0] == path.stem]


BOOKED_WITH_A_CARD = {"service.remote-video-assist", "justice.legal-consultation"}
"""The catalogue asks nobody who they are; a time that is held is somebody's: the items ask for the card."""


def test_levels_are_those_of_the_catalogue() -> None:
    assert {code: offer.entry(code)["level"] for code in ITEMS} == {
        code: "card" if code in BOOKED_WITH_A_CARD else item.level for code, item in ITEMS.items()
    }


def test_every_guide_is_the_contracts_and_says_what_the_steps_need(desk: Desk) -> None:
    for code, item in ITEMS.items():
        guide = content.guide(desk.call(code, Visitor(None))).body
        assert contract.violations("getGuide", 200, JSON, guide) == [], code
        assert 1 <= len(guide["conditions"]) <= 4
        roles = [each["role"] for each in guide["documents"]]
        assert len(set(roles)) == len(roles), code
        later = [each for each in guide["documents"] if each.get("deferrable")]
        instead = [each for each in guide["documents"] if each.get("commitment_instead")]
        if "defer-documents" in item.steps:
            assert later or code in LATER_BY_ITS_CASE, code
        assert bool(instead) >= ("commitment" in item.steps), code
        sealed = "print.a4-sealed" in item.steps and code not in WITHOUT_A_SEAL
        assert ("电子签章" in guide["badges"]) is sealed, code
        if "route.region" in item.steps:
            assert "跨省通办" in guide["badges"], code


# -- lists, codes, prefill ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list_answers_somebody_in_every_item_that_asks_it(desk: Desk, name: str) -> None:
    asking = [item for item in ITEMS.values() if name in item.fields]
    assert asking
    for item in asking:
        if name == "deferred_material_code":  # only for who has a case that lacks something: test_supplements
            continue
        answer = options.of(item.code, name)
        assert answer is not None, item.code
        for who in visitors(item):
            found = answer(desk.call(item.code, who, field=name), "")
            if found:
                break
        else:
            pytest.fail(f"{item.code}: nobody has a {name}")
        assert contract.violations("getOptions", 200, JSON, found) == [], item.code
        assert len({one["id"] for one in found}) == len(found), item.code
        assert set().union(*(one.get("fields", {}) for one in found)) <= set(FIELDS), item.code


def test_every_code_list_is_published_and_names_each_code_once(desk: Desk) -> None:
    for name in CODES:
        entries = content.codes(desk.call("service.item-guide", Visitor(None), id=name)).body["entries"]
        assert entries, name
        assert len({entry["code"] for entry in entries}) == len(entries), name
        labels = [(entry["label"], entry.get("parent")) for entry in entries]
        assert len(set(labels)) == len(labels), name


def test_codes_that_registers_and_lists_fill_in_are_published(desk: Desk) -> None:
    held: dict[str, set[str | None]] = {
        "education_level_code": {row.code for row in REGISTERS.credentials if row.kind == "degree"},
        "qualification_type_code": {
            row.code for row in REGISTERS.credentials if row.kind == "transport-driver"
        },
        "work_category_code": {row.code for row in REGISTERS.credentials if row.kind == "special-equipment"},
        "veteran_type_code": {row.code for row in REGISTERS.credentials if row.kind == "veteran"},
        "chronic_disease_code": {row.code for row in REGISTERS.credentials if row.kind == "chronic"},
        "filing_type_code": {row.code for row in REGISTERS.credentials if row.kind == "remote-filing"},
        "tax_category_code": {row.code for row in REGISTERS.dues if row.kind == "tax"},
        "relationship_code": {row.relation for row in REGISTERS.deaths},
    }
    for name, codes in held.items():
        rows = desk.tx.all("SELECT code FROM codes WHERE list = ?", name)
        assert codes <= {row["code"] for row in rows}, name


FILLED = {"share", "elicense", "account", "backend", "previous"}
CHOSEN = {
    "appointment_date", "appointment_slot", "benefit_code", "business_scope", "deferred_material_code",
    "department_name", "exam_subject_code", "heating_season", "hospital_code", "invoice_type_code",
    "licence_type_code", "notary_office_code", "payment_tier", "tax_category_code", "tax_rate",
    "training_course_code",
}  # fmt: skip
"""Nobody can know before it is chosen: the list is what the back end has."""
COMMON = (
    "residential_address", "postal_address", "mobile_number", "contact_phone", "insurance_type_code",
    "insured_place_division_code", "payment_base", "housing_fund_account", "monthly_deposit_amount",
    "education_level_code", "school_name", "union_membership_number", "marital_status_code",
    "family_member_resident_id_number", "family_housing_count", "property_address", "licence_file_number",
)  # fmt: skip
OF_COMPANIES = (
    "unified_social_credit_code", "taxpayer_id", "enterprise_name", "enterprise_type_code", "industry_code",
    "registered_capital", "business_address", "employee_count", "bank_account_number",
    "legal_representative_name", "legal_representative_id_number",
)  # fmt: skip


def test_every_field_that_a_back_end_fills_is_known_of_somebody_and_none_of_all(desk: Desk) -> None:
    for name in sorted(
        name for name, (_, source) in FIELDS.items() if source in FILLED and name not in CHOSEN
    ):
        assert any(
            known.known(holdings.asker(desk.call(item.code, who)), [name])
            for item in ITEMS.values()
            if name in item.fields
            for who in visitors(item)
            if who.person
        ), name


def test_nobody_has_everything_and_what_most_people_have_is_known_of_a_third_of_them(desk: Desk) -> None:
    """A car or a fund account is not everybody's; what is, a citizen is not asked."""
    item = "service.cannot-do-report"
    names = [name for name, (_, source) in FIELDS.items() if source in FILLED]
    found = [set(known.known(holdings.asker(desk.call(item, Visitor(one.id))), names)) for one in EVERYBODY]
    everything = set().union(*found)
    assert all(each < everything for each in found)
    for name in COMMON:
        assert sum(name in each for each in found) >= len(EVERYBODY) / 3, name
    handlers = [Visitor(row.legal_representative, row.credit_code) for row in REGISTERS.companies]
    told = [set(known.known(holdings.asker(desk.call(item, who)), names)) for who in handlers]
    for name in OF_COMPANIES:
        assert sum(name in each for each in told) >= len(handlers) / 3, name


# -- who may have it ---------------------------------------------------------------------------------------


def comes(code: str) -> list[Visitor]:
    """Who can stand before the check: with a legal person's login where it is only for those."""
    flow = shipped()[code]
    whose = {step.who for step in flow.steps if isinstance(step, Identify)}
    return [
        who
        for who in visitors(ITEMS[code])
        if who.person is not None and (whose != {"business"} or who.business is not None)
    ]


def test_every_item_can_be_had_by_somebody_whose_card_is_at_hand(desk: Desk) -> None:
    def may(code: str, who: Visitor) -> bool:
        call = desk.call(code, who)
        return not conditions.conditions(call, code, call.person())

    # For who came from another province, or lost their work: none of the well-known did. And for companies
    # that are not yet what the well-known's are.
    elsewhere = {
        "household.residence-permit-apply",
        "household.residence-permit-endorse",
        "employment.unemployment-benefit-claim",
        "employment.unemployment-monthly-confirm",
        "employment.hardship-recognition",
        "one-thing.unemployment",
        "environment.pollution-registration",
        "housing-fund.unit-open",
        "market.prepackaged-food-filing",
    }
    for code in ITEMS:
        able = [who.person for who in comes(code) if may(code, who)]
        assert able, code
        assert any(str(each).startswith("p-") for each in able) or code in elsewhere, code


def test_a_questionnaire_of_every_matching_item_finds_a_policy(desk: Desk) -> None:
    answers = {
        "age": 70, "division_code": "120101", "employment_status_code": "2", "disability_level_code": "1",
        "education_level_code": "21", "industry_code": "C", "enterprise_scale_code": "4",
        "operating_revenue_amount": 100_000_000, "employee_count": 12, "asset_total_amount": 50_000_000,
    }  # fmt: skip
    for item in items(kind="policy-match"):
        given = {name: answers[name] for name in item.fields}
        call = desk.call(item.code, Visitor(None), {"answers": given})
        found = policies.match(Call(**{**call.__dict__, "operation": "matchPolicies"})).body
        assert any(one["result"] != "not-eligible" for one in found), item.code


def test_conditions_of_an_entry_are_told_with_what_to_do(desk: Desk) -> None:
    def reasons(code: str, person: str, business: str | None = None) -> list[str]:
        call = desk.call(code, Visitor(person, business))
        found = conditions.conditions(call, code, call.person())
        assert all(reason.instead for reason in found)
        return [reason.code for reason in found]

    assert reasons("social-insurance.resident-pension-claim", "p-zhang-wei") == ["TOO_YOUNG"]
    assert reasons("civil.low-income-apply", "p-ma-yufen") == ["NOT_TIANJIN_RESIDENT"]
    assert reasons("civil.disability-living-subsidy", "p-zhang-wei") == ["NO_CERTIFICATE"]
    assert reasons("civil.disability-living-subsidy", "p-sun-deming") == []
    assert reasons("housing-fund.withdraw-leave-city", "p-sun-deming") == ["LOCAL_RESIDENT", "NO_FUND"]
    assert reasons("household.id-card-renew", "p-wang-xiulan") == ["NOT_DUE"]
    assert reasons("exit-entry.passport-prefill", "p-huang-jiaqi") == ["NOT_FOUND"]
    trading, punished = (row.credit_code for row in REGISTERS.companies[:2])
    assert reasons("credit.repair-apply", "p-zhang-wei", trading) == ["NOT_FOUND"]
    assert reasons("credit.repair-apply", "p-li-jianjun", punished) == []
    # The company that he stands for has an account; the one that he founds has none.
    assert reasons("housing-fund.unit-open", "p-zhang-wei", trading) == ["HAS_ACCOUNT"]
    assert reasons("housing-fund.unit-open", "p-zhang-wei") == []


def ruled() -> set[str]:
    """Items that a rule is about: in their entry, or in code."""
    entries = {entry["code"] for entry in offer.offer()["items"] if "eligible" in entry}
    return entries | set(conditions.REGISTERED) | set(rules.CONDITIONS)


def test_every_item_that_judges_who_may_have_it_has_a_rule_or_says_why_it_has_none() -> None:
    judging = {
        code for code, flow in shipped().items() if any(isinstance(step, Eligibility) for step in flow.steps)
    }
    opened = {entry["code"] for entry in offer.offer()["items"] if "open" in entry}
    assert ruled() | opened == judging
    assert not ruled() & opened


def test_a_rule_shuts_somebody_out_who_can_come_and_all_reasons_are_told(desk: Desk) -> None:
    most: Counter[int] = Counter()
    for code in sorted(ruled()):
        calls = [desk.call(code, who) for who in comes(code)]
        told = [conditions.conditions(call, code, call.person()) for call in calls]
        assert any(told), f"{code}: its rule shuts nobody out"
        assert all(reason.instead for reasons in told for reason in reasons), code
        most[max(map(len, told))] += 1
    assert sum(most.values()) - most[1] >= 12, most


def test_dates_on_papers_are_of_the_past(desk: Desk) -> None:
    born = {one.id: one.birth for one in town().persons}
    for row in REGISTERS.credentials:
        if row.kind not in {"sale-contract", "upkeep-fund"}:
            assert born[row.person] < date.fromisoformat(row.issued) < date(2026, 11, 1), row
            assert row.valid_to == "长期" or row.valid_to > row.issued, row
