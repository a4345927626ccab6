"""Run by test_reserve on a small file system: fills it, and files the largest submission there is."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

from offline_cache.answers import Accepted
from offline_cache.exc import StoreFull
from offline_cache.journal import Journal
from offline_cache.opening import open_outbox
from offline_cache.outbox import Outbox
from offline_cache.submission import MAX_ENVELOPE
from tests.offline_cache.world import START, FakeClock, submission


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    size = 1 << 20
    while size:
        try:
            while True:
                os.write(fd, bytes(size))
        except OSError:
            size //= 2
    os.close(fd)


def main() -> None:
    folder = Path(sys.argv[1])
    chance = random.Random(1)
    opened = open_outbox(folder / "outbox.db", clock=FakeClock(), random=chance)
    opened.outbox.enqueue(submission(chance, size=20_000))
    fill(folder / "ballast")
    last = submission(chance, size=MAX_ENVELOPE)
    opened.outbox.enqueue(last)
    opened.outbox.maintain()
    state = opened.outbox.record(last.key, Accepted(), START)
    said = ["stored", "checkpointed", "answered" if state == "done" else state]
    sys.stdout.write(f"with the reserve: {', '.join(said)}; room: {opened.outbox.has_room()}\n")

    (folder / "ballast").unlink()
    opened.outbox.maintain()
    sys.stdout.write(f"freed: room {opened.outbox.has_room()}\n")

    fill(folder / "ballast")
    bare = Outbox(opened.store, Journal(opened.store, FakeClock()), FakeClock(), chance)
    try:
        bare.enqueue(submission(chance, size=MAX_ENVELOPE))
    except StoreFull:
        sys.stdout.write("without: StoreFull\n")


if __name__ == "__main__":
    main()
