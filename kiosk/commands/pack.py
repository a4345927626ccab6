"""All items as one file that terminals take (`flows.itemset`); made only while nothing is wrong with them."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from flows import itemset
from flows.loader import CATALOGUE, load_all, load_names
from flows.tables import load_tables
from kiosk.commands.flows import linted, tested


class RefusedToPack(Exception):  # noqa: N818 - a state of the items, not a mistake
    """Nothing was written; the text says why, line by line."""


def pack(file: Path, version: str | None) -> str:
    """Write the set `version` (today's without one) to `file`, whole or not at all; says what in words.

    Raises FlowError, and RefusedToPack for a finding of the linter, a test of an item that fails, a version
    that is none, and a file that cannot be written.
    """
    version = version or datetime.now().astimezone().date().isoformat()
    flows = load_all()
    findings = linted(flows, CATALOGUE)
    if findings:
        raise RefusedToPack("\n".join((*map(str, findings), f"{len(findings)} findings: nothing is packed")))
    failed, words = tested(list(flows.values()))
    if failed:
        raise RefusedToPack(f"{words}: nothing is packed")
    try:
        data = itemset.packed(version, flows, load_names(), load_tables())
        _replace(file, data)
    except itemset.SetError as error:
        raise RefusedToPack(f"nothing is packed: {error}") from error
    except OSError as error:
        raise RefusedToPack(f"{file}: {error.strerror}") from error
    return f"set {version}: {len(flows)} items, {len(data) / 1e6:.1f} MB, in {file}"


def _replace(file: Path, data: bytes) -> None:
    new = file.with_name(f"{file.name}.new")
    with new.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)
