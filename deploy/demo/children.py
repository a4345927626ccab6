"""The processes of the demo: they end with it, however it ends, and say why when they end before.

Each is started through util-linux's ``setpriv --pdeathsig``: the kernel ends it when its parent is gone, even
after a ``kill -9``. The kernel means the parent *thread*, so all are started by one that lives as long as the
process; and it does not tell of a parent that went before it was asked to, so the child looks once by itself.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue

LAST_LINES = 12
ERROR_LINES = 60
POLL_SECONDS = 0.02
TERM_SECONDS = 5.0
"""How long a process may take to end after SIGTERM before it is killed."""

KILL_SECONDS = 5.0


_WITH_US = ("setpriv", "--pdeathsig", "KILL", "sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"')
"""Before our own process id and a command: run it, unless we are gone already, and only as long as we are."""


_RECORD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \S+ ([A-Z]+) ")
"""How a record of a log begins (`logging`'s usual stamp, the logger, its level)."""


def errors(log: Path) -> str:
    """The first `ERROR_LINES` lines of what a process logged as errors, with tracebacks; empty for none."""
    kept: list[str] = []
    inside = False
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if record := _RECORD.match(line):
                    inside = record[1] in {"ERROR", "CRITICAL"}
                if inside and len(kept) < ERROR_LINES:
                    kept.append(line)
    except OSError:
        return ""
    return "".join(kept)


class ChildEndedError(RuntimeError):
    """A process of the demo ended before it should; the text says which, how, and its last words."""


class Child:
    """One process. Its output goes to `log`; `name` is what people are told."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    def __repr__(self) -> str:
        """Name and process id."""
        return f"Child({self.name!r}, pid={self.pid})"

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def last_lines(self) -> str:
        """The end of what it said."""
        try:
            with self.log.open(encoding="utf-8", errors="replace") as lines:
                return "".join(deque(lines, LAST_LINES)).rstrip()
        except OSError:
            return ""

    def obituary(self) -> str:
        """How it ended, with its last words."""
        code = self._process.poll()
        how = f"exit code {code}"
        if code is not None and code < 0:
            how = f"signal {signal.Signals(-code).name}"
        return f"{self.name} ended ({how}); {self._last_words()}"

    def _last_words(self) -> str:
        return f"the end of {self.log}:\n{self.last_lines() or '(it said nothing)'}"

    def wait_for(self, fact: Callable[[], bool], seconds: float) -> None:
        """Wait until `fact` holds.

        Raises ChildEndedError when the process ends first, TimeoutError at the deadline, with last words.
        """
        deadline = time.monotonic() + seconds
        while not fact():
            if not self.running:
                raise ChildEndedError(self.obituary())
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} was not ready within {seconds:g} s; {self._last_words()}")
            # Nothing tells us of a file that appears or a port that opens: look again soon.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(POLL_SECONDS)

    def kill(self) -> None:
        """As a power cut would: SIGKILL, gone when this returns."""
        self._process.kill()
        self._process.wait(KILL_SECONDS)

    def ask_to_end(self) -> None:
        """SIGTERM; `end` waits for it."""
        self._process.terminate()

    def end(self, seconds: float = TERM_SECONDS) -> bool:
        """Wait until it has ended after `ask_to_end`; kill it at the deadline. Whether it ended by itself."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        return True


class Nursery:
    """Starts processes in `folder` (their logs are ``NAME.log`` there) and ends them all."""

    def __init__(self, folder: Path, work: Path) -> None:
        """`work` is the directory in which they run."""
        self._folder = folder
        self._work = work
        self.children: dict[str, Child] = {}

    def start(self, name: str, command: Sequence[str], *, extra: Mapping[str, str] | None = None) -> Child:
        """Start `command` with `extra` in its environment. Raises OSError when it cannot be."""
        log = self._folder / f"{name}.log"
        environment = {**os.environ, **(extra or {})}
        mode = "ab" if name in self.children else "wb"  # what a process said before a restart is kept

        def spawn() -> Child:
            with log.open(mode) as sink:
                process = subprocess.Popen(
                    [*_WITH_US, str(os.getpid()), *command],
                    cwd=self._work,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    # Ctrl-C at the terminal is for us alone; we end the others in order.
                    start_new_session=True,
                )
            return Child(name, process, log)

        child = _SPAWNER.run(spawn)
        self.children[name] = child
        return child

    def dead(self) -> list[Child]:
        """Those that have ended, though nobody asked them to."""
        return [child for child in self.children.values() if not child.running]

    def end(self, seconds: float = TERM_SECONDS) -> list[str]:
        """End all at once, youngest first; names of those that had to be killed."""
        children, self.children = list(self.children.values())[::-1], {}
        for child in children:
            child.ask_to_end()
        deadline = time.monotonic() + seconds
        return [child.name for child in children if not child.end(max(0.0, deadline - time.monotonic()))]


class _Spawner:
    """One thread that starts processes and never ends before the process does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wishes: SimpleQueue[tuple[Callable[[], Child], Future[Child]]] = SimpleQueue()

    def run(self, spawn: Callable[[], Child]) -> Child:
        """The child that `spawn` starts, or its exception."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="spawner", daemon=True)
                self._thread.start()
        born: Future[Child] = Future()
        self._wishes.put((spawn, born))
        return born.result(KILL_SECONDS)

    def _serve(self) -> None:
        while True:
            spawn, born = self._wishes.get()
            try:
                born.set_result(spawn())
            except OSError as error:
                born.set_exception(error)


_SPAWNER = _Spawner()
