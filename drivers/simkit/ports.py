"""Free ports of this machine, for processes that must be told theirs."""

from __future__ import annotations

import contextlib
import random
import socket

FIRST, LAST = 20000, 32000
"""Below the range from which Linux takes the ports of outgoing connections (32768 to 60999): so nothing
takes a port away between our look and the process that will listen there."""

TRIES = 200


def free_ports(count: int, chance: random.Random | None = None) -> list[int]:
    """`count` different TCP ports of 127.0.0.1 that nobody listens on. Raises OSError when there are none."""
    chance = chance or random.Random()  # noqa: S311 - a port is no secret
    with contextlib.ExitStack() as held:
        found: list[int] = []
        for _ in range(TRIES):
            if len(found) == count:
                break
            port = chance.randrange(FIRST, LAST)
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                found.append(port)
    if len(found) < count:
        raise OSError(f"no free ports between {FIRST} and {LAST}")
    return found
