"""`kiosk flows`: look at the items, test them, pack them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from flows.loader import CATALOGUE, FlowError, load_all
from kiosk.cli_common import JSON, Told, say


@click.group()
def flows() -> None:
    """The items."""


@flows.command("list")
@JSON
def flows_list(as_json: bool) -> None:
    """All items with what they need and how much is typed before and after prefill."""
    from kiosk.commands.flows import described  # noqa: PLC0415 - no command waits for what another imports

    rows = [described(flow) for flow in _flows().values()]
    if as_json:
        say(rows)
        return
    for row in rows:
        click.echo(f"{row['item']:40} v{row['version']:4} {row['offline']:12} {row['name']}")


@flows.command("lint")
@JSON
def flows_lint(as_json: bool) -> None:
    """Every finding in the items, with why and remedy."""
    from kiosk.commands.flows import linted  # noqa: PLC0415 - as above

    try:
        findings = linted(load_all(CATALOGUE), CATALOGUE)
    except FlowError as error:
        findings = list(error.findings)
    if as_json:
        say(
            [
                {"file": f.file, "line": f.line, "code": f.code, "why": f.why, "remedy": f.remedy}
                for f in findings
            ]
        )
    else:
        for finding in findings:
            click.echo(str(finding))
        click.echo(f"{len(findings)} findings")
    sys.exit(1 if findings else 0)


@flows.command("test")
@click.argument("item", required=False)
@JSON
def flows_test(item: str | None, as_json: bool) -> None:
    """The tests that items carry, of ITEM or of all: each failure in words."""
    from flows.loader import BUILTIN  # noqa: PLC0415 - as above
    from kiosk.commands.flows import tested  # noqa: PLC0415

    known = {**_flows(), **load_all(BUILTIN)}
    if item is not None and item not in known:
        raise Told(f"there is no item {item}; `kiosk flows list` has them all")
    found, words = tested(list(known.values()) if item is None else [known[item]])
    if as_json:
        say(found)
    else:
        click.echo(words)
    sys.exit(1 if found else 0)


@flows.command("pack")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--version", help="Of the set, e.g. 2026-11-27 or 2026-11-27.2; today without it.")
def flows_pack(file: Path, version: str | None) -> None:
    """All items as one FILE, which terminals take between two visits; refused while lint finds anything."""
    from kiosk.commands.pack import RefusedToPack, pack  # noqa: PLC0415 - as above

    try:
        click.echo(pack(file, version))
    except (RefusedToPack, FlowError) as error:
        raise Told(str(error)) from error


@flows.command("schema")
def flows_schema() -> None:
    """The JSON Schema of an item's file, for editors."""
    from flows.editors import schema  # noqa: PLC0415 - as above

    click.echo(json.dumps(schema(), ensure_ascii=False, indent=1))


@flows.command("show")
@click.argument("item")
def flows_show(item: str) -> None:
    """An item with its pattern's steps and the dictionary's fields, whole."""
    from kiosk.commands.flows import whole  # noqa: PLC0415 - as above

    flow = _flows().get(item)
    if flow is None:
        raise Told(f"there is no item {item}; `kiosk flows list` has them all")
    click.echo(whole(flow), nl=False)


def _flows() -> dict[str, Any]:
    try:
        return dict(load_all())
    except FlowError as error:
        raise Told(str(error)) from error
