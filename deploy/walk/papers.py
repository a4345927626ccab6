"""Paper, decoded without the agent's code: words, QR by zxing-cpp, its signature by joserfc, PDF by PDFium.

The words come from the simulator's interpreter of ESC/POS (which shares no code with the driver), the code
from the picture of the paper alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from PIL import Image

from deploy.qr import codes_in

RENDER_SCALE = 2.0
"""Dots for each point of a page (72 to the inch)."""

REGISTRY = jws.JWSRegistry(algorithms=["ES256"])


@dataclass(frozen=True, slots=True)
class Paper:
    """One piece of paper.

    `kind`, `item`, `number` and `terminal` are the signed claims; empty where the code is not `genuine`.
    `faults` says what is wrong with the paper itself.
    """

    name: str
    words: str
    genuine: bool
    kind: str = ""
    item: str = ""
    number: str = ""
    terminal: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """What came out of the A4 printer: the PDF, its words, and the codes on the rendered pages.

    `faults` says what is wrong with it.
    """

    name: str
    pdf: bytes
    words: str
    codes: tuple[str, ...]
    faults: tuple[str, ...] = ()


def names(folder: Path) -> frozenset[str]:
    """What lies in a simulator's folder."""
    return frozenset(each.name for each in folder.iterdir())


def read_sheets(folder: Path, came: frozenset[str] | None = None) -> list[Sheet]:
    """Every document in the A4 simulator's folder, or of them those that `came`, oldest first; the simulator
    writes the report last."""
    found = sorted(folder.glob("document-*.json"))
    return [_sheet(report) for report in found if came is None or report.name in came]


def _sheet(report: Path) -> Sheet:
    told = json.loads(report.read_text(encoding="utf-8"))
    faults = [] if told["whole"] else ["it did not come out whole"]
    pdf = report.with_suffix(".pdf").read_bytes()
    words, codes = [], []
    try:
        with pypdfium2.PdfDocument(pdf) as document:
            for page in document:
                words.append(page.get_textpage().get_text_range())
                image = page.render(scale=RENDER_SCALE).to_pil()
                codes += codes_in(image)
    except pypdfium2.PdfiumError as error:
        faults.append(f"it is no PDF: {error}")
    return Sheet(f"{report.stem}.pdf", pdf, "\n".join(words), tuple(codes), tuple(faults))


def read_all(folder: Path, public_jwk: Mapping[str, Any], came: frozenset[str] | None = None) -> list[Paper]:
    """Every finished piece in the simulator's folder, or of them those that `came`, oldest first."""
    found = sorted(folder.glob("receipt-*.png"))
    return [read(picture, public_jwk) for picture in found if came is None or picture.name in came]


def read(picture: Path, public_jwk: Mapping[str, Any]) -> Paper:
    """One piece: its picture and the interpreter's report of the same name."""
    report = json.loads(picture.with_suffix(".json").read_text(encoding="utf-8"))
    words = "\n".join(report["lines"])
    faults = []
    if report["garbled"]:
        faults.append(f"characters that the printer does not have: {', '.join(report['garbled'])}")
    if report["overflows"]:
        faults.append(f"{report['overflows']} lines wider than the paper")
    with Image.open(picture) as image:
        codes = codes_in(image)
    if len(codes) != 1:
        faults.append(f"{len(codes)} codes can be read from the picture, not 1")
        return Paper(picture.name, words, genuine=False, faults=tuple(faults))
    if report["qr"] not in ([], codes):
        faults.append("the picture's code is not the one that was sent")
    claims = verified(codes[0], public_jwk)
    if claims is None:
        faults.append("the code is not signed by this terminal")
        return Paper(picture.name, words, genuine=False, faults=tuple(faults))
    return Paper(
        picture.name,
        words,
        genuine=True,
        kind=str(claims.get("k", "")),
        item=str(claims.get("i", "")),
        number=str(claims.get("n", "")),
        terminal=str(claims.get("d", "")),
        faults=tuple(faults),
    )


def verified(code: str, public_jwk: Mapping[str, Any]) -> dict[str, Any] | None:
    """The claims of a compact JWS that this key signed; None for anything else."""
    key = ECKey.import_key({name: public_jwk[name] for name in ("kty", "crv", "x", "y")})
    try:
        signed = jws.deserialize_compact(code, key, registry=REGISTRY)
        header = signed.headers()
        if header.get("kid") != key.thumbprint() or header.get("typ") != "receipt+jws":
            return None
        claims = json.loads(signed.payload or b"")
    except (JoseError, ValueError):
        return None
    return claims if isinstance(claims, dict) else None
