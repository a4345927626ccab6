"""The virtual environment .venv: made, filled with the pinned wheels, and known to be up to date.

A stamp in .venv holds the hash of all that decides what is installed. Where it is right, nothing is
run at all, not even pip: that is why the second `make` starts at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.setup.debian import Purpose
from deploy.setup.machine import Machine, SetupError

PYTHON = (3, 11)  # the version that the wheels were chosen for
DEBIAN_PYTHON = (3, 11, 2)  # Debian 12's, for as long as there is a Debian 12: the oldest that must do

# Each list is complete in itself, and a later one holds all of an earlier one.
LISTS: dict[Purpose, str] = {"demo": "demo.txt", "test": "dev.txt", "bench": "bench.txt"}
BUILD_LIST = "build.txt"

VENV_DEADLINE = 300.0
WHEELS_DEADLINE = 2400.0  # some 150 MB, on a slow line
LOCK_DEADLINE = 2700.0  # another `make` may be at all of the above

# What a machine's own pip settings may not change: the pins alone decide the versions (a constraint file
# could contradict them), and packages go into .venv.
PIP_ENVIRONMENT = {
    "PIP_CONSTRAINT": os.devnull,
    "PIP_USER": "0",
    "PIP_NO_INPUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}


class Environment:
    """The virtual environment of the work tree at `root`."""

    def __init__(self, root: Path, machine: Machine, say: Callable[[str], None]) -> None:
        self.root = root.resolve()
        self.folder = self.root / ".venv"
        self._machine = machine
        self._say = say

    def is_ready(self, purpose: Purpose) -> bool:
        """True where what `purpose` needs, or more, is installed as the lists now stand."""
        wide_enough = list(LISTS)[list(LISTS).index(purpose) :]
        return self.is_sound() and any(_read(self._stamp(wider)) == self.key(wider) for wider in wide_enough)

    def is_sound(self) -> bool:
        """True where .venv has a Python of the right version and pip, and was made for this very folder.

        The scripts in a virtual environment hold its path, so one that was moved or copied is of no use.
        """
        lines = _read(self.folder / "pyvenv.cfg").splitlines()
        settings = {
            name.strip(): value.strip()
            for name, mark, value in (line.partition("=") for line in lines)
            if mark
        }
        return (
            settings.get("version", "").split(".")[:2] == [str(part) for part in PYTHON]
            and settings.get("command", "").endswith(f" {self.folder}")
            and (self.folder / "bin" / "python").exists()
            and (self.folder / "bin" / "pip").exists()
        )

    def key(self, purpose: Purpose) -> str:
        """The hash of all that decides what is installed for `purpose`."""
        digest = hashlib.sha256(repr(PYTHON).encode())
        for path in (*self._lists(purpose), self.root / "pyproject.toml"):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def provide(self, purpose: Purpose) -> None:
        """Make .venv where it is not sound, and install what `purpose` needs. Raises SetupError.

        Nothing is resolved and nothing built but the project itself, and that without the network:
        every wheel is named by its version and hash. Modules are compiled when first imported: most
        never are, and compiling all of them takes as long as everything else here.
        """
        if not self.is_sound():
            self._say(f"Making the virtual environment {self.folder}")
            command = [sys.executable, "-m", "venv", "--clear", str(self.folder)]
            self._machine.run(command, {}, deadline=VENV_DEADLINE)
        # From here until the end the environment is neither the old nor the new.
        for other in LISTS:
            self._stamp(other).unlink(missing_ok=True)
        pip = [str(self.folder / "bin" / "python"), "-m", "pip", "install", "--no-deps"]
        wheels = [part for path in self._lists(purpose) for part in ("--requirement", str(path))]
        self._say(f"Installing the wheels pinned in deploy/requirements/{LISTS[purpose]}")
        self._machine.run(
            [*pip, "--require-hashes", "--only-binary", ":all:", "--no-compile", *wheels],
            PIP_ENVIRONMENT,
            deadline=WHEELS_DEADLINE,
        )
        self._say("Installing the agent itself, editable")
        self._machine.run(
            [*pip, "--quiet", "--no-index", "--no-build-isolation", "--editable", str(self.root)],
            PIP_ENVIRONMENT,
            deadline=VENV_DEADLINE,
        )
        self._stamp(purpose).write_text(self.key(purpose), encoding="ascii")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second `make` in the same tree waiting until this one's set-up is done. Raises SetupError.

        The lock is on pyproject.toml, which every tree has, so that no lock file is left lying about.
        """
        with (self.root / "pyproject.toml").open("rb") as file:
            deadline = time.monotonic() + LOCK_DEADLINE
            told = False
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise SetupError(
                            "Another set-up in this tree has not ended; stop it and try again."
                        ) from None
                if not told:
                    self._say("Another set-up is at work in this tree; waiting for it.")
                    told = True
                time.sleep(0.5)
            yield

    def _lists(self, purpose: Purpose) -> list[Path]:
        return [self.root / "deploy" / "requirements" / name for name in (BUILD_LIST, LISTS[purpose])]

    def _stamp(self, purpose: Purpose) -> Path:
        return self.folder / f"installed-for-{purpose}"


def _read(path: Path) -> str:
    """The text of a small file, or nothing where there is no such file."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
