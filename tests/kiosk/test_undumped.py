"""No core dump: a process that aborts leaves one, unless it has forbidden it to itself."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

import pytest

ABORT = "import os, resource; from kiosk import undumped; {}; os.abort()"
UP_TO_HARD = "resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)"
SHOW = (
    "import ctypes, resource, sys; from kiosk import undumped; undumped.never_dumped();"
    "sys.exit(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) or resource.getrlimit(resource.RLIMIT_CORE) != (0, 0))"
)
"""PR_GET_DUMPABLE is 3."""


def ended(folder: Path, program: str) -> int:
    """The status with which it ended, as waitpid(2) gives it: whether it was dumped is in it."""
    quiet = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
    inside = f"import os; os.chdir({str(folder)!r}); {program}"
    process = os.posix_spawn(sys.executable, [sys.executable, "-c", inside], os.environ, file_actions=[quiet])
    return os.waitpid(process, 0)[1]


def test_an_agent_that_crashes_leaves_no_core_dump(tmp_path: Path) -> None:
    status = ended(tmp_path, ABORT.format(f"{UP_TO_HARD}; undumped.never_dumped()"))
    assert os.WIFSIGNALED(status)
    assert not os.WCOREDUMP(status)
    assert list(tmp_path.iterdir()) == []


def test_both_the_limit_and_the_flag_are_set(tmp_path: Path) -> None:
    assert ended(tmp_path, SHOW) == 0


def test_without_it_there_would_be_one(tmp_path: Path) -> None:
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("this machine forbids core dumps to everybody: nothing can be shown")
    assert os.WCOREDUMP(ended(tmp_path, ABORT.format(UP_TO_HARD)))
