"""Measures speed and memory beside peers and limits: ``python -m tests.bench [SECTION ...]`` (`make bench`).

Every section runs in a process of its own, one after the other, so that none disturbs the next. The table
goes to standard output, progress to standard error, and all rows to build/bench.json. The exit code is 1 when
a section failed to measure, 2 when there is no such section; a goal that does not hold is said plainly and
is no failure of the measuring. What each row means is in docs/bench.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.table import table, unmet

SECTIONS = (
    *("store", "engine", "page_turn", "card_reader", "printer", "start", "memory"),
    *("walk", "sealing", "identity"),
    *("drain", "backlog", "backlog_start"),
    *("search", "scale"),
    *("devices",),
)
"""In the order of the table in issue A; then those that issues B, C, D and E added."""

SECTION_SECONDS = 900.0
RESULT = Path("build/bench.json")
ROOT = Path(__file__).resolve().parents[2]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """A section that did not measure, and its last words."""

    section: str
    why: str


def main() -> int:
    """Run what is asked for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    asked = parser.parse_args().sections
    unknown = [section for section in asked if section not in SECTIONS]
    if unknown:
        parser.error(f"no such section: {', '.join(unknown)} (there are {', '.join(SECTIONS)})")
    rows: list[Row] = []
    failures: list[Failure] = []
    for section in [each for each in SECTIONS if not asked or each in asked]:
        measured = _measure(section)
        if isinstance(measured, Failure):
            failures.append(measured)
        else:
            rows += measured
    result = ROOT / RESULT
    result.parent.mkdir(exist_ok=True)
    result.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(table(rows) + "\n\n")
    for name in unmet(rows):
        sys.stdout.write(f"does not hold: {name}\n")
    for failure in failures:
        sys.stdout.write(f"FAILED to measure {failure.section}:\n{failure.why}\n")
    met = sum(each["holds"] is True for each in rows)
    sys.stdout.write(f"{met} goals hold, {len(unmet(rows))} do not. All rows: {RESULT}\n")
    return 1 if failures else 0


def _measure(section: str) -> list[Row] | Failure:
    """The rows of `section`, measured in a process of its own."""
    sys.stderr.write(f"{section} … ")
    sys.stderr.flush()
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.bench.section", section]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECTION_SECONDS
        )
    except subprocess.TimeoutExpired:
        sys.stderr.write("FAILED\n")
        return Failure(section, f"no end within {SECTION_SECONDS:.0f} s")
    sys.stderr.write(f"{time.monotonic() - began:.0f} s{' FAILED' if done.returncode else ''}\n")
    if done.returncode:
        return Failure(section, done.stderr.strip())
    rows: list[Row] = json.loads(done.stdout)
    return rows


if __name__ == "__main__":
    sys.exit(main())
