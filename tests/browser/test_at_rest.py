"""Nothing of a citizen stays on the disk: walks in a real browser, a power cut, then every file is read.

A demo of its own, whose processes have their temporary files, home and browser's profile in folders that are
scanned afterwards. What is not the terminal's is left out: the city's records, what came out of the printers,
what stands before the camera.
"""

from __future__ import annotations

import base64
import os
import re
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, BrowserContext, Request
from playwright.sync_api import Error as PlaywrightError

from deploy.demo import windows
from deploy.demo.cable import Connected, Unplugged
from deploy.demo.children import Child, Nursery
from deploy.demo.demo import ROOT, Demo, Handles
from deploy.demo.screen import Button, Page
from deploy.walk import journey
from deploy.walk.hands import TownHands
from deploy.walk.journey import Order, flows, plug, prefetched, prepared
from deploy.walk.walker import Walk, Walker
from tests.browser.finger import Finger
from tests.browser.pages import CHROMIUM
from tests.canary import Canary, Scan, scan

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PAID = "utility.electricity-pay"
CERTIFICATE = "social-insurance.contribution-certificate"
QUEUED = "medical-insurance.reimbursement-submit"
"""With photographs of papers, and without a network."""

TRACE = (
    "strace",
    "-D",
    "-f",
    "-q",
    "-s",
    "400",
    "-e",
    "signal=kill",
    "-e",
    "trace=open,openat,creat,memfd_create",
)
"""As a grandchild (-D), so that the agent's process is the demo's own child as ever."""

OPENED = re.compile(r'(?:open|openat|creat)\((?:\w+, )?"([^"]*)"(?:, ([A-Z_|]+))?')
KILLED = re.compile(r"^(\d+) +\+\+\+ killed by SIGKILL", re.MULTILINE)
TRACED_SECONDS = 30.0


class Watched(Nursery):
    """Starts the agent so that every file that it opens is written down."""

    def __init__(self, folder: Path, work: Path, trace: Path) -> None:
        super().__init__(folder, work)
        self._trace = trace

    def start(self, name: str, command: Sequence[str], *, extra: Mapping[str, str] | None = None) -> Child:
        watched = [*TRACE, "-o", str(self._trace), *command] if name == "agent" else command
        return super().start(name, watched, extra=extra)


class Kept(Finger):
    """One tab for every walk, as on a terminal; remembers what was filled in and photographed."""

    def __init__(self, context: BrowserContext, town: Handles) -> None:
        self.typed: dict[str, str] = {}
        self.pictures: list[bytes] = []
        context.on("request", self._posted_picture)
        super().__init__(context, town.camera, town.kiosk_url)

    def touch(self, page: Page, button: Button, values: Mapping[str, str] | None = None) -> Page:
        """As a Finger does."""
        given = dict(values or {})
        # What is chosen from a list is of the list, not of a person.
        asked = [question for question in page.questions if not question.options]
        self.typed |= {given.get(each.name, each.value): each.name for each in asked}
        return super().touch(page, button, values)

    def _posted_picture(self, request: Request) -> None:
        if request.method == "POST" and (body := request.post_data):
            for url in parse_qs(body).get("picture", []):
                self.pictures.append(base64.b64decode(url.partition(",")[2]))


@dataclass(slots=True)
class Terminal:
    """The demo, a browser as its window has one, and all that lies on the disk of the two."""

    town: Handles
    folder: Path
    finger: Kept
    trace: Path
    known: dict[str, Canary] = field(default_factory=dict)

    def walk(self, item: str, *, offline: bool = False) -> Walk:
        """Somebody does this item; they are remembered for the scan."""
        order = Order(item, offline=offline)
        sheet, _ = prepared(self.town, order, print)
        person = sheet.person
        for name in ("name", "id_number", "address", "mobile", "bank_card"):
            if value := getattr(person, name):
                self.known[value] = Canary(f"{name} of {person.id}", value)
        plug(self.town, self.finger, print, connected=not offline)
        walk = Walker(self.finger, TownHands(self.town), sheet, item).go()
        self.town.reader("lift")
        return walk

    def power_cut(self) -> None:
        """Agent and browser are gone from one moment to the next."""
        self.town.kill_agent()
        profile = str(self.folder / "profile").encode()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (process / "cmdline").read_bytes()
                if profile in words and b"chromium" in words and b"strace" not in words:
                    os.kill(int(process.name), signal.SIGKILL)

    def canaries(self) -> list[Canary]:
        """Whoever was here, what they typed, what the camera took and what was printed for them."""
        ledger = self.town.city.ledger()
        # What the city or the terminal gave to the case is no person's: the outbox has it in its columns.
        given = {str(row.get("case_no")) for row in ledger["cases"]}
        given |= {str(row["key"]) for row in (*ledger["cases"], *ledger["escalations"])}
        typed = [
            Canary(f"answer {name}", value)
            for value, name in self.finger.typed.items()
            if len(value) > 5 and value not in given
        ]
        pictures = [Canary(f"picture {n}", each) for n, each in enumerate(self.finger.pictures)]
        sheets = [Canary(each.name, each.read_bytes()) for each in sorted(self.town.pages.glob("*.pdf"))]
        return [*self.known.values(), *typed, *pictures, *sheets]

    def scan(self) -> Scan:
        """Every file of the terminal."""
        folder, places = self.folder, self.town.places
        others = [places.city, places.paper, places.pages, places.camera, self.trace]
        return scan({folder: others}, self.canaries())

    def may_write(self, path: Path) -> bool:
        """The whole list: store, address file, three serial lines; and compiled Python in a checkout."""
        places = self.town.places
        if path.is_relative_to(places.store) or path.parent.name == "__pycache__":
            return True
        ready = {places.ready, places.ready.with_suffix(".new")}
        lines = {places.card_line, places.printer_line, places.scanner_line}
        return path in ready | lines | {Path("/dev/null")}

    def written(self) -> set[Path]:
        """Every file that the agent, now killed, had opened to write to, whether it is still there or not."""
        killed, ends = str(self.town.agent.pid), time.monotonic() + TRACED_SECONDS
        while killed not in KILLED.findall(text := self.trace.read_text("utf-8", "replace")):
            assert time.monotonic() < ends, "strace did not say how the agent ended"
            threading.Event().wait(0.05)  # it writes after the agent is gone
        assert "memfd_create" not in text
        opened = [match for line in text.splitlines() if (match := OPENED.search(line))]
        writing = re.compile("O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE")
        return {ROOT / match[1] for match in opened if writing.search(match[2] or "O_CREAT")}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Of a short name: the sockets that Chromium makes in it have 107 bytes at most."""
    with tempfile.TemporaryDirectory(prefix="rest-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture
def terminal(browser: Browser, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    for name, variable in (("tmp", "TMPDIR"), ("home", "HOME"), ("run", "XDG_RUNTIME_DIR")):
        (folder / name).mkdir(mode=0o700)
        monkeypatch.setenv(variable, str(folder / name))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(journey, "PULLED", Unplugged(refuse=True))
    trace = folder / "trace"
    demo = Demo(folder / "demo")
    demo.nursery = Watched(folder / "demo" / "log", ROOT, trace)
    with demo as town:
        prefetched(town)
        window = windows.Window("kiosk-window", "about:blank", town.camera.flags, 0, windows.KIOSK)
        profile = folder / "profile"
        context = browser.browser_type.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            ignore_default_args=True,
            args=[
                *windows.command(CHROMIUM, window, profile)[1:],
                "--headless=new",
                "--remote-debugging-pipe",
            ],
            env={**os.environ},
            viewport={"width": 1080, "height": 1920},
            has_touch=True,
        )
        try:
            yield Terminal(town, folder, Kept(context, town), trace)
        finally:
            town.cable.set(Connected())
            with suppress(PlaywrightError):
                context.close()


def cut_and_scan(terminal: Terminal) -> None:
    """What is planted is found where all else is looked for; and nothing else is found."""
    limits = Path(f"/proc/{terminal.town.agent.pid}/limits").read_text(encoding="ascii")
    assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)
    terminal.power_cut()
    planted = terminal.town.places.store / "planted"
    planted.write_bytes(b"..." + str(terminal.canaries()[0].value).encode("utf-16-le"))
    seen = terminal.scan()
    assert list(seen.hits) == [str(planted)], seen.hits
    assert terminal.finger.pictures
    assert (terminal.folder / "profile" / "Default" / "Sessions").exists()
    written = terminal.written()
    assert terminal.town.places.store / "outbox.db" in written
    assert [path for path in written if not terminal.may_write(path)] == []


def test_after_a_power_cut_nothing_of_a_citizen_is_on_the_disk(terminal: Terminal) -> None:
    assert terminal.walk(QUEUED, offline=True).slip
    cut_and_scan(terminal)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_after_a_day_of_every_item_nothing_of_anybody_is_on_the_disk(terminal: Terminal) -> None:
    for item in (PAID, CERTIFICATE):
        terminal.walk(item)
    assert [each["state"] for each in terminal.town.city.ledger()["payments"]] == ["paid"]
    assert list(terminal.town.pages.glob("*.pdf"))
    for item, flow in flows().items():
        if item not in {PAID, CERTIFICATE, QUEUED} and "terminal" in flow.channels:
            terminal.walk(item)
    assert terminal.walk(QUEUED, offline=True).slip
    cut_and_scan(terminal)
