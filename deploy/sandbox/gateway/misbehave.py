"""What the gateway does while it acts under an order to misbehave: a wrong clock, a list that changes."""

from __future__ import annotations

from dataclasses import replace

from ..context import Context
from ..faults import Fault
from ..wire import Problem
from .operations import Reply

_LISTS = {"getOptions", "getSlots", "listCases", "listBenefits", "matchPolicies", "lookupProxy", "query"}
_BY_THEMSELVES = {"holdSlot", "rescheduleBooking"}
"""They have better words for it: other slots to choose from."""


def with_clock(context: Context, fault: Fault | None) -> Context:
    """The context as a city sees it whose clock is off by the fault's seconds; else the same."""
    if fault is None or fault.kind != "clock":
        return context
    return replace(context, now=lambda: context.now() + fault.seconds)


def before(operation: str) -> None:
    """What is acted upon has changed since it was shown. Raises Problem 409 CONFLICT, nothing is done."""
    if operation not in _LISTS | _BY_THEMSELVES:
        raise Problem(409, "CONFLICT", "It has changed meanwhile", "内容刚刚有变化，请返回重新选择")


def after(reply: Reply) -> Reply:
    """A list without its first entry; content and tables in another version."""
    body = reply.body
    if isinstance(body, list):
        return replace(reply, body=body[1:])
    if isinstance(body, dict) and "version" in body:
        return replace(reply, body={**body, "version": f"{body['version']}+1"})
    if isinstance(body, dict) and "rows" in body:
        return replace(reply, body={**body, "rows": body["rows"][1:]})
    if isinstance(body, dict) and "policies" in body:
        return replace(reply, body={**body, "policies": body["policies"][1:]})
    return reply
