"""Queued submissions delivered to the sandbox city, another process, over TLS on loopback: how fast they go.

Ours is what drains at a terminal: `Sync` in its own thread, `Outbox` on a real disk, `Courier`,
`GatewayClient`, `PinnedHttp`; answers go to the disk with their journal entries, up to 16 by one fsync. The
peer is a bare client for the same requests: one `requests.Session` that trusts the same CA and keeps its
connection, with the headers that ours was seen to send; envelopes and token are in hand, and nothing is
stored. The gateway states no rate, so there is no gap.

Queuing and sealing are outside the clock. Both take turns, and before each turn the city forgets what it was
sent, so that it looks through as little for both. What is sent are ratings of 2 KB: of all that can be
queued they keep the gateway least, so its time hides least of ours. Shown is the round whose ratio is the
median.
"""

from __future__ import annotations

import json
import random
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from deploy.demo.city import City
from deploy.demo.terminal import TERMINAL_ID
from kiosk import keys, seal
from kiosk.clock import SystemClock
from kiosk.delivery import Courier
from kiosk.desks.desk import civil
from kiosk.gateway import contract, signers
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.outcomes import Ok, Unreachable
from kiosk.gateway.transport import HttpAnswer, PinnedHttp
from kiosk.identity.client import IdentityClient
from kiosk.store import Stores
from offline_cache.answers import Accepted, Outcome
from offline_cache.submission import Submission
from offline_cache.sync import Pace, Sync
from tests.bench import town
from tests.bench.rows import row
from tests.bench.terminal import prepare

QUEUED, ROUNDS = 200, 7
GOAL = 1.25
"""At least 0.8 of the bare client's rate."""

ITEM = "civil.senior-allowance-apply"
COMMENT = "办" * 300
"""Makes an envelope of 2 KB."""

MEMORY = "/dev/shm"
"""Where the city's files lie: in the field it does not wait for the disk that the terminal syncs."""

SECONDS = 120.0
FLOOR_STEP = timedelta(hours=1)
QUIET = Pace(heartbeat=3600.0)
"""Nothing else is asked meanwhile."""


class Noting:
    """Passes on, and remembers the last request's address and headers."""

    def __init__(self, ca_file: Path) -> None:
        self._http = PinnedHttp(ca_file)
        self.url = ""
        self.headers: Mapping[str, str] = {}

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpAnswer | Unreachable:
        """See `Http.send`."""
        self.url, self.headers = url, headers
        return self._http.send(method, url, headers=headers, body=body, timeout=timeout)


@dataclass
class Answers:
    """What sync was told, in its thread."""

    wanted: int = 0
    came: int = 0
    odd: list[Outcome] = field(default_factory=list)
    complete: threading.Event = field(default_factory=threading.Event)

    def expect(self, count: int) -> None:
        """So many are to come now."""
        self.wanted, self.came = count, 0
        self.complete.clear()

    def answered(self, outcome: Outcome) -> None:
        """See `Sync.on_answer`."""
        self.came += 1
        if not isinstance(outcome, Accepted):
            self.odd.append(outcome)
        if self.came == self.wanted or self.odd:
            self.complete.set()


@dataclass(frozen=True)
class Terminal:
    """Ours, with sync running and nothing queued; the bare client; the city."""

    stores: Stores
    sync: Sync
    answers: Answers
    http: Noting
    bare: requests.Session
    key: keys.TerminalKey
    sealing: seal.SealingKey
    city: City

    def ratings(self, count: int) -> list[Submission]:
        """Sealed, and of a visit each."""
        return [self._rating() for _ in range(count)]

    def _rating(self) -> Submission:
        key, now = str(uuid.uuid4()), SystemClock().now()
        body = {"item": ITEM, "level": 5, "terminal": TERMINAL_ID, "at": civil(now), "comment": COMMENT}
        sealed = seal.seal(body, self.key, self.sealing, key)
        assert isinstance(sealed, seal.Sealed)
        return Submission(
            key=key,
            visit=uuid.uuid4().hex,
            sequence=1,
            operation="rate",
            target="",
            envelope=sealed.envelope,
            payload_hash=sealed.payload_hash,
            created_at=now,
            expires_at=now + timedelta(days=30),
        )


def run() -> list[dict[str, Any]]:
    """Time for one submission beside the bare client's, and the rate that is."""
    with terminal() as one:
        return measured(one, QUEUED, ROUNDS)


@contextmanager
def terminal() -> Iterator[Terminal]:
    """At a running city, which has been heard."""
    with (
        tempfile.TemporaryDirectory(prefix="kiosk-bench-") as disk,
        tempfile.TemporaryDirectory(prefix="kiosk-bench-", dir=MEMORY) as folder,
    ):
        places, identity, gateway = prepare(Path(folder))
        key, clock = keys.load(places.key), SystemClock()
        with town.city(places, identity, gateway) as control:
            ca_file = Path(json.loads((places.city / "city.json").read_text(encoding="utf-8"))["ca_file"])
            stores = Stores.open(Path(disk) / "store", clock, random.Random(1))
            platform = IdentityClient(
                issuer=f"https://127.0.0.1:{identity}",
                client_id=TERMINAL_ID,
                key=key,
                http=PinnedHttp(ca_file),
                clock=clock,
            )

            def told_time(moment: datetime) -> None:
                """As the agent does."""
                clock.correct(moment)
                stores.outbox.time_confirmed()
                platform.platform_time(moment)
                stores.remember_time(moment, FLOOR_STEP)

            http, answers = Noting(ca_file), Answers()
            client = GatewayClient(
                base_url=f"https://127.0.0.1:{gateway}/v1",
                http=http,
                contract=contract.load(),
                signer=signers.NoSigner(),
                terminal_token=platform.terminal_bearer,
                clock=clock,
                on_time=told_time,
                random=random.random,
            )
            courier = Courier(client)

            def answered(key: str, outcome: Outcome) -> None:
                courier.case(key)
                answers.answered(outcome)

            sync = Sync(
                stores.outbox,
                courier.send,
                probe=lambda: isinstance(client.call("getHealth", attempts=1), Ok),
                clock=clock,
                random=random.Random(1),
                on_answer=answered,
                on_connectivity=lambda _: None,
                pace=QUIET,
            )
            offered = client.call("getKeys")
            assert isinstance(offered, Ok)
            sealing = seal.choose_key(offered.data, clock.now())
            assert sealing is not None
            with requests.Session() as bare:
                bare.verify = str(ca_file)
                bare.trust_env = False
                sync.heard(True)
                sync.start()
                yield Terminal(stores, sync, answers, http, bare, key, sealing, City(control))
            assert sync.stop(SECONDS), "sync does not end"
            stores.close()


def measured(one: Terminal, queued: int, rounds: int) -> list[dict[str, Any]]:
    """The rows, of so many rounds of both after one that does not count."""
    took = []
    for number in range(rounds + 1):
        # Ours begins, as the bare client sends the headers that it was seen to send.
        turns = {way: _turn(one, queued, way) for way in ((_ours, _bare), (_bare, _ours))[number % 2]}
        took.append((turns[_ours] / queued, turns[_bare] / queued))
    del took[0]  # connects, and asks for a token
    ours, bare = sorted(took, key=lambda pair: pair[0] / pair[1])[len(took) // 2]
    beside = "bare requests, nothing stored"
    return [
        row("drain: one submission of 2 KB", "ms", ours * 1000, peer=(beside, bare * 1000), goal=GOAL),
        row("drain: submissions in a second", "1/s", 1 / ours, peer=(beside, 1 / bare)),
    ]


def _turn(one: Terminal, queued: int, way: Callable[[Terminal, list[Submission]], float]) -> float:
    """Seconds for so many."""
    ratings = one.ratings(queued)
    town.ask(one.city.control, "POST", "/reset")
    seconds = way(one, ratings)
    noted = {str(each["key"]) for each in one.city.ledger()["ratings"]}
    assert noted == {each.key for each in ratings}, "not all arrived"
    return seconds


def _ours(one: Terminal, ratings: list[Submission]) -> float:
    for each in ratings:
        one.stores.outbox.enqueue(each)
    one.stores.outbox.maintain()
    one.answers.expect(len(ratings))
    began = time.perf_counter()
    one.sync.kick()
    assert one.answers.complete.wait(SECONDS), f"only {one.answers.came} were answered"
    seconds = time.perf_counter() - began
    assert not one.answers.odd, f"the city said {one.answers.odd}"
    assert one.stores.outbox.depth() == 0, "some still wait"
    return seconds


def _bare(one: Terminal, ratings: list[Submission]) -> float:
    url, headers = one.http.url, {"Accept-Encoding": "identity", **one.http.headers}
    assert url.endswith("/ratings"), f"ours asked {url} last"
    began = time.perf_counter()
    for each in ratings:
        answer = one.bare.post(url, data=each.envelope, headers={**headers, "Idempotency-Key": each.key})
        assert answer.status_code == 201, f"the city said {answer.status_code}"
    return time.perf_counter() - began
