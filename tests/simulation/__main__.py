"""``python -m tests.simulation SEED...``: tells the story of a seed; if it breaks, the shortest that does."""

from __future__ import annotations

import argparse
import logging
import sys

from tests.simulation.telling import shortest, tell


def main() -> int:
    """0 when everything holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seeds", metavar="SEED", type=int, nargs="+")
    parser.add_argument("--whole", action="store_true", help="do not look for a shorter story")
    wishes = parser.parse_args()
    logging.disable(logging.INFO)
    bad = False
    for seed in wishes.seeds:
        tale = tell(seed)
        if tale.broken and not wishes.whole:
            tale = shortest(tale)
        bad |= bool(tale.broken)
        sys.stdout.write(f"{tale}\n")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
