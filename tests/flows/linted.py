"""Items for the linter: one that has a finding and one that nearly has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows import kinds
from flows.fields import Field
from flows.kinds import Step
from flows.lint import Context, lint
from flows.loader import load_lists, load_names
from flows.model import Flow
from kiosk.gateway import contract
from tests.flows.items import NAME, NOTICE, NUMBER, RATE, RECEIPT, REVIEW, SUBMIT, field, form, item
from tests.flows.shipped import shipped

FLOWS = shipped()
CONTEXT = Context.shipped(contract.load(), FLOWS)
CONSENT, IDENTIFY = kinds.Consent(), kinds.Identify()
WHO: Mapping[str, Field] = {"person_name": NAME, "resident_id_number": NUMBER}
TEXT = field("text", purpose="确定怎么办")


def applied(fields: Mapping[str, Field], *steps: Step, **more: Any) -> Flow:
    """An application: these steps between who it is and the review."""
    told = {"identity": "card", "needs": ("id_card", "receipt_printer"), **more}
    ends = (REVIEW, SUBMIT, RECEIPT, RATE)
    return item({**WHO, **fields}, NOTICE, CONSENT, IDENTIFY, *steps, *ends, **told)


def codes(flow: Flow, context: Context = CONTEXT) -> set[str]:
    """The findings of an item that the city need not know."""
    return {finding.code for finding in lint(flow, context)} - {"L104"}


def among(*flows: Flow) -> Context:
    """These items, and no others."""
    every = {flow.item: flow for flow in flows}
    return Context(contract.load(), load_names(), every, load_lists(), {})


PLAIN = applied({"note": TEXT}, form("person_name", "resident_id_number", "note"))
