"""Findings about what citizens read: too long, missing, without meaning, not Chinese (L149 to L156, L169)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from flows import kinds
from flows.expanding import Path
from flows.lint.context import Check, Context, Found, every_field, steps
from flows.model import Flow

SHORT, SUMMARY, TITLE = 7.0, 27.0, 10.0
"""Characters in 大字 on the upright screen: of a tile in two columns one line, and three lines under it; of a
page's title one line beside its picture. Half-width characters count half. A test holds them to the CSS."""
ON_A_PAGE = 5
"""Questions on a page of an item for the elderly."""
_ELDERLY = "适老"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_FROM_PAPER = frozenset({"digits", "ascii", "scan"})
_DOES = re.compile(r"请|可以|可到|可用|可拨|也可|不用|不需要|拨打|到.*窗口")
_MEANS_NOTHING = re.compile(
    r"填写|提供|录入|输入|需要|所需|使用|信息|办理|办事|业务|事项|本|用于|用|的|请|您|必填|[，。、]"
)


def width(text: str) -> float:
    """How many full-width characters `text` is wide."""
    return sum(1.0 if unicodedata.east_asian_width(letter) in "WFA" else 0.5 for letter in text)


def _short(flow: Flow, context: Context) -> Found:
    if width(flow.short) > SHORT:
        yield (
            ("short",),
            f"{flow.short!r} is {width(flow.short):g} characters wide, and a tile in 大字 holds {SHORT:g}",
            "shorten it; the official name stands on the item's first page",
        )


def _summary(flow: Flow, context: Context) -> Found:
    if width(flow.summary) > SUMMARY:
        yield (
            ("summary",),
            f"the summary is {width(flow.summary):g} characters wide, and a tile in 大字 holds {SUMMARY:g}",
            "say in a few words what it is good for",
        )


def _titles(flow: Flow, context: Context) -> Found:
    for number, step in enumerate(flow.steps):
        title = getattr(step, "title", "")
        if width(title) > TITLE:
            yield (
                ("steps", number, "title"),
                f"{title!r} is {width(title):g} characters wide, and a line in 大字 holds {TITLE:g}",
                "shorten it; what is to be explained goes under `help`",
            )


def _many_for_the_elderly(flow: Flow, context: Context) -> Found:
    if _ELDERLY not in flow.badges:
        return
    for number, step in steps(flow, kinds.Form):
        asked = [name for name in step.fields if name in flow.fields and not flow.fields[name].locked]
        if len(asked) > ON_A_PAGE:
            yield (
                ("steps", number, "fields"),
                f"{len(asked)} questions on a page of an item for the elderly, where {ON_A_PAGE} are enough",
                "ask them on several pages",
            )


def _no_help(flow: Flow, context: Context) -> Found:
    typed = {name for _, step in steps(flow, kinds.Form) for name in step.fields}
    for at, name, field in every_field(flow):
        asked = name.partition(".")[0] in typed or "." in name
        if asked and field.kind in _FROM_PAPER and not field.locked and not field.help:
            yield at, f"`{name}` is copied from somewhere, and nobody says from where", "say it under help"


def _nothing_to_do(flow: Flow, context: Context) -> Found:
    bills = {step.bill for _, step in steps(flow, kinds.Pay)}
    for number, step in steps(flow, kinds.Options):
        # That nothing is to be paid leaves nothing to be done.
        if step.field not in bills and not _DOES.search(step.none):
            yield (
                ("steps", number, "none"),
                f"{step.none!r} does not say what to do when the list is empty",
                "add it: 请带……到窗口办理",
            )


def _purposeless(flow: Flow, context: Context) -> Found:
    for at, name, field in every_field(flow):
        said = field.purpose.replace(field.label, "")
        if not _MEANS_NOTHING.sub("", said).strip():
            yield (
                (*at, "purpose"),
                f"{field.purpose!r} does not say what `{name}` is needed for",
                "say what is done with it: 核对……, 确定……, 发到……",
            )


def _choices(flow: Flow, context: Context) -> Found:
    for at, name, field in every_field(flow):
        for why, remedy in _of_choices([(each.code, each.label) for each in field.choices]):
            yield (*at, "choices"), f"`{name}`: {why}", remedy
    for number, step in steps(flow, kinds.Proxy):
        where: Path = ("steps", number, "relations")
        for why, remedy in _of_choices([(each.code, each.label) for each in step.relations]):
            yield where, f"the relations: {why}", remedy


def _of_choices(choices: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    if len(choices) == 1:
        yield "there is one choice only", "offer another, or do not ask"
    for number, what in enumerate(("code", "label")):
        told = [choice[number] for choice in choices]
        twice = sorted({each for each in told if told.count(each) > 1})
        if twice:
            yield f"the {what} {', '.join(twice)} stands twice", f"give each choice a {what} of its own"


def _not_chinese(flow: Flow, context: Context) -> Found:
    texts: list[tuple[Path, str]] = [(("short",), flow.short), (("summary",), flow.summary)]
    for at, _, field in every_field(flow):
        texts += [((*at, key), getattr(field, key)) for key in ("label", "purpose", "help")]
    for number, step in enumerate(flow.steps):
        told = ((key, getattr(step, key, "")) for key in ("title", "none", "statement"))
        texts += [(("steps", number, key), text) for key, text in told if isinstance(text, str)]
        texts += [(("steps", number, "documents"), each.name) for each in getattr(step, "documents", ())]
    for at, text in texts:
        if text and not _CHINESE.search(text):
            yield at, f"{text!r} has no word of Chinese, and citizens read it", "say it in Chinese"


CHECKS: dict[str, Check] = {
    "L149": _short,
    "L150": _summary,
    "L151": _titles,
    "L152": _many_for_the_elderly,
    "L153": _no_help,
    "L154": _nothing_to_do,
    "L155": _purposeless,
    "L156": _choices,
    "L169": _not_chinese,
}
