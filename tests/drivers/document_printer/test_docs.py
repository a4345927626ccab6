"""The page of docs names all there is."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import pytest

from drivers.document_printer import Condition, FailReason, Timing, UnconfirmedReason
from drivers.document_printer.simulator.answers import HOW
from drivers.document_printer.simulator.server import _OPERATIONS

DOCS = Path("docs/drivers/document-printer.md").read_text("utf-8")


@pytest.mark.parametrize("word", [*Condition, *FailReason, *UnconfirmedReason])
def test_every_condition_and_reason_is_explained(word: StrEnum) -> None:
    assert f"`{word}`" in DOCS


@pytest.mark.parametrize("word", sorted({*_OPERATIONS, *HOW}))
def test_every_order_of_the_simulator_is_listed(word: str) -> None:
    assert f"`{word}`" in DOCS


def test_the_waits_are_those_of_the_code() -> None:
    timing = Timing()
    assert f"({timing.longest(0):.0f} s and {1e6 / timing.upload:.0f} s a megabyte)" in DOCS
    assert f"not done after {timing.job:.0f} s" in DOCS
    assert f"within {timing.cancel:.0f} s" in DOCS
    assert f"{timing.silence:.0f} s of silence" in DOCS
    assert f"asked every {timing.poll:.0f} s" in DOCS
