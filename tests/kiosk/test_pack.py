"""All items as one file: what `kiosk flows pack` writes, when it refuses, and what `doctor` says of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from flows.finding import Finding
from kiosk.cli import main
from kiosk.commands import pack as packing
from kiosk.commands.doctor import check_items
from kiosk.gateway import contract
from kiosk.item_watch import read
from tests.flows.shipped import shipped


def test_what_is_packed_is_what_a_terminal_reads_and_doctor_says_which_set_it_is(tmp_path: Path) -> None:
    file = tmp_path / "items.json"
    done = CliRunner().invoke(main, ["flows", "pack", str(file), "--version", "2026-11-27.3"])
    assert (done.exit_code, list(tmp_path.iterdir())) == (0, [file])
    assert done.output.startswith(f"set 2026-11-27.3: {len(shipped())} items, ")
    assert read(file, contract.load()).flows == shipped()
    found = check_items(file)
    assert (found.state, found.found) == ("good", f"{len(shipped())} items, set 2026-11-27.3")


@pytest.mark.parametrize(("file", "level"), [(None, "good"), (Path("/nowhere/items.json"), "good")])
def test_without_a_set_doctor_says_whose_items_they_are(file: Path | None, level: str) -> None:
    found = check_items(file)
    assert (found.state, found.found) == (level, f"{len(shipped())} items, those that the agent came with")


def test_doctor_says_what_is_wrong_with_a_set(tmp_path: Path) -> None:
    file = tmp_path / "items.json"
    file.write_text("{}")
    found = check_items(file)
    assert found.state == "bad"
    assert "format 0" in found.found


def test_a_version_that_is_none_writes_nothing(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["flows", "pack", str(tmp_path / "items.json"), "--version", "heute"])
    assert done.exit_code == 2
    assert "nothing is packed" in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["flows", "pack", str(tmp_path / "no" / "items.json")])
    assert (done.exit_code, "No such file or directory" in done.output) == (2, True)


def test_a_finding_or_a_failing_test_refuses_the_whole_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "items.json"
    code, flow = next(iter(shipped().items()))
    wrong = replace(flow, tests=(replace(flow.tests[0], ends="unavailable"), *flow.tests[1:]))
    monkeypatch.setattr(packing, "load_all", lambda: {**shipped(), code: wrong})
    monkeypatch.setattr(packing, "linted", lambda *_: [])
    with pytest.raises(packing.RefusedToPack, match="nothing is packed"):
        packing.pack(file, None)
    finding = Finding(file="a.yaml", line=3, code="L101", why="so", remedy="thus")
    monkeypatch.setattr(packing, "linted", lambda *_: [finding])
    with pytest.raises(packing.RefusedToPack, match="L101"):
        packing.pack(file, None)
    assert list(tmp_path.iterdir()) == []
