"""One section in this process, its rows to standard output: ``python -m tests.bench.section NAME``."""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

from tests.bench.rows import FIELDS


def main(section: str) -> None:
    """Measure and say. Whatever else is printed on the way, also by children, goes to standard error."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        rows: list[dict[str, Any]] = importlib.import_module(f"tests.bench.{section}").run()
        assert rows, f"{section} measured nothing"
        for each in rows:
            assert tuple(each) == FIELDS, f"{section}: a row has the keys {tuple(each)}"
        json.dump(rows, out)


if __name__ == "__main__":
    main(sys.argv[1])
