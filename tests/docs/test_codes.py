"""docs/error-codes.md is the catalogue, and the catalogue has every code that the sources can show."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from drivers.receipt_printer import BadProfile
from flows.loader import FlowError
from kiosk import codes
from kiosk.codes import CODES, Code, Seen, find
from kiosk.config import ConfigError
from kiosk.gateway.outcomes import Reason
from kiosk.gateway.transport import PinError
from kiosk.identity.outcomes import DeniedReason
from kiosk.keys import KeyFileError
from kiosk.receipt_code import ForgedReason
from offline_cache.answers import Rejection
from offline_cache.exc import StoreError
from offline_cache.journal import Break
from tests.docs.pages import ROOT, read, rows

PAGE = read("error-codes.md")
SETS: dict[Seen, type[StrEnum]] = {
    Seen.NO_ANSWER: Reason,
    Seen.SUBMISSION: Rejection,
    Seen.LOGIN: DeniedReason,
    Seen.PAPER: ForgedReason,
    Seen.CHAIN: Break,
}
KEYWORDS = frozenset({"code", "reason"})
POSITIONS = {
    "Problem": 1,
    "_not_stored": 2,
    "_unreachable": 1,
    "OAuthError": 0,
    "unavailable": 0,
    "_ended": 2,
}
"""Calls that take a code by its place."""

NOT_SHOWN = {
    "insufficient_user_authentication": "between programs: what is kept is shown, what is sealed waits",
    "invalid_client": "OAuth's word (RFC 6749), compared and not made",
}


def spelt(node: ast.expr) -> list[str]:
    """The codes that an expression can be: literals, either branch, and `prefix*` for one with a number."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*spelt(node.body), *spelt(node.orelse)]
    if isinstance(node, ast.BoolOp):
        return [code for value in node.values for code in spelt(value)]
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        return [f"{node.values[0].value!s}*"]
    return []


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def made(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every code that a source makes, with its line."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        given = [each.value for each in call.keywords if each.arg in KEYWORDS]
        place = POSITIONS.get(called(call))
        if place is not None and len(call.args) > place:
            given.append(call.args[place])
        for code in (code for value in given for code in spelt(value)):
            if re.fullmatch(r"[A-Za-z0-9_.*-]+", code):  # words for citizens are Chinese
                yield code, call.lineno
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        if function.name == "_reason":
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value is not None:
                    yield from ((code, node.lineno) for code in spelt(node.value) if code)


def sources() -> list[Path]:
    """The rooms that make codes, without the catalogue itself."""
    catalogue = Path(codes.__file__).parent
    found = (path for room in ("flows", "kiosk") for path in sorted((ROOT / room).rglob("*.py")))
    return [path for path in found if catalogue not in path.parents]


def known(code: str) -> bool:
    return any(each.code == code for each in CODES) or bool(find(code))


def test_every_code_of_the_sources_is_declared() -> None:
    seen: set[str] = set()
    lost = []
    for path in sources():
        for code, line in made(ast.parse(path.read_text(encoding="utf-8"))):
            seen.add(code)
            if code not in NOT_SHOWN and not known(code):
                lost.append(f"{path.relative_to(ROOT)}:{line}: {code}")
    assert lost == []
    # The scan itself sees: one of each way in which a code is made.
    assert {
        "NOT-ELIGIBLE",
        "NO-SEAL-KEY",
        "no-login",
        "JOURNAL-BROKEN",
        "HTTP-*",
        "status-*",
        "NO_SUCH_ID",
        "no-list",
        "not-fetched",
    } <= seen


def test_the_scan_finds_a_code_that_is_not_declared() -> None:
    tree = ast.parse('turn.refused("不行", reasons, code="BRAND-NEW")\nself._unreachable(one, f"odd-{two}")')
    assert [code for code, _ in made(tree) if not known(code)] == ["BRAND-NEW", "odd-*"]


@pytest.mark.parametrize("seen", SETS)
def test_closed_sets_are_declared_whole(seen: Seen) -> None:
    assert {word.value for word in SETS[seen]} - {each.code for each in CODES if each.seen is seen} == set()


def test_no_code_is_declared_that_nothing_makes() -> None:
    words = {word.value for closed in SETS.values() for word in closed}
    texts = [path.read_text(encoding="utf-8") for path in sources()]
    texts.append((ROOT / "offline_cache" / "outbox.py").read_text(encoding="utf-8"))
    unmade = [
        each.code
        for each in CODES
        if each.code not in words and not any(f'"{each.code.rstrip("*")}' in text for text in texts)
    ]
    assert unmade == []


def test_a_code_is_declared_once_for_where_it_is_seen() -> None:
    assert len({(each.seen, each.code) for each in CODES}) == len(CODES)


@pytest.mark.parametrize("code", CODES, ids=[f"{each.seen}:{each.code}" for each in CODES])
def test_the_page_says_what_the_catalogue_says(code: Code) -> None:
    assert f"| `{code.code}` | {code.meaning} | {code.remedy} | {code.chinese} |" in PAGE


def test_the_page_has_no_code_beyond_the_catalogue() -> None:
    told = {name for name, cells in rows(PAGE).items() if len(cells) == 3}
    assert told == {each.code for each in CODES}


def test_a_numbered_code_is_found_by_its_family() -> None:
    assert [each.seen for each in find("HTTP-418")] == [Seen.REFUSED]
    assert [each.seen for each in find("status-429")] == [Seen.NO_ANSWER]
    assert find("HTTP-") == find("NOT_INSURED") == ()


def test_every_error_of_the_command_line_is_told() -> None:
    kinds = [*KeyFileError.__subclasses__(), *StoreError.__subclasses__()]
    kinds += [ConfigError, PinError, BadProfile, FlowError]
    assert len(kinds) > 12
    assert {name for name, cells in rows(PAGE).items() if len(cells) == 2} == {
        kind.__name__ for kind in kinds
    }
