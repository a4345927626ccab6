"""A target in a process of its own, for so long; and what came of it."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).with_name("corpus")
"""A folder a target: the least that reaches all that was ever reached."""
CULPRITS = Path(__file__).with_name("culprits")
"""A folder a target that was broken once: what broke it, for good."""
LEFT = ROOT / "build" / "fuzz"
"""Where libFuzzer leaves an input that broke something."""

MEGABYTES = 256
"""Of memory that a target may have; they take some sixty, after a million inputs as after ten thousand."""

APART = ("/bin/sh", "-c", '"$0" "$@"; exit $?')
"""A shell between: the kernel counts what a process had before it became another program towards the most
that it ever had, and that of a worker of the tests is more than a target may have."""

HANGS = 30
"""Seconds of one input that are a hang."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What libFuzzer said at the end."""

    inputs: int
    seconds: int
    megabytes: int
    """The most that the process had."""

    broken: str
    """What it said when an input broke something; empty otherwise."""

    culprit: bytes | None
    """That input, where there is one."""


def fuzz(place: str, *options: str, folders: tuple[Path, ...] = (), left: Path = LEFT) -> Outcome:
    """Run it. `options` are libFuzzer's, and one of them must bound it (``-runs=``, ``-max_total_time=``).

    What is new goes into the first of `folders`. Raises RuntimeError when it did not come to fuzzing at all.
    """
    artifacts = left / place.replace(":", ".")
    artifacts.mkdir(parents=True, exist_ok=True)
    before = set(artifacts.iterdir())
    command = [*APART, sys.executable, "-m", "tests.fuzz", place, "-print_final_stats=1"]
    command += [f"-rss_limit_mb={MEGABYTES}", f"-timeout={HANGS}", f"-artifact_prefix={artifacts}/", *options]
    command += map(str, folders)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    said = done.stdout + done.stderr
    if "INITED" not in said and "MERGE-OUTER" not in said:
        raise RuntimeError(f"{place} was not fuzzed: {said[-2000:]}")
    culprits = sorted(set(artifacts.iterdir()) - before)
    return Outcome(
        _figure(r"stat::number_of_executed_units: +(\d+)", said),
        _figure(r"^Done \d+ runs in (\d+) second", said),
        _figure(r"stat::peak_rss_mb: +(\d+)", said),
        _telling(said) if done.returncode else "",
        culprits[0].read_bytes() if culprits else None,
    )


def kept(name: str) -> tuple[Path, ...]:
    """The folders of what is kept of a target, as far as they are there."""
    return tuple(folder for each in (CORPUS, CULPRITS) if (folder := each / name).is_dir())


def _telling(said: str) -> str:
    """Without what libFuzzer says of itself and of its progress."""
    lines = [each for each in said.splitlines() if not re.match(r"INFO:|WARNING: Failed|#\d+\t", each)]
    return "\n".join(lines)[:4000] + "\n"


def _figure(pattern: str, said: str) -> int:
    found = re.search(pattern, said, re.MULTILINE)
    return int(found[1]) if found else 0
