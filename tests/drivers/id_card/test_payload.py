"""What the replies carry: sizes, SAM id, photo."""

from __future__ import annotations

import contextlib
import struct
from random import Random

import pytest

from drivers.id_card import CardWarning, Finger
from drivers.id_card.payload import read_card, read_card_with_fingerprints, read_sam_id
from drivers.id_card.simulator.chip import make_chip
from drivers.id_card.text import BadText, read_new_address
from tests.drivers.id_card.people import EVERYONE, RESIDENT
from tests.drivers.mutations import mutated, todays
from tests.fuzz.target import Fuzzed

CHIP = make_chip(RESIDENT)
SIZES = struct.pack(">HH", 256, 1024)


class Decoder:
    def __init__(self, outcome: bytes | Exception) -> None:
        self.outcome = outcome
        self.seen = b""

    def decode(self, wlt: bytes) -> bytes:
        self.seen = wlt
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def test_sam_id_is_shown_as_vendors_show_it() -> None:
    data = bytes.fromhex("05 00 01 00 A5 3A 34 01 40 E2 01 00 B1 68 DE 3A")
    assert read_sam_id(data) == "05.01-20200101-0000123456-0987654321"
    assert read_sam_id(data[:15]) == ""


def test_photo_is_kept_raw_without_a_decoder() -> None:
    card = read_card(SIZES + CHIP.text + CHIP.photo, sam_id="05.01")
    assert (card.photo, card.portrait, card.sam_id, card.warnings) == (CHIP.photo, None, "05.01", ())


def test_plugged_decoder_is_given_the_raw_photo_and_its_image_is_kept() -> None:
    decoder = Decoder(b"BM image")
    card = read_card(SIZES + CHIP.text + CHIP.photo, sam_id="", decoder=decoder)
    assert decoder.seen == CHIP.photo
    assert (card.photo, card.portrait, card.warnings) == (CHIP.photo, b"BM image", ())


def test_decoder_that_raises_fails_no_read_and_logs_nothing_personal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    card = read_card(
        SIZES + CHIP.text + CHIP.photo, sam_id="", decoder=Decoder(RuntimeError(RESIDENT["name"]))
    )
    assert (card.photo, card.portrait) == (CHIP.photo, None)
    assert card.warnings == (CardWarning.PHOTO_UNDECODABLE,)
    assert RESIDENT["name"] not in caplog.text
    assert "RuntimeError" in caplog.text


def test_photo_with_another_header_is_a_warning_only() -> None:
    card = read_card(SIZES + CHIP.text + bytes(1024), sam_id="")
    assert card.warnings == (CardWarning.PHOTO_HEADER,)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SIZES,
        SIZES + CHIP.text,
        SIZES + CHIP.text + CHIP.photo + b"\0",
        struct.pack(">HH", 1024, 256) + CHIP.text + CHIP.photo,
        struct.pack("<HH", 256, 1024) + CHIP.text + CHIP.photo,
    ],
)
def test_sizes_that_are_not_a_cards_are_refused(data: bytes) -> None:
    with pytest.raises(BadText):
        read_card(data, sam_id="")


@pytest.mark.parametrize("person", EVERYONE, ids=lambda person: person["layout"])
def test_driver_reads_what_the_independent_encoder_wrote(person: dict[str, str]) -> None:
    chip = make_chip(person)
    card = read_card(SIZES + chip.text + chip.photo, sam_id="")
    assert card.card_type == person["layout"]
    assert card.warnings == ()
    shared = [key for key in person if hasattr(card, key) and key not in ("sex", "nation")]
    assert len(shared) >= 7
    assert [getattr(card, key) for key in shared] == [person[key] for key in shared]


def with_fingerprints(blocks: bytes, *, announced: int | None = None) -> bytes:
    size = len(blocks) if announced is None else announced
    return struct.pack(">HHH", 256, 1024, size) + CHIP.text + CHIP.photo + blocks


def block(state: int, finger: int, *, start: bytes = b"C") -> bytes:
    return (start + b"\0\0\0" + bytes((state, finger, 77))).ljust(512, b"\x33")


def test_fingerprints_are_kept_raw_with_what_their_heads_say() -> None:
    blocks = (block(1, 11), block(3, 97))
    card = read_card_with_fingerprints(with_fingerprints(b"".join(blocks)), sam_id="")
    assert [(each.state, each.finger, each.quality) for each in card.fingerprints] == [
        (Finger.REGISTERED, 11, 77),
        (Finger.NOT_REGISTERED, 97, 77),
    ]
    assert tuple(each.template for each in card.fingerprints) == blocks
    assert (card.name, card.photo, card.warnings) == (RESIDENT["name"], CHIP.photo, ())


@pytest.mark.parametrize(("code", "state"), [(2, Finger.FAILED), (9, Finger.UNKNOWN), (0, Finger.UNKNOWN)])
def test_state_of_a_finger_is_not_guessed(code: int, state: Finger) -> None:
    card = read_card_with_fingerprints(with_fingerprints(block(code, 16) * 2), sam_id="")
    assert [each.state for each in card.fingerprints] == [state, state]


def test_card_without_fingerprints_is_read_as_any_other() -> None:
    card = read_card_with_fingerprints(with_fingerprints(b""), sam_id="")
    assert (card.fingerprints, card.warnings, card.name) == ((), (), RESIDENT["name"])


def test_fingerprint_with_another_start_is_a_warning_only() -> None:
    blocks = block(1, 11) + block(1, 16, start=b"X")
    card = read_card_with_fingerprints(with_fingerprints(blocks), sam_id="")
    assert (len(card.fingerprints), card.warnings) == (2, (CardWarning.FINGERPRINT_HEADER,))


def test_repr_of_a_fingerprint_shows_nothing() -> None:
    card = read_card_with_fingerprints(with_fingerprints(block(1, 11) * 2), sam_id="")
    assert repr(card.fingerprints[0]) == "<Fingerprint, contents withheld>"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        with_fingerprints(bytes(512)),
        with_fingerprints(bytes(1024), announced=0),
        with_fingerprints(b"", announced=1024),
        with_fingerprints(bytes(1023), announced=1024),
        SIZES + CHIP.text + CHIP.photo,
    ],
)
def test_sizes_that_are_not_a_cards_with_fingerprints_are_refused(data: bytes) -> None:
    with pytest.raises(BadText):
        read_card_with_fingerprints(data, sam_id="")


TEXTS = [make_chip(person).text for person in EVERYONE]
HEAD = block(1, 11)[:7]


def read_or_refused(text: bytes, heads: list[bytes]) -> None:
    """It is a card with all of its photo and fingerprints, or is refused for its length."""
    blocks = b"".join(head.ljust(512, b"\x33") for head in heads)
    try:
        if blocks:
            sizes = struct.pack(">HHH", 256, 1024, len(blocks))
            card = read_card_with_fingerprints(sizes + text + CHIP.photo + blocks, sam_id="")
        else:
            card = read_card(SIZES + text + CHIP.photo, sam_id="")
    except BadText:
        assert len(text) != 256
    else:
        assert card.photo == CHIP.photo
        assert len(card.fingerprints) == len(heads)


def _behind_its_heads(data: bytes) -> None:
    """Of fourteen bytes; a text that is cut short is read as well as one of the right length. Its beginning
    is also tried as what other answers carry: a SAM's number, a new address."""
    heads, text = [data[:7], data[7:14]], data[14:]
    for each in (text, text[:256].ljust(256, b"\0")):
        read_or_refused(each, [])
        read_or_refused(each, heads)
    assert read_sam_id(text[:16]).isascii()
    with contextlib.suppress(BadText):
        assert len(read_new_address(text[:70])) <= 35


FUZZED = Fuzzed(_behind_its_heads, tuple(HEAD + HEAD + text for text in TEXTS), longest=14 + 300)


def mutated_cards_are_read_or_refused(count: int, seed: int) -> None:
    """Half of the texts have their right length; half of the cards have fingerprints, with heads tampered
    with."""
    chance = Random(seed)
    for _ in range(count):
        text = mutated(chance.choice(TEXTS), chance)
        if chance.random() < 0.5:
            text = text[:256].ljust(256, b"\0")
        heads = [mutated(HEAD, chance)[:7] for _ in range(chance.choice((0, 2)))]
        read_or_refused(text, heads)


def test_mutated_cards_are_read_or_refused() -> None:
    todays(mutated_cards_are_read_or_refused)
