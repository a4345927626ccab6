"""`kill -9` at a random moment, and what strace sees of a promise."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from offline_cache.journal import Intact
from offline_cache.submission import State
from tests.offline_cache import fsyncs
from tests.offline_cache.world import open_at


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_agent_has_kept_every_promise(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    promised: list[str] = []
    for life in range(2):
        promised += _killed_while_filing(path, seed * 10 + life, random.Random(seed + life).randrange(1, 60))
    opened = open_at(path)
    kept = [filed.key for filed in opened.outbox.list(State.WAITING)]
    # At most one more than was heard of in each life: written down, not yet said.
    assert set(promised) <= set(kept)
    assert len(kept) <= len(promised) + 2
    assert isinstance(opened.journal.verify(), Intact)
    assert opened.journal.head().sequence == len(kept)
    opened.close()


def _killed_while_filing(path: Path, seed: int, after: int) -> list[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.offline_cache.enqueue_forever", str(path), str(seed)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        heard = [process.stdout.readline() for _ in range(after)]
        process.kill()
        heard += process.stdout.readlines()
    return [line.decode().strip() for line in heard if line.endswith(b"\n")]


def test_a_promise_waits_for_exactly_one_sync(tmp_path: Path) -> None:
    assert fsyncs.per_enqueue(tmp_path, 35) == [1] * 35
