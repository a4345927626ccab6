"""What stands before the camera: a picture that Chromium's fake camera plays, replaced while it is open.

Chromium reads the file of ``--use-file-for-fake-video-capture`` when a page opens the camera, maps it, and
plays the JPEGs in it one after the other, for ever. A file of one JPEG that always has the same length can be
written over in place: the page that has the camera open sees the new picture within a frame, as with a real
camera, and never learns that it was changed (tried with Chromium 156: two hundred changes in two seconds, no
frame lost). A file that is replaced by another of that name is seen when the camera is opened the next time.
"""

from __future__ import annotations

import io
import os
import struct
import threading
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

SIZE = (1280, 960)
FILE_BYTES = 400_000
"""Length of the file: a JPEG of this size and of any picture that is shown here is shorter."""

QUALITY = 85
FLAGS = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
"""The first lets a page have the camera unasked, as a policy does on a terminal."""

_SEGMENT = 65_533
"""Most bytes of comment in one segment: its length has 16 bits and counts itself (ITU-T T.81, B.2.4.5)."""


class Camera:
    """Writes the file at `path`. Any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self.what = ""
        """What stands there, as whoever put it there called it."""
        self.shown = 0
        """How many pictures stood there so far."""

    @property
    def flags(self) -> Sequence[str]:
        """What a Chromium needs on its command line to have this camera."""
        return (*FLAGS, f"--use-file-for-fake-video-capture={self.path}")

    def show(self, jpeg: bytes, what: str = "") -> None:
        """Put this picture before the camera, whatever its size. Raises OSError for what is no picture."""
        frame = padded(fitted(jpeg), FILE_BYTES)
        with self._lock:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.pwrite(handle, frame, 0)
            finally:
                os.close(handle)
            self.what = what
            self.shown += 1

    def picture(self) -> bytes:
        """What it sees: a JPEG. Raises OSError before anything was shown."""
        with self._lock:
            return self.path.read_bytes()


def fitted(jpeg: bytes) -> bytes:
    """The picture as the camera takes it: all of it, at the camera's size, on grey where it is narrower.

    Raises OSError for what is no picture.
    """
    with Image.open(io.BytesIO(jpeg)) as picture:
        scale = min(SIZE[0] / picture.width, SIZE[1] / picture.height)
        small = picture.convert("RGB").resize((round(picture.width * scale), round(picture.height * scale)))
    frame = Image.new("RGB", SIZE, (128, 128, 128))
    frame.paste(small, ((SIZE[0] - small.width) // 2, (SIZE[1] - small.height) // 2))
    for quality in (QUALITY, 60, 30):
        written = io.BytesIO()
        frame.save(written, "JPEG", quality=quality)
        if written.tell() <= FILE_BYTES - 8:
            break
    return written.getvalue()


def padded(jpeg: bytes, length: int) -> bytes:
    """The same JPEG at exactly `length` bytes, by comments after its first marker.

    Raises ValueError where it is too long for that.
    """
    missing = length - len(jpeg)
    if missing < 0:
        raise ValueError("the picture is longer than the file")
    if 0 < missing < 4:
        raise ValueError("a comment has at least four bytes")
    comments = []
    while missing:
        part = min(missing - 4, _SEGMENT)
        if 0 < missing - 4 - part < 4:
            part -= 4  # the rest must have room for a comment too
        comments.append(b"\xff\xfe" + struct.pack(">H", part + 2) + bytes(part))
        missing -= part + 4
    return jpeg[:2] + b"".join(comments) + jpeg[2:]
