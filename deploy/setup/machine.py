"""What the set-up may ask of this machine and do to it, in one seam that tests replace."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Protocol


class SetupError(Exception):
    """The set-up cannot go on. The message tells the person at the keyboard what is missing, what to type."""


class Machine(Protocol):
    """The commands of a machine and what its user may do."""

    def is_root(self) -> bool:
        """True where this process may install Debian packages as it is."""

    def has_command(self, name: str) -> bool:
        """True where `name` is on the PATH."""

    def succeeds(self, command: Sequence[str]) -> bool:
        """Run a question, silently, and tell whether it exited with 0; False too where it took a minute."""

    def run(self, command: Sequence[str], environment: Mapping[str, str], *, deadline: float) -> None:
        """Run a command in sight of the user, its environment on top of ours. `deadline` is in seconds.

        Raises SetupError where the command is not there, fails, or is still running at the deadline.
        """


class ThisMachine:
    """The machine the set-up runs on."""

    def is_root(self) -> bool:
        return os.geteuid() == 0

    def has_command(self, name: str) -> bool:
        return shutil.which(name) is not None

    def succeeds(self, command: Sequence[str]) -> bool:
        try:
            answer = subprocess.run(
                command, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=60
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return answer.returncode == 0

    def run(self, command: Sequence[str], environment: Mapping[str, str], *, deadline: float) -> None:
        shown = " ".join(command)
        try:
            subprocess.run(
                command,
                check=True,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **environment},
                timeout=deadline,
            )
        except OSError as error:
            raise SetupError(f"{shown}\ncould not be started: {error}") from error
        except subprocess.CalledProcessError as error:
            raise SetupError(
                f"{shown}\nfailed with exit code {error.returncode}; its own words stand above."
            ) from error
        except subprocess.TimeoutExpired as error:
            raise SetupError(f"{shown}\nwas not done after {deadline:.0f} s and was stopped.") from error
