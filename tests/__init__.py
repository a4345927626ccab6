"""Tests, and measurements beside the peers (tests.bench).

Read first of all that is here, so what it does to the surroundings holds for every process of a run.
"""

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
"""Each of the hundreds of processes that a run starts would compile all its libraries anew, which is three
quarters of an agent's start; the set-up leaves them to whoever imports them first."""
