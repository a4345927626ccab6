"""What a short code is, and where one is met."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Seen(StrEnum):
    """Where a code is met."""

    NO_ANSWER = "no-answer"
    """A page titled 现在连不上服务平台, and `kiosk doctor` after ``unreachable:``."""
    REFUSED = "refused"
    """A page that says why it cannot be done, before anything was filed."""
    SUBMISSION = "submission"
    """A page titled 平台没有受理, and the reason in ``kiosk outbox list --json``."""
    TERMINAL = "terminal"
    """A page that says that this terminal cannot take it, or serves nobody."""
    LOGIN = "login"
    """The log, after ``login denied:``; the citizen reads a sentence."""
    PAPER = "paper"
    """`kiosk receipt verify`."""
    CHAIN = "chain"
    """`kiosk journal verify` and `kiosk doctor`, after ``broken at entry``."""
    PRINT = "print"
    """The journal's reason of a print, besides those of the drivers (docs/drivers/, both printers)."""
    ITEMS = "items"
    """The journal's reason why a set of items is not taken."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code; a final ``*`` stands for a number. `chinese` is meaning and remedy in zh-CN."""

    seen: Seen
    code: str
    meaning: str
    remedy: str
    chinese: str
