"""A 500 of the city's own is told on stderr: where it was, and nothing of anybody's."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.demo.children import errors
from deploy.sandbox.bugs import Anonymous
from deploy.sandbox.gateway import conditions
from tests.deploy.sandbox.test_process import running
from tests.deploy.sandbox.world import ALLOWANCE, TIMEOUT, World

NAME, NUMBER = "王秀兰", "120103194803080020"


def test_of_an_exception_the_kind_and_the_way_there_are_told_and_not_its_words() -> None:
    def found() -> None:
        try:
            raise KeyError(NUMBER)
        except KeyError as error:
            raise ValueError(f"{NAME} {NUMBER}") from error

    record = logging.LogRecord("city", logging.ERROR, __file__, 1, "500, a bug in %s", ("getCase",), None)
    with pytest.raises(ValueError, match=NAME) as told:
        found()
    record.exc_info = (told.type, told.value, told.tb)
    text = Anonymous().format(record)
    assert NUMBER not in text
    assert NAME not in text
    assert "city ERROR 500, a bug in getCase" in text
    assert text.index("builtins.KeyError") < text.index("builtins.ValueError")
    assert "raise KeyError(NUMBER)" in text


def test_a_bug_in_an_operation_is_told_under_its_name_and_not_under_its_path(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise KeyError(NUMBER)

    monkeypatch.setattr(conditions, "_described", broken)
    body: dict[str, Any] = {"fields": {}}
    answer = world.call("checkEligibility", world.as_person("p-wang-xiulan"), body, item=ALLOWANCE)
    assert (answer.status_code, answer.json()["code"]) == (500, "BUG")
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage() == "500, a bug in checkEligibility"
    text = Anonymous().format(record)
    assert f"{conditions.__name__.rpartition('.')[2]}.py" in text
    assert "builtins.KeyError" in text
    assert NUMBER not in text


def test_a_process_tells_the_traceback_of_its_500_on_stderr(tmp_path: Path) -> None:
    log = tmp_path / "city.log"
    with log.open("w") as stderr, running(tmp_path / "city", stderr=stderr) as (_, where):
        with sqlite3.connect(tmp_path / "city" / "city.db", timeout=TIMEOUT) as broken:
            broken.execute("PRAGMA foreign_keys = OFF")
            broken.execute("DROP TABLE meters")
        assert requests.get(f"{where['control']}/people", timeout=TIMEOUT).status_code == 500
    told = errors(log)
    assert "deploy.sandbox.control ERROR 500, a bug in _people" in told
    assert "sheets.py" in told
    assert "apsw.SQLError: no such table: meters" in told
