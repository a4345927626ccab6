"""An accessible keypad of four keys, through Linux's evdev: previous, next, select, help. Nothing is ever
typed. See docs/drivers/keypad.md."""

from drivers.keypad.events import KeyPressed, Press
from drivers.keypad.health import Condition
from drivers.keypad.keypad import Keypad
from drivers.keypad.keys import DEFAULT_KEYS, UnknownKey, meanings
from drivers.keypad.node import EvdevNode, Node

__all__ = [
    "DEFAULT_KEYS",
    "Condition",
    "EvdevNode",
    "KeyPressed",
    "Keypad",
    "Node",
    "Press",
    "UnknownKey",
    "meanings",
]
