"""What the pages show and take: one of two benches, calibrating or testing."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol


class Shown(NamedTuple):
    """A template and what it is told."""

    template: str
    words: dict[str, Any]


class BadPost(ValueError):  # noqa: N818 - reads as what it is
    """What came is nothing that a page of ours posts."""


class Bench(Protocol):
    """Called from the server's threads, one at a time."""

    def shown(self) -> Shown:
        """The page as it is now."""
        ...

    def take(self, result: bytes) -> None:
        """What the page measured, as JSON. Raises BadPost."""
        ...

    def again(self) -> None:
        """From the beginning."""
        ...
