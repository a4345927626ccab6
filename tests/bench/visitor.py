"""A browser's part over one kept connection, with nothing in between that would take time of its own."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

SECONDS = 20.0
"""For one answer; more than anything here gives itself."""
_FACTS = re.compile(
    r'<title>([^<]*)</title>.*?data-turn="(\d+)" data-same="[^"]*" data-kind="([^"]*)"', re.DOTALL
)


class Visitor:
    """Opens the pages and touches them. `kind` and `title` say what is on the screen; `html` is all of it."""

    def __init__(self, url: str) -> None:
        """`url` is what the agent tells a browser: it holds the secret of the pages."""
        parts = urlsplit(url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=SECONDS)
        self._cookie = ""
        self._turn = self.kind = self.title = self.html = ""
        response, _ = self._ask("GET", f"{parts.path}?{parts.query}")
        self._cookie = (response.getheader("Set-Cookie") or "").partition(";")[0]
        self.look()

    def look(self) -> None:
        """The page as it is."""
        self._show(*self._ask("GET", "/"))

    def changed(self) -> bool:
        """Whether the screen has gone on since this page; what a page asks every 300 ms."""
        response, body = self._ask("GET", f"/events?after={self._turn}")
        assert response.status == 200, f"the poll was answered {response.status}"
        return str(json.loads(body)["turn"]) != self._turn

    def touch(self, action: str, values: Mapping[str, str] | None = None) -> float:
        """Touch; seconds from the first byte of the POST to the last byte of the page."""
        posted = self.posted(action, values)
        began = time.perf_counter()
        answer = self._ask("POST", "/act", posted)
        took = time.perf_counter() - began
        self._show(*answer)
        return took

    def offers(self, action: str) -> bool:
        """Whether there is a button for `action` that can be touched."""
        found = re.search(f'<button[^>]* value="{re.escape(action)}"[^>]*>', self.html)
        return found is not None and " disabled" not in found[0]

    def posted(self, action: str, values: Mapping[str, str] | None = None) -> str:
        """The body of a touch."""
        return urlencode({"turn": self._turn, "action": action, **(values or {})})

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[http.client.HTTPResponse, bytes]:
        headers = {"Origin": self._origin, "Cookie": self._cookie}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        return response, response.read()

    def _show(self, response: http.client.HTTPResponse, body: bytes) -> None:
        assert response.status == 200, f"the pages answered {response.status}"
        self.html = body.decode()
        facts = _FACTS.search(self.html)
        assert facts is not None, "not a page of the kiosk"
        self.title, self._turn, self.kind = facts[1], facts[2], facts[3]
