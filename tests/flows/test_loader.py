"""Strict loading: every mistake is told with line, reason and remedy."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from flows import editors, loader
from flows.loader import CATALOGUE, FlowError, load_all, load_names
from flows.source import parse

GOOD = (CATALOGUE / "service" / "item-guide.yaml").read_text(encoding="utf-8")
FILE = "flows/catalogue/service/item-guide.yaml"


def refusal(text: str) -> loader.Finding:
    with pytest.raises(FlowError) as caught:
        parse(text, FILE)
    [finding] = caught.value.findings
    return finding


def line_of(needle: str, text: str = GOOD) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if needle in line)


def test_unknown_key_is_refused_with_its_line_and_a_guess() -> None:
    finding = refusal(GOOD.replace("summary:", "sumary:"))
    assert (finding.code, finding.line) == ("F003", line_of("summary:"))
    assert finding.remedy == "did you mean `summary`?"


def test_unknown_key_deep_in_a_step_is_found_in_its_line() -> None:
    text = GOOD.replace("    title: 要查哪一项？", "    titel: 要查哪一项？")
    finding = refusal(text)
    assert (finding.code, finding.line) == ("F003", line_of("titel", text))


def test_duplicate_key_is_refused() -> None:
    text = GOOD + 'version: "2"\n'
    finding = refusal(text)
    assert (finding.code, finding.line) == ("F001", len(text.splitlines()))


def test_broken_yaml_is_refused_with_its_line() -> None:
    assert refusal("item: service.item-guide\n  version: [\n").code == "F002"
    assert refusal("- just\n- a list\n").code == "F002"


def test_a_number_where_text_is_wanted_is_refused() -> None:
    finding = refusal(re.sub(r'version: "(\d+)"', r"version: \1", GOOD))
    assert (finding.code, finding.line) == ("F004", 2)


def test_yaml_1_2_has_no_norway_problem() -> None:
    assert parse(GOOD.replace("label: 事项", "label: no"), FILE).fields["item_code"].label == "no"


def test_unknown_step_kind_is_refused_at_its_line() -> None:
    text = GOOD.replace("- step: display", "- step: dispaly")
    finding = refusal(text)
    assert finding.code == "F004"
    assert finding.line == line_of("dispaly", text)


def test_an_item_in_the_wrong_file_is_refused() -> None:
    with pytest.raises(FlowError) as caught:
        parse(GOOD, "flows/catalogue/civil/item-guide.yaml")
    assert caught.value.findings[0].code == "F005"


def test_all_or_nothing_and_every_finding(tmp_path: Path) -> None:
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "item-guide.yaml").write_text(GOOD, encoding="utf-8")
    (folder / "a.yaml").write_text("item: [", encoding="utf-8")
    (folder / "b.yaml").write_text("itm: x", encoding="utf-8")
    with pytest.raises(FlowError) as caught:
        load_all(tmp_path)
    assert {Path(finding.file).name for finding in caught.value.findings} == {"a.yaml", "b.yaml"}


def test_the_published_schema_is_the_models() -> None:
    published = json.loads((CATALOGUE.parent / "schema.json").read_text(encoding="utf-8"))
    assert published == editors.schema(), "run `kiosk flows schema > flows/schema.json`"


def test_names_hold_the_whole_catalogue() -> None:
    names = load_names()
    assert len(names) == 373
    assert names["civil.senior-allowance-apply"].department == "市民政局"
