"""What the simulated player does: reads a WAV file as `aplay` does, and ends as it was ordered to."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path
from typing import Any

HOW = (
    "play",
    "busy",
    "no-card",
    "unknown-pcm",
    "denied",
    "fail",
    "silent-fail",
    "underrun",
    "hang",
    "deaf",
    "orphan",
    "crash",
    "noise",
    "flood",
    "half",
    "mute-hang",
    "foreign-words",
)
"""`deaf` hangs and hears no SIGTERM; `orphan` ends and leaves a child that holds its standard error;
`mute-hang` closes its standard error and hangs; `half` plays a half and fails."""

_OPEN = "aplay: main:831: audio open error: "
_NOWHERE = f"{_OPEN}No such file or directory"
_SAYS = {
    "busy": f"{_OPEN}Device or resource busy",
    "no-card": f"ALSA lib confmisc.c:165:(snd_config_get_card) Cannot get card index for 0\n{_NOWHERE}",
    "unknown-pcm": f"ALSA lib pcm.c:2666:(snd_pcm_open_noupdate) Unknown PCM x\n{_NOWHERE}",
    "denied": f"{_OPEN}Permission denied",
    "fail": "aplay: set_params:1352: Channels count non available",
    "half": "aplay: pcm_write:2127: write error: Input/output error",
    "foreign-words": "aplay: 播放失败，原因不明 \x1b[31m\x07",
}


def install(folder: Path) -> Path:
    """Make the program in `folder`; it plays until it is ordered otherwise. Returns its path."""
    program, root = folder / "aplay", Path(__file__).resolve().parents[3]
    words = [sys.executable, "-m", "drivers.speaker.simulator", str(folder)]
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(root))} exec {shlex.join(words)} "$@"\n', encoding="utf-8"
    )
    program.chmod(0o755)
    order(folder, "play")
    return program


def order(folder: Path, how: str) -> None:
    """What it does from now on. Raises ValueError for what it cannot do."""
    if how not in HOW:
        raise ValueError(f"how {how!r} is none of {', '.join(HOW)}")
    new = folder / "order.new"
    new.write_text(how, encoding="utf-8")
    new.rename(folder / "order")


def played(folder: Path) -> list[dict[str, Any]]:
    """Each sound it was given, oldest first: `device`, `channels`, `rate`, `bits`, `frames`, `loudest`."""
    file = folder / "played"
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [json.loads(line) for line in lines]


def play(folder: Path, arguments: list[str]) -> int:
    """Be `aplay`: ``-q -D DEVICE FILE``. The exit status."""
    how = (folder / "order").read_text("utf-8")
    device, file = arguments[arguments.index("-D") + 1], arguments[-1]
    with wave.open(file, "rb") as sound:
        frames = sound.readframes(sound.getnframes())
        heard = memoryview(frames).cast("h")
        entry = {
            "device": device,
            "channels": sound.getnchannels(),
            "rate": sound.getframerate(),
            "bits": sound.getsampwidth() * 8,
            "frames": sound.getnframes(),
            "loudest": max(map(abs, heard), default=0),
            "how": how,
        }
    with (folder / "played").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(entry) + "\n")
    return _end(how)


def _end(how: str) -> int:
    if how in _SAYS:
        sys.stderr.write(_SAYS[how] + "\n")
        return 1
    match how:
        case "play":
            return 0
        case "underrun":
            sys.stderr.write("underrun!!! (at least 12.345 ms long)\n" * 2)
            return 0
        case "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        case "orphan":
            subprocess.Popen(["sleep", "600"])
            return 0
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "noise":
            sys.stderr.buffer.write(bytes(range(256)) * 40)
            return 1
        case "flood":
            while True:
                sys.stderr.buffer.write(b"nothing to say, and much of it\n" * 1000)
        case "mute-hang":
            os.close(2)
        case "silent-fail":
            return 1
    time.sleep(600)
    return 0
