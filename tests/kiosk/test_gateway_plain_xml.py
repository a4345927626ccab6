"""XML from outside: what is dangerous is refused before anything is built, the rest is read as it is."""

from __future__ import annotations

import contextlib
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.gateway.adapters import Asked
from kiosk.gateway.adapters.migration import BINDING, WSDL, MigrationAdapter
from kiosk.gateway.adapters.plain_xml import BadXml, read, written
from kiosk.gateway.adapters.soap import SoapService
from kiosk.gateway.outcomes import Ok, Problem, Reason, Unreachable
from kiosk.gateway.transport import HttpAnswer
from tests.kiosk.clocks import TestClock
from tests.kiosk.scripted import ScriptedHttp

DECLARED = b'<?xml version="1.0" encoding="UTF-8"?>'
OK = "<PACKAGE><PACKAGEHEAD><FhDm>0</FhDm></PACKAGEHEAD><DATA></DATA></PACKAGE>"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not well-formed"),
        (b"<a>", "not well-formed"),
        (b"<a></b>", "not well-formed"),
        (b"<a/><b/>", "not well-formed"),
        (b"<!DOCTYPE a><a/>", "a document type"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "a document type"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "a document type"),
        (b"<a>&undefined;</a>", "not well-formed"),
        (b"<a><?php evil ?></a>", "a processing instruction"),
        (b'<?xml version="1.0" encoding="GBK"?><a/>', "another encoding than UTF-8"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "another encoding than UTF-8"),
        ("<a/>".encode("utf-16"), "another encoding than UTF-8"),
        ("<a/>".encode("utf-16-be"), "another encoding than UTF-8"),
        (b"<a>\xff</a>", "another encoding than UTF-8"),
        (b"<a>" * 33 + b"</a>" * 33, "deeper than"),
        (b"<a>" + b"<b/>" * 20_000 + b"</a>", "more than"),
        (b"<a>" + b" " * 1_000_000 + b"</a>", "more than"),
    ],
)
def test_it_is_refused_with_a_reason_that_quotes_nothing(data: bytes, why: str) -> None:
    with pytest.raises(BadXml, match=why) as caught:
        read(data)
    assert "evil" not in str(caught.value)


def test_elements_are_read_as_they_are() -> None:
    root = read(DECLARED + "<a x='1'> 张三 <b>1 &lt; 2</b><b>2</b><!-- c --><![CDATA[<raw>]]></a>".encode())
    assert (root.name, root.text) == ("a", "张三 <raw>")
    assert [child.text for child in root.children] == ["1 < 2", "2"]
    assert (root.word("b"), root.word("none")) == ("1 < 2", "")


@given(st.text())
def test_any_text_is_written_so_that_another_parser_reads_it(text: str) -> None:
    data = written("a", [written("b", text)]).encode()
    there = ET.fromstring(data).findtext("b", "")  # noqa: S314 - our own
    known = "".join(
        one for one in text if re.match(r"[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", one)
    )
    assert there == known.replace("\r\n", "\n").replace("\r", "\n")  # XML 1.0, 2.2 and 2.11
    assert read(data).word("b") == there.strip()


@given(st.binary(max_size=300))
def test_any_bytes_are_an_element_or_a_refusal(data: bytes) -> None:
    with contextlib.suppress(BadXml):
        read(b"<a>" + data + b"</a>")


class Written:
    """An adapter whose service answers with what a test writes."""

    def __init__(self, body: bytes, status: int = 200, content_type: str = "text/xml") -> None:
        self.http = ScriptedHttp(HttpAnswer(status, {"content-type": content_type}, body))
        service = SoapService(wsdl=WSDL, binding=BINDING, url="https://police.example/zagl", http=self.http)
        self.adapter = MigrationAdapter(service=service, licence="licence", clock=TestClock())

    def apply(self) -> Any:
        return self.adapter.carry_out(Asked("submitApplication", "household.x", {"fields": {}}, "k-1"), 5.0)

    def query(self) -> Any:
        return self.adapter.carry_out(Asked("query", "household.x", {"fields": {}}, None), 5.0)


def envelope(inside: str) -> bytes:
    text = inside.replace("&", "&amp;").replace("<", "&lt;")
    return (
        DECLARED
        + (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            f'<r:ZAGL_SQQCJSFWResponse xmlns:r="urn:zagl:hjqy"><r:ZAGL_SQQCJSFWReturn>{text}'
            "</r:ZAGL_SQQCJSFWReturn></r:ZAGL_SQQCJSFWResponse></s:Body></s:Envelope>"
        ).encode()
    )


GOOD = envelope(OK)


def test_an_empty_list_of_records_is_an_empty_table() -> None:
    outcome = Written(GOOD).query()
    assert isinstance(outcome, Ok)
    assert (outcome.data["rows"], outcome.data["more"]) == ([], False)


@given(st.data())
def test_an_answer_with_any_bytes_changed_is_an_outcome(data: st.DataObject) -> None:
    body = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    assert isinstance(Written(bytes(body)).query(), Ok | Problem | Unreachable)


@given(st.text(max_size=300))
def test_any_string_inside_is_an_outcome(inside: str) -> None:
    clean = "".join(one for one in inside if one.isprintable())
    assert isinstance(Written(envelope(clean)).query(), Problem | Unreachable)


@pytest.mark.parametrize(
    "records",
    [
        "",
        "<RECORD><FhDm>0</FhDm></RECORD>",
        "<RECORD><FhDm>0</FhDm><SlBh>A1</SlBh><SlZt>9</SlZt><SlSj>20261120090000</SlSj></RECORD>",
        "<RECORD><FhDm>0</FhDm><SlBh>A1</SlBh><SlZt>1</SlZt><SlSj>20261320090000</SlSj></RECORD>",
        "<RECORD><FhDm>0</FhDm><SlBh>A 1</SlBh><SlZt>1</SlZt><SlSj>20261120090000</SlSj></RECORD>",
        "<RECORD><FhDm>x</FhDm></RECORD>",
    ],
)
def test_accepted_without_number_state_or_time_is_not_believed(records: str) -> None:
    outcome = Written(envelope(OK.replace("<DATA>", f"<DATA>{records}"))).apply()
    assert isinstance(outcome, Unreachable)
    assert outcome.reason is Reason.MALFORMED


def test_a_typographic_minus_is_a_minus() -> None:
    outcome = Written(envelope(OK.replace(">0<", ">\N{MINUS SIGN}905<"))).apply()
    assert isinstance(outcome, Problem)
    assert outcome.code == "MIGRATION-905"


@pytest.mark.parametrize(
    ("status", "content_type", "reason"),
    [
        (200, "application/json", Reason.MALFORMED),
        (200, "multipart/related; boundary=x", Reason.MALFORMED),
        (404, "text/xml", Reason.MALFORMED),
        (202, "text/xml", Reason.MALFORMED),
        (302, "text/xml", Reason.CAPTIVE_PORTAL),
        (503, "text/xml", Reason.SERVER_ERROR),
        (500, "text/plain", Reason.SERVER_ERROR),
    ],
)
def test_what_is_no_envelope_never_reaches_zeep(status: int, content_type: str, reason: Reason) -> None:
    outcome = Written(GOOD, status, content_type).query()
    assert isinstance(outcome, Unreachable)
    assert outcome.reason is reason


def test_values_that_no_xml_can_hold_are_left_out_and_nothing_breaks_the_package() -> None:
    world = Written(GOOD)
    fields = {"migrate_to_address": {"value": "</RECORD>\x00\x1b ]]> & 测试路"}, "person_name": "not a value"}
    world.adapter.carry_out(Asked("query", "household.x", {"fields": fields}, None), 5.0)
    sent = ET.fromstring(world.http.asked[0].body or b"")  # noqa: S314 - our own
    information = next(each.text for each in sent.iter() if each.tag.endswith("information"))
    package = ET.fromstring(information or "")  # noqa: S314 - our own
    assert package.findtext("DATA/RECORD/QrdQhnxxdz") == "</RECORD> ]]> & 测试路"
    assert [each.tag for each in package] == ["PACKAGEHEAD", "DATA"]
    assert package.findtext("PACKAGEHEAD/FsSj") == "20261120170000"


def test_a_wsdl_that_points_elsewhere_is_not_followed(tmp_path: Path) -> None:
    outside = WSDL.read_text(encoding="utf-8").replace(
        "<wsdl:types>",
        '<wsdl:import namespace="urn:x" location="https://schemas.example/x.wsdl"/><wsdl:types>',
    )
    (tmp_path / "zagl.wsdl").write_text(outside, encoding="utf-8")
    http = ScriptedHttp(HttpAnswer(200, {}, b""))
    with pytest.raises(Exception, match=r"schemas\.example"):
        SoapService(wsdl=tmp_path / "zagl.wsdl", binding=BINDING, url="https://x", http=http)
    assert http.asked == []
