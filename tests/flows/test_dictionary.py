"""The fields that items share: each one whole, masked where it is somebody's, and all that the city names."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from deploy.sandbox import seed
from flows import shared
from flows.fields import Field
from flows.kinds import Region
from flows.loader import load_lists
from flows.source import read, tree_of
from tests.flows.shipped import shipped

NAMES = shared.DICTIONARY / "names.csv"
"""The city's fields, with their standards."""
LISTS = Path(seed.__file__).parent / "data" / "codes.yaml"
NO_FIELDS = ("live_photo", "face_image", "fingerprint_template", "rating_level_code")
"""Asked by steps of their own, and kept out of the fields."""
LOCKED = {
    "person_name",
    "resident_id_number",
    "enterprise_name",
    "unified_social_credit_code",
    "handler_name",
    "taxpayer_id",
}
NOBODYS_NAME = (
    "enterprise_name",
    "school_name",
    "hospital_name",
    "project_name",
    "goods_name",
    "candidate_name",
    "target_archive_unit_name",
)
ACCOUNTS = (
    "bank_card_number",
    "bank_account_number",
    "social_security_card_number",
    "housing_fund_account",
    "card_number",
    "gas_card_number",
)
PAPERS = (
    "id_document_number",
    "disability_certificate_number",
    "residence_permit_number",
    "driving_licence_number",
    "hkmacao_permit_number",
    "taiwan_permit_number",
)
"""Numbers of somebody's papers that are, or hold, an ID number."""
OF_THE_CITY = {"share", "e-licence", "account", "previous-case"}

ITEM = """
item: test.all
version: "1"
name: 测试事项
short: 测试
summary: 只为测试
department: 测试局
kind: apply
audience: citizen
channels: [terminal]
identity: none
offline: unavailable
steps:
  - step: notice
fields:
"""


@cache
def entries() -> Mapping[str, Field]:
    """All of the dictionary, as an item gets it that says nothing but their names."""
    names = "".join(f"  {name}:\n" for name in shared.load().fields)
    return read(ITEM + names, "all.yaml").flow.fields


def asked() -> list[tuple[str, Field]]:
    """Every question: the entries, and the fields of those that repeat."""
    parts = [
        (f"{name}.{part}", field) for name, entry in entries().items() for part, field in entry.record.items()
    ]
    return [*entries().items(), *parts]


def city() -> dict[str, str]:
    with NAMES.open(encoding="utf-8", newline="") as file:
        return {row["field"]: row["name_zh"] for row in csv.DictReader(file)}


def test_every_field_of_the_city_has_an_entry_or_a_step() -> None:
    assert len(city()) == 213
    assert set(city()) - set(entries()) == set(NO_FIELDS)


@pytest.mark.parametrize("name", list(shared.load().fields))
def test_an_item_need_say_no_more_than_the_name(name: str) -> None:
    field = read(f"{ITEM}  {name}:\n", "one.yaml").flow.fields[name]
    assert field == entries()[name]
    assert field.min_length <= field.max_length
    if field.minimum is not None and field.maximum is not None:
        assert field.minimum < field.maximum


def test_what_an_item_says_goes_before_the_dictionary() -> None:
    text = f"{ITEM}  bank_card_number: {{purpose: 津贴发到这张卡, prefill: []}}\n"
    field = read(text, "one.yaml").flow.fields["bank_card_number"]
    assert (field.purpose, field.prefill) == ("津贴发到这张卡", ())
    assert (field.label, field.mask, field.check) == ("收款银行卡号", "card", "luhn")


def test_labels_fit_on_one_line_of_a_page() -> None:
    assert {name: field.label for name, field in asked() if len(field.label) > 12} == {}


def test_numbers_addresses_and_telephones_are_masked_as_what_they_are() -> None:
    for name, field in asked():
        if field.kind in ("id-number", "address", "phone"):
            assert field.mask == field.kind, name
        if name.endswith("id_number") and field.kind != "records":
            assert field.mask == "id-number", name
    assert entries()["contact_phone"].mask == "phone"


def test_names_of_people_are_masked() -> None:
    named = {name for name, field in entries().items() if name.endswith("_name") and field.kind == "text"}
    assert {name for name in named if entries()[name].mask != "name"} == set(NOBODYS_NAME)
    assert {field.mask for name, field in asked() if name.endswith(".name")} == {"name"}


def test_accounts_and_papers_are_masked() -> None:
    assert {entries()[name].mask for name in ACCOUNTS} == {"card"}
    assert {entries()[name].mask for name in PAPERS} == {"id-number"}


def test_what_card_and_login_tell_is_locked_and_nothing_else() -> None:
    locked = {name: field.prefill for name, field in asked() if field.locked}
    assert set(locked) == LOCKED
    assert locked["person_name"] == locked["resident_id_number"] == ("id-card",)
    assert {locked[name] for name in LOCKED - {"person_name", "resident_id_number"}} == {("account",)}


def test_the_lists_that_items_are_held_to_are_those_that_the_small_city_publishes() -> None:
    assert load_lists() == set(tree_of(LISTS.read_text(encoding="utf-8"), str(LISTS)))


def test_a_code_is_of_a_list_that_is_called_as_it_is_or_of_one_of_the_citys() -> None:
    lists = tree_of(LISTS.read_text(encoding="utf-8"), str(LISTS))
    for name, field in asked():
        if field.codes:
            assert field.kind == "code", name
            assert field.codes in lists, name
        if name.endswith("division_code"):
            assert (field.kind, field.codes) == ("code", "divisions"), name


def test_a_choice_has_choices_and_a_group_fields() -> None:
    for name, field in asked():
        assert bool(field.choices) == (field.kind == "choice"), name
        assert bool(field.record) == (field.kind == "records"), name
        assert bool(field.years_back) == (field.kind == "year"), name


def test_a_department_offers_what_is_chosen_and_the_city_does_not_fill_it_in() -> None:
    chosen = {name: field for name, field in entries().items() if field.kind == "option"}
    assert {name for name, field in chosen.items() if OF_THE_CITY & set(field.prefill)} == set()
    assert {field.max_length for field in chosen.values()} == {80}, "an answer is an entry's id"


def test_only_periods_are_always_asked_in_pairs() -> None:
    pairs = {name: field.not_before for name, field in entries().items() if field.not_before}
    assert pairs == {"period_end": "period_start", "tax_period_end": "tax_period_start"}


TERMINALS_OWN = {
    "employee_name",
    "employee_resident_id_number",
    "driver_resident_id_number",
    "water_account_number",
    "water_meter_reading",
    "gas_account_number",
    "home_proof",
}
"""Fields that the city's list has not, and an item cannot do without: it writes them whole, and says why."""


def test_no_item_asks_what_neither_dictionary_nor_city_knows() -> None:
    asked = {name for flow in shipped().values() for name in flow.fields}
    assert asked - set(entries()) == TERMINALS_OWN


def test_a_place_goes_on_to_the_next_item_only_where_it_means_the_same() -> None:
    """Some items ask by the same field where a car, a licence or a flat is: that is no 户籍所在地;
    nor is where a certificate is of, or a card was issued, where one is insured."""
    regions = [
        (step.title, flow.fields[step.field])
        for flow in shipped().values()
        for step in flow.steps
        if isinstance(step, Region)
    ]
    same = {(title, field.label) for title, field in regions if field.keep == "visit"}
    assert same == {
        ("户口在哪里？", "户籍所在地"),
        ("您的户口在哪里？", "户籍所在地"),
        ("户口现在在哪里？", "现在的户籍地"),
        ("在哪里参保？", "参保地"),
    }
    insured = {
        item: flow.fields["insured_place_division_code"].keep
        for item, flow in shipped().items()
        if "insured_place_division_code" in flow.fields
    }
    assert [item for item, keep in insured.items() if keep != "visit"] == [
        "medical-insurance.coverage-certificate"
    ]


def test_a_terminals_own_receipt_is_enough_to_ask_how_a_case_stands() -> None:
    fields = shipped()["service.case-progress"].fields
    assert {name for name, field in fields.items() if field.required} == {"case_number"}
