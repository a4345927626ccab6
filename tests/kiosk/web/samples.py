"""One view of every kind of page, with the states that look different. All people are fictional."""

from __future__ import annotations

from msgspec.structs import replace

from flows.page import (
    Benefit,
    BenefitsBody,
    ChoiceBody,
    Column,
    ConsentBody,
    DocumentLine,
    FormBody,
    GuideBody,
    GuidePicture,
    GuideView,
    IdentifyBody,
    Input,
    NoticeBody,
    Purpose,
    RateBody,
    ResultBody,
    ReviewBody,
    Row,
    Scan,
    SignBody,
    TableBody,
    TroubleBody,
    WaitingBody,
)
from flows.parts import Action, Option, Reason
from kiosk.views import Idle, View
from tests.kiosk.web.frames import NEXT, flow_view
from tests.kiosk.web.samples_asking import ASKING_SAMPLES
from tests.kiosk.web.samples_filing import FILING_SAMPLES
from tests.kiosk.web.samples_visit import ALLOWANCE, VISIT_SAMPLES

ID_NUMBER = "120103194001010017"
ID_MASKED = "120103 **** **** 0017"
ID_CLEAR = "120103 1940 0101 0017"

GUIDE = GuideView(
    item="civil.senior-allowance-apply",
    name=ALLOWANCE,
    conditions=("年满 80 周岁", "具有本市户籍", "没有在其他地区领取同类津贴"),
    documents=(
        DocumentLine(name="申请人居民身份证", main=True, deferrable=False),
        DocumentLine(name="申请人本人的储蓄卡", main=True, deferrable=False),
        DocumentLine(name="代办人居民身份证（亲友代办时）", main=False, deferrable=True),
    ),
    fee="不收费",
    days="15 个工作日",
    office="各街道（乡镇）党群服务中心",
    hotline="12345",
    legal_basis=("《天津市实施〈中华人民共和国老年人权益保障法〉办法》",),
    badges=("适老", "免申即享", "亲友代办"),
    sample=True,
    version="3",
    age="这是 2 天前保存的内容，可能已有变化",
    pictures=(
        GuidePicture(
            digest="0" * 64,
            width=1200,
            height=860,
            title="高龄津贴怎样申请",
            captions="刷身份证；填写住址和卡号；核对、签名；取凭条",
        ),
    ),
)


_INPUTS = (
    Input(
        name="person_name",
        label="姓名",
        kind="text",
        shown="王*兰",
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
        max_length=60,
    ),
    Input(
        name="bank_card_number",
        label="收款银行卡号",
        kind="digits",
        value="6217000000000000012",
        shown="**** **** **** **** 012",
        source="来自您以前的办件",
        trust="B·窗口核验过",
        help="请用申请人本人的储蓄卡",
        max_length=19,
    ),
)
_ERRORS = (
    *_INPUTS[:2],
    replace(_INPUTS[2], error="请填写现住址，至少 5 个字"),
    replace(
        _INPUTS[3], value="62170000", shown="", source="", trust="", error="银行卡号应为 16 到 19 位数字"
    ),
)
_LEVELS = tuple(
    Option(value=value, label=label)
    for value, label in (
        ("5", "非常满意"),
        ("4", "满意"),
        ("3", "基本满意"),
        ("2", "不满意"),
        ("1", "非常不满意"),
    )
)
_ROWS = tuple(
    (f"2025-{month:02d}", "城镇职工基本养老保险", "5,013.00", "401.04", "已缴") for month in range(1, 13)
)
_AFTER = ("15 个工作日内办结", "结果会用短信告诉您", "凭办件编号可在任一终端或 12345 查询")

SAMPLES: dict[str, View] = {
    "notice": flow_view(
        "办事须知",
        NoticeBody(guide=GUIDE),
        "看须知",
        primary=Action(id="next", label="开始办理"),
    ),
    "notice-missing": flow_view(
        "办事须知",
        NoticeBody(guide=None, why_missing="暂时取不到办事须知，所需材料请以窗口公布为准。"),
        "看须知",
        primary=Action(id="next", label="开始办理"),
    ),
    "consent": flow_view(
        "使用您的信息",
        ConsentBody(
            item_name=ALLOWANCE,
            purposes=(
                Purpose(label="姓名", purpose="核对申请人"),
                Purpose(label="公民身份号码", purpose="核对年龄和户籍"),
                Purpose(label="现住址", purpose="确定由哪个区发放津贴"),
                Purpose(label="收款银行卡号", purpose="津贴发到这张卡"),
            ),
        ),
        "看须知",
        primary=Action(id="next", label="同意并继续"),
        others=(Action(id="leave", label="不同意，不办了"),),
    ),
    "identify": flow_view(
        "请刷身份证",
        IdentifyBody(state="asking", whose="citizen"),
        "刷证",
        others=(Action(id="phone", label="用手机扫码"),),
    ),
    "identify-message": flow_view(
        "请刷身份证",
        IdentifyBody(state="asking", whose="citizen", message="没有读完就拿开了，请重新放好，稍等一会儿"),
        "刷证",
        others=(Action(id="phone", label="用手机扫码"),),
    ),
    "identify-principal": flow_view(
        "请刷被代办人的身份证",
        IdentifyBody(state="asking", whose="principal", phone_offered=False),
        "填写",
    ),
    "identify-scan": flow_view(
        "请扫码登录",
        IdentifyBody(
            state="scan",
            whose="citizen",
            scan=Scan(uri="https://id.example/device?user_code=WDJB-MJHT", user_code="WDJB-MJHT"),
        ),
        "刷证",
        others=(Action(id="card", label="改用身份证"),),
    ),
    "identify-checking": flow_view("正在核验身份", IdentifyBody(state="checking", whose="citizen"), "刷证"),
    "choice": flow_view(
        "给谁办理？",
        ChoiceBody(
            title="给谁办理？",
            hint="替家人办理时，请带好他（她）的身份证",
            options=(
                Option(value="self", label="给我自己办"),
                Option(value="other", label="替家人办", detail="亲友代办"),
            ),
            chosen="self",
        ),
        "填写",
    ),
    "choice-long": flow_view(
        "要查哪一项？",
        ChoiceBody(
            title="要查哪一项？",
            hint="",
            options=tuple(
                Option(value=f"item-{n}", label=f"社会保险参保缴费证明（第 {n} 类）", detail="市人社局")
                for n in range(1, 31)
            ),
            sample=True,
        ),
        "填写",
    ),
    "form": flow_view("填写申请信息", FormBody(title="填写申请信息", inputs=_INPUTS), "填写", primary=NEXT),
    "form-errors": flow_view(
        "填写申请信息", FormBody(title="填写申请信息", inputs=_ERRORS), "填写", primary=NEXT
    ),
    "form-year": flow_view(
        "要看哪一年？",
        FormBody(
            title="要看哪一年？",
            inputs=(
                Input(
                    name="statement_year",
                    label="年度",
                    kind="year",
                    value="2025",
                    options=tuple(
                        Option(value=str(year), label=f"{year} 年") for year in range(2026, 2020, -1)
                    ),
                ),
            ),
        ),
        "填写",
        primary=NEXT,
    ),
    "review": flow_view(
        "请核对",
        ReviewBody(
            rows=(
                Row(label="姓名", shown="王*兰", clear="王秀兰", source="来自身份证", trust="A·部门核发"),
                Row(
                    label="公民身份号码",
                    shown=ID_MASKED,
                    clear=ID_CLEAR,
                    source="来自身份证",
                    trust="A·部门核发",
                ),
                Row(
                    label="现住址",
                    shown="和平区某某路*********",
                    clear="和平区某某路 1 号 2 门 301",
                    source="您填写的",
                    trust="D·本人填报",
                    change="change:residential_address",
                ),
                Row(
                    label="收款银行卡号",
                    shown="**** **** **** **** 012",
                    clear="6217 0000 0000 0000 012",
                    source="来自您以前的办件",
                    trust="B·窗口核验过",
                    change="change:bank_card_number",
                ),
            ),
            unchecked=("申请条件尚未核对",),
        ),
        "核对",
        primary=Action(id="next", label="核对无误"),
    ),
    "sign": flow_view(
        "请签名",
        SignBody(
            statement="以上内容由我本人填写并核对，真实有效。如有不实，我愿意承担相应责任。",
            item_name=ALLOWANCE,
        ),
        "签名",
        primary=Action(id="next", label="签名并提交"),
    ),
    "sign-error": flow_view(
        "请签名",
        SignBody(
            statement="以上内容由我本人填写并核对，真实有效。如有不实，我愿意承担相应责任。",
            item_name=ALLOWANCE,
            error="请先在框里签名",
        ),
        "签名",
        primary=Action(id="next", label="签名并提交"),
    ),
    "waiting": flow_view("正在提交您的申请", WaitingBody(what="正在提交您的申请", longest=20), "签名"),
    "table": flow_view(
        "您的社保权益记录",
        TableBody(
            title="2025 年度缴费明细",
            columns=(
                Column(label="月份", kind="month"),
                Column(label="险种"),
                Column(label="缴费基数", kind="money"),
                Column(label="个人缴费", kind="money"),
                Column(label="状态", kind="status"),
            ),
            rows=_ROWS,
            as_of="2026-01-31",
            sample=True,
            sheet=1,
            sheets=2,
        ),
        "核对",
        primary=Action(id="next", label="打印"),
        others=(Action(id="no-paper", label="不打印，办完了"),),
    ),
    "guide": flow_view(
        "办事指南",
        GuideBody(guide=GUIDE),
        "核对",
        primary=Action(id="next", label="打印"),
        others=(Action(id="no-paper", label="不打印，办完了"),),
    ),
    "result-accepted": flow_view(
        "已经受理",
        ResultBody(state="accepted", number="TJ20260118000123", lines=_AFTER, paper="printed"),
        "取凭条",
        primary=NEXT,
        back=None,
    ),
    "result-received": flow_view(
        "平台已收到您的申请",
        ResultBody(
            state="received",
            number="TJ20260118000125",
            lines=("是否受理，以平台答复为准", *_AFTER),
            paper="printed",
        ),
        "取凭条",
        primary=NEXT,
        back=None,
    ),
    "result-stored": replace(
        flow_view(
            "已暂存，平台还没有答复",
            ResultBody(
                state="stored",
                number="a47b81f3-b760-4bb3-b79b-0d2f7f4f9a11",
                lines=(
                    "这台终端会自动送出，送到 2026-12-27 为止",
                    "办得怎样，凭暂存单号在任何一台自助终端的“查暂存单”里查，180 天内有效",
                    "如果没有受理，原因也这样查；终端不另行通知",
                    "到 2026-12-27 还查不到，请重新办理",
                    "受理时间以系统受理为准；有疑问可到窗口或拨打 12345",
                    "身份尚未经平台确认",
                ),
                paper="printing",
            ),
            "取凭条",
            back=None,
        ),
        offline=True,
    ),
    "result-no-paper": flow_view(
        "已收到，身份待确认",
        ResultBody(
            state="to-confirm",
            number="TJ20260118000124",
            lines=_AFTER,
            paper="failed",
            paper_words="打印机缺纸",
        ),
        "取凭条",
        primary=NEXT,
        back=None,
        others=(Action(id="again", label="再打印一张"),),
    ),
    "benefits": flow_view(
        "您可能享受的政策",
        BenefitsBody(
            benefits=(
                Benefit(
                    title="居家养老服务补贴",
                    result="将自动发放，不用申请",
                    reasons=("年满 80 周岁", "具有本市户籍"),
                ),
                Benefit(title="老年人意外伤害保险", result="还缺收款账户", reasons=("请先登记收款银行卡",)),
            ),
            sample=True,
        ),
        "取凭条",
        primary=NEXT,
        back=None,
    ),
    "rate": flow_view(
        "请您评价",
        RateBody(item_name=ALLOWANCE, levels=_LEVELS),
        "评价",
        back=None,
        others=(Action(id="skip", label="不评价，结束"),),
    ),
    "trouble-refused": flow_view(
        "暂时不能办理这一项",
        TroubleBody(
            kind="refused",
            title="暂时不能办理这一项",
            reasons=(
                Reason(message="申请人还没有满 80 周岁", instead="满 80 周岁当月起可以申请"),
                Reason(message="户籍不在本市", instead="请到户籍所在地的街道办理"),
            ),
            next=("没有提交任何申请", "可按“求助”反映办不成事，或拨打 12345"),
            code="NOT-ELIGIBLE",
        ),
        "填写",
        primary=Action(id="finish", label="知道了"),
        back=None,
    ),
    "trouble-unavailable": flow_view(
        "现在连不上服务平台",
        TroubleBody(
            kind="unavailable",
            title="现在连不上服务平台",
            reasons=(Reason(message="这一项需要联网办理，现在还没有提交任何内容"),),
            next=("可以稍后再试，或到窗口办理", "也可拨打 12345 咨询"),
            code="NO-ROUTE",
        ),
        "刷证",
        primary=Action(id="finish", label="知道了"),
        back=None,
        others=(Action(id="retry", label="再试一次"),),
    ),
    **ASKING_SAMPLES,
    **FILING_SAMPLES,
    **VISIT_SAMPLES,
}

WARNED = replace(SAMPLES["review"], idle=Idle(seconds_left=20))
"""The idle warning over a page full of personal data."""
