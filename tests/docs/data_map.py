"""docs/data-map.md, made of the items: ``python -m tests.docs.data_map`` writes it."""

from __future__ import annotations

from collections.abc import Iterator

from flows.fields import Field
from flows.loader import BUILTIN, load_all
from flows.model import Flow
from tests.docs.pages import DOCS

PAGE = DOCS / "data-map.md"
BEGIN = "\n## Item by item\n"
"""What stands above is written by hand."""


def tables() -> str:
    """One table an item, in the order of their codes; those of the terminal itself last."""
    flows = [*load_all().values(), *load_all(BUILTIN).values()]
    return "\n".join([BEGIN, *("\n".join(_table(flow)) for flow in flows)])


def _table(flow: Flow) -> Iterator[str]:
    yield f"### {flow.item}"
    yield f"{flow.name} · version {flow.version} · level `{flow.identity}`"
    yield ""
    yield "| field | label | purpose | mask | keep | filled from |"
    yield "|---|---|---|---|---|---|"
    yield from (row for name, field in flow.fields.items() for row in _rows(name, field))
    yield ""


def _rows(name: str, field: Field) -> Iterator[str]:
    """The field's row, and those of a repeating group below it."""
    sources = ", ".join(field.prefill) or "–"
    locked = ", locked" if field.locked else ""
    yield f"| `{name}` | {field.label} | {field.purpose} | {field.mask} | {field.keep} | {sources}{locked} |"
    for inner, each in field.record.items():
        yield from _rows(f"{name}.{inner}", each)


if __name__ == "__main__":
    above = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
    PAGE.write_text(above + tables(), encoding="utf-8")
