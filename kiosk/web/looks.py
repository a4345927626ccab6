"""Which drawing and icon go with what. Pages are data; this is the one place that knows their pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from markupsafe import Markup, escape

from flows.bodies import CameraBody, PayBody, PictureBody
from flows.page import Body, IdentifyBody, ResultBody
from flows.parts import Action, Option
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
    "facets": "choose",
    "find": "choose",
    "search": "choose",
    "help": "help",
    "escalate": "help",
    "escalated": "help",
    "ended": "leave",
    "out-of-service": "closed",
    "face-consent": "face",
    "documents": "documents",
    "upload": "phone",
    "records": "form",
    "commitment": "promise",
    "told": "told",
    "bundle": "bundle",
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
    "business": "building-2",
    "number": "scan-face",
    "upload": "smartphone",
    "more": "camera",
    "proof": "file-text",
    "move": "calendar-clock",
    "call-off": "circle-x",
    "close": "circle-x",
    "resend": "rotate-ccw",
    "resume-draft": "smartphone",
    "slip": "file-search",
    "again": "printer",
    "retry": "rotate-ccw",
    "list": "layout-grid",
    "search": "search",
    "facet:event": "heart-handshake",
    "facet:department": "landmark",
    "facet:audience": "users",
    "leave": "house",
    "12345": "phone",
    "cannot-do": "message-square-warning",
    "staff": "bell-ring",
    "assist": "bell-ring",
}

PIECE = 60
"""Characters of a piece of long text: four lines of the elder version beside the left column."""

_CODE = re.compile(r"([0-9A-Za-z]+(?:[-./][0-9A-Za-z]+)+)")
_AFTER_MARK = re.compile(r"(?<=[，。！？；：])(?![”’）》，。！？；：])|(?=（)")
_SENTENCE = re.compile(r"[^。！？；]*[。！？；]+[”’）》]*|[^。！？；]+")
_CLAUSE = re.compile(r"[^，、：]*[，、：]+|[^，、：]+")
_THOUSANDS = re.compile(r"(?<=[0-9])(?=([0-9]{3})+(?![0-9]))(?<!\.[0-9])(?<!\.[0-9]{2})")
_FIGURES = re.compile(r"[0-9Xx*•,.\-— ]+")


def art(body: Body | VisitBody) -> str:
    """The drawing in the upper third: where to look, or what the page is about."""
    if isinstance(body, IdentifyBody):
        return "reader" if body.state != "scan" and body.card_offered else "phone"
    if isinstance(body, CameraBody | PictureBody):
        return "camera" if body.kind == "document" else "face"
    if isinstance(body, PayBody):
        return "pos" if body.state == "pos" else "pay"
    if isinstance(body, ResultBody):
        return "papers" if body.paper in {"none", "failed"} else "slot"  # no paper is shown where none came
    return _DRAWINGS[str(body.__struct_config__.tag)]


def action_icon(action: Action) -> str:
    """The icon of an action inside the working area, empty when it has none."""
    return next((name for part, name in _ACTION_ICONS.items() if part in action.id), "")


def thousands(amount: str) -> str:
    """``12345.60`` → ``12,345.60``: noughts that are not counted are paid."""
    return _THOUSANDS.sub(",", amount)


def labels(options: Iterable[Option]) -> dict[str, str]:
    """What each value of `options` is called."""
    return {option.value: option.label for option in options}


def sentences(text: str) -> list[str]:
    """`text` in pieces that pages can be made of: its paragraphs, the long ones at the ends of sentences.

    None is longer than PIECE: a page cannot show a part of a piece, and what is agreed to must be read.
    """
    pieces: list[str] = []
    for paragraph in filter(None, (line.strip() for line in text.splitlines())):
        piece = ""
        for part in _parts(paragraph):
            if piece and len(piece) + len(part) > PIECE:
                pieces.append(piece)
                piece = ""
            piece += part
        pieces.append(piece)
    return pieces


def _parts(paragraph: str) -> Iterator[str]:
    """The sentences; of one that is too long its clauses, and of those what fits."""
    for sentence in _SENTENCE.findall(paragraph):
        if len(sentence) <= PIECE:
            yield sentence
            continue
        for clause in _CLAUSE.findall(sentence):
            yield from (clause[at : at + PIECE] for at in range(0, len(clause), PIECE))


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
