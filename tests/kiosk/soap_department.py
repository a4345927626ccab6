"""The sandbox's SOAP department as a process, for the length of some tests."""

from __future__ import annotations

import contextlib
import json
import queue
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LICENCE = "LICENCE-OF-THE-TESTS-01"


@dataclass(frozen=True)
class Department:
    """Where it is, and what it trusts."""

    url: str
    control: str
    ca_file: Path

    def order(self, kind: str, **more: Any) -> None:
        """Misbehave at the next request."""
        self._control("/faults", {"kind": kind, **more}, "POST")

    def behave(self) -> None:
        """No more faults."""
        self._control("/faults", None, "DELETE")

    def ledger(self) -> list[dict[str, Any]]:
        """Every migration that it took."""
        found = self._control("/ledger", None, "GET")
        assert isinstance(found, list)
        return found

    def _control(self, path: str, body: Any, method: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.control}{path}", data=data, method=method)  # noqa: S310 - its own address
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            return json.load(answer)


@contextlib.contextmanager
def department(folder: Path) -> Iterator[Department]:
    """Start it, and stop it at the end."""
    command = [sys.executable, "-m", "deploy.sandbox.soap", "--dir", str(folder), "--licence", LICENCE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        try:
            found = re.match(r"soap (\S+)  control (\S+)", _line(process))
            assert found is not None
            yield Department(found[1], found[2], folder / "ca.pem")
        finally:
            process.terminate()
            process.wait(15)


def _line(process: subprocess.Popen[bytes]) -> str:
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    output = process.stdout
    assert output is not None
    threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
    return lines.get(timeout=60).decode()
