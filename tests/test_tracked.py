"""What git keeps: the folders of the house and nothing that a tool dropped beside them, and no merge that was
left undecided (a browser reads past its marks in a style sheet, and nothing else is said)."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOUSE = {
    *("kiosk", "drivers", "flows", "offline_cache", "deploy", "tests", "docs", ".ci"),
    *("pyproject.toml", "README.md", "Makefile", ".gitignore"),
}


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_nothing_stands_beside_the_house() -> None:
    tracked = _git("ls-files", "-z").stdout.split("\0")
    assert {each.partition("/")[0] for each in tracked if each} == HOUSE


def test_no_merge_was_left_undecided() -> None:
    found = _git("grep", "-lE", "-e", "^<{7} ", "-e", "^>{7} ", "-e", "^[|]{7} ")
    assert (found.returncode, found.stdout) == (1, ""), found.stderr or found.stdout
