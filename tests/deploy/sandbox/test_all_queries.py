"""Queries, bills and bookings of the whole catalogue: each answers somebody, and nobody about others."""

from __future__ import annotations

import pytest

from deploy.sandbox import offer
from deploy.sandbox.gateway import options, slots
from deploy.sandbox.town import town
from deploy.sandbox.wire import Json, Problem
from tests.deploy.sandbox import contract
from tests.deploy.sandbox.asking import JSON, KNOWN, REGISTERS, Desk, Visitor, visitors
from tests.deploy.sandbox.catalogue import ITEMS, WITHOUT_A_SEAL, Item, items

COMPANIES = {row.credit_code: row for row in REGISTERS.companies}
ANSWERED_ELSEWHERE = {"service.item-guide", "service.certificate-verify"}
"""The one's page is the guide itself; the other wants a paper that was printed: a test of its own."""


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
        if item.code in WITHOUT_A_SEAL:
            continue
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
