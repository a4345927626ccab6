"""One view of every page that belongs to no item."""

from __future__ import annotations

from msgspec.structs import replace

from flows.parts import Action, Option
from kiosk.views import (
    EndedBody,
    EscalateBody,
    EscalatedBody,
    FacetsBody,
    HelpBody,
    HomeBody,
    ItemsBody,
    OutOfServiceBody,
    SearchBody,
    Tile,
    View,
    VisitBody,
    VisitPage,
)

ALLOWANCE = "高龄津贴（老年人生活补贴）申请"
BACK = Action(id="back", label="返回")


def _visit(
    title: str,
    body: VisitBody,
    *,
    primary: Action | None = None,
    back: Action | None = None,
    others: tuple[Action, ...] = (),
) -> View:
    page = VisitPage(title=title, body=body, primary=primary, back=back, others=others)
    return View(turn=1, service_name="津门政务自助服务", terminal="TJ-HP-0017", page=page)


TILES = (
    Tile(
        item="civil.senior-allowance-apply",
        short="高龄津贴申请",
        name=ALLOWANCE,
        summary="为本人或家里老人申请高龄津贴",
        department="市民政局",
        badges=("适老", "亲友代办"),
    ),
    Tile(
        item="social-insurance.rights-record",
        short="社保权益记录",
        name="社会保险个人权益记录单打印",
        summary="查看并打印您的社保缴费与权益",
        department="市人力资源和社会保障局",
        badges=("全市通办", "适老"),
    ),
    Tile(
        item="service.item-guide",
        short="办事指南",
        name="办事指南查询打印",
        summary="办什么事、带什么材料，没有网络也能查",
        department="市政务服务办公室",
        badges=("一次性告知",),
    ),
)
_OFFLINE_TILES = (
    replace(TILES[0], offline_words="可先暂存，联网后提交"),
    replace(TILES[1], why_not="网络不通，现在不能查询"),
    TILES[2],
)
_LIST = tuple(
    replace(TILES[0], item=f"{domain}.sample", short=short, name=short, department=department)
    for domain, short, department in (
        ("housing-fund", "公积金查询", "市住房公积金中心"),
        ("medical-insurance", "医保缴费记录", "市医疗保障局"),
        ("household", "户籍证明", "市公安局"),
        ("real-estate", "房产查询", "市规划和自然资源局"),
        ("traffic", "违章查询", "市公安局"),
        ("tax", "完税证明", "市税务局"),
    )
)
_WAYS = (
    Action(id="search", label="查找事项"),
    Action(id="facet:event", label="按人生大事"),
    Action(id="facet:department", label="按部门"),
    Action(id="facet:audience", label="个人或企业"),
)
_DEPARTMENTS = (
    "市政务服务办公室",
    "市人力资源和社会保障局",
    "市住房公积金管理中心",
    "市公安局",
    "市市场监督管理委员会",
    "市医疗保障局",
    "市规划和自然资源局（市不动产登记事务中心）",
    "市公安局公安交通管理局",
    "国家税务总局天津市税务局",
    "市民政局",
    "市交通运输委员会",
    "市教育委员会（市教育招生考试院）",
)
_FOUND = (
    TILES[1],
    replace(
        TILES[1],
        item="social-insurance.contribution-certificate",
        short="参保缴费证明",
        summary="打印盖章的参保缴费证明",
        why_not="本机没有证明打印机",
    ),
    *_LIST[:4],
)

VISIT_SAMPLES: dict[str, View] = {
    "home": _visit(
        "您要办什么事？",
        HomeBody(tiles=TILES),
        others=(
            Action(id="list", label="全部事项"),
            Action(id="search", label="查找事项"),
            Action(id="start:terminal.resume-draft", label="手机接着办"),
            Action(id="start:terminal.slip", label="查暂存单"),
        ),
    ),
    "home-offline": replace(
        _visit(
            "您要办什么事？",
            HomeBody(tiles=_OFFLINE_TILES),
            others=(
                Action(id="list", label="全部事项"),
                Action(id="search", label="查找事项"),
                Action(id="start:terminal.resume-draft", label="手机接着办", why_not="网络不通，暂不能办"),
                Action(id="start:terminal.slip", label="查暂存单"),
            ),
        ),
        offline=True,
    ),
    "items": _visit("全部事项", ItemsBody(tiles=_LIST, sheet=2, sheets=4), back=BACK, others=_WAYS),
    "items-of": _visit(
        "开店办企业",
        ItemsBody(tiles=_LIST[:3]),
        back=Action(id="facet:event", label="返回"),
        others=_WAYS[:1],
    ),
    "facets": _visit(
        "由哪个部门办？",
        FacetsBody(
            options=tuple(
                Option(value=f"department.{words}", label=words, detail="12 件事") for words in _DEPARTMENTS
            ),
            sheet=1,
            sheets=4,
        ),
        back=BACK,
    ),
    "search": _visit("查找事项", SearchBody(), back=BACK),
    "search-found": _visit(
        "查找事项",
        SearchBody(query="shebao", tiles=_FOUND, count=14, sheet=1, sheets=3),
        back=BACK,
    ),
    "search-digits": _visit(
        "查找事项", SearchBody(query="12345", tiles=_FOUND[:1], count=1, digits=True), back=BACK
    ),
    "search-nothing": _visit(
        "查找事项",
        SearchBody(
            query="乾坤大挪移",
            advice=(
                "少打几个字，或换个说法再试试",
                "请人帮办：大厅入口左侧导办台，穿红马甲的工作人员，电话 022-1201 9900",
                "也可以打 12345 问",
            ),
        ),
        back=BACK,
    ),
    "help": _visit(
        "求助",
        HelpBody(context="会附上：高龄津贴申请，第 3 步填写，终端 TJ-HP-0017。不附您的个人信息。"),
        back=BACK,
        others=(
            Action(id="staff", label="请工作人员过来", why_not="这里没有值守人员"),
            Action(id="escalate:cannot-do", label="反映“办不成事”"),
            Action(id="escalate:12345", label="向 12345 反映"),
        ),
    ),
    "help-staffed": _visit(
        "需要帮忙吗？",
        HelpBody(
            context="会附上：高龄津贴申请，办到“填写”，以及这台终端的编号",
            staff="大厅入口左侧导办台，穿红马甲的工作人员，电话 022-1201 9900",
        ),
        back=BACK,
        others=(
            Action(id="escalate:cannot-do", label="反映“办不成事”"),
            Action(id="escalate:12345", label="转 12345 热线"),
            Action(id="leave", label="不办了，回首页"),
        ),
    ),
    "escalate": _visit(
        "反映“办不成事”",
        EscalateBody(
            kind="cannot-do",
            reasons=(
                Option(value="unclear", label="看不懂要填什么"),
                Option(value="refused", label="说我不符合条件"),
                Option(value="device", label="机器出了问题"),
                Option(value="other", label="其他"),
            ),
            context="会附上：高龄津贴申请，第 3 步填写，终端 TJ-HP-0017。",
        ),
        primary=Action(id="send", label="提交"),
        back=BACK,
    ),
    "escalated": _visit(
        "已经记下",
        EscalatedBody(number="FY20260118-0042", stored=False, promise="5 个工作日内答复您。"),
        primary=Action(id="finish", label="知道了"),
    ),
    "escalate-error": _visit(
        "您要向 12345 反映什么？",
        EscalateBody(
            kind="12345",
            reasons=(Option(value="consult", label="咨询政策和办法"), Option(value="complain", label="投诉")),
            context="会附上这台终端的编号",
            words="排了三次队都没有办成",
            error="请先选一项，再点提交",
        ),
        primary=Action(id="report", label="提交"),
        back=BACK,
    ),
    "escalated-stored": _visit(
        "已暂存，还没有送达",
        EscalatedBody(
            number="b80b5344-6e58-4bfd-8748-1c2d3e4f5a6b",
            stored=True,
            promise="网络恢复后自动送出，请记下单号",
        ),
        primary=Action(id="back", label="继续办理"),
    ),
    "ended": _visit(
        "办好了，再见",
        EndedBody(reminders=("请取走您的身份证", "请取走打印的凭条")),
        primary=Action(id="home", label="回到首页"),
    ),
    "out-of-service": _visit(
        "暂停服务",
        OutOfServiceBody(reason="这台机器正在维护，请到旁边的终端或窗口办理。", code="JOURNAL-UNREADABLE"),
    ),
}
