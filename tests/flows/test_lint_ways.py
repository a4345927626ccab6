"""The findings about the way through an item, and about what is sent: each with an item that has it, and one
that nearly has."""

from __future__ import annotations

from dataclasses import replace as other
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from flows import kinds
from flows.fields import Field, When
from flows.lint import Context, city, lint, ways
from flows.loader import load_lists, load_names
from flows.model import Flow
from kiosk.gateway import contract
from tests.flows.items import COMMIT, NOTICE, RATE, RECEIPT, REVIEW, SUBMIT, field, form, item
from tests.flows.linted import CONSENT, CONTEXT, IDENTIFY, PLAIN, TEXT, WHO, applied, codes

YES = field("yes-no", purpose="看要不要补办")
MANY = [*(f"q{number}" for number in range(10))]
ASKS = form("note")
LIST = kinds.Options(operation="getOptions", field="flat", title="哪一套？", none="请到窗口办理")
FLAT = field("option", purpose="办哪一套")
CHECK = kinds.Eligibility(operation="checkEligibility", fields=("person_name", "note"))
LOCKED = field("text", purpose="核对房屋", locked=True, prefill=["share"])
OPEN = {"identity": "none", "needs": ()}
RECORD = kinds.Print(paper="record")
BILL, AMOUNT = field("option", purpose="交哪一笔"), field("amount", purpose="按账单收费", locked=True)
PERSONAL = field("text", mask="address", purpose="查这里的房屋")


def when(name: str, *values: str) -> Field:
    return field("yes-no", purpose="看要不要补办", when={"field": name, "values": values})


def chain(deep: int) -> Flow:
    """Each question hangs on the one before it."""
    fields = {MANY[0]: YES, **{MANY[at]: when(MANY[at - 1], "yes") for at in range(1, deep + 1)}}
    return applied(fields, *(form(name) for name in fields))


def shown(name: str, told: Field, *steps: kinds.Step) -> Flow:
    """An open question, and its answer shown."""
    return item({name: told}, NOTICE, *steps, kinds.Display(title="结果"), RATE, **OPEN)


def paid(amount: Field) -> Flow:
    bills = kinds.Options(operation="getOptions", field="bill", title="哪一笔？", none="没有要交的")
    steps = (NOTICE, bills, REVIEW, kinds.Pay(bill="bill", amount="amount"), RECEIPT, RATE)
    return item({"bill": BILL, "amount": amount}, *steps, identity="none", needs=("receipt_printer",))


def reported(**fields: Field) -> Flow:
    report = kinds.Submit(operation="escalate", about="12345")
    return item(fields, NOTICE, form(*fields), REVIEW, report, RECEIPT, RATE, needs=("receipt_printer",))


def with_papers(flow: Flow) -> Flow:
    papers = kinds.Documents(
        title="材料", documents=(kinds.Document(role="proof", name="照片", importance="secondary"),)
    )
    return replace(flow, steps=(*flow.steps[:2], papers, *flow.steps[2:]))


def submitting(operation: str) -> Flow:
    changed = tuple(kinds.Submit(operation=operation) if step == SUBMIT else step for step in PLAIN.steps)
    return replace(PLAIN, steps=changed)


def listed_by(told: Field) -> Flow:
    by = replace(LIST, by="where")
    return applied({"where": told, "flat": FLAT}, form("where"), by)


NEVER = "no"
LONG = field("text", purpose="派人去看", max_length=500)
ABOUT = kinds.Submit(operation="submitApplication", about="12345")
RATES = kinds.Rate(operation="rate", case="note")
LATE = applied({"note": TEXT, "late": TEXT}, ASKS)
DEAD = {"a": YES, "b": when("a", "maybe")}
TYPED = replace(LIST, offline="typed")
QUERY = kinds.Query(operation="query", fields=("note",))
LOOKUP = kinds.Lookup(operation="getSlip", field="number")
NUMBERED = field("ascii", purpose="查哪一张", help="在单子上")
COMMITS = kinds.Commitment(operation="checkEligibility", field="way", replaces=("deed",))
WAY = field("choice", purpose="怎么证明", choices=COMMIT)

CASES: dict[str, tuple[list[Flow], list[Flow]]] = {
    "L133": (
        [
            replace(PLAIN, steps=(*PLAIN.steps, RECEIPT)),
            applied(DEAD, form("a"), form("b")),
            applied({"flat": FLAT}, LIST, form("flat")),
        ],
        [
            applied({"a": YES, "b": when("a", NEVER)}, form("a"), form("b")),
            applied({"flat": FLAT}, TYPED, form("flat")),
        ],
    ),
    "L134": (
        [
            chain(9),
            applied({"a": YES, "b": when("a", NEVER)}, form("b")),
            applied({**DEAD, "c": when("b", "yes")}, form("a"), form("b"), form("c")),
        ],
        [chain(8)],
    ),
    "L135": (
        [item({"note": TEXT}, NOTICE, ASKS, RATE, **OPEN)],
        [shown("note", TEXT, ASKS, QUERY), item({"note": TEXT}, NOTICE, ASKS, RATES, **OPEN)],
    ),
    "L136": (
        [replace(PLAIN, steps=tuple(RECORD if step == RECEIPT else step for step in PLAIN.steps))],
        [replace(PLAIN, steps=(*PLAIN.steps[:-1], RECORD, RATE)), shown("note", TEXT, ASKS, QUERY, RECORD)],
    ),
    "L137": (
        [
            applied({"note": TEXT}, CHECK, ASKS),
            shown("note", TEXT, QUERY, ASKS),
            replace(LATE, steps=(*LATE.steps[:-2], form("late"), RECEIPT, RATE)),
            shown("note", TEXT, replace(QUERY, fields=())),
        ],
        [applied({"note": TEXT}, ASKS, CHECK), shown("note", TEXT, ASKS, replace(QUERY, fields=()))],
    ),
    "L138": (
        [
            shown("number", replace(NUMBERED, required=False), form("number"), LOOKUP),
            paid(replace(AMOUNT, when=When(field="bill", values=("1",)))),
            listed_by(replace(TEXT, required=False)),
        ],
        [
            shown("number", NUMBERED, form("number"), LOOKUP),
            listed_by(TEXT),
            applied(
                {"a": YES, "where": when("a", "yes"), "flat": replace(FLAT, when=when("a", "yes").when)},
                form("a"),
                form("where"),
                replace(LIST, by="where"),
            ),
        ],
    ),
    "L139": (
        [applied({"note": TEXT}, ASKS, ASKS), applied({"flat": FLAT}, LIST, form("flat"))],
        [applied({"flat": FLAT}, TYPED, form("flat"))],
    ),
    "L140": (
        [
            applied({"note": LOCKED}, ASKS),
            applied({"note": LOCKED, "flat": FLAT}, ASKS, LIST),
            shown("person_name", WHO["person_name"], form("person_name"), QUERY),
            replace(paid(AMOUNT), steps=(NOTICE, form("bill"), *paid(AMOUNT).steps[2:])),
        ],
        [
            applied({"note": LOCKED, "flat": FLAT}, LIST, ASKS),
            applied({"note": LOCKED}, kinds.Prefill(operation="prefill", fields=("note",)), ASKS),
            paid(AMOUNT),
        ],
    ),
    "L141": (
        [applied({"note": TEXT}, ASKS, CHECK), applied({"way": WAY}, COMMITS)],
        [
            applied({"note": TEXT}, ASKS, replace(CHECK, offline="block")),
            applied({"note": TEXT}, ASKS, CHECK, offline="queue"),
            applied({"note": TEXT, "flat": FLAT}, ASKS, CHECK, LIST),
        ],
    ),
    "L142": (
        [
            item({"note": TEXT}, NOTICE, ASKS, replace(CHECK, fields=("note",)), RATE, **OPEN),
            replace(PLAIN, steps=(CHECK, *PLAIN.steps)),
            replace(PLAIN, steps=(NOTICE, replace(IDENTIFY, optional=True), CHECK, RATE)),
        ],
        [applied({"note": TEXT}, ASKS, CHECK), shown("note", TEXT, ASKS, QUERY)],
    ),
    "L143": ([submitting("rate"), submitting("cancelBooking")], [submitting("escalate"), PLAIN]),
    "L145": (
        [
            reported(**dict.fromkeys(("event_description", "a", "b", "c", "d"), LONG)),
            with_papers(reported(event_description=TEXT)),
            replace(PLAIN, steps=tuple(ABOUT if step == SUBMIT else step for step in PLAIN.steps)),
        ],
        [
            reported(**dict.fromkeys(("event_description", "mobile_number", "item_code", "company"), LONG)),
            reported(event_description=TEXT),
        ],
    ),
    "L146": (
        [
            applied({"shoe_size_code": field("code", purpose="发鞋")}, form("shoe_size_code")),
            applied(
                {
                    "all": field(
                        "records",
                        purpose="都有谁",
                        record={"x": {**msgspec.to_builtins(YES), "kind": "code"}},
                    )
                },
                kinds.Records(title="都有谁？", field="all"),
            ),
        ],
        [applied({"where": field("code", purpose="发到哪里", codes="divisions")}, form("where"))],
    ),
    "L147": (
        [listed_by(PERSONAL), shown("number", replace(NUMBERED, mask="card"), form("number"), LOOKUP)],
        [listed_by(TEXT), shown("number", NUMBERED, form("number"), LOOKUP)],
    ),
    "L148": (
        [
            replace(shown("where", PERSONAL, CONSENT, form("where")), offline="cached"),
            item({}, NOTICE, IDENTIFY, kinds.Display(title="结果"), RATE, identity="card", offline="cached"),
        ],
        [
            replace(shown("note", TEXT, ASKS), offline="cached"),
            shown("where", PERSONAL, CONSENT, form("where"), QUERY),
        ],
    ),
}
OF_THE_CONTRACT = "L144"


def test_every_check_has_its_cases() -> None:
    assert {*CASES, OF_THE_CONTRACT} == {**ways.CHECKS, **city.CHECKS}.keys()


@pytest.mark.parametrize(
    ("code", "number"), [(code, n) for code in CASES for n in range(len(CASES[code][0]))]
)
def test_has_it(code: str, number: int) -> None:
    flow = CASES[code][0][number]
    found = lint(flow, CONTEXT)
    assert code in {finding.code for finding in found}
    assert all(finding.why and finding.remedy for finding in found)


@pytest.mark.parametrize(
    ("code", "number"), [(code, n) for code in CASES for n in range(len(CASES[code][1]))]
)
def test_nearly_has_it(code: str, number: int) -> None:
    assert code not in codes(CASES[code][1][number])


CHECKED = applied({"note": TEXT}, ASKS, CHECK)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"body": {}}, "has no `fields` in its body"),
        ({"body": {"fields": "array"}}, "wants `fields` as array, not object"),
        ({"required": frozenset({"fields", "reason"})}, "wants `reason` in its body"),
        ({"parameters": ()}, "has no `item` in its path"),
    ],
)
def test_the_contract_no_longer_takes_what_a_step_sends(changes: dict[str, Any], why: str) -> None:
    operations = dict(contract.load())
    assert OF_THE_CONTRACT not in codes(CHECKED)
    operations["checkEligibility"] = other(operations["checkEligibility"], **changes)
    context = Context(operations, load_names(), {}, load_lists(), {})
    [found] = [each for each in lint(CHECKED, context) if each.code == OF_THE_CONTRACT]
    assert why in found.why


def test_a_list_can_no_longer_be_narrowed() -> None:
    operations = dict(contract.load())
    operations["getOptions"] = other(operations["getOptions"], query=frozenset())
    context = Context(operations, load_names(), {}, load_lists(), {})
    assert OF_THE_CONTRACT in codes(listed_by(TEXT), context)


def test_every_kind_of_step_that_names_an_operation_is_known() -> None:
    named = {
        kind.__struct_config__.tag for kind in kinds.Step.__args__ if "operation" in kind.__struct_fields__
    }
    assert named == set(city.OPERATIONS)
    sent = {name for operations in city.OPERATIONS.values() for name in operations}
    assert sent <= set(contract.load())
