"""Stepping up inside a visit (RFC 9470): which ways of logging in reach the level that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from kiosk.identity.outcomes import Level
from kiosk.identity.provider import DEVICE_CODE, JWT_BEARER, Metadata


class Way(StrEnum):
    """What a citizen may do at the terminal to be known (better)."""

    CARD = "card"
    CARD_FACE = "card+face"
    NUMBER_FACE = "number+face"
    """Only where the item allows it: the engine knows, not the platform."""
    PHONE = "phone"


_LEVELS = {
    Way.CARD: Level.CARD,
    Way.CARD_FACE: Level.CARD_FACE,
    Way.NUMBER_FACE: Level.CARD_FACE,
    Way.PHONE: Level.PHONE,
}


def ways_to(acr_values: Sequence[str], metadata: Metadata) -> tuple[Way, ...]:
    """The ways that this platform offers and that reach one of `acr_values` (a challenge's; RFC 9470, 3).

    Those whose level is named come first, then those that are as good. A challenge may name none: then
    only the highest will do. Empty where no way that we know reaches any of them.
    """
    wanted = [Level(acr) for acr in acr_values if acr in set(Level)]
    if not acr_values:
        wanted = [Level.CARD_FACE, Level.PHONE]
    offered = [way for way in Way if _offered(way, metadata)]
    named = [way for way in offered if _LEVELS[way] in wanted]
    others = [
        way for way in offered if way not in named and any(_LEVELS[way].reaches(least) for least in wanted)
    ]
    return (*named, *others)


def _offered(way: Way, metadata: Metadata) -> bool:
    grant = DEVICE_CODE if way is Way.PHONE else JWT_BEARER
    if way is Way.PHONE and metadata.device_authorization_endpoint is None:
        return False
    return metadata.grants is None or grant in metadata.grants
