"""Each finding of the linter, with a flow that has it; and the catalogue, which has none."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from flows import kinds
from flows.lint import CHECKS, Context, lint
from flows.loader import load_all, load_names
from flows.model import Flow

FLOWS = load_all()
SENIOR = FLOWS["civil.senior-allowance-apply"]
GUIDES = FLOWS["service.item-guide"]
RECORD = FLOWS["social-insurance.rights-record"]
OPERATIONS = {
    "prefill",
    "checkEligibility",
    "lookupProxy",
    "submitApplication",
    "listBenefits",
    "rate",
    "query",
    "getCatalogue",
    "getGuide",
}
CONTEXT = Context(OPERATIONS, load_names())


def without(flow: Flow, kind: type) -> Flow:
    return replace(flow, steps=tuple(step for step in flow.steps if not isinstance(step, kind)))


def with_field(flow: Flow, name: str, **changes: object) -> Flow:
    return replace(flow, fields={**flow.fields, name: replace(flow.fields[name], **changes)})


EXTRA = SENIOR.fields["residential_address"]
BROKEN: dict[str, Flow] = {
    "L101": replace(GUIDES, fields={}),
    "L102": replace(SENIOR, fields={**SENIOR.fields, "shoe_size": EXTRA}),
    "L103": replace(
        GUIDES,
        steps=(kinds.Select(operation="getEverything", field="item_code", title="?"), *GUIDES.steps[1:]),
    ),
    "L104": replace(SENIOR, name="高龄津贴"),
    "L105": replace(RECORD, offline="queue"),
    "L106": replace(
        SENIOR, steps=(*SENIOR.steps[:5], replace(SENIOR.steps[5], offline="block"), *SENIOR.steps[6:])
    ),
    "L107": without(SENIOR, kinds.Review),
    "L108": without(SENIOR, kinds.Identify),
    "L109": without(SENIOR, kinds.Consent),
    "L110": with_field(SENIOR, "person_name", locked=False),
    "L111": with_field(SENIOR, "resident_id_number", mask="none"),
    "L112": without(SENIOR, kinds.Rate),
    "L113": replace(SENIOR, needs=()),
    "L114": with_field(SENIOR, "residential_address", kind="choice"),
    "L115": without(GUIDES, kinds.Guide),
}


def test_every_check_has_a_flow_that_breaks_it() -> None:
    assert set(BROKEN) == set(CHECKS)


@pytest.mark.parametrize("code", CHECKS)
def test_finding(code: str) -> None:
    found = lint(BROKEN[code], CONTEXT)
    assert code in {finding.code for finding in found}
    assert all(finding.why and finding.remedy for finding in found)


@pytest.mark.parametrize("flow", FLOWS.values(), ids=lambda flow: flow.item)
def test_the_catalogue_has_no_finding(flow: Flow) -> None:
    assert lint(flow, CONTEXT) == ()
