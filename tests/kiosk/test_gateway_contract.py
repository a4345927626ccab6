"""The contract as an index, and the shape of what comes back."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest

from deploy.contract import as_json
from kiosk.gateway import contract
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.contract import UnknownOperation
from kiosk.gateway.shape import misfit
from kiosk.gateway.signers import NoSigner
from tests.kiosk.clocks import TestClock
from tests.kiosk.scripted import ScriptedHttp, answer

CONTRACT = contract.load()
CASE = {"case_no": "TJ1", "item": "a.b", "state": "accepted", "accepted_at": "2026-11-20T09:00:00+08:00"}


def test_what_is_read_is_the_citys_document() -> None:
    shipped = resources.files(contract).joinpath(contract.SHIPPED).read_text(encoding="utf-8")
    assert shipped == as_json(), "after a change to the contract: python -m deploy.contract"


def test_every_operation_of_the_document_is_there_with_a_shape_for_its_answers() -> None:
    source = resources.files(contract).joinpath("gateway.openapi.yaml").read_text(encoding="utf-8")
    assert source.count("operationId: ") == len(CONTRACT) == 43
    # A sealed PDF and a picture are the answers that are not JSON.
    binary = {name for name in CONTRACT if not CONTRACT[name].answers}
    assert binary == {"printCertificate", "getUploadedDocument"}


@pytest.mark.parametrize(
    ("name", "method", "template"),
    [
        ("getGuide", "GET", "/items/{item}/guide"),
        ("prefill", "POST", "/items/{item}/prefill"),
        ("submitApplication", "POST", "/items/{item}/applications"),
        ("withdrawCase", "DELETE", "/cases/{id}"),
        ("rescheduleBooking", "PATCH", "/bookings/{id}"),
    ],
)
def test_method_and_path_come_from_the_document(name: str, method: str, template: str) -> None:
    assert (CONTRACT[name].method, CONTRACT[name].template) == (method, template)


def test_tokens_keys_and_bodies_come_from_the_document() -> None:
    assert CONTRACT["getKeys"].tokens == frozenset()
    assert CONTRACT["prefill"].tokens == {"visit"}
    assert CONTRACT["getSlip"].tokens == {"terminal"}
    assert CONTRACT["query"].tokens == {"visit", "terminal"}
    sealed = {name for name in CONTRACT if CONTRACT[name].jose}
    assert sealed == {"submitApplication", "supplementCase", "rate", "escalate"}
    assert all(CONTRACT[name].keyed for name in sealed)
    public = {name for name in CONTRACT if CONTRACT[name].conditional}
    assert public == {"getKeys", "getCatalogue", "getGuide", "getCodes", "searchPolicies"}


def test_unknown_operation_names_the_nearest() -> None:
    with pytest.raises(UnknownOperation, match="did you mean 'submitApplication'"):
        CONTRACT["submitAplication"]
    assert "submitAplication" not in CONTRACT


@pytest.mark.parametrize(
    "value", ["", ".", "..", "...", "a/b", "A.b", "a.b/../c", "a", "a.b\n", "a.b?x=1", "a" * 300, "甲.乙"]
)
def test_item_that_is_none_makes_no_path(value: str) -> None:
    assert CONTRACT["getGuide"].path({"item": value}) is None


def test_id_that_a_citizen_typed_stays_one_part_of_the_path() -> None:
    slip = CONTRACT["getSlip"]
    assert slip.path({"id": "../cases?x=1#y"}) == "/slips/..%2Fcases%3Fx%3D1%23y"
    assert slip.path({"id": "号"}) == "/slips/%E5%8F%B7"
    assert slip.path({"id": ".."}) is None
    assert slip.path({"id": "x" * 65}) is None
    assert slip.path({"id": "a\x00b"}) is None
    with pytest.raises(KeyError):
        slip.path({})


@pytest.mark.parametrize("value", [CASE, {**CASE, "new": {"more": 1}}, {**CASE, "children": [CASE]}])
def test_answer_of_the_contracts_shape_fits(value: Any) -> None:
    assert misfit(value, CONTRACT["getCase"].answers[200], CONTRACT) is None


def test_word_that_is_not_in_an_enum_fits_because_the_contract_may_grow() -> None:
    assert misfit({**CASE, "state": "paused"}, CONTRACT["getCase"].answers[200], CONTRACT) is None


@pytest.mark.parametrize(
    ("operation", "value", "where"),
    [
        ("getCase", [], "/: not object"),
        ("getCase", {**CASE, "case_no": 7}, "/case_no: not string"),
        ("getCase", {name: CASE[name] for name in ("case_no", "item", "state")}, "/accepted_at: missing"),
        ("getCase", {**CASE, "reasons": ["a", None]}, "/reasons/*: not string"),
        ("getCase", {**CASE, "children": [{"case_no": "x"}]}, "/children/*/item: missing"),
        ("getCase", {**CASE, "promised_working_days": True}, "/promised_working_days: not integer"),
        ("getCase", {**CASE, "promised_working_days": 1.5}, "/promised_working_days: not integer"),
        ("lookupProxy", {}, "/: not array"),
        ("prefill", {"name": {"value": "x"}}, "/*/source: missing"),
        ("checkEligibility", {"eligible": "yes", "reasons": []}, "/eligible: not boolean"),
        ("query", {"columns": [{"key": "a"}], "rows": []}, "/columns/*/label: missing"),
        ("getKeys", {"keys": ["x"]}, "/keys/*: not object"),
    ],
)
def test_misfit_names_the_place_and_never_the_words(operation: str, value: Any, where: str) -> None:
    assert misfit(value, CONTRACT[operation].answers[200], CONTRACT) == where


def test_nesting_has_an_end() -> None:
    value: dict[str, Any] = dict(CASE)
    for _ in range(100):
        value = {**CASE, "children": [value]}
    assert "too deep" in str(misfit(value, CONTRACT["getCase"].answers[200], CONTRACT))


def test_nothing_personal_can_get_into_the_cache() -> None:
    """The cache is filled by `fetch`, which takes only what may be asked for with If-None-Match, and what
    departments publish: and none of that needs a citizen's token, takes a body, or names a person."""
    kept = {name for name, operation in CONTRACT.items() if operation.public}
    assert kept == {"getKeys", "getCatalogue", "getGuide", "getCodes", "searchPolicies", "getOptions"}
    for name in kept:
        operation = CONTRACT[name]
        assert operation.tokens != {"visit"}
        assert (operation.method, operation.takes_body, operation.keyed) == ("GET", False, False)
        assert {parameter.name for parameter in operation.parameters} <= {"item", "id", "field"}


@pytest.mark.parametrize("name", [name for name, each in CONTRACT.items() if not each.public])
def test_fetch_refuses_whatever_is_not_public_before_anything_is_sent(name: str) -> None:
    http = ScriptedHttp(answer(200, {}))
    client = GatewayClient(
        base_url="https://gateway.example/v1",
        http=http,
        contract=CONTRACT,
        signer=NoSigner(),
        terminal_token=lambda *_: "terminal",
        clock=TestClock(),
        on_time=lambda _: None,
        random=lambda: 0.0,
    )
    with pytest.raises(ValueError, match="not public"):
        client.fetch(name, {"item": "a.b", "id": "1", "key": "1", "field": "x", "case_no": "1"})
    assert http.asked == []


def test_what_a_body_holds_is_known_by_name_and_type() -> None:
    assert CONTRACT["prefill"].body == {"fields": "array"}
    assert CONTRACT["prefill"].required == {"fields"}
    application = CONTRACT["submitApplication"]  # whose schema is another's
    assert application.body["documents"] == "array"
    assert {"item", "identity", "fields"} <= application.required
    assert CONTRACT["getGuide"].body == {}
