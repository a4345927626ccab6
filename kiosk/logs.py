"""Logs: one JSON object a line on standard error; control characters escaped, nothing personal.

Our own messages are written so that they hold nothing of a citizen. What others' code would say of the values
it was given is not said: of a library's line its words stand without the values, of an exception its type and
places without its message, however it comes to be told.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import warnings
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

OURS = frozenset({"kiosk", "drivers", "offline_cache", "flows"})
"""First parts of the names of loggers whose values may be written."""

_crashes = logging.getLogger("kiosk.crash")


class JsonLine(logging.Formatter):
    """Time, level, logger and message. A traceback names places and types, never values."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": _message(record),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _where(record)
        return json.dumps(line, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    """The whole line of ours; of a library's its words alone: an address or a field may be in the rest."""
    return record.getMessage() if record.name.partition(".")[0] in OURS else str(record.msg)


def _where(record: logging.LogRecord) -> str:
    places = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " < ".join(reversed(places[-6:]))


def set_up(level: str) -> None:
    """Send everything to standard error, also what would otherwise be printed there with its values: an
    exception that nobody caught, in whatever thread or destructor, and Python's warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("waitress").setLevel(logging.WARNING)
    warnings.showwarning = _warned
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """As `warnings.showwarning`, whose words may quote a value."""
    _crashes.warning("%s at %s:%d", category.__name__, filename.rpartition("/")[2], lineno)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    _crashes.critical("not caught", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    error = args.exc_value or args.exc_type()
    _crashes.error(
        "a thread ended by a bug: %s",
        args.thread.name if args.thread else "?",
        exc_info=(args.exc_type, error, args.exc_traceback),
    )


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    error = args.exc_value or args.exc_type()
    _crashes.error("an error that nobody could be told", exc_info=(args.exc_type, error, args.exc_traceback))
