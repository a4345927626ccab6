"""Pictures of guides: from the gateway's own origin only, made anew, and kept like other content."""

from __future__ import annotations

import hashlib
import io
import logging
import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from deploy.sandbox import pictures as sandbox
from kiosk.gateway.outcomes import Reason, Unreachable
from kiosk.gateway.signers import NoSigner
from kiosk.gateway.transport import HttpAnswer
from kiosk.guide_pictures import (
    MEDIA_TYPE,
    MOST_BYTES,
    MOST_KEPT,
    MOST_PICTURES,
    SIDE,
    GuidePictures,
    Held,
    Media,
    made_plain,
    media_of,
    pictures,
)
from offline_cache.content import ContentCache
from tests.kiosk.clocks import TestClock
from tests.kiosk.scripted import Answer, ScriptedHttp

BASE = "https://gateway.example/v1"
AWAY = Unreachable(Reason.NO_NETWORK)
ONE = Media(kind="picture", url="media/one.png", title="一")


def png(size: tuple[int, int] = (640, 480), colour: str = "#0B4EA2", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).convert(mode).save(out, "PNG")
    return out.getvalue()


def served(body: bytes, status: int = 200, **headers: str) -> HttpAnswer:
    named = {"content-type": "image/png", "etag": '"1"', "cache-control": "max-age=60, stale-if-error=600"}
    return HttpAnswer(status, named | {name.replace("_", "-"): text for name, text in headers.items()}, body)


class World:
    def __init__(self, folder: Path, *says: Answer) -> None:
        self.clock = TestClock()
        self.http = ScriptedHttp(*says)
        self.cache = ContentCache(folder / "content.db", self.clock)
        self.pictures = GuidePictures(
            base_url=BASE, http=self.http, signer=NoSigner(), cache=self.cache, clock=self.clock
        )

    def get(self, *, ask: bool = True, seconds: float = 2.5) -> Held | None:
        return self.pictures.of(ONE, self.clock.monotonic() + seconds, ask=ask)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, served(png()), AWAY)
    yield world
    world.cache.close()


def test_it_is_shown_by_the_digest_of_what_was_made_of_it(world: World) -> None:
    held = world.get()
    assert held is not None
    shown = world.pictures.shown(held.digest)
    assert shown is not None
    assert hashlib.sha256(shown).hexdigest() == held.digest
    with Image.open(io.BytesIO(shown)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (held.width, held.height)) == ("JPEG", (640, 480))
    assert world.pictures.shown("0" * 64) is None


def test_it_is_asked_for_without_a_token_and_within_the_time(world: World) -> None:
    world.get(seconds=1.5)
    [asked] = world.http.asked
    assert asked.url == f"{BASE}/media/one.png"
    assert asked.timeout == 1.5
    assert "Authorization" not in asked.headers
    world.clock.advance(100)
    assert world.get(seconds=0) is not None, "no time left: what is kept is shown"
    assert len(world.http.asked) == 1


def test_it_is_there_offline_as_long_as_other_content_and_no_longer(world: World) -> None:
    assert world.pictures.prefetch(ONE, 8.0) is not None
    held = world.get(ask=False)
    assert held is not None
    world.clock.advance(659)
    assert world.get() == held
    assert world.pictures.shown(held.digest) is not None
    world.clock.advance(1)
    assert world.get() is None
    assert world.pictures.shown(held.digest) is None


def test_it_is_confirmed_by_its_version_and_not_sent_again(tmp_path: Path) -> None:
    world = World(tmp_path, served(png()), served(b"", 304))
    held = world.get()
    world.clock.advance(61)
    assert world.get() == held
    assert world.http.asked[1].headers["If-None-Match"] == '"1"'
    world.cache.close()


@pytest.mark.parametrize(
    "answer",
    [
        AWAY,
        served(b"", 503),
        served(b"", 302, location="https://elsewhere.example/"),
        served(b"<html>", content_type="text/html"),
        served(b"no picture at all"),
        served(b"", 403),
    ],
)
def test_what_cannot_be_used_leaves_the_one_that_is_kept(tmp_path: Path, answer: Answer) -> None:
    world = World(tmp_path, served(png()), answer)
    held = world.get()
    world.clock.advance(61)
    assert world.get() == held
    world.cache.close()


def test_one_that_is_gone_is_not_shown(tmp_path: Path) -> None:
    world = World(tmp_path, served(png()), served(b"", 404))
    held = world.get()
    assert held is not None
    world.clock.advance(61)
    assert world.get() is None
    assert world.pictures.shown(held.digest) is None
    world.cache.close()


def test_one_that_may_not_be_kept_has_no_address_and_is_left_out(tmp_path: Path) -> None:
    world = World(tmp_path, served(png(), cache_control="no-store"))
    assert world.get() is None
    world.cache.close()


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("media/a.png", f"{BASE}/media/a.png"),
        ("/pictures/a.png?v=2", "https://gateway.example/pictures/a.png?v=2"),
        ("https://gateway.example/a.png", "https://gateway.example/a.png"),
        ("https://GATEWAY.example:443/a.png#x", "https://GATEWAY.example:443/a.png"),
        ("https://gateway.example.evil/a.png", None),
        ("https://gateway.example:8443/a.png", None),
        ("http://gateway.example/a.png", None),
        ("//evil.example/a.png", None),
        ("https://gateway.example@evil.example/a.png", None),
        ("https://user@gateway.example/a.png", None),
        ("https://gateway.example:port/a.png", None),
        ("https://[::1/a.png", None),
        ("data:image/png;base64,AAAA", None),
        ("file:///etc/passwd", None),
        ("\\\\evil.example\\a.png", f"{BASE}/\\\\evil.example\\a.png"),
        ("a\u202e.png", None),
    ],
)
def test_only_what_is_on_exactly_the_gateways_origin_is_asked_for(
    world: World, url: str, whole: str | None
) -> None:
    assert world.pictures.own(url) == whole
    if whole is None:
        assert world.pictures.of(Media(kind="picture", url=url), 9.0, ask=True) is None
        assert world.http.asked == []


def test_anything_else_is_logged_once_and_without_its_query(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            world.pictures.own(f"https://evil.example/a.png?who={number}#secret")
    [line] = caplog.messages
    assert line.endswith("https://evil.example/a.png")


def test_a_large_picture_is_made_to_fit_the_screen() -> None:
    plain = made_plain(png((3000, 1000)))
    assert plain is not None
    with Image.open(io.BytesIO(plain)) as picture:
        assert picture.size == (SIDE, SIDE // 3)


def test_one_full_of_detail_gives_up_quality_before_size() -> None:
    noise = Image.frombytes("RGB", (700, 480), random.Random(1).randbytes(700 * 480 * 3))
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=90)
    plain = made_plain(out.getvalue())
    assert plain is not None
    assert len(plain) <= MOST_KEPT < len(out.getvalue())


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1"])
def test_every_kind_of_png_comes_out_as_seen(mode: str) -> None:
    plain = made_plain(png((40, 40), "white", mode))
    assert plain is not None
    with Image.open(io.BytesIO(plain)) as picture:
        assert picture.convert("L").getextrema() == (255, 255)


def test_what_is_transparent_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(out, "PNG")
    plain = made_plain(out.getvalue())
    assert plain is not None
    with Image.open(io.BytesIO(plain)) as picture:
        assert picture.convert("L").getextrema() == (255, 255)


def test_nothing_of_the_file_that_came_goes_along() -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "<script>"  # ImageDescription
    Image.new("RGB", (40, 40)).save(out, "JPEG", comment=b"<script>", exif=exif)
    plain = made_plain(out.getvalue() + b"<script>alert(1)</script>")
    assert plain is not None
    assert b"script" not in plain
    assert b"Exif" not in plain


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize(
    "raw",
    [b"", b"GIF89a", svg(), bomb(30_000, 30_000), bomb(4000, 4000), bomb(60, 60), png() + bytes(MOST_BYTES)],
    ids=["nothing", "gif", "svg", "bomb", "small bomb", "cut off", "too many bytes"],
)
def test_what_is_no_picture_or_too_large_is_none(raw: bytes) -> None:
    assert made_plain(raw) is None


def test_mutated_files_are_a_picture_or_none_and_never_an_error() -> None:
    chance = random.Random(9111)
    whole = sandbox.png("item-guide")
    with Image.open(io.BytesIO(whole)) as picture:
        files = []
        for kind in ("PNG", "JPEG", "WEBP"):
            out = io.BytesIO()
            picture.resize((60, 40)).save(out, kind)
            files.append(out.getvalue())
    made = 0
    for _ in range(300):
        raw = bytearray(chance.choice(files))
        for _ in range(chance.randrange(1, 12)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        cut = chance.choice([len(raw), len(raw), chance.randrange(8, len(raw))])
        plain = made_plain(bytes(raw[:cut]))
        if plain is not None:
            made += 1
            with Image.open(io.BytesIO(plain), formats=("JPEG",)) as picture:
                picture.load()
    assert 0 < made < 300


def test_a_guide_shows_few_pictures_and_no_video() -> None:
    many = [Media(kind="video", url="v.mp4"), *(Media(kind="picture", url=f"{n}.png") for n in range(9))]
    assert [each.url for each in pictures(many)] == [f"{n}.png" for n in range(MOST_PICTURES)]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"media": 3}', b'{"media": [{"kind": "picture"}]}', b"\xff"])
def test_a_guide_out_of_shape_has_none(body: bytes) -> None:
    assert media_of(body) == ()


def test_it_is_kept_under_its_own_type(world: World) -> None:
    found = world.pictures.prefetch(ONE, 8.0)
    assert found is not None
    assert found.media_type == MEDIA_TYPE
