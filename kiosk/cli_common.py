"""What the commands of `kiosk` have in common: their options, how they say things and how they fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from kiosk.config import Config, ConfigError, load

CONFIG = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("terminal.toml"),
    show_default=True,
    help="The terminal's configuration.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")


class Told(click.ClickException):
    """An error that a person can act on; exit code 2."""

    exit_code = 2


def configured(path: Path) -> Config:
    """The configuration in `path`. Raises Told with every mistake in it."""
    try:
        return load(path)
    except ConfigError as error:
        raise Told(str(error)) from error


def say(value: Any) -> None:
    """Say `value` to machines."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
