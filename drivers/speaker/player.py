"""ALSA's `aplay` as a child process: it may hang in the driver of a card, and is killed at the deadline."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from drivers.device import Monotonic
from drivers.speaker.health import Condition
from drivers.speaker.said import Said, said

MOST_SAID = 8192
"""Bytes of standard error that are kept; the first, for the cause stands at the beginning."""
HANGING = "the player of before hangs and cannot be killed"
_STEP_SECONDS = 0.1
KILLED_SECONDS = 2.0
"""A process that was killed is gone by then, unless it hangs in the kernel."""


class Aplay:
    """One sound at a time, from memory: nothing is written to a disk."""

    def __init__(
        self, device: str, *, program: Path = Path("/usr/bin/aplay"), monotonic: Monotonic = time.monotonic
    ) -> None:
        """`device`: a PCM of ALSA's, as `aplay -L` lists them."""
        self._device = device
        self._program = program
        self._monotonic = monotonic
        self._hanging: subprocess.Popen[bytes] | None = None  # killed, and still there

    def play(self, sound: bytes, within: float, over: Callable[[], bool] = lambda: False) -> Said:
        """Play a WAV file to its end, in at most `within` seconds; it is cut as soon as `over` says so.

        A program that hangs in the kernel cannot be killed: no other is begun until it is gone.
        """
        if self._hanging is not None and self._hanging.poll() is None:
            return Said(Condition.FAILED, HANGING)
        with tempfile.TemporaryFile(dir="/dev/shm") as file:
            file.write(sound)
            file.flush()
            return self._run(file.fileno(), within, over)

    def _run(self, sound: int, within: float, over: Callable[[], bool]) -> Said:
        try:
            child = subprocess.Popen(
                [str(self._program), "-q", "-D", self._device, f"/proc/self/fd/{sound}"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, "LC_ALL": "C"},
                pass_fds=(sound,),
                start_new_session=True,
            )
        except OSError as error:
            return Said(Condition.NO_PLAYER, f"{self._program}: {error.strerror}")
        try:
            errors = self._watch(child, self._monotonic() + within, over)
            return said(child.poll(), errors)
        finally:
            self._hanging = None if _killed(child) else child

    def _watch(self, child: subprocess.Popen[bytes], ends: float, over: Callable[[], bool]) -> bytes:
        """What it says until it ends, or the deadline. A child of its own may hold the pipe for longer."""
        assert child.stderr is not None  # noqa: S101 - a pipe was asked for
        kept, open_, fd = b"", True, child.stderr.fileno()
        while (left := ends - self._monotonic()) > 0 and not over():
            step = min(left, _STEP_SECONDS)
            if open_ and select.select([fd], [], [], step)[0]:
                found = os.read(fd, 4096)
                kept, open_ = (kept + found)[:MOST_SAID], bool(found)
                continue
            if not open_:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(step)
            if child.poll() is not None:
                break
        return kept


def _killed(child: subprocess.Popen[bytes]) -> bool:
    """With whatever it started; whether it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(KILLED_SECONDS)
    if child.stderr is not None:
        child.stderr.close()
    return child.returncode is not None
