"""Paper is read from its picture, and its code believed only when this terminal signed it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import qrcode
from joserfc import jws
from joserfc.jwk import ECKey
from PIL import Image

from deploy.walk.papers import read, read_all

CLAIMS = {"v": 1, "k": "receipt", "i": "civil.x", "ver": "1", "n": "SB1", "t": 1790000000, "d": "tj-hp-0001"}
KEY = ECKey.generate_key("P-256", private=True)
OTHER = ECKey.generate_key("P-256", private=True)
PUBLIC = {name: str(value) for name, value in KEY.as_dict(private=False).items()}


def signed(claims: dict[str, Any], key: ECKey = KEY, **header: str) -> str:
    protected = {"alg": "ES256", "kid": key.thumbprint(), "typ": "receipt+jws", **header}
    return jws.serialize_compact(protected, json.dumps(claims), key)


def paper(folder: Path, *codes: str, heard: list[str] | None = None, **report: Any) -> Path:
    """A piece of paper as the simulator saves it: codes drawn below each other."""
    page = Image.new("L", (576, 600 * max(1, len(codes))), 255)
    for number, code in enumerate(codes):
        page.paste(qrcode.make(code, border=4, box_size=5).get_image().convert("L"), (20, 600 * number))
    facts = {"lines": ["办理回执"], "qr": heard or [], "garbled": [], "overflows": 0, **report}
    (folder / "receipt-0001.json").write_text(json.dumps(facts), encoding="utf-8")
    page.save(folder / "receipt-0001.png")
    return folder / "receipt-0001.png"


def test_a_paper_that_the_terminal_signed_is_read(tmp_path: Path) -> None:
    code = signed(CLAIMS)
    found = read(paper(tmp_path, code, heard=[code]), PUBLIC)
    assert (found.genuine, found.faults) == (True, ())
    assert (found.kind, found.item, found.number, found.terminal) == (
        "receipt",
        "civil.x",
        "SB1",
        "tj-hp-0001",
    )
    assert found.words == "办理回执"
    assert [each.number for each in read_all(tmp_path, PUBLIC)] == ["SB1"]


def test_a_code_drawn_by_the_driver_is_read_from_the_picture_alone(tmp_path: Path) -> None:
    assert read(paper(tmp_path, signed(CLAIMS)), PUBLIC).genuine


@pytest.mark.parametrize(
    "code",
    [
        signed(CLAIMS, OTHER),
        signed(CLAIMS, OTHER, kid=KEY.thumbprint()),
        signed(CLAIMS, kid="somebody"),
        signed(CLAIMS, typ="JWT"),
        signed(CLAIMS)[:-8] + "AAAAAAAA",
        "https://example.org/",
    ],
)
def test_a_code_that_the_terminal_did_not_sign_is_not_believed(tmp_path: Path, code: str) -> None:
    found = read(paper(tmp_path, code), PUBLIC)
    assert not found.genuine
    assert found.number == ""
    assert found.faults == ("the code is not signed by this terminal",)


def test_a_paper_without_a_code_or_with_two_is_not_believed(tmp_path: Path) -> None:
    assert read(paper(tmp_path), PUBLIC).faults == ("0 codes can be read from the picture, not 1",)
    two = read(paper(tmp_path, signed(CLAIMS), signed({**CLAIMS, "n": "SB2"})), PUBLIC)
    assert not two.genuine


def test_a_picture_that_shows_another_code_than_was_sent_is_a_fault(tmp_path: Path) -> None:
    found = read(paper(tmp_path, signed(CLAIMS), heard=[signed({**CLAIMS, "n": "SB2"})]), PUBLIC)
    assert found.faults == ("the picture's code is not the one that was sent",)


def test_what_the_printer_could_not_print_is_a_fault(tmp_path: Path) -> None:
    found = read(paper(tmp_path, signed(CLAIMS), garbled=["fe50"], overflows=2), PUBLIC)
    assert found.faults == ("characters that the printer does not have: fe50", "2 lines wider than the paper")
