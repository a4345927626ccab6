"""Resident memory of the agent after 1,000 visits, beside after 50.

The whole agent in a process of its own: waitress, wall, actor, desks, clients over TLS, sync, outbox and
journal on the disk; only reader and printer are doubles in memory (`memory_agent`). The city is the sandbox,
another process, behind the demo's cable. Every visit goes from the home page to goodbye and home again, over
HTTP: of eight visits one files a senior allowance and seven ask for their rights record, of which one prints
it; of twelve allowances one is filed with the cable out, so queued, and sent during the next visit.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.demo.cable import Cable, Connected, Unplugged
from deploy.sandbox import faces
from deploy.walk.hands import data_url
from tests.bench import town
from tests.bench.memory_agent import serve
from tests.bench.page_turn import STROKES
from tests.bench.rows import row
from tests.bench.terminal import prepare
from tests.bench.visitor import Visitor
from tests.flows.world import SIGNATURE

EARLY, LATE = 50, 1000
GOAL = 1.05
PERSON = "p-wang-xiulan"
ALLOWANCE = "civil.senior-allowance-apply"
RECORD = "social-insurance.rights-record"
FILED_EVERY, CYCLE, QUEUED = 8, 96, 24
"""The queued one of a cycle is one that files."""
PAGE_SECONDS = 20.0
DELIVERY_SECONDS = 60.0
"""An attempt that failed is made again after a back-off."""
LOOK_AGAIN = 0.02


def run() -> list[dict[str, Any]]:
    """One row."""
    with (
        tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder,
        _city(Path(folder)) as (city, cable, config),
    ):
        person = next(each for each in town.ask(city, "GET", "/people") if each["id"] == PERSON)
        with town.agent(serve, config, person["card"]) as (_, process, url):
            citizen = _Citizen(url, person["bank_card"], faces.picture(PERSON))
            early = 0.0
            for number in range(1, LATE + 1):
                _visit(number, citizen, city, cable)
                if number == EARLY:
                    early = _resident(process)
            late = _resident(process)
    return [
        row(
            f"resident memory after {LATE:,} visits",
            "MB",
            late,
            limit=(f"after {EARLY} visits", early),
            goal=GOAL,
        )
    ]


def _visit(number: int, citizen: _Citizen, city: str, cable: Cable) -> None:
    """Visit `number`, from 1. The visit after one that files prints its record; the others only look."""
    queued = number % CYCLE == QUEUED
    cable.set(Unplugged(refuse=True) if queued else Connected())
    if number % FILED_EVERY == 0:
        _clear(city, cases=0 if number == FILED_EVERY else 1)
        citizen.visit(ALLOWANCE, "已暂存" if queued else "已经受理")
    else:
        citizen.visit(RECORD, "出纸|取纸" if number % FILED_EVERY == 1 else "")


def _clear(city: str, cases: int) -> None:
    """Once the last application has become a case, the city forgets it: the same person may file again."""
    ends = time.monotonic() + DELIVERY_SECONDS
    while len(town.ask(city, "GET", "/ledger")["cases"]) != cases:
        assert time.monotonic() < ends, "the last application did not become one case"
        time.sleep(LOOK_AGAIN)
    town.ask(city, "POST", "/reset")


class _Citizen:
    """One person who comes a thousand times."""

    def __init__(self, url: str, bank_card: str, face: bytes) -> None:
        self._visitor = Visitor(url)
        typed = {"bank_card_number": bank_card, "residential_address": "天津市和平区演示街道示范里3号楼"}
        self._answers: dict[str, tuple[str, Mapping[str, str]]] = {
            **dict.fromkeys(("notice", "consent", "review", "table", "benefits", "result"), ("next", {})),
            "face-consent": ("face", {}),
            "camera": ("next", {"picture": data_url(face)}),
            "choice": ("choose:self", {}),
            "form": ("next", {**typed, "statement_year": "2025"}),
            "sign": ("next", {**SIGNATURE, "strokes": STROKES}),
            "rate": ("rate:5", {}),
            "ended": ("finish", {}),
        }

    def visit(self, item: str, result: str) -> None:
        """From home to goodbye and home again; the title of the result's page must match `result`.

        Where `result` is empty nothing is printed and there is no such page.
        """
        seen: dict[str, str] = {}
        self._touch(f"start:{item}", {})
        while self._visitor.kind != "home":
            seen[self._visitor.kind] = self._visitor.title
            action, values = self._answers.get(self._visitor.kind, ("", {}))
            self._touch("no-paper" if self._visitor.kind == "table" and not result else action, values)
        assert "rate" in seen, f"{item} went by {seen}"
        assert re.search(result, seen["result"]) if result else "result" not in seen, f"{item} went by {seen}"

    def _touch(self, action: str, values: Mapping[str, str]) -> None:
        """Touch the button once it is there (a page that waits has none), until another page is seen.

        A touch on a page that has changed meanwhile does nothing, by design, and is made again.
        """
        visitor, before = self._visitor, self._visitor.kind
        ends = time.monotonic() + PAGE_SECONDS
        while visitor.kind == before:
            assert time.monotonic() < ends, f"{action!r} is not to be had on {before}: {visitor.title}"
            if visitor.offers(action):
                visitor.touch(action, values)
            elif visitor.changed():
                visitor.look()
            else:
                time.sleep(LOOK_AGAIN)


@contextmanager
def _city(folder: Path) -> Iterator[tuple[str, Cable, Path]]:
    """A running city: where its control page is, the cable to it, the configuration of its terminal."""
    places, identity, gateway = prepare(folder)
    with Cable({"identity": identity, "gateway": gateway}) as cable:
        issuer = f"https://127.0.0.1:{cable.ports['identity']}"
        gateway_url = f"https://127.0.0.1:{cable.ports['gateway']}/v1"
        text = places.config.read_text(encoding="utf-8")
        text = text.replace(f"https://127.0.0.1:{identity}", issuer)
        text = text.replace(f"https://127.0.0.1:{gateway}/v1", gateway_url)
        # Both on the first page: a visit here is about two items, and not about finding them.
        tiles = f'[terminal]\ntiles = ["{ALLOWANCE}", "{RECORD}"]\n'
        places.config.write_text(text.replace("[terminal]\n", tiles), encoding="utf-8")
        with town.city(places, identity, gateway, issuer=issuer, gateway_url=gateway_url) as control:
            yield control, cable, places.config


def _resident(process: int) -> float:
    """MB of the process that are in memory (VmRSS)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
