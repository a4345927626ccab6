"""The seam for a photo decoder. WLT, the chip's photo format, has no open decoder; vendors sell closed ones.

So the raw bytes are kept on the card, and a decoder can be plugged in. A photo never fails a read.
"""

from __future__ import annotations

import logging
from typing import Protocol

PHOTO_SIZE = 1024
HEADER = bytes.fromhex("574C6600")  # "WLf\0", in ten of ten public samples

_log = logging.getLogger("drivers.id_card")


class PhotoDecoder(Protocol):
    """Makes an image of a card's photo. Called on the reader's thread: code that could hang or crash (every
    known decoder is a vendor's binary) belongs into a process of its own that the decoder can end."""

    def decode(self, wlt: bytes) -> bytes:
        """The 1024 bytes as an image file (BMP or PNG, 102 x 126 pixels). May raise anything."""
        ...


def portrait(wlt: bytes, decoder: PhotoDecoder | None) -> bytes | None:
    """What the decoder makes of the photo; None without a decoder, or when it fails."""
    if decoder is None:
        return None
    try:
        return decoder.decode(wlt)
    except Exception as error:  # noqa: BLE001 - a plug-in may raise anything, and a photo never fails a read
        _log.warning("photo decoder failed: %s", type(error).__name__)
        return None
