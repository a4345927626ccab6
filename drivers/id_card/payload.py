"""The data of the replies: what `30 01`, `30 10` and `12 FF` carry (protocols/card-readers.md 1.5). Pure."""

from __future__ import annotations

import struct
from dataclasses import replace

from drivers.id_card.card import CardWarning, Finger, Fingerprint, IdCard
from drivers.id_card.photo import HEADER, PHOTO_SIZE, PhotoDecoder, portrait
from drivers.id_card.text import TEXT_SIZE, BadText, read_text

_SIZES = struct.Struct(">HH")  # text and photo, big-endian
_SIZES_WITH_FINGERPRINTS = struct.Struct(">HHH")
_BLOCK = 512  # bytes of one fingerprint; a card has two or none
_BLOCK_START = b"C"
_FINGERS = {1: Finger.REGISTERED, 2: Finger.FAILED, 3: Finger.NOT_REGISTERED}
_SAM_ID = struct.Struct("<HHIII")  # type, subtype, date as YYYYMMDD, serial, random; little-endian


def read_card(data: bytes, *, sam_id: str, decoder: PhotoDecoder | None = None) -> IdCard:
    """The card that a good answer to `30 01` carries. Raises BadText when the sizes are not a card's."""
    if len(data) < _SIZES.size or _SIZES.unpack_from(data) != (TEXT_SIZE, PHOTO_SIZE):
        raise BadText("the sizes in front of text and photo are not 256 and 1024")
    return _card(data[_SIZES.size :], sam_id, decoder)


def read_card_with_fingerprints(data: bytes, *, sam_id: str, decoder: PhotoDecoder | None = None) -> IdCard:
    """The card that a good answer to `30 10` carries. Raises BadText when the sizes are not a card's."""
    sizes = _SIZES_WITH_FINGERPRINTS
    if len(data) < sizes.size:
        raise BadText("there are no sizes in front of text, photo and fingerprints")
    text, photo, prints = sizes.unpack_from(data)
    if (text, photo) != (TEXT_SIZE, PHOTO_SIZE) or prints not in (0, 2 * _BLOCK):
        raise BadText("the sizes in front of text, photo and fingerprints are not a card's")
    body = data[sizes.size :]
    end = TEXT_SIZE + PHOTO_SIZE
    if len(body) != end + prints:
        raise BadText(f"there are {len(body) - end} bytes of fingerprints, not {prints}")
    card = _card(body[:end], sam_id, decoder)
    blocks = [body[at : at + _BLOCK] for at in range(end, len(body), _BLOCK)]
    odd = any(not block.startswith(_BLOCK_START) for block in blocks)
    return replace(
        card,
        fingerprints=tuple(map(_fingerprint, blocks)),
        warnings=card.warnings + ((CardWarning.FINGERPRINT_HEADER,) if odd else ()),
    )


def _fingerprint(block: bytes) -> Fingerprint:
    return Fingerprint(_FINGERS.get(block[4], Finger.UNKNOWN), block[5], block[6], block)


def _card(body: bytes, sam_id: str, decoder: PhotoDecoder | None) -> IdCard:
    text, photo = body[:TEXT_SIZE], body[TEXT_SIZE:]
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
