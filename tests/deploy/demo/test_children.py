"""Processes that end with us, and say why when they end before."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.children import ERROR_LINES, ChildEndedError, Nursery, errors

ROOT = Path(__file__).resolve().parents[3]
SOON = 10.0
WAITS = "import threading; print('here', flush=True); threading.Event().wait()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + WAITS


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    nursery = Nursery(tmp_path, ROOT)
    yield nursery
    nursery.end(0.0)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def gone(pid: int, seconds: float = SOON) -> bool:
    """Whether a process that is not our child ends within `seconds`."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def says_here(log: Path) -> bool:
    return log.exists() and "here" in log.read_text()


SLOW_SETPRIV = """#!/bin/sh
while kill -0 "$PPID" 2>/dev/null; do :; done
exec {setpriv} "$@"
"""
"""Asks the kernel only when the parent is gone already."""


def kill_a_parent(tmp_path: Path, path: str) -> int:
    """Start a parent with `path` as its PATH, have it start a child, kill it; the child's process id."""
    parent = f"""
import sys, threading
from pathlib import Path
from deploy.demo.children import Nursery
nursery = Nursery(Path({str(tmp_path)!r}), Path({str(ROOT)!r}))
child = nursery.start("child", [sys.executable, "-c", {STUBBORN!r}])
print(child.pid, flush=True)
threading.Event().wait()
"""
    environment = {**os.environ, "PATH": path}
    with subprocess.Popen(
        python(parent), cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
    return pid


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    assert gone(kill_a_parent(tmp_path, os.environ["PATH"]))


def test_a_child_does_not_begin_when_its_parent_was_gone_before_the_kernel_was_asked(tmp_path: Path) -> None:
    slow = tmp_path / "setpriv"
    slow.write_text(SLOW_SETPRIV.format(setpriv=shutil.which("setpriv")))
    slow.chmod(0o755)
    assert gone(kill_a_parent(tmp_path, f"{tmp_path}:{os.environ['PATH']}"))


def test_a_child_outlives_the_thread_that_asked_for_it(nursery: Nursery) -> None:
    thread = threading.Thread(target=nursery.start, args=("child", python(WAITS)))
    thread.start()
    thread.join(SOON)
    child = nursery.children["child"]
    child.wait_for(lambda: says_here(child.log), SOON)
    assert child.running
    assert nursery.dead() == []


def test_one_that_ends_before_it_is_ready_tells_how_with_its_last_words(nursery: Nursery) -> None:
    child = nursery.start("city", python("import sys; print('no database'); sys.exit(3)"))
    with pytest.raises(ChildEndedError, match=r"city ended \(exit code 3\)(.|\n)*no database"):
        child.wait_for(lambda: False, SOON)
    assert nursery.dead() == [child]


def test_one_that_is_killed_tells_the_signal(nursery: Nursery) -> None:
    child = nursery.start("agent", python(WAITS))
    child.kill()
    assert not child.running
    assert "signal SIGKILL" in child.obituary()


def test_one_that_is_never_ready_is_not_waited_for_for_ever(nursery: Nursery) -> None:
    child = nursery.start("printer", python(WAITS))
    with pytest.raises(TimeoutError, match=r"printer was not ready within 0.1 s"):
        child.wait_for(lambda: False, 0.1)


def test_a_stubborn_one_is_killed_at_the_deadline_and_named(nursery: Nursery) -> None:
    stubborn = nursery.start("stubborn", python(STUBBORN))
    willing = nursery.start("willing", python(WAITS))
    for child in (stubborn, willing):
        child.wait_for(lambda: says_here(stubborn.log) and says_here(willing.log), SOON)
    assert nursery.end(0.5) == ["stubborn"]
    assert not stubborn.running
    assert not willing.running
    assert nursery.children == {}


def test_the_log_goes_on_after_a_restart_and_begins_anew_with_a_new_nursery(tmp_path: Path) -> None:
    for _ in range(2):
        nursery = Nursery(tmp_path, ROOT)
        for word in ("first", "second"):
            child = nursery.start("agent", python(f"print('{word}')"))
            with pytest.raises(ChildEndedError):
                child.wait_for(lambda: False, SOON)
        assert child.last_lines() == "first\nsecond"


def test_a_child_does_not_get_our_ctrl_c(nursery: Nursery) -> None:
    child = nursery.start("agent", python(WAITS))
    assert os.getsid(child.pid) == child.pid != os.getsid(0)


def test_a_command_that_is_not_there_ends_at_once(nursery: Nursery) -> None:
    child = nursery.start("nothing", ["/nowhere/at/all"])
    with pytest.raises(ChildEndedError, match=r"nothing ended"):
        child.wait_for(lambda: False, SOON)


def test_sigterm_ends_a_willing_one_by_itself(nursery: Nursery) -> None:
    child = nursery.start("willing", python(WAITS))
    child.wait_for(lambda: says_here(child.log), SOON)
    child.ask_to_end()
    assert child.end(SOON)
    assert child.obituary().startswith(f"willing ended (signal {signal.SIGTERM.name})")


def test_of_a_log_the_errors_are_told_with_what_follows_each_and_not_without_end(tmp_path: Path) -> None:
    log = tmp_path / "city.log"
    assert errors(log) == ""
    at = "2026-11-28 01:10:14,527 deploy.sandbox.control"
    bug = f"{at} ERROR 500, a bug in _people\nTraceback (most recent call last):\nbuiltins.KeyError\n"
    log.write_text(
        f"identity https://127.0.0.1:1\n{at} INFO up\n{bug}{at} INFO more\nand more\n", encoding="utf-8"
    )
    assert errors(log) == bug
    log.write_text(bug * ERROR_LINES, encoding="utf-8")
    assert len(errors(log).splitlines()) == ERROR_LINES
