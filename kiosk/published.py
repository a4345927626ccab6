"""What the city publishes: the contract's shapes, read from cached content, and how old they are in words."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from flows.page import DocumentLine, GuidePicture, GuideView
from kiosk.guide_pictures import Held, Media
from offline_cache.content import Content

log = logging.getLogger(__name__)
T = TypeVar("T")
MOST_DEFERRED, DEFERRED_BEFORE = 20, 2
"""Working days: the longest 容缺, and how long before the promised time it ends."""


class Document(msgspec.Struct):
    """One document of a guide."""

    role: str
    name: str
    importance: str
    deferrable: bool = False
    commitment_instead: bool = False


class Fee(msgspec.Struct):
    """What a guide says of the fee."""

    fen: int = 0
    note: str = ""


class Guide(msgspec.Struct):
    """一次性告知, as far as it is shown."""

    item: str
    version: str
    sample: bool
    documents: tuple[Document, ...]
    conditions: tuple[str, ...] = ()
    fee: Fee | None = None
    promised_working_days: int | None = None
    legal_basis: tuple[str, ...] = ()
    office: str = ""
    hotline: str = ""
    badges: tuple[str, ...] = ()
    commitment_text: str = ""
    defer_working_days: int | None = None
    media: tuple[Media, ...] = ()


class Code(msgspec.Struct):
    """One entry of a code list; `parent`: the code of what it belongs to."""

    code: str
    label: str
    parent: str = ""


class Codes(msgspec.Struct):
    """A code list."""

    entries: tuple[Code, ...]


class Policy(msgspec.Struct):
    """One published policy."""

    title: str
    summary: str = ""
    issuer: str = ""


class Policies(msgspec.Struct):
    """What was published."""

    policies: tuple[Policy, ...]


class Value(msgspec.Struct):
    """The contract's `Value`; where it is from says nothing to whoever reads a list."""

    value: Any


class Listed(msgspec.Struct):
    """One `Option` of a department's list."""

    label: str
    detail: str = ""
    fields: Mapping[str, Value] = {}


class Entry(msgspec.Struct):
    """One item of the catalogue."""

    code: str
    enabled: bool
    reason: str = ""


class Catalogue(msgspec.Struct):
    """The items that the city offers."""

    items: tuple[Entry, ...]


def decoded(content: Content | None, shape: type[T]) -> T | None:
    """Content in the contract's shape; None where there is none, or it is not."""
    if content is None:
        return None
    try:
        return msgspec.json.decode(content.body, type=shape)
    except msgspec.MsgspecError:
        log.warning("content is not in the contract's shape: %s", shape.__name__)
        return None


def guide_view(guide: Guide, name: str, age: str, shown: Sequence[tuple[Media, Held]] = ()) -> GuideView:
    """The contract's `Guide` in the citizen's words."""
    fee = "请以窗口公布为准"
    if guide.fee is not None:
        fee = "不收费" if guide.fee.fen == 0 else f"{guide.fee.fen / 100:.2f} 元"
        fee = f"{fee}（{guide.fee.note}）" if guide.fee.note else fee
    days = guide.promised_working_days
    return GuideView(
        item=guide.item,
        name=name,
        conditions=guide.conditions,
        documents=tuple(
            DocumentLine(
                name=each.name,
                main=each.importance == "main",
                deferrable=each.deferrable,
                role=each.role,
                committable=each.commitment_instead,
            )
            for each in guide.documents
        ),
        fee=fee,
        days="请以窗口公布为准" if days is None else "当场办结" if days == 0 else f"{days} 个工作日",
        office=guide.office,
        hotline=guide.hotline,
        legal_basis=guide.legal_basis,
        badges=guide.badges,
        sample=guide.sample,
        version=guide.version,
        age=age,
        commitment_text=guide.commitment_text,
        defer_days=_defer_days(guide),
        pictures=tuple(
            GuidePicture(
                digest=held.digest,
                width=held.width,
                height=held.height,
                title=media.title,
                captions=media.captions,
            )
            for media, held in shown
        ),
    )


def _defer_days(guide: Guide) -> int | None:
    """Working days in which what is deferred has to come: two before the promised time, so that it can be
    kept, and 20 at the most; one at least."""
    if guide.defer_working_days is None:
        return None
    promised = guide.promised_working_days
    latest = MOST_DEFERRED if promised is None else min(promised - DEFERRED_BEFORE, MOST_DEFERRED)
    return max(1, min(guide.defer_working_days, latest))


def age_words(content: Content) -> str:
    """How old stale content is, for the citizen; empty while it is current."""
    if not content.stale:
        return ""
    if content.age is None:
        return "这是以前保存的内容，不知道是什么时候的，可能已有变化"
    hours = int(content.age // 3600)
    if hours < 1:
        return "这是不到 1 小时前保存的内容"
    if hours < 48:
        return f"这是 {hours} 小时前保存的内容"
    return f"这是 {hours // 24} 天前保存的内容，可能已有变化"


def closed_items(content: Content | None) -> dict[str, str]:
    """What the city does not take at present, by item, and why, in its words; nothing without a catalogue."""
    catalogue = decoded(content, Catalogue)
    entries = () if catalogue is None else catalogue.items
    return {each.code: each.reason or "平台暂停办理" for each in entries if not each.enabled}


def known_items(body: Any) -> list[str]:
    """The item codes of a catalogue's body, or none when it is not one."""
    try:
        return [entry.code for entry in msgspec.json.decode(body, type=Catalogue).items]
    except msgspec.MsgspecError:
        return []
