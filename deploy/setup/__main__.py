"""python3.11 -m deploy.setup demo|test|bench: all that the purpose needs and this machine lacks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import cast

from deploy.setup.debian import Purpose, has_ensurepip, missing, provide
from deploy.setup.environment import LISTS, PYTHON, Environment
from deploy.setup.machine import SetupError, ThisMachine
from deploy.setup.node import OpenIdPeer

ROOT = Path(__file__).resolve().parents[2]


def say(text: str) -> None:
    """Tell the user, before the commands that follow write on the same stream."""
    print(f"set-up: {text}", flush=True)  # noqa: T201 - the words of a command line tool


def main(arguments: list[str]) -> int:
    """Set up for the purpose named in `arguments`; the exit code is 1 where it cannot be done."""
    parser = argparse.ArgumentParser(prog="python3.11 -m deploy.setup", description=__doc__)
    parser.add_argument("purpose", choices=list(LISTS))
    purpose = cast(Purpose, parser.parse_args(arguments).purpose)
    machine = ThisMachine()
    environment = Environment(ROOT, machine, say)
    peer = OpenIdPeer(ROOT, machine, say)
    try:
        if sys.version_info[:2] != PYTHON:
            wanted = ".".join(str(part) for part in PYTHON)
            raise SetupError(
                f"The pinned wheels are for Python {wanted}; this is {sys.version.split()[0]}.\n"
                f"Type: make PYTHON=/path/to/python{wanted} ..."
            )
        with environment.locked():
            needs_venv = not environment.is_sound() and not has_ensurepip()
            provide(missing(purpose, machine, needs_venv=needs_venv), machine, say)
            if not environment.is_ready(purpose):
                environment.provide(purpose)
            if not peer.is_ready(purpose):
                peer.provide()
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)  # noqa: T201 - the words of a command line tool
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
