"""From bytes to text: one encoding, decided strictly, and only what can be seen."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.code_scanner import CodeRead, CodeUnreadable, Symbology, UnreadableReason
from drivers.code_scanner.raw import Raw
from drivers.code_scanner.text import read
from tests.drivers.mutations import mutated, todays
from tests.fuzz.target import Fuzzed


def text_of(body: bytes, aim: bytes = b"]Q1") -> str:
    event = read(Raw(1, body, aim), identified=False)
    assert isinstance(event, CodeRead)
    return event.text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("text", ["天津市和平区", "津A12345", "王*兰", "𠮷林"])
def test_chinese_is_read_in_both_encodings(text: str, encoding: str) -> None:
    assert text_of(text.encode(encoding)) == text


def test_what_only_latin_1_holds_is_latin_1() -> None:
    assert text_of(b"caf\xe9") == "café"


def test_what_gb18030_holds_too_is_chinese() -> None:
    """Written down in the docs: nobody can tell these two apart."""
    assert text_of("été!".encode("latin-1")) == "été!"
    assert text_of(b"\xb4\xf3") == "大"


@pytest.mark.parametrize(
    ("body", "aim", "text"),
    [
        (b"\\000026\xe6\xb4\xa5", b"]Q2", "津"),
        (b"\\000032\xbd\xf2", b"]Q4", "津"),
        (b"\\000003\xe9", b"]d4", "é"),
        (b"a\\\\b", b"]Q2", "a\\b"),
        (b"1201", b"]Q2", "1201"),
        (b"a\\b", b"]Q1", "a\\b"),
    ],
)
def test_encoding_that_the_symbol_names_is_kept_to(body: bytes, aim: bytes, text: str) -> None:
    assert text_of(body, aim) == text


@pytest.mark.parametrize(
    ("head", "symbology"),
    [
        (b"]A0", Symbology.CODE_39),
        (b"]C0", Symbology.CODE_128),
        (b"]E0", Symbology.EAN_UPC),
        (b"]F0", Symbology.CODABAR),
        (b"]G0", Symbology.CODE_93),
        (b"]I0", Symbology.INTERLEAVED_2_OF_5),
        (b"]L2", Symbology.PDF417),
        (b"]Q1", Symbology.QR_CODE),
        (b"]d1", Symbology.DATA_MATRIX),
        (b"]e0", Symbology.DATABAR),
        (b"]h0", Symbology.HAN_XIN),
        (b"]z0", Symbology.AZTEC),
    ],
)
def test_identifier_says_the_symbology(head: bytes, symbology: Symbology) -> None:
    assert read(Raw(1, head + b"1201"), identified=True) == CodeRead("1201", symbology)


def test_without_an_identifier_it_is_not_known() -> None:
    assert read(Raw(1, b"]Q11201"), identified=False) == CodeRead("]Q11201", None)


@pytest.mark.parametrize("head", [b"", b"]", b"]Q", b"Q1]", b"]1Q", b"]Q\xff", b"   "])
def test_identifier_that_is_none_is_told(head: bytes) -> None:
    event = read(Raw(1, head.ljust(3, b" ") + b"1201" if head else b""), identified=True)
    assert event == CodeUnreadable(UnreadableReason.NO_SYMBOLOGY)


def plain_or_refused(body: bytes, aim: bytes, *, identified: bool) -> None:
    """What comes out can be seen, all of it; or nothing comes out."""
    event = read(Raw(1, body, aim), identified=identified)
    if isinstance(event, CodeRead):
        assert event.text.strip()
        seen = {unicodedata.category(each) for each in event.text}
        assert not seen & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(st.binary(max_size=120), st.sampled_from([b"", b"]Q1", b"]Q2", b"]d4", b"]X0", b"zzz"]), st.booleans())
def test_any_bytes_are_plain_text_or_are_refused(body: bytes, aim: bytes, identified: bool) -> None:
    plain_or_refused(body, aim, identified=identified)


VALID = [
    *(text.encode(encoding) for text in ("津门1201", "王*兰") for encoding in ("utf-8", "gb18030")),
    "été".encode("latin-1"),
    "\\000026津a\\\\b".encode(),
    b"7d9f2c1e-5b1a",
]


def _with_its_identifier(data: bytes) -> None:
    """Which the device tells apart from the text (``.``), or which is the text's first three bytes."""
    if data[:1] == b".":
        plain_or_refused(data[4:], data[1:4], identified=False)
    else:
        plain_or_refused(data[1:], b"", identified=True)


FUZZED = Fuzzed(
    _with_its_identifier,
    tuple(how + aim + text for how in (b".", b"!") for aim in (b"]Q1", b"]Q2") for text in VALID),
    longest=256,
)


def mutated_texts_are_plain_or_refused(count: int, seed: int) -> None:
    """Texts in three encodings, and with an ECI, tampered with."""
    chance = random.Random(seed)
    for _ in range(count):
        plain_or_refused(
            mutated(chance.choice(VALID), chance), chance.choice([b"]Q1", b"]Q2"]), identified=False
        )


def test_mutated_texts_are_plain_or_refused() -> None:
    todays(mutated_texts_are_plain_or_refused)


@given(st.text(alphabet=st.characters(codec="gb18030", categories=("L", "N", "P", "S")), min_size=1))
def test_text_in_utf_8_is_never_read_as_another(text: str) -> None:
    event = read(Raw(1, text.encode()), identified=False)
    assert not isinstance(event, CodeRead) or event.text == text
