"""Views of camera, documents, commitment, payment, bundle and what came of them. All people are fictional."""

from __future__ import annotations

import base64
import io
from typing import Literal

from msgspec.structs import replace
from PIL import Image, ImageDraw

from flows.bodies import (
    BundleBody,
    BundleRow,
    CameraBody,
    CommitmentBody,
    DocumentRow,
    DocumentsBody,
    FaceConsentBody,
    PayBody,
    PictureBody,
    RecordRow,
    RecordsBody,
    ResultPart,
    ToldBody,
    UploadBody,
)
from flows.page import Benefit, BenefitsBody, ChoiceBody, Column, ResultBody, TableBody
from flows.parts import Action
from flows.steps import appointment
from flows.steps.face import AGREE, PHONE_INSTEAD, PURPOSE
from flows.steps.result import BOOKED, CALLED_OFF, NOT_MENDED
from flows.steps.uploading import ENOUGH, SEND
from kiosk.views import View
from tests.kiosk.web.frames import NEXT, flow_view

SHUTTER = Action(id="next", label="拍照")
USE = Action(id="next", label="用这张")
RETAKE = Action(id="again", label="重拍")
UP = Action(id="up", label="返回")
DONE = Action(id="done", label="拍完了")
CLOSE = Action(id="close", label="不付了")
MORE = Action(id="more", label="再拍一页")


def _jpeg(width: int, height: int, *, face: bool) -> str:
    """A drawn page of text, or a drawn face, as the data URL that a picture is posted and shown as."""
    image = Image.new("RGB", (width, height), (222, 226, 232))
    pen = ImageDraw.Draw(image)
    if face:
        pen.ellipse((width * 0.1, height * 0.72, width * 0.9, height * 1.4), fill=(90, 110, 150))
        pen.ellipse((width * 0.28, height * 0.2, width * 0.72, height * 0.74), fill=(226, 190, 160))
    else:
        pen.rectangle((width * 0.08, height * 0.06, width * 0.92, height * 0.94), fill="white")
        for line in range(12):
            top = height * (0.14 + 0.06 * line)
            pen.rectangle(
                (width * 0.16, top, width * (0.84 if line % 4 else 0.5), top + height * 0.02),
                fill=(60, 60, 70),
            )
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


PAGE = _jpeg(1200, 900, face=False)
PORTRAIT = _jpeg(600, 800, face=True)
_PROMISE = """告知承诺书（演示数据）
一、行政机关告知的内容。办理本事项需要证明申请人在本市有合法稳定的住所；您可以提交证明材料，也可以签署本承诺书代替。
二、申请人的承诺。本人已经知晓告知的全部内容；所填写的信息真实、准确；符合告知的条件；愿意承担不实承诺的责任；本承诺是本人真实的意思表示。
三、不实承诺的责任。经核查承诺不实的，已经办理的将依法撤销，并按规定记入信用记录，以后办理同类事项不再适用告知承诺。
四、核查的办法。受理后可能通过数据共享、实地走访等方式核查，请予以配合。
五、撤回。作出决定之前，您可以撤回承诺，改为提交证明材料。"""
_ROWS = (
    DocumentRow(role="contract", name="房屋租赁合同", main=True, state="taken", pages=4),
    DocumentRow(role="owner-id", name="出租人居民身份证", main=True, state="missing"),
    DocumentRow(
        role="title",
        name="房屋权属证明或者其他能证明可以出租的材料",
        main=False,
        state="later",
        may_follow=True,
    ),
    DocumentRow(role="plan", name="户型图", main=False, state="missing", may_follow=True, optional=True),
)
_SENT = (
    replace(_ROWS[0], pages=2, uploaded=True),
    *_ROWS[1:],
)
_PARTS = (
    ResultPart(name="用电新装", state="accepted", number="TJ20260118000131", lines=("3 个工作日内上门勘查",)),
    ResultPart(name="用水报装", state="to-confirm", number="TJ20260118000132"),
    ResultPart(
        name="燃气过户",
        state="refused",
        lines=("原户号还有一笔费用没有缴",),
    ),
    ResultPart(name="有线电视开户", state="waiting"),
)


def _camera(title: str, body: CameraBody, *others: Action) -> View:
    return flow_view(title, body, "填写", primary=SHUTTER, back=UP, others=others)


def _pay(state: Literal["creating", "qr", "pos", "closing"], title: str, *others: Action) -> View:
    name = "电费查询及购电（户号充值缴费）"
    body = PayBody(
        state=state,
        subject=name,
        amount="12345.60",
        qr="https://pay.example/q/7f3a9c2e5b1d4a60" if state == "qr" else "",
        expires="" if state == "creating" else "10:25",
        sample=True,
    )
    return flow_view(title, body, "填写", name=name, back=None, others=others)


def _upload(rows: tuple[DocumentRow, ...] = _ROWS[1:], *problems: str) -> View:
    body = UploadBody(
        rows=rows,
        link="https://up.example/phone/7f3a9c2e5b1d4a607f3a9c2e5b1d4a60",
        expires="10:25",
        problems=problems,
    )
    primary = ENOUGH if rows is _SENT else None
    return flow_view("用手机传材料", body, "填写", primary=primary, back=UP)


_DOCUMENT = CameraBody(
    kind="document", what="房屋租赁合同", hint="放平、对正，四个角都要拍到，不要反光", taken=1, most=3
)
_FACE = CameraBody(kind="face", what="本人", hint="正对镜头，摘下口罩和帽子")

FILING_SAMPLES: dict[str, View] = {
    "face-consent": flow_view(
        "刷脸核验，需要您同意",
        FaceConsentBody(purpose=PURPOSE),
        "刷证",
        primary=AGREE,
        others=(PHONE_INSTEAD,),
    ),
    "face-consent-again": flow_view(
        "刷脸核验，需要您同意",
        FaceConsentBody(purpose=PURPOSE, message="和证件照片不像，可能是光线不好，可以再试一次"),
        "刷证",
        primary=AGREE,
        others=(PHONE_INSTEAD,),
    ),
    "camera-document": _camera("拍摄房屋租赁合同", _DOCUMENT),
    "camera-document-again": _camera(
        "拍摄房屋租赁合同",
        CameraBody(
            kind="document",
            what="房屋租赁合同",
            hint=_DOCUMENT.hint,
            problems=("太暗了，请把材料放到亮处", "不够清楚，请拿稳、放平，再拍一次"),
            taken=1,
            most=3,
        ),
    ),
    "camera-face": _camera("请看镜头", _FACE, PHONE_INSTEAD),
    "camera-face-again": _camera(
        "请看镜头",
        CameraBody(kind="face", what="本人", hint=_FACE.hint, problems=("太暗了，请站到亮一些的地方",)),
        PHONE_INSTEAD,
    ),
    "camera-portrait": _camera(
        "拍摄本人照片",
        CameraBody(kind="portrait", what="本人照片", hint="摘下帽子和墨镜，正对镜头，露出耳朵和眉毛"),
    ),
    "picture-document": flow_view(
        "照片清楚吗？",
        PictureBody(kind="document", what="房屋租赁合同", image=PAGE, page=2),
        "填写",
        primary=USE,
        back=None,
        others=(RETAKE,),
    ),
    "picture-portrait": flow_view(
        "照片清楚吗？",
        PictureBody(kind="portrait", what="本人照片", image=PORTRAIT),
        "填写",
        primary=USE,
        back=None,
        others=(RETAKE,),
    ),
    "documents": flow_view(
        "拍摄材料",
        DocumentsBody(
            rows=_ROWS,
            later_words="以后补交的材料，请在受理后 10 个工作日内用“容缺材料补正提交”补齐；"
            "逾期没补，按退件处理",
        ),
        "填写",
        primary=NEXT,
        others=(SEND,),
    ),
    "documents-by-phone": flow_view(
        "拍摄材料", DocumentsBody(rows=_SENT, camera=False), "填写", primary=NEXT, others=(SEND,)
    ),
    "upload": _upload(),
    "upload-arrived": _upload(_SENT, "出租人居民身份证：不够清楚，请拿稳、放平，再拍一次"),
    "upload-opening": flow_view("用手机传材料", UploadBody(rows=_SENT[1:]), "填写", back=UP),
    "documents-error": flow_view(
        "拍摄材料",
        DocumentsBody(rows=_ROWS[:2], error="还缺：出租人居民身份证"),
        "填写",
        primary=NEXT,
    ),
    "documents-more": flow_view(
        "已拍 2 页",
        DocumentsBody(
            rows=(DocumentRow(role="contract", name="房屋租赁合同", main=True, state="taken", pages=2),)
        ),
        "填写",
        primary=DONE,
        back=None,
        others=(MORE,),
    ),
    "records": flow_view(
        "同住的人",
        RecordsBody(
            rows=(
                RecordRow(number=0, words=("李*明", "120119 **** **** 0018", "配偶")),
                RecordRow(number=1, words=("李*", "120119 **** **** 0026", "孙子、孙女或外孙子、外孙女")),
            ),
            most=8,
        ),
        "填写",
        primary=NEXT,
    ),
    "records-full": flow_view(
        "同住的人",
        RecordsBody(rows=tuple(RecordRow(number=n, words=(f"李*{n}", "子")) for n in range(8)), most=8),
        "填写",
        primary=NEXT,
    ),
    "records-empty": flow_view(
        "同住的人", RecordsBody(rows=(), most=8, error="请至少添加一人"), "填写", primary=NEXT
    ),
    "commitment": flow_view(
        "告知承诺书",
        CommitmentBody(text=_PROMISE, version="3", sample=True, replaces=("住所、就业或就读材料",)),
        "填写",
        primary=Action(id="next", label="我已读完，愿意承诺"),
        back=UP,
        others=(Action(id="proof", label="改为提交证明材料"),),
    ),
    "told": flow_view(
        "这样办理",
        ToldBody(lines=("全程网办", "两地的经办机构会自己联系，您不用再跑")),
        "填写",
        primary=NEXT,
        back=UP,
    ),
    "told-none": flow_view(
        "没有查到",
        ToldBody(
            lines=(
                "这个区没有登记的合适的养老机构，可以换一个区，或者不选照顾等级再看看",
                "这是 3 天前保存的内容，可能已有变化",
            )
        ),
        "核对",
        primary=Action(id="next", label="办完了"),
        others=(Action(id="change", label="换个条件再查"),),
    ),
    "told-caution": flow_view(
        "没有付款",
        ToldBody(lines=("付款没有成功，没有扣您的钱", "可以再付一次，也可以不付了"), caution=True),
        "填写",
        primary=Action(id="again", label="再付一次"),
        back=None,
        others=(Action(id="leave", label="不付了，回首页"),),
    ),
    "pay-qr": _pay("qr", "请用手机扫码付款", CLOSE),
    "pay-pos": _pay("pos", "请在刷卡机上付款", CLOSE),
    "pay-closing": _pay("closing", "正在查询付款结果"),
    "pay-creating": _pay("creating", "正在生成付款码"),
    "bundle": flow_view(
        "要一起办哪几项？",
        BundleBody(
            rows=(
                BundleRow(item="utility.power", name="用电新装", wanted=True, needed=True),
                BundleRow(item="utility.water", name="用水报装", wanted=True, needed=False),
                BundleRow(
                    item="utility.gas", name="燃气过户", wanted=False, needed=False, after=("用电新装",)
                ),
                BundleRow(item="telecom.tv", name="有线电视开户", wanted=True, needed=False),
            )
        ),
        "填写",
        primary=NEXT,
    ),
    "result-paid": flow_view(
        "缴费成功",
        ResultBody(
            state="paid",
            number="12060126000018842",
            number_label="票据号码",
            lines=(
                "金额：128.60 元",
                "付款时间：2026-01-18 10:22:41",
                "票据校验码：7c1f02",
                "财政电子票据可凭票据号码和校验码查验",
            ),
            paper="printed",
        ),
        "取凭条",
        primary=NEXT,
        back=None,
    ),
    "result-unknown": flow_view(
        "付款结果待银行确认",
        ResultBody(
            state="unknown",
            number="b5f1c0de-5a11-4c1e-9d55-70f1a2b3c4d5",
            number_label="支付编号",
            lines=(
                "金额：128.60 元",
                "银行还没有答复这笔付款是否成功，请先不要重复付款",
                "这台终端会继续查询；付成了就记作已缴，没付成不会扣款",
            ),
            paper="printed",
        ),
        "取凭条",
        primary=NEXT,
        back=None,
    ),
    "result-booked": flow_view(
        "预约成功",
        ResultBody(
            state="booked",
            number="A0172",
            number_label="预约号",
            lines=(
                "地点：和平区公安分局出入境接待大厅",
                "时间：1 月 22 日（星期四）9:30–10:00",
                *BOOKED,
            ),
            paper="printed",
        ),
        "取凭条",
        primary=NEXT,
        back=None,
        others=(appointment.MOVE, appointment.CALL_OFF),
    ),
    "call-off": flow_view(
        "要取消这个预约吗？",
        ChoiceBody(
            title="要取消这个预约吗？",
            hint="和平区公安分局出入境接待大厅，2026-01-22 周四 09:30–10:00",
            options=appointment.CHOICES,
        ),
        "取凭条",
        back=None,
    ),
    "result-called-off": flow_view(
        "预约已取消",
        ResultBody(
            state="called-off",
            number="A0172",
            number_label="预约号",
            lines=(
                "原来的地点：和平区公安分局出入境接待大厅",
                "原来的时间：1 月 22 日（星期四）9:30–10:00",
                *CALLED_OFF,
            ),
            paper="printed",
        ),
        "取凭条",
        primary=NEXT,
        back=None,
    ),
    "result-partial": flow_view(
        "有的事项没有受理",
        ResultBody(
            state="partial",
            number="TJ20260118000130",
            number_label="办件编号",
            parts=_PARTS,
            lines=(NOT_MENDED,),
            paper="printed",
        ),
        "取凭条",
        primary=NEXT,
        back=None,
    ),
    "result-certificate": flow_view(
        "请取纸",
        ResultBody(
            state="shown",
            number="7KQ2-M9XA-04TZ-P5HD",
            number_label="验证码",
            lines=("这是第 2 次打印", "别人可凭验证码核对真伪"),
            paper="printed",
        ),
        "取凭条",
        primary=NEXT,
        back=None,
    ),
    "benefits-unmatched": flow_view(
        "可能适合您的政策",
        BenefitsBody(
            note="没有网络，下面是公布的政策，没有按您的情况筛选",
            benefits=tuple(
                Benefit(
                    title=f"稳岗扩岗补助（第 {n} 类）（演示数据）", result="", reasons=("面向依法参保的企业",)
                )
                for n in range(1, 10)
            ),
            sample=True,
        ),
        "取凭条",
        primary=Action(id="next", label="打印"),
        others=(Action(id="no-paper", label="不打印，办完了"),),
    ),
    "table-pairs": flow_view(
        "办到哪一步了",
        TableBody(
            title="",
            columns=(Column(label="项目"), Column(label="内容")),
            rows=(
                ("事项", "高龄津贴（老年人生活补贴）申请"),
                ("状态", "平台已受理，正在办理"),
                ("办件编号", "TJ20260118000123"),
                ("收到时间", "2026-01-18 10:22"),
                ("还要补交", "代办人居民身份证、申请人本人的储蓄卡正反面"),
                ("最晚补交", "2026-02-02"),
                ("接下来", "请在最晚补交的日期前，用“容缺材料补正提交”补齐，逾期按退件处理"),
            ),
        ),
        "核对",
        primary=NEXT,
    ),
}
