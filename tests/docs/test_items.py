"""docs/adding-an-item.md: its example has no finding, and its list of findings is the linter's."""

from __future__ import annotations

import re
from pathlib import Path

from flows import expanding, source
from flows.lint import CHECKS, STALE, Context, lint
from flows.rehearsal.testing import failures
from flows.source import parse
from kiosk.gateway import contract
from tests.docs.pages import block, read, rows
from tests.flows.shipped import shipped

PAGE = read("adding-an-item.md")


def test_the_example_loads_where_the_page_puts_it_and_has_no_finding() -> None:
    flow = parse(block(PAGE, "yaml"), "flows/catalogue/civil/home-care-subsidy-apply.yaml")
    assert lint(flow, Context.shipped(contract.load(), shipped())) == ()
    assert flow.item in PAGE.partition("```yaml")[0]
    assert failures(flow) == ()


def test_every_finding_is_listed_and_no_other() -> None:
    refusals = {
        code
        for path in (source.__file__, expanding.__file__)
        for code in re.findall(r'"(F0\d\d)"', Path(path).read_text(encoding="utf-8"))
    }
    assert len(refusals) >= 8
    assert {name for name in rows(PAGE) if re.fullmatch(r"[FL]\d{3}", name)} == refusals | set(CHECKS) | {
        STALE
    }
