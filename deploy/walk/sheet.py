"""A sheet about a person: what they would answer, found by the words of the question."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageDraw

from deploy.demo.city import Company, Resident
from deploy.demo.screen import Question
from deploy.walk.filling import BANK_CARD, COMPANION, anything, corrected, written

ENTRY = "第 1 "
"""How the page of one entry of a repeating group is headed."""

Facts = tuple[tuple[str, str], ...]
"""A word of the question, and the answer; the first that fits counts."""


def _fits(value: str, keyboard: str) -> bool:
    """Whether an answer that was found by a word of the question can be typed with its keyboard."""
    return value.isascii() if keyboard in {"ascii", "scan", "digits", "phone", "id-number"} else True


def _in_the_city(code: str) -> bool:
    """Whether this is a division of the city (GB/T 2260)."""
    return len(code) == len("120101") and code.isdigit() and code.startswith("1201")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the walker knows of the person it walks as, and of whom it acts for.

    `facts` are about this errand (a bill's account, an invoice); `known` is what the city's registers hold of
    it, by the name under which a question is posted; `instead` is typed even where something stands already;
    `wishes` are chosen where they are offered (words of a button, or what it posts);
    `company`: for whom a phone scan of a legal person is made; `defer`: what may follow later, follows later;
    `uploads`: documents are sent from the phone, and not photographed; `rates`: whether the service is rated.
    """

    person: Resident
    principal: Resident | None = None
    facts: Facts = ()
    known: Mapping[str, Any] = field(default_factory=dict)
    instead: Facts = ()
    wishes: tuple[str, ...] = ()
    company: Company | None = None
    defer: bool = False
    uploads: bool = False
    rates: bool = True

    def answer(self, question: Question, title: str = "") -> str:
        """What to fill in on the page headed `title`: what the sheet says, else something valid. What stands
        there already is left, unless the page says that it is wrong."""
        if question.error and question.value and not question.options:
            return corrected(question)
        for word, value in self.instead:
            if word in question.label:
                return value
        if question.value:
            return question.value
        if question.optional and question.name not in self.known:
            return next((value for word, value in self.facts if word in question.label), "")
        if question.options:
            return self._chosen(question)
        if question.name in self.known and not title.startswith(ENTRY):
            return written(self.known[question.name], question.keyboard)
        beneficiary = self.principal or self.person
        name, number = COMPANION if title.startswith(ENTRY) else (beneficiary.name, beneficiary.id_number)
        known = (
            *self.facts,
            ("银行卡", beneficiary.bank_card or BANK_CARD),
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
            if word in question.label and _fits(value, question.keyboard):
                return value
        return anything(question)

    def _chosen(self, question: Question) -> str:
        """What is known or wished for among the options, else a place in the city, else the first."""
        known = str(self.known.get(question.name, ""))
        home = str(self.person.knows.get("domicile") or "")
        for wish in (*((known,) if known else ()), *self.wishes, home):
            for value, label in question.options:
                if wish == value or (wish and not wish.isascii() and wish in label):
                    return value
        return next((value for value, _ in question.options if _in_the_city(value)), question.options[0][0])

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
