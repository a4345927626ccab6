"""A city for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.sandbox.asking import Desk
from tests.deploy.sandbox.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A running city with two enrolled terminals."""
    world = World(tmp_path / "city")
    yield world
    world.close()


@pytest.fixture(scope="module")
def whole_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One city for all: these questions change nothing but what is kept to be printed."""
    world = World(tmp_path_factory.mktemp("all"))
    yield world
    world.close()


@pytest.fixture
def desk(whole_world: World) -> Iterator[Desk]:
    """Somebody who asks, in one transaction."""
    asking = Desk(whole_world)
    with whole_world.city.context.db.transaction() as asking.tx:
        yield asking
