"""The demo's camera: a file of one length that holds one JPEG, whatever is shown."""

from __future__ import annotations

import io
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import Page, Playwright

from deploy.demo.camera import FILE_BYTES, SIZE, Camera, fitted, padded
from deploy.demo.photographs import document

CHROMIUM = "/usr/bin/chromium"
PAGE = b"""<!doctype html>
<video id="v" muted playsinline></video><canvas id="c" width="64" height="48"></canvas>
<script>
async function look() {
  v.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } } });
  await v.play();
}
function colour() {
  const pen = c.getContext("2d");
  pen.drawImage(v, 0, 0, 64, 48);
  const [red, green, blue] = pen.getImageData(32, 24, 1, 1).data;
  return red > 200 && green < 90 ? "red" : blue > 200 && red < 90 ? "blue" : "other";
}
</script>"""


def jpeg(colour: str, size: tuple[int, int] = (640, 480)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, "JPEG")
    return written.getvalue()


@given(st.integers(4, 300_000))
@settings(max_examples=60, deadline=None)
def test_a_padded_jpeg_has_the_wanted_length_and_shows_the_same(more: int) -> None:
    picture = jpeg("red", (16, 16))
    longer = padded(picture, len(picture) + more)
    assert len(longer) == len(picture) + more
    with Image.open(io.BytesIO(longer)) as seen, Image.open(io.BytesIO(picture)) as meant:
        assert seen.tobytes() == meant.tobytes()


def test_what_cannot_be_padded_is_said() -> None:
    picture = jpeg("red")
    assert padded(picture, len(picture)) == picture
    with pytest.raises(ValueError, match="four bytes"):
        padded(picture, len(picture) + 3)
    with pytest.raises(ValueError, match="longer"):
        padded(picture, len(picture) - 1)


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (3000, 100), (1, 1)])
def test_every_picture_is_seen_whole_at_the_cameras_size(size: tuple[int, int]) -> None:
    with Image.open(io.BytesIO(fitted(jpeg("red", size)))) as seen:
        assert seen.size == SIZE
        assert seen.getpixel((SIZE[0] // 2, SIZE[1] // 2))[0] > 200  # type: ignore[index]  # RGB


def test_the_file_never_changes_its_length_or_its_place(tmp_path: Path) -> None:
    camera = Camera(tmp_path / "camera.mjpeg")
    camera.show(jpeg("red"), "nobody")
    place = camera.path.stat().st_ino
    camera.show(document("医疗收费票据", ("姓名：试样",) * 8), "医疗收费票据")
    assert (camera.path.stat().st_ino, camera.path.stat().st_size) == (place, FILE_BYTES)
    assert (camera.what, camera.shown) == ("医疗收费票据", 2)
    assert camera.path.stat().st_mode & 0o077 == 0
    with pytest.raises(OSError, match="cannot identify"):
        camera.show(b"no picture")


@pytest.fixture
def server() -> Iterator[str]:
    """A page that opens the camera, on loopback, which a browser takes for safe."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/"
    running.shutdown()
    running.server_close()


def sees(page: Page, colour: str) -> None:
    page.wait_for_function("wanted => colour() === wanted", arg=colour, timeout=15_000)


def test_a_browser_that_has_the_camera_open_sees_the_new_picture(
    tmp_path: Path, server: str, playing: Playwright
) -> None:
    camera = Camera(tmp_path / "camera.mjpeg")
    camera.show(jpeg("red"))
    browser = playing.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *camera.flags])
    page = browser.new_page()
    page.goto(server)
    page.evaluate("look()")
    sees(page, "red")
    camera.show(jpeg("blue"))
    sees(page, "blue")
    browser.close()
