"""Who may speak to the pages, and what every answer carries."""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flows.bodies import CameraBody
from flows.steps.documents import JPEG, PICTURE_LIMIT
from kiosk.web import create_app
from kiosk.web.wall import BODY_LIMIT, Wall
from tests.kiosk.web.fakes import SECRET, FakeScreen
from tests.kiosk.web.samples import SAMPLES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ORIGIN = "http://127.0.0.1:8080"
FORM = "application/x-www-form-urlencoded"
BROWSER = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}
TYPED = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture
def screen() -> FakeScreen:
    return FakeScreen(SAMPLES["form"])


@pytest.fixture
def stranger(screen: FakeScreen) -> FlaskClient:
    """A client without the cookie."""
    return create_app(screen, secret=SECRET, origin=ORIGIN).test_client()


@pytest.fixture
def kiosk(stranger: FlaskClient) -> FlaskClient:
    """The kiosk browser: it was given the secret."""
    stranger.get(f"/open?k={SECRET}", base_url=ORIGIN)
    return stranger


def get(client: FlaskClient, path: str = "/", base: str = ORIGIN, **headers: str) -> TestResponse:
    return client.get(path, base_url=base, headers=headers)


def act(client: FlaskClient, headers: Mapping[str, str] = BROWSER, body: str = "turn=1&action=next",
        kind: str = FORM) -> TestResponse:  # fmt: skip
    return client.post("/act", base_url=ORIGIN, headers=dict(headers), data=body, content_type=kind)


def test_secret_is_redeemed_for_a_cookie_that_is_not_the_secret(stranger: FlaskClient) -> None:
    answer = stranger.get(f"/open?k={SECRET}", base_url=ORIGIN, headers=TYPED)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert SECRET not in cookie
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert get(stranger).status_code == 200


@pytest.mark.parametrize("given", ["", "wrong", SECRET[:-1], SECRET + "x", "é"])
def test_wrong_secret_opens_nothing(stranger: FlaskClient, given: str) -> None:
    answer = stranger.get("/open", query_string={"k": given}, base_url=ORIGIN)

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert get(stranger).status_code == 403


def test_page_of_another_port_may_open_and_the_way_on_counts_as_the_kiosks_own(stranger: FlaskClient) -> None:
    dock = TYPED | {"Sec-Fetch-Site": "same-site"}

    answer = stranger.get(f"/open?k={SECRET}", base_url=ORIGIN, headers=dock)

    assert answer.status_code == 200
    assert 'http-equiv="refresh" content="0; url=/"' in answer.text
    assert stranger.get("/", base_url=ORIGIN, headers=dock).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [TYPED | {"Sec-Fetch-Site": "cross-site"}, TYPED | {"Sec-Fetch-Dest": "iframe"}],
    ids=["cross-site", "frame"],
)
def test_secret_cannot_be_redeemed_from_elsewhere_or_in_a_frame(
    stranger: FlaskClient, headers: dict[str, str]
) -> None:
    assert stranger.get(f"/open?k={SECRET}", base_url=ORIGIN, headers=headers).status_code == 403


def test_without_the_cookie_nothing_is_shown_and_nothing_acts(
    stranger: FlaskClient, screen: FakeScreen
) -> None:
    paths = ("/", "/events?after=1", "/static/js/kiosk.js", "/nothing-here")

    assert {get(stranger, path).status_code for path in paths} == {403}
    assert act(stranger).status_code == 403
    assert (screen.acts, screen.beats) == ([], 0)


def test_forged_cookie_is_refused(stranger: FlaskClient) -> None:
    for value in ("", "0" * 64, SECRET, "é"):
        stranger.set_cookie("kiosk", value)
        assert get(stranger).status_code == 403


@pytest.mark.parametrize("base", ["http://localhost:8080", "http://127.0.0.1", "http://evil.example:8080"])
def test_another_host_is_refused(kiosk: FlaskClient, base: str) -> None:
    assert kiosk.get("/", base_url=ORIGIN, headers={"Host": base.removeprefix("http://")}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:8081"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        BROWSER | {"Sec-Fetch-Site": "cross-site"},
        BROWSER | {"Sec-Fetch-Site": "same-site"},
        BROWSER | {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_act_from_elsewhere_is_refused_even_with_the_cookie(
    kiosk: FlaskClient, screen: FakeScreen, headers: dict[str, str]
) -> None:
    assert act(kiosk, headers).status_code == 403
    assert screen.acts == []


@pytest.mark.parametrize(
    "headers", [BROWSER, {"Origin": ORIGIN}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}], ids=str
)
def test_act_from_the_kiosks_own_page_counts(
    kiosk: FlaskClient, screen: FakeScreen, headers: dict[str, str]
) -> None:
    assert act(kiosk, headers).status_code == 200
    assert screen.acts == [("next", {})]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://evil.example"},
    ],
    ids=str,
)
def test_page_is_not_shown_to_another_site(kiosk: FlaskClient, headers: dict[str, str]) -> None:
    assert get(kiosk, **headers).status_code == 403


def test_cross_origin_text_plain_post_never_reaches_flask() -> None:
    def flask(_environ: WSGIEnvironment, _start: StartResponse) -> Iterable[bytes]:
        raise AssertionError("reached")

    wall = Wall(flask, secret=SECRET, origin=ORIGIN)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/act",
        "HTTP_HOST": "127.0.0.1:8080",
        "HTTP_ORIGIN": "http://evil.example",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "4",
    }
    seen: list[str] = []

    list(wall(environ, lambda status, _headers, _exc=None: seen.append(status) or (lambda _: None)))  # type: ignore[func-returns-value]  # start_response is a list here

    assert seen == ["403 Forbidden"]


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", ""])
def test_only_forms_are_taken(kiosk: FlaskClient, screen: FakeScreen, kind: str) -> None:
    assert act(kiosk, kind=kind).status_code == 415
    assert screen.acts == []


def test_body_over_the_limit_is_refused_by_its_length(kiosk: FlaskClient) -> None:
    assert act(kiosk, body="turn=1&action=next&signature=" + "x" * BODY_LIMIT).status_code == 413


def test_largest_signature_that_the_engine_takes_passes(kiosk: FlaskClient, screen: FakeScreen) -> None:
    signature, strokes = "x" * 200_000, "%2C" * 200_000

    assert act(kiosk, body=f"turn=1&action=next&signature={signature}&strokes={strokes}").status_code == 200
    assert len(screen.acts[0][1]["strokes"]) == 200_000


def test_largest_picture_that_the_engine_takes_passes(kiosk: FlaskClient, screen: FakeScreen) -> None:
    image = base64.b64encode(random.Random(7).randbytes(PICTURE_LIMIT)).decode()
    picture = f"{JPEG}{image}"[:PICTURE_LIMIT]

    answer = act(kiosk, body=urlencode({"turn": 1, "action": "next", "picture": picture}))

    assert answer.status_code == 200
    assert screen.acts == [("next", {"picture": picture})]


def camera_policy(answer: TestResponse) -> str:
    [policy] = answer.headers.getlist("Permissions-Policy")
    features = dict(each.split("=", 1) for each in policy.split(", "))
    assert {value for feature, value in features.items() if feature != "camera"} == {"()"}
    return features["camera"]


@pytest.mark.parametrize("name", list(SAMPLES))
def test_camera_is_allowed_on_the_camera_page_and_on_no_other(
    kiosk: FlaskClient, screen: FakeScreen, name: str
) -> None:
    screen.show(SAMPLES[name])
    expected = "(self)" if isinstance(SAMPLES[name].page.body, CameraBody) else "()"

    assert camera_policy(get(kiosk)) == expected
    assert camera_policy(act(kiosk, body="turn=0&action=next")) == expected


def test_camera_is_not_allowed_on_what_is_no_page_while_one_shows_it(
    kiosk: FlaskClient, screen: FakeScreen
) -> None:
    screen.show(SAMPLES["camera-face"])

    assert camera_policy(get(kiosk, "/events?after=1")) == "()"
    assert camera_policy(get(kiosk, "/static/js/camera.js")) == "()"
    assert camera_policy(get(kiosk, "/none")) == "()"
    assert camera_policy(get(kiosk, "/open?k=wrong")) == "()"
    screen.busy = True
    assert camera_policy(get(kiosk)) == "()"


def test_browser_cannot_ask_for_the_camera_by_a_header(kiosk: FlaskClient) -> None:
    asked = {"Kiosk.Camera": "True", "Kiosk-Camera": "True", "Permissions-Policy": "camera=(self)"}

    assert camera_policy(kiosk.get("/", base_url=ORIGIN, headers=asked)) == "()"


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/act"), ("DELETE", "/"), ("POST", "/"), ("GET", "/act"), ("OPTIONS", "/")]
)
def test_other_methods_are_refused(kiosk: FlaskClient, method: str, path: str) -> None:
    answer = kiosk.open(path, method=method, base_url=ORIGIN, headers=BROWSER, content_type=FORM)

    assert answer.status_code == 405


def test_every_answer_carries_the_headers(kiosk: FlaskClient, screen: FakeScreen) -> None:
    answers = [
        get(kiosk),
        get(kiosk, "/open?k=wrong"),
        get(kiosk, f"/open?k={SECRET}"),
        get(kiosk, "/events?after=1"),
        get(kiosk, "/static/js/kiosk.js"),
        get(kiosk, "/static/none.js"),
        get(kiosk, "/none"),
        kiosk.put("/", base_url=ORIGIN),
        act(kiosk),
        act(kiosk, kind="text/plain"),
        act(kiosk, body="x" * (BODY_LIMIT + 1)),
        kiosk.post("/touch", base_url=ORIGIN, headers=BROWSER),
    ]
    screen.busy = True
    answers.append(get(kiosk))

    statuses = {answer.status_code for answer in answers}
    assert {200, 204, 303, 403, 404, 405, 413, 415, 503} <= statuses
    nonces = set()
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        nonce = re.search(r"script-src 'nonce-([^']+)'", policy)
        assert nonce is not None
        nonces.add(nonce[1])
        assert "unsafe" not in policy
        for rule in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
            assert rule in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        assert answer.headers.getlist("Cache-Control") == ["no-store"]
    assert len(nonces) == len(answers)


def test_refusal_says_nothing_of_the_pages(stranger: FlaskClient) -> None:
    answer = get(stranger)

    assert answer.text == '<!doctype html><html lang="en"><title>403</title><p>Forbidden</p></html>'


def test_short_secret_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="16"):
        create_app(FakeScreen(SAMPLES["home"]), secret="short", origin=ORIGIN)


PICTURE = "ab" * 32


def pictured(screen: FakeScreen) -> FlaskClient:
    """A kiosk browser's client, of a terminal that keeps one picture."""
    kept = {PICTURE: b"\xff\xd8 a JPEG"}
    return create_app(screen, secret=SECRET, origin=ORIGIN, picture=kept.get).test_client()


def test_a_guides_picture_is_had_by_its_digest_and_by_nothing_else(screen: FakeScreen) -> None:
    client = pictured(screen)
    client.get(f"/open?k={SECRET}", base_url=ORIGIN)
    answer = get(client, f"/media/{PICTURE}")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/jpeg", b"\xff\xd8 a JPEG")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "img-src 'self'" in answer.headers["Content-Security-Policy"]
    for other in ("cd" * 32, PICTURE.upper(), PICTURE[:-1], "../" + PICTURE, "%2e%2e%2fcontent.db"):
        assert get(client, f"/media/{other}").status_code == 404, other


def test_a_picture_is_for_the_kiosk_browser_only(screen: FakeScreen) -> None:
    client = pictured(screen)
    assert get(client, f"/media/{PICTURE}").status_code == 403
    client.get(f"/open?k={SECRET}", base_url=ORIGIN)
    assert get(client, f"/media/{PICTURE}", **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(f"/media/{PICTURE}", base_url=ORIGIN, headers=BROWSER).status_code == 405
