"""Debian's CUPS between the driver and a printer: a cupsd of a test's own, with its spool on a tmpfs.

It is set up by the lines that docs/drivers/document-printer.md gives for a terminal, but for its places:
spool, caches, queues and logs are one folder in /dev/shm, beside a machine's own.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

DEADLINE = 20.0
MEMORY = Path("/dev/shm")
"""The tmpfs that every Debian has."""
QUEUE = "a4"
PATH = f"/printers/{QUEUE}"

_PLACES = "/usr/sbin:/usr/bin"  # Debian puts the daemon and its orders where not every user looks
_DOCS = Path("docs/drivers/document-printer.md")
_OWN_PLACES = """ServerRoot {folder}/etc
CacheDir {folder}/cache
StateDir {folder}/run
RequestRoot {folder}/spool
AccessLog {folder}/log/access_log
ErrorLog {folder}/log/error_log
PageLog {folder}/log/page_log
"""
_AT_ONCE = "DirtyCleanInterval 0\n"
"""Queues and jobs are written down at once instead of after 30 s: a test does not wait to kill it."""


def documented(name: str) -> str:
    """The lines that the page of docs gives for a terminal's file of this name."""
    found = re.search(rf"`{re.escape(name)}`[^\n]*\n+```\n(.*?)```", _DOCS.read_text("utf-8"), re.DOTALL)
    assert found, f"{_DOCS} gives no lines for {name}"
    return found[1]


class Cups:
    """A cupsd as a process that can be ended and started again on its port, with one queue."""

    def __init__(self, device: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kiosk-cups-", dir=MEMORY))
        self.folder.chmod(0o755)  # its backends run as another user
        for name in ("etc", "cache", "run", "spool", "log"):
            (self.folder / name).mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        files = documented("/etc/cups/cups-files.conf").replace("RequestRoot /var/spool/cups\n", "")
        self._write("cups-files.conf", files + _OWN_PLACES)
        daemon = documented("/etc/cups/cupsd.conf").replace("127.0.0.1:631", f"127.0.0.1:{self.port}")
        self._write("cupsd.conf", daemon.replace("/run/cups/", "{folder}/run/") + _AT_ONCE)
        self._daemon: subprocess.Popen[bytes] | None = None
        try:
            self.start()
            self.order("lpadmin", "-p", QUEUE, "-E", "-v", device, "-m", "raw")
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Start it as its unit does, and wait until its port is there."""
        before = re.search(
            r"^ExecStartPre=(.*)$", documented("/etc/systemd/system/cups.service.d/kiosk.conf"), re.M
        )
        assert before
        subprocess.run(before[1].replace("/var/spool/cups", str(self.folder / "spool")).split(), check=True)
        command = [_found("cupsd"), "-f", "-c", str(self.folder / "cupsd.conf")]
        self._daemon = subprocess.Popen(
            [*command, "-s", str(self.folder / "cups-files.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.until(self._answers)

    def stop(self) -> None:
        """End it as systemd does."""
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """End it as a crash does."""
        self._end(subprocess.Popen.kill)

    def close(self) -> None:
        """Take it away with all it kept."""
        self.kill()
        shutil.rmtree(self.folder)

    def order(self, program: str, *arguments: str) -> str:
        """Run one of CUPS' own programs (lpadmin, cupsdisable, lpstat); what it says."""
        command = [_found(program), "-h", str(self.folder / "run/cups.sock"), *arguments]
        done = subprocess.run(command, check=False, timeout=DEADLINE, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def until(self, condition: Callable[[], bool]) -> None:
        """Look every 20 ms, with a deadline."""
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, "CUPS did not come to that"
            time.sleep(0.02)

    def kept(self, word: bytes, *folders: str) -> list[str]:
        """Which of its files, of all or of these folders, have this in them."""
        found = []
        for path in sorted(self.folder.rglob("*")):
            name = str(path.relative_to(self.folder))
            with contextlib.suppress(FileNotFoundError):  # it tidies up meanwhile
                if (
                    path.is_file()
                    and (not folders or name.split("/", 1)[0] in folders)
                    and word in path.read_bytes()
                ):
                    found.append(name)
        return found

    def _write(self, name: str, lines: str) -> None:
        (self.folder / name).write_text(lines.format(folder=self.folder))

    def _end(self, how: Callable[[subprocess.Popen[bytes]], None]) -> None:
        daemon, self._daemon = self._daemon, None
        if daemon is not None:
            backends = _children(daemon.pid)
            how(daemon)
            daemon.wait(DEADLINE)
            # As systemd ends what is left of a unit: a backend would wait for its printer for ever.
            for backend in backends:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(backend, signal.SIGKILL)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


def _children(parent: int) -> list[int]:
    """Process ids, by proc(5)."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            # The name, in brackets, may have anything in it; then come the state and the parent.
            if int(file.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(file.parent.name))
    return found


def _found(program: str) -> str:
    path = shutil.which(program, path=_PLACES)
    assert path, f"{program} not found: the set-up installs it (make setup-test)"
    return path
