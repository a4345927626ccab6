"""docs/architecture.md: every module of flows, every desk, and the deadlines are the code's."""

from __future__ import annotations

import re

import pytest

from kiosk import patience, screen
from kiosk.desks import certificate, paper, payment
from tests.docs.pages import ROOT, read

PAGE = read("architecture.md")


def part(heading: str) -> str:
    return PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def modules(folder: str) -> set[str]:
    return {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}


def test_every_module_of_flows_has_its_place_and_no_other() -> None:
    named = set(re.findall(r"`(\w+)`", part("Inside flows")))
    assert named - {"advance"} == modules("flows") | modules("flows/steps")


def test_every_desk_is_drawn() -> None:
    drawn = set(
        re.findall(r"\w+", part("Inside the agent").partition("Desks:")[2].partition("ThreadExec")[0])
    )
    assert modules("kiosk/desks") - {"desk"} <= drawn


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        ("a touch for the actor", (screen.ACT_SECONDS,)),
        ("a print", (paper.PRINT_SECONDS, certificate.SLACK_SECONDS)),
        ("a citizen who pays", (payment.WATCH_SECONDS, payment.POLL_SECONDS)),
        ("a bank that says `unknown`", (payment.UNKNOWN_SECONDS,)),
        ("a payment or refund that is not settled", (payment.SETTLE_SECONDS,)),
        ("a page of goodbye", (patience.GOODBYE_SECONDS,)),
    ],
)
def test_a_deadline_is_that_of_the_code(wait: str, seconds: tuple[float, ...]) -> None:
    row = next(line for line in part("Every wait ends").splitlines() if line.startswith(f"| {wait} |"))
    assert [each for each in seconds if f"{each:g} s" not in row] == []
