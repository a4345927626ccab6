"""No core dump: what the agent has in memory (a visit, its key) is never written out when it dies."""

from __future__ import annotations

import ctypes
import os
import resource

_PR_SET_DUMPABLE = 4
"""<linux/prctl.h>"""


def never_dumped() -> None:
    """Forbid core dumps of this process, by file or by pipe to a program, and reading its memory by others.

    A limit of 0 is not heard where ``core_pattern`` is a pipe (core(5)); `dumpable` is, and it also keeps
    other programs of the same user from tracing this one (ptrace(2)). Raises OSError.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
