"""Profiles are data, and every mistake in one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.receipt_printer import BadProfile, load_profile, profile_names

GOOD = Path("drivers/receipt_printer/profiles/generic-80mm-gb18030.toml")


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_loads(name: str) -> None:
    assert load_profile(name).title


def test_the_profiles_the_issue_names_exist() -> None:
    needed = {"generic-80mm-gb18030", "generic-58mm-gb18030", "generic-80mm-gb2312", "ascii-only-80mm"}
    assert needed <= set(profile_names())


def test_a_misspelt_name_gets_a_suggestion() -> None:
    with pytest.raises(BadProfile, match="did you mean generic-80mm-gb18030"):
        load_profile("generic-80mm-gb1803")


@pytest.mark.parametrize(
    ("line", "instead", "message"),
    [
        ('cutter = "partial"', 'cutter = "laser"', "cutter"),
        ("cells = 48", "cells = 60", "do not fit"),
        ("cells = 48", "columns = 48", "columns"),
        ("density = 0", "density = 9", "density"),
        ("dots = 576", "dots = ", "toml"),
    ],
)
def test_every_mistake_is_told(tmp_path: Path, line: str, instead: str, message: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.read_text("utf-8").replace(line, instead), "utf-8")
    with pytest.raises(BadProfile, match=message):
        load_profile(str(file))


def test_a_file_of_ones_own_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.read_text("utf-8"), "utf-8")
    assert load_profile(str(file)) == load_profile("generic-80mm-gb18030")
    with pytest.raises(BadProfile, match="No such file"):
        load_profile(str(tmp_path / "none.toml"))
