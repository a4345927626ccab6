"""The real PC/SC stack for tests: pcscd and vpcd in a mount and network namespace of their own, so that
several run beside each other and nothing of the machine is touched. The card is a process in there too."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drivers.simkit import control
from drivers.smart_card import DEFAULT_PYTHON

LIBRARY = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
READERS = f"""FRIENDLYNAME "Virtual PCD"
DEVICENAME   /dev/null:0x8C7B
LIBPATH      {LIBRARY}
CHANNELID    0x8C7B
"""
DEADLINE = 30.0
"""Seconds after which a test gives up."""
_HOLDER = """
import fcntl, socket, struct, subprocess, sys
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
up = struct.pack("16sH14x", b"lo", 0x41)  # IFF_UP, IFF_RUNNING
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8914, up)  # SIOCSIFFLAGS
print("ready", flush=True)
sys.stdin.read()
"""
"""Keeps the namespaces until its standard input ends: /run and the loopback are theirs alone."""
_NEEDS = {"pcscd": "pcscd", "unshare": "util-linux", "nsenter": "util-linux"}


def needs_pcsc() -> None:
    """Skip where a tool is missing; what is there and does not work fails."""
    missing = [package for tool, package in _NEEDS.items() if shutil.which(tool) is None]
    if not LIBRARY.exists():
        missing.append("vsmartcard-vpcd")
    library = [str(DEFAULT_PYTHON), "-I", "-c", "import smartcard.scard"]
    if not DEFAULT_PYTHON.exists() or subprocess.run(library, capture_output=True, check=False).returncode:
        missing.append("python3-pyscard")
    if missing:
        pytest.skip(f"the real PC/SC stack needs {', '.join(missing)} (make setup)")


class Bench:
    """One pcscd with two slots; a card simulator at the first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name, text in (("with", READERS), ("without", "")):
            (folder / name).mkdir()
            (folder / name / "vpcd").write_text(text, encoding="ascii")
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "--net", sys.executable, "-c", _HOLDER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != b"ready\n":
            said = self._holder.communicate(timeout=DEADLINE)[1].decode()
            pytest.fail(f"this machine does not let a test have namespaces of its own (unshare): {said}")
        self._inside = ["nsenter", "--target", str(self._holder.pid), "--mount", "--net"]
        self.python = folder / "python3"
        self.python.write_text(
            f'#!/bin/sh\nexec {" ".join(self._inside)} {DEFAULT_PYTHON} "$@"\n', encoding="ascii"
        )
        self.python.chmod(0o755)
        self._pcscd: subprocess.Popen[bytes] | None = None
        self._whole = False
        self._control = folder / "card"
        self._cards = self._start_simulator()
        self.start_pcscd()

    def _start_simulator(self) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [
                *self._inside,
                f"--wd={Path.cwd()}",
                sys.executable,
                "-m",
                "drivers.smart_card.simulator",
                "--control",
                self._control,
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        return child

    def card(self, op: str, **order: Any) -> dict[str, Any]:
        """An order to the simulated card."""
        return control(self._control, {"op": op, **order})

    def restore(self) -> None:
        """A pcscd with its reader, whatever a test did to the last one."""
        if self._pcscd is None or self.pcscd_crashed or not self._whole:
            self.stop_pcscd()
            self.start_pcscd()

    def start_pcscd(self, *, reader: bool = True) -> None:
        """Start it, with or without a reader."""
        self._whole = reader
        where = self._folder / ("with" if reader else "without")
        self._pcscd = subprocess.Popen(
            [*self._inside, "pcscd", "--foreground", "--config", where],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop_pcscd(self) -> None:
        """Kill it, as a crash would."""
        if self._pcscd is not None:
            self._pcscd.kill()
            self._pcscd.wait(DEADLINE)
            self._pcscd = None

    @property
    def pcscd_crashed(self) -> bool:
        """Whether it ended by itself."""
        return self._pcscd is not None and self._pcscd.poll() is not None

    def close(self) -> None:
        """End everything."""
        self.stop_pcscd()
        self._cards.terminate()
        self._cards.wait(DEADLINE)
        assert self._holder.stdin is not None
        with contextlib.suppress(OSError):
            self._holder.stdin.close()
        self._holder.wait(DEADLINE)
