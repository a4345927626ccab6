"""The loop: order, timers, and that a bug in one job stops nothing else."""

from __future__ import annotations

import threading

from kiosk.loop import Loop, ThreadExecutor
from tests.kiosk.clocks import TestClock


def test_jobs_run_in_the_order_of_posting() -> None:
    done: list[int] = []
    loop = Loop(TestClock(), lambda error: None)
    for number in range(5):
        loop.post(lambda number=number: done.append(number))  # type: ignore[misc]
    while loop.step():
        pass
    assert done == [0, 1, 2, 3, 4]


def test_a_timer_runs_when_it_is_due_and_not_before() -> None:
    clock, done = TestClock(), list[str]()
    loop = Loop(clock, lambda error: None)
    loop.later(5.0, lambda: done.append("five"))
    loop.later(2.0, lambda: done.append("two"))
    cancelled = loop.later(1.0, lambda: done.append("never"))
    cancelled.cancel()
    assert not loop.step()
    clock.advance(3.0)
    assert loop.step()
    assert done == ["two"]
    clock.advance(3.0)
    assert loop.step()
    assert done == ["two", "five"]
    assert not loop.step()


def test_a_bug_in_a_job_is_told_and_the_next_job_runs() -> None:
    crashes: list[Exception] = []
    loop = Loop(TestClock(), crashes.append)
    done: list[str] = []
    loop.post(lambda: done[7])
    loop.post(lambda: done.append("next"))
    while loop.step():
        pass
    assert [type(error) for error in crashes] == [IndexError]
    assert done == ["next"]


def test_the_thread_ends_when_told_after_what_was_posted() -> None:
    loop = Loop(TestClock(), lambda error: None)
    done = threading.Event()
    loop.start()
    loop.post(done.set)
    loop.stop(5.0)
    assert done.is_set()
    assert not any(thread.name == "visit" and thread.is_alive() for thread in threading.enumerate())


def test_work_is_done_elsewhere_and_its_result_in_the_loop() -> None:
    loop = Loop(TestClock(), lambda error: None)
    executor = ThreadExecutor(loop, threads=1)
    got: list[tuple[str, str]] = []
    executor.submit(
        lambda: threading.current_thread().name,
        lambda name: got.append((name, threading.current_thread().name)),
    )
    assert loop.step(patience=5.0)
    assert got == [("work-0", threading.current_thread().name)]


def test_a_bug_in_work_reaches_the_loop_as_a_bug() -> None:
    crashes: list[Exception] = []
    loop = Loop(TestClock(), crashes.append)

    def work() -> None:
        raise KeyError("x")

    ThreadExecutor(loop, threads=1).submit(work, lambda _: None)
    assert loop.step(patience=5.0)
    assert [type(error) for error in crashes] == [KeyError]
