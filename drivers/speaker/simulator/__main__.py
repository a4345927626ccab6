"""``python -m drivers.speaker.simulator FOLDER -q -D DEVICE FILE``: be `aplay`, as FOLDER orders."""

from __future__ import annotations

import sys
from pathlib import Path

from drivers.speaker.simulator.player import play

if __name__ == "__main__":
    sys.exit(play(Path(sys.argv[1]), sys.argv[2:]))
