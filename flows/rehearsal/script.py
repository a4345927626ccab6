"""What is varied between one rehearsal and another, and by which luck."""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import msgspec

from flows import kinds
from flows.model import Flow
from flows.steps.commitment import PROOF
from flows.trials import Whom

TODAY = "2026-11-27"
AT = f"{TODAY}T10:00:00+08:00"
"""The civil time of every touch: a rehearsal takes no time."""


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes, what they do, and how the world is. What is left open is done in the plainest way.

    known: whether the city knows what it is asked by a step `prefill`.
    seed: which of several fitting answers is taken; with 0 always the first. way: how the citizen says who
    they are, where that is offered. answers: by field; of a step `pay` the method, under `pay`. refuses: what
    is typed at first, and will not do. later: roles of documents that follow. items: those of a bundle that
    are wanted; None: all. sparse: nothing that may be left empty is filled in.
    """

    seed: int = 0
    network: bool = True
    cache: bool = True
    known: bool = True
    whom: Whom = "citizen"
    way: str = "card"
    answers: Mapping[str, str] = {}
    refuses: Mapping[str, str] = {}
    later: tuple[str, ...] = ()
    items: tuple[str, ...] | None = None
    sparse: bool = False

    def below(self, what: str, limit: int) -> int:
        """A number from 0 up to `limit` for `what`: the same whatever else was drawn before."""
        return 0 if self.seed == 0 else crc32(f"{self.seed}/{what}".encode()) % limit


def varied(flow: Flow, seed: int) -> Script:
    """A script of its own for every seed: other ways, other branches, with a network and without."""
    luck = Script(seed=seed)
    later = tuple(
        each.role
        for step in flow.steps
        if isinstance(step, kinds.Documents)
        for each in step.documents
        if each.deferrable and luck.below(f"later {each.role}", 2)
    )
    bundle = flow.bundle
    items = None
    if bundle is not None:
        kept = [each for each in bundle.children if each.needed or luck.below(f"want {each.item}", 2)]
        items = tuple(each.item for each in kept)
    proof = {
        step.field: PROOF
        for step in flow.steps
        if isinstance(step, kinds.Commitment) and luck.below("proof", 2)
    }
    return Script(
        seed=seed,
        network=luck.below("network", 4) > 0,
        cache=luck.below("cache", 4) > 0,
        known=luck.below("known", 4) > 0,
        whom=whoms(flow)[luck.below("whom", len(whoms(flow)))],
        way=("card", "card", "phone", "number", "skip")[luck.below("way", 5)],
        answers=proof,
        later=later,
        items=items,
        sparse=luck.below("sparse", 3) == 0,
    )


def whoms(flow: Flow) -> tuple[Whom, ...]:
    """For whom the item can be gone through; the plainest first."""
    found: list[Whom] = []
    logins = [step.who for step in flow.steps if isinstance(step, kinds.Identify)]
    if "business" not in logins:
        found.append("citizen")
    if any(who != "citizen" for who in logins):
        found.append("business")
    if any(isinstance(step, kinds.Proxy) for step in flow.steps):
        found.append("proxy")
    return tuple(found)
