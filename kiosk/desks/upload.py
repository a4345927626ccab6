"""The desk of uploads: the city's page for the phone is opened, asked what has arrived, and closed.

Pictures are in memory only, from the gateway to the run; each is judged as one that was photographed here.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

from flows.effects import OpenUpload
from flows.events import Outcome, Unreachable, Uploaded, UploadEnded, UploadShown
from kiosk import pictures
from kiosk.clock import Clock
from kiosk.desks.city import refused_or_unreachable
from kiosk.desks.desk import Tell, civil
from kiosk.gateway.bearer import Bearer
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.outcomes import Ok, Picture, PictureOutcome, Problem
from kiosk.gateway.outcomes import Outcome as Said
from kiosk.loop import Executor, Loop
from kiosk.visit import Visit
from kiosk.watching import Watch, Watches

log = logging.getLogger(__name__)
POLL_SECONDS = 2.0
ASK_SECONDS = 4.0
"""For one look at what has arrived."""

WATCH_SECONDS = 620.0
"""The contract's ten minutes and a bit: the city's own `expired` usually ends it before."""

MOST_LINK = 300
"""Characters of the page's address (contract); longer ones make no QR that a phone reads."""

LOST_SECONDS = 20.0
"""How long the city may be silent before the citizen is told."""


@dataclass(slots=True, kw_only=True)
class _Watch(Watch):
    heard_at: float = 0.0
    seen: set[int] = field(default_factory=set)


class UploadDesk:
    """Loop's thread, but for the calls it hands out. One upload at a time and citizen."""

    def __init__(
        self,
        *,
        client: GatewayClient,
        key_of: Callable[[Visit, str], str],
        executor: Executor,
        loop: Loop,
        clock: Clock,
        heard: Callable[[bool], None],
    ) -> None:
        self._client = client
        self._key_of = key_of
        self._executor = executor
        self._clock = clock
        self._heard = heard
        self._watches = Watches[_Watch](loop, POLL_SECONDS)

    def open(self, effect: OpenUpload, visit: Visit, token: Bearer | None, tell: Tell) -> None:
        """Open as the citizen; show, and watch as the terminal what arrives: its token does not run out."""
        watch = _Watch(target=effect.id, visit=visit, tell=tell)
        self._watches.begin(watch)
        key = self._key_of(visit, effect.id)
        wanted = [{"role": each.role, "name": each.name, "pages": each.pages} for each in effect.documents]
        body = {"item": effect.item, "documents": wanted}

        def work() -> Said:
            return self._client.call("openUpload", {}, body, token=token, key=key)

        self._executor.submit(work, lambda said: self._opened(watch, said))

    def cancel(self, target: str) -> None:
        """Nobody waits for pictures any more: nothing more is taken, and the city keeps none."""
        watch = self._watches.end(target)
        if watch is not None and watch.id:
            self._close(watch.id)

    def forget(self, visit: Visit) -> None:
        """The visit is over."""
        for target in self._watches.of(visit):
            self.cancel(target)

    def _close(self, upload: str) -> None:
        """As the terminal: the citizen's token may be gone. What is not heard is closed by its own time."""

        def done(said: Said) -> None:
            if not isinstance(said, Ok):
                log.warning("an upload could not be closed: %s", type(said).__name__)

        self._executor.submit(lambda: self._client.call("closeUpload", {"id": upload}), done)

    def _opened(self, watch: _Watch, said: Said) -> None:
        now = self._clock.monotonic()
        if not isinstance(said, Ok):
            outcome = refused_or_unreachable(watch.target, said, civil(self._clock.now()))
            self._heard(not isinstance(outcome, Unreachable))
            self._end(watch, outcome)
            return
        watch.id = said.data["id"]
        watch.until, watch.heard_at = now + WATCH_SECONDS, now
        if watch.over:
            self._close(watch.id)
            return
        self._heard(True)
        link, until = said.data["link"], said.data["expires_at"]
        if not link.startswith("https://") or len(link) > MOST_LINK:
            at = civil(self._clock.now())
            self._end(watch, Unreachable(effect=watch.target, reason="malformed", at=at))
            return
        watch.tell(UploadShown(effect=watch.target, link=link, expires_at=until))
        self._watches.again(watch, self._poll)

    def _poll(self, watch: _Watch) -> None:
        if watch.over:
            return

        def work() -> Said:
            path = {"id": watch.id}
            return self._client.call("getUpload", path, deadline=ASK_SECONDS, attempts=1)

        self._executor.submit(work, lambda said: self._news(watch, said))

    def _news(self, watch: _Watch, said: Said) -> None:
        if watch.over:
            return
        if isinstance(said, Ok):
            watch.heard_at = self._clock.monotonic()
            new = [each for each in said.data["documents"] if each["n"] not in watch.seen]
            if new:
                self._fetch(watch, new[0])
                return
            if said.data["state"] == "done":
                self._end_as(watch, "done")
                return
            if said.data["state"] in {"expired", "closed"}:
                self._end_as(watch, "expired")
                return
        elif isinstance(said, Problem) and said.status == HTTPStatus.NOT_FOUND:
            self._end_as(watch, "expired")
            return
        self._go_on(watch)

    def _go_on(self, watch: _Watch) -> None:
        """Look again in a moment, unless it has been too long."""
        now = self._clock.monotonic()
        if now > watch.until:
            self._end_as(watch, "expired")
        elif now - watch.heard_at > LOST_SECONDS:
            self._end_as(watch, "lost")
        else:
            self._watches.again(watch, self._poll)

    def _fetch(self, watch: _Watch, entry: Mapping[str, Any]) -> None:
        """One picture, fetched and judged away from the loop."""

        def work() -> tuple[PictureOutcome, pictures.Checked | None]:
            said = self._client.uploaded(watch.id, entry["n"])
            if not isinstance(said, Picture):
                return said, None
            whole = hashlib.sha256(said.jpeg).hexdigest() == entry["sha256"]
            return said, pictures.check_sent(said.jpeg if whole else b"")

        self._executor.submit(work, lambda came: self._fetched(watch, entry, *came))

    def _fetched(
        self,
        watch: _Watch,
        entry: Mapping[str, Any],
        said: PictureOutcome,
        checked: pictures.Checked | None,
    ) -> None:
        if watch.over:
            return
        if checked is None and not isinstance(said, Problem):
            self._go_on(watch)  # no answer: asked for again
            return
        watch.seen.add(entry["n"])
        watch.heard_at = self._clock.monotonic()
        checked = checked or pictures.Checked(("没有收到，请再传一次",))
        watch.tell(
            Uploaded(
                effect=watch.target,
                role=entry["role"],
                problems=checked.problems,
                image=checked.image,
                sha256=checked.sha256,
            )
        )
        self._poll(watch)  # there may be more, and the phone may have said that this is all

    def _end_as(self, watch: _Watch, how: Literal["done", "expired", "lost"]) -> None:
        self._end(watch, UploadEnded(effect=watch.target, how=how))

    def _end(self, watch: _Watch, outcome: Outcome) -> None:
        self.cancel(watch.target)
        watch.tell(outcome)
