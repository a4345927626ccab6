"""The worker: what it lets through, and what becomes of one that dies, hangs, or is none."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.smart_card import (
    CardRead,
    CardRemoved,
    CardUnreadable,
    Condition,
    SmartCardReader,
    UnreadableReason,
)
from drivers.smart_card import link as links
from drivers.smart_card.link import LinkError, Trouble, WorkerLink
from drivers.smart_card.worker import WORDS, Reader, answer
from tests.contract.heard import Heard
from tests.drivers.smart_card.bench import DEADLINE, Bench, needs_pcsc
from tests.drivers.smart_card.people import social_card


class Library:
    """pyscard's low layer, as far as the worker uses it: one reader with a card, calls that fail by order."""

    SCARD_SCOPE_USER = 0
    SCARD_STATE_UNAWARE = 0
    SCARD_STATE_CHANGED, SCARD_STATE_EMPTY, SCARD_STATE_PRESENT, SCARD_STATE_MUTE = 2, 0x10, 0x20, 0x200
    SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1, SCARD_UNPOWER_CARD = 1, 1, 2, 2

    def __init__(self) -> None:
        self.fails: dict[str, int] = {}
        self.sent: list[bytes] = []

    def _code(self, name: str) -> int:
        return self.fails.get(name, 0)

    def SCardEstablishContext(self, _: int) -> list[Any]:  # noqa: N802 - the library's name
        return [self._code("establish"), "context"]

    def SCardReleaseContext(self, _: Any) -> list[Any]:  # noqa: N802
        return [0]

    def SCardListReaders(self, _: Any, __: list[str]) -> list[Any]:  # noqa: N802
        return [self._code("list"), ["One"]]

    def SCardGetStatusChange(self, _: Any, __: int, states: list[tuple[str, int]]) -> list[Any]:  # noqa: N802
        return [self._code("status"), [(name, 0x50022, []) for name, _ in states]]

    def SCardConnect(self, *_: Any) -> list[Any]:  # noqa: N802
        return [self._code("connect"), "card", self.SCARD_PROTOCOL_T1]

    def SCardStatus(self, _: Any) -> list[Any]:  # noqa: N802
        return [0, "One", 0, self.SCARD_PROTOCOL_T1, [0x3B, 0x00]]

    def SCardTransmit(self, _: Any, __: Any, apdu: list[int]) -> list[Any]:  # noqa: N802
        self.sent.append(bytes(apdu))
        return [self._code("transmit"), [0x90, 0x00]]

    def SCardDisconnect(self, *_: Any) -> list[Any]:  # noqa: N802
        return [0]


@pytest.fixture
def library() -> Library:
    return Library()


def connected(library: Library) -> Reader:
    reader = Reader(library)
    assert answer(reader, {"op": "watch", "seconds": 0.0}) == {"readers": [["One", "present", 5]]}
    assert answer(reader, {"op": "connect", "reader": "One"}) == {"atr": "3b00", "t0": False}
    return reader


def test_a_forbidden_command_does_not_reach_the_library(library: Library) -> None:
    reader = connected(library)
    asked = answer(reader, {"op": "transmit", "apdu": "0020000003888888"})
    assert asked["error"] == "forbidden"
    assert library.sent == []
    assert answer(reader, {"op": "transmit", "apdu": "00C0000002"}) == {"answer": "9000"}


@pytest.mark.parametrize(("code", "word"), sorted(WORDS.items()))
def test_every_code_is_a_word_that_the_driver_knows(library: Library, code: int, word: str) -> None:
    reader = connected(library)
    library.fails["transmit"] = code - 0x1_0000_0000  # the library's numbers are signed
    told = answer(reader, {"op": "transmit", "apdu": "00C0000002"})
    assert told == {"error": word, "code": f"{code:08X}"}
    assert word in set(Trouble)


def test_a_code_that_nobody_knows_is_failed(library: Library) -> None:
    library.fails["list"] = 0x80100001
    assert answer(Reader(library), {"op": "watch", "seconds": 0.0})["error"] == "failed"


def test_no_reader_is_no_failure(library: Library) -> None:
    library.fails["list"] = 0x8010002E
    assert answer(Reader(library), {"op": "watch", "seconds": 0.0}) == {"readers": []}


def test_a_request_that_is_none_is_told(library: Library) -> None:
    assert answer(Reader(library), {"op": "format"})["error"] == "bad-request"
    assert answer(Reader(library), {"op": "connect", "reader": "One"})["error"] == "no-service"
    assert answer(Reader(library), {"op": "transmit", "apdu": "00C0000002"})["error"] == "no-card"


# The driver's end, with workers that are none


def script(folder: Path, text: str) -> Path:
    made = folder / "python3"
    made.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    made.chmod(0o755)
    return made


READY = """echo '{"ready": true}'; read line;"""


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        (f"{READY} exit 0", Trouble.DIED),
        (f"{READY} echo oops; read line", Trouble.DIED),
        (f"{READY} echo 1; read line", Trouble.DIED),
        (f"{READY} echo []; read line", Trouble.DIED),
        (f"{READY} head -c 200000 /dev/zero; read line", Trouble.HUNG),
        (f"{READY} exec sleep 1000", Trouble.HUNG),
    ],
)
def test_a_worker_that_does_not_answer_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, trouble: Trouble
) -> None:
    monkeypatch.setattr(links, "CALL_SECONDS", 0.5)
    line = WorkerLink(python=script(tmp_path, text), monotonic=time.monotonic)
    line.start()
    pid = line.pid
    assert pid is not None
    with pytest.raises(LinkError) as caught:
        line.disconnect()
    assert caught.value.trouble is trouble
    assert line.pid is None
    assert not Path(f"/proc/{pid}").exists()


def test_python_that_is_not_there_or_has_no_library_is_told(tmp_path: Path) -> None:
    for python in (tmp_path / "none", script(tmp_path, "exit 0"), Path(sys.executable)):
        line = WorkerLink(python=python, monotonic=time.monotonic)
        with pytest.raises(LinkError) as caught:
            line.start()
        assert caught.value.trouble is Trouble.NO_LIBRARY, python
        line.stop()


def test_closing_does_not_wait_for_a_worker_that_hangs(tmp_path: Path) -> None:
    """The call has far more time than the test; closing ends it at once."""
    reader = SmartCardReader(listener=Heard(), python=script(tmp_path, f"{READY} exec sleep 1000"))
    reader.open()
    reader.close()
    assert reader.health().condition == Condition.UNKNOWN


# On the real stack


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    needs_pcsc()
    made = Bench(tmp_path_factory.mktemp("pcsc"))
    yield made
    made.close()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def running(bench: Bench, heard: Heard) -> Iterator[SmartCardReader]:
    reader = SmartCardReader(listener=heard, python=bench.python)
    reader.open()
    heard.condition(Condition.READY)
    yield reader
    reader.close()
    bench.card("remove")
    bench.restore()


def workers(of: int) -> list[int]:
    """The processes that `of` started to hold the library."""
    tasks = Path(f"/proc/{of}/task").glob("*/children")
    children = [int(pid) for task in tasks for pid in task.read_text("ascii").split()]
    return [pid for pid in children if b"worker.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_a_worker_that_is_killed_is_started_again(
    bench: Bench, running: SmartCardReader, heard: Heard
) -> None:
    (before,) = workers(os.getpid())
    os.kill(before, signal.SIGKILL)
    heard.condition(Condition.FAILED)
    heard.condition(Condition.READY)
    (after,) = workers(os.getpid())
    assert after != before
    running.arm()
    bench.card("insert", card=social_card())
    heard.next(CardRead)


def test_a_worker_that_hangs_is_killed_and_started_again(
    bench: Bench, running: SmartCardReader, heard: Heard
) -> None:
    (before,) = workers(os.getpid())
    os.kill(before, signal.SIGSTOP)
    heard.condition(Condition.SILENT)
    heard.condition(Condition.READY)
    assert not Path(f"/proc/{before}").exists()
    running.arm()
    bench.card("insert", card=social_card())
    heard.next(CardRead)


def test_pcscd_that_a_pulled_card_crashed_is_told_and_its_restart_is_enough(
    bench: Bench, running: SmartCardReader, heard: Heard
) -> None:
    running.arm()
    bench.card(
        "insert", card=social_card(), faults=[{"kind": "pull-in-header", "on": "read-record", "times": 1}]
    )
    if heard.next(CardUnreadable).reason is UnreadableReason.READER_LOST:  # it does so nearly always
        heard.condition(Condition.NO_SERVICE)
        bench.stop_pcscd()
        bench.start_pcscd()
        heard.condition(Condition.READY)
    heard.next(CardRemoved)
    bench.card("insert", card=social_card())
    heard.next(CardRead)


def test_pcscd_that_stops_in_the_middle_of_an_apdu_is_told_and_its_restart_is_enough(
    bench: Bench, running: SmartCardReader, heard: Heard
) -> None:
    running.arm()
    asked = len(bench.card("state")["apdus"])
    bench.card("insert", card=social_card(), faults=[{"kind": "slow", "on": "read-record", "seconds": 3.0}])
    ends = time.monotonic() + DEADLINE
    while len(bench.card("state")["apdus"]) < asked + 2:
        assert time.monotonic() < ends
    bench.stop_pcscd()
    assert heard.next(CardUnreadable).reason is UnreadableReason.READER_LOST
    heard.condition(Condition.NO_SERVICE)
    bench.start_pcscd()
    heard.condition(Condition.READY)
    bench.card("remove")
    heard.next(CardRemoved)
    bench.card("insert", card=social_card())
    heard.next(CardRead)


_PARENT = """
import sys, time
from pathlib import Path
from drivers.smart_card.link import WorkerLink
line = WorkerLink(python=Path(sys.argv[1]), monotonic=time.monotonic)
line.start()
print(line.pid, flush=True)
sys.stdin.read()
"""


def test_a_worker_does_not_outlive_the_agent(bench: Bench) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, bench.python], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        watched = os.pidfd_open(worker)
        parent.kill()
        parent.wait(DEADLINE)
    try:
        assert select.select([watched], [], [], DEADLINE)[0]
    finally:
        os.close(watched)
