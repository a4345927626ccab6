"""Sample pictures of guides (演示数据), drawn here: how an item goes, in steps. No photograph, no emblem."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FOLDER = "media"
"""Under the gateway's `/v1`; guides name their pictures relative to that."""

SAMPLES: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "senior-allowance": (
        "高龄津贴怎样申请",
        (
            ("刷身份证", "放在读卡区，听到提示再拿开"),
            ("填写住址和卡号", "用申请人本人的储蓄卡"),
            ("核对、签名", "看清楚再签，可以返回修改"),
            ("取凭条", "凭编号随时查询办到哪一步"),
        ),
    ),
    "item-guide": (
        "办事指南怎样查",
        (
            ("选部门和事项", "不用身份证，任何人都可以查"),
            ("看材料和条件", "一次告知，看不完可以打印"),
            ("打印带走", "按清单准备，少跑一趟"),
        ),
    ),
    "id-card-on-reader": (
        "身份证怎样放",
        (
            ("平放在读卡区", "正反面都可以"),
            ("不要移动", "大约两三秒"),
            ("听到提示再拿开", "没有读到就再放一次"),
        ),
    ),
}
"""Title and steps of each picture, by its name."""

_FONT = "NotoSansCJK-Regular.ttc"
_SIMPLIFIED = 2
"""Its place in the collection of Debian's fonts-noto-cjk."""
_WIDTH, _HEAD, _STEP, _FOOT, _EDGE = 1200, 130, 165, 70, 50
_LABEL = "演示数据，不是任何部门发布的内容"
_BLUE, _INK, _PAPER, _GREY = (11, 78, 162), (26, 31, 43), (244, 246, 249), (82, 90, 104)


@cache
def png(name: str) -> bytes:
    """The PNG. Raises KeyError for a name there is none of, FileNotFoundError without the font."""
    title, steps = SAMPLES[name]
    image = Image.new("RGB", (_WIDTH, _HEAD + _STEP * len(steps) + _FOOT), "white")
    draw = ImageDraw.Draw(image)
    draw.text((_EDGE, _HEAD / 2), title, _BLUE, _font(66), anchor="lm")
    for number, (what, how) in enumerate(steps, 1):
        top = _HEAD + _STEP * (number - 1)
        middle = top + (_STEP - 24) / 2
        draw.rounded_rectangle((_EDGE, top, _WIDTH - _EDGE, top + _STEP - 24), 16, fill=_PAPER)
        draw.ellipse((_EDGE + 30, middle - 44, _EDGE + 118, middle + 44), fill=_BLUE)
        draw.text((_EDGE + 74, middle), str(number), "white", _font(52), anchor="mm")
        draw.text((_EDGE + 160, middle - 33), what, _INK, _font(56), anchor="lm")
        draw.text((_EDGE + 160, middle + 38), how, _GREY, _font(44), anchor="lm")
    draw.text((_EDGE, image.height - _FOOT / 2), _LABEL, _GREY, _font(36), anchor="lm")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    found = next(iter(sorted(Path("/usr/share/fonts").rglob(_FONT))), None)
    if found is None:
        raise FileNotFoundError(f"{_FONT} is not there: `make setup-demo` says which package has it")
    return ImageFont.truetype(found, size, index=_SIMPLIFIED)
