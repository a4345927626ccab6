"""What a careful colleague would find in a flow: numbered findings, each with where, why and remedy.

The loader refuses what is malformed (F0xx); these (L1xx) are flows that load and are still wrong. The
contract's operations and the other items are given by the caller: flows know neither contract nor network.
"""

from __future__ import annotations

import re

from flows.expanding import Path
from flows.lint import among, badges, city, fields, steps, ways, whole, words
from flows.lint.context import Check, Context
from flows.lint.written import Where
from flows.loader import Finding
from flows.model import Flow

__all__ = ["CHECKS", "MAY_REMAIN", "STALE", "Context", "lint"]

CHECKS: dict[str, Check] = {
    **whole.CHECKS,
    **fields.CHECKS,
    **steps.CHECKS,
    **ways.CHECKS,
    **city.CHECKS,
    **words.CHECKS,
    **badges.CHECKS,
    **among.CHECKS,
}
STALE = "L167"
"""The finding about `remarks` that let a finding remain which is not there, or which may not remain."""
MAY_REMAIN = frozenset(
    {"L109", "L124", "L128", "L137", "L138", "L139", "L141", "L147", "L152", "L153", "L154", "L165"}
)
"""Matters of judgement: where `remarks` names the code and says why, the finding is not told."""
_CODE = re.compile(r"\bL1\d\d\b")


def lint(flow: Flow, context: Context, where: Where | None = None) -> tuple[Finding, ...]:
    """Every finding of `flow`. Without `where` each is told at line 1 of the item's code."""
    said = set(_CODE.findall(flow.remarks))
    found = [(code, *each) for code, check in CHECKS.items() for each in check(flow, context)]
    remain = said & MAY_REMAIN & {code for code, *_ in found}
    for code in sorted(said - remain):
        why = f"the remarks let {code} remain, which is not there or may not remain"
        found.append((STALE, ("remarks",), why, "drop it from the remarks, and mend the item"))
    return tuple(
        _finding(flow, where, at, code, why, remedy) for code, at, why, remedy in found if code not in remain
    )


def _finding(flow: Flow, where: Where | None, at: Path, code: str, why: str, remedy: str) -> Finding:
    """What comes from a pattern or the dictionary is told where the item takes it: there it can be mended."""
    if where is None:
        return Finding(file=flow.item, line=1, code=code, why=why, remedy=remedy)
    own, _ = where(("item",))
    file, line = where(at)
    if file != own:
        why = f"{why} ({file}:{line})"
        file, line = next(
            (place for place in (where(at[:2]), where(("pattern",))) if place[0] == own), (file, line)
        )
    return Finding(file=file, line=line, code=code, why=why, remedy=remedy)
