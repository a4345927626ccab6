"""A simulator as a process that ends with the one that started it, however that ends.

``python -m drivers.simkit.child MODULE OPTION...`` runs the module until a signal, or until its standard
input is closed: by `Child.end`, or by the kernel when whoever holds the other end is gone.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import subprocess
import sys
import threading

_TERM_SECONDS = 5.0
"""How long it may take to end before it is killed."""


class Child:
    """One simulator. `module` is run as by ``python -m``, with `options`."""

    def __init__(self, module: str, options: dict[str, object]) -> None:
        """Nothing is started yet."""
        words = [f"--{name}={value}" for name, value in options.items()]
        self._command = [sys.executable, "-m", "drivers.simkit.child", module, *words]
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start it; it is there when its control socket is. Raises OSError."""
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C ends the agent, which ends its devices when it has let them go
        )

    def end(self) -> None:
        """Ask it to end; it is gone when this returns."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_TERM_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_with_input() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 64):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_input, daemon=True).start()
    del sys.argv[0]  # the module is its own program
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
