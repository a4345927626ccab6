"""A handwritten signature."""

from __future__ import annotations

import base64
import binascii
import json

from flows.events import Act, Event
from flows.kinds import Sign
from flows.model import Flow
from flows.page import Page, SignBody
from flows.parts import Action
from flows.run import Run, Signature
from flows.turn import Asks, Turn, framed

PNG = "data:image/png;base64,"
SIGNATURE_BYTES = 200_000
STROKES_BYTES = 200_000


class SignLogic(Asks):
    """A handwritten signature; from the tap on 签名并提交 the citizen has confirmed."""

    stage = "签名"

    def enter(self, turn: Turn, step: Sign) -> None:
        """Each signature is drawn anew."""
        turn.set(signature=None)

    def handle(self, turn: Turn, step: Sign, event: Event) -> None:
        """Take a picture that is one, with at least one stroke."""
        if not isinstance(event, Act) or event.action != "next":
            return
        image = _picture(event.values.get("signature", ""))
        strokes = event.values.get("strokes", "")
        if image is None or not _drawn(strokes):
            turn.set(errors={"signature": "请先在框里签名"})
            return
        turn.set(errors={}, signature=Signature(image=image, strokes=strokes, signed_at=event.at))
        turn.next()

    def page(self, flow: Flow, run: Run, step: Sign) -> Page:
        """The pad."""
        return framed(
            flow,
            "请签名",
            SignBody(statement=step.statement, item_name=flow.name, error=run.errors.get("signature", "")),
            primary=Action(id="next", label="签名并提交"),
        )

    def stops(self, flow: Flow, run: Run, step: Sign) -> bool:
        """It asks something."""
        return True


def _picture(data_url: str) -> str | None:
    """The base64 of a PNG data URL, or None when it is not one."""
    if not data_url.startswith(PNG) or len(data_url) > SIGNATURE_BYTES:
        return None
    encoded = data_url[len(PNG) :]
    try:
        picture = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return encoded if picture.startswith(b"\x89PNG\r\n\x1a\n") else None


def _drawn(strokes: str) -> bool:
    """Whether the strokes are a JSON list with something in it."""
    if not strokes or len(strokes) > STROKES_BYTES:
        return False
    try:
        drawn = json.loads(strokes)
    except (ValueError, RecursionError):
        return False
    return isinstance(drawn, list) and bool(drawn)
