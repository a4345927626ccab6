"""How much is typed in an item: counted from the flow alone."""

from __future__ import annotations

import pytest

from flows.asked_once import asked_once, from_card, from_lists, from_prefill, typed
from flows.model import Flow
from tests.flows.shipped import shipped

FLOWS = shipped()
SENIOR = FLOWS["civil.senior-allowance-apply"]
POWER = FLOWS["utility.electricity-pay"]


def test_with_nothing_known_everything_but_what_is_touched_is_typed() -> None:
    assert typed(SENIOR, ()) == (
        "person_name",
        "resident_id_number",
        "residential_address",
        "bank_card_number",
    )


def test_what_the_card_tells_is_not_typed() -> None:
    assert typed(SENIOR, from_card(SENIOR)) == ("residential_address", "bank_card_number")


def test_after_prefill_nothing_of_the_allowance_is_typed() -> None:
    assert from_prefill(SENIOR) == {"residential_address", "bank_card_number"}
    assert asked_once(SENIOR).typed_after == 0


def test_of_a_bill_only_the_account_is_typed_and_its_amount_comes_with_it() -> None:
    assert from_lists(POWER) == {"bill", "amount"}
    assert typed(POWER, from_lists(POWER)) == ("utility_account_number",)


def test_what_a_published_list_offers_is_never_typed() -> None:
    figures = asked_once(FLOWS["service.item-guide"])
    assert (figures.fields, figures.typed_before, figures.typed_after) == (1, 0, 0)


def test_a_companys_login_tells_the_company() -> None:
    bundle = FLOWS["one-thing.utilities-joint-connection"]
    assert "unified_social_credit_code" in from_card(bundle)
    assert "install_address" in from_lists(bundle)
    assert "mobile_number" in from_prefill(bundle)


@pytest.mark.parametrize("flow", FLOWS.values(), ids=lambda flow: flow.item)
def test_more_known_is_never_more_typed(flow: Flow) -> None:
    figures = asked_once(flow)
    assert 0 <= figures.typed_after <= figures.typed_before <= figures.fields
