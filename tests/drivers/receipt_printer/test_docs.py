"""The page of docs names all there is."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import pytest

from drivers.receipt_printer import Condition, FailReason, UnconfirmedReason, profile_names
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
