"""Bugs of the city's own: every 500 is told on stderr, with where it was and nothing of anybody's.

The words of an exception are left out, for they may be somebody's number or name (a KeyError's are the key);
what kind it is and the lines of code that led there are enough to find it. SQLite's own words stay: they tell
of tables and columns, never of values.
"""

from __future__ import annotations

import copy
import logging
import traceback
from types import TracebackType
from typing import Any

import apsw
from flask import Flask, g, request

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Anonymous(logging.Formatter):
    """A line a record; a traceback without the words of its exceptions."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(name)s %(levelname)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The record in words. A traceback that another handler has put into words is not taken over."""
        own = copy.copy(record)
        own.exc_text = None
        return super().format(own)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """The exception and what caused it, oldest first."""
        return "" if ei[1] is None else "\n".join(_told(ei[1], set())).rstrip()


def _told(error: BaseException, seen: set[int]) -> list[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    earlier = [*_told(before, seen), "then:"] if before is not None and id(before) not in seen else []
    kind = type(error)
    words = f": {error}" if isinstance(error, apsw.Error) else ""
    return [
        *earlier,
        "Traceback (most recent call last):",
        *(line.rstrip("\n") for line in traceback.format_tb(error.__traceback__)),
        f"{kind.__module__}.{kind.__qualname__}{words}",
    ]


class Application(Flask):
    """Flask, which logs a bug under the name of the operation: a path may hold somebody's number."""

    def log_exception(self, exc_info: ExcInfo) -> None:
        """Called by Flask before it answers 500."""
        what = g.get("operation") or request.endpoint or "an unknown page"
        self.logger.error("500, a bug in %s", what, exc_info=exc_info)


def log_to_stderr() -> None:
    """For a process: all that its loggers tell from INFO on."""
    handler = logging.StreamHandler()
    handler.setFormatter(Anonymous())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
