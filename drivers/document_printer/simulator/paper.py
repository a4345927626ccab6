"""What came out, as files: the PDF, a report, and pictures of its pages where Debian's poppler-utils is."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from pathlib import Path

from drivers.document_printer.simulator.machine import Output

_RENDER_SECONDS = 30.0
_DPI = 96


def save(output: Output, folder: Path, number: int) -> None:
    """Write ``document-0001.pdf``, ``document-0001-1.png`` ... and, last, ``document-0001.json``."""
    stem = f"document-{number:04d}"
    pdf = folder / f"{stem}.pdf"
    pdf.write_bytes(output.document)
    pictures = _pictures(pdf, folder / stem, output.pages)
    report = {"pages": output.pages, "whole": output.whole, "job": output.name, "pictures": pictures}
    waiting = folder / f".{stem}.json"
    waiting.write_text(json.dumps(report), encoding="utf-8")
    waiting.rename(folder / f"{stem}.json")


def _pictures(pdf: Path, stem: Path, pages: int) -> list[str]:
    """Names of the pictures of the first `pages` pages; none without pdftoppm, or of a broken PDF."""
    if shutil.which("pdftoppm") is None:
        return []
    command = ["pdftoppm", "-png", "-r", str(_DPI), "-l", str(pages), str(pdf), str(stem)]
    with contextlib.suppress(subprocess.SubprocessError):
        subprocess.run(command, check=True, capture_output=True, timeout=_RENDER_SECONDS)
    return sorted(path.name for path in stem.parent.glob(f"{stem.name}-*.png"))
