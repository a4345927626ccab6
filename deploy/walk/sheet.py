"""A sheet about a person: what they would answer, found by the words of the question."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass

from PIL import Image, ImageDraw

from deploy.demo.city import Company, Resident
from deploy.demo.screen import Question

BANK_CARD = "6200001234567890128"
"""For who has none: a number no bank gives out, with the right check digit (ISO/IEC 7812-1, annex B)."""

COMPANION = ("演示同住人", "120199199001010020")
"""Name and number of somebody who lives with them: nobody's, with the right check digit (GB 11643)."""

ENTRY = "第 1 "
"""How the page of one entry of a repeating group is headed."""

Facts = tuple[tuple[str, str], ...]
"""A word of the question, and the answer; the first that fits counts."""


class NoAnswerError(Exception):
    """The sheet has no answer to a question; the text is the question."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the walker knows of the person it walks as, and of whom it acts for.

    `facts` are about this errand (a bill's account, an invoice); `instead` is typed even where something
    stands already; `wishes` are chosen where they are offered (words of a button, or what it posts);
    `company`: for whom a phone scan of a legal person is made; `defer`: what may follow later, follows later;
    `rates`: whether the service is rated.
    """

    person: Resident
    principal: Resident | None = None
    facts: Facts = ()
    instead: Facts = ()
    wishes: tuple[str, ...] = ()
    company: Company | None = None
    defer: bool = False
    rates: bool = True

    def answer(self, question: Question, title: str = "") -> str:
        """What to fill in on the page headed `title`. What stands there already is left, unless the page
        says that it is wrong.

        Raises NoAnswerError.
        """
        for word, value in self.instead:
            if word in question.label:
                return value
        if question.value and not question.error:
            return question.value
        if question.options:
            return self._chosen(question)
        beneficiary = self.principal or self.person
        name, number = COMPANION if title.startswith(ENTRY) else (beneficiary.name, beneficiary.id_number)
        known = (
            *self.facts,
            ("卡号", beneficiary.bank_card or BANK_CARD),
            ("住址", beneficiary.address),
            ("地址", beneficiary.address),
            # Before the next: 手机号码 is no identity number.
            ("手机", self.person.mobile),
            ("电话", self.person.mobile),
            ("公民身份号码", number),
            ("身份证", number),
            ("姓名", name),
        )
        for word, value in known:
            if word in question.label:
                return value
        if question.optional:
            return ""
        raise NoAnswerError(question.label or question.name)

    def _chosen(self, question: Question) -> str:
        """What is wished for among the options, else the first."""
        for wish in self.wishes:
            for value, label in question.options:
                if wish in label or wish == value:
                    return value
        return question.options[0][0]

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
