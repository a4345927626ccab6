"""The line between terminal and city: slow, cut, and worse. The city may act though nobody hears of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from werkzeug.test import EnvironBuilder, run_wsgi_app

from deploy.sandbox.serving import HANG_UP
from kiosk.gateway.outcomes import Reason, Unreachable
from kiosk.gateway.transport import HttpAnswer
from tests.simulation.city import SimulatedCity
from tests.simulation.tasks import Tasks

MOST_LATE = 40.0


class Line:
    """`kiosk.gateway.transport.Http` over simulated time. `weather` is what goes wrong now, by name; a number
    of times, or until it is taken away (None)."""

    def __init__(self, tasks: Tasks, city: SimulatedCity, chance: random.Random) -> None:
        self._tasks = tasks
        self._city = city
        self._chance = chance
        self.weather: dict[str, int | None] = {}
        self.met: Callable[[str], None] = lambda _: None

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpAnswer | Unreachable:
        """See `Http.send`."""
        kind = self._take()

        def ask() -> HttpAnswer | None:
            return self._ask(method, url, headers, body)

        if kind:
            self.met(kind)
        self._tasks.sleep(self._chance.uniform(0.002, 0.05))
        match kind:
            case "cut":
                return Unreachable(Reason.NO_NETWORK, "cut")
            case "silent":
                return self._silence(timeout)
            case "tls":
                return Unreachable(Reason.TLS, "another certificate")
            case "portal":
                return self._portal()
            case "reset":
                ask()
                self._tasks.sleep(self._chance.uniform(0.0, 2.0))
                return Unreachable(Reason.NO_NETWORK, "reset")
            case "late":
                self._tasks.spawn(ask, timeout + self._chance.uniform(0.0, MOST_LATE))
                return self._silence(timeout)
            case "slow":
                takes = self._chance.uniform(1.0, 14.0)
                answer = ask()
                if takes >= timeout:
                    return self._silence(timeout)
                self._tasks.sleep(takes)
            case "duplicate":
                first, answer = ask(), ask()
                answer = self._chance.choice((first, answer))
            case _:
                answer = ask()
        self._tasks.sleep(self._chance.uniform(0.002, 0.05))
        return answer or Unreachable(Reason.NO_NETWORK, "hung up")

    def _take(self) -> str:
        """What happens to this request."""
        for kind, left in list(self.weather.items()):
            if left is not None:
                if left <= 1:
                    del self.weather[kind]
                else:
                    self.weather[kind] = left - 1
            return kind
        return ""

    def _silence(self, timeout: float) -> Unreachable:
        self._tasks.sleep(timeout)
        return Unreachable(Reason.TIMEOUT, "silence")

    def _portal(self) -> HttpAnswer:
        if self._chance.random() < 0.5:
            return HttpAnswer(302, {"location": "http://portal.invalid/login"}, b"")
        return HttpAnswer(200, {"content-type": "text/html; charset=utf-8"}, b"<!doctype html><p>login")

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> HttpAnswer | None:
        """The city's own answer, at once; None where it hung up."""
        parts = urlsplit(url)
        environ = EnvironBuilder(
            path=parts.path,
            query_string=parts.query,
            base_url=f"https://{parts.netloc}",
            method=method,
            headers=list(headers.items()),
            data=body,
        ).get_environ()
        app = self._city.app(parts.netloc)
        chunks, status, answered = run_wsgi_app(app, environ, buffered=True)
        whole = b"".join(chunks)
        if environ.get(HANG_UP):
            return None
        return HttpAnswer(int(status.split()[0]), {name.lower(): text for name, text in answered}, whole)
