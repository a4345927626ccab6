"""The slot and the pile."""

from __future__ import annotations

from pathlib import Path

from deploy.demo.dock.papers import PILE, Papers


def put(folder: Path, number: int) -> None:
    (folder / f"receipt-{number:04d}.png").write_bytes(b"")
    (folder / f"receipt-{number:04d}.json").write_text("{}")


def test_what_comes_out_hangs_in_the_slot_until_it_is_taken(tmp_path: Path) -> None:
    papers = Papers(tmp_path)
    assert papers.in_slot() == []
    papers.take()
    put(tmp_path, 1)
    put(tmp_path, 2)
    (tmp_path / ".receipt-0003.tmp").write_bytes(b"")
    assert [each.number for each in papers.in_slot()] == [2, 1]
    papers.take()
    put(tmp_path, 3)
    assert [each.number for each in papers.in_slot()] == [3]
    assert [each.number for each in papers.pile()] == [2, 1]


def test_the_pile_shows_the_newest_only(tmp_path: Path) -> None:
    papers = Papers(tmp_path)
    for number in range(1, PILE + 4):
        put(tmp_path, number)
    papers.take()
    assert len(papers.pile()) == PILE
    assert papers.pile()[0].number == PILE + 3
    assert papers.picture(1) == tmp_path / "receipt-0001.png"
    assert papers.picture(99) is None
