"""The police's cross-province migration service: SOAP, an XML string in it, numbers for errors.

One operation, ``ZAGL_SQQCJSFW(sqzcm, information)``: `sqzcm` is the licence code of whoever asks,
`information` a PACKAGE of PACKAGEHEAD and DATA with RECORDs, its names the initials of pinyin; the
answer is a PACKAGE again, with a code in its head and one a record. From the service itself we know
(catalogue README, 3.5) the operation, its arguments, the frame, the names SqrGmsfhm, QyrXm, QcdSsxqdm,
QrdQhnxxdz and ZqzBh and the codes −50, −901, −902, −903 and −905. The other names (head, states, the
number of a case) are our reading: another edition of the service changes them here, and nowhere else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from kiosk import keys
from kiosk.clock import Clock
from kiosk.config import PoliceMigration
from kiosk.gateway import answers
from kiosk.gateway.adapters import Asked, plain_xml
from kiosk.gateway.adapters.plain_xml import written
from kiosk.gateway.adapters.soap import SoapService
from kiosk.gateway.outcomes import FieldError, Ok, Outcome, Problem, Reason, Unreachable
from kiosk.gateway.transport import PinnedHttp

log = logging.getLogger(__name__)

WSDL = Path(__file__).with_name("zagl.wsdl")
BINDING = "{urn:zagl:hjqy}ZaglBinding"
OPERATION = "ZAGL_SQQCJSFW"

_FIELDS = {
    "SqrGmsfhm": "resident_id_number",
    "PoGmsfhm": "spouse_resident_id_number",
    "ZqzBh": "certificate_number",
    "QcdSsxqdm": "migrate_from_division_code",
    "QrdSsxqdm": "migrate_to_division_code",
    "QrdQhnxxdz": "migrate_to_address",
}
"""The service's name of each field that we send, by ours of fields.csv."""

_WINDOW = "可到户籍派出所窗口办理"
_WORDS: Mapping[int, FieldError] = {
    -50: FieldError("公安部门的系统没有认可这台终端，这一项暂时不能在这里办理", instead=_WINDOW),
    -901: FieldError("公安部门没有收到这笔业务的编号，请再提交一次", instead=_WINDOW),
    -902: FieldError("准迁证编号不对，请对照证件核对", f"/fields/{_FIELDS['ZqzBh']}/value"),
    -903: FieldError("申请人的信息不完整，请核对姓名和身份证号", f"/fields/{_FIELDS['SqrGmsfhm']}/value"),
    -905: FieldError("迁入地的信息不完整，请补全地区和详细地址", f"/fields/{_FIELDS['QrdQhnxxdz']}/value"),
}
"""The service's numbers in the citizen's words."""

_OURS = frozenset({-50, -901})
"""Numbers that no citizen can help: said to a technician too."""

_STATES = {"1": "accepted", "2": "in-progress", "3": "done", "4": "refused", "5": "supplement-needed"}
_STATE_WORDS = {"1": "已受理", "2": "办理中", "3": "已办结", "4": "不予办理", "5": "需要补充材料"}
_MOST_ROWS = 100
_BEIJING = timezone(timedelta(hours=8))
"""The service writes civil time, and does not say so: fourteen digits."""


class MigrationAdapter:
    """submitApplication and query of one item. See `kiosk.gateway.adapters.Adapter`."""

    operations = frozenset({"submitApplication", "query"})

    def __init__(self, *, service: SoapService, licence: str, clock: Clock) -> None:
        self._service = service
        self._licence = licence
        self._clock = clock

    def carry_out(self, asked: Asked, deadline: float) -> Outcome:
        """See `Adapter.carry_out`. The key becomes the business id: the service knows a repetition by it."""
        applying = asked.operation == "submitApplication"
        number = (asked.key or "").replace("-", "")
        package = self._package("SQ" if applying else "CX", number, asked.body)
        told = self._service.ask(OPERATION, {"sqzcm": self._licence, "information": package}, deadline)
        if isinstance(told, Unreachable):
            return told
        try:
            answer = plain_xml.read(told.strip().encode())
        except (plain_xml.BadXml, UnicodeEncodeError) as error:
            return Unreachable(Reason.MALFORMED, f"the string inside: {error}")
        records = _records(answer)
        codes = [_code(answer.first("PACKAGEHEAD")), *map(_code, records)]
        if None in codes or answer.name != "PACKAGE":
            return Unreachable(Reason.MALFORMED, "a package without its codes")
        failed = sorted({code for code in codes if code}, reverse=True)
        if failed:
            return _refused(failed)
        return _case(asked.item, records) if applying else Ok(_table(records))

    def _package(self, kind: str, number: str, body: Mapping[str, Any]) -> str:
        fields = body.get("fields")
        fields = fields if isinstance(fields, Mapping) else {}
        now = self._clock.now().astimezone(_BEIJING).strftime("%Y%m%d%H%M%S")
        head = [written("YwLx", kind), written("YwBh", number), written("FsSj", now)]
        record = [written(theirs, _value(fields, ours)) for theirs, ours in _FIELDS.items()]
        record.append(written("QyrXm", _name(body, fields)))
        return written(
            "PACKAGE",
            [written("PACKAGEHEAD", head), written("DATA", [written("RECORD", record)])],
        )


def from_settings(settings: PoliceMigration, clock: Clock) -> MigrationAdapter:
    """The adapter that [gateway.adapters."item"] describes. Raises PinError, KeyFileError."""
    service = SoapService(wsdl=WSDL, binding=BINDING, url=settings.url, http=PinnedHttp(settings.ca_file))
    licence = keys.load_secret(settings.licence_file).decode("utf-8", "replace")
    return MigrationAdapter(service=service, licence=licence, clock=clock)


def _value(fields: Mapping[str, Any], name: str) -> str:
    held = fields.get(name)
    value = held.get("value") if isinstance(held, Mapping) else None
    return value if isinstance(value, str) else ""


def _name(body: Mapping[str, Any], fields: Mapping[str, Any]) -> str:
    """Who moves: as filled in, else as the card says."""
    card = body.get("identity")
    card = card.get("card") if isinstance(card, Mapping) else None
    read = card.get("name") if isinstance(card, Mapping) else None
    return _value(fields, "person_name") or (read if isinstance(read, str) else "")


def _records(answer: plain_xml.Element) -> list[plain_xml.Element]:
    data = answer.first("DATA")
    return [child for child in data.children if child.name == "RECORD"] if data is not None else []


def _code(element: plain_xml.Element | None) -> int | None:
    """0, a negative number, or None where there is none."""
    text = element.word("FhDm") if element is not None else ""
    # Some systems write the typographic minus.
    text = text.replace("\N{MINUS SIGN}", "-")
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 8):
        return None
    return int(text)


def _refused(failed: list[int]) -> Problem:
    """Every reason at once; a number that we do not know is told as it is, for the window."""
    for code in failed:
        if code in _OURS or code not in _WORDS:
            log.warning("the migration service answers %d", code)
    unknown = "公安部门没有受理，原因代码 {}，请告诉窗口的工作人员"
    errors = tuple(_WORDS.get(code, FieldError(unknown.format(code), instead=_WINDOW)) for code in failed)
    first = f"MIGRATION-{abs(failed[0])}"
    return Problem(
        status=403 if -50 in failed else 422,
        code=first,
        detail=errors[0].message,
        errors=errors,
    )


def _case(item: str, records: list[plain_xml.Element]) -> Outcome:
    """The contract's Case, of the one record that we sent."""
    state = _STATES.get(records[0].word("SlZt")) if len(records) == 1 else None
    number = answers.word(records[0].word("SlBh")) if len(records) == 1 else ""
    at = _moment(records[0].word("SlSj")) if len(records) == 1 else None
    if state is None or at is None or not number:
        return Unreachable(Reason.MALFORMED, "accepted, without number, state or time")
    return Ok({"case_no": number[:40], "item": item, "state": state, "accepted_at": at.isoformat()})


def _table(records: list[plain_xml.Element]) -> dict[str, Any]:
    columns = [
        {"key": "case_no", "label": "受理编号", "kind": "text"},
        {"key": "name", "label": "迁移人", "kind": "text"},
        {"key": "state", "label": "办理状态", "kind": "status"},
        {"key": "on", "label": "受理日期", "kind": "date"},
    ]
    rows = []
    for record in records[:_MOST_ROWS]:
        at = _moment(record.word("SlSj"))
        rows.append(
            {
                "case_no": answers.word(record.word("SlBh")),
                "name": answers.text(record.word("QyrXm"), 60),
                "state": _STATE_WORDS.get(record.word("SlZt"), "请咨询窗口"),
                "on": at.date().isoformat() if at is not None else "",
            }
        )
    return {"title": "户口迁移办理进度", "columns": columns, "rows": rows, "more": len(records) > _MOST_ROWS}


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=_BEIJING) if len(text) == 14 else None
    except ValueError:
        return None
