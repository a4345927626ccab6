"""Profiles are data, and every mistake in one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.receipt_printer import BadProfile, Charset, load_profile, profile_names
from drivers.receipt_printer.profile import FACTS, Clear, Confirm, Cutter, QrBy

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


FAMILIES = [name for name in profile_names() if load_profile(name).models]
CONSERVATIVE: dict[str, set[object]] = {
    "dots": {384, 512},  # the narrower of the widths that paper of 58 and 80 mm is printed to
    "cells": {32, 42},
    "charset": {Charset.NONE},  # everything but ASCII is drawn
    "cutter": {Cutter.PARTIAL, Cutter.NONE},  # `GS V 66` feeds where there is no cutter
    "rows_per_second": {400},  # 50 mm/s: a deadline too long, never one too short
    "buffer_bytes": {4096},
    "qr": {QrBy.DRIVER},
    "confirm": {Confirm.QUEUED_STATUS},  # unanswered: never told as printed
    "clear": {(Clear.FLUSH,)},
    "status_back": {False},
}
"""What a profile says where no source tells: the value that does least harm where it is wrong."""


@pytest.mark.parametrize("name", FAMILIES)
def test_what_no_source_tells_has_the_value_that_does_least_harm(name: str) -> None:
    profile = load_profile(name)
    assert profile.sources or set(profile.assumed) == set(FACTS), "facts without a source"
    for fact in profile.assumed:
        assert getattr(profile, fact) in CONSERVATIVE[fact], fact


def test_there_are_families_of_china_and_the_world_on_both_papers() -> None:
    makers = {name.partition("-")[0] for name in FAMILIES}
    assert len(makers) >= 8
    assert {"epson", "star", "bixolon", "citizen", "custom"} <= makers
    assert {"xprinter", "gprinter", "sprt", "masung", "rongta", "snbc"} <= makers
    assert {name[-4:] for name in FAMILIES} == {"58mm", "80mm"}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_familys_paper_is_what_its_name_says(name: str) -> None:
    profile = load_profile(name)
    assert (profile.dots <= 384) == name.endswith("58mm")


def test_an_assumption_that_is_no_fact_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('assumed = ["width"]\n' + GOOD.read_text("utf-8"), "utf-8")
    with pytest.raises(BadProfile, match="width is none of dots"):
        load_profile(str(file))
