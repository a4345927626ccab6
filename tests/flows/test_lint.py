"""Each finding of the linter, with flows that have it; and the catalogue, which has none."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from flows import kinds
from flows.fields import Choice, Field, When
from flows.lint import CHECKS, Context, lint, steps, tested, whole
from flows.lint import fields as of_fields
from flows.model import Flow
from kiosk.gateway import contract
from tests.flows.shipped import shipped

FLOWS = shipped()
SENIOR = FLOWS["civil.senior-allowance-apply"]
GUIDES = FLOWS["service.item-guide"]
RECORD = FLOWS["social-insurance.rights-record"]
POWER = FLOWS["utility.electricity-pay"]
RENT = FLOWS["housing.rental-filing"]
BUNDLE = FLOWS["one-thing.utilities-joint-connection"]
BOOK = FLOWS["household.id-card-first-book"]
MEDICAL = FLOWS["medical-insurance.reimbursement-submit"]
BENEFIT = FLOWS["service.no-application-confirm"]
CERTIFICATE = FLOWS["social-insurance.contribution-certificate"]
MATERIALS = FLOWS["service.supplement-materials"]
HOMES = FLOWS["civil.nursing-home-query"]
POLICIES = FLOWS["service.policy-match-enterprise"]
CONTEXT = Context.shipped(contract.load(), FLOWS)


def without(flow: Flow, kind: type) -> Flow:
    return replace(flow, steps=tuple(step for step in flow.steps if not isinstance(step, kind)))


def with_step(flow: Flow, kind: type, **changes: object) -> Flow:
    changed = tuple(replace(step, **changes) if isinstance(step, kind) else step for step in flow.steps)
    return replace(flow, steps=changed)


def with_field(flow: Flow, name: str, **changes: object) -> Flow:
    return replace(flow, fields={**flow.fields, name: replace(flow.fields[name], **changes)})


def before_print(flow: Flow, *steps: kinds.Step) -> Flow:
    place = next(n for n, step in enumerate(flow.steps) if isinstance(step, kinds.Print))
    return replace(flow, steps=(*flow.steps[:place], *steps, *flow.steps[place:]))


def first(flow: Flow, *steps: kinds.Step) -> Flow:
    return replace(flow, steps=(*steps, *flow.steps))


def with_child(flow: Flow, place: int, **changes: object) -> Flow:
    [bundle] = [step for step in flow.steps if isinstance(step, kinds.Bundle)]
    children = list(bundle.children)
    children[place] = replace(children[place], **changes)
    return with_step(flow, kinds.Bundle, children=tuple(children))


EXTRA = SENIOR.fields["residential_address"]
PROXY = next(step for step in SENIOR.steps if isinstance(step, kinds.Proxy))
FORM = next(step for step in SENIOR.steps if isinstance(step, kinds.Form))
RECORDS = RENT.fields["co_residents"]
DOCUMENT = kinds.Document(role="site-plan", name="图", importance="main", deferrable=True)
PROVEN = When(field="proof_method", values=("proof",))
DELIVERY = Field(
    label="怎么取",
    kind="choice",
    purpose="送达",
    mask="none",
    keep="submission",
    choices=(Choice(code="drone", label="无人机"),),
)


def inner(**changes: object) -> Flow:
    record = {**RECORDS.record, "name": replace(RECORDS.record["name"], **changes)}
    return with_field(RENT, "co_residents", record=record)


BROKEN: dict[str, list[Flow]] = {
    "L101": [
        replace(GUIDES, fields={}),
        with_step(POWER, kinds.Pay, amount="sum"),
        with_step(BOOK, kinds.Book, place="where"),
        with_child(BUNDLE, 0, fields=("shoe_size",)),
        with_step(BENEFIT, kinds.ConfirmBenefit, account="purse"),
        with_step(HOMES, kinds.Browse, by=("shoe_size",)),
    ],
    "L102": [replace(SENIOR, fields={**SENIOR.fields, "shoe_size": EXTRA})],
    "L103": [
        replace(
            GUIDES,
            steps=(kinds.Select(operation="getEverything", field="item_code", title="?"), *GUIDES.steps[1:]),
        )
    ],
    "L104": [replace(SENIOR, name="高龄津贴")],
    "L105": [replace(RECORD, offline="queue"), replace(SENIOR, offline="cached")],
    "L106": [with_step(SENIOR, kinds.Eligibility, offline="block")],
    "L107": [
        without(SENIOR, kinds.Review),
        without(SENIOR, kinds.Print),
        without(POWER, kinds.Review),
        without(BOOK, kinds.Print),
        without(BENEFIT, kinds.Review),
    ],
    "L108": [
        without(SENIOR, kinds.Identify),
        replace(SENIOR, identity="none"),
        with_step(SENIOR, kinds.Identify, optional=True),
    ],
    "L109": [without(SENIOR, kinds.Consent)],
    "L110": [with_field(SENIOR, "person_name", locked=False)],
    "L111": [with_field(SENIOR, "resident_id_number", mask="none")],
    "L112": [without(SENIOR, kinds.Rate)],
    "L113": [
        replace(SENIOR, needs=("id_card", "camera")),
        replace(SENIOR, needs=("receipt_printer", "camera")),
        replace(SENIOR, needs=("id_card", "receipt_printer")),
        replace(POWER, needs=()),
        replace(CERTIFICATE, needs=("id_card", "camera")),
        replace(RENT, needs=("id_card", "receipt_printer")),
        replace(CERTIFICATE, needs=("id_card", "document_printer")),
        with_step(POWER, kinds.Pay, methods=("pos",)),
    ],
    "L114": [with_field(SENIOR, "residential_address", kind="choice")],
    "L115": [without(GUIDES, kinds.Guide), without(HOMES, kinds.Browse)],
    "L116": [
        with_field(SENIOR, "residential_address", when=When(field="shoe_size", values=("1",))),
        with_field(SENIOR, "residential_address", when=When(field="residential_address", values=("1",))),
        with_field(RENT, "rent_amount", when=When(field="proof_method", values=("perhaps",))),
        with_field(RENT, "rent_amount", when=When(field="landlord_resident_id_number", values=("1",))),
        *(
            with_step(RENT, kinds.Documents, documents=(replace(DOCUMENT, when=when),))
            for when in (
                When(field="shoe_size", values=("1",)),
                When(field="proof_method", values=("perhaps",)),
            )
        ),
        first(RENT, kinds.Documents(title="?", documents=(replace(DOCUMENT, when=PROVEN),))),
    ],
    "L117": [
        with_field(RENT, "end_date", not_before="first_day"),
        with_field(RENT, "end_date", not_before="rent_amount"),
        with_field(RENT, "rent_amount", not_before="start_date"),
    ],
    "L118": [
        with_step(MEDICAL, kinds.Options, offline="block"),
        with_field(SENIOR, "residential_address", kind="records", record={"name": EXTRA}),
        with_field(POWER, "bill", kind="text"),
        with_field(RENT, "co_residents", kind="text", record={}),
        with_field(BOOK, "domicile_division_code", kind="text"),
        with_field(MEDICAL, "mobile_number", kind="digits"),
        with_field(POWER, "amount", kind="number"),
        with_field(RENT, "proof_method", choices=(Choice(code="commitment", label="承诺"),)),
        with_field(BENEFIT, "benefit_code", kind="text"),
    ],
    "L119": [
        with_field(RENT, "co_residents", record={}),
        with_field(SENIOR, "residential_address", record={"name": EXTRA}),
        inner(kind="option"),
        inner(when=When(field="id_number", values=("1",))),
        inner(kind="choice"),
        inner(kind="id-number", mask="none"),
    ],
    "L120": [replace(SENIOR, fields={**SENIOR.fields, "delivery_method": DELIVERY})],
    "L121": [
        replace(POWER, offline="cached"),
        replace(BOOK, offline="queue"),
        replace(BENEFIT, offline="queue"),
        replace(MATERIALS, offline="cached"),
        with_step(MEDICAL, kinds.Options, offline="block"),
    ],
    "L122": [
        with_step(RENT, kinds.Commitment, replaces=("passport",)),
        with_step(RENT, kinds.Commitment, replaces=("contract",)),
    ],
    "L123": [
        replace(BUNDLE, identity="none"),
        with_child(BUNDLE, 1, documents=("passport",)),
        with_child(BUNDLE, 0, after=("utility.gas-transfer",)),
        with_child(with_child(BUNDLE, 2, needed=True), 0, needed=False),
    ],
    "L124": [
        before_print(POWER, FORM, kinds.Submit(operation="submitApplication")),
        before_print(POWER, kinds.Pay(bill="bill", amount="amount")),
        with_step(POWER, kinds.Options, empty="skip"),
    ],
    "L125": [with_step(BUNDLE, kinds.Documents, documents=(DOCUMENT,))],
    "L126": [
        without(BOOK, kinds.ConfirmBooking),
        without(BOOK, kinds.Book),
        first(BOOK, *(step for step in BOOK.steps if isinstance(step, kinds.Book))),
    ],
    "L127": [
        without(POWER, kinds.Form),
        without(GUIDES, kinds.Select),
        without(BENEFIT, kinds.ChooseBenefit),
        first(MEDICAL, kinds.PhoneCode(field="mobile_number")),
        first(POWER, kinds.Pay(bill="bill", amount="amount")),
        first(POWER, kinds.Lookup(operation="getSlip", field="bill")),
        first(HOMES, *(step for step in HOMES.steps if isinstance(step, kinds.Browse))),
    ],
    "L128": [first(BENEFIT, PROXY), first(MATERIALS, PROXY), first(BUNDLE, PROXY)],
    "L129": [without(CERTIFICATE, kinds.Query)],
    "L130": [without(MATERIALS, kinds.ChooseCase), without(MATERIALS, kinds.Documents)],
    "L131": [before_print(SENIOR, kinds.Submit(operation="submitApplication")), first(SENIOR, PROXY)],
    "L132": [
        replace(with_step(SENIOR, kinds.Identify, without_card=True), identity="card"),
        replace(POLICIES, audience="citizen"),
    ],
    "L168": [
        without(HOMES, kinds.Display),
        with_field(HOMES, "care_level_code", kind="records", record={"name": EXTRA}),
    ],
    "L190": [
        replace(SENIOR, tests=()),
        replace(SENIOR, tests=SENIOR.tests[:1]),
        replace(SENIOR, tests=(replace(SENIOR.tests[0], path=None), *SENIOR.tests[1:])),
    ],
}
CASES = [(code, number) for code, flows in BROKEN.items() for number in range(len(flows))]


def test_every_check_has_a_flow_that_breaks_it() -> None:
    """Those from L133 on are in tests/flows/test_lint_*.py, which hold the same."""
    assert set(BROKEN) == {**whole.CHECKS, **of_fields.CHECKS, **steps.CHECKS, **tested.CHECKS}.keys()


def test_there_are_at_least_forty_findings() -> None:
    assert len(CHECKS) > 40


@pytest.mark.parametrize(("code", "number"), CASES)
def test_finding(code: str, number: int) -> None:
    found = lint(BROKEN[code][number], CONTEXT)
    assert code in {finding.code for finding in found}
    assert all(finding.why and finding.remedy for finding in found)


def test_a_bill_found_by_its_number_may_be_paid_for_somebody_else() -> None:
    assert "L128" not in {finding.code for finding in lint(first(POWER, PROXY), CONTEXT)}


def test_what_somebody_likes_to_be_called_is_typed_where_nobody_logs_in() -> None:
    report = FLOWS["service.cannot-do-report"]
    assert not report.fields["person_name"].locked
    assert lint(report, CONTEXT) == ()


@pytest.mark.parametrize("flow", FLOWS.values(), ids=lambda flow: flow.item)
def test_the_catalogue_has_no_finding(flow: Flow) -> None:
    assert lint(flow, CONTEXT) == ()
