"""A4 papers as the dock finds them."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.demo.dock.pages import SHOWN, Pages


def put(folder: Path, number: int, *, whole: bool = True, pictures: int = 1) -> None:
    names = [f"document-{number:04d}-{each + 1}.png" for each in range(pictures)]
    for name in (f"document-{number:04d}.pdf", *names):
        (folder / name).write_bytes(b"")
    report = {"pages": 1, "whole": whole, "job": "x", "pictures": names}
    (folder / f"document-{number:04d}.json").write_text(json.dumps(report))


def test_what_came_out_is_there_once_its_report_is(tmp_path: Path) -> None:
    pages = Pages(tmp_path)
    (tmp_path / "document-0001.pdf").write_bytes(b"")
    (tmp_path / ".document-0001.json").write_text("{}")
    assert pages.all() == []
    put(tmp_path, 1)
    put(tmp_path, 2, whole=False, pictures=0)
    assert [(each.number, each.whole, len(each.pictures)) for each in pages.all()] == [
        (2, False, 0),
        (1, True, 1),
    ]


def test_only_what_came_out_is_handed_on(tmp_path: Path) -> None:
    put(tmp_path, 1)
    (tmp_path.parent / "secret.pdf").write_bytes(b"")
    pages = Pages(tmp_path)
    assert pages.file("document-0001.pdf") == tmp_path / "document-0001.pdf"
    assert pages.file("document-0001-1.png") == tmp_path / "document-0001-1.png"
    for name in ("document-0001.json", "document-0002.pdf", "../secret.pdf", ""):
        assert pages.file(name) is None


def test_the_newest_only_are_shown(tmp_path: Path) -> None:
    for number in range(1, SHOWN + 3):
        put(tmp_path, number)
    assert [each.number for each in Pages(tmp_path).all()] == list(range(SHOWN + 2, 2, -1))
