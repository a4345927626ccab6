"""Who stands there in a rehearsal: nobody there is."""

from __future__ import annotations

import base64

from flows.effects import Effect, Login, NumberLogin, PhoneScan
from flows.events import Business, Identified
from flows.fields import Level
from flows.rehearsal.fitting import credit_code
from flows.rehearsal.script import AT

CITIZEN = {"name": "王秀兰", "id_number": "120103194001010025", "card_type": "resident", "sam_id": "05.01"}
PRINCIPAL = {"name": "李德顺", "id_number": "120103193801010010", "card_type": "resident", "sam_id": "05.01"}
COMPANY = Business(name="天津示例商贸有限公司", code=credit_code("0000001"), authority="handler")
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0 a picture \xff\xd9").decode()
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode()
PICTURE = {"picture": f"data:image/jpeg;base64,{JPEG}"}
SIGNATURE = {"signature": f"data:image/png;base64,{PNG}", "strokes": "[[1,2]]"}


def identified(effect: Effect) -> Identified:
    """The platform's word on a login."""
    match effect:
        case Login(card=card, face=face):
            level: Level = "card" if face is None else "card+face"
            return Identified(
                effect=effect.id,
                name=card["name"],
                id_number=card["id_number"],
                level=level,
                method="id-card",
                at=AT,
            )
        case NumberLogin(name=name, id_number=number):
            return Identified(
                effect=effect.id,
                name=name,
                id_number=number,
                level="card+face",
                method="number-face",
                at=AT,
            )
    return Identified(
        effect=effect.id,
        name=CITIZEN["name"],
        id_number=CITIZEN["id_number"],
        level="phone",
        method="phone",
        at=AT,
        business=COMPANY if isinstance(effect, PhoneScan) and effect.business else None,
    )
