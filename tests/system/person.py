"""What a person with a sheet of facts answers on a page: the first of every choice, what is known in every
question."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from PIL import Image, ImageDraw

from deploy.sandbox import faces
from flows.bodies import (
    BundleBody,
    CameraBody,
    CommitmentBody,
    DocumentsBody,
    FaceConsentBody,
    PictureBody,
    RecordsBody,
    ToldBody,
)
from flows.page import ChoiceBody, FormBody, Input, Page, RateBody, SignBody
from tests.flows.world import SIGNATURE


class StuckError(AssertionError):
    """It does not go on."""


class Person:
    """`sheet`: facts of a resident (`deploy.sandbox.sheets`); `wishes`: answers by the name of a question, or
    choices; `phone_code`: looks at the phone."""

    def __init__(
        self, sheet: Mapping[str, Any], wishes: Mapping[str, str], phone_code: Callable[[], str]
    ) -> None:
        self.sheet = sheet
        self.wishes = wishes
        self._phone_code = phone_code
        self.picks = 0
        """Which of the choices is taken where nothing is wished; -1 is the last."""

    def answer(self, page: Page, phase: str) -> tuple[str, dict[str, str]]:
        """What is touched and typed to go on; `phase` is the run's. Raises StuckError."""
        match page.body:
            case ChoiceBody(options=options):
                values = [each.value for each in options]
                wish = next((each for each in values if each in self.wishes.values()), None)
                wish = wish or [each for each in values if each != "pos"][self.picks]
                return "choose", {"choice": wish}
            case FormBody(inputs=inputs):
                return self._fill(page, inputs)
            case SignBody():
                return "next", dict(SIGNATURE)
            case CameraBody(kind=kind):
                picture = faces.picture(self.sheet["id"]) if kind == "face" else photograph()
                encoded = base64.b64encode(picture).decode()
                return "next", {"picture": f"data:image/jpeg;base64,{encoded}"}
            case DocumentsBody():
                return self._documents(page.body, phase), {}
            case FaceConsentBody():
                return "face", {}
            case RateBody():
                return "rate", {"level": "5"}
            case PictureBody() | CommitmentBody() | ToldBody() | RecordsBody() | BundleBody() | _:
                if page.primary is None:
                    raise StuckError(f"{page.title}: {page.body}")
                return page.primary.id, {}

    def _documents(self, body: DocumentsBody, phase: str) -> str:
        missing = [row for row in body.rows if row.state == "missing" and not row.optional]
        missing = missing or [row for row in body.rows if row.state == "missing" and body.error]
        later = [row for row in missing if row.may_follow and self.wishes.get("defer")]
        if phase == "more":
            return "done"
        if later:
            return f"later:{later[0].role}"
        return f"capture:{missing[0].role}" if missing else "next"

    def _fill(self, page: Page, inputs: tuple[Input, ...]) -> tuple[str, dict[str, str]]:
        if any(each.error for each in inputs):
            raise StuckError(f"{page.title}: {[(each.label, each.error) for each in inputs]}")
        assert page.primary is not None
        return page.primary.id, {each.name: self._typed(each) for each in inputs}

    def _typed(self, asked: Input) -> str:
        if asked.name == "code":
            return self._phone_code()
        if asked.name in self.wishes:
            return self.wishes[asked.name]
        if asked.value or asked.locked or not asked.required:
            return asked.value
        if asked.options and asked.kind != "address":
            return asked.options[0].value
        known = {
            "phone": self.sheet["mobile"],
            "address": self.sheet["address"],
            "number": "8",
            "amount": "100",
            "date": "20260105",
            "long-text": "窗口说材料不对，去了三次",
        }
        if asked.kind in known:
            return str(known[asked.kind])
        if "卡号" in asked.label:
            return str(self.sheet["bank_card"] or "6200001234567890128")
        raise StuckError(f"no answer to {asked.label} ({asked.kind})")


@cache
def photograph() -> bytes:
    """A sheet of paper with print on it, as a camera sees it."""
    picture = Image.new("RGB", (1200, 900), (232, 232, 228))
    draw = ImageDraw.Draw(picture)
    for line in range(24):
        draw.text((60, 30 + 35 * line), "DEMO 0123456789 " * 8, fill=(20, 20, 20))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
