"""What git writes into a file where a merge could not decide stands in none of them: a browser reads past it
in a style sheet, and nothing else is said."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_no_merge_was_left_undecided() -> None:
    marks = ["-e", "^<{7} ", "-e", "^>{7} ", "-e", "^[|]{7} "]
    found = subprocess.run(
        ["git", "grep", "-lE", *marks], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (found.returncode, found.stdout) == (1, ""), found.stderr or found.stdout
