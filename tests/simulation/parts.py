"""Who does what: for every item a resident for whom it can be done, and what they wish.

The registers decide who that is; `test_simulation` does each item without trouble, so that a line here that
does not fit any more is found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.simulation.city import ground

Sheet = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """One person at the terminal for one item; `wishes` as in `tests.system.person`."""

    item: str
    person: str
    wishes: Mapping[str, str] = field(default_factory=dict)

    @property
    def sheet(self) -> Sheet:
        """What the person knows of themselves."""
        return ground().people[self.person]


def _those(so: Callable[[Sheet], object]) -> list[Sheet]:
    return [
        each
        for each in ground().people.values()
        if each["card"] and each["card_type"] == "resident" and so(each)
    ]


def _electricity(sheet: Sheet) -> str:
    return next((str(bill["account"]) for bill in sheet["bills"] if bill["kind"] == "electricity"), "")


@cache
def parts() -> tuple[Part, ...]:
    """At least one for every item."""
    payer = _those(_electricity)[0]
    company = _those(lambda each: each["companies"])[0]
    anybody = _those(lambda each: not each["drafts"])[0]["id"]
    draft = _those(lambda each: each["drafts"])[0]
    return (
        Part("utility.electricity-pay", payer["id"], {"utility_account_number": _electricity(payer)}),
        Part("household.id-card-first-book", "p-li-jianjun"),
        Part("medical-insurance.reimbursement-submit", "p-wang-xiulan"),
        Part("medical-insurance.reimbursement-submit", "p-li-jianjun", {"defer": "yes"}),
        Part("housing.rental-filing", "p-li-jianjun"),
        Part(
            "household.residence-permit-apply",
            "r-012-1",
            {"delivery_method": "courier", "mobile_number": "13800000001"},
        ),
        Part("household.residence-permit-apply", "r-012-2", {"delivery_method": "pickup"}),
        Part("one-thing.utilities-joint-connection", "p-wang-xiulan"),
        Part("social-insurance.employee-pension-transfer", "p-zhang-wei", {"home": "370000"}),
        Part("service.no-application-confirm", "p-chen-yan"),
        Part("service.policy-match-enterprise", company["id"], {"business": company["companies"][0]["code"]}),
        Part("service.policy-match-enterprise", anybody),
        Part("service.cannot-do-report", anybody),
        Part("social-insurance.contribution-certificate", "p-li-jianjun"),
        Part("service.certificate-verify", anybody, {"verification_code": "NO-SUCH-CODE"}),
        Part("terminal.resume-draft", draft["id"], {"draft_code": draft["drafts"][0]["id"]}),
        Part("terminal.slip", anybody, {"slip_number": "0b8f7c1e-6f0e-4a63-9d5b-000000000001"}),
        Part("civil.senior-allowance-apply", "p-wang-xiulan"),
        Part("service.item-guide", anybody),
        Part("social-insurance.rights-record", "p-wang-xiulan"),
        Part("civil.nursing-home-query", anybody),
        Part("service.supplement-materials", "p-li-jianjun"),
    )
