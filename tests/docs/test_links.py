"""Every link inside the repository leads somewhere, and every page can be found from the README."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, README, ROOT, anchors, links, pages


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        inside = target.is_relative_to(ROOT) and target.exists()
        if not inside or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [README]
    while waiting:
        page = waiting.pop()
        if page in reached or not page.exists():
            continue
        reached.add(page)
        targets = (link.partition("#")[0] for link in links(page))
        waiting += [(page.parent / path).resolve() for path in targets if path.endswith(".md")]
    assert {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md") if page not in reached} == set()


def test_a_lost_link_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading, of sorts\n[there](other.md#x) [out](https://id.example/)\n```\n[no](code.md)\n```\n"
    )
    assert links(page) == ["other.md#x"]
    assert anchors(page) == {"a-heading-of-sorts"}
