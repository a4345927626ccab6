"""The world as these tests own it: time, chance, citizens' submissions and a gateway that keeps a ledger."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from offline_cache.answers import Accepted, Answer, Outcome
from offline_cache.events import Operation
from offline_cache.opening import Opened, open_outbox
from offline_cache.outbox import Limits
from offline_cache.submission import Submission

START = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


class FakeClock:
    """Both scales of time; only the test moves them."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.civil = START

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.civil

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        self.civil += timedelta(seconds=seconds)


class Roomy:
    """A disk with room for any reserve (see `offline_cache.reserve.FileSystem`), and writes nothing."""

    def free(self, folder: Path) -> int:
        return 1 << 40

    def held(self, path: Path) -> int:
        return 1 << 40

    def allocate(self, path: Path, size: int) -> None: ...

    def release(self, path: Path) -> None: ...


def open_at(
    path: Path,
    clock: FakeClock | None = None,
    limits: Limits | None = None,
    seed: int = 1,
    vfs: str | None = None,
) -> Opened:
    return open_outbox(
        path,
        clock=clock or FakeClock(),
        random=random.Random(seed),
        limits=limits,
        vfs=vfs,
        disk=Roomy(),
    )


def sealed(chance: random.Random, size: int = 500) -> bytes:
    """So many bytes in the shape of a compact JWE."""
    filler = chance.randbytes(size // 2).hex().encode()[: size - 14]
    return b"eyJh.bcd.ef." + filler + b".g"


def visit_id(chance: random.Random) -> str:
    return f"{chance.getrandbits(128):032x}"


def submission(
    chance: random.Random,
    visit: str | None = None,
    sequence: int = 0,
    size: int = 500,
    lasts: timedelta = timedelta(days=30),
    at: datetime = START,
) -> Submission:
    """A fictional citizen's confirmed application."""
    envelope = sealed(chance, size)
    return Submission(
        key=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        visit=visit or visit_id(chance),
        sequence=sequence,
        operation=Operation.SUBMIT_APPLICATION,
        target="civil.senior-allowance-apply",
        envelope=envelope,
        payload_hash=hashlib.sha256(envelope).hexdigest(),
        created_at=at,
        expires_at=at + lasts,
    )


@dataclass
class Gateway:
    """Answers by `script` (or accepts), and writes down what reached it."""

    script: Callable[[Submission], Answer] = lambda _: Accepted("TJ-2026-1", "received")
    alive: bool = True
    received: list[str] = field(default_factory=list)
    probes: int = 0

    def send(self, submission: Submission) -> Answer:
        self.received.append(submission.key)
        return self.script(submission)

    def probe(self) -> bool:
        self.probes += 1
        return self.alive


@dataclass
class Told:
    """What sync said to the agent."""

    answers: list[tuple[str, Outcome]] = field(default_factory=list)
    connectivity: list[bool] = field(default_factory=list)

    def on_answer(self, key: str, outcome: Outcome) -> None:
        self.answers.append((key, outcome))
