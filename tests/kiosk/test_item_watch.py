"""Another set of items, put there while the agent runs: taken whole between two visits, or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from flows.itemset import ItemSet, packed
from flows.loader import Name
from flows.tables import LifeEvent, Tables
from kiosk.item_watch import ItemWatch, SetRefused, read
from offline_cache.events import ItemsRefused, ItemsTaken
from tests.flows.items import NOTICE, item
from tests.flows.shipped import shipped
from tests.kiosk.shell import Box
from tests.kiosk.whenever import Later

OPERATIONS = {"submitApplication", "rate"}
GUIDE = "service.item-guide"


def a_set(version: str = "2026-11-27", *codes: str) -> bytes:
    flows = {code: item({}, NOTICE, item=code) for code in codes or ("test.one",)}
    return packed(version, flows, {code: Name(code, "测试局") for code in flows}, Tables())


class Watched:
    """A watch with everything around it in the test's hands."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.beside = Later()
        self.idle = True
        self.taken: list[ItemSet] = []
        self.journal: list[object] = []
        self.watch = ItemWatch(
            file,
            OPERATIONS,
            executor=self.beside,
            idle=lambda: self.idle,
            take=self.taken.append,
            write=self.journal.append,
        )

    def put(self, data: bytes) -> None:
        """As an update does: beside it, then renamed."""
        assert self.file is not None
        new = self.file.with_suffix(".new")
        new.write_bytes(data)
        new.replace(self.file)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "items.json")


def test_without_the_setting_or_a_file_the_agents_own_are_offered(watched: Watched) -> None:
    for each in (watched, Watched(None)):
        assert each.watch.first() is None
        each.watch.look()
        assert (each.beside.done, each.taken, each.journal) == ([], [], [])


def test_what_lies_there_at_the_start_is_offered_at_once_and_journalled_once(watched: Watched) -> None:
    watched.put(a_set())
    found = watched.watch.first()
    assert found is not None
    assert list(found.flows) == ["test.one"]
    for _ in range(2):
        watched.watch.look()
    assert watched.journal == [ItemsTaken(version="2026-11-27", items=1)]
    assert (watched.taken, watched.beside.done) == ([], [])


def test_another_set_is_read_beside_the_loop_and_taken_when_nobody_is_there(watched: Watched) -> None:
    watched.watch.look()
    watched.idle = False
    watched.put(a_set("2026-11-28", "test.one", "test.two"))
    for _ in range(2):
        watched.watch.look()
    watched.beside.hand_over()
    assert (watched.beside.done, watched.taken) == ([], [])
    watched.watch.look()
    assert watched.taken == []
    watched.idle = True
    watched.watch.look()
    assert [list(each.flows) for each in watched.taken] == [["test.one", "test.two"]]
    watched.watch.look()
    assert watched.journal == [ItemsTaken(version="2026-11-28", items=2)]


def test_of_two_sets_that_come_during_a_visit_the_later_is_taken(watched: Watched) -> None:
    watched.idle = False
    for version in ("2026-11-28", "2026-11-29"):
        watched.put(a_set(version))
        watched.watch.look()
        watched.beside.hand_over()
    watched.idle = True
    watched.watch.look()
    assert [each.version for each in watched.taken] == ["2026-11-29"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (a_set()[:-9], "malformed"),
        (
            packed(
                "2026-11-27",
                {GUIDE: shipped()[GUIDE]},
                {GUIDE: Name("办事指南", "市政务服务办公室")},
                Tables(),
            ),
            "unknown-operation",
        ),
    ],
)
def test_a_file_that_cannot_be_taken_is_said_once_and_the_next_one_is_taken(
    watched: Watched, data: bytes, reason: Any
) -> None:
    watched.put(data)
    assert watched.watch.first() is None
    for _ in range(3):
        watched.watch.look()
    assert watched.journal == [ItemsRefused(reason=reason)]
    watched.put(a_set())
    watched.watch.look()
    watched.beside.hand_over()
    assert len(watched.taken) == 1


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(SetRefused, match="Is a directory") as refused:
        read(tmp_path, OPERATIONS)
    assert refused.value.event == ItemsRefused(reason="unreadable")


def test_a_file_without_end_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "items.json"
    with file.open("wb") as stream:
        os.truncate(stream.fileno(), 1 << 30)
    with pytest.raises(SetRefused, match="more than 64 MB"):
        read(file, OPERATIONS)


def test_a_file_that_goes_away_changes_nothing(watched: Watched) -> None:
    watched.put(a_set())
    assert watched.watch.first() is not None
    assert watched.file is not None
    watched.file.unlink()
    for _ in range(2):
        watched.watch.look()
    assert watched.journal == [ItemsTaken(version="2026-11-27", items=1)]
    assert watched.beside.done == []


def test_a_terminal_offers_the_new_items_in_every_list_and_a_visit_keeps_its_own() -> None:
    box = Box()
    new = {GUIDE: replace(shipped()[GUIDE], version="2", name="办事指南（新）", short="新指南")}
    tables = Tables(life_events=(LifeEvent(event="出生", match=GUIDE),))
    assert box.terminal.idle
    box.tap(f"start:{GUIDE}")
    with pytest.raises(RuntimeError, match="between visits"):
        box.terminal.offer(new, tables)
    assert box.view.page.title
    box.wait(400)
    assert box.terminal.idle
    box.terminal.offer(new, tables)
    assert [tile.short for tile in box.view.page.body.tiles] == ["新指南"]  # type: ignore[union-attr]
    box.tap("search")
    box.tap("find", query="xzn")
    assert [tile.item for tile in box.view.page.body.tiles] == [GUIDE]  # type: ignore[union-attr]
    box.tap("list")
    assert "facet:event" not in {each.id for each in box.view.page.others}, "only one life event is left"
    box.tap(f"start:{GUIDE}")
    assert box.terminal._visit is not None
    assert box.terminal._visit.flow == new[GUIDE]
