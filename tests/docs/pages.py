"""The pages of documentation, read as Markdown: links, anchors, tables, blocks of code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def pages() -> list[Path]:
    """README and every page under docs/."""
    return [README, *sorted(DOCS.rglob("*.md"))]


def read(name: str) -> str:
    """The text of a page under docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def links(page: Path) -> list[str]:
    """Where the page points to, outside of code; addresses outside of the repository left out."""
    prose = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return [target for target in _LINK.findall(prose) if "://" not in target]


def anchors(page: Path) -> set[str]:
    """The anchors of the page's headings, as Markdown viewers make them."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        for heading in _HEADING.findall(text)
    }


def rows(text: str) -> dict[str, list[str]]:
    """Rows of the page's tables by their first cell's word in backticks; the other cells as written."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            first, *others = (cell.strip() for cell in line.strip("|").split("|"))
            found[first.strip("`")] = others
    return found


def block(text: str, language: str, beginning: str = "") -> str:
    """The first block of code in `language` that begins with `beginning`."""
    blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return next(each for each in blocks if each.startswith(beginning))
