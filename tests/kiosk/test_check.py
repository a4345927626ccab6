"""What a line of `kiosk doctor` may do to a terminal: nothing."""

from __future__ import annotations

import pytest

from kiosk.commands.check import Check

WORDS = ["\x1b[2J\x1b]0;root\x07", "a\n✓ disk: good", "a\r✓ b", "\x9b31m", "\u202egood", "\u2028x", "\x00"]


@pytest.mark.parametrize("words", WORDS)
def test_what_a_device_says_of_itself_moves_no_cursor_and_makes_no_line(words: str) -> None:
    lines = str(Check(f"printer {words}", "bad", f"it is {words} here", f"replace {words} it")).split("\n")
    assert len(lines) == 2
    assert lines[0].startswith("✗ printer")
    assert lines[1].startswith("    → replace")
    assert all(line.isprintable() for line in lines)


def test_plain_words_are_left_as_they_are() -> None:
    check = Check("A4 printer", "good", "打印机 idle, A4 in a tray yes", "")
    assert str(check) == "✓ A4 printer: 打印机 idle, A4 in a tray yes"


def test_a_device_that_talks_without_end_is_cut() -> None:
    assert len(str(Check("printer", "good", "x" * 10_000))) < 3000
