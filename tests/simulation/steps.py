"""The items that are simulated, and at which of their steps something goes wrong."""

from __future__ import annotations

STEPS: dict[str, tuple[str, ...]] = {
    "utility.electricity-pay": ("notice", "form", "options", "review", "pay", "print", "rate"),
    "household.id-card-first-book": ("notice", "region", "book", "confirm-booking", "options", "print"),
    "medical-insurance.reimbursement-submit": ("proxy", "documents", "prefill", "options", "submit"),
    "housing.rental-filing": ("commitment", "records", "documents", "eligibility", "submit", "sign"),
    "household.residence-permit-apply": ("photo", "phone-code", "commitment", "eligibility", "submit"),
    "one-thing.utilities-joint-connection": ("bundle", "options", "form", "submit", "review"),
    "social-insurance.employee-pension-transfer": ("region", "prefill", "eligibility", "submit"),
    "service.no-application-confirm": ("choose-benefit", "confirm-benefit", "benefits", "identify"),
    "service.policy-match-enterprise": ("match", "identify", "form", "print"),
    "service.cannot-do-report": ("select", "consent", "review", "submit", "rate"),
    "social-insurance.contribution-certificate": ("query", "display", "print", "consent"),
    "service.certificate-verify": ("lookup", "display", "form"),
    "terminal.resume-draft": ("draft", "identify", "submit"),
    "terminal.slip": ("lookup", "display", "form"),
    "civil.senior-allowance-apply": ("benefits", "proxy", "sign", "eligibility", "prefill", "submit", "rate"),
    "service.item-guide": ("guide", "select", "display", "print"),
    "social-insurance.rights-record": ("query", "display", "identify", "notice"),
    "civil.nursing-home-query": ("browse", "form", "display", "print"),
    "service.supplement-materials": ("choose-case", "documents", "submit"),
}
"""At which steps of each item trouble is wanted; a test holds that each item really stands there."""
