"""A sheet about a person: what they would answer, found by the words of the question."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass

from PIL import Image, ImageDraw

from deploy.demo.city import Resident
from deploy.demo.screen import Question

BANK_CARD = "6200001234567890128"
"""For who has none: a number no bank gives out, with the right check digit (ISO/IEC 7812-1, annex B)."""


class NoAnswerError(Exception):
    """The sheet has no answer to a question; the text is the question."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the walker knows of the person it walks as, and of whom it acts for."""

    person: Resident
    principal: Resident | None = None

    def answer(self, question: Question) -> str:
        """What to fill in. What stands there already is left, unless the page says that it is wrong.

        Raises NoAnswerError.
        """
        if question.value and not question.error:
            return question.value
        if question.options:
            return question.options[0][0]
        beneficiary = self.principal or self.person
        known = (
            (("卡号",), beneficiary.bank_card or BANK_CARD),
            (("住址", "地址"), beneficiary.address),
            # Before the next: 手机号码 is no identity number.
            (("手机", "电话"), self.person.mobile),
            (("号码", "身份证"), beneficiary.id_number),
            (("姓名",), beneficiary.name),
        )
        for words, value in known:
            if any(word in question.label for word in words):
                return value
        if question.optional:
            return ""
        raise NoAnswerError(question.label or question.name)

    def signature(self) -> dict[str, str]:
        """A signature as the pad posts it: a PNG as a data URL, and the strokes that made it."""
        points = [(40 + 26 * step, 90 + (35 if step % 2 else -30) + 2 * step) for step in range(14)]
        picture = Image.new("RGBA", (480, 200))
        ImageDraw.Draw(picture).line(points, fill=(26, 31, 43, 255), width=5)
        png = io.BytesIO()
        picture.save(png, "PNG")
        drawn = [{"x": x, "y": y, "time": 20 * n, "pressure": 0.5} for n, (x, y) in enumerate(points)]
        return {
            "signature": "data:image/png;base64," + base64.b64encode(png.getvalue()).decode(),
            "strokes": json.dumps([{"points": drawn}]),
        }
