"""Prefill, options, tables and benefits out of the registers: what one says, the others say too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from deploy.sandbox.db import Tx
from deploy.sandbox.gateway import conditions, entitled, holdings, known, options, registers, tables
from deploy.sandbox.gateway.bodies import Fields, Value
from deploy.sandbox.gateway.operations import Call
from deploy.sandbox.identity.tokens import Caller
from deploy.sandbox.town import town
from deploy.sandbox.wire import Json, Problem
from tests.deploy.sandbox import contract
from tests.deploy.sandbox.catalogue import FIELDS
from tests.deploy.sandbox.world import TERMINAL, World

TRANSFER = "social-insurance.employee-pension-transfer"
RENTAL, FIRST_CARD = "housing.rental-filing", "household.id-card-first-book"
JOINT, PERMIT = "one-thing.utilities-joint-connection", "household.residence-permit-apply"
REIMBURSEMENT, ELECTRICITY = "medical-insurance.reimbursement-submit", "utility.electricity-pay"
JSON = "application/json"
PERSONS = {one.id: one for one in town().persons}
REGISTERS = town().registers
COMPANY = REGISTERS.companies[0]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One city for all: these questions change nothing."""
    world = World(tmp_path_factory.mktemp("town"))
    yield world
    world.close()


@dataclass
class Desk:
    """Asks the city's own functions, as somebody with a phone login."""

    world: World
    tx: Tx = field(init=False)

    def call(self, item: str, person: str | None, business: str | None = None, **params: str) -> Call:
        """A call about an item, in the transaction that is open."""
        acr = "phone" if person else None
        who = Caller(TERMINAL, "t", person, acr, business=business)
        return Call(self.world.city.context, self.tx, who, {"item": item, **params}, {})

    def options(self, item: str, name: str, person: str | None, q: str = "", **more: str) -> list[Json]:
        """Options, each held against the contract."""
        with self.world.city.context.db.transaction() as self.tx:
            answer = options.of(item, name)
            assert answer is not None
            found = answer(self.call(item, person, **more), q)
        assert contract.violations("getOptions", 200, JSON, found) == []
        return found

    def prefill(self, item: str, person: str, *fields: str, business: str | None = None) -> dict[str, Any]:
        """Values by field, without their source."""
        with self.world.city.context.db.transaction() as self.tx:
            found = known.known(holdings.asker(self.call(item, person, business)), fields)
        assert contract.violations("prefill", 200, JSON, found) == []
        return {name: value["value"] for name, value in found.items()}

    def query(self, item: str, person: str, **fields: str) -> Json:
        """A table."""
        given: Fields = {name: Value(text, "typed") for name, text in fields.items()}
        with self.world.city.context.db.transaction() as self.tx:
            table = tables.QUERIES[item](self.call(item, person), given)
        assert contract.violations("query", 200, JSON, table) == []
        return table

    def benefits(self, person: str, business: str | None = None) -> dict[str, tuple[str, list[str]]]:
        """Result and reasons by title."""
        found = {}
        with self.world.city.context.db.transaction() as self.tx:
            call = self.call("service.no-application-confirm", person, business)
            for benefit in entitled.BENEFITS:
                match = benefit(call, call.person())
                if match is not None:
                    assert match["policy"]["title"].endswith("（演示数据）")
                    found[match["policy"]["id"]] = (match["result"], match["reasons"])
        return found


@pytest.fixture
def desk(world: World) -> Desk:
    """Somebody who asks."""
    return Desk(world)


# -- prefill ---------------------------------------------------------------------------------------------


def test_every_field_that_is_prefilled_is_one_of_the_catalogue() -> None:
    assert set(known.FIELDS) <= set(FIELDS)
    assert {name for _, name in registers.OPTIONS} - {"bill"} <= set(FIELDS)


def test_a_tenants_contract_fills_the_filing(desk: Desk) -> None:
    fields = ("property_address", "landlord_resident_id_number", "rent_amount", "start_date", "end_date")
    found = desk.prefill(RENTAL, "p-huang-jiaqi", *fields)
    assert set(found) == set(fields)
    assert found["property_address"] == PERSONS["p-huang-jiaqi"].address
    assert found["landlord_resident_id_number"] == PERSONS["p-li-jianjun"].id_number
    assert isinstance(found["rent_amount"], int)
    assert found["start_date"] < found["end_date"]


def test_an_owners_certificate_and_address_are_of_one_house(desk: Desk) -> None:
    fields = ("install_address", "certificate_number", "mobile_number", "person_name")
    found = desk.prefill(JOINT, "p-zhang-wei", *fields)
    house = next(row for row in REGISTERS.houses if row.address == found["install_address"])
    assert (found["certificate_number"], found["person_name"]) == (house.certificate, "张伟")


def test_who_has_several_is_asked_which(desk: Desk) -> None:
    assert desk.prefill(JOINT, "p-li-jianjun", "install_address", "certificate_number") == {}
    offered = desk.options(JOINT, "install_address", "p-li-jianjun")
    assert len(offered) >= 3
    assert {option["fields"]["install_address"]["value"] for option in offered} == {
        option["id"] for option in offered
    }
    assert desk.prefill(FIRST_CARD, "p-zhang-wei", "ward_name") == {}
    assert len(desk.options(FIRST_CARD, "ward_resident_id_number", "p-zhang-wei")) == 2


def test_a_company_fills_the_fields_of_an_enterprise(desk: Desk) -> None:
    fields = (
        "unified_social_credit_code",
        "enterprise_name",
        "legal_representative_name",
        "industry_code",
        "enterprise_scale_code",
        "operating_revenue_amount",
        "business_address",
        "division_code",
        "install_address",
        "handler_name",
    )
    item = "service.policy-match-enterprise"
    found = desk.prefill(item, "p-liu-na", *fields, business=COMPANY.credit_code)
    assert found == {
        "unified_social_credit_code": COMPANY.credit_code,
        "enterprise_name": COMPANY.name,
        "legal_representative_name": "张伟",
        "industry_code": "F",
        "enterprise_scale_code": "4",
        "operating_revenue_amount": COMPANY.revenue_fen,
        "business_address": COMPANY.address,
        "division_code": COMPANY.district,
        "handler_name": "刘娜",
        **({"install_address": found["install_address"]} if "install_address" in found else {}),
    }
    # Without the legal person nothing of it is told, not even to who stands for it.
    assert set(desk.prefill(item, "p-zhang-wei", *fields[:8])) == set()


def test_a_transfer_knows_where_was_paid_before_and_that_is_paid_here(desk: Desk) -> None:
    found = desk.prefill(TRANSFER, "p-zhang-wei", "transfer_from_division_code", "transfer_to_division_code")
    [place] = desk.options(TRANSFER, "transfer_from_division_code", "p-zhang-wei")
    assert found == {"transfer_from_division_code": place["id"], "transfer_to_division_code": "120000"}
    assert not place["id"].startswith("12")
    assert desk.options(TRANSFER, "transfer_from_division_code", "p-he-xiaoyu") == []


def test_one_child_is_filled_in_and_has_no_card_yet(desk: Desk) -> None:
    found = desk.prefill(FIRST_CARD, "p-li-jianjun", "ward_name", "ward_resident_id_number")
    child = next(one for one in PERSONS.values() if one.id_number == found["ward_resident_id_number"])
    assert (child.name, child.card) == (found["ward_name"], {})
    father = next(row.parent for row in REGISTERS.kin if row.child == "p-he-xiaoyu")
    # She has a card: there is no first one to apply for.
    assert desk.options(FIRST_CARD, "ward_resident_id_number", father) == []


# -- bills -----------------------------------------------------------------------------------------------


def account_of(person: str, kind: str = "electricity") -> str:
    """The number of somebody's meter."""
    return next(row.account for row in REGISTERS.meters if (row.person, row.kind) == (person, kind))


def test_anybody_pays_by_the_number_of_an_account_and_sees_a_masked_name(desk: Desk) -> None:
    account = account_of("p-wang-xiulan")
    [one] = desk.options(ELECTRICITY, "utility_account_number", None, account)
    assert one["id"] == account
    assert one["detail"].startswith("王** ")
    assert "秀兰" not in str(one)
    due = desk.options(ELECTRICITY, "bill", None, account)
    rows = [row for row in REGISTERS.bills if row.account == account and row.settled_on is None]
    assert [option["id"] for option in due] == sorted(row.id for row in rows)
    assert due[-1]["fields"]["amount"]["value"] == rows[0].fen
    assert "元" in due[-1]["label"]


def test_a_bill_comes_to_what_its_option_says(desk: Desk) -> None:
    [first, *_] = desk.options(ELECTRICITY, "bill", "p-zhang-wei")
    with desk.world.city.context.db.transaction() as desk.tx:
        call = desk.call(ELECTRICITY, None)
        assert registers.BILLS[ELECTRICITY](call, first["id"]) == first["fields"]["amount"]["value"]
        assert registers.BILLS[ELECTRICITY](call, "B0") is None
        assert registers.BILLS["utility.gas-pay"](call, first["id"]) is None
        settled = next(row.id for row in REGISTERS.bills if row.settled_on)
        assert registers.BILLS[ELECTRICITY](call, settled) is None


def test_an_account_that_does_not_exist_is_told(desk: Desk) -> None:
    with pytest.raises(Problem) as told:
        desk.options(ELECTRICITY, "bill", None, "0010000000")
    assert told.value.errors[0].code == "NO_ACCOUNT"
    assert desk.options(ELECTRICITY, "utility_account_number", None, account_of("p-zhang-wei", "gas")) == []
    assert desk.options(ELECTRICITY, "bill", None) == []


# -- other lists -----------------------------------------------------------------------------------------


def test_contracts_to_file_are_offered_to_both_sides_with_their_fields(desk: Desk) -> None:
    tenant = desk.options(RENTAL, "contract_number", "p-huang-jiaqi")
    landlord = desk.options(RENTAL, "contract_number", "p-li-jianjun")
    assert [option["id"] for option in tenant] == [option["id"] for option in landlord]
    assert tenant[0]["fields"] == landlord[0]["fields"]
    assert tenant[0]["detail"].startswith("承租")
    assert landlord[0]["detail"].startswith("出租")
    rented = desk.options(RENTAL, "property_address", "p-li-jianjun")
    assert rented[0]["id"] == rented[0]["fields"]["property_address"]["value"]
    assert len({option["id"] for option in rented}) == len(rented) >= 3
    assert all("landlord_resident_id_number" in option["fields"] for option in rented)


def test_an_invoice_brings_hospital_dates_and_amount_along(desk: Desk) -> None:
    [one] = desk.options(REIMBURSEMENT, "invoice_number", "p-zhang-wei")
    codes = {option["id"] for option in desk.options(REIMBURSEMENT, "hospital_code", "p-zhang-wei")}
    assert one["fields"]["hospital_code"]["value"] in codes
    assert set(one["fields"]) == {"invoice_number", "hospital_code", "start_date", "end_date", "amount"}
    filled = desk.prefill(REIMBURSEMENT, "p-zhang-wei", *one["fields"])
    assert filled == {name: value["value"] for name, value in one["fields"].items()}


def test_lists_are_narrowed_by_words_and_places_by_division(desk: Desk) -> None:
    found = desk.options(REIMBURSEMENT, "hospital_code", "p-zhang-wei", "南开 演示")
    assert len(found) == 2
    assert all("南开区" in option["detail"] for option in found)
    [point] = desk.options(FIRST_CARD, "service_point_code", "p-zhang-wei", "120101")
    assert point["id"] == "YS-P-120101"
    everywhere = desk.options(FIRST_CARD, "service_point_code", "p-zhang-wei")
    assert len(everywhere) == 3
    # Nothing can be booked in the district: the others are offered.
    assert desk.options(FIRST_CARD, "service_point_code", "p-zhang-wei", "120113") == everywhere
    items = desk.options("service.item-guide", "item_code", None, "居住证")
    assert {option["id"] for option in items} == {
        PERMIT,
        "household.residence-permit-endorse",
        "household.points-settlement-query",
    }


def test_nobody_learns_of_a_register_without_having_shown_who_they_are(desk: Desk) -> None:
    public = {"service_point_code", "hospital_code", "item_code"}
    for key, name in registers.OPTIONS:
        item = "service.supplement-materials" if key == registers.ANY else key
        if item in registers.SUPPLIERS or name in public or item == entitled.CONFIRM:
            continue
        with pytest.raises(Problem) as told:
            desk.options(item, name, None)
        assert told.value.status == 401, (item, name)


def codes(desk: Desk, item: str, person: str) -> list[str]:
    """Why not."""
    with desk.world.city.context.db.transaction() as desk.tx:
        call = desk.call(item, person)
        return [reason.code for reason in conditions.conditions(call, item, call.person())]


def test_a_residence_permit_is_for_who_is_registered_elsewhere_and_has_none(desk: Desk) -> None:
    assert codes(desk, PERMIT, "p-zhang-wei") == ["LOCAL_RESIDENT"]
    assert codes(desk, PERMIT, "p-ma-yufen") == ["NOT_REGISTERED"]
    holding = {row.person for row in REGISTERS.residence_permits}
    elsewhere = {row.person for row in REGISTERS.residences if PERSONS[row.person].domicile[:2] != "12"}
    told = {person: codes(desk, PERMIT, person) for person in elsewhere}
    assert all(("HAS_PERMIT" in told[person]) is (person in holding) for person in elsewhere)
    assert {reason for found in told.values() for reason in found} == {"HAS_PERMIT", "TOO_SHORT"}
    assert [] in told.values()


def test_a_pension_is_brought_over_by_who_paid_elsewhere_and_draws_none(desk: Desk) -> None:
    assert codes(desk, TRANSFER, "p-zhang-wei") == []
    assert codes(desk, TRANSFER, "p-li-jianjun") in ([], ["NOT_INSURED_ELSEWHERE"])
    assert codes(desk, TRANSFER, "p-wang-xiulan") == ["DRAWS_PENSION", "NOT_INSURED_ELSEWHERE"]


# -- tables and benefits ---------------------------------------------------------------------------------


def test_contributions_name_the_employer_who_paid(desk: Desk) -> None:
    table = desk.query("social-insurance.contribution-query", "p-zhang-wei", period_start="2024-01")
    assert {row["year"] for row in table["rows"]} == {"2024", "2025", "2026"}
    assert {row["employer"] for row in table["rows"]} == {COMPANY.name}
    pension = desk.query("social-insurance.contribution-query", "p-zhang-wei", insurance_type_code="110")
    assert {row["kind"] for row in pension["rows"]} == {"企业职工基本养老保险"}
    drawn = desk.query("social-insurance.contribution-query", "p-wang-xiulan")
    keys = {column["key"] for column in drawn["columns"]}
    assert "benefit_fen" in keys
    assert not {"employer", "personal_fen"} & keys


def test_the_housing_fund_adds_up(desk: Desk) -> None:
    table = desk.query("housing-fund.account-query", "p-zhang-wei")
    account = next(row.account for row in REGISTERS.fund_accounts if row.person == "p-zhang-wei")
    paid = [row for row in REGISTERS.fund_years if row.account == account]
    assert table["rows"][0]["balance_fen"] == sum(row.personal_fen + row.unit_fen for row in paid)


def test_the_allowance_is_listed_to_who_draws_it(desk: Desk) -> None:
    table = desk.query("civil.senior-allowance-query", "p-sun-deming")
    assert table["rows"][0] == {"month": "2026-10", "fen": 10000, "state": "已发放"}
    with pytest.raises(Problem) as told:
        desk.query("civil.senior-allowance-query", "p-wang-xiulan")
    assert told.value.errors[0].code == "NOT_RECEIVING"


def test_houses_are_listed_and_having_none_is_an_answer(desk: Desk) -> None:
    item = "real-estate.no-house-certificate"
    assert len(desk.query(item, "p-li-jianjun")["rows"]) >= 3
    none = desk.query(item, "p-huang-jiaqi")
    assert [list(row) for row in none["rows"]] == [["address"]]


def test_tables_are_ones_own(desk: Desk) -> None:
    other = PERSONS["p-wang-xiulan"].id_number
    for item in tables.QUERIES:
        with pytest.raises(Problem) as told:
            desk.query(item, "p-zhang-wei", resident_id_number=other)
        assert told.value.errors[0].code == "NOT_YOURS"


def test_benefits_come_need_an_account_or_say_why_not(desk: Desk) -> None:
    assert desk.benefits("p-wang-xiulan")["sample-heating"][0] == "will-receive"
    assert desk.benefits("p-chen-yan")["sample-heating"][0] == "needs-account"
    assert desk.benefits("p-ma-yufen")["sample-heating"] == ("not-eligible", ["没有本市户籍"])
    assert desk.benefits("p-liu-na")["sample-childcare"][0] == "will-receive"
    assert desk.benefits("p-zhang-wei") == {}
    with desk.world.city.context.db.transaction() as desk.tx:
        call = desk.call("service.no-application-confirm", "p-wang-xiulan")
        match = entitled.heating(call, call.person())
    assert contract.violations("listBenefits", 200, JSON, [match]) == []
    [lacking] = desk.options("service.no-application-confirm", "benefit_code", "p-chen-yan")
    assert lacking["id"] == "sample-heating"
    results = {result for one in PERSONS for result, _ in desk.benefits(one).values()}
    assert results == {"will-receive", "needs-account", "not-eligible"}


def test_a_company_gets_what_it_paid_for_and_a_dishonest_one_nothing(desk: Desk) -> None:
    assert desk.benefits("p-zhang-wei", COMPANY.credit_code)["sample-steady-jobs"][0] == "will-receive"
    bad = next(row.company for row in REGISTERS.dishonesties if row.company)
    company = next(row for row in REGISTERS.companies if row.id == bad)
    result, reasons = desk.benefits(company.legal_representative, company.credit_code)["sample-steady-jobs"]
    assert (result, "失信" in reasons[0]) == ("not-eligible", True)


def test_a_phone_login_for_a_company_prefills_over_the_wire(world: World) -> None:
    """From the QR to the field: identity's claim and the gateway's register are of one list."""
    codes = world.phone_codes()
    order = {"user_code": codes["user_code"], "person": "p-zhang-wei", "business": COMPANY.credit_code}
    assert world.control("post", "/approve", order).ok
    token = str(world.poll(codes).json()["access_token"])
    answer = world.call(
        "prefill", token, {"fields": ["enterprise_name", "shoe_size"]}, item="service.policy-match-enterprise"
    )
    assert {name: value["value"] for name, value in answer.json().items()} == {
        "enterprise_name": COMPANY.name
    }
