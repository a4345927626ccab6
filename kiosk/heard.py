"""Whether somebody heard the loudspeaker: the answer of the last `kiosk speaker test`, kept in the store."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

_FILE = "speaker.json"


class Test(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tones were played on `device` at `at` (ISO 8601); `heard` is None until somebody answers."""

    at: str
    device: str
    heard: bool | None = None


def last(store: Path) -> Test | None:
    """The last test whose tones the card took, if there was one."""
    try:
        return msgspec.json.decode((store / _FILE).read_bytes(), type=Test)
    except (OSError, msgspec.DecodeError):
        return None


def answered(store: Path, device: str) -> bool | None:
    """What somebody said of `device`; of another nobody said anything."""
    test = last(store)
    return test.heard if test is not None and test.device == device else None


def keep(store: Path, test: Test) -> None:
    """In the place of an earlier one; the store is the agent's, and there. Raises OSError."""
    new = store / f"{_FILE}.new"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(msgspec.json.encode(test) + b"\n")
    new.rename(store / _FILE)
