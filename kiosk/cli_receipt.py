"""`kiosk receipt`: check a paper."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kiosk import keys
from kiosk.cli_common import CONFIG, JSON, Told, configured, say


@click.group()
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
    from kiosk.commands.receipts import check, public_keys  # noqa: PLC0415 - no command waits for what another imports

    # A scanner may be set to another encoding: what comes of it is no code, and no crash.
    text = sys.stdin.buffer.read(65536).decode(errors="replace") if code == "-" else code
    try:
        if jwks is None:
            public = [dict(keys.load(configured(config_file).identity.key_file).public_jwk)]
        else:
            public = public_keys(jwks)
        genuine, facts = check(text, public)
    except (OSError, ValueError) as error:
        raise Told(f"{type(error).__name__}: {error}") from error
    if as_json:
        say({"genuine": genuine, **facts})
    else:
        click.echo("真 genuine" if genuine else "不可信 not genuine")
        for name, value in facts.items():
            click.echo(f"  {name}: {value}")
    sys.exit(0 if genuine else 1)
