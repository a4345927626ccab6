"""One demo a test worker: city, cable, devices and agent as real processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.demo import Demo, Handles
from deploy.demo.cable import Connected


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, Handles]]:
    """A demo and its handles, shared by the tests of one worker."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    handles = demo.start()
    yield demo, handles
    demo.close()


@pytest.fixture
def town(running: tuple[Demo, Handles]) -> Handles:
    """The handles, with everything as after the start."""
    demo, handles = running
    if not handles.agent.running:
        handles.restart_agent()
    handles.cable.set(Connected())
    handles.city.behave()
    handles.reader("lift")
    handles.printer("cover", open=False)
    handles.printer("paper", state="full")
    handles.printer("jam", on=False)
    handles.document_printer("paper", state="full")
    handles.document_printer("toner", state="full")
    handles.document_printer("jam", on=False)
    handles.payment_terminal("answer", how="well")
    assert demo.died() == []
    return handles
