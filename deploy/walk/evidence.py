"""What a verdict goes by: the city's records before and after, paper that came out, what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from deploy.demo.city import PrintedPage
from deploy.walk.papers import Paper, Sheet
from deploy.walk.walker import Walk
from flows import kinds
from flows.model import Flow

Makes = Literal[
    "case",
    "benefit",
    "supplement",
    "report",
    "booking",
    "payment",
    "certificate",
    "lookup",
    "rating",
    "answer",
]
"""What an item leaves at the city when it is done; `answer`: nothing but that it was asked."""

_SUBMITS: dict[str, Makes] = {"supplementCase": "supplement", "escalate": "report"}
Row = Mapping[str, Any]
PUBLIC = frozenset({"getHealth", "getKeys", "getCatalogue", "getGuide", "getCodes", "searchPolicies"})
"""What is asked without anybody standing there; and so are lists that departments publish."""
_LIST = "/options/entries"
"""How the path of such a list ends."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the city says when asked about what came into its ledger: by case, payment, print."""

    filed: Mapping[str, Row] = field(default_factory=dict)
    paid: Mapping[str, Row] = field(default_factory=dict)
    printed: Mapping[str, PrintedPage] = field(default_factory=dict)


@dataclass(slots=True)
class Evidence:
    """What the verdict goes by. `before`, `after`: the city's ledger, at last with the cable in.

    `kinds`: the kinds of paper that the item prints, by its own file; `bills`: those of which one was to be
    paid; `pays`: a fee is paid on the way to what the item makes.
    """

    item: str
    makes: Makes
    kinds: frozenset[str]
    terminal: str
    applicant: str
    beneficiary: str
    offline: bool
    walk: Walk
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    papers: Sequence[Paper]
    sheets: Sequence[Sheet] = ()
    told: Told = field(default_factory=Told)
    bills: frozenset[str] = frozenset()
    pays: bool = False

    def new(self, what: str) -> list[Row]:
        """What came into this list of the ledger during the walk."""
        found: list[Row] = self.after[what][len(self.before[what]) :]
        return found

    @property
    def cases(self) -> list[Row]:
        """The cases that are no child of a bundle."""
        return [case for case in self.new("cases") if case["parent"] is None]

    @property
    def genuine(self) -> list[Paper]:
        """The receipts that this terminal signed."""
        return [paper for paper in self.papers if paper.genuine]

    def times(self, key: str) -> int:
        """How often a submission took effect."""
        return int(self.after["effects"].get(key, 0))

    def answered(self, operation: str) -> bool:
        """Whether the city answered this well: in this walk and, where it is asked of an item, of this one;
        public content at any time."""
        new = self.new("requests")
        asked = [each for each in self.after["requests"] if each["operation"] == operation]
        if operation in {"query", "getOptions"}:
            asked = [each for each in asked if f"/{self.item}/" in each["path"]]
        return any(each["status"] == 200 and (is_public(each) or each in new) for each in asked)


def pays(flow: Flow) -> bool:
    """Whether a fee is paid on the way to what `flow` makes."""
    return makes(flow) != "payment" and any(isinstance(step, kinds.Pay) for step in flow.steps)


def is_public(request: Row) -> bool:
    """Whether it was asked for nobody: its answer may have been kept from before."""
    listed = request["operation"] == "getOptions" and request["path"].endswith(_LIST)
    return listed or request["operation"] in PUBLIC


def makes(flow: Flow) -> Makes:
    """What `flow` leaves at the city, by its steps."""
    found: Makes = "answer"
    for step in flow.steps:
        match step:
            case kinds.Submit():
                found = _SUBMITS.get(step.operation, "case")
            case kinds.ConfirmBenefit():
                found = "benefit"
            case kinds.Book():
                found = "booking"
            case kinds.Pay():
                found = "payment"
            case kinds.Lookup():
                found = "lookup"
            case kinds.Rate() if step.case is not None:
                found = "rating"
            case kinds.Print() if step.paper == "certificate":
                found = "certificate"
            case _:
                pass
    return found
