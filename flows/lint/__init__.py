"""What a careful colleague would find in a flow: numbered findings, each with why and remedy.

The loader refuses what is malformed (F0xx); these (L1xx) are flows that load and are still wrong.
`operations` and `names` are given by the caller: flows know neither the contract nor the network.
"""

from __future__ import annotations

from flows.lint import fields, steps, tested, whole
from flows.lint.context import Check, Context
from flows.loader import Finding
from flows.model import Flow

__all__ = ["CHECKS", "Context", "lint"]

CHECKS: dict[str, Check] = {**whole.CHECKS, **fields.CHECKS, **steps.CHECKS, **tested.CHECKS}


def lint(flow: Flow, context: Context) -> tuple[Finding, ...]:
    """Every finding of `flow`."""
    return tuple(
        Finding(file=flow.item, line=1, code=code, why=why, remedy=remedy)
        for code, check in CHECKS.items()
        for why, remedy in check(flow, context)
    )
