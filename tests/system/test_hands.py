"""What hands do to a terminal: paper out, cover open, card lifted, cables pulled, the agent told to stop."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.demo.demo import Handles
from offline_cache.events import ItemEnded, VisitEnded
from offline_cache.journal import Intact, Journal
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from tests.kiosk.clocks import TestClock
from tests.system.citizen import LOOK_AGAIN, PATIENCE, Citizen, cases


@pytest.fixture
def citizen(demo: Handles) -> Iterator[Citizen]:
    """Somebody at the notice of the allowance; afterwards everything is whole again."""
    made = Citizen(demo)
    made.begin()
    yield made
    demo.printer("cover", open=False)
    demo.printer("paper", state="full")
    demo.printer("stall", on=False)
    demo.reader("fault", kind="clear")


def kiosk(demo: Handles, *words: str) -> subprocess.CompletedProcess[str]:
    """A technician's command."""
    command = [sys.executable, "-m", "kiosk.cli", *words, "--config", str(demo.config)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def papers(demo: Handles) -> int:
    """How many whole papers came out."""
    return len(list(demo.paper.glob("receipt-*.png")))


@pytest.mark.parametrize(
    ("spoil", "mend", "words"),
    [
        ({"op": "paper", "state": "out"}, {"op": "paper", "state": "full"}, "缺纸"),
        ({"op": "cover", "open": True}, {"op": "cover", "open": False}, "盖"),
    ],
)
def test_a_print_that_failed_is_offered_again_and_the_case_stays_one(
    citizen: Citizen, spoil: dict[str, Any], mend: dict[str, Any], words: str
) -> None:
    demo = citizen.demo
    citizen.to("sign")
    demo.printer(**spoil)
    citizen.confirm()
    citizen.until(lambda page: page.button("再打印") is not None, "the failure")
    assert words in citizen.page.words
    assert citizen.page.number
    before = papers(demo)
    demo.printer(**mend)
    citizen.tap("again")
    citizen.until(lambda page: "已经打印" in page.words, "the paper")
    assert papers(demo) == before + 1
    assert len(cases(demo)) == 1
    citizen.finish()


def test_a_printer_that_hangs_is_unconfirmed_and_nothing_is_printed_twice(citizen: Citizen) -> None:
    demo = citizen.demo
    citizen.to("sign")
    before = papers(demo)
    demo.printer("stall", on=True)
    citizen.confirm()
    citizen.until(lambda page: page.button("再打印") is not None, "the doubt")
    assert "出纸口" in citizen.page.words
    demo.printer("stall", on=False)
    citizen.finish()
    assert papers(demo) <= before + 1
    assert len(cases(demo)) == 1


def test_a_card_lifted_too_soon_is_asked_for_again(citizen: Citizen) -> None:
    demo = citizen.demo
    citizen.to("identify")
    demo.reader("fault", kind="lift-after-find")
    demo.reader("place", card=citizen.person.card)
    citizen.until(lambda page: "没有读到" in page.words or "再放一次" in page.words, "the words")
    assert citizen.page.kind == "identify"
    demo.reader("place", card=citizen.person.card)
    citizen.until(lambda page: page.kind == "face-consent", "the next page")


def found_empty(demo: Handles) -> None:
    """Wait until the driver has looked for a card and found none.

    Until then that of the test before may be there for all it knows; and what lies there after a loss could
    be that one, which has to be lifted first.
    """
    ends = time.monotonic() + PATIENCE
    last: dict[str, Any] = {}
    while (last.get("command"), last.get("sw3")) != ("find", "80"):
        assert time.monotonic() < ends, f"the reader was not looked at: {last}"
        threading.Event().wait(LOOK_AGAIN)
        last = demo.reader("history")["history"][-1]


def test_a_reader_that_was_unplugged_reads_again_when_it_is_back(citizen: Citizen) -> None:
    demo = citizen.demo
    citizen.to("identify")
    found_empty(demo)
    demo.reader("fault", kind="unplug")
    demo.reader("fault", kind="replug")
    demo.reader("place", card=citizen.person.card)
    citizen.until(lambda page: page.kind == "face-consent", "the next page")


def test_a_printer_without_paper_is_told_before_the_start(demo: Handles) -> None:
    citizen = Citizen(demo)
    demo.printer("paper", state="out")
    citizen.until(lambda page: "凭条打印机暂不可用" in page.words, "the reason on the tile")
    demo.printer("paper", state="full")
    citizen.until(lambda page: "凭条打印机暂不可用" not in page.words, "the tile to work again")


def test_told_to_stop_in_the_middle_it_wipes_and_the_journal_says_so(citizen: Citizen) -> None:
    demo = citizen.demo
    citizen.to("form")
    demo.restart_agent()
    store = Store.open_reader(demo.places.store / "outbox.db", OUTBOX)
    try:
        journal = Journal(store, TestClock())
        assert isinstance(journal.verify(), Intact)
        head = journal.head().sequence
        told = [entry.event for entry in journal.entries(max(0, head - 40), 40)]
    finally:
        store.close()
    assert [event.outcome for event in told if isinstance(event, ItemEnded)][-1] == "stopped"
    assert [event.how for event in told if isinstance(event, VisitEnded)][-1] == "stopped"
    assert demo.city.ledger()["requests"][-1]["operation"] != "submitApplication"
    assert kiosk(demo, "journal", "verify").returncode == 0


def test_doctor_beside_a_running_agent_calls_nothing_broken(demo: Handles) -> None:
    done = kiosk(demo, "doctor", "--json")
    found = {check["what"]: check for check in json.loads(done.stdout)}
    assert {name for name, check in found.items() if check["state"] == "bad"} == set()
    assert found["unified identity"]["state"] == "good"
    assert found["gateway"]["state"] == "good"
    assert found["ID card reader"]["state"] == "unknown"
    assert done.returncode == 0


def test_receipt_of_this_terminal_verifies_and_a_changed_one_does_not(citizen: Citizen) -> None:
    demo = citizen.demo
    citizen.finish()
    ends = time.monotonic() + PATIENCE
    while not list(demo.paper.glob("receipt-*.json")):
        assert time.monotonic() < ends
    newest = max(demo.paper.glob("receipt-*.json"), key=lambda path: path.name)
    [code] = json.loads(newest.read_text())["qr"]
    assert kiosk(demo, "receipt", "verify", code).returncode == 0
    changed = code[:-12] + ("A" if code[-12] != "A" else "B") + code[-11:]
    assert kiosk(demo, "receipt", "verify", changed).returncode == 1
