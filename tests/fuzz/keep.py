"""Fuzzes targets for a while and keeps what was reached: ``python -m tests.fuzz.keep [TARGET ...]``.

Each corpus becomes the fewest and smallest inputs that still reach what the old ones and the new ones did.
What broke a parser is kept beside it (culprits/TARGET), and never left out. The exit code is 1 when anything
was broken.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

from tests.fuzz.run import CORPUS, CULPRITS, fuzz, kept
from tests.fuzz.targets import TARGETS, load


def main() -> int:
    """Run what is asked for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.keep", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="of each target; 60 when not given")
    asked = parser.parse_args()
    unknown = sorted(set(asked.targets) - set(TARGETS))
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}")
    broken = [name for name in asked.targets or TARGETS if not _kept(name, asked.seconds)]
    return 1 if broken else 0


def _kept(name: str, seconds: int) -> bool:
    """Whether nothing was broken."""
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        reached, least = (Path(scratch, each) for each in ("reached", "least"))
        reached.mkdir()
        least.mkdir()
        for valid in load(TARGETS[name]).valid:
            _write(reached, valid)
        outcome = fuzz(name, f"-max_total_time={seconds}", folders=(reached, *kept(name)))
        fuzz(name, "-merge=1", folders=(least, folder, reached))
        inputs = [each.read_bytes() for each in least.iterdir()]
    if outcome.culprit is not None:
        (CULPRITS / name).mkdir(parents=True, exist_ok=True)
        _write(CULPRITS / name, outcome.culprit)
    for each in folder.iterdir():
        each.unlink()
    for data in inputs:
        _write(folder, data)
    sys.stdout.write(
        f"{name}: {outcome.inputs} inputs in {outcome.seconds} s, {outcome.megabytes} MB; "
        f"kept {len(inputs)} of {sum(map(len, inputs))} bytes\n{outcome.broken}"
    )
    sys.stdout.flush()
    return not outcome.broken


def _write(folder: Path, data: bytes) -> None:
    """By the name that libFuzzer gives it."""
    (folder / hashlib.sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
