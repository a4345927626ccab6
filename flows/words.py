"""Fixed words of the flows: masks, sources, checks. Plain zh-CN, one place."""

from __future__ import annotations

from flows.fields import Mask, Source, Trust
from flows.held import Known

SOURCES: dict[Source, str] = {
    "id-card": "来自身份证",
    "social-security-card": "来自社保卡",
    "bank-card": "来自银行卡",
    "share": "来自政务数据共享",
    "e-licence": "来自电子证照",
    "account": "来自统一身份账户",
    "previous-case": "来自您以前的办件",
    "typed": "您填写的",
    "scanned": "扫描得到",
}

TRUSTS: dict[Trust, str] = {
    "A": "A·部门核发",
    "B": "B·窗口核验过",
    "C": "C·上传件",
    "D": "D·本人填报",
}
"""The contract's levels of trust: the letter for staff, the words for citizens."""

UNCHECKED: dict[str, str] = {
    "identity": "身份尚未经平台确认",
    "eligibility": "申请条件尚未核对",
    "prefill": "未能调取已有信息，按您填写的为准",
    "authorisation": "代办授权尚未核对",
    "face": "人脸尚未核对",
    "phone-code": "手机号码尚未验证",
    "options": "没有按平台的记录核对，按您填写的为准",
    "region": "两地怎么办理还没有核对，以平台答复为准",
    "commitment": "能否使用告知承诺尚未核对",
}

POLICY_RESULTS: dict[str, str] = {
    "will-receive": "将自动发放，不用申请",
    "can-apply": "可以申请",
    "needs-account": "还缺收款账户",
    "not-eligible": "暂不符合",
}

CASE_STATES: dict[str, str] = {
    "received": "已收到",
    "classified": "已分类",
    "dispatched": "已转办",
    "answered": "已答复",
    "verified": "已核实",
    "filed": "已办结归档",
}

LEVELS: dict[str, str] = {
    "5": "非常满意",
    "4": "满意",
    "3": "基本满意",
    "2": "不满意",
    "1": "非常不满意",
}

OFFLINE = (
    "现在连不上服务平台",
    "这一项需要联网办理，现在还没有提交任何内容",
    "可以稍后再试，或到窗口办理",
)
DEPARTMENT_DOWN = (
    "这个部门的系统暂时没有回应",
    "网络是通的，是办理这一项的部门系统没有回应；现在还没有提交任何内容",
    "可以先办别的事项，过几分钟再试，或到窗口办理",
)
"""Title, reason and what to do when nothing can be asked of the city, or of one department."""
NAME_STARS = 6
"""More say nothing to anybody, and a name of 25 characters would fill three lines of the frame."""

CONTROLS = dict.fromkeys((*range(32), *range(127, 160), *range(8234, 8239), *range(8294, 8298)))


def clean(text: str, *, lines: bool = False) -> str:
    """`text` without control and bidi-control characters, and without blanks around it.

    `lines`: line breaks are kept.
    """
    if lines:
        return "\n".join(clean(line) for line in text.splitlines()).strip()
    return text.translate(CONTROLS).strip()


def source_words(known: Known) -> str:
    """Where a value came from. What the citizen chose is theirs, whoever the list is from."""
    if known.chosen:
        return "本次办事中您选过的" if known.earlier else "您选的"
    return "本次办事中您填过的" if known.earlier else SOURCES[known.source]


def masked(mask: Mask, value: str) -> str:
    """`value` as a bystander may see it; ID and card numbers grouped for reading."""
    if not value or mask == "none":
        return value
    if mask == "name":
        stars = "*" * min(len(value) - 2, NAME_STARS)
        return value[0] + stars + value[-1] if len(value) > 2 else value[0] + "*"
    if mask == "id-number":
        return (
            grouped(value[:6] + "*" * max(0, len(value) - 10) + value[-4:], (6, 4, 4))
            if len(value) > 10
            else "*" * len(value)
        )
    if mask == "card":
        return f"**** **** {value[-4:]}"
    if mask == "phone":
        return f"{value[:3]}****{value[-4:]}" if len(value) >= 11 else "*" * len(value)
    return value[:6] + "*" * max(0, len(value) - 6)


def grouped(value: str, sizes: tuple[int, ...]) -> str:
    """`value` in groups of `sizes`, the rest as the last group: ``120103 1940 0101 0015``."""
    parts: list[str] = []
    start = 0
    for size in sizes:
        parts.append(value[start : start + size])
        start += size
    parts.append(value[start:])
    return " ".join(part for part in parts if part)


def readable(mask: Mask, value: str) -> str:
    """`value` in clear, grouped the way its kind is read."""
    if mask == "id-number" and len(value) == 18:
        return grouped(value, (6, 4, 4))
    if mask == "card":
        return grouped(value, (4, 4, 4, 4))
    if mask == "phone" and len(value) == 11:
        return grouped(value, (3, 4))
    return value
