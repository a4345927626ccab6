"""All 373 items of the catalogue: guide, lists, query, prefill, bill, booking of each, out of one town."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import pytest

from deploy import offer as compiling
from deploy.sandbox import offer
from deploy.sandbox.db import Tx
from deploy.sandbox.gateway import conditions, content, holdings, known, options, policies, records, slots
from deploy.sandbox.gateway.operations import Call
from deploy.sandbox.identity.tokens import Caller
from deploy.sandbox.town import town
from deploy.sandbox.wire import Json, Problem
from tests.deploy.sandbox import contract
from tests.deploy.sandbox.catalogue import CODES, FIELDS, ITEMS, LISTS, Item, items
from tests.deploy.sandbox.world import TERMINAL, World

JSON = "application/json"
REGISTERS = town().registers
KNOWN = [one for one in town().persons if one.id.startswith("p-")]
EVERYBODY = [*KNOWN, *(one for one in town().persons if not one.id.startswith("p-"))]
"""The well-known first: what one of them can do, a demonstration can show."""
COMPANIES = {row.credit_code: row for row in REGISTERS.companies}
ANSWERED_ELSEWHERE = {"service.item-guide", "service.certificate-verify"}
"""The one's page is the guide itself; the other wants a paper that was printed: a test of its own."""


LATER_BY_ITS_CASE = {"service.supplement-materials", "utility.electricity-new-connection"}
"""The one brings what was deferred; the other has a paper that is wanted only where no register knows it."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One city for all: these questions change nothing but what is kept to be printed."""
    world = World(tmp_path_factory.mktemp("all"))
    yield world
    world.close()


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks, perhaps for a company (its credit code)."""

    person: str | None
    business: str | None = None


def visitors(item: Item) -> Iterator[Visitor]:
    """Who may have something to ask of an item: handlers of companies where it is for those."""
    if item.level == "none":
        yield Visitor(None)
    if item.audience != "citizen":
        for row in REGISTERS.handlers:
            yield Visitor(row.person, row.business)
    for one in EVERYBODY:
        yield Visitor(one.id)


@dataclass
class Desk:
    """Asks the city's own functions, as somebody with a phone login."""

    world: World
    tx: Tx = field(init=False)

    def call(self, item: str, who: Visitor, body: Json = None, **params: str) -> Call:
        """A call about an item, in the transaction that is open."""
        caller = Caller(TERMINAL, "t", who.person, "phone" if who.person else None, business=who.business)
        return Call(self.world.city.context, self.tx, caller, {"item": item, **params}, {}, body=body)

    def query(self, item: str, who: Visitor, fields: Mapping[str, str]) -> Json:
        """The answer of query. Raises Problem."""
        body = {"fields": {name: {"value": text, "source": "typed"} for name, text in fields.items()}}
        call = self.call(item, who, body)
        return records.query(Call(**{**call.__dict__, "operation": "query"})).body


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    """Somebody who asks, in one transaction."""
    asking = Desk(world)
    with world.city.context.db.transaction() as asking.tx:
        yield asking


def given(item: Item, who: Visitor) -> dict[str, str]:
    """What this visitor would type for the fields of a query that tells nothing without them."""
    progress = next((row for row in REGISTERS.progress if row.item == item.code), REGISTERS.progress[0])
    me = next((one for one in town().persons if one.id == who.person), KNOWN[0])
    record = {row.kind: row.number for row in REGISTERS.company_records}
    bill = {row.kind: row.code for row in REGISTERS.public_records}
    answers = {
        "resident_id_number": me.id_number,
        "statement_year": "2025",
        "case_number": progress.number,
        "application_code": progress.number,
        "query_password": progress.word,
        "candidate_name": me.name,
        "monthly_deposit_amount": "210000",
        "property_price": "150000000",
        "loan_term_months": "240",
        "property_address": REGISTERS.houses[-1].address,
        "certificate_number": REGISTERS.houses[-1].certificate,
        "utility_account_number": REGISTERS.meters[0].account,
        "enterprise_name": "演示海河",
        "unified_social_credit_code": REGISTERS.companies[0].credit_code,
        "project_code": record["project"],
        "customs_code": record["customs"],
        "invoice_code": bill["invoice"],
        "bill_code": bill["fiscal-bill"],
    }
    needs = (
        offer.offer()["registers"][offer.entry(item.code)["query"]["register"]].get("needs", ())
        if ("query" in offer.entry(item.code))
        else ("statement_year",)
    )
    return {name: answers[name] for name in item.fields if name in answers and name in needs}


# -- what is offered -------------------------------------------------------------------------------------


def test_every_item_of_the_catalogue_is_offered_and_no_other() -> None:
    assert [entry["code"] for entry in offer.offer()["items"]] == list(ITEMS)


def test_the_compiled_offer_is_that_of_the_yaml_files() -> None:
    assert offer.FILE.read_text(encoding="utf-8") == compiling.as_json()


def test_every_item_is_in_the_file_of_its_domain() -> None:
    for path in (offer.FILE.parent / "items").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        codes = [line.removeprefix("- code: ") for line in text.splitlines() if line.startswith("- code: ")]
        assert codes == [code for code in ITEMS if code.partition(".")[0] == path.stem]


def test_levels_are_those_of_the_catalogue() -> None:
    assert {code: offer.entry(code)["level"] for code in ITEMS} == {
        code: item.level for code, item in ITEMS.items()
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
        assert ("电子签章" in guide["badges"]) is ("print.a4-sealed" in item.steps), code
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


# -- queries -----------------------------------------------------------------------------------------------


NONE_IS_AN_ANSWER = {"real-estate.no-house-certificate", "credit.person-credit-report"}
ASKING = sorted(
    {one.code for one in (*items(step="query"), *items(step="query.cached"))}
    - {one.code for one in items(kind="policy-match")}
    - ANSWERED_ELSEWHERE
)


@pytest.mark.parametrize("code", ASKING)
def test_a_query_answers_somebody_with_a_table_and_refuses_who_has_nothing(desk: Desk, code: str) -> None:
    item = ITEMS[code]
    told_by = offer.offer()["registers"].get(offer.entry(code).get("query", {}).get("register"), {})
    never = told_by.get("whose") == "anybody" or "nothing" in told_by
    tables: list[Json] = []
    refusals: list[Problem] = []
    for who in visitors(item):
        try:
            tables.append(desk.query(code, who, given(item, who)))
        except Problem as told:
            refusals.append(told)
        if tables and (refusals or never):
            break
    assert {(told.status, told.code) for told in refusals} <= {(422, "REFUSED")}
    assert all(reason.message and reason.instead for told in refusals for reason in told.errors)
    assert never or refusals or code in NONE_IS_AN_ANSWER, code
    assert tables, [reason.message for told in refusals[-1:] for reason in told.errors]
    table = tables[0]
    assert contract.violations("query", 200, JSON, table) == []
    assert table["title"].endswith("（演示数据）")
    assert table["rows"]
    keys = {column["key"] for column in table["columns"]}
    assert all(set(row) <= keys for row in table["rows"])
    assert all(column["label"] for column in table["columns"])


PERSONAL = [
    code for code in ASKING if ITEMS[code].level != "none" and "resident_id_number" in ITEMS[code].fields
]


@pytest.mark.parametrize("code", PERSONAL)
def test_nobody_is_told_about_somebody_else(desk: Desk, code: str) -> None:
    who, other = Visitor("p-zhang-wei"), next(one for one in KNOWN if one.id == "p-wang-xiulan")
    with pytest.raises(Problem) as told:
        desk.query(code, who, {"resident_id_number": other.id_number, "statement_year": "2025"})
    assert "NOT_YOURS" in {reason.code for reason in told.value.errors}
    with pytest.raises(Problem) as told:
        desk.query(code, Visitor(None), {})
    assert told.value.status == 401


@pytest.mark.parametrize(
    ("code", "fields", "reason"),
    [
        ("housing-fund.detail-query", {"period_start": "2025-13"}, "BAD_MONTH"),
        ("housing-fund.detail-query", {"period_start": "2025-06", "period_end": "2025-01"}, "PERIOD_ORDER"),
        ("agriculture.subsidy-query", {"statement_year": "25"}, "NO_YEAR"),
        ("household.same-name-query", {}, "NOTHING_ASKED"),
        ("service.case-progress", {"case_number": "YSBJ0"}, "NO_CASE"),
        ("housing-fund.loan-calculator", {"monthly_deposit_amount": "many"}, "BAD_NUMBER"),
    ],
)
def test_wrong_parameters_are_told_in_words(
    desk: Desk, code: str, fields: dict[str, str], reason: str
) -> None:
    with pytest.raises(Problem) as told:
        desk.query(code, Visitor("p-zhang-wei"), fields)
    assert (told.value.status, reason in {each.code for each in told.value.errors}) == (422, True)


def test_a_period_narrows_a_table(desk: Desk) -> None:
    who = Visitor("p-zhang-wei")
    fields = {"period_start": "2025-03", "period_end": "2025-05"}
    months = [row["month"] for row in desk.query("housing-fund.detail-query", who, fields)["rows"]]
    assert months == ["2025-05", "2025-04", "2025-03"]


def test_a_company_is_told_only_of_itself(desk: Desk) -> None:
    first, second = list(COMPANIES.values())[:2]
    who = Visitor(first.legal_representative, first.credit_code)
    with pytest.raises(Problem) as told:
        desk.query("credit.no-violation-report", who, {"unified_social_credit_code": second.credit_code})
    assert [reason.code for reason in told.value.errors] == ["NOT_YOURS"]
    with pytest.raises(Problem) as told:
        desk.query("credit.no-violation-report", Visitor(first.legal_representative), {})
    assert [reason.code for reason in told.value.errors] == ["NO_BUSINESS"]


def test_a_paper_that_was_offered_is_verified_by_its_code(desk: Desk) -> None:
    table = desk.query("housing-fund.deposit-certificate", Visitor("p-zhang-wei"), {})
    [row] = desk.tx.all("SELECT code FROM certificates WHERE id = ?", table["certificate"])
    typed = {"verification_code": "-".join((row["code"][:4], row["code"][4:8], row["code"][8:]))}
    [told] = desk.query("service.certificate-verify", Visitor(None), typed)["rows"]
    assert told["title"] == "住房公积金缴存证明打印"
    with pytest.raises(Problem) as none:
        desk.query("service.certificate-verify", Visitor(None), {"verification_code": "0000"})
    assert none.value.errors[0].code == "NOT_FOUND"


def test_a_sealed_answer_can_be_printed(desk: Desk) -> None:
    for item in items(step="print.a4-sealed"):
        for who in visitors(item):
            if who.person is None:
                continue
            try:
                table = desk.query(item.code, who, given(item, who))
            except Problem:
                continue
            assert table["certificate"], item.code
            break
        else:
            pytest.fail(item.code)


# -- bills and bookings ------------------------------------------------------------------------------------


PAYING = [item.code for item in items(step="pay")]


@pytest.mark.parametrize("code", PAYING)
def test_a_bill_comes_to_what_its_option_says(desk: Desk, code: str) -> None:
    item = ITEMS[code]
    answer, amount = options.of(code, "bill"), options.amount_of(code)
    assert answer is not None
    assert amount is not None
    who = next(who for who in visitors(item) if who.person and answer(desk.call(code, who, field="bill"), ""))
    found = answer(desk.call(code, who, field="bill"), "")
    assert contract.violations("getOptions", 200, JSON, found) == []
    for one in found:
        assert amount(desk.call(code, who), one["id"]) == one["fields"]["amount"]["value"] > 0
        assert one["fields"]["bill"]["value"] == one["id"]
    assert amount(desk.call(code, who), "NO-SUCH-BILL") is None


@pytest.mark.parametrize(
    "code", ["traffic.fine-pay", "finance.non-tax-pay", "utility.heating-pay", "telecom.bill-pay"]
)
def test_anybody_pays_by_the_number_on_the_paper(desk: Desk, code: str) -> None:
    kind = offer.entry(code)["bill"]["kind"]
    due = next(row for row in REGISTERS.dues if row.kind == kind and row.settled_on is None)
    answer = options.of(code, "bill")
    assert answer is not None
    for number in (due.number, due.about):
        found = answer(desk.call(code, Visitor(None), field="bill"), number)
        assert due.number in {one["id"] for one in found}
    assert answer(desk.call(code, Visitor(None), field="bill"), "") == []
    with pytest.raises(Problem) as told:
        answer(desk.call(code, Visitor(None), field="bill"), "0")
    assert told.value.errors[0].code == "NO_ACCOUNT"


@pytest.mark.parametrize("code", [item.code for item in items(step="book.slot")])
def test_every_booking_has_places_and_free_times(desk: Desk, code: str) -> None:
    call = desk.call(code, Visitor("p-zhang-wei"))
    places = slots.counters(desk.tx, code)
    assert places
    slots.opened(call, code)
    free = slots.free(call, code)
    assert {row["place"] for row in free} <= {row["name"] for row in places}
    assert len(free) >= 20
    assert slots.free(call, code, place=places[0]["code"])


# -- who may have it ---------------------------------------------------------------------------------------


def test_every_item_can_be_had_by_somebody_whose_card_is_at_hand(desk: Desk) -> None:
    def may(code: str, who: Visitor) -> bool:
        call = desk.call(code, who)
        return who.person is not None and not conditions.conditions(call, code, call.person())

    elsewhere = {"household.residence-permit-apply", "household.residence-permit-endorse"}
    for code, item in ITEMS.items():
        able = next((who.person for who in visitors(item) if may(code, who)), None)
        assert able, code
        assert able.startswith("p-") or code in elsewhere, code


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
    def reasons(code: str, person: str) -> list[str]:
        call = desk.call(code, Visitor(person))
        found = conditions.conditions(call, code, call.person())
        assert all(reason.instead for reason in found)
        return [reason.code for reason in found]

    assert reasons("social-insurance.resident-pension-claim", "p-zhang-wei") == ["TOO_YOUNG"]
    assert reasons("civil.low-income-apply", "p-ma-yufen") == ["NOT_TIANJIN_RESIDENT"]
    assert reasons("civil.disability-living-subsidy", "p-zhang-wei") == ["NO_CERTIFICATE"]
    assert reasons("civil.disability-living-subsidy", "p-sun-deming") == []


def test_dates_on_papers_are_of_the_past(desk: Desk) -> None:
    born = {one.id: one.birth for one in town().persons}
    for row in REGISTERS.credentials:
        if row.kind not in {"sale-contract", "upkeep-fund"}:
            assert born[row.person] < date.fromisoformat(row.issued) < date(2026, 11, 1), row
            assert row.valid_to == "长期" or row.valid_to > row.issued, row
