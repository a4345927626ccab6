"""Faces at the identity platform: who is recognised, who is not and why, and never without consent."""

from __future__ import annotations

import io
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from deploy.sandbox import faces, people
from tests.deploy.sandbox.test_identity import reason, verified
from tests.deploy.sandbox.world import CARD_GRANT, START, STRANGER, TIMEOUT, World

WANG = "p-wang-xiulan"


def with_face(world: World, picture: bytes, *, at: datetime = START, **claims: Any) -> requests.Response:
    """Her card, and a picture."""
    sent = {"face": b64encode(picture).decode(), "face_consent_at": at.isoformat(), **claims}
    return world.token(CARD_GRANT, assertion=world.card_assertion(WANG, **sent))


def by_number(world: World, who: str, picture: bytes, **claims: Any) -> requests.Response:
    """Number, name and picture, without a card."""
    sent = {"sam_id": None, "card_type": None, "face": b64encode(picture).decode()}
    sent |= {"face_consent_at": START.isoformat(), **claims}
    return world.token(CARD_GRANT, assertion=world.card_assertion(who, **sent))


def camera(picture: bytes, *, width: int = 480, quality: int = 60, blur: float = 0.6) -> bytes:
    """As a camera and a browser make it: other size, other quality, not quite sharp, some room around."""
    with Image.open(io.BytesIO(picture)) as image:
        smaller = image.resize((width, image.height * width // image.width))
        seen = Image.new("RGB", (width + 60, smaller.height + 40), (180, 180, 170))
        seen.paste(smaller.filter(ImageFilter.GaussianBlur(blur)), (20, 10))
        written = io.BytesIO()
        seen.save(written, "JPEG", quality=quality)
    return written.getvalue()


def test_card_and_its_holders_face_are_level_card_and_face(world: World) -> None:
    answer = with_face(world, faces.picture(WANG))
    claims = verified(world, answer.json()["id_token"])
    assert (claims["name"], claims["acr"]) == ("王秀兰", "card+face")
    assert verified(world, answer.json()["access_token"])["acr"] == "card+face"


def test_number_and_face_are_level_card_and_face(world: World) -> None:
    answer = by_number(world, "p-zhang-wei", camera(faces.picture("p-zhang-wei")))
    assert verified(world, answer.json()["id_token"])["acr"] == "card+face"


@pytest.mark.parametrize("name", [one.id for one in people.people()[:13]])
def test_everybody_is_known_again_through_a_camera(name: str) -> None:
    assert faces.person_in(camera(faces.picture(name))) == name


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (faces.picture("p-zhang-wei"), "face-differs"),
        (faces.picture(None), "face-not-found"),
        (faces.picture(WANG, dark=True), "face-too-dark"),
        (b"\xff\xd8\xff no JPEG", "face-not-found"),
        (b"", "face-not-found"),
    ],
    ids=["of-another", "of-nobody", "too-dark", "no-picture", "empty"],
)
def test_picture_that_does_not_do_is_refused_with_the_reason(world: World, picture: bytes, why: str) -> None:
    for answer in (with_face(world, picture), by_number(world, WANG, picture)):
        if not picture and "lacks face" in answer.text:
            continue  # a number without a face is incomplete, not wrong
        body = answer.json()
        assert (answer.status_code, body["error"], body["reason"]) == (400, "invalid_grant", why)


def test_two_faces_are_none() -> None:
    with Image.open(io.BytesIO(faces.picture(WANG))) as one:
        both = Image.new("RGB", (1280, 480))
        both.paste(one, (0, 0))
        with Image.open(io.BytesIO(faces.picture("p-zhang-wei"))) as other:
            both.paste(other, (640, 0))
    written = io.BytesIO()
    both.save(written, "JPEG")
    with pytest.raises(faces.FaceError, match="face-not-found"):
        faces.person_in(written.getvalue())


@given(st.binary(max_size=300).map(lambda tail: faces.picture(None)[:200] + tail) | st.binary(max_size=300))
def test_bytes_that_are_no_picture_are_nobody(jpeg: bytes) -> None:
    with pytest.raises(faces.FaceError):
        faces.person_in(jpeg)


@pytest.mark.parametrize(
    "consent",
    [None, "", "yes", (START + timedelta(minutes=5)).isoformat(), (START - timedelta(hours=1)).isoformat()],
    ids=str,
)
def test_face_without_consent_of_this_visit_is_not_looked_at(world: World, consent: str | None) -> None:
    answer = with_face(world, faces.picture(WANG), face_consent_at=consent)
    assert (answer.status_code, answer.json()["reason"]) == (400, "face-without-consent")


def test_number_that_is_not_in_the_register_is_refused(world: World) -> None:
    picture = faces.picture(WANG)
    assert by_number(world, WANG, picture, sub=STRANGER).json()["reason"] == "not-registered"
    assert by_number(world, WANG, picture, name="王秀英").json()["reason"] == "name-differs"


def test_number_alone_is_no_login(world: World) -> None:
    assertion = world.card_assertion(WANG, sam_id=None, card_type=None)
    assert "lacks sam_id, card_type" in reason(world.token(CARD_GRANT, assertion=assertion))[2]


def test_large_picture_is_taken_and_a_larger_one_is_not(world: World) -> None:
    """A picture of half a megabyte is what terminals may send."""
    fits = faces.picture(WANG) + b"\0" * (500 * 1024 - len(faces.picture(WANG)))
    assert with_face(world, fits).status_code == 200
    assert with_face(world, fits * 3).status_code == 413


def test_nothing_of_a_picture_is_kept(world: World) -> None:
    picture = faces.picture(WANG)
    assert with_face(world, picture).status_code == 200
    stored = b"".join(path.read_bytes() for path in world.directory.iterdir() if "city.db" in path.name)
    assert stored
    assert picture[100:160] not in stored
    assert b64encode(picture)[100:160] not in stored


def test_pictures_are_drawn_for_tests_and_dock(world: World) -> None:
    url = f"{world.city.control_url}/face/{WANG}.jpg"
    answer = world.http.get(url, timeout=TIMEOUT)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert faces.person_in(answer.content) == WANG
    with pytest.raises(faces.FaceError, match="face-too-dark"):
        faces.person_in(world.http.get(url + "?dark", timeout=TIMEOUT).content)
    nobody = world.http.get(f"{world.city.control_url}/face/nobody.jpg", timeout=TIMEOUT)
    with pytest.raises(faces.FaceError, match="face-not-found"):
        faces.person_in(nobody.content)
    assert world.http.get(f"{world.city.control_url}/face/p-x.jpg", timeout=TIMEOUT).status_code == 404
