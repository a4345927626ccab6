"""SQLite's errors as this package's own types."""

from __future__ import annotations

import apsw

from offline_cache.exc import StoreBroken, StoreDamaged, StoreFull

_DISK_ERRORS = (
    apsw.IOError,
    apsw.CantOpenError,
    apsw.ReadOnlyError,
    apsw.PermissionsError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.ProtocolError,
    apsw.NoMemError,
    apsw.ConnectionClosedError,
)


def typed(error: apsw.Error) -> Exception:
    """SQLite's error as one of ours; what is no fault of the disk (a constraint, a misuse) as it is."""
    if isinstance(error, apsw.FullError):
        return StoreFull(str(error))
    if isinstance(error, apsw.IOError) and _extended(error) == apsw.SQLITE_IOERR_SHMSIZE:
        return StoreFull(str(error))  # no room to grow the log's index
    if isinstance(error, (apsw.CorruptError, apsw.NotADBError)):
        return StoreDamaged(str(error))
    if isinstance(error, _DISK_ERRORS):
        return StoreBroken(str(error))
    return error


def _extended(error: apsw.Error) -> int | None:
    code: int | None = getattr(error, "extendedresult", None)  # set by apsw, missing in its type stubs
    return code
