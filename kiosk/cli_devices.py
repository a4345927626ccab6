"""`kiosk printer`, `kiosk touchscreen` and `kiosk speaker`: set a device up and try it out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from kiosk.cli_common import CONFIG, JSON, Told, configured, say

T = TypeVar("T")


@click.group()
def printer() -> None:
    """The receipt printer."""


@printer.command("probe")
@click.option(
    "--came-out", "typed", help="The numbers that came out right, e.g. 1-9,14: prints nothing again."
)
@click.option(
    "--write", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write a profile here."
)
@CONFIG
def printer_probe(typed: str | None, file: Path | None, config_file: Path) -> None:
    """Print a page that tries what a profile claims, ask which numbers came out right, suggest a profile.

    The agent must be stopped. The answers can also be given later, with --came-out.
    """
    from kiosk.commands import printer as probing  # noqa: PLC0415 - no command waits for what another imports

    def complain(why: str) -> None:
        click.echo(why, err=True)

    try:
        if file is not None:
            probing.free(file)
        if typed is not None:
            profile, words = probing.conclude(typed, probing.measured(config_file))
        else:
            found = probing.print_page(configured(config_file), config_file, complain)
            click.echo(probing.questions(found))
            profile, words = probing.until_right(
                lambda: str(click.prompt("Which came out right (e.g. 1-9,14)")), complain, found
            )
        click.echo(words)
        if file is not None:
            probing.write(profile, file)
            click.echo(f'{file} is written: profile = "{file}"')
    except click.Abort:
        complain("\nThe page stands: answer later with --came-out 1-9,14")
        sys.exit(1)
    except (probing.CannotProbe, probing.BadAnswers) as error:
        raise Told(str(error)) from error


WAIT = click.option(
    "--wait",
    "within",
    type=click.FloatRange(10, 7200),
    default=900.0,
    show_default=True,
    help="Seconds until it gives up.",
)


@click.group()
def touchscreen() -> None:
    """The touchscreen."""


@touchscreen.command("calibrate")
@WAIT
@CONFIG
@JSON
def touchscreen_calibrate(within: float, config_file: Path, as_json: bool) -> None:
    """Serve a page with four crosses to touch, and write the matrix that corrects the panel for libinput.

    The agent may run. The address that is told is for a browser in full screen on the terminal itself.
    """
    from kiosk.commands import touchscreen as bench  # noqa: PLC0415 - as above

    settings = configured(config_file)
    outcome = _on_a_page(lambda say: bench.calibrate(settings, say, within))
    words = bench.calibrated_words(outcome, settings)
    _end_with(outcome.matrix is not None, words, bench.as_json(outcome) if as_json else None)


@touchscreen.command("test")
@WAIT
@JSON
def touchscreen_test(within: float, as_json: bool) -> None:
    """Serve a page that finds dead zones (a grid to paint) and ghost touches (hands off for ten seconds).

    It needs no configuration, and the agent may run: whatever the browser has its touches from is tested.
    """
    from kiosk.commands import touchscreen as bench  # noqa: PLC0415 - as above

    outcome = _on_a_page(lambda say: bench.test(say, within))
    _end_with(outcome.well, bench.tested_words(outcome), bench.as_json(outcome) if as_json else None)


def _on_a_page(serve: Callable[[Callable[[str], None]], T]) -> T:
    """What came of pages that a technician was told the address of."""
    from kiosk.commands.touchscreen import CannotCalibrate, NotDone  # noqa: PLC0415 - as above

    try:
        return serve(lambda words: click.echo(words, err=True))
    except (CannotCalibrate, OSError) as error:
        raise Told(str(error)) from error
    except NotDone as error:
        click.echo(str(error), err=True)
        sys.exit(1)


def _end_with(well: bool, words: str, value: Any) -> NoReturn:
    """Say it, to machines where there is a `value`."""
    if value is None:
        click.echo(words)
    else:
        say(value)
    sys.exit(0 if well else 1)


@click.group()
def speaker() -> None:
    """The loudspeaker."""


@speaker.command("test")
@click.option(
    "--heard/--not-heard", "ear", default=None, help="Answer for the tones played last: plays nothing again."
)
@CONFIG
def speaker_test(ear: bool | None, config_file: Path) -> None:
    """Play three rising tones, and ask whether they were heard.

    The answer can also be given later, with --heard or --not-heard.
    """
    from kiosk.commands import speaker as testing  # noqa: PLC0415 - as above

    config = configured(config_file)
    try:
        if ear is None:
            click.echo(testing.play(config))
            ear = click.confirm(testing.QUESTION)
        click.echo(testing.answer(config, ear))
    except click.Abort:
        click.echo("\nThe tones were played: answer later with --heard or --not-heard", err=True)
        sys.exit(1)
    except testing.CannotTest as error:
        raise Told(str(error)) from error
    sys.exit(0 if ear else 1)
