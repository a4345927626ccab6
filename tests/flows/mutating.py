"""How much of what an author can get wrong is noticed: ``python -m tests.flows.mutating``.

Each mutant (`mutants`) is loaded, linted among the other items, and held to its own tests; and walked beside
its original by the same citizens. Where a transcript differs, a citizen meets something else, and loader (F),
linter (L) or the item's own tests (T) have to say so. A mutant that is not loaded nobody can walk. L166,
which says of any change that it was not released, counts for nothing here.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from flows import source
from flows.finding import FlowError
from flows.lint import Context, lint
from flows.model import Flow
from flows.rehearsal import Script, Transcript, rehearse, varied
from flows.rehearsal.fitting import unfitting
from flows.rehearsal.script import whoms
from flows.rehearsal.testing import failures
from kiosk.gateway import contract
from tests.flows.mutants import Mutant, Original, Originals, mutants
from tests.flows.shipped import shipped

SEEDS = range(12)
BROKEN = "broken off"
"""In place of a key: one of the item's own tests does not come to its end."""
COLUMNS = ("made", "loads", "changed", "F", "L", "T", "survived")


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant. `found`: codes that its original has not; `failed`: keys of its tests."""

    mutant: Mutant
    refused: str = ""
    """By the loader, under this code."""
    found: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    changed: bool = False
    """Whether any citizen meets something else."""

    @property
    def survived(self) -> bool:
        """Changed, and nobody says so."""
        return self.changed and not (self.refused or self.found or self.failed)


class Judge:
    """Knows the items and what was said of each before."""

    def __init__(self) -> None:
        flows = shipped()
        told = Context.shipped(contract.load(), flows)
        self._context = Context(told.operations, told.names, flows, told.lists, {})
        self._filed: dict[str, list[Flow]] = {}
        for flow in flows.values():
            for child in flow.bundle.children if flow.bundle is not None else ():
                self._filed.setdefault(child.item, []).append(flow)
        self._before: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
        self._walks: dict[str, tuple[tuple[Script, Transcript], ...]] = {}

    def verdict(self, mutant: Mutant) -> Verdict:
        """Load, lint, test, walk."""
        try:
            flow = source.read(mutant.text, str(mutant.original.path)).flow
        except FlowError as error:
            return Verdict(mutant, refused=error.findings[0].code)
        was = self._findings_before(mutant)
        return Verdict(
            mutant,
            found=tuple(sorted({code for code, _ in self._findings(flow) - was})),
            failed=_failed(flow),
            changed=any(_walk(flow, script) != got for script, got in self._walked(mutant.original)),
        )

    def _findings(self, flow: Flow) -> Counter[tuple[str, str]]:
        """Of `flow`, and of the bundles that file it."""
        among = _Among(self._context, flow)
        return Counter(
            (found.code, found.why)
            for each in (flow, *self._filed.get(flow.item, ()))
            for found in lint(each, among)
        )

    def _findings_before(self, mutant: Mutant) -> Counter[tuple[str, str]]:
        original = mutant.original
        key = (original.read.flow.item, mutant.form)
        if key not in self._before:
            flow = original.read.flow
            self._before[key] = self._findings(replace(flow, pattern="") if mutant.form == "whole" else flow)
        return self._before[key]

    def _walked(self, original: Original) -> tuple[tuple[Script, Transcript], ...]:
        flow = original.read.flow
        if flow.item not in self._walks:
            self._walks[flow.item] = tuple((script, rehearse(flow, script)) for script in scripts(flow))
        return self._walks[flow.item]


def _walk(flow: Flow, script: Script) -> Transcript | None:
    """None where it breaks off: the city does not answer what the step asks, or a step is gone."""
    try:
        return rehearse(flow, script)
    except Exception:  # noqa: BLE001 - whatever the engine breaks off with
        return None


def _failed(flow: Flow) -> tuple[str, ...]:
    try:
        return tuple(sorted({each.what for each in failures(flow)}))
    except Exception:  # noqa: BLE001 - as above
        return (BROKEN,)


class _Among(Context):
    """All items, one of them another than before; the others' names and shapes are as they were."""

    def __init__(self, before: Context, flow: Flow) -> None:
        flows = {**before.flows, flow.item: flow}
        super().__init__(before.operations, before.names, flows, before.lists, before.released)
        self.by_short, self.by_shape = before.by_short, before.by_shape


def scripts(flow: Flow) -> Iterator[Script]:
    """Who walks: everybody for whom the item is, with a network and without, as they come and by chance; and
    such as type at each field first what it refuses."""
    for whom in whoms(flow):
        for network, cache in ((True, True), (False, True), (False, False)):
            yield Script(whom=whom, network=network, cache=cache)
    yield from (varied(flow, seed) for seed in SEEDS)
    alone = Script(whom=whoms(flow)[0], known=False)
    told = {
        sent.name: str(json.loads(sent.value))
        for effect in rehearse(flow, alone).effects
        for sent in effect.fields
        if sent.value.startswith('"')
    }
    asked = dict(flow.fields)
    for field in flow.fields.values():
        asked |= field.record
    wrong = {name: unfitting(field, alone, name, told) for name, field in asked.items()}
    for number in range(max(map(len, wrong.values()), default=0)):
        yield replace(alone, refuses={n: each[number] for n, each in wrong.items() if number < len(each)})


def judged(seed: int, count: int) -> list[Verdict]:
    """`count` mutants, judged."""
    judge = Judge()
    return [judge.verdict(mutant) for mutant in mutants(seed, count, Originals())]


def share(verdicts: Iterable[Verdict]) -> float:
    """Of the mutants that load and whose walk has changed, how many are noticed: 0 to 1."""
    changed = [each for each in verdicts if each.changed]
    return sum(not each.survived for each in changed) / len(changed)


def table(verdicts: list[Verdict]) -> str:
    """A row for each kind of mistake, and one for all. F counts all that are
    not loaded; L and T those whose walk has changed, each under the first that notices."""
    rows: list[tuple[str, ...]] = [("", *COLUMNS)]
    for kind in (*dict.fromkeys(each.mutant.kind for each in verdicts), "all"):
        some = [each for each in verdicts if kind in {each.mutant.kind, "all"}]
        changed = [each for each in some if each.changed]
        rows.append(
            (
                kind,
                *map(
                    str,
                    (
                        len(some),
                        sum(not each.refused for each in some),
                        len(changed),
                        sum(bool(each.refused) for each in some),
                        sum(bool(each.found) for each in changed),
                        sum(bool(each.failed) and not each.found for each in changed),
                        sum(each.survived for each in changed),
                    ),
                ),
            )
        )
    return "\n".join(f"{row[0]:32}" + "".join(f"{each:>10}" for each in row[1:]) for row in rows)


def main() -> None:
    """Print the table and whatever survived."""
    parser = argparse.ArgumentParser(prog="python -m tests.flows.mutating")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    asked = parser.parse_args()
    verdicts = judged(asked.seed, asked.count)
    sys.stdout.write(f"{table(verdicts)}\n\n")
    for each in verdicts:
        if each.survived:
            sys.stdout.write(f"survived: {each.mutant}\n")
    broken = sum(BROKEN in each.failed and not each.found for each in verdicts)
    sys.stdout.write(f"of T, noticed only by a test that breaks off: {broken}\n")
    sys.stdout.write(f"noticed of those that load and change: {share(verdicts):.1%}\n")


if __name__ == "__main__":
    main()
