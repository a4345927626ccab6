"""Where a finding is told: file and line, of the item where it can be mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import items as written_down
from flows import released
from flows.lint import lint
from flows.lint.written import written
from flows.loader import CATALOGUE
from flows.released import Release, digest, load_released
from flows.source import read
from tests.flows.linted import CONTEXT, FLOWS

ITEM = """\
item: civil.made-up
version: "1"
name: 试验事项
short: 试验
summary: 只为测试
department: 市民政局
pattern: apply
audience: citizen
channels: [terminal]
identity: card
offline: unavailable
fields:
  enterprise_name:
  bank_account_number:
    help: ""
  rent_amount:
    kind: choice
    choices:
      - {code: "1", label: 一}
parts:
  pages:
    - title: 这一页的题目实在太长了
      fields: [enterprise_name, bank_account_number]
    - {title: 还有, fields: [rent_amount]}
"""


def told(tmp_path: Path, text: str = ITEM) -> dict[str, tuple[str, str]]:
    """The line at which each finding of the item is told, and why."""
    path = tmp_path / "civil" / "made-up.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    flow = read(text, str(path)).flow
    found = lint(flow, CONTEXT, written(flow, tmp_path))
    assert {finding.file for finding in found} == {str(path)}
    lines = text.splitlines()
    return {finding.code: (lines[finding.line - 1].strip(), finding.why) for finding in found}


def test_a_finding_is_told_at_its_line(tmp_path: Path) -> None:
    found = told(tmp_path)
    assert found["L104"][0] == "item: civil.made-up"
    assert found["L151"][0] == "- title: 这一页的题目实在太长了"
    assert found["L153"][0] == "bank_account_number:"
    assert found["L156"][0] == "choices:"


def test_what_a_pattern_or_the_dictionary_says_is_told_where_the_item_takes_it(tmp_path: Path) -> None:
    booked = ITEM.replace("pattern: apply", "pattern: book").replace("unavailable", "queue")
    found = told(
        tmp_path, booked.replace("fields:\n", "fields:\n  service_point_code:\n  appointment_date:\n")
    )
    line, why = found["L121"]
    assert line == "pattern: book"
    assert "/patterns/book.yaml:" in why
    line, why = found["L140"]
    assert line == "enterprise_name:"
    assert "/dictionary/" in why


def test_the_yaml_of_an_item_without_findings_is_not_read(tmp_path: Path) -> None:
    flow = FLOWS["civil.senior-allowance-apply"]
    assert lint(flow, CONTEXT, written(flow, tmp_path)) == ()  # where there is none


def test_every_finding_has_a_place_in_a_real_item() -> None:
    for flow in FLOWS.values():
        where = written(flow, CATALOGUE)
        for number in range(len(flow.steps)):
            file, line = where(("steps", number))
            assert Path(file).is_relative_to(CATALOGUE.parent)
            assert line > 1


def test_releasing_writes_down_each_item_and_refuses_an_old_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "civil" / "made-up.yaml"
    path.parent.mkdir()
    path.write_text(ITEM, encoding="utf-8")
    (tmp_path / released.FILE).write_text('{"civil.gone":{"version":"3","sha256":"00"}}', encoding="utf-8")
    monkeypatch.setattr(written_down, "CATALOGUE", tmp_path)
    monkeypatch.setattr(written_down, "FOLDERS", (tmp_path,))
    written_down.main(["--release"])
    first = load_released(tmp_path / released.FILE)
    assert set(first) == {"civil.made-up", "civil.gone"}
    assert first["civil.made-up"] == Release("1", digest(read(ITEM, str(path)).flow))

    changed = ITEM.replace("summary: 只为测试", "summary: 另有内容")
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(SystemExit, match=r"raise the version of civil\.made-up"):
        written_down.main(["--release"])
    assert load_released(tmp_path / released.FILE) == first

    path.write_text(changed.replace('version: "1"', 'version: "2"'), encoding="utf-8")
    written_down.main(["--release"])
    assert load_released(tmp_path / released.FILE)["civil.made-up"].version == "2"
