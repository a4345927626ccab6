"""Codes of what was to be filed and is not: the city does not take it, or this terminal cannot."""

from __future__ import annotations

from kiosk.codes.code import Code, Seen

SUBMISSION: tuple[Code, ...] = (
    Code(
        Seen.SUBMISSION,
        "REFUSED",
        "the city refused the application and gave no word of its own; final",
        "none: the page has every reason",
        "平台不予受理（最终答复），原因见页面",
    ),
    Code(
        Seen.SUBMISSION,
        "seal-key-gone",
        "the gateway can no longer open the envelope, or its time (30 days) was over before it could be sent",
        "hand key and time to the desk; the citizen files anew",
        "平台已无法打开这份申请，或已超过 30 天：把单号交窗口，市民需重新申请",
    ),
    Code(
        Seen.SUBMISSION,
        "key-reused",
        "the gateway knows this key with another body: a bug here or there",
        "hand it to the desk and report it",
        "单号重复但内容不同：交窗口并上报",
    ),
    Code(
        Seen.SUBMISSION,
        "key-mismatch",
        "the key in the envelope is not the one that was sent with it: a bug",
        "hand it to the desk and report it",
        "信封内外单号不符：交窗口并上报",
    ),
    Code(
        Seen.SUBMISSION,
        "conflict",
        "the gateway is in a state that does not allow it (409) and gave no reason for the citizen",
        "hand it to the desk",
        "与平台现有状态冲突：交窗口",
    ),
    Code(
        Seen.SUBMISSION,
        "malformed",
        "the gateway does not take the body (400): the contract has changed, or a bug",
        "hand it to the desk and report item and version",
        "平台不接受内容格式：交窗口，并上报事项和版本",
    ),
    Code(
        Seen.SUBMISSION,
        "forbidden",
        "this terminal may not file this (403)",
        "hand it to the desk; ask the operator what the terminal may do",
        "这台终端无权提交：交窗口，询问平台运维",
    ),
    Code(
        Seen.SUBMISSION,
        "not-found",
        "the gateway does not know the item or the case (404)",
        "hand it to the desk; compare the item's code with the city's catalogue",
        "平台没有这个事项或办件：交窗口，核对事项代码",
    ),
    Code(
        Seen.SUBMISSION,
        "too-large",
        "larger than the gateway takes (413)",
        "hand it to the desk",
        "内容超过平台上限：交窗口",
    ),
    Code(
        Seen.SUBMISSION,
        "damaged",
        "what lies on the disk is no longer what was sealed; nothing was sent",
        "hand key and time to the desk; replace the disk",
        "磁盘上的内容已损坏：把单号交窗口，更换磁盘",
    ),
    Code(
        Seen.SUBMISSION,
        "other",
        "any other final answer",
        "hand it to the desk and report it",
        "其他最终答复：交窗口并上报",
    ),
    Code(
        Seen.SUBMISSION,
        "expired",
        "the 30 days were over before it could be sent",
        "hand key and time to the desk; the citizen files anew",
        "30 天内未能送出：把单号交窗口，市民需重新申请",
    ),
)

TERMINAL: tuple[Code, ...] = (
    Code(
        Seen.TERMINAL,
        "CLOSED",
        "it is outside the opening hours: an item that was begun is finished, nothing new is begun",
        "none, or correct `[opening] hours`; check the clock if it is not so late",
        "不在开放时间，已开始的一项照常办完：不对则核对配置 [opening] hours 和时钟",
    ),
    Code(
        Seen.TERMINAL,
        "DOOR-OPEN",
        "the cabinet's door stands open: an item that was begun is finished, nothing new is begun",
        "shut the door; if it is shut: `kiosk doctor`, switch and wiring",
        "柜门开着，已开始的一项照常办完：关好柜门；门已关好则运行 kiosk doctor，检查开关和接线",
    ),
    Code(
        Seen.TERMINAL,
        "no-camera",
        "the browser has no camera to show; in an item that cannot go on without a portrait",
        "the camera's cable; let the browser have it; other items go on",
        "浏览器没有摄像头画面：检查摄像头连线和浏览器的摄像头权限；不用拍本人照片的事项照常",
    ),
    Code(
        Seen.TERMINAL,
        "NO-SLOT",
        "every time that can be booked is taken",
        "none: the citizen comes back later, or asks at a counter",
        "近期的号都约满了：过些时候再来，或到窗口询问",
    ),
    Code(
        Seen.TERMINAL,
        "NO-SEAL-KEY",
        "no valid key of the gateway is in hand, so nothing can be sealed and nothing was kept",
        "bring the terminal online once; keys are fetched at start and every 15 minutes",
        "没有平台的有效密钥：让终端联网一次，密钥会自动取回",
    ),
    Code(
        Seen.TERMINAL,
        "TOO-LARGE",
        "the application is larger than an envelope may be (16 MB); nothing was kept",
        "none: the citizen files at a counter",
        "内容太大，未保存：请市民到窗口办理",
    ),
    Code(
        Seen.TERMINAL,
        "OUTBOX-FULL",
        "50,000 submissions or 1 GiB wait already; new work is refused, old work is kept",
        "bring the terminal online; see why nothing leaves (`kiosk outbox list`, `kiosk doctor`)",
        "待送申请已满：让终端联网，查清为何送不出去",
    ),
    Code(
        Seen.TERMINAL,
        "STORE",
        "the disk did not take it (full to the last of the reserve, read-only, failing); nothing was kept,"
        " no payment begun",
        "free or replace the disk under `[store] path`",
        "磁盘写不进去，没有保存，也没有开始缴费：清理或更换存储所在磁盘",
    ),
    Code(
        Seen.TERMINAL,
        "JOURNAL-BROKEN",
        "the journal cannot be written, so nobody is served",
        "free or replace the disk under `[store] path`; it serves again by itself within 15 s, and if not"
        " (a damaged file), start the agent again",
        "日志写不进去，暂停服务：清理或更换磁盘，15 秒内自动恢复；不恢复（文件损坏）则重启程序",
    ),
)
