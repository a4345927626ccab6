"""Where an item was written. Its YAML is read at its first finding: most items have none."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path as File
from typing import TYPE_CHECKING

from flows.expanding import Path
from flows.model import Flow

if TYPE_CHECKING:
    from flows.source import Source

Where = Callable[[Path], tuple[str, int]]
"""File and line, from 1, of what lies at a path of an item."""


def written(flow: Flow, root: File) -> Where:
    """Where the parts of `flow`, an item of the folder `root`, were written."""
    file = root / flow.domain / f"{flow.item.partition('.')[2]}.yaml"

    @cache
    def source() -> Source:
        from flows.source import read  # noqa: PLC0415 - slow to import, and of use only where there is a finding

        return read(file.read_text(encoding="utf-8"), str(file))

    return lambda path: source().where(path)
