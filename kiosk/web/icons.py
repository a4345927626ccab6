"""The line-drawn icons (Lucide), read once from the vendored sprite and put into pages inline."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

SPRITE = Path(__file__).parent / "static" / "vendor" / "lucide" / "sprite.svg"
_SYMBOL = re.compile(r'<symbol id="([a-z0-9-]+)" viewBox="0 0 24 24">(.*?)</symbol>', re.DOTALL)


@cache
def _drawn() -> dict[str, str]:
    return dict(_SYMBOL.findall(SPRITE.read_text(encoding="utf-8")))


def icon(name: str) -> Markup:
    """The icon `name`, hidden from screen readers: words always stand beside it. KeyError when unknown."""
    svg = f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{_drawn()[name]}</svg>'
    return Markup(svg)  # noqa: S704 - our own vendored file
