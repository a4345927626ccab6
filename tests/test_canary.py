"""The canary scan can fail: whatever form a value is planted in, it is found."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests import canary
from tests.canary import Canary, scan, traces

NAME = Canary("name", "演示王秀兰")
NUMBER = Canary("number", "120101194906150022")
PICTURE = Canary("picture", random.Random(1).randbytes(40_000))
CANARIES = (NAME, NUMBER, PICTURE)


def planted() -> dict[str, tuple[str, bytes]]:
    """How something personal might lie in a file, by a name: whose, and the bytes."""
    found: dict[str, tuple[str, bytes]] = {}
    for person in (NAME, NUMBER):
        text = str(person.value)
        for charset in canary.CHARSETS:
            raw = text.encode(charset)
            found[f"{person.name} {charset}"] = person.name, raw
            found[f"{person.name} {charset} hex"] = person.name, raw.hex().encode()
            found[f"{person.name} {charset} HEX"] = person.name, raw.hex().upper().encode()
            for shift in range(3):
                inside = b"?>~"[:shift] + raw + b"after"
                found[f"{person.name} {charset} base64 +{shift}"] = person.name, base64.b64encode(inside)
                found[f"{person.name} {charset} base64url +{shift}"] = (
                    person.name,
                    base64.urlsafe_b64encode(inside).rstrip(b"="),
                )
            found[f"{person.name} {charset} percent"] = person.name, quote(raw).encode()
            found[f"{person.name} {charset} form"] = person.name, quote_plus(raw).lower().encode()
        found[f"{person.name} JSON"] = person.name, json.dumps({"of": text}).encode()
    found["number percent throughout"] = (
        "number",
        "".join(f"%{each:02x}" for each in str(NUMBER.value).encode()).encode(),
    )
    picture = bytes(PICTURE.value) if isinstance(PICTURE.value, bytes) else b""
    for shift in range(3):
        found[f"picture base64 +{shift}"] = "picture", base64.b64encode(b"abc"[:shift] + picture)
    found["picture"] = "picture", picture
    found["half a picture"] = "picture", picture[: len(picture) // 2]
    found["half a picture hex"] = "picture", picture[len(picture) // 2 :].hex().encode()
    return found


@pytest.mark.parametrize("how", planted())
def test_what_is_planted_is_found_and_said_whose_it_is(how: str) -> None:
    whose, raw = planted()[how]
    found = traces(b"\0before" + raw + b"after\0", CANARIES)
    assert found
    assert all(each.startswith(f"{whose} as") for each in found)


def test_nothing_is_found_where_nothing_is() -> None:
    noise = random.Random(2).randbytes(4_000_000)
    assert traces(noise + base64.b64encode(noise) + noise.hex().encode(), CANARIES) == []


def test_a_hit_says_the_file_and_not_the_value(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "outbox.db-wal").write_bytes(bytes(5000) + str(NUMBER.value).encode("utf-16-le"))
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "ledger").write_text(str(NUMBER.value), encoding="ascii")
    seen = scan({tmp_path: [tmp_path / "ours"]}, CANARIES)
    assert list(seen.hits) == [str(tmp_path / "deep" / "outbox.db-wal")]
    assert "number as utf-16-le" in seen.hits[str(tmp_path / "deep" / "outbox.db-wal")]
    assert (seen.files, seen.size) == (1, 5036)
    assert str(NUMBER.value) not in str(seen)


def test_a_hit_across_two_reads_and_one_in_a_files_name_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "CHUNK", 64)
    (tmp_path / "a").write_bytes(bytes(60) + str(NAME.value).encode() + bytes(60))
    (tmp_path / f"{NAME.value!s}.pdf").touch()
    assert len(scan({tmp_path: []}, CANARIES).hits) == 2
