"""A rehearsal: a citizen and a city, made up to fit any item, play it on the engine; what came of it is a
plain value. No network, no device, no clock, and the same for the same script."""

from __future__ import annotations

from flows.rehearsal.playing import rehearse
from flows.rehearsal.script import Script, varied
from flows.rehearsal.transcript import Transcript

__all__ = ["Script", "Transcript", "rehearse", "varied"]
