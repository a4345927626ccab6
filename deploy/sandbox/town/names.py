"""Names for fictional people: by decade and sex, some long, some rare, some with a middle dot."""

from __future__ import annotations

import random
from typing import Any

from .making import loaded


def _words() -> Any:
    return loaded("names.yaml")


def surname(rng: random.Random) -> str:
    """A surname; one in twenty is rare or has two signs."""
    words = _words()
    found: str = rng.choice(words["surnames_rare"] if rng.random() < 0.05 else words["surnames"])
    return found


def _style(year: int) -> str:
    return "old" if year < 1962 else "middle" if year < 1990 else "young"


def given(rng: random.Random, sex: str, year: int) -> str:
    """A given name as people of that year have; one in fifteen has a sign that is hard to print."""
    words = _words()
    first, second = words["men" if sex == "1" else "women"][_style(year)]
    name = str(rng.choice(first)) + (rng.choice(second) if rng.random() < 0.85 else "")
    return f"{name[:1]}{rng.choice(words['rare'])}" if rng.random() < 0.07 else name


def dotted(rng: random.Random, sex: str, parent: str = "") -> str:
    """A name that has no surname: the given name, a middle dot, the given name of the father."""
    words = _words()["dotted"]
    own = rng.choice(words["men" if sex == "1" else "women"])
    return f"{own}·{parent.split('·', maxsplit=1)[0] or rng.choice(words['men'])}"


def tibetan(rng: random.Random, sex: str) -> str:
    """Four signs, none of them a surname."""
    name: str = rng.choice(_words()["tibetan"]["men" if sex == "1" else "women"])
    return name
