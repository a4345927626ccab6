"""Which drawing and icon go with what. Pages are data; this is the one place that knows their pictures."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from flows.page import Body, IdentifyBody, ResultBody
from flows.parts import Action
from kiosk.views import VisitBody

_DRAWINGS = {
    "notice": "papers",
    "consent": "papers",
    "choice": "choose",
    "form": "form",
    "review": "form",
    "sign": "pen",
    "waiting": "wait",
    "table": "papers",
    "guide": "papers",
    "benefits": "papers",
    "rate": "rate",
    "trouble": "closed",
    "home": "kiosk",
    "items": "choose",
    "help": "help",
    "escalate": "help",
    "escalated": "help",
    "ended": "leave",
    "out-of-service": "closed",
}

DOMAIN_ICONS = {
    "agriculture": "wheat",
    "archives": "archive",
    "banking": "landmark",
    "civil": "heart-handshake",
    "commerce": "store",
    "credit": "badge-check",
    "culture": "book-open",
    "customs": "ship",
    "disability": "accessibility",
    "education": "graduation-cap",
    "emergency": "siren",
    "employment": "briefcase",
    "environment": "leaf",
    "exit-entry": "plane",
    "finance": "piggy-bank",
    "fire": "flame",
    "health": "stethoscope",
    "household": "users",
    "housing": "house",
    "housing-fund": "piggy-bank",
    "industry": "factory",
    "justice": "scale",
    "market": "store",
    "medical-insurance": "stethoscope",
    "meteorology": "cloud-sun",
    "one-thing": "package",
    "real-estate": "key-round",
    "service": "book-open",
    "social-insurance": "shield-check",
    "social-security-card": "credit-card",
    "tax": "receipt-text",
    "telecom": "radio-tower",
    "traffic": "car",
    "transport": "bus",
    "union": "users",
    "utility": "zap",
    "veterans": "medal",
}
"""First part of an item's code → icon; the rest get `file-text`."""

LEVEL_ICONS = {"5": "laugh", "4": "smile", "3": "meh", "2": "frown", "1": "angry"}

_ACTION_ICONS = {
    "phone": "qr-code",
    "card": "id-card",
    "again": "printer",
    "retry": "rotate-ccw",
    "list": "layout-grid",
    "leave": "house",
    "12345": "phone",
    "cannot-do": "message-square-warning",
    "staff": "bell-ring",
    "assist": "bell-ring",
}

_CODE = re.compile(r"([0-9A-Za-z]+(?:[-./][0-9A-Za-z]+)+)")
_AFTER_MARK = re.compile(r"(?<=[，。！？；：])(?![”’）》，。！？；：])|(?=（)")
_FIGURES = re.compile(r"[0-9Xx*•,.\-— ]+")


def art(body: Body | VisitBody) -> str:
    """The drawing in the upper third: where to look, or what the page is about."""
    if isinstance(body, IdentifyBody):
        return "phone" if body.state == "scan" else "reader"
    if isinstance(body, ResultBody):
        return "papers" if body.paper in {"none", "failed"} else "slot"  # no paper is shown where none came
    return _DRAWINGS[str(body.__struct_config__.tag)]


def action_icon(action: Action) -> str:
    """The icon of an action inside the working area, empty when it has none."""
    return next((name for part, name in _ACTION_ICONS.items() if part in action.id), "")


def figures(text: str) -> Markup:
    """`text` with tabular figures and without breaks inside a number or a code such as ``TJ-HP-0017``."""
    if text and _FIGURES.fullmatch(text):
        return Markup('<span class="figures">{}</span>').format(text)
    pieces = _CODE.split(text)
    return Markup("").join(
        Markup('<span class="figures">{}</span>').format(piece) if i % 2 else escape(piece)
        for i, piece in enumerate(pieces)
    )


def phrases(text: str) -> Markup:
    """`text` in phrases that move to the next line whole if they can: lines end at a mark, not in a word."""
    return Markup("").join(
        Markup('<span class="phrase">{}</span>').format(figures(phrase))
        for phrase in _AFTER_MARK.split(str(text).strip())
        if phrase
    )
