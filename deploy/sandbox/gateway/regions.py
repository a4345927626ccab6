"""跨省通办: in which of the three modes an item is handled for a home elsewhere (samples, 演示数据)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..wire import Json, Reason
from .bodies import Region

LOCAL = "12"
"""GB/T 2260 prefix of the city."""
BADGE = "跨省通办"
# By the first two digits of the home division; every other province takes part in turn (joint).
_ONLINE = frozenset({"11", "13"})
_FORWARDED = frozenset({"14", "15", "21", "22", "23", "31", "32", "33", "37", "41"})
_LABELS = {
    "local": ("本市办理", "户籍地就在本市，当场办理"),
    "online": ("全程网办", "不用回户籍地，在这里提交后由户籍地直接办理"),
    "forwarded": ("异地代收代办", "在这里收件，转交户籍地办理，结果寄回"),
    "joint": ("多地联办", "两地各办一部分，工作人员会与您联系"),
}


def mode(home: str) -> str | None:
    """local, online, forwarded or joint; None for what is no division."""
    if not re.fullmatch(r"[1-8]\d{5}", home, re.ASCII):
        return None
    province = home[:2]
    if province == LOCAL:
        return "local"
    return "online" if province in _ONLINE else "forwarded" if province in _FORWARDED else "joint"


def offered(guide: Mapping[str, Any], home: str) -> str | None:
    """The mode in which this item is handled for that home; None where it is not."""
    found = mode(home)
    return found if found == "local" or BADGE in guide.get("badges", ()) else None


def options(guide: Mapping[str, Any], home: str) -> list[Json]:
    """The answer of getOptions for `region_mode`: one option, or none."""
    found = offered(guide, home)
    if found is None:
        return []
    label, detail = _LABELS[found]
    return [{"id": found, "label": label, "detail": detail}]


def judge(guide: Mapping[str, Any], region: Region | None, at: str = "") -> list[Reason]:
    """What is wrong with the region of an application."""
    if region is None:
        return []
    found = offered(guide, region.home or "")
    if found is None:
        return [Reason("这一项不能为这个户籍地办理", "REGION_NOT_OFFERED", f"{at}/region/home")]
    if region.mode is not None and region.mode != found:
        return [Reason(f"办理方式应为“{_LABELS[found][0]}”", "REGION_MODE", f"{at}/region/mode")]
    return []
