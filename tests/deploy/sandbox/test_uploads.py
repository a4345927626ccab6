"""Uploads: the phone's page takes pictures for ten minutes, gives them to its terminal, and keeps none."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup
from PIL import Image

from deploy.demo.photographs import document
from deploy.sandbox.gateway import phone_page, sent_pictures, uploads
from kiosk import pictures
from tests.deploy.sandbox.papers import new
from tests.deploy.sandbox.world import ALLOWANCE, TIMEOUT, World

CONTRACT = {"role": "contract", "name": "房屋租赁合同", "pages": 3}
PROOF = {"role": "proof", "name": "证明", "pages": 1}
PAGE = document("房屋租赁合同", ("甲方：演示", "乙方：演示"))


def opened(world: World, key: str | None = None, token: str | None = None) -> Any:
    body = {"item": ALLOWANCE, "documents": [CONTRACT, PROOF]}
    answer = world.call("openUpload", token or world.terminal_token, body, key=key or new())
    assert answer.ok, answer.text
    return answer.json()


def look(world: World, upload: Any) -> Any:
    return world.call("getUpload", world.terminal_token, id=upload["id"]).json()


def fetch(world: World, upload: Any, n: int) -> requests.Response:
    return world.call("getUploadedDocument", world.terminal_token, id=upload["id"], n=str(n))


def page(world: World, upload: Any) -> requests.Response:
    return world.http.get(upload["link"], timeout=TIMEOUT)


def send(world: World, upload: Any, role: str, *files: bytes) -> requests.Response:
    """As the page's form posts it."""
    attached = [("picture", (f"{n}.jpg", each, "image/jpeg")) for n, each in enumerate(files)]
    return world.http.post(upload["link"], data={"role": role}, files=attached, timeout=TIMEOUT)


def _photo(size: tuple[int, int]) -> Image.Image:
    return Image.open(io.BytesIO(PAGE)).resize(size)


def png() -> bytes:
    out = io.BytesIO()
    _photo((900, 700)).convert("RGBA").save(out, "PNG")
    return out.getvalue()


def with_notes(size: tuple[int, int] = (3000, 2000)) -> bytes:
    """As a phone takes it: large, lying on its side, with the place where it was taken."""
    notes = Image.Exif()
    notes[0x0112] = 6
    notes[0x010F] = "DemoPhone"
    out = io.BytesIO()
    _photo(size).save(out, "JPEG", exif=notes, quality=90)
    return out.getvalue()


def test_what_the_page_takes_reaches_the_terminal_byte_for_byte(world: World) -> None:
    key = new()
    upload = opened(world, key)
    assert (upload["state"], upload["expires_at"]) == ("waiting", "2026-11-23T10:10:00+08:00")
    assert opened(world, key) == upload
    words = page(world, upload).text
    assert all(each in words for each in ("房屋租赁合同", "证明", "演示数据", "10:10"))
    assert look(world, upload)["state"] == "open"
    assert send(world, upload, "contract", PAGE).ok
    [entry] = look(world, upload)["documents"]
    assert (entry["n"], entry["role"], entry["media_type"]) == (1, "contract", "image/jpeg")
    answer = fetch(world, upload, 1)
    assert answer.content == PAGE, "nothing about it was unfit"
    assert entry["sha256"] == hashlib.sha256(PAGE).hexdigest()
    assert entry["size"] == len(PAGE)
    world.http.post(upload["link"], data={"action": "done"}, timeout=TIMEOUT)
    assert look(world, upload)["state"] == "done"
    [row] = world.ledger()["uploads"]
    assert row["documents"] == [{"role": "contract", "sha256": entry["sha256"]}]


def test_the_page_works_by_its_own_forms_and_without_script(world: World) -> None:
    upload = opened(world)
    soup = BeautifulSoup(page(world, upload).text, "html.parser")
    forms = soup.find_all("form")
    roles = [each.find("input", {"name": "role"}) for each in forms]
    assert [each["value"] for each in roles if each is not None] == ["contract", "proof"]
    assert all(each.get("enctype") == "multipart/form-data" for each in forms[:2])
    assert soup.find("script") is None
    assert "script" not in page(world, upload).headers["Content-Security-Policy"]


@pytest.mark.parametrize("raw", [with_notes(), with_notes((800, 600)), png()])
def test_the_terminal_gets_an_upright_jpeg_without_notes_that_it_takes(world: World, raw: bytes) -> None:
    upload = opened(world)
    assert send(world, upload, "contract", raw).ok
    given = fetch(world, upload, 1).content
    with Image.open(io.BytesIO(given)) as seen:
        assert seen.format == "JPEG"
        assert not dict(seen.getexif())
        assert "exif" not in seen.info
    assert len(given) <= sent_pictures.MOST_GIVEN
    checked = pictures.check_sent(given)
    assert checked.problems == ()
    assert checked.sha256 == hashlib.sha256(given).hexdigest()


def test_a_picture_that_lay_on_its_side_stands_upright() -> None:
    with Image.open(io.BytesIO(sent_pictures.fit(with_notes()))) as seen:
        assert seen.height > seen.width


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"%PDF-1.7 no picture", "只收 JPG、PNG"),
        (b"", "只收 JPG、PNG"),
        (PAGE[:2000], "只收 JPG、PNG"),
        (b"\xff\xd8" + bytes(sent_pictures.MOST_SENT), "10 MB"),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused_in_words(world: World, raw: bytes, words: str) -> None:
    upload = opened(world)
    answer = send(world, upload, "contract", raw)
    assert (answer.status_code, words in answer.text) == (400, True)
    assert look(world, upload)["documents"] == []


def test_a_post_that_is_too_large_altogether_is_refused_in_words(world: World) -> None:
    upload = opened(world)
    answer = send(world, upload, "contract", bytes(9_000_000), bytes(9_000_000))
    assert (answer.status_code, "一张一张传" in answer.text) == (413, True)


def test_a_role_that_nobody_wants_and_too_many_pictures_are_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_PICTURES", 2)
    upload = opened(world)
    assert "没有要" in send(world, upload, "passport", PAGE).text
    assert "请先选照片" in send(world, upload, "contract").text
    assert send(world, upload, "contract", PAGE, PAGE).ok
    assert "最多传 2 张" in send(world, upload, "proof", PAGE).text
    assert [each["n"] for each in look(world, upload)["documents"]] == [1, 2]


@pytest.mark.parametrize("how", ["expired", "closed"])
def test_once_it_is_over_nothing_is_taken_and_no_picture_kept(world: World, how: str) -> None:
    upload = opened(world)
    send(world, upload, "contract", PAGE)
    if how == "expired":
        world.clock.move(uploads.LIFE_SECONDS)
        del world.terminal_token  # it is over as well
    else:
        token = world.terminal_token
        assert world.call("closeUpload", token, id=upload["id"]).json()["state"] == "closed"
    assert send(world, upload, "contract", PAGE).status_code == 400
    assert page(world, upload).status_code == 410
    assert look(world, upload)["state"] == how
    assert fetch(world, upload, 1).status_code == 404
    with world.city.context.db.transaction() as tx:
        assert [row["content"] for row in tx.all("SELECT content FROM uploaded")] == [None]


def test_only_the_terminal_that_opened_it_sees_it_with_or_without_its_citizen(world: World) -> None:
    visit = world.as_person("p-wang-xiulan")
    upload = opened(world, token=visit)
    assert world.call("getUpload", visit, id=upload["id"]).ok
    assert look(world, upload)["state"] == "waiting", "the terminal closes it when the citizen is gone"
    with world.city.context.db.transaction() as tx:
        tx.run("UPDATE uploads SET terminal = 'TJ-0002'")
    for operation in ("getUpload", "closeUpload"):
        assert world.call(operation, visit, id=upload["id"]).status_code == 404
    assert fetch(world, upload, 1).status_code == 404


def test_a_link_that_is_guessed_leads_nowhere(world: World) -> None:
    upload = opened(world)
    guessed = {"link": upload["link"][:-4] + "AAAA"}
    assert page(world, guessed).status_code == 410
    assert send(world, guessed, "contract", PAGE).status_code == 400


def test_the_control_page_has_the_phones_part(world: World) -> None:
    upload = opened(world)
    token = world.ledger()["uploads"][0]["token"]
    assert upload["link"].endswith(token)
    assert (
        world.control("post", "/uploads", {"token": token, "role": "passport", "image": ""}).status_code
        == 400
    )
    assert world.control("post", "/uploads", {"token": token}).ok
    assert look(world, upload)["state"] == "done"


def test_the_page_can_be_out_of_order(world: World) -> None:
    upload = opened(world)
    world.fault(phone_page.OPERATION, "5xx")
    assert page(world, upload).status_code == 503
    assert page(world, upload).ok
