"""Logins against the sandbox's identity platform over TLS on loopback: round trips, and time.

Ours is the agent's `IdentityClient` over its `PinnedHttp`, discovery and keys in hand as on every day but the
first minute. The peer is the same client over a plain `requests.Session` (the CA pinned, connections kept),
of which only the time inside `Session.request` counts: the same round trips for the same work at the city,
and nothing around them: no assertion signed, no token verified, no deadline minded. Both take turns.

Round trips are counted where bytes leave, and held against the city's own ledger. A phone scan waits two
seconds between two questions, as the platform asks; the waits are not in the figures.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from deploy.demo.city import City, Resident
from deploy.demo.terminal import TERMINAL_ID
from kiosk import keys
from kiosk.clock import SystemClock
from kiosk.gateway.outcomes import Unreachable
from kiosk.gateway.transport import Http, HttpAnswer, PinnedHttp
from kiosk.identity.client import CardFacts, CardType, Face, IdentityClient
from kiosk.identity.outcomes import LoggedIn, Waiting
from kiosk.identity.phone import PhoneScan
from tests.bench import town
from tests.bench.rows import row
from tests.bench.terminal import prepare

ROUNDS = {"card": 60, "face": 20, "phone": 4}
PERSON = "p-wang-xiulan"
SAM_ID = "05.01-20190101-1234567890-0987654321"
NAMES = {
    "card": "login by card",
    "face": "step-up with a face",
    "phone": "phone scan: start, one poll while it is open, one after it was approved",
}


class Counting:
    """Passes on, and counts. `seconds`: what was spent below."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self.trips = 0
        self.seconds = 0.0

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpAnswer | Unreachable:
        """See `Http.send`."""
        self.trips += 1
        began = time.perf_counter()
        try:
            return self._http.send(method, url, headers=headers, body=body, timeout=timeout)
        finally:
            self.seconds += time.perf_counter() - began


class Plain:
    """requests as it comes, but for the CA and the machine's proxies."""

    def __init__(self, ca_file: Path) -> None:
        self._session = requests.Session()
        self._session.verify = str(ca_file)
        self._session.trust_env = False

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpAnswer | Unreachable:
        """See `Http.send`; a failure is an exception, and ends the measuring."""
        answer = self._session.request(method, url, headers=dict(headers), data=body, timeout=timeout)
        lower = {name.lower(): text for name, text in answer.headers.items()}
        return HttpAnswer(answer.status_code, lower, answer.content)


@dataclass(frozen=True)
class Side:
    """One of the two: the client, and what it sends through."""

    client: IdentityClient
    http: Counting


@dataclass(frozen=True)
class Timed:
    """One login: seconds in all, seconds below the client, round trips."""

    whole: float
    below: float
    trips: int


def run() -> list[dict[str, Any]]:
    """Of each way to log in: round trips, and the time beside bare requests."""
    with sides() as (ours, bare, person, city):
        return [line for way in ROUNDS for line in measured(way, ours, bare, person, city, ROUNDS[way])]


@contextmanager
def sides() -> Iterator[tuple[Side, Side, Resident, City]]:
    """A running city: ours, bare requests, who logs in, the city's control page."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        places, identity, gateway = prepare(Path(folder))
        key = keys.load(places.key)
        with town.city(places, identity, gateway) as control:
            ca_file = Path(json.loads((places.city / "city.json").read_text(encoding="utf-8"))["ca_file"])
            city = City(control)
            person = next(each for each in city.people() if each.id == PERSON)

            def side(http: Http) -> Side:
                counting = Counting(http)
                client = IdentityClient(
                    issuer=f"https://127.0.0.1:{identity}",
                    client_id=TERMINAL_ID,
                    key=key,
                    http=counting,
                    clock=SystemClock(),
                )
                return Side(client, counting)

            yield side(PinnedHttp(ca_file)), side(Plain(ca_file)), person, city


def measured(
    way: str, ours: Side, bare: Side, person: Resident, city: City, rounds: int
) -> list[dict[str, Any]]:
    """The rows of one way, of so many rounds of each after one that does not count."""
    log_in = _WAYS[way]
    ours_took: list[Timed] = []
    bare_took: list[Timed] = []
    for number in range(rounds + 1):
        turns = [(ours, ours_took), (bare, bare_took)]
        for side, took in turns if number % 2 else reversed(turns):
            took.append(log_in(side, person, city))
    # The first fetches discovery and keys.
    del ours_took[0], bare_took[0]
    counts = {each.trips for each in (*ours_took, *bare_took, _by_ledger(log_in, ours, person, city))}
    assert len(counts) == 1, f"{way} takes {counts} round trips"
    (trips,) = counts
    whole = statistics.median(each.whole for each in ours_took) * 1000
    above = statistics.median(each.whole - each.below for each in ours_took) * 1000
    below = statistics.median(each.below for each in bare_took) * 1000
    name = NAMES[way]
    return [
        row(f"{name}: round trips", "count", trips),
        row(name, "ms", whole, peer=("bare requests, the same round trips", below)),
        row(f"{name}, of which the client's own above HTTP", "ms", above),
    ]


Way = Callable[[Side, Resident, City], Timed]


def _by_ledger(log_in: Way, side: Side, person: Resident, city: City) -> Timed:
    """Log in once more; the round trips are those that the city counts."""
    town.ask(city.control, "POST", "/reset")
    timed = log_in(side, person, city)
    seen = [each["operation"] for each in city.ledger()["requests"]]
    return Timed(timed.whole, timed.below, len(seen))


@contextmanager
def _timing(side: Side, parts: list[Timed]) -> Iterator[None]:
    """What is done inside is a part of a login."""
    below, trips = side.http.seconds, side.http.trips
    began = time.perf_counter()
    yield
    whole = time.perf_counter() - began
    parts.append(Timed(whole, side.http.seconds - below, side.http.trips - trips))


def _together(parts: list[Timed]) -> Timed:
    return Timed(
        sum(each.whole for each in parts),
        sum(each.below for each in parts),
        sum(each.trips for each in parts),
    )


def _card_of(person: Resident) -> CardFacts:
    return CardFacts(person.id_number, person.name, SAM_ID, CardType(person.card_type))


def _by_card(side: Side, person: Resident, city: City) -> Timed:
    parts: list[Timed] = []
    with _timing(side, parts):
        login = side.client.login_with_card(_card_of(person))
    assert isinstance(login, LoggedIn), f"the card was answered with {login}"
    return _together(parts)


def _with_face(side: Side, person: Resident, city: City) -> Timed:
    face = Face(city.face(person.id), datetime.now(UTC))
    parts: list[Timed] = []
    with _timing(side, parts):
        login = side.client.login_with_card(_card_of(person), face)
    assert isinstance(login, LoggedIn), f"the face was answered with {login}"
    return _together(parts)


def _by_phone(side: Side, person: Resident, city: City) -> Timed:
    parts: list[Timed] = []
    with _timing(side, parts):
        scan = side.client.start_phone_scan()
    assert isinstance(scan, PhoneScan), f"the scan was answered with {scan}"
    time.sleep(scan.interval)
    with _timing(side, parts):
        waiting = scan.poll()
    assert isinstance(waiting, Waiting), f"the poll was answered with {waiting}"
    city.approve(scan.user_code, person.id)
    time.sleep(waiting.seconds)
    with _timing(side, parts):
        login = scan.poll()
    assert isinstance(login, LoggedIn), f"the last poll was answered with {login}"
    return _together(parts)


_WAYS: dict[str, Way] = {"card": _by_card, "face": _with_face, "phone": _by_phone}
