"""The data of the replies: what `30 01`, `30 03` and `12 FF` carry (protocols/card-readers.md 1.5). Pure."""

from __future__ import annotations

import struct
from dataclasses import replace

from drivers.id_card.card import CardWarning, IdCard
from drivers.id_card.photo import HEADER, PHOTO_SIZE, PhotoDecoder, portrait
from drivers.id_card.text import TEXT_SIZE, BadText, read_text

_SIZES = struct.Struct(">HH")  # text and photo, big-endian
_SAM_ID = struct.Struct("<HHIII")  # type, subtype, date as YYYYMMDD, serial, random; little-endian


def read_card(data: bytes, *, sam_id: str, decoder: PhotoDecoder | None = None) -> IdCard:
    """The card that a good answer to `30 01` carries. Raises BadText when the sizes are not a card's."""
    if len(data) < _SIZES.size or _SIZES.unpack_from(data) != (TEXT_SIZE, PHOTO_SIZE):
        raise BadText("the sizes in front of text and photo are not 256 and 1024")
    text, photo = data[_SIZES.size : _SIZES.size + TEXT_SIZE], data[_SIZES.size + TEXT_SIZE :]
    if len(photo) != PHOTO_SIZE:
        raise BadText(f"the photo has {len(photo)} bytes")
    card = read_text(text)
    image = portrait(photo, decoder)
    warnings = card.warnings
    if not photo.startswith(HEADER):
        warnings += (CardWarning.PHOTO_HEADER,)
    if decoder is not None and image is None:
        warnings += (CardWarning.PHOTO_UNDECODABLE,)
    return replace(card, photo=photo, portrait=image, sam_id=sam_id, warnings=warnings)


def read_sam_id(data: bytes) -> str:
    """The SAM's number as vendors print it; empty when `data` has not the 16 bytes of one."""
    if len(data) != _SAM_ID.size:
        return ""
    kind, subkind, date, serial, noise = _SAM_ID.unpack(data)
    return f"{kind:02X}.{subkind:02X}-{date:08d}-{serial:010d}-{noise:010d}"
