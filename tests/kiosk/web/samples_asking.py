"""Views of every kind of input, and of choices with very many entries. All people are fictional."""

from __future__ import annotations

from pathlib import Path

import msgspec

from flows.fields import InputKind
from flows.page import ChoiceBody, FindBody, FormBody, IdentifyBody, Input, Scan
from flows.parts import Action, Option
from kiosk.views import View
from tests.kiosk.web.frames import NEXT, flow_view

CODES = Path(__file__).parents[3] / "deploy" / "sandbox" / "data" / "codes.yaml"
"""The sandbox's lists: 83 divisions in two levels, twenty industries."""


def _codes(name: str) -> tuple[Option, ...]:
    entries = msgspec.yaml.decode(CODES.read_bytes())[name]
    return tuple(Option(value=code, label=label, detail="".join(above)) for code, label, *above in entries)


DIVISIONS = _codes("divisions")
PROVINCES = tuple(Option(value=each.value, label=each.label) for each in DIVISIONS if not each.detail)
ITEMS = tuple(
    Option(value=f"item-{n}", label=label, detail=department)
    for n, (label, department) in enumerate(
        (
            ("社会保障卡补领", "市人社局"),
            ("社会保险个人权益记录单打印", "市社保中心"),
            ("城乡居民基本养老保险待遇领取资格认证", "市社保中心"),
            ("机动车驾驶证期满换证业务办理（含体检信息共享）", "市公安局交通管理局"),
            ("不动产登记资料查询", "市规划资源局"),
            ("公积金提取", "市住房公积金管理中心"),
        )
    )
)


def _form(title: str, *inputs: Input, name: str = "演示事项") -> View:
    return flow_view(title, FormBody(title=title, inputs=inputs), "填写", name=name, primary=NEXT)


def _input(name: str, label: str, kind: InputKind, **more: object) -> Input:
    return Input(name=name, label=label, kind=kind, **more)  # type: ignore[arg-type]  # of Input's own types


_YES_NO = (Option(value="yes", label="是"), Option(value="no", label="否"))
_WAYS = (
    Action(id="phone", label="用手机扫码"),
    Action(id="business", label="企业账户扫码"),
    Action(id="number", label="没带身份证，用号码和人脸"),
    Action(id="skip", label="不登录，直接填写"),
)

ASKING_SAMPLES: dict[str, View] = {
    "form-dates": _form(
        "租赁起止",
        _input("lease_start_date", "租赁开始日期", "date", value="2026-01-05"),
        _input("paid_until_month", "房租付到", "month"),
        _input("monthly_rent_amount", "每月租金", "amount", value="3200.00", shown="3200.00 元", unit="元"),
        _input("floor_area", "租的面积", "number", unit="平方米", help="合同上写的数"),
    ),
    "form-dates-wrong": _form(
        "租赁起止",
        _input(
            "lease_start_date",
            "租赁开始日期",
            "date",
            value="2026-02-30",
            error="没有这一天，请按 20260105 这样填写",
        ),
        _input(
            "monthly_rent_amount",
            "每月租金",
            "amount",
            unit="元",
            error="每月租金请填金额，例如 100 或 99.50",
        ),
    ),
    "form-long-text": _form(
        "说说没办成的事",
        _input(
            "what_happened",
            "没办成的是什么事",
            "long-text",
            value="排了三次队都没有办成。\n窗口说材料不齐，没有说缺哪一样。",
            help="写清楚时间、地点和经过",
            max_length=300,
        ),
        _input("case_number", "办件编号", "scan", required=False, max_length=40),
    ),
    "form-codes": _form(
        "户籍和从业",
        _input(
            "domicile_division_code",
            "户籍所在地",
            "code",
            options=DIVISIONS,
            value="120101",
            source="本次办事中您选过的",
            trust="D·本人填报",
        ),
        _input("industry_code", "所属行业", "code", options=_codes("industry_code"), error="请选择所属行业"),
        _input("residence_reason_code", "居住事由", "code", options=_codes("residence_reason_code")),
        _input("mobile_number", "手机号码", "phone", max_length=11),
    ),
    "form-plate": _form(
        "车辆和证件",
        _input("plate_number", "号牌号码", "plate"),
        _input("engine_number", "发动机号", "ascii", help="写在行驶证上", max_length=20),
        _input("unified_social_credit_code", "统一社会信用代码", "credit-code", help="在营业执照上"),
        _input("slip_number", "暂存单号", "scan", help="印在暂存单上，36 位", max_length=36),
    ),
    "form-yes-no": _form(
        "孩子的情况",
        _input("first_child", "这是您的第一个孩子吗？", "yes-no", options=_YES_NO, value="yes"),
        _input("elsewhere", "在别处登记过吗？", "yes-no", options=_YES_NO, error="请选择在别处登记过吗"),
        _input("id_number", "孩子的公民身份号码", "id-number", required=False, max_length=18),
    ),
    "form-address": _form(
        "寄到哪里？",
        _input("postal_address", "寄送地址", "address", options=DIVISIONS, help="写到门牌号", max_length=60),
    ),
    "form-address-known": _form(
        "现在住哪里？",
        _input(
            "residential_address",
            "现住址",
            "address",
            options=DIVISIONS,
            value="天津市和平区某某路 1 号 2 门 301",
            shown="天津市和平区****",
            source="来自政务数据共享",
            trust="A·部门核发",
            max_length=60,
        ),
    ),
    "choice-hint": flow_view(
        "选一个时间",
        ChoiceBody(
            title="选一个时间",
            hint="您刚才选的时间被别人约走了，请另选一个",
            options=tuple(
                Option(
                    value=f"slot-{n}",
                    label=f"{9 + n // 2}:{'30' if n % 2 else '00'}",
                    detail=f"余 {n + 1} 个号",
                )
                for n in range(9)
            ),
            sample=True,
        ),
        "填写",
    ),
    "choice-provinces": flow_view(
        "从哪里转来？", ChoiceBody(title="从哪里转来？", hint="", options=PROVINCES), "填写"
    ),
    "find": flow_view("要查哪一项？", FindBody(options=ITEMS, count=373, sheets=63, chosen="item-2"), "填写"),
    "find-found": flow_view(
        "哪件事没办成？",
        FindBody(options=ITEMS[:4], count=4, query="sbkbl"),
        "填写",
        others=(Action(id="none", label="不在里面，或说不清"),),
    ),
    "find-nothing": flow_view(
        "要查哪一项？",
        FindBody(options=(), count=0, query="乾坤大挪移", advice=("少打几个字", "也可以打 12345 问")),
        "填写",
        others=(Action(id="none", label="不在里面，或说不清"),),
    ),
    "identify-ways": flow_view(
        "请刷身份证", IdentifyBody(state="asking", whose="citizen"), "刷证", others=_WAYS
    ),
    "identify-business": flow_view(
        "请用企业账户扫码",
        IdentifyBody(
            state="scan",
            whose="citizen",
            business=True,
            scan=Scan(uri="https://id.example/device", user_code="PQRS-TVWX", typed=True),
        ),
        "刷证",
        others=(Action(id="card", label="改用身份证"), _WAYS[0]),
    ),
    "identify-business-denied": flow_view(
        "请用企业账户扫码",
        IdentifyBody(
            state="scan", whose="citizen", business=True, message="扫码的账户不能代表企业办理，请换企业账户"
        ),
        "刷证",
        others=(_WAYS[1],),
    ),
    "identify-step-up": flow_view(
        "还要再确认一次身份",
        IdentifyBody(
            state="asking",
            whose="citizen",
            card_offered=False,
            message="这一项还要用手机扫码再确认一次",
        ),
        "刷证",
        others=(_WAYS[0],),
    ),
}
