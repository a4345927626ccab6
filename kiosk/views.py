"""What the screen shows now, whole: the frame around a page, and the pages that belong to no item.

`View` is what the visit actor hands to the web room; the web room draws it and posts actions back.
Every action is posted to ``/act`` with the view's `turn`; a post with another turn acts on nothing
and is answered with the present view.
"""

from __future__ import annotations

from typing import Literal

from flows.page import Page
from flows.parts import Action, Option, Part


class Tile(Part, frozen=True, kw_only=True):
    """An item on the home page or in the list; `why_not` while it cannot be done now."""

    item: str
    short: str
    name: str
    summary: str
    department: str
    badges: tuple[str, ...] = ()
    why_not: str = ""
    offline_words: str = ""
    """What happens without a network, when there is none now: e.g. 可先暂存."""


class HomeBody(Part, tag="home", frozen=True, kw_only=True):
    """The first page. Tiles start an item (``action=start:<item>``); ``action=list`` shows all,
    ``action=search`` the keys to find one."""

    tiles: tuple[Tile, ...]


class ItemsBody(Part, tag="items", frozen=True, kw_only=True):
    """Items, all or those of one facet, one screenful at a time; further ones by ``action=sheet:<n>``."""

    tiles: tuple[Tile, ...]
    sheet: int = 1
    sheets: int = 1


class FacetsBody(Part, tag="facets", frozen=True, kw_only=True):
    """What a facet (life event, department, audience) can be: an option posts ``action=of:<value>``."""

    options: tuple[Option, ...]
    sheet: int = 1
    sheets: int = 1


class SearchBody(Part, tag="search", frozen=True, kw_only=True):
    """Keys, and what was found by them: `count` items, of which `tiles` are this screenful.

    Every action of the page comes with ``query``, what stands in the field. ``key:<letter>`` puts one more
    behind it, ``erase`` takes one away, ``clear`` all, ``find`` takes it as it is, ``digits`` turns the keys.
    """

    query: str = ""
    tiles: tuple[Tile, ...] = ()
    count: int = 0
    sheet: int = 1
    sheets: int = 1
    digits: bool = False
    """Whether the keys show digits, where there is no room for both."""
    advice: tuple[str, ...] = ()
    """What to do when nothing was found."""


class HelpBody(Part, tag="help", frozen=True, kw_only=True):
    """求助: call for staff, 12345, 办不成事. `context` says in words what will be attached."""

    context: str
    hotline: str = "12345"
    trouble: str = ""
    """Why a report could not be kept."""
    staff: str = ""
    """帮办: who helps at this place, and how to reach them."""


class EscalateBody(Part, tag="escalate", frozen=True, kw_only=True):
    """What could not be done: posted as ``reason`` (a code) and ``words`` (free, may be empty)."""

    kind: Literal["cannot-do", "12345"]
    reasons: tuple[Option, ...]
    context: str
    chosen: str = ""
    words: str = ""
    """What was chosen and typed already, when the page comes again: with an error, or while it is sent."""
    error: str = ""


class EscalatedBody(Part, tag="escalated", frozen=True, kw_only=True):
    """The report is kept: `number` is a ticket when the city answered, else the slip's number (暂存)."""

    number: str
    stored: bool
    promise: str


class EndedBody(Part, tag="ended", frozen=True, kw_only=True):
    """Goodbye: what to take along. The next touch begins a new visit."""

    reminders: tuple[str, ...]


class OutOfServiceBody(Part, tag="out-of-service", frozen=True, kw_only=True):
    """暂停服务, with the reason in plain words and where to go; the short code is for the technician."""

    reason: str
    code: str


VisitBody = (
    HomeBody
    | ItemsBody
    | FacetsBody
    | SearchBody
    | HelpBody
    | EscalateBody
    | EscalatedBody
    | EndedBody
    | OutOfServiceBody
)


class VisitPage(Part, frozen=True, kw_only=True):
    """A page that belongs to no item."""

    title: str
    body: VisitBody
    primary: Action | None = None
    back: Action | None = None
    others: tuple[Action, ...] = ()


class Idle(Part, frozen=True, kw_only=True):
    """The idle warning: seconds left before the screen is wiped; extended by ``action=extend``."""

    seconds_left: int


class View(Part, frozen=True, kw_only=True):
    """Everything the web room needs to draw the screen once."""

    turn: int
    page: Page | VisitPage
    service_name: str
    terminal: str
    elder: bool = False
    large: bool = False
    offline: bool = False
    visitor: str = ""
    """Masked name of whoever is logged in, e.g. ``王*兰``."""
    idle: Idle | None = None
    channel: Literal["terminal", "stm"] = "terminal"
    demo: bool = False
    missed: bool = False
    """The touch that this answers came too late to count: what was typed before it is still unsent."""


def asks(view: View) -> object:
    """What a tap on `view` answers: on a list of items an item is meant, whatever else its tiles say now."""
    body = view.page.body
    if isinstance(body, HomeBody | ItemsBody | SearchBody):
        return type(body), [tile.item for tile in body.tiles]
    return view.page
