"""Tells the story of a seed: what broke, what was met; and makes one that breaks shorter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.simulation.invariants import broken
from tests.simulation.plan import scenes
from tests.simulation.story import Scene, Story


@dataclass
class Tale:
    """`broken`: what does not hold; `met`: which trouble struck at which kind of step; `lines`: the story."""

    seed: int
    scenes: tuple[Scene, ...]
    broken: list[str] = field(default_factory=list)
    met: Counter[tuple[str, str]] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """For a person: who came, what went wrong, what broke, and how to see it again."""
        told = [f"seed {self.seed}: python -m tests.simulation {self.seed}"]
        told += [f"  {each.part.item}: {each.trouble or 'nothing goes wrong'}" for each in self.scenes]
        return "\n".join([*told, *self.lines, *(f"BROKEN {each}" for each in self.broken)])


def tell(seed: int, of: Sequence[Scene] | None = None) -> Tale:
    """The story of `seed`, or of some of its scenes."""
    chosen = scenes(seed) if of is None else tuple(of)
    story = Story(seed, chosen)
    try:
        told = story.run()
        return Tale(seed, chosen, broken(told), told.met, told.lines)
    finally:
        story.close()


def shortest(tale: Tale) -> Tale:
    """The shortest story that still breaks what `tale` breaks first: fewer visits, less trouble, steadier."""
    wanted = _names(tale)
    again = True
    while again:
        again = False
        for shorter in _shorter(tale.scenes):
            tried = tell(tale.seed, shorter)
            if _names(tried) & wanted:
                tale, again = tried, True
                break
    return tale


def _names(tale: Tale) -> set[str]:
    return {each.partition(":")[0] for each in tale.broken}


def _shorter(of: tuple[Scene, ...]) -> Iterator[tuple[Scene, ...]]:
    for place, scene in enumerate(of):
        before, after = of[:place], of[place + 1 :]
        if len(of) > 1:
            yield before + after
        if scene.trouble:
            yield (*before, replace(scene, trouble="", at=""), *after)
        if scene.delay:
            yield (*before, replace(scene, delay=0.0), *after)
        if not scene.steady:
            yield (*before, replace(scene, steady=True), *after)
