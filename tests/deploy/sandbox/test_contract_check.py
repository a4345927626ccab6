"""The checker of answers catches what is broken, so that its silence means something."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from deploy.sandbox.gateway.app import OPERATIONS
from deploy.sandbox.gateway.operations import EITHER
from tests.deploy.sandbox import contract

CASE: dict[str, Any] = {
    "case_no": "SB1",
    "item": "a.b",
    "state": "accepted",
    "accepted_at": "2026-11-23T10:00:00+08:00",
    "history": [{"at": "2026-11-23T10:00:00+08:00", "state": "accepted"}],
}


def found(body: Any, status: int = 201, media_type: str = "application/json") -> list[str]:
    """Violations of an answer of submitApplication."""
    return contract.violations("submitApplication", status, media_type, body)


def test_a_good_answer_passes() -> None:
    assert found(CASE) == []
    assert found({**CASE, "something_new": 1}) == []


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("case_no", None),
        ("case_no", "x" * 41),
        ("state", "lost"),
        ("accepted_at", "2026-11-23T10:00:00"),
        ("accepted_at", "yesterday"),
        ("promised_working_days", -1),
        ("history", [{"state": "accepted"}]),
        ("children", [{"case_no": "SB2"}]),
    ],
)
def test_a_broken_answer_is_caught(member: str, value: Any) -> None:
    body = copy.deepcopy(CASE)
    body[member] = value
    assert found(body)


@pytest.mark.parametrize("member", ["case_no", "item", "state", "accepted_at"])
def test_a_missing_member_is_caught(member: str) -> None:
    assert found({name: value for name, value in CASE.items() if name != member})


def test_a_wrong_kind_of_answer_is_caught() -> None:
    assert found(CASE, media_type="text/html")
    assert found(CASE, status=418)
    assert found({"title": "no"}, 422, "application/problem+json")
    assert found({"type": "x", "title": "no", "status": 422, "errors": [{}]}, 422, "application/problem+json")


def test_every_operation_of_the_contract_is_there_once() -> None:
    assert sorted(operation.id for operation in OPERATIONS) == sorted(contract.operations())


def test_every_operation_stands_in_the_contract_with_its_path_method_and_security() -> None:
    for operation in OPERATIONS:
        path, method = contract.operations()[operation.id]
        assert operation.path.replace("<", "{").replace(">", "}") == path
        assert operation.method.lower() == method
        said = contract.document()["paths"][path][method]
        schemes = said.get("security", [{name: []} for name in EITHER])
        assert operation.security == frozenset(name for scheme in schemes for name in scheme)
        parameters = [contract.resolve(parameter)["name"] for parameter in said.get("parameters", [])]
        assert operation.keyed is ("Idempotency-Key" in parameters)
        assert (operation.cache is not None) is ("If-None-Match" in parameters)
        media = contract.resolve(said["requestBody"])["content"] if "requestBody" in said else {}
        assert operation.body is bool(media)
        assert operation.sealed is ("application/jose" in media)
