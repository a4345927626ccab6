"""The loudspeaker, through ALSA's own player in a process that can be killed. See docs/drivers/speaker.md."""

from drivers.speaker.health import Condition
from drivers.speaker.said import Said
from drivers.speaker.speaker import Speaker

__all__ = ["Condition", "Said", "Speaker"]
