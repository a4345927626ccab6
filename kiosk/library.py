"""Public content by operation: asks the gateway when it is there, else what the cache may still show."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from flows.kinds import Browse, Match
from flows.model import Flow
from flows.steps.form import code_list
from kiosk.clock import Clock
from kiosk.gateway import outcomes
from kiosk.gateway.client import GatewayClient
from kiosk.guide_pictures import PATIENCE, GuidePictures, Held, Media, media_of, pictures
from kiosk.published import closed_items
from kiosk.seal import SealingKey, choose_key
from offline_cache import origin
from offline_cache.content import Content, ContentCache

log = logging.getLogger(__name__)
_GONE = frozenset({404, 410})
_PARAMETERS = {"getCodes": ("id",), "getOptions": ("item", "field")}
"""What the contract calls the parameters of a path; of most it is the item alone."""
Piece = tuple[str, ...]
"""An operation, and the names in its path."""

PICTURE_SECONDS = 8.0
"""For one picture that is fetched ahead, while nobody waits for it."""


class CachedLibrary:
    """Content through the cache. From any thread; each call asks the gateway at most once."""

    def __init__(
        self,
        *,
        client: GatewayClient,
        cache: ContentCache,
        pictures: GuidePictures,
        clock: Clock,
        heard: Callable[[bool], None],
    ) -> None:
        self._client = client
        self._cache = cache
        self._pictures = pictures
        self._clock = clock
        self._heard = heard
        self._closed: Mapping[str, str] | None = None

    def get(self, operation: str, *names: str) -> Content | None:
        """See `desks.city.Library`."""
        return self._noted(
            operation, self._cache.get(_key(operation, *names), self._fetch(operation, *names))
        )

    def prefetch(self, operation: str, *names: str) -> Content | None:
        """As `get`, for what must be there when the network is not."""
        found = self._cache.prefetch(_key(operation, *names), self._fetch(operation, *names))
        return self._noted(operation, found)

    def pictures(self, media: Sequence[Media], *, ask: bool) -> list[tuple[Media, Held]]:
        """See `desks.city.Library`."""
        ends = self._clock.monotonic() + PATIENCE
        found = ((each, self._pictures.of(each, ends, ask=ask)) for each in pictures(media))
        return [(each, held) for each, held in found if held is not None]

    def warm(self, items: Callable[[bytes], Iterable[str]], beside: Iterable[Piece] = ()) -> bool:
        """Fetch what works offline: sealing keys, catalogue, guides with pictures; and `beside` them, as
        operation and names, what the flows ask that can be gone through without a network. Then what is too
        old to be shown is deleted. False when the city is away.
        """
        if self.prefetch("getKeys") is None:
            return False
        catalogue = self.prefetch("getCatalogue")
        if catalogue is None:
            return False
        guides = []
        for item in items(catalogue.body):
            found = self.prefetch("getGuide", item)
            if found is not None and found.stale:
                return False
            guides += [] if found is None else [found]
        for piece in beside:
            self.prefetch(*piece)
        self._warm_pictures(guides)
        if not catalogue.stale:
            self._cache.prune()
        return True

    def _warm_pictures(self, guides: Iterable[Content]) -> None:
        """Last, as they are large and not needed; no further once one could not be kept."""
        wanted = dict.fromkeys(each for guide in guides for each in media_of(guide.body))
        for media in wanted:
            found = self._pictures.prefetch(media, self._clock.monotonic() + PICTURE_SECONDS)
            if found is not None and not found.stored:
                log.warning("no more pictures of guides are kept: %s", self._cache.trouble or "not cacheable")
                return

    def sealing_key(self) -> SealingKey | None:
        """A key of the gateway that is still valid, from the cache; None: nothing can be queued."""
        held = self._cache.peek("getKeys")
        if held is None:
            return None
        try:
            jwks = msgspec.json.decode(held.body)
        except msgspec.MsgspecError:
            return None
        return choose_key(jwks, self._clock.now())

    def closed(self) -> Mapping[str, str]:
        """The items that the city does not take at present, as its catalogue last said, and why."""
        if self._closed is None:
            self._closed = closed_items(self._cache.peek("getCatalogue"))
        return self._closed

    def _noted(self, operation: str, content: Content | None) -> Content | None:
        if operation == "getCatalogue" and content is not None:
            self._closed = closed_items(content)
        return content

    def _fetch(self, operation: str, *names: str) -> origin.Fetch:
        path = dict(zip(_PARAMETERS.get(operation, ("item",)), names, strict=False))

        def fetch(etag: str | None) -> origin.Answer:
            said = self._client.fetch(operation, path, etag=etag)
            self._heard(not isinstance(said, outcomes.Unreachable))
            match said:
                case outcomes.Fetched():
                    return origin.Fetched(
                        said.body, said.etag, said.max_age, said.stale_if_error, age=said.age
                    )
                case outcomes.NotModified():
                    return origin.NotModified(said.max_age, said.stale_if_error, said.age)
                case outcomes.Problem(status=status) if status in _GONE:
                    return origin.Gone()
                case _:
                    # A refusal (401, 429 ...) is of this terminal's own asking, not of the content: what a
                    # proxy would answer with 502 or 503 (RFC 5861, 4).
                    return origin.Unreachable()

        return fetch


def _key(*piece: str) -> str:
    return "/".join(piece)


def beside(flows: Iterable[Flow]) -> list[Piece]:
    """The code lists, published lists and policies that `flows` ask for, of those that go on without a
    network."""
    found: dict[Piece, None] = {}
    for flow in flows:
        if flow.offline == "unavailable":
            continue
        lists = (code_list(field, name) for name, field in flow.fields.items())
        found |= {("getCodes", each): None for each in lists if each}
        if any(isinstance(step, Match) for step in flow.steps):
            found["searchPolicies",] = None
        found |= {
            (step.operation, flow.item, step.field): None for step in flow.steps if isinstance(step, Browse)
        }
    return list(found)
