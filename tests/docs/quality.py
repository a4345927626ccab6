"""docs/drivers/quality.md, made of each driver's quality.toml: ``python -m tests.docs.quality`` writes it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tests.docs.pages import DOCS, ROOT

PAGE = DOCS / "drivers" / "quality.md"
BEGIN = "\n## Rules and drivers\n"
"""What stands above is written by hand."""

DRIVERS = ROOT / "drivers"
FILE = "quality.toml"
SHARED = {
    "simkit": "what the simulators have in common",
    "simulated": "devices made of software, each of a driver's class",
    "gpio": "lines that door switch and lights hang on, with the one simulator of both",
}
"""Folders that are no driver of their own, and what they are instead."""

RULES = {
    "layers": "Transport, protocol and device are modules of their own.",
    "conditions": "A closed set of conditions, each with its cause and, where a hand can help, its remedy.",
    "unknown": "What is not known is `unknown`, and never shown as good.",
    "deadlines": "Every wait for the device has a deadline, closing too.",
    "one-owner": "One thread has the device, or a process that can be killed where a library can hang.",
    "close-twice": "Closing twice is closing once.",
    "nothing-personal": "Nothing personal in a `repr` or a log.",
    "events-once": "A change is told once, and not at each failed attempt.",
    "hot-plug": "Found again by its port or its serial number; a plug that bounces is waited for.",
    "simulator": "A simulator in a process of its own, that shares no code with the driver.",
    "misbehaves": "The simulator misbehaves on command, and the driver was seen to bear it.",
    "contract": "One contract suite of forty cases or more, run in memory and on real bytes.",
    "property-tests": "Property tests of every parser of what the device says.",
    "mutated-streams": "Each parser bears 20,000 mutated streams in `make test`; in `test-long` a million,"
    " and a million that coverage guides.",
    "self-test": "A self-test that asks the device itself, and uses up nothing.",
    "page": "A page with the wiring, a udev rule where one is needed, and every error with its remedy.",
    "hardware": "Seen to work on real hardware, named on its page.",
}


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the first three. Evidence is a file, a test (``file::name``) or a heading (``page#anchor``)."""

    done: tuple[str, ...] = ()
    exempt: str = ""
    todo: str = ""
    cases: int = 0
    """Of a contract suite: so many at least, counted on everything that it runs on."""

    @property
    def word(self) -> str:
        """Which of the three it is."""
        return "done" if self.done else "exempt" if self.exempt else "todo"

    @property
    def words(self) -> str:
        """The evidence or the reason, as the page shows it."""
        shown = ", ".join(f"`{each}`" for each in self.done) or self.exempt or self.todo
        return f"{shown}: {self.cases} cases or more" if self.cases else shown


def drivers() -> list[str]:
    """The folders of drivers: every package but what is shared."""
    packages = {each.parent.name for each in DRIVERS.glob("*/__init__.py")}
    return sorted(packages - set(SHARED))


def answers(driver: str) -> dict[str, Answer]:
    """What the driver's file says, by rule."""
    return msgspec.toml.decode((DRIVERS / driver / FILE).read_bytes(), type=dict[str, Answer])


def tables() -> str:
    """Rules by drivers, then each driver's answers in full."""
    said = {driver: answers(driver) for driver in drivers()}
    lines = [*_overview(said), *(line for driver in said for line in _driver(driver, said[driver]))]
    return "\n".join([BEGIN, *lines])


def _overview(said: dict[str, dict[str, Answer]]) -> Iterator[str]:
    yield f"| rule | {' | '.join(_link(driver) for driver in said)} |"
    yield "|---" * (len(said) + 1) + "|"
    for rule in RULES:
        yield f"| `{rule}` | {' | '.join(each[rule].word for each in said.values())} |"
    yield ""
    yield "| rule | what it asks |"
    yield "|---|---|"
    yield from (f"| `{rule}` | {sentence} |" for rule, sentence in RULES.items())
    yield ""


def _driver(driver: str, said: dict[str, Answer]) -> Iterator[str]:
    yield f"## `{driver}`"
    yield "| rule | | evidence, or why not |"
    yield "|---|---|---|"
    yield from (f"| `{rule}` | {said[rule].word} | {said[rule].words} |" for rule in RULES)
    yield ""


def _link(driver: str) -> str:
    return f"[{driver.replace('_', ' ')}]({driver.replace('_', '-')}.md)"


if __name__ == "__main__":
    above = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
    PAGE.write_text(above + tables(), encoding="utf-8")
