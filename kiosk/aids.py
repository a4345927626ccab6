"""The drivers of what helps people who cannot use the glass: a pad of four keys, a loudspeaker."""

from __future__ import annotations

import importlib
import time

from drivers.device import Listener, Monotonic
from drivers.keypad import EvdevNode, Keypad, Node, meanings
from drivers.speaker import Speaker
from kiosk.config_devices import SIMULATED_PAD, KeypadEvdev, SpeakerAlsa


def keypad(spec: KeypadEvdev, listener: Listener, monotonic: Monotonic = time.monotonic) -> Keypad:
    """The keypad that `spec` names, not yet opened."""
    return Keypad(node=lambda: _node(spec), keys=meanings(spec.keys), listener=listener, monotonic=monotonic)


def speaker(spec: SpeakerAlsa, listener: Listener, monotonic: Monotonic = time.monotonic) -> Speaker:
    """The loudspeaker that `spec` names, not yet opened."""
    return Speaker(device=spec.device, program=spec.player, listener=listener, monotonic=monotonic)


def _node(spec: KeypadEvdev) -> Node:
    """Imported by name where it is a simulator's: a field build has none, and its configuration may name
    none."""
    if spec.simulator is not None:
        simulated: Node = importlib.import_module(SIMULATED_PAD).SocketNode(spec.simulator)
        return simulated
    return EvdevNode(spec.port or "")
