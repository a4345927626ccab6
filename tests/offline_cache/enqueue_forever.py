"""A process that files until it is killed, and says each key after it was promised.

`python -m tests.offline_cache.enqueue_forever FILE SEED [COUNT]`. Around each call of `enqueue` it makes a
system call that strace can see (`access` of MARK), and it checkpoints between the promises.
"""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from offline_cache.opening import open_outbox
from tests.offline_cache.world import submission

MARK = "/kiosk-mark"


class _Clock:
    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)


def main(path: Path, seed: int, limit: int | None) -> None:
    chance = random.Random(seed)
    opened = open_outbox(path, clock=_Clock(), random=chance)
    for number in range(limit) if limit is not None else count():
        one = submission(chance, size=2048)
        os.access(MARK, os.F_OK)
        opened.outbox.enqueue(one)
        os.access(MARK, os.F_OK)
        os.write(1, f"{one.key}\n".encode())
        if number % 10 == 9:
            opened.store.checkpoint()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
