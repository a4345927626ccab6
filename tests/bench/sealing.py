"""Sealing an application (JWS inside a JWE, with the contract's algorithms) and opening it again.

Ours are `kiosk.seal.seal`, with all it does beside (canonical JSON, the hash of it, the gateway's key made
from its JWK), and the sandbox's own opening with its look-ups of keys, which nobody runs on a terminal.
Beside them, keys in hand and the payload as bytes (`envelopes`): joserfc's two calls, and the same by hand
with the primitives of cryptography. The limit is what cannot be done without: AES-256-GCM over as many
bytes as are sealed, once.

All take turns in this process; shown are medians.
"""

from __future__ import annotations

import base64
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwk import ECKey

from deploy.sandbox import keys as city_keys
from deploy.sandbox.db import Database, Tx
from deploy.sandbox.gateway import sealing
from kiosk import keys, seal
from tests.bench.envelopes import Joserfc, Maker, Primitives
from tests.bench.rows import row

ENVELOPES = {"2 KB": 2_000, "1 MB": 1_000_000}
TURNS = {"2 KB": 80, "1 MB": 15}
IDEMPOTENCY = "0b0e6f2e-6f1c-4a52-9d0e-5d6a1b1c0001"
TERMINAL = "tj-bench-0001"
INNER = {"alg": "ES256", "typ": "submission+jws", "idk": IDEMPOTENCY}
OURS, JOSERFC, PRIMITIVES, CIPHER = "ours", "joserfc, two calls", "cryptography by hand", "AES-256-GCM alone"

Work = Callable[[], object]


@dataclass(frozen=True)
class Ends:
    """The terminal's key; the city's database and the key it offers; what others are given of both."""

    key: keys.TerminalKey
    tx: Tx
    offered: seal.SealingKey
    others: dict[str, Maker]


def run() -> list[dict[str, Any]]:
    """For each size a row of sealing and one of opening, beside each of the others."""
    with ends() as both:
        return [line for size in ENVELOPES for line in measured(both, size, TURNS[size])]


@contextmanager
def ends() -> Iterator[Ends]:
    """A terminal that is enrolled at a city's database."""
    own = ec.generate_private_key(ec.SECP256R1())
    key = keys.TerminalKey(ECKey.import_key(own))
    now = time.time()
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        database = Database(Path(folder) / "city.db")
        with database.transaction() as tx:
            jwks = city_keys.gateway_jwks(tx, now)
            tx.run("INSERT INTO terminals VALUES (?, ?, ?)", TERMINAL, key.kid, json.dumps(key.public_jwk))
            offered = seal.choose_key(jwks, datetime.now(UTC))
            assert offered is not None
            private = city_keys.sealing_key(tx, offered.kid)
            assert private is not None
            assert private.private_key is not None
            inner = {**INNER, "kid": key.kid}
            others: dict[str, Maker] = {
                JOSERFC: Joserfc(ECKey.import_key(own), private, inner),
                PRIMITIVES: Primitives(own, private.private_key, inner),
            }
            yield Ends(key, tx, offered, others)
        database.close()


def measured(both: Ends, size: str, turns: int) -> list[dict[str, Any]]:
    """The rows of envelopes of about `size`."""
    body = application(both, ENVELOPES[size])
    payload = seal.canonical(body)
    sealed = _sealed(both, body)
    content, nonce = AESGCM(os.urandom(32)), os.urandom(12)
    plain = bytes(len(sealed) * 3 // 4)
    closed = content.encrypt(nonce, plain, None)
    to_seal: dict[str, Work] = {
        OURS: lambda: _sealed(both, body),
        **{name: partial(each.seal, payload) for name, each in both.others.items()},
        CIPHER: lambda: content.encrypt(nonce, plain, None),
    }
    to_open: dict[str, Work] = {
        OURS: lambda: sealing.unseal(both.tx, sealed, IDEMPOTENCY),
        **{name: partial(each.open, sealed) for name, each in both.others.items()},
        CIPHER: lambda: content.decrypt(nonce, closed, None),
    }
    return [
        *_rows(f"seal (sign, encrypt) an application, envelope of {len(sealed):,} bytes", to_seal, turns),
        *_rows(f"open (decrypt, verify) it, envelope of {len(sealed):,} bytes", to_open, turns),
    ]


def application(both: Ends, envelope: int) -> dict[str, Any]:
    """A body whose envelope has about `envelope` bytes: pictures as base64, as documents travel.

    What is in an envelope grows twice by a third, in the JWS and in the JWE.
    """
    empty: dict[str, Any] = {"item": "medical-insurance.reimbursement-submit", "documents": []}
    room = (envelope - len(_sealed(both, empty))) * 9 // 16 - 40
    picture = random.Random(1).randbytes(room * 3 // 4)
    return {**empty, "documents": [{"role": "invoice", "image": base64.b64encode(picture).decode()}]}


def _sealed(both: Ends, body: dict[str, Any]) -> bytes:
    sealed = seal.seal(body, both.key, both.offered, IDEMPOTENCY)
    assert not isinstance(sealed, seal.TooLarge)
    return sealed.envelope


def _rows(name: str, contenders: dict[str, Work], turns: int) -> list[dict[str, Any]]:
    """Ours beside each of the others; the limit stands in the first row, so that its ratio is to that."""
    times: dict[str, list[float]] = {each: [] for each in contenders}
    order = list(contenders)
    for turn in range(turns + 1):
        order.append(order.pop(0))
        for each in order:
            began = time.perf_counter()
            contenders[each]()
            if turn:  # the first fills caches
                times[each].append(time.perf_counter() - began)
    middle = {each: statistics.median(seconds) * 1e6 for each, seconds in times.items()}
    first = row(name, "µs", middle[OURS], limit=(CIPHER, middle[CIPHER]))
    beside = [
        row(f"{name}, beside", "µs", middle[OURS], peer=(each, middle[each]))
        for each in (JOSERFC, PRIMITIVES)
    ]
    return [first, *beside]
