"""Status lights at the slots and on top of the terminal. See docs/drivers/lights.md."""

from drivers.lights.condition import Condition
from drivers.lights.lights import Lights, Look

__all__ = ["Condition", "Lights", "Look"]
