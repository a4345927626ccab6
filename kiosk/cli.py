"""The console script `kiosk`. Each command says in plain words what it did; `--json` says it to machines.

Exit codes: 0 all is well; 1 something was found or refused; 2 the call or the configuration is wrong.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from drivers.exc import DriverError
from flows.loader import CATALOGUE, FlowError, load_all
from kiosk import __version__, config, keys
from offline_cache.desk import Because
from offline_cache.exc import OfflineCacheError
from offline_cache.submission import State

T = TypeVar("T")

CHECKOUT = Path(__file__).resolve().parents[1]
"""The repository, when this runs from one; else where packages are installed."""

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


def _config(path: Path) -> config.Config:
    try:
        return config.load(path)
    except config.ConfigError as error:
        raise Told(str(error)) from error


def _say(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """The self-service terminal agent."""


@main.command()
@CONFIG
@click.option(
    "--ready", type=click.Path(path_type=Path, dir_okay=False), help="Write the address here when serving."
)
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info")
def run(config_file: Path, ready: Path | None, log_level: str) -> None:
    """Run the terminal until it is told to stop (SIGTERM, Ctrl-C)."""
    from kiosk import logs, service, undumped  # noqa: PLC0415 - the other commands start without devices and web

    undumped.never_dumped()
    settings = _config(config_file)
    logs.set_up(log_level)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())

    def serving(address: str) -> None:
        if ready is None:
            click.echo(address)
        else:
            _write_private(ready, json.dumps({"url": address, "pid": os.getpid()}))

    try:
        service.run(settings, serving, stopped)
    except (keys.KeyFileError, OfflineCacheError, DriverError, FlowError, ValueError, OSError) as error:
        raise Told(f"{type(error).__name__}: {error}") from error


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all, and for the agent's user only: it holds the secret of the pages."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(path)


_PASS_ON: dict[str, Any] = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


@main.command(context_settings=_PASS_ON)
@click.pass_context
def demo(context: click.Context) -> None:
    """A city, simulated devices, the terminal, and a dock to act on them (from a checkout only)."""
    _deploy("deploy.demo", context.args)


@main.command(context_settings=_PASS_ON)
@click.pass_context
def walk(context: click.Context) -> None:
    """Walk ITEM through the pages from first touch to rating, and judge it (from a checkout only)."""
    _deploy("deploy.walk", context.args)


def _deploy(module: str, arguments: list[str]) -> NoReturn:
    """The demo and the walker are not on a terminal; where they are, they run in this process's place."""
    if not (CHECKOUT / "deploy" / "__init__.py").is_file():
        raise Told("this is a field build: the demo and the walker run from a checkout of the repository")
    # deploy is not installed, not even from a checkout: it is found beside us, wherever one stands.
    where = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH", "")]))
    os.execve(  # noqa: S606 - fixed program
        sys.executable, [sys.executable, "-m", module, *arguments], {**os.environ, "PYTHONPATH": where}
    )


@main.group()
def flows() -> None:
    """The items."""


@flows.command("list")
@JSON
def flows_list(as_json: bool) -> None:
    """All items with what they need and how much is typed before and after prefill."""
    from kiosk.commands.flows import described  # noqa: PLC0415 - as above

    rows = [described(flow) for flow in _flows().values()]
    if as_json:
        _say(rows)
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
        _say(
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
        _say(found)
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


@main.command()
@CONFIG
@JSON
def doctor(config_file: Path, as_json: bool) -> None:
    """Look at everything a visit needs: files, keys, network, devices; each with its remedy."""
    from kiosk import logs  # noqa: PLC0415 - as above
    from kiosk.commands.doctor import examine  # noqa: PLC0415

    logs.set_up("error")  # what a driver warns of is said by its check
    settings = _config(config_file)

    def progress(what: str) -> None:
        click.echo(f"… {what}", err=True)

    checks = examine(settings, progress)
    if as_json:
        _say([check.as_dict() for check in checks])
    else:
        for check in checks:
            click.echo(str(check))
    sys.exit(0 if all(check.state != "bad" for check in checks) else 1)


@main.group()
def payments() -> None:
    """What was begun to be paid here, and what became of it."""


@payments.command("list")
@CONFIG
@JSON
def payments_list(config_file: Path, as_json: bool) -> None:
    """Every payment of this terminal and its state; works beside a running agent."""
    from kiosk.commands.payments import rows  # noqa: PLC0415 - as above

    try:
        found = rows(_config(config_file).store.path)
    except OfflineCacheError as error:
        raise Told(f"{type(error).__name__}: {error}") from error
    if as_json:
        _say(found)
        return
    for row in found:
        click.echo(
            f"{row['opened_at']}  {row['state']:12} {row['fen'] / 100:>10.2f}  {row['item']:28} {row['id']}"
        )
    click.echo(f"{len(found)} payments")


@main.group()
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
        found = rows(_config(config_file).store.path, State(state) if state else None)
    except OfflineCacheError as error:
        raise Told(f"{type(error).__name__}: {error}") from error
    if as_json:
        _say(found)
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
        found = desk(_config(config_file).store.path)
    except OfflineCacheError as error:
        raise Told(f"{type(error).__name__}: {error}") from error
    if as_json:
        _say(found)
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
        release(_config(config_file).store.path, key)
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
        close(_config(config_file).store.path, key, Because(because))
    except OfflineCacheError as error:
        raise Told(f"{type(error).__name__}: {error}") from error
    click.echo(f"{key} is closed, and its content is gone")


@main.group()
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
        found = verified(_config(config_file).store.path, anchors)
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
        for body in shown(_config(config_file).store.path, after, limit):
            click.echo(body)
    except OfflineCacheError as error:
        raise Told(f"{type(error).__name__}: {error}") from error


@main.group()
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
    from kiosk.commands import printer as probing  # noqa: PLC0415 - as above

    def complain(why: str) -> None:
        click.echo(why, err=True)

    try:
        if file is not None:
            probing.free(file)
        if typed is not None:
            profile, words = probing.conclude(typed, probing.measured(config_file))
        else:
            found = probing.print_page(_config(config_file), config_file, complain)
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


@main.group()
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

    settings = _config(config_file)
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
        _say(value)
    sys.exit(0 if well else 1)


@main.group()
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

    config = _config(config_file)
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


@main.group()
def receipt() -> None:
    """Receipts and slips."""


@receipt.command("verify")
@click.argument("code")
@click.option(
    "--jwks", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Public keys of terminals."
)
@CONFIG
@JSON
def receipt_verify(code: str, jwks: Path | None, config_file: Path, as_json: bool) -> None:
    """Check the signature in the QR of a paper, offline. CODE is the QR's text, or - to read it from input.

    Without --jwks the paper is checked against this terminal's own key.
    """
    from kiosk.commands.receipts import check, public_keys  # noqa: PLC0415 - as above

    # A scanner may be set to another encoding: what comes of it is no code, and no crash.
    text = sys.stdin.buffer.read(65536).decode(errors="replace") if code == "-" else code
    try:
        if jwks is None:
            public = [dict(keys.load(_config(config_file).identity.key_file).public_jwk)]
        else:
            public = public_keys(jwks)
        genuine, facts = check(text, public)
    except (OSError, ValueError) as error:
        raise Told(f"{type(error).__name__}: {error}") from error
    if as_json:
        _say({"genuine": genuine, **facts})
    else:
        click.echo("真 genuine" if genuine else "不可信 not genuine")
        for name, value in facts.items():
            click.echo(f"  {name}: {value}")
    sys.exit(0 if genuine else 1)


if __name__ == "__main__":
    main()
