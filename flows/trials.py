"""What an item says a citizen meets: its own tests, a few lines each, which a rehearsal holds it to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta

from flows.fields import Base, FieldName, Label, Level, Text
from flows.kinds import ItemCode, Role

Whom = Literal["citizen", "business", "proxy"]
"""For oneself; for a company, as its handler; for somebody else, with their card."""
Ends = Literal[
    "case", "slip", "paid", "booked", "shown", "continued", "refused", "unavailable", "left", "stuck"
]
"""How it ended. case: accepted under a number. slip: written down here, to be sent. shown: an answer was
looked at. continued: another item goes on. refused, unavailable: told why not. left: the citizen gave up.
stuck: nothing led on, which no item may."""
Asked = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?\??$", max_length=90)]
"""A field (within a group that repeats: group.field); with ``?`` it may be left empty."""


class Trial(Base, frozen=True, kw_only=True, rename={"whom": "as"}):
    """One citizen at this item, and what comes of it.

    The first keys say who it is and what they do; the others what they must meet. Of `path`, `pages`,
    `asks`, `judged`, `sends`, `files` and `level` a test says only what differs from the test before it; any
    other key left out means none.
    """

    name: Label
    network: bool = True
    cache: bool = True
    """Whether what is published (guide, lists, policies) lies on the terminal, where there is no network."""
    known: bool = True
    """Whether the city knows what a step `prefill` asks."""
    whom: Whom = "citizen"
    by: Literal["card", "phone", "number", "skip"] = "card"
    """How they say who they are, where the item offers it; `skip`: not at all."""
    answers: Mapping[FieldName, str] = {}
    """What is chosen or typed (`pay`: the way of paying); any other field gets what fits it."""
    refuses: Mapping[FieldName, Annotated[str, Meta(max_length=600)]] = {}
    """What is typed first, and must be refused at its field; empty: the field may not be left empty."""
    later: tuple[Role, ...] = ()
    """Documents that the citizen brings later (容缺), and that the city is told so."""
    items: tuple[ItemCode, ...] | None = None
    """Of a bundle: the items that are wanted and filed."""

    path: tuple[str, ...] | None = None
    """The kinds of step, in order, at which the citizen or the city was asked something. ``face`` stands
    behind the step at which a face was compared."""
    pages: tuple[Text, ...] | None = None
    """The pages with something of the item's own, each in a line: its title; behind a colon the ways of
    showing who it is, the questions with their kind, the choices, documents or items. ``?``: may be left
    empty, is not needed; ``!``: only shown; ``*``: a main document; ``+``: may follow later."""
    asks: tuple[Asked, ...] | None = None
    """The fields that the citizen typed or chose, in order."""
    judged: tuple[FieldName, ...] | None = None
    """The fields by which the city judged whether they may apply (a step `eligibility`)."""
    sends: tuple[Text, ...] | None = None
    """The fields in what was filed, queried, paid or booked in the end."""
    files: tuple[Text, ...] | None = None
    """Of a bundle: each item that was filed, and behind a colon the fields and documents that it got."""
    level: Level | None = None
    """How well the citizen was known in the end."""
    documents: tuple[Role, ...] = ()
    """The documents that were sent."""
    unchecked: tuple[str, ...] = ()
    """What could not be checked, as it is sent."""
    papers: tuple[str, ...] = ()
    """What was printed."""
    ends: Ends
    told: str = ""
    """The code of the page that said why not."""
