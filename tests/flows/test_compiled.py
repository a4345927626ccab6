"""The items as they are shipped: the same as their YAML, and never in place of another."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.items import FOLDERS, as_json
from flows import compiled, source
from flows.loader import CATALOGUE, FlowError, load, load_all, sources

ITEM = "service.item-guide"
NAME = "service/item-guide.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one item, compiled."""
    (tmp_path / NAME).parent.mkdir()
    shutil.copy(CATALOGUE / NAME, tmp_path / NAME)
    (tmp_path / compiled.FILE).write_text(as_json(tmp_path), encoding="utf-8")
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    before = file.read_text(encoding="utf-8")
    assert old in before
    file.write_text(before.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("root", FOLDERS, ids=lambda root: root.name)
def test_what_is_shipped_is_what_the_yaml_says(root: Path) -> None:
    written = {path: source.read(path.read_text(encoding="utf-8"), str(path)) for path in sources(root)}
    shipped = compiled.text(root, {path: each.plain for path, each in written.items()})
    said = (root / compiled.FILE).read_text(encoding="utf-8")
    assert said == shipped, "after a change to an item: python -m deploy.items"
    found = compiled.Shipped.of(root)
    flows = [each.flow for each in written.values()]
    assert [found.flow(path) for path in written] == flows
    assert list(load_all(root).values()) == flows


def test_items_as_shipped_are_loaded_without_any_yaml() -> None:
    load = "from flows.loader import BUILTIN, load_all; load_all(); load_all(BUILTIN)"
    look = f"import sys; {load}; print('ruamel.yaml' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_what_was_compiled_is_what_is_taken(folder: Path) -> None:
    change(folder / compiled.FILE, '"short": "', '"short": "编')
    assert load_all(folder)[ITEM].short.startswith("编")


def test_an_item_that_was_edited_is_read_from_its_yaml(folder: Path) -> None:
    change(folder / NAME, "short: 办事指南", "short: 办事指引")
    assert load_all(folder)[ITEM].short == "办事指引"


def test_an_item_that_is_new_is_read_and_one_that_is_gone_is_not_there(folder: Path) -> None:
    other = folder / "civil" / "senior-allowance-apply.yaml"
    other.parent.mkdir()
    shutil.copy(CATALOGUE / "civil" / other.name, other)
    (folder / NAME).unlink()
    assert list(load_all(folder)) == ["civil.senior-allowance-apply"]


def test_a_mistake_in_an_edited_item_is_told_with_its_line(folder: Path) -> None:
    change(folder / NAME, "summary:", "sumary:")
    with pytest.raises(FlowError, match=rf"{NAME}:\d+: F003"):
        load_all(folder)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"service/item-guide.yaml": 1}'])
def test_a_file_that_is_not_what_it_should_be_costs_only_time(folder: Path, damage: str) -> None:
    (folder / compiled.FILE).write_text(damage, encoding="utf-8")
    assert list(load_all(folder).values()) == [load(folder / NAME)]


def test_what_the_model_refuses_is_judged_by_its_yaml(folder: Path) -> None:
    change(folder / compiled.FILE, '"kind": "query"', '"kind": "quarry"')
    assert list(load_all(folder).values()) == [load(folder / NAME)]
