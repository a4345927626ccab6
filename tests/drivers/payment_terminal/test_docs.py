"""The page of docs names all there is, and its examples are messages of the protocol."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from drivers.payment_terminal import Condition, Result, State, Step, Timing
from drivers.payment_terminal.messages import LONGEST_LINE, decode
from drivers.payment_terminal.simulator.machine import HOW, Adapter
from drivers.payment_terminal.simulator.server import _OPERATIONS

DOCS = Path("docs/drivers/payment-terminal.md").read_text("utf-8")


@pytest.mark.parametrize("word", sorted({*Condition, *Result, *State, *Step, *_OPERATIONS, *HOW}))
def test_every_word_is_explained(word: str) -> None:
    assert f"`{word}`" in DOCS or f'"{word}"' in DOCS


def test_the_examples_are_messages() -> None:
    examples = re.findall(r"`(\{.*?\})`", DOCS)
    requests = [example for example in examples if '"op"' in example]
    for example in examples:
        if example in requests:
            Adapter().hear(example.encode())
        else:
            decode(example.encode())
    assert (len(requests), len(examples)) == (3, 11)


def test_the_waits_are_those_of_the_code() -> None:
    timing = Timing()
    for row in (
        f"| an answer to a request | {timing.answer:.0f} s |",
        f"| {timing.card:.0f} s | cancelled |",
        f"| {timing.processing:.0f} s, once | cancelled |",
        f"| {timing.cancel:.0f} s | hung up",
        f"at most {LONGEST_LINE} bytes",
        f"asked every {timing.poll:.0f} s",
    ):
        assert row in DOCS, row
