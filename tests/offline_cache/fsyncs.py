"""Counts with strace the syncs that a promise waits for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.offline_cache.enqueue_forever import MARK

_SYNC = re.compile(r"\b(?:fsync|fdatasync|sync_file_range|msync|sync|syncfs)\(")


def per_enqueue(folder: Path, enqueues: int) -> list[int]:
    """How many syncs the kernel saw within each of so many calls of `Outbox.enqueue`."""
    trace = folder / "trace"
    subprocess.run(
        [
            "strace",
            "-f",
            "-o",
            str(trace),
            "-e",
            "trace=fsync,fdatasync,sync_file_range,msync,sync,syncfs,access,faccessat,faccessat2",
            sys.executable,
            "-m",
            "tests.offline_cache.enqueue_forever",
            str(folder / "outbox.db"),
            "1",
            str(enqueues),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    counts: list[int] = []
    inside = False
    for line in trace.read_text().splitlines():
        if f'"{MARK}"' in line:
            inside = not inside
            if inside:
                counts.append(0)
        elif inside and _SYNC.search(line):
            counts[-1] += 1
    return counts
