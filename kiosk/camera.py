"""The camera belongs to the browser: what is known of it is what a page told that opened it, or could not."""

from __future__ import annotations

import threading
import time
from enum import StrEnum

from drivers.device import Availability, Health, Listener, Meaning, Monotonic
from drivers.keeping import KeptHealth

GOOD_SECONDS = 4 * 3600.0
"""How long a frame that a page saw speaks for the camera: it may be unplugged meanwhile, and nobody looks."""


class Condition(StrEnum):
    """What the last page that wanted a picture told. Only the first frame that was seen is `ready`, and that
    for some hours."""

    IN_THE_BROWSER = "in-the-browser"
    READY = "ready"
    DENIED = "denied"  # NotAllowedError, SecurityError
    MISSING = "missing"  # NotFoundError, OverconstrainedError
    BUSY = "busy"  # NotReadableError, AbortError
    SILENT = "silent"  # it was opened, and no frame came
    LOST = "lost"  # it ended while it was watched
    FAILED = "failed"  # any other error of getUserMedia (W3C Media Capture and Streams, 10.2)


_UNKNOWN = Availability.UNKNOWN
"""Of a camera that failed, too: only a page can find out that it is well again, so it is offered on."""

MEANING = {
    Condition.IN_THE_BROWSER: Meaning(
        _UNKNOWN, "摄像头归浏览器管，这几小时里没有页面用过", "办一个要拍照的事项试试"
    ),
    Condition.READY: Meaning(Availability.ONLINE, "", ""),
    Condition.DENIED: Meaning(_UNKNOWN, "浏览器不允许页面用摄像头", "在浏览器策略里允许本机页面使用摄像头"),
    Condition.MISSING: Meaning(
        _UNKNOWN, "浏览器找不到摄像头", "检查摄像头的线；lsusb 和 /dev/video0 应当有它"
    ),
    Condition.BUSY: Meaning(_UNKNOWN, "摄像头打不开，多半被别的程序占用", "停掉那个程序，或重插摄像头"),
    Condition.SILENT: Meaning(_UNKNOWN, "摄像头打开了，没有画面", "重插摄像头；不恢复则更换"),
    Condition.LOST: Meaning(_UNKNOWN, "摄像头用着时断开了", "检查摄像头的线和接口"),
    Condition.FAILED: Meaning(_UNKNOWN, "浏览器报了别的错误", "重启浏览器，再办一个要拍照的事项"),
}


class BrowserCamera:
    """The health of a camera that pages tell of. Any thread."""

    def __init__(self, listener: Listener = lambda _: None, monotonic: Monotonic = time.monotonic) -> None:
        self._kept = KeptHealth(MEANING, Condition.IN_THE_BROWSER, listener, monotonic)
        self._monotonic = monotonic
        self._lock = threading.Lock()  # of the next, and of what follows from it
        self._told_at = monotonic()

    def health(self) -> Health:
        """What the last page told."""
        return self._kept.now

    def told(self, word: str) -> None:
        """A page says how it went; another word than those of `Condition` is passed over."""
        if word in Condition.__members__.values() and word != Condition.IN_THE_BROWSER:
            with self._lock:
                self._told_at = self._monotonic()
                self._kept.report(Condition(word))

    def look(self) -> None:
        """Every few seconds: a frame that was seen long ago says nothing of the camera now."""
        with self._lock:
            if self._kept.condition is Condition.READY and self._monotonic() - self._told_at >= GOOD_SECONDS:
                self._kept.report(Condition.IN_THE_BROWSER)
