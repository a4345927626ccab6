"""Pictures of guides: fetched from the gateway's own origin, made anew here, kept like other content.

A picture comes from outside and ends in the browser, so none of its bytes do: it is decoded within bounds and
encoded again as a plain JPEG, of a size that fits the screen. What a page shows is named by the digest of
that, which is also its address; a page can name no picture but those.
"""

from __future__ import annotations

import hashlib
import io
import logging
import struct
import zlib
from collections.abc import Iterable
from typing import Protocol
from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit

import msgspec
from PIL import Image, UnidentifiedImageError

from kiosk.clock import Clock
from kiosk.gateway import answers
from kiosk.gateway.freshness import freshness, not_modified
from kiosk.gateway.outcomes import NotModified, Unreachable
from kiosk.gateway.signers import Outgoing, Signer
from kiosk.gateway.transport import Http
from offline_cache import origin
from offline_cache.content import Content, ContentCache

log = logging.getLogger(__name__)

MOST_BYTES = 1_000_000
"""Of one picture as it comes. The network's client reads no more than 4 MiB of any answer."""

MOST_PICTURES = 4
"""Of one guide; what is more is not looked at."""

MOST_PIXELS = 12_000_000
"""A hostile file of a few kilobytes may say that it has more, and would fill the memory."""

SIDE = 1440
"""Pixels kept of the longer side: the width of an upright panel's working area, and half as much again."""

MOST_KEPT = 300_000
"""Bytes of one that is kept; a picture full of detail gives up quality before size."""

PATIENCE = 2.5
"""Seconds for all pictures of a guide while a citizen waits for it. What was prefetched needs none."""

MEDIA_TYPE = "image/jpeg"
_TAKEN = ("JPEG", "PNG", "WEBP")
_UNREADABLE = (
    ValueError,
    OSError,
    SyntaxError,  # Pillow's word for a broken PNG
    EOFError,
    IndexError,
    OverflowError,
    struct.error,
    zlib.error,
    UnidentifiedImageError,
    Image.DecompressionBombError,
)


class Media(msgspec.Struct, frozen=True):
    """What a guide says of one picture or video (the contract's `Guide.media`)."""

    kind: str
    url: str
    title: str = ""
    captions: str = ""


class Held(msgspec.Struct, frozen=True):
    """A picture that can be shown: its address and its size in pixels."""

    digest: str
    width: int
    height: int


class Pictures(Protocol):
    """What a guide's desk asks for."""

    def of(self, media: Media, ends: float, *, ask: bool) -> Held | None:
        """The picture, by the monotonic time `ends` at the latest; None: there is none to show. Without
        `ask` only what is kept is looked at."""
        ...


class _Guide(msgspec.Struct):
    media: tuple[Media, ...] = ()


def media_of(guide: bytes) -> tuple[Media, ...]:
    """What a guide's body says of pictures; nothing when it is no guide."""
    try:
        return pictures(msgspec.json.decode(guide, type=_Guide).media)
    except msgspec.MsgspecError:
        return ()


def pictures(media: Iterable[Media]) -> tuple[Media, ...]:
    """Those that are pictures, as many as are shown. Videos are not shown here."""
    return tuple(each for each in media if each.kind == "picture")[:MOST_PICTURES]


class GuidePictures:
    """The pictures of guides, through the content cache. From any thread.

    `http` is the gateway's; it is asked without any token, so that only what everybody may have is had, and
    signed, as some gateways let nothing in that is not.
    """

    def __init__(
        self, *, base_url: str, http: Http, signer: Signer, cache: ContentCache, clock: Clock
    ) -> None:
        self._base = base_url.rstrip("/") + "/"
        self._origin = _origin(urlsplit(self._base))
        self._http = http
        self._signer = signer
        self._cache = cache
        self._clock = clock
        self._told: set[str] = set()

    def of(self, media: Media, ends: float, *, ask: bool) -> Held | None:
        """See `Pictures.of`."""
        url = self.own(media.url)
        if url is None:
            return None
        found = self._cache.get(_key(url), self._fetch(url, ends)) if ask else self._cache.peek(_key(url))
        return _held(found)

    def prefetch(self, media: Media, ends: float) -> Content | None:
        """As `of`, for what must be there when the network is not."""
        url = self.own(media.url)
        return None if url is None else self._cache.prefetch(_key(url), self._fetch(url, ends))

    def shown(self, digest: str) -> bytes | None:
        """The JPEG of this SHA-256 (64 hexadecimal digits), if it is kept and not too old to be shown."""
        found = self._cache.by_digest(bytes.fromhex(digest), MEDIA_TYPE)
        return None if found is None else found.body

    def own(self, url: str) -> str | None:
        """The absolute address, when it is on exactly the gateway's origin; anything else is logged once."""
        try:
            whole = urldefrag(urljoin(self._base, url)).url
            parts = urlsplit(whole)
            if _origin(parts) == self._origin and parts.username is None and whole.isprintable():
                return whole
        except ValueError:  # no address at all
            parts = urlsplit("")
        where = answers.text(f"{parts.scheme}://{parts.hostname or ''}{parts.path}", 200)
        if where not in self._told and len(self._told) < 100:
            self._told.add(where)
            log.warning("a guide's picture is not the gateway's own and is left out: %s", where)
        return None

    def _fetch(self, url: str, ends: float) -> origin.Fetch:
        def fetch(etag: str | None) -> origin.Answer:
            begun = self._clock.monotonic()
            if begun >= ends:
                return origin.Unreachable()
            headers = {"Accept": "image/jpeg, image/png, image/webp"}
            headers |= {} if etag is None else {"If-None-Match": etag}
            headers |= self._signer.headers(Outgoing("GET", url, headers, None))
            answer = self._http.send("GET", url, headers=headers, body=None, timeout=ends - begun)
            if isinstance(answer, Unreachable) or answers.intercepted(answer):
                return origin.Unreachable()
            took = self._clock.monotonic() - begun
            if answer.status == 304 and etag is not None:
                said = not_modified(answer, etag, took)
                if isinstance(said, NotModified):
                    return origin.NotModified(said.max_age, said.stale_if_error, said.age)
                return origin.Unreachable()
            if answer.status in {404, 410}:
                return origin.Gone()
            body = made_plain(answer.body) if answer.status == 200 else None
            if body is None:
                return origin.Unreachable()
            ages = freshness(answer, took)
            return origin.Fetched(
                body, answers.etag(answer), ages.max_age, ages.stale_if_error, MEDIA_TYPE, ages.age
            )

        return fetch


def made_plain(raw: bytes) -> bytes | None:
    """The picture as a plain JPEG of at most SIDE pixels a side; None for what is none, or too large."""
    if len(raw) > MOST_BYTES:
        return None
    try:
        with Image.open(io.BytesIO(raw), formats=_TAKEN) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.draft("RGB", (SIDE, SIDE))
            plain = _on_white(picture)
            plain.thumbnail((SIDE, SIDE))
            plain.info = {}  # a comment in the file would go along
            return _encoded(plain)
    except _UNREADABLE:
        return None


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which JPEG does not have."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    white = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(white, clear).convert("RGB")


def _encoded(picture: Image.Image) -> bytes:
    for quality in (88, 80, 70, 55, 35):
        out = io.BytesIO()
        # Writing in a drawing is legible only with all of its colours.
        picture.save(out, "JPEG", quality=quality, subsampling=0, optimize=True)
        if out.tell() <= MOST_KEPT:
            break
    return out.getvalue()


def _held(found: Content | None) -> Held | None:
    """What a page needs to show it. What could not be kept has no address."""
    if found is None or not found.stored:
        return None
    try:
        with Image.open(io.BytesIO(found.body), formats=("JPEG",)) as picture:
            width, height = picture.size
    except _UNREADABLE:
        return None
    return Held(hashlib.sha256(found.body).hexdigest(), width, height)


def _key(url: str) -> str:
    return f"picture/{hashlib.sha256(url.encode()).hexdigest()}"


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port (RFC 6454). Raises ValueError for a port that is none."""
    return parts.scheme, parts.hostname or "", parts.port or 443
