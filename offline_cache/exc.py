"""Every error of this package, one line each; each is also a standard type."""

# ruff: noqa: N818 - named for what is so, as a sentence in an `except` reads

from __future__ import annotations


class OfflineCacheError(Exception):
    """Base of everything raised here on purpose."""


class StoreError(OfflineCacheError, OSError):
    """The file cannot do what was asked of it now; nothing was promised by the failed call."""


class StoreFull(StoreError):
    """The disk has no room. What was written before is safe."""


class StoreBroken(StoreError):
    """The disk does not read or write (I/O error, read-only, no permission)."""


class StoreDamaged(StoreError):
    """The file is not a sound database; `Store.open` callers set it aside or discard it."""


class StoreBusy(StoreError):
    """Another agent holds this file."""


class StoreTooNew(StoreError):
    """The file was written by a newer agent; it is refused, never guessed at."""


class StoreForeign(StoreError):
    """The file is a database of something else; it is refused and left alone."""


class OutboxFull(OfflineCacheError):
    """The bound on rows or bytes is reached: new work is refused, old work is never dropped."""


class DuplicateKey(OfflineCacheError, ValueError):
    """This idempotency key, or this place in the visit's order, is already taken: a bug of the caller."""


class NotInQuarantine(OfflineCacheError, ValueError):
    """Only what lies in quarantine can be released or closed."""


class NotSealed(OfflineCacheError, ValueError):
    """The envelope is not a compact JWE: clear text is never written to this disk."""


class UnfitEvent(OfflineCacheError, ValueError):
    """A journal event whose values do not fit their types (which have no room for personal data)."""
