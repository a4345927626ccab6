"""`kiosk doctor`: looks at everything that a visit needs, and says what to do about what is not right."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from flows.loader import FlowError, load_all
from kiosk import codes, keys
from kiosk.clock import SystemClock
from kiosk.commands.at_rest import check_key, check_place
from kiosk.commands.check import Check
from kiosk.commands.content import check_content
from kiosk.commands.devices import check_devices
from kiosk.commands.journal import verified
from kiosk.commands.outbox import rows
from kiosk.commands.spool import check_spool
from kiosk.config import Config
from kiosk.gateway import contract, signers
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.outcomes import Fetched, Ok, Problem, Unreachable
from kiosk.gateway.transport import PinError, PinnedHttp
from kiosk.identity.client import IdentityClient
from kiosk.identity.outcomes import Denied
from kiosk.item_watch import SetRefused, read
from offline_cache.exc import StoreError

ALARM_DAYS = 90
_CA_REMEDY = "put the city's CA certificate there, as PEM (it begins with -----BEGIN CERTIFICATE-----)"


def examine(config: Config, progress: Callable[[str], None]) -> list[Check]:
    """Every check, in the order in which a technician would do them."""
    checks = [check_items(config.items.file), check_key(config)]
    checks += [
        _certificates("identity", config.identity.ca_file),
        _certificates("gateway", config.gateway.ca_file),
        *(_certificates(item, adapter.ca_file) for item, adapter in config.gateway.adapters.items()),
    ]
    checks += _store(config)
    checks.append(check_content(config.store.path))
    progress("asking unified identity and the gateway")
    checks += _city(config)
    progress("testing the devices")
    return checks + check_devices(config) + check_spool(config.devices.document_printer)


def check_items(file: Path | None) -> Check:
    """The items that the agent came with, or the set in `file`."""
    try:
        own = len(load_all())
    except FlowError as error:
        return Check("items", "bad", str(error.findings[0]), "install the agent again")
    if file is None or not file.exists():
        return Check("items", "good", f"{own} items, those that the agent came with")
    try:
        found = read(file, contract.load())
    except SetRefused as refused:
        return Check("items", "bad", str(refused), "put there a file that `kiosk flows pack` made")
    return Check("items", "good", f"{len(found.flows)} items, set {found.version}")


def _certificates(what: str, path: Path) -> Check:
    name = f"{what} CA"
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        return Check(name, "bad", f"{path}: {error.strerror}", _CA_REMEDY)
    except ValueError:
        return Check(name, "bad", f"{path} holds no certificate in PEM", _CA_REMEDY)
    days = min((each.not_valid_after_utc - datetime.now(UTC)).days for each in found)
    if days < 0:
        return Check(name, "bad", f"expired {-days} days ago", "install the city's new CA certificate")
    return Check(name, "good", f"{days} days left", "renew it soon" if days < ALARM_DAYS else "")


def _store(config: Config) -> list[Check]:
    try:
        if not (config.store.path / "outbox.db").exists():
            return [_place(config.store.path)]
    except OSError as error:  # another user's folder does not even say what is in it
        remedy = "look as the agent's user, or correct `path` under [store]"
        return [Check("outbox", "bad", f"{config.store.path}: {error.strerror}", remedy)]
    try:
        waiting = [row for row in rows(config.store.path) if row["state"] in {"waiting", "quarantined"}]
        journal = verified(config.store.path)
    except StoreError as error:
        return [Check("outbox", "bad", f"{type(error).__name__}: {error}", "see docs/technician.md, OUTBOX")]
    stuck = sum(row["state"] == "quarantined" for row in waiting)
    return [
        Check(
            "outbox",
            "bad" if stuck else "good",
            f"{len(waiting) - stuck} waiting, {stuck} for the desk",
            "hand the quarantined ones to the desk" if stuck else "",
        ),
        Check(
            "journal",
            "good" if journal.whole and not journal.contradicted else "bad",
            journal.words,
            "" if journal.whole and not journal.contradicted else "keep the disk as it is and report it",
        ),
        *check_place(config.store.path),
    ]


def _place(folder: Path) -> Check:
    """Of an outbox that is not there yet: whether it can be made."""
    above = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return Check("outbox", "unknown", "not made yet", "start the agent once")
    remedy = "correct `path` under [store], or give the folder to the agent's user"
    return Check("outbox", "bad", f"{above} is no folder that takes files", remedy)


def _city(config: Config) -> list[Check]:
    """Both services, asked as the running agent asks them."""
    clock = SystemClock()
    key = None
    try:
        key = keys.load(config.identity.key_file)
        identity = IdentityClient(
            issuer=config.identity.issuer,
            client_id=config.identity.client_id,
            key=key,
            http=PinnedHttp(config.identity.ca_file),
            clock=clock,
        )
    except (keys.KeyFileError, PinError):
        identity = None
    known = _identity(identity)
    try:
        http = PinnedHttp(config.gateway.ca_file)
    except PinError:
        return [known, Check("gateway", "bad", "not asked: there is no CA to trust", "see the lines above")]
    if key is None and config.gateway.signer != "none":
        return [known, Check("gateway", "bad", "not asked: no key to sign with", "see the lines above")]
    dates: list[datetime] = []
    client = GatewayClient(
        base_url=config.gateway.base_url,
        http=http,
        contract=contract.load(),
        signer=signers.configured(config.gateway, key, clock) if key else signers.NoSigner(),
        terminal_token=identity.terminal_bearer if identity else lambda *_: Problem(401),
        clock=clock,
        on_time=dates.append,
        random=lambda: 0.0,
    )
    answers = _gateway(client, dates)
    if answers.state == "good" and known.state == "good":
        return [known, answers, _welcome(client)]
    return [known, answers]


def _identity(client: IdentityClient | None) -> Check:
    if client is None:
        return Check("unified identity", "bad", "not asked: no key, or no CA to trust", "see the lines above")
    token = client.terminal_token()
    if isinstance(token, Unreachable):
        return Check("unified identity", "bad", _unreachable(token), _network(token))
    if isinstance(token, Denied):
        return Check("unified identity", "bad", f"refused: {token.detail}", "enrol the terminal again")
    return Check("unified identity", "good", "answers, and knows this terminal")


def _gateway(client: GatewayClient, dates: list[datetime]) -> Check:
    """`dates` is where the client notes what time the gateway tells."""
    begun = time.monotonic()
    outcome = client.call("getHealth", deadline=5.0)
    took = (time.monotonic() - begun) * 1000
    if isinstance(outcome, Unreachable):
        return Check("gateway", "bad", _unreachable(outcome), _network(outcome))
    if not isinstance(outcome, Ok):
        status = outcome.status if isinstance(outcome, Problem) else 401
        remedy = "check `base_url`, then ask the operator of the gateway"
        return Check("gateway", "bad", f"answers {status}", remedy)
    skew = abs((dates[-1] - datetime.now(UTC)).total_seconds()) if dates else 0.0
    late = f", this clock is {skew:.0f} s off" if skew > 2 else ""
    return Check(
        "gateway", "good", f"answers in {took:.0f} ms{late}", "set the clock (NTP)" if skew > 60 else ""
    )


def _welcome(client: GatewayClient) -> Check:
    """Whether the gateway takes the token that identity gave: nothing is filed without."""
    what = "terminal at the gateway"
    outcome = client.fetch("getCatalogue")
    if isinstance(outcome, Unreachable):
        return Check(what, "bad", _unreachable(outcome), _network(outcome))
    if isinstance(outcome, Problem):
        found = f"refused: {outcome.status} {outcome.code}".rstrip()
        return Check(what, "bad", found, "have the terminal enrolled at the gateway")
    size = f", {len(outcome.body)} bytes of catalogue" if isinstance(outcome, Fetched) else ""
    return Check(what, "good", f"welcome{size}")


def _unreachable(outcome: Unreachable) -> str:
    detail = f" ({outcome.detail})" if outcome.detail else ""
    return f"unreachable: {outcome.reason.value}{detail}"


def _network(outcome: Unreachable) -> str:
    known = [code for code in codes.find(outcome.reason.value) if code.seen is codes.Seen.NO_ANSWER]
    return known[0].remedy if known else "ask the operator of the service"
