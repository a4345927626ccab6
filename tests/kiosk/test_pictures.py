"""What the camera gave: judged by light and sharpness, kept without the camera's own notes, and bounded."""

from __future__ import annotations

import base64
import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from kiosk import pictures


def page(width: int = 1200, height: int = 900, ink: int = 20, paper: int = 230) -> Image.Image:
    """Print on paper."""
    picture = Image.new("RGB", (width, height), (paper, paper, paper))
    draw = ImageDraw.Draw(picture)
    for line in range(height // 36):
        draw.text((40, 20 + 36 * line), "DEMO 0123456789 " * (width // 130), fill=(ink, ink, ink))
    return picture


def sent(picture: Image.Image, **options: object) -> str:
    """As the page posts it."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88, **options)
    return base64.b64encode(out.getvalue()).decode()


def test_a_legible_page_will_do_and_is_kept_with_its_hash() -> None:
    checked = pictures.check("document", sent(page()))
    assert checked.problems == ()
    kept = base64.b64decode(checked.image)
    assert kept.startswith(b"\xff\xd8\xff")
    assert hashlib.sha256(kept).hexdigest() == checked.sha256
    assert len(kept) <= pictures.KEPT_BYTES


@pytest.mark.parametrize("radius", [4, 6, 10])
def test_print_that_cannot_be_read_is_taken_again(radius: int) -> None:
    blurred = page().filter(ImageFilter.GaussianBlur(radius))
    assert "不够清楚" in pictures.check("document", sent(blurred)).problems[0]


@pytest.mark.parametrize(
    ("paper", "ink", "words"), [(30, 0, "太暗"), (255, 250, "太亮")], ids=["dark", "bright"]
)
def test_light_is_judged_and_said(paper: int, ink: int, words: str) -> None:
    assert words in pictures.check("document", sent(page(paper=paper, ink=ink))).problems[0]


def test_a_face_need_not_be_sharp_as_print() -> None:
    grey = Image.effect_noise((480, 640), 40).filter(ImageFilter.GaussianBlur(4)).convert("RGB")
    assert pictures.check("face", sent(grey)).problems == ()


@pytest.mark.parametrize("kind", ["face", "portrait", "document"])
def test_a_camera_that_is_set_too_small_is_for_the_staff(kind: pictures.Kind) -> None:
    assert "工作人员" in pictures.check(kind, sent(page(200, 160))).problems[0]


def test_the_cameras_notes_do_not_go_along() -> None:
    exif = Image.Exif()
    exif[0x010F] = "CameraMaker"
    exif[0x8825] = {1: "N", 2: (39.0, 7.0, 0.0)}
    checked = pictures.check("document", sent(page(), exif=exif))
    kept = Image.open(io.BytesIO(base64.b64decode(checked.image)))
    assert not kept.getexif()
    assert b"CameraMaker" not in base64.b64decode(checked.image)


def test_a_turned_camera_gives_an_upright_page() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    checked = pictures.check("document", sent(page(), exif=exif))
    kept = Image.open(io.BytesIO(base64.b64decode(checked.image)))
    assert kept.height > kept.width


def test_a_page_full_of_detail_stays_below_the_bound() -> None:
    noise = Image.effect_noise((1600, 1200), 120).convert("RGB")
    encoded = sent(noise.resize((800, 600)))
    checked = pictures.check("document", encoded)
    assert len(base64.b64decode(checked.image)) <= pictures.KEPT_BYTES


@pytest.mark.parametrize(
    "raw", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"\xff\xd8\xff\xe0" + bytes(100)]
)
def test_what_is_no_picture_is_taken_again(raw: bytes) -> None:
    assert pictures.check("document", base64.b64encode(raw).decode()).problems == (
        "照片没有拍好，请再拍一次",
    )


def test_a_picture_that_is_too_large_is_not_opened() -> None:
    huge = Image.new("L", (5000, 10))
    assert pictures.check("document", sent(huge)).problems == ("照片没有拍好，请再拍一次",)


@given(st.binary(max_size=300), st.integers(0, 400))
def test_no_bytes_break_it(noise: bytes, at: int) -> None:
    good = base64.b64decode(SMALL)
    mutated = good[:at] + noise + good[at + len(noise) :]
    checked = pictures.check("face", base64.b64encode(mutated).decode())
    assert checked.problems or checked.image


@given(st.text(max_size=50))
def test_no_text_breaks_it(text: str) -> None:
    assert pictures.check("face", text).problems


SMALL = sent(page(300, 300))


def raw(picture: Image.Image) -> bytes:
    """As the city gives what a phone has sent."""
    return base64.b64decode(sent(picture))


def test_what_a_phone_sent_is_kept_byte_for_byte() -> None:
    jpeg = raw(page())
    checked = pictures.check_sent(jpeg)
    assert checked.problems == ()
    assert base64.b64decode(checked.image) == jpeg
    assert checked.sha256 == hashlib.sha256(jpeg).hexdigest()


@pytest.mark.parametrize(
    ("jpeg", "words"),
    [
        (raw(page().filter(ImageFilter.GaussianBlur(6))), "不够清楚"),
        (raw(page(paper=30, ink=0)), "太暗"),
        (raw(page(500, 300)), "发原图"),
        (b"", "打不开"),
        (b"\xff\xd8" + bytes(pictures.KEPT_BYTES), "太大"),
    ],
)
def test_what_a_phone_sent_is_judged_as_what_was_photographed(jpeg: bytes, words: str) -> None:
    checked = pictures.check_sent(jpeg)
    assert words in checked.problems[0]
    assert (checked.image, checked.sha256) == ("", "")
