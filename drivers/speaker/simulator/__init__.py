"""A player in the place of `aplay`, which misbehaves on command. Shares no code with the driver. See
docs/drivers/speaker.md."""

from drivers.speaker.simulator.player import HOW, install, order, played

__all__ = ["HOW", "install", "order", "played"]
