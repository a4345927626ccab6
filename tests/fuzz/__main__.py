"""One target under atheris: ``python -m tests.fuzz TARGET [option of libFuzzer ...] [folder ...]``.

TARGET is a name of `TARGETS` or ``module:NAME``. The folders' inputs are read first; what reaches new code
is written into the first. It ends with 0 after so many runs, else says what it found; the options are at
https://llvm.org/docs/LibFuzzer.html.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import atheris

from tests.drivers.mutations import mutated
from tests.fuzz.target import Fuzzed
from tests.fuzz.targets import TARGETS, load

Mutator = Callable[[bytes, int, int], bytes]
"""Of an input of the corpus, the longest that there may be and a seed: the next input."""

_ROOT = Path(__file__).resolve().parents[2]
_LOOKED_INTO = ["drivers", "h11"]


def main(place: str, options: list[str]) -> None:
    """Does not return: libFuzzer ends the process."""
    with atheris.instrument_imports(include=_LOOKED_INTO, exclude=_simulators()):
        fuzzed = load(TARGETS.get(place, place))
    again = shlex.join([sys.executable, "-m", "tests.fuzz", place])  # by which -merge=1 starts its children
    given = [again, f"-max_len={fuzzed.longest}", *options]
    mutator = next_inputs(fuzzed, lambda data, longest: atheris.Mutate(data, longest))  # noqa: PLW0108 - by its name each time: `Setup` puts another in its place
    atheris.Setup(given, atheris.instrument_func(fuzzed.check), custom_mutator=mutator)
    atheris.Fuzz()


def next_inputs(fuzzed: Fuzzed, by_libfuzzer: Callable[[bytes, int], bytes]) -> Mutator:
    """The mutator: half of the inputs are valid ones with a few bytes changed, the others libFuzzer makes of
    what reached new code."""

    def made(data: bytes, longest: int, seed: int) -> bytes:
        chance = Random(seed)
        if chance.random() < 0.5:
            return mutated(chance.choice(fuzzed.valid), chance)[:longest]
        return bytes(by_libfuzzer(data, longest))

    return made


def _simulators() -> list[str]:
    """They play the device, and have branches enough of their own."""
    files = (each.relative_to(_ROOT).with_suffix("") for each in (_ROOT / "drivers").rglob("*.py"))
    parts = [each.parts[:-1] if each.name == "__init__" else each.parts for each in files]
    return [".".join(each) for each in parts if {"simulator", "simulated", "simkit"} & set(each)]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
