"""The desk of the code scanner: asks for a code only while a page does, and says what it is in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from drivers.code_scanner import CodeRead, CodeUnreadable
from drivers.device import DeviceEvent
from flows.page import FormBody
from kiosk.scanned import Refused, RefusedReason, answer, meaning
from kiosk.views import View

Take = Callable[[str, str, str], None]
"""Given a field's name, and what the code says for it, or words why it is not taken."""

_WORDS = {
    RefusedReason.OTHER_TERMINAL: "这张凭条不是本机打印的，本机核验不了，请输入上面的编号",
    RefusedReason.FORGED: "这个码没有通过核验，请输入纸上的编号，或到窗口询问",
    RefusedReason.OTHER_VERSION: "这个码本机不认识，请输入纸上的编号",
    RefusedReason.OTHER_PAPER: "这是另一种凭条，请换成这里要的那一张",
    RefusedReason.LOGIN_CODE: "这是登录用的码，要用手机扫；这里请扫纸上的编号",
    RefusedReason.ADDRESS: "这个码是一个网址，本机不会打开，请输入纸上的编号",
    RefusedReason.NO_NUMBER: "这个码里不是编号，请换一个码，或输入纸上的编号",
}
_AGAIN = "没有读清楚，请把码放平再试，或输入纸上的编号"


class Scanner(Protocol):
    """What this desk needs of the device."""

    def arm(self) -> None:
        """Ask for a code."""
        ...

    def disarm(self) -> None:
        """Stop asking, and forget."""
        ...


class ScanDesk:
    """One question at a time may be answered by the scanner. Loop's thread only."""

    def __init__(
        self, scanner: Scanner | None, *, keys: Sequence[Mapping[str, Any]], issuer: str, take: Take
    ) -> None:
        """`keys`: this terminal's public keys (JWKs). `issuer`: unified identity's address."""
        self._scanner = scanner
        self._keys = keys
        self._issuer_host = urlsplit(issuer).hostname or ""
        self._take = take
        self._wanted = ""
        self._known: frozenset[str] = frozenset()

    def shown(self, view: View) -> None:
        """What the screen shows now: a page that asks for a code, or another."""
        wanted, self._known = _question(view)
        if self._scanner is None or wanted == self._wanted:
            return
        if self._wanted:
            self._scanner.disarm()  # what is under way was meant for the other question
        self._wanted = wanted
        if wanted:
            self._scanner.arm()

    def heard(self, event: DeviceEvent) -> None:
        """What the scanner has to say; of a code that nobody wants, nothing."""
        if not self._wanted:
            return
        if isinstance(event, CodeUnreadable):
            self._take(self._wanted, "", _AGAIN)
        elif isinstance(event, CodeRead):
            found = answer(meaning(event.text, self._keys, self._issuer_host), self._wanted)
            if isinstance(found, Refused):
                self._take(self._wanted, "", _WORDS[found.reason])
            elif found not in self._known:  # still held under the scanner when the next question is asked
                self._take(self._wanted, found, "")


def _question(view: View) -> tuple[str, frozenset[str]]:
    """The first question of the page that a code may answer, an unanswered one before others; and what its
    codes already say."""
    body = view.page.body
    asked = [
        each
        for each in (body.inputs if isinstance(body, FormBody) else ())
        if each.kind == "scan" and not each.locked
    ]
    empty = [each for each in asked if not each.value]
    name = next((each.name for each in (*empty, *asked)), "")
    return name, frozenset(each.value for each in asked if each.value)
