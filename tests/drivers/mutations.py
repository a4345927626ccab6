"""Valid bytes, tampered with: random ones seldom come past the first check.

A claim about them takes how many and a seed: another slice every day in `make test` (`todays`), a million in
`make test-long` (tests/long/test_mutated_streams.py).
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from datetime import date

Claim = Callable[[int, int], None]
"""Of so many mutated inputs, made with this seed. Raises AssertionError, or what the parser must not."""

SLICE = 20_000


def todays(claim: Claim) -> None:
    """The claim on the slice of today. A failure, and a hang too, shows how to tell it again."""
    seed = date.today().toordinal()  # noqa: DTZ011 - any number that is another tomorrow
    sys.stdout.write(f"again: {claim.__module__}.{claim.__name__}({SLICE}, {seed})\n")
    claim(SLICE, seed)


def mutated(valid: bytes, chance: random.Random) -> bytes:
    """`valid` with one to four bytes changed, lost or put in."""
    data = bytearray(valid)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data)) if data else 0
        match chance.randrange(3):
            case 0 if data:
                data[at] = chance.randrange(256)
            case 1 if data:
                del data[at]
            case _:
                data[at:at] = bytes([chance.randrange(256)])
    return bytes(data)
