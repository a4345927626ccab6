"""A city for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.sandbox.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A running city with two enrolled terminals."""
    world = World(tmp_path / "city")
    yield world
    world.close()
