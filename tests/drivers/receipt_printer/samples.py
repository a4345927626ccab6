"""A receipt and a slip as `look.md`, "Paper", wants them; fictional people, no real agency.

``python -m tests.drivers.receipt_printer.samples FOLDER`` prints them on simulated paper of both widths, and
the page of `kiosk printer probe`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image as Picture

from drivers.receipt_printer import Document, Feed, Pair, Qr, Rule, Text, load_profile
from drivers.receipt_printer.encoder import encode
from drivers.receipt_printer.fonts import system_fonts
from drivers.receipt_printer.probe_page import pages
from drivers.receipt_printer.simulator.machine import Model
from drivers.receipt_printer.simulator.paper import Piece
from tests.drivers.receipt_printer.world import on_paper

SIGNED = (
    "TJR1.eyJrIjoic2xpcCIsIm4iOiJRN0YzLUsyOUQiLCJpIjoic2VuaW9yLWFsbG93YW5jZSJ9." + "Zm9yLXNob3ctb25seQ" * 5
)
"""As long as a signed payload is."""


def receipt() -> Document:
    """A case was accepted."""
    return Document(
        (
            Text("城市政务服务", align="center", size=2, bold=True),
            Text("自助终端受理回执", align="center"),
            Rule(),
            Text("高龄津贴申请", align="center", size=2),
            Feed(),
            Text("办件编号", align="center"),
            Text("20260107000042", align="center", size=2, bold=True),
            Feed(),
            Pair("申请人", "欧阳𠮷㛃"),
            Pair("受理时间", "2026-01-07 10:32"),
            Pair("受理单位", "示例区民政局老年人福利科"),
            Pair("终端", "T-0042 示例路社区服务中心一层大厅自助服务区"),
            Rule(),
            Text("接下来", bold=True),
            Text(
                "15个工作日内审核，结果以短信告知，也可凭办件编号在任一终端“办件查询”中查看；"
                "补正材料时请带本回执。"
            ),
            Feed(),
            Text("咨询与“办不成事”反映：12345", align="center"),
            Qr(SIGNED),
            Text("扫码可核验本回执真伪", align="center"),
        )
    )


def slip() -> Document:
    """Stored, not yet accepted: that is said in the largest type on the paper."""
    return Document(
        (
            Text("城市政务服务", align="center", bold=True),
            Rule(),
            Text("暂存单", align="center", size=3, bold=True),
            Text("尚未受理", align="center", size=2),
            Feed(),
            Text("高龄津贴申请", align="center", size=2),
            Feed(),
            Pair("暂存号", "Q7F3-K29D"),
            Pair("申请人", "阿依古丽·买买提"),
            Pair("暂存时间", "2026-01-07 10:32"),
            Pair("终端", "T-0042"),
            Pair("费用", "¥0.00"),
            Rule(),
            Text(
                "网络恢复后自动提交，受理后短信告知办件编号。三个工作日内未收到短信，"
                "请拨打12345，或凭本单到窗口办理。"
            ),
            Qr(SIGNED),
            Text("扫码可核验本单真伪", align="center"),
        )
    )


def printed(document: Document, profile: str) -> Piece:
    """The document on simulated paper of this profile."""
    job = encode(document, load_profile(profile), system_fonts())
    return on_paper(bytes(job.data), Model.named(profile))


def main(folder: Path) -> None:
    """Both documents side by side, one picture a width, and the two pieces of the probe page."""
    wide, narrow = "generic-80mm-gb18030", "generic-58mm-gb18030"
    probe = [on_paper(page.data, Model.named(wide)).image for page in pages(system_fonts())]
    sheets = {"probe": probe}
    for name, profile in (("80mm", wide), ("58mm", narrow)):
        sheets[name] = [printed(document, profile).image for document in (receipt(), slip())]
    for name, papers in sheets.items():
        sheet = Picture.new(
            "L", (sum(each.width for each in papers) + 120, max(each.height for each in papers) + 80), 208
        )
        left = 40
        for each in papers:
            sheet.paste(each, (left, 40))
            left += each.width + 40
        sheet.convert("P", palette=Picture.Palette.ADAPTIVE, colors=4).save(
            folder / f"receipt-printer-{name}.png", optimize=True
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
