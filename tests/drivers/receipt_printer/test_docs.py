"""The page of docs names all there is."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import pytest

from drivers.receipt_printer import Condition, FailReason, UnconfirmedReason, load_profile, profile_names
from drivers.receipt_printer.profile import FACTS
from drivers.receipt_printer.simulator.server import _OPERATIONS

DOCS = Path("docs/drivers/receipt-printer.md").read_text("utf-8")


@pytest.mark.parametrize("word", [*Condition, *FailReason, *UnconfirmedReason])
def test_every_condition_and_reason_is_explained(word: StrEnum) -> None:
    assert f"`{word}`" in DOCS


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_is_listed(name: str) -> None:
    assert f"| `{name}` |" in DOCS


@pytest.mark.parametrize("operation", sorted(_OPERATIONS))
def test_every_operation_of_the_simulator_is_listed(operation: str) -> None:
    assert f"`{operation}`" in DOCS


@pytest.mark.parametrize("name", [name for name in profile_names() if load_profile(name).models])
def test_what_a_profile_assumes_is_said_in_its_row(name: str) -> None:
    profile = load_profile(name)
    cells = next(line for line in DOCS.splitlines() if line.startswith(f"| `{name}` |")).split(" | ")
    assumed = (
        "all" if set(profile.assumed) == set(FACTS) else ", ".join(f"`{fact}`" for fact in profile.assumed)
    )
    assert cells[-1] == f"{assumed} |"
    assert cells[1:3] == [", ".join(profile.models), f"{profile.dots}, {profile.cells}"]
