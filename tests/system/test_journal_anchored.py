"""The agent's own anchoring against the sandbox over TLS, and a technician who compares what both keep."""

from __future__ import annotations

import json
import random
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.sandbox.city import City, Plan
from kiosk import keys
from kiosk.anchoring import DAY_SECONDS, SPREAD_SECONDS, Anchoring
from kiosk.cli import main
from kiosk.gateway import contract
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.signers import NoSigner
from kiosk.gateway.transport import PinnedHttp
from kiosk.identity.client import IdentityClient
from kiosk.loop import Loop
from offline_cache.events import AnchorRefused, ConnectivityChanged, JournalAnchored
from offline_cache.journal import Bounds, Journal
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from tests.kiosk.clocks import TestClock
from tests.kiosk.test_filing import Inline

TERMINAL = "TJ-0001"


class Terminal:
    """A journal and what anchors it, with the agent's own clients; a city whose clock is the same."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = TestClock()
        self.key = keys.create(folder / "key.pem")
        self.city = City(
            Plan(folder / "city", {TERMINAL: json.dumps(self.key.public_jwk)}),
            now=lambda: self.clock.now().timestamp(),
        )
        self.city.start()
        self.open()
        (folder / "terminal.toml").write_text(
            f"""
[terminal]
id = "{TERMINAL}"
name = "测试厅"
[identity]
issuer = "{self.city.issuer}"
client_id = "{TERMINAL}"
key_file = "key.pem"
ca_file = "city/ca.pem"
[gateway]
base_url = "{self.city.gateway_url}"
ca_file = "city/ca.pem"
[store]
path = "store"
""",
            encoding="utf-8",
        )

    def open(self) -> None:
        """The agent starts: with its journal, or with a new one."""
        self.loop = Loop(self.clock, lambda error: None)
        self.store = Store.open(self.folder / "store" / "outbox.db", OUTBOX)
        self.journal = Journal(self.store, self.clock, bounds=Bounds(rows=20))
        identity = IdentityClient(
            issuer=self.city.issuer,
            client_id=TERMINAL,
            key=self.key,
            http=PinnedHttp(self.city.ca_file),
            clock=self.clock,
        )
        client = GatewayClient(
            base_url=self.city.gateway_url,
            http=PinnedHttp(self.city.ca_file),
            contract=contract.load(),
            signer=NoSigner(),
            terminal_token=identity.terminal_bearer,
            clock=self.clock,
            on_time=lambda _: None,
            random=lambda: 0.0,
        )
        self.anchoring = Anchoring(
            client=client,
            journal=self.journal,
            terminal=TERMINAL,
            executor=Inline(),
            loop=self.loop,
            clock=self.clock,
            random=random.Random(4),
        )

    def write(self, count: int) -> None:
        self.journal.append(*[ConnectivityChanged(online=True)] * count)

    def wait(self, seconds: float) -> None:
        for _ in range(int(seconds // 60)):
            self.clock.advance(60.0)
            while self.loop.step():
                pass

    def exported(self) -> Path:
        """What an operator gets from the city of this terminal's journal."""
        with urllib.request.urlopen(f"{self.city.control_url}/anchors/{TERMINAL}", timeout=10) as answer:  # noqa: S310
            path = self.folder / "anchors.json"
            path.write_bytes(answer.read())
        return path

    def kiosk(self, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, [*words, "--config", str(self.folder / "terminal.toml")])
        return done.exit_code, done.output

    def stop(self) -> None:
        self.store.close()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.stop()
    terminal.city.stop()


def test_a_rewritten_journal_is_found_by_what_the_city_keeps(terminal: Terminal) -> None:
    terminal.write(30)
    terminal.anchoring.begin()
    terminal.wait(SPREAD_SECONDS)
    terminal.write(30)
    terminal.wait(DAY_SECONDS + SPREAD_SECONDS)
    assert terminal.journal.rotate(None) is not None
    assert [anchor.head.sequence for anchor in terminal.journal.anchors.all()] == [30, 61]
    anchors = terminal.exported()
    assert [(row["sequence"], row["hash"]) for row in json.loads(anchors.read_bytes())] == [
        (anchor.head.sequence, anchor.head.hash.hex()) for anchor in terminal.journal.anchors.all()
    ]
    code, words = terminal.kiosk("journal", "verify", "--anchors", str(anchors))
    assert (code, words.startswith("intact: entries 1 to 63"), "2 anchors of" in words) == (0, True, True)

    terminal.stop()
    shutil.rmtree(terminal.folder / "store")
    terminal.open()
    terminal.write(80)
    assert terminal.kiosk("journal", "verify")[0] == 0  # whole in itself
    code, words = terminal.kiosk("journal", "verify", "--anchors", str(anchors))
    assert (code, words) == (1, "broken at entry 30: rewritten, in outbox.db\n")


def test_the_city_itself_notices_another_hash_and_the_terminal_says_so(terminal: Terminal) -> None:
    terminal.write(12)
    terminal.anchoring.begin()
    terminal.wait(SPREAD_SECONDS)
    terminal.stop()
    shutil.rmtree(terminal.folder / "store")
    terminal.clock.advance(5)
    terminal.open()
    terminal.write(12)
    terminal.anchoring.begin()
    terminal.wait(SPREAD_SECONDS)
    assert [entry.event for entry in terminal.journal.entries(12)] == [AnchorRefused(sequence=12)]
    code, words = terminal.kiosk("journal", "verify")
    assert (code, "ALARM: the gateway keeps another hash for entry 12" in words) == (1, True)
    terminal.wait(DAY_SECONDS + SPREAD_SECONDS)
    assert [entry.event for entry in terminal.journal.entries(13)] == [JournalAnchored(sequence=13)]
    assert terminal.kiosk("journal", "verify")[0] == 1  # it stays an alarm


def test_entries_are_shown_as_json_lines_across_files(terminal: Terminal) -> None:
    terminal.write(50)
    while terminal.journal.rotate(None) is not None:
        pass
    code, words = terminal.kiosk("journal", "show", "--after", "18", "--limit", "30")
    assert code == 0
    assert [json.loads(line)["sequence"] for line in words.splitlines()] == list(range(19, 49))
    code, words = terminal.kiosk("journal", "show", "--after", "51")
    assert [json.loads(line)["event"]["type"] for line in words.splitlines()] == ["journal-rotated"]
    assert terminal.kiosk("journal", "show", "--after", "52") == (0, "")
    (terminal.folder / "store" / "journal" / terminal.journal._folder.names()[0]).unlink()
    code, words = terminal.kiosk("journal", "show")
    assert (code, "is missing" in words) == (2, True)
    code, words = terminal.kiosk("journal", "verify")
    assert (code, words.startswith("broken at entry 1: file-lost, in journal/000000001-")) == (1, True)


def test_a_file_that_is_no_list_of_anchors_is_told(terminal: Terminal) -> None:
    path = terminal.folder / "wrong.json"
    for text in ("", "{}", "[1]", '[{"sequence":1,"hash":"xy","at":"2026-01-01T00:00:00Z"}]'):
        path.write_text(text, encoding="utf-8")
        code, words = terminal.kiosk("journal", "verify", "--anchors", str(path))
        assert code == 2
        assert "export it from the gateway anew" in words
