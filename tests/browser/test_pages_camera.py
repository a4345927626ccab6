"""The camera page: a real JPEG goes into the post and nowhere else, and there is a way without it."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from flows.steps.documents import PICTURE_LIMIT
from kiosk.views import Idle
from tests.browser.pages import CHROMIUM, Served, opened, present, served
from tests.kiosk.web.samples import SAMPLES

pytestmark = pytest.mark.browser

HEAD = "data:image/jpeg;base64,"
ALLOWED = "document.featurePolicy.allowsFeature('camera')"
NOISE = """() => {
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...given) {
    draw.apply(this, given);
    const { width, height } = this.canvas;
    const image = this.getImageData(0, 0, width, height);
    for (let at = 0; at < image.data.length; at += 1) if (at % 4 !== 3) image.data[at] = Math.random() * 256;
    this.putImageData(image, 0, 0);
  };
}"""


@pytest.fixture
def site() -> Iterator[Served]:
    with served(SAMPLES["home"]) as site:
        yield site


@pytest.fixture
def page(browser: Browser, site: Served) -> Iterator[Page]:
    page = opened(browser, site, "portrait")
    yield page
    page.context.close()


def acted(site: Served) -> tuple[str, dict[str, str]]:
    """The first touch that counted, once there is one."""
    with site.screen.changed_now:
        assert site.screen.changed_now.wait_for(lambda: site.screen.acts, timeout=20)
    return site.screen.acts[0]


def picture(values: dict[str, str]) -> Image.Image:
    assert values["picture"].startswith(HEAD)
    assert len(values["picture"]) <= PICTURE_LIMIT
    image = Image.open(io.BytesIO(base64.b64decode(values["picture"][len(HEAD) :])), formats=("JPEG",))
    image.load()
    return image


def test_shutter_posts_what_the_camera_sees_as_a_jpeg(page: Page, site: Served) -> None:
    present(page, site, SAMPLES["camera-document"])

    page.get_by_role("button", name="拍照").tap()
    action, values = acted(site)

    assert action == "next"
    image = picture(values)
    assert 600 <= max(image.size) <= 1600
    red, green, blue = image.resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]  # an RGB picture
    assert green > red + 30  # Chromium's fake camera is green
    assert green > blue + 30


@pytest.mark.parametrize(("name", "longest"), [("camera-face", 720), ("camera-portrait", 1200)])
def test_face_is_cut_upright_and_no_larger_than_needed(
    page: Page, site: Served, name: str, longest: int
) -> None:
    present(page, site, SAMPLES[name])

    page.get_by_role("button", name="拍照").tap()
    image = picture(acted(site)[1])

    width, height = image.size
    assert height <= longest
    assert abs(width / height - 3 / 4) < 0.01
    assert min(width / 300, height / 400) >= 1


def test_picture_full_of_noise_gives_up_quality_until_it_fits(page: Page, site: Served) -> None:
    present(page, site, SAMPLES["camera-document"])
    page.evaluate(NOISE)

    page.get_by_role("button", name="拍照").tap()

    assert max(picture(acted(site)[1]).size) >= 600


def test_document_that_takes_the_picture_goes_and_with_it_the_right_to_the_camera(
    page: Page, site: Served
) -> None:
    present(page, site, SAMPLES["form"])
    assert page.evaluate(ALLOWED) is False
    present(page, site, SAMPLES["camera-document"])
    assert page.evaluate(ALLOWED) is True
    page.evaluate("window.left = 'a picture'")
    site.screen.after["next"] = SAMPLES["waiting"]

    page.get_by_role("button", name="拍照").tap()
    page.locator(".k-waiting").wait_for()

    assert page.evaluate("window.left") is None
    assert page.evaluate(ALLOWED) is False
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert page.evaluate("caches.keys()") == []
    assert page.evaluate("indexedDB.databases()") == []


def test_picture_to_look_at_is_gone_with_the_next_page(page: Page, site: Served) -> None:
    present(page, site, SAMPLES["picture-document"])
    shown = page.locator("img.shot")
    assert shown.evaluate("(image) => image.naturalWidth") == 1200

    present(page, site, SAMPLES["documents"])

    assert "data:image/jpeg" not in page.content()


def test_camera_that_is_pulled_out_is_said_by_the_page_itself(page: Page, site: Served) -> None:
    present(page, site, SAMPLES["camera-document"])

    page.evaluate(
        "document.querySelector('video').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))"
    )

    assert acted(site) == ("no-camera", {})
    assert page.evaluate("document.querySelector('video').srcObject") is None


def test_camera_goes_out_when_time_is_up(page: Page, site: Served) -> None:
    present(page, site, SAMPLES["camera-face"])
    track = page.evaluate_handle("document.querySelector('video').srcObject.getTracks()[0]")

    present(page, site, replace(SAMPLES["camera-face"], idle=Idle(seconds_left=1)))
    expect(page.locator('[data-cover="blank"]')).to_be_visible()

    assert track.evaluate("(track) => track.readyState") == "ended"
    assert site.screen.acts == []


def test_whoever_looks_into_the_camera_sees_a_mirror_and_posts_none(page: Page, site: Served) -> None:
    present(page, site, SAMPLES["camera-face"])

    mirrored = page.locator("video").evaluate("(video) => getComputedStyle(video).transform")
    assert mirrored.startswith("matrix(-1")
    present(page, site, SAMPLES["camera-document"])
    assert page.locator("video").evaluate("(video) => getComputedStyle(video).transform") == "none"


@pytest.fixture(scope="module")
def blind(browser: Browser) -> Iterator[Browser]:
    """A browser without a camera, and with nobody to allow one."""
    running = browser.browser_type.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield running
    running.close()


def test_without_a_camera_the_page_asks_for_the_other_way_once(blind: Browser, site: Served) -> None:
    site.screen.after["no-camera"] = SAMPLES["face-consent-again"]
    page = opened(blind, site, "portrait")
    shown = site.screen.show(SAMPLES["camera-face"])

    assert acted(site) == ("no-camera", {})
    page.locator(f'.k-face-consent[data-turn="{shown.turn + 1}"]').wait_for()

    assert len(site.screen.acts) == 1
    page.context.close()


def test_without_script_there_is_a_button_for_the_other_way(blind: Browser, site: Served) -> None:
    site.screen.show(SAMPLES["camera-document"])
    page = opened(blind, site, "portrait", script=False)

    page.get_by_role("button", name="没有画面，换别的办法").tap()

    assert acted(site)[0] == "no-camera"
    page.context.close()


def cameras(site: Served) -> list[str]:
    """What the pages have told of the camera, once one has."""
    with site.screen.changed_now:
        assert site.screen.changed_now.wait_for(lambda: site.screen.cameras, timeout=20)
    return site.screen.cameras


def test_a_camera_that_is_seen_is_told_to_the_agent(page: Page, site: Served) -> None:
    present(page, site, SAMPLES["camera-face"])
    assert cameras(site) == ["ready"]


@pytest.mark.parametrize(
    ("error", "word"),
    [
        ("NotAllowedError", "denied"),
        ("NotFoundError", "missing"),
        ("NotReadableError", "busy"),
        ("TypeError", "failed"),
    ],
)
def test_why_there_is_no_picture_is_told_to_the_agent(
    browser: Browser, site: Served, error: str, word: str
) -> None:
    page = opened(browser, site, "portrait")
    page.context.add_init_script(
        f"""navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "{error}"));"""
    )
    site.screen.show(SAMPLES["camera-face"])
    assert acted(site)[0] == "no-camera"
    assert cameras(site) == [word]
    page.context.close()
