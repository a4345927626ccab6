"""One citizen at the terminal: everything that is known of them, in memory, for one visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from flows.held import Known
from flows.model import Flow
from flows.run import Person, Run


@dataclass(slots=True, repr=False)
class Visit:
    """The only place where personal data lives. `wipe` empties it; nothing of it is ever written down.

    `id` is random per visit and never derived from an ID number; `began` and `touched` are monotonic.
    """

    id: str
    began: float
    touched: float
    person: Person | None = None
    known: dict[str, Known] = field(default_factory=dict)
    flow: Flow | None = None
    run: Run | None = None
    runs: int = 0
    items_done: int = 0

    def __repr__(self) -> str:
        """The id, and nothing personal."""
        return f"Visit({self.id})"

    def meet(self, person: Person) -> None:
        """`person` stands there now. What is known of somebody else, who stood there before, is forgotten."""
        before = self.person
        if before is not None and before.id_number.upper() != person.id_number.upper():
            self.person = None
            self.known.clear()

    def learn(self, flow: Flow, run: Run) -> None:
        """Keep what the next item of this visit need not ask again (fields with ``keep: visit``).

        What was entered for somebody else (proxy) is not kept. What the citizen typed or chose is marked,
        so that the next item's pages say so.
        """
        if run.person is not None:
            self.person = run.person
        if run.principal is not None:
            return
        for name, known in run.values.items():
            if flow.fields[name].keep == "visit" and known.value:
                self.known[name] = replace(known, earlier=known.chosen or known.source == "typed")

    def next_run_id(self) -> str:
        """A run's id, unique in the agent's life."""
        self.runs += 1
        return f"{self.id}.{self.runs}"

    def offered(self) -> Mapping[str, Known]:
        """What a new run may begin with."""
        return dict(self.known)

    def wipe(self) -> None:
        """Forget the person."""
        self.person = None
        self.known.clear()
        self.flow = None
        self.run = None
