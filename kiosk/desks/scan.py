"""The desk of the code scanner: asks for a code only while a page does, and says what it is in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from drivers.code_scanner import CodeRead, CodeUnreadable
from drivers.device import DeviceEvent
from flows.page import FormBody, Page
from kiosk.scanned import Refused, RefusedReason, answer, meaning
from kiosk.views import View

Take = Callable[[str, str, str], None]
"""Given a field's name, and what the code says for it, or words why it is not taken."""

_WORDS = {
    RefusedReason.OTHER_TERMINAL: "这张凭条不是本机打印的，本机核验不了，请输入上面的编号",
    RefusedReason.FORGED: "这个码没有通过核验，请输入编号，或到窗口询问",
    RefusedReason.OTHER_VERSION: "这个码本机不认识，请输入编号",
    RefusedReason.OTHER_PAPER: "这张凭条不是这里要的，请换一个码，或输入编号",
    RefusedReason.LOGIN_CODE: "这是登录用的码，要用手机扫；这里请换一个码，或输入编号",
    RefusedReason.ADDRESS: "这个码是一个网址，本机不会打开，请输入编号",
    RefusedReason.NO_NUMBER: "这个码里不是编号，请换一个码，或输入编号",
}
_AGAIN = "没有读清楚，请把码放平再试，或输入编号"


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
        self._last = ("", "")  # a question, and the code that answered it: it may lie there still
        self.asking = 0
        """Counts the questions; any thread may read it. What the scanner said while another was asked is of
        no use to the present one."""

    def shown(self, view: View) -> None:
        """What the screen shows now: a page that asks for a code, or another."""
        wanted, self._known = _question(view)
        if not isinstance(view.page, Page):
            self._last = ("", "")  # home, or the goodbye: whoever comes next may hold the same paper
        if self._scanner is None or wanted == self._wanted:
            return
        if self._wanted:
            self._scanner.disarm()  # what is under way was meant for the other question
        self.asking += 1  # after disarm and before arm: what was said until now belongs to the one before
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
            elif found not in self._known and not self._lies_there(found):
                self._last = (self._wanted, found)
                self._take(self._wanted, found, "")

    def _lies_there(self, found: str) -> bool:
        """Whether it answered another question just now, and was not taken away since."""
        question, code = self._last
        return found == code and question != self._wanted


def _question(view: View) -> tuple[str, frozenset[str]]:
    """The question of the page that a code may answer, and what its codes already say: the first without an
    answer, else the first with a wrong one, else the only one. Of several right answers none is replaced."""
    body = view.page.body
    asked = [
        each
        for each in (body.inputs if isinstance(body, FormBody) else ())
        if each.kind == "scan" and not each.locked
    ]
    empty = [each for each in asked if not each.value]
    wrong = [each for each in asked if each.error]
    alone = asked if len(asked) == 1 else []
    name = next((each.name for each in (*empty, *wrong, *alone)), "")
    return name, frozenset(each.value for each in asked if each.value)
