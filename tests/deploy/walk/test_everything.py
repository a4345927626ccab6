"""Who walks what, and which of what arrived belongs to which walk."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.walk.everything import Told, shares
from deploy.walk.preparing import flows
from deploy.walk.verdict import Report, Verdict

CLOSED = "not offered: 交水费 缴费系统维护，暂停服务（演示）"
STM_ONLY = [item for item, flow in flows().items() if "terminal" not in flow.channels]


@pytest.mark.parametrize("terminals", [1, 2, 3, 5])
def test_every_item_is_walked_once_where_it_is_offered(terminals: int) -> None:
    parts = shares(list(flows()), terminals)
    assert sorted(item for part in parts for item in part.items) == sorted(flows())
    assert all(part.channel in flows()[item].channels for part in parts for item in part.items)
    sizes = [len(part.items) for part in parts]
    assert terminals == 1 or max(sizes) - min(sizes) <= terminals


def test_what_no_machine_of_a_bank_is_asked_for_is_walked_at_terminals_alone() -> None:
    items = [item for item in flows() if item not in STM_ONLY][:4]
    assert [part.channel for part in shares(items, 2)] == ["terminal", "terminal"]


@pytest.mark.parametrize(
    ("item", "offline", "verdict", "right"),
    [
        ("civil.senior-card-apply", False, Verdict("done"), True),
        ("civil.senior-card-apply", False, Verdict("queued"), False),
        ("service.item-guide", True, Verdict("done"), True),
        ("traffic.fine-pay", True, Verdict("unavailable", told_before=True), True),
        ("traffic.fine-pay", True, Verdict("unavailable"), False),
        ("utility.water-pay", False, Verdict("unavailable", [CLOSED], told_before=True), True),
        ("utility.water-pay", False, Verdict("unavailable", ["网络不通"], told_before=True), False),
        ("utility.water-pay", False, Verdict("done"), False),
    ],
)
def test_an_item_is_right_where_it_came_to_what_its_policy_says(
    item: str, offline: bool, verdict: Verdict, right: bool
) -> None:
    report = Report(item, verdict.outcome, None, None, pages=1, printed=False, seconds=0.0)
    told: dict[str, Any] = Told(item, offline, report, verdict).as_json()
    assert (told["right"], told["policy"]) == (right, flows()[item].offline)
