"""What the flows of the catalogue ask of a city, this city has: lists, options, documents, texts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from deploy.sandbox import offer
from deploy.sandbox.gateway import directories, known, options
from tests.deploy.sandbox import catalogue
from tests.flows.shipped import shipped

ITEMS = {entry["code"]: entry for entry in offer.offer()["items"]}
LISTS = set(offer.offer()["codes"])
ASKING: dict[str, Any] = {code: msgspec.to_builtins(flow) for code, flow in shipped().items()}


def steps(flow: Any, kind: str) -> list[Any]:
    """Its steps of a kind."""
    return [step for step in flow["steps"] if step["step"] == kind]


def test_there_is_a_flow_for_each_item_of_the_city() -> None:
    assert ASKING.keys() == ITEMS.keys()


@pytest.mark.parametrize("code", ASKING)
def test_every_list_and_register_that_a_flow_names_is_there(code: str) -> None:
    flow = ASKING[code]
    for name, field in flow["fields"].items():
        if field["kind"] == "code":
            called = field.get("codes", name)
            assert called in LISTS or called.endswith("division_code"), name
    for step in steps(flow, "options"):
        assert options.of(code, step["field"]) is not None, step["field"]
    for step in steps(flow, "browse"):
        assert step["field"] == directories.FIELD
        named = {name for entry in directories.published()[code] for name in entry["fields"]}
        assert {column["field"] for column in step.get("columns", ())} <= named
    for step in steps(flow, "prefill"):
        assert set(step["fields"]) <= set(known.FIELDS)
    for step in steps(flow, "bundle"):
        assert {child["item"] for child in step["children"]} <= set(ITEMS)


@pytest.mark.parametrize("code", ASKING)
def test_documents_and_commitments_of_a_flow_are_those_of_the_guide(code: str) -> None:
    guide = {document["role"]: document for document in ITEMS[code]["documents"]}
    for step in steps(ASKING[code], "documents"):
        for document in step["documents"]:
            told = guide[document["role"]]
            assert told["importance"] == document["importance"]
            assert told.get("deferrable", False) == document.get("deferrable", False)
            asked = document.get("when")
            assert told.get("when", {}) == ({asked["field"]: list(asked["values"])} if asked else {})
            assert "defer_working_days" in ITEMS[code] or not document.get("deferrable")
    for step in steps(ASKING[code], "commitment"):
        assert "commitment_text" in ITEMS[code]
        assert all(guide[role]["commitment_instead"] for role in step["replaces"])


GIVES_LEAVE = "service.proxy-authorise"
"""Where a relative is authorised: 亲友代办 is what it is for, and nobody acts for anybody in it."""


def test_a_guide_tells_of_an_agent_where_the_item_lets_one_act_and_nowhere_else() -> None:
    wrong = []
    for code in ASKING.keys() - {GIVES_LEAVE}:
        guide = ITEMS[code]
        roles = {document["role"] for document in guide["documents"]}
        told = {"亲友代办" in guide["badges"], "authorisation" in roles}
        if told != {bool(steps(ASKING[code], "proxy"))}:
            wrong.append(code)
    assert wrong == []


def test_badges_of_a_guide_are_those_of_its_item() -> None:
    assert {code: set(ITEMS[code]["badges"]) for code in ASKING} == {
        code: set(flow.get("badges", ())) for code, flow in ASKING.items()
    }


def test_an_item_asks_for_the_level_that_the_city_asks_for() -> None:
    assert {code: ITEMS[code]["level"] for code in ASKING} == {
        code: flow["identity"] for code, flow in ASKING.items()
    }


@pytest.mark.parametrize("code", ASKING)
def test_what_the_catalogue_asks_an_item_asks_or_its_remarks_name_it(code: str) -> None:
    flow = ASKING[code]
    asked = {
        *flow["fields"],
        *(name for field in flow["fields"].values() for name in field.get("record", ())),
    }
    if steps(flow, "photo"):
        asked.add("live_photo")
    if flow["identity"] == "card+face":
        asked.add("face_image")
    left_out = set(catalogue.ITEMS[code].fields) - asked
    assert {name for name in left_out if name not in flow.get("remarks", "")} == set()
