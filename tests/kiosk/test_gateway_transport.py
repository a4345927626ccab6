"""The line to the city, against TLS peers that misbehave."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.gateway.outcomes import Reason, Unreachable
from kiosk.gateway.transport import HttpAnswer, PinError, PinnedHttp
from tests.kiosk.peers import Authority, Peer, authority, peer, replies, reply

OK = reply("200 OK", b'{"status":"up"}', Date="Fri, 20 Nov 2026 01:02:03 GMT")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("ca"), "city")


@pytest.fixture(scope="module")
def context(city: Authority, tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return city.server(tmp_path_factory.mktemp("server"))


@pytest.fixture
def http(city: Authority) -> Iterator[PinnedHttp]:
    one = PinnedHttp(city.file, connect_timeout=2.0, read_timeout=2.0, max_answer=100_000)
    yield one
    one.close()


def _get(http: PinnedHttp, url: str, timeout: float = 5.0) -> HttpAnswer | Unreachable:
    return http.send("GET", url, headers={}, body=None, timeout=timeout)


def _reason(answer: HttpAnswer | Unreachable) -> Reason:
    assert isinstance(answer, Unreachable), answer
    return answer.reason


def test_answer_comes_whole_with_the_senders_time(http: PinnedHttp, context: ssl.SSLContext) -> None:
    with peer(replies(OK), context) as city:
        answer = _get(http, city.url("/v1/health"))
    assert isinstance(answer, HttpAnswer)
    assert (answer.status, answer.body) == (200, b'{"status":"up"}')
    assert answer.headers["content-type"] == "application/json"
    assert answer.date == datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
    assert city.requests[0].startswith(b"GET /v1/health HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Fri, 99 Nov 2026 01:02:03 GMT", "Fri, 20 Nov 2026 01:02:03 -0000"]
)
def test_odd_date_is_no_date(date: str) -> None:
    assert HttpAnswer(200, {"date": date}, b"").date is None


def test_error_statuses_are_answers_too(http: PinnedHttp, context: ssl.SSLContext) -> None:
    with peer(
        replies(reply("503 Service Unavailable", b"{}"), reply("422 Unprocessable", b"{}")), context
    ) as city:
        statuses = [
            answer.status for _ in range(2) if isinstance(answer := _get(http, city.url()), HttpAnswer)
        ]
    assert statuses == [503, 422]


def test_body_and_headers_arrive_as_given(http: PinnedHttp, context: ssl.SSLContext) -> None:
    with peer(replies(OK), context) as city:
        http.send("POST", city.url(), headers={"Idempotency-Key": "k"}, body=b"\x00\xff{}", timeout=5)
    head, _, body = city.requests[0].partition(b"\r\n\r\n")
    assert body == b"\x00\xff{}"
    assert b"Idempotency-Key: k" in head
    assert b"Accept-Encoding: identity" in head


class TestTrust:
    """Nobody but the pinned CA's holder is the city."""

    def test_certificate_of_another_ca_is_refused(self, http: PinnedHttp, tmp_path: Path) -> None:
        with peer(replies(OK), authority(tmp_path, "other").server(tmp_path)) as stranger:
            answer = _get(http, stranger.url())
        assert _reason(answer) is Reason.TLS
        assert stranger.requests == []

    def test_environment_cannot_replace_the_pinned_ca(
        self, http: PinnedHttp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = authority(tmp_path, "other")
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(name, str(other.file))
        with peer(replies(OK), other.server(tmp_path)) as stranger:
            answer = _get(http, stranger.url())
        assert _reason(answer) is Reason.TLS

    def test_environment_cannot_put_a_proxy_in_between(
        self, http: PinnedHttp, context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with peer(replies(OK), None) as proxy, peer(replies(OK), context) as city:
            for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.delenv("NO_PROXY", raising=False)
            assert isinstance(_get(http, city.url()), HttpAnswer)
        assert proxy.connections == 0

    def test_certificate_for_another_name_is_refused(
        self, http: PinnedHttp, city: Authority, tmp_path: Path
    ) -> None:
        with peer(replies(OK), city.server(tmp_path, "elsewhere.example")) as wrong:
            answer = _get(http, wrong.url(host="localhost"))
        assert answer == Unreachable(Reason.TLS, getattr(answer, "detail", ""))
        assert isinstance(answer, Unreachable)
        assert "localhost" in answer.detail

    def test_certificate_out_of_date_is_refused(
        self, http: PinnedHttp, city: Authority, tmp_path: Path
    ) -> None:
        with peer(replies(OK), city.server(tmp_path, days=-1)) as old:
            answer = _get(http, old.url())
        assert answer == Unreachable(Reason.TLS, "certificate refused: certificate has expired")

    def test_old_tls_is_refused(self, http: PinnedHttp, city: Authority, tmp_path: Path) -> None:
        context = city.server(tmp_path)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # old on purpose
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with peer(replies(OK), context) as old:
            assert _reason(_get(http, old.url())) is Reason.TLS

    def test_plain_http_on_the_port_is_no_city(self, http: PinnedHttp) -> None:
        page = reply("200 OK", b"<html>sign in</html>", content_type="text/html")
        with _accepting(lambda line: line.sendall(page)) as url:
            assert _reason(_get(http, url)) is Reason.TLS

    def test_http_addresses_are_not_even_tried(self, http: PinnedHttp, context: ssl.SSLContext) -> None:
        with peer(replies(OK), None) as plain:
            answer = _get(http, f"http://127.0.0.1:{plain.port}/")
        assert _reason(answer) is Reason.MALFORMED
        assert plain.connections == 0

    def test_ca_file_that_is_none_is_said_at_the_start(self, tmp_path: Path) -> None:
        (tmp_path / "empty.pem").write_text("")
        for name in ("missing.pem", "empty.pem"):
            with pytest.raises(PinError, match=name):
                PinnedHttp(tmp_path / name)


@contextlib.contextmanager
def _accepting(behave: Callable[[socket.socket], object]) -> Iterator[str]:
    """An address where one connection is taken and given to `behave` before anything is read, then closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            with listener.accept()[0] as line, contextlib.suppress(OSError):
                behave(line)

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join(5)


class TestBounds:
    """No answer is too large, and none takes longer than the caller gives it."""

    def test_redirect_is_not_followed(self, http: PinnedHttp, context: ssl.SSLContext) -> None:
        with peer(replies(OK), context) as elsewhere:
            there = reply("302 Found", b"x" * 50, Location=elsewhere.url("/login"))
            with peer(replies(there), context) as portal:
                answer = _get(http, portal.url())
        assert isinstance(answer, HttpAnswer)
        assert answer.status == 302
        assert elsewhere.connections == 0

    def test_announced_size_is_refused_before_it_is_read(
        self, http: PinnedHttp, context: ssl.SSLContext
    ) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"

        def behave(line: socket.socket, here: Peer) -> None:
            line.sendall(head)
            here.stopped.wait(10)

        with peer(behave, context) as city:
            begun = time.monotonic()
            assert _reason(_get(http, city.url())) is Reason.TOO_LARGE
            assert time.monotonic() - begun < 1.5

    @pytest.mark.parametrize("status", [b"200 OK", b"302 Found\r\nLocation: /login", b"500 Oops"])
    def test_unannounced_flood_is_cut(self, http: PinnedHttp, context: ssl.SSLContext, status: bytes) -> None:
        sent = 0

        def behave(line: socket.socket, here: Peer) -> None:
            nonlocal sent
            line.sendall(b"HTTP/1.1 " + status + b"\r\nTransfer-Encoding: chunked\r\n\r\n")
            while not here.stopped.is_set():
                line.sendall(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
                sent += 0x2000

        with peer(behave, context) as city:
            assert _reason(_get(http, city.url())) is Reason.TOO_LARGE
        assert sent < 20_000_000

    def test_packed_answer_is_refused(self, http: PinnedHttp, context: ssl.SSLContext) -> None:
        with peer(replies(reply("200 OK", b"\x1f\x8b\x08", Content_Encoding="gzip")), context) as city:
            assert _reason(_get(http, city.url())) is Reason.MALFORMED

    @pytest.mark.parametrize("part", ["head", "body", "chunks"])
    def test_drip_does_not_outlive_the_deadline(
        self, http: PinnedHttp, context: ssl.SSLContext, part: str
    ) -> None:
        first = {
            "head": b"HTTP/1.1 200 OK\r\nX-Slow: ",
            "body": b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n",
            "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9000\r\n",
        }[part]

        def behave(line: socket.socket, here: Peer) -> None:
            line.sendall(first)
            while not here.stopped.wait(0.05):
                line.sendall(b"x")

        with peer(behave, context) as city:
            begun = time.monotonic()
            assert _reason(_get(http, city.url(), timeout=0.5)) is Reason.TIMEOUT
            assert 0.4 < time.monotonic() - begun < 1.5

    def test_silence_ends_at_the_read_deadline(self, city: Authority, context: ssl.SSLContext) -> None:
        def behave(_: socket.socket, here: Peer) -> None:
            here.stopped.wait(10)

        http = PinnedHttp(city.file, read_timeout=0.3)
        with contextlib.closing(http), peer(behave, context) as mute:
            begun = time.monotonic()
            assert _reason(_get(http, mute.url())) is Reason.TIMEOUT
            assert time.monotonic() - begun < 2

    def test_handshake_that_never_ends_is_cut(self, http: PinnedHttp) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            begun = time.monotonic()
            url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
            assert _reason(_get(http, url, timeout=0.5)) is Reason.TIMEOUT
            assert time.monotonic() - begun < 1.5

    def test_peer_that_does_not_read_is_cut(self, http: PinnedHttp, context: ssl.SSLContext) -> None:
        stop = threading.Event()

        def deaf(line: socket.socket) -> None:
            with context.wrap_socket(line, server_side=True):
                stop.wait(10)

        with _accepting(deaf) as url:
            begun = time.monotonic()
            answer = http.send("POST", url, headers={}, body=b"x" * 16_000_000, timeout=0.7)
            assert _reason(answer) is Reason.TIMEOUT
            assert time.monotonic() - begun < 2
            stop.set()

    def test_name_server_that_does_not_answer_is_cut(
        self, http: PinnedHttp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stop = threading.Event()

        def never(*_: object, **__: object) -> list[object]:
            stop.wait(10)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", never)
        begun = time.monotonic()
        assert _reason(_get(http, "https://city.example/", timeout=0.4)) is Reason.TIMEOUT
        assert time.monotonic() - begun < 1.5
        stop.set()


class TestCutLine:
    """A line that is not there, or that ends, is no network: not a false city and not a bug."""

    def test_port_that_nobody_listens_on(self, http: PinnedHttp) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        assert _reason(_get(http, f"https://127.0.0.1:{port}/")) is Reason.NO_NETWORK

    def test_name_that_does_not_exist(self, http: PinnedHttp, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown(*_: object, **__: object) -> list[object]:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        assert _reason(_get(http, "https://city.example/")) is Reason.NO_NETWORK

    @pytest.mark.parametrize("host", ["a" * 64, "\udcff", "x..y"])
    def test_name_that_cannot_be(self, http: PinnedHttp, host: str) -> None:
        assert _reason(_get(http, f"https://{host}/")) in (Reason.NO_NETWORK, Reason.MALFORMED)

    @pytest.mark.parametrize(
        "sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"], ids=["head", "body"]
    )
    @pytest.mark.parametrize("hard", [True, False], ids=["reset", "closed"])
    def test_line_that_is_cut(
        self, http: PinnedHttp, context: ssl.SSLContext, sent: bytes, hard: bool
    ) -> None:
        def behave(line: socket.socket, _: Peer) -> None:
            line.sendall(sent)
            if hard:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

        with peer(behave, context) as city:
            assert _reason(_get(http, city.url())) is Reason.NO_NETWORK

    def test_cable_that_accepts_and_closes(self, http: PinnedHttp) -> None:
        with _accepting(lambda _: None) as url:
            assert _reason(_get(http, url)) is Reason.NO_NETWORK

    @pytest.mark.parametrize(
        "sent",
        [
            b"SSH-2.0-OpenSSH\r\n",
            b"HTTP/1.1 999999 NO\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n",
        ],
        ids=["ssh", "status", "headers"],
    )
    def test_what_does_not_speak_http(self, http: PinnedHttp, context: ssl.SSLContext, sent: bytes) -> None:
        with peer(replies(sent), context) as odd:
            assert _reason(_get(http, odd.url())) is Reason.MALFORMED


def test_cookie_of_one_citizen_is_not_sent_for_the_next(http: PinnedHttp, context: ssl.SSLContext) -> None:
    with peer(replies(reply("200 OK", b"{}", Set_Cookie="who=zhang; Secure; Path=/")), context) as city:
        for _ in range(2):
            assert isinstance(_get(http, city.url()), HttpAnswer)
    assert all(b"cookie" not in request.lower() for request in city.requests)


def test_one_line_serves_many_requests(http: PinnedHttp, context: ssl.SSLContext) -> None:
    def behave(line: socket.socket, here: Peer) -> None:
        for _ in range(3):
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            here.requests.append(line.recv(65536))

    with peer(behave, context) as city:
        for _ in range(3):
            assert isinstance(_get(http, city.url()), HttpAnswer)
        assert city.connections == 1
        http.close()


def test_a_slow_sending_keeps_no_other_call_waiting(http: PinnedHttp, context: ssl.SSLContext) -> None:
    """Eight at once: the drain, six of citizens and desks, one to spare; none waits for a free line."""
    together = threading.Barrier(8)

    def behave(line: socket.socket, _: Peer) -> None:
        together.wait(10)  # nobody is answered before all have arrived
        line.sendall(OK)

    with peer(behave, context) as city, ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda _: _get(http, city.url(), timeout=15.0), range(8)))
    assert [isinstance(answer, HttpAnswer) for answer in answers] == [True] * 8


def test_nothing_of_an_answer_is_in_its_repr() -> None:
    assert repr(HttpAnswer(200, {"x-name": "张三"}, b"secret")) == "HttpAnswer(200, 6 bytes)"
