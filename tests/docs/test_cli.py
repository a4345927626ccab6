"""docs/cli.md: every command, every option, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from kiosk.cli import main
from tests.docs.pages import ROOT, read, rows

WRITTEN = rows(read("cli.md"))
PASSED_ON = {"kiosk demo": "deploy/demo/__main__.py", "kiosk walk": "deploy/walk/__main__.py"}
"""Commands whose options are read by a program of a checkout."""


def commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that can be typed, by its words."""
    for word, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


def options(name: str, command: click.Command) -> set[str]:
    """The long options of a command, but for --help."""
    if name in PASSED_ON:
        source = (ROOT / PASSED_ON[name]).read_text(encoding="utf-8")
        return set(re.findall(r'add_argument\(\s*"(--[a-z-]+)"', source))
    flags = [flag for each in command.params for flag in (*each.opts, *each.secondary_opts)]
    return {flag for flag in flags if flag.startswith("--")}


def arguments(command: click.Command) -> list[str]:
    """The arguments as usage names them."""
    return [
        each.make_metavar(click.Context(command))
        for each in command.params
        if isinstance(each, click.Argument)
    ]


COMMANDS = dict(commands(main, "kiosk"))


def test_every_command_is_documented_and_no_other() -> None:
    assert len(COMMANDS) >= 10
    assert {re.sub(r" \[?[A-Z]+\]?$", "", name) for name in WRITTEN} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_options_and_arguments_are_those_of_the_code(name: str) -> None:
    command = COMMANDS[name]
    title = next(each for each in WRITTEN if re.sub(r" \[?[A-Z]+\]?$", "", each) == name)
    if name not in PASSED_ON:
        assert title.removeprefix(name).split() == arguments(command)
    assert set(re.findall(r"`(--[a-z-]+)`", WRITTEN[title][0])) == options(name, command)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_ours_is_explained_by_the_command_itself(name: str) -> None:
    assert COMMANDS[name].help
    assert WRITTEN[next(each for each in WRITTEN if re.sub(r" \[?[A-Z]+\]?$", "", each) == name)][1]
