"""`kiosk payments`, `kiosk outbox` and `kiosk journal`: what the terminal has stored."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kiosk.cli_common import CONFIG, JSON, Told, configured, say
from offline_cache.desk import Because
from offline_cache.exc import OfflineCacheError
from offline_cache.submission import State


@click.group()
def payments() -> None:
    """What was begun to be paid here, and what became of it."""


@payments.command("list")
@CONFIG
@JSON
def payments_list(config_file: Path, as_json: bool) -> None:
    """Every payment of this terminal and its state; works beside a running agent."""
    from kiosk.commands.payments import rows  # noqa: PLC0415 - no command waits for what another imports

    try:
        found = rows(configured(config_file).store.path)
    except OfflineCacheError as error:
        raise Told(f"{type(error).__name__}: {error}") from error
    if as_json:
        say(found)
        return
    for row in found:
        click.echo(
            f"{row['opened_at']}  {row['state']:12} {row['fen'] / 100:>10.2f}  {row['item']:28} {row['id']}"
        )
    click.echo(f"{len(found)} payments")


@click.group()
def outbox() -> None:
    """What was submitted and where it stands."""


@outbox.command("list")
@click.option(
    "--state", type=click.Choice([state.value for state in State]), help="Only those in this state."
)
@CONFIG
@JSON
def outbox_list(state: str | None, config_file: Path, as_json: bool) -> None:
    """Every submission the outbox knows, without content; works beside a running agent."""
    from kiosk.commands.outbox import rows  # noqa: PLC0415 - as above

    try:
        found = rows(configured(config_file).store.path, State(state) if state else None)
    except OfflineCacheError as error:
        raise Told(f"{type(error).__name__}: {error}") from error
    if as_json:
        say(found)
        return
    for row in found:
        click.echo(
            f"{row['created_at']}  {row['state']:12} {row['operation']:18} {row['key']}"
            f" {row['number'] or row['reason']}"
        )
    click.echo(f"{len(found)} submissions")


@outbox.command("desk")
@CONFIG
@JSON
def outbox_desk(config_file: Path, as_json: bool) -> None:
    """What the desk has to see to, and why; works beside a running agent."""
    from kiosk.commands.outbox import desk  # noqa: PLC0415 - as above

    try:
        found = desk(configured(config_file).store.path)
    except OfflineCacheError as error:
        raise Told(f"{type(error).__name__}: {error}") from error
    if as_json:
        say(found)
        return
    for row in found:
        click.echo(f"{row['key']}  {row['created_at'][:10]}  {row['name']}\n    {row['words']}")
    click.echo(f"{len(found)} for the desk")


@outbox.command("release")
@click.argument("key")
@CONFIG
def outbox_release(key: str, config_file: Path) -> None:
    """Let KEY (a slip's number) out of quarantine, to be sent again. The agent must be stopped."""
    from kiosk.commands.outbox import release  # noqa: PLC0415 - as above

    try:
        release(configured(config_file).store.path, key)
    except OfflineCacheError as error:
        raise Told(f"{type(error).__name__}: {error}") from error
    click.echo(f"{key} waits to be sent, when the agent runs")


@outbox.command("close")
@click.argument("key")
@click.option(
    "--because",
    type=click.Choice([because.value for because in Because]),
    required=True,
    help="It was filed at the desk, or the city has it under another number.",
)
@CONFIG
def outbox_close(key: str, because: str, config_file: Path) -> None:
    """Close KEY (a slip's number), which lies in quarantine. The agent must be stopped."""
    from kiosk.commands.outbox import close  # noqa: PLC0415 - as above

    try:
        close(configured(config_file).store.path, key, Because(because))
    except OfflineCacheError as error:
        raise Told(f"{type(error).__name__}: {error}") from error
    click.echo(f"{key} is closed, and its content is gone")


@click.group()
def journal() -> None:
    """What happened on this terminal."""


@journal.command("verify")
@click.option(
    "--anchors",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What the gateway keeps of this terminal's journal, exported there.",
)
@CONFIG
def journal_verify(anchors: Path | None, config_file: Path) -> None:
    """Check the hash chain: any deletion, edit, reorder or truncation is found, and where."""
    from kiosk.commands.journal import BadAnchors, verified  # noqa: PLC0415 - as above

    try:
        found = verified(configured(config_file).store.path, anchors)
    except (OfflineCacheError, BadAnchors) as error:
        raise Told(f"{type(error).__name__}: {error}") from error
    click.echo(found.words)
    sys.exit(0 if found.whole and not found.contradicted else 1)


@journal.command("show")
@click.option("--after", type=click.IntRange(0), default=0, help="Only entries after this number.")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="At most so many.")
@CONFIG
def journal_show(after: int, limit: int, config_file: Path) -> None:
    """Print entries, one JSON object a line, oldest first."""
    from kiosk.commands.journal import shown  # noqa: PLC0415 - as above

    try:
        for body in shown(configured(config_file).store.path, after, limit):
            click.echo(body)
    except OfflineCacheError as error:
        raise Told(f"{type(error).__name__}: {error}") from error
