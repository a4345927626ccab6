"""The switch at the door of the cabinet. See docs/drivers/door.md."""

from drivers.door.condition import Condition
from drivers.door.events import DoorClosed, DoorOpened
from drivers.door.switch import DoorSwitch

__all__ = ["Condition", "DoorClosed", "DoorOpened", "DoorSwitch"]
