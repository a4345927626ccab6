"""What an item is: typed, immutable, as read from one YAML file under ``flows/catalogue/``.

Nothing here runs. The words are those of ``docs/decisions/0001-words.md`` and the catalogue; the
operations are `operationId`s of the gateway's contract, never URLs. Fields stand in `flows.fields`,
the kinds of step in `flows.kinds`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from msgspec import Meta

from flows.fields import Base, Field, FieldName, Label, Level
from flows.kinds import Bundle, ItemCode, Step
from flows.trials import Trial

Policy = Literal["unavailable", "queue", "cached"]
DeviceName = Literal[
    "id_card",
    "receipt_printer",
    "document_printer",
    "payment_terminal",
    "smart_card",
    "code_scanner",
    "camera",
    "door",
    "lights",
    "touchscreen",
    "keypad",
    "speaker",
]


class Flow(Base, frozen=True, kw_only=True, dict=True):
    """One item 事项, complete."""

    item: ItemCode
    version: Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)*$")]
    name: Label
    """Official name, as in the catalogue and on the receipt."""
    short: Annotated[str, Meta(min_length=2, max_length=12)]
    """For a tile."""
    summary: Annotated[str, Meta(min_length=2, max_length=60)]
    department: Label
    pattern: str = ""
    """Of `flows/patterns/`: where its steps are from; empty when they are its own."""
    kind: Literal[
        "apply",
        "query",
        "print-certificate",
        "declare",
        "report-status",
        "one-thing",
        "book",
        "pay",
        "policy-match",
    ]
    audience: Literal["citizen", "business", "both"]
    channels: Annotated[tuple[Literal["terminal", "stm"], ...], Meta(min_length=1)]
    identity: Level
    offline: Policy
    needs: tuple[DeviceName, ...]
    badges: tuple[str, ...] = ()
    remarks: str = ""
    """For colleagues: where and why this file differs from the catalogue."""
    fields: dict[FieldName, Field]
    steps: Annotated[tuple[Step, ...], Meta(min_length=1)]
    tests: tuple[Trial, ...] = ()
    """What a citizen meets, as `flows.rehearsal` holds the item to it."""

    @property
    def domain(self) -> str:
        """First part of the code, e.g. ``civil``."""
        return self.item.partition(".")[0]

    @cached_property
    def bundle(self) -> Bundle | None:
        """The bundle that it files, if it files one. Kept: every question of every page asks for it."""
        return next((step for step in self.steps if isinstance(step, Bundle)), None)
