"""Every driver answers every rule of the quality scale, and its evidence is there."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence

import msgspec
import pytest

from tests.docs import quality
from tests.docs.pages import ROOT, anchors
from tests.docs.quality import RULES, Answer
from tests.docs.test_promises import names

DRIVERS = quality.drivers()
BY_FILES = {"layers", "contract"}
"""Rules whose evidence are whole files; every other that is done names a test."""
FEWEST_CASES = 40


def lost(evidence: str) -> bool:
    """Whether the file, its test or its heading is not there."""
    file, test = evidence.partition("::")[::2]
    file, anchor = file.partition("#")[::2]
    path = ROOT / file
    if not path.is_file():
        return True
    if path.suffix == ".md":
        return anchor not in anchors(path)
    return bool(test) and test not in names(path)


def cases(files: Sequence[str]) -> Counter[str]:
    """How many cases each file has, as pytest collects them."""
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:xdist",
            "-p",
            "no:cacheprovider",
            "--collect-only",
            "-q",
            *files,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    return Counter(re.findall(r"^(tests/\S+?)::", told, re.MULTILINE))


def test_the_page_is_the_drivers_own() -> None:
    """When it is not: ``python -m tests.docs.quality``."""
    page = quality.PAGE.read_text(encoding="utf-8")
    assert page.partition(quality.BEGIN)[0] + quality.tables() == page


def test_what_is_shared_is_there_and_is_no_device() -> None:
    assert "id_card" in DRIVERS
    for folder in quality.SHARED:
        assert (quality.DRIVERS / folder / "__init__.py").is_file()
        assert not (quality.DRIVERS / folder / quality.FILE).exists()


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_rule_is_answered_and_no_other(driver: str) -> None:
    assert set(quality.answers(driver)) == set(RULES)


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_answer_is_evidence_or_a_reason_in_words(driver: str) -> None:
    for rule, answer in quality.answers(driver).items():
        assert sum(map(bool, (answer.done, answer.exempt, answer.todo))) == 1, rule
        assert answer.done or len((answer.exempt or answer.todo).split()) >= 5, rule
        assert "|" not in answer.words, rule


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_evidence_is_there(driver: str) -> None:
    said = quality.answers(driver)
    assert [each for answer in said.values() for each in answer.done if lost(each)] == []
    untested = [
        rule
        for rule, answer in said.items()
        if answer.done and rule not in BY_FILES and not any("::" in each for each in answer.done)
    ]
    assert untested == []


def test_contract_suites_have_as_many_cases_as_is_said() -> None:
    suites = {driver: quality.answers(driver)["contract"] for driver in DRIVERS}
    suites = {driver: suite for driver, suite in suites.items() if suite.done}
    found = cases([file for suite in suites.values() for file in suite.done])
    for driver, suite in suites.items():
        assert sum(found[file] for file in suite.done) >= suite.cases >= FEWEST_CASES, driver


@pytest.mark.parametrize(
    "evidence",
    [
        "drivers/no_such_file.py",
        "tests/docs/test_quality.py::test_that_nobody_wrote",
        "tests/docs/test_quality.py::lost",
        "docs/drivers/id-card.md#no-such-heading",
        "docs/drivers/id-card.md",
    ],
)
def test_evidence_that_is_not_there_would_be_found(evidence: str) -> None:
    assert lost(evidence)


def test_what_is_no_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown field"):
        msgspec.toml.decode(b'maybe = "soon"', type=Answer)
