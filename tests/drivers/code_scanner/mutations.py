"""Valid bytes, tampered with: random ones seldom come past the first check."""

from __future__ import annotations

import random


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
