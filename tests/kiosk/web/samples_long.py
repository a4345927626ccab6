"""Views with the longest that people, streets and tables bring. All people are fictional."""

from __future__ import annotations

from msgspec.structs import replace

from flows.page import Column, FormBody, Input, Page, ResultBody, ReviewBody, Row, TableBody
from flows.words import masked
from kiosk.views import View
from tests.kiosk.web.samples import ID_CLEAR, ID_MASKED, SAMPLES

NAME = "古丽娜尔·阿卜杜热合曼·艾合买提江·吐尔逊娜依"
NAME_MASKED = masked("name", NAME)
STREET = "新疆维吾尔自治区伊犁哈萨克自治州察布查尔锡伯自治县演示镇䶮𠮷㛃里三号楼二单元一二〇三室"
STREET_MASKED = masked("address", STREET)


def _with(name: str, body: FormBody | ReviewBody | TableBody | ResultBody, title: str = "") -> View:
    view = SAMPLES[name]
    assert isinstance(view.page, Page)
    page = replace(view.page, body=body, title=title or view.page.title)
    return replace(view, page=page, visitor=NAME_MASKED)


LONG_SAMPLES: dict[str, View] = {
    "form-long": _with(
        "form",
        FormBody(
            title="填写申请信息",
            inputs=(
                Input(
                    name="person_name",
                    label="姓名",
                    kind="text",
                    shown=NAME_MASKED,
                    source="来自身份证",
                    trust="A·部门核发",
                    locked=True,
                ),
                Input(
                    name="resident_id_number",
                    label="公民身份号码",
                    kind="id-number",
                    shown=ID_MASKED,
                    source="来自身份证",
                    trust="A·部门核发",
                    locked=True,
                ),
                Input(
                    name="residential_address",
                    label="现住址",
                    kind="text",
                    help="写到门牌号，例如：和平区某某路 1 号 2 门 301",
                ),
            ),
        ),
    ),
    "review-long": replace(
        _with(
            "review",
            ReviewBody(
                rows=(
                    Row(label="代办人", shown=NAME_MASKED, source="来自身份证", trust="A·部门核发"),
                    Row(label="姓名", shown=NAME_MASKED, clear=NAME, source="来自身份证", trust="A·部门核发"),
                    Row(
                        label="公民身份号码",
                        shown=ID_MASKED,
                        clear=ID_CLEAR,
                        source="来自身份证",
                        trust="A·部门核发",
                    ),
                    Row(
                        label="现住址",
                        shown=STREET_MASKED,
                        clear=STREET,
                        source="来自政务数据共享",
                        trust="A·部门核发",
                        change="change:residential_address",
                    ),
                ),
                unchecked=("身份尚未经平台确认", "代办授权尚未核对", "申请条件尚未核对"),
            ),
        ),
        offline=True,
    ),
    "result-stored-no-paper": replace(
        _with(
            "result-no-paper",
            ResultBody(
                state="stored",
                number="a47b81f3-b760-4bb3-b79b-0d2f7f4f9a11",
                lines=("网络恢复后，这台终端会自动送出您的申请", "受理时间以系统受理为准"),
                paper="failed",
                paper_words="打印机盖子没有盖好",
            ),
            title="已暂存，还没有受理",
        ),
        offline=True,
    ),
    "table-listed": replace(
        _with(
            "table",
            TableBody(
                title="",
                columns=(
                    Column(label="养老机构"),
                    Column(label="说明"),
                    Column(label="床位", kind="number"),
                    Column(label="电话"),
                ),
                rows=tuple(
                    (
                        f"演示滨海新区塘沽街道社区综合为老服务中心养老院（第 {n} 院）",
                        f"滨海新区塘沽街道解放路与新港路交口东北侧 {n} 号院内 2 号楼",
                        str(40 * n),
                        f"022-0000000{n}",
                    )
                    for n in range(1, 9)
                ),
                note="这是 3 天前保存的内容，可能已有变化",
                sample=True,
            ),
            title="养老机构",
        ),
        offline=True,
    ),
    "table-wide": _with(
        "table",
        TableBody(
            title="2025 年度社会保险个人权益记录（演示数据）",
            columns=(
                Column(label="险种"),
                Column(label="状态", kind="status"),
                Column(label="月数", kind="number"),
                Column(label="月缴费基数（元）", kind="money"),
                Column(label="个人缴费（元）", kind="money"),
                Column(label="单位缴费（元）", kind="money"),
            ),
            rows=tuple(
                (insurance, "正常缴费", "12", "13,461.95", "12,923.40", "25,846.92")
                for insurance in ("企业职工基本养老保险", "职工基本医疗保险", "失业保险")
            ),
            as_of="2025-12-31",
            sample=True,
        ),
    ),
}
