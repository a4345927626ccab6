"""The second OpenID provider that tests use, from npm: into build/, by exact versions and hashes.

A stamp beside it holds the hash of the lock file. Where it is right, nothing is run, not even npm.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from deploy.setup.debian import Purpose
from deploy.setup.machine import Machine

PEER = Path("build", "openid-peer")
SOURCE = Path("tests", "kiosk", "openid_peer")
PURPOSES: frozenset[Purpose] = frozenset({"test"})
FILES = ("package.json", "package-lock.json")
DEADLINE = 600.0  # some 2 MB, on a slow line

# No scripts of others are run; no address is asked but the one that this machine's own npm settings name.
COMMAND = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]


class OpenIdPeer:
    """The provider in the work tree at `root`."""

    def __init__(self, root: Path, machine: Machine, say: Callable[[str], None]) -> None:
        self._source = root / SOURCE
        self._folder = root / PEER
        self._machine = machine
        self._say = say

    def is_ready(self, purpose: Purpose) -> bool:
        """True where `purpose` does without it, or it is installed as the lock file now stands."""
        if purpose not in PURPOSES:
            return True
        try:
            return self._stamp.read_text(encoding="ascii") == self.key()
        except FileNotFoundError:
            return False

    def key(self) -> str:
        """The hash of all that decides what is installed."""
        return hashlib.sha256(b"".join((self._source / name).read_bytes() for name in FILES)).hexdigest()

    def provide(self) -> None:
        """Install it. Raises SetupError."""
        self._say(
            f"Installing oidc-provider into {PEER}: the identity client is tested against a second,\n"
            "  independent OpenID provider. It is for tests only and reaches no terminal."
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        self._stamp.unlink(missing_ok=True)
        for name in FILES:
            shutil.copy(self._source / name, self._folder / name)
        self._machine.run([*COMMAND, "--prefix", str(self._folder)], {}, deadline=DEADLINE)
        self._stamp.write_text(self.key(), encoding="ascii")

    @property
    def _stamp(self) -> Path:
        return self._folder / "installed"
