"""The catalogue of short codes: every word that a page, a command or a log gives a technician, once.

What a citizen reads are sentences; the code beside them (给工作人员看的代码) is looked up here.
``docs/error-codes.md`` is this catalogue as a page, and a test holds the two together; another finds every
code in the sources and asks that it be declared here. Words that the city itself makes (a department's
`NOT_INSURED`) are shown as they came and are not ours to list.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Seen(StrEnum):
    """Where a code is met."""

    NO_ANSWER = "no-answer"
    """A page titled 现在连不上服务平台, and `kiosk doctor` after ``unreachable:``."""
    REFUSED = "refused"
    """A page that says why it cannot be done, before anything was filed."""
    SUBMISSION = "submission"
    """A page titled 平台没有受理, and the reason in ``kiosk outbox list --json``."""
    TERMINAL = "terminal"
    """A page that says that this terminal cannot take it, or serves nobody."""
    LOGIN = "login"
    """The log, after ``login denied:``; the citizen reads a sentence."""
    PAPER = "paper"
    """`kiosk receipt verify`."""
    CHAIN = "chain"
    """`kiosk journal verify` and `kiosk doctor`, after ``broken at entry``."""
    PRINT = "print"
    """The journal's reason of a print, besides those of the driver (docs/drivers/receipt-printer.md)."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code; a final ``*`` stands for a number. `chinese` is meaning and remedy in zh-CN."""

    seen: Seen
    code: str
    meaning: str
    remedy: str
    chinese: str


CODES: tuple[Code, ...] = (
    Code(
        Seen.NO_ANSWER,
        "no-network",
        "no address, no route, refused, or the line was cut",
        "check the cable, the switch and `base_url` or `issuer`",
        "网络不通：检查网线、交换机和配置里的地址",
    ),
    Code(
        Seen.NO_ANSWER,
        "timeout",
        "the deadline passed; whether the other side acted is not known (the same key is sent again)",
        "check the line and the firewall; ask the operator of the service",
        "超时：检查线路和防火墙，询问平台运维",
    ),
    Code(
        Seen.NO_ANSWER,
        "tls",
        "what answers does not prove to be the city: another CA, another name, out of date, or no TLS",
        "check `ca_file`, the address and the clock; never switch the check off",
        "对方证书不可信：核对 ca_file、地址和时钟",
    ),
    Code(
        Seen.NO_ANSWER,
        "captive-portal",
        "a redirect or a web page came in the city's place",
        "sign the terminal on to the network, or have it exempted",
        "被网络认证页拦住：先让终端通过网络认证",
    ),
    Code(
        Seen.NO_ANSWER,
        "server-error",
        "the city answers that it cannot (5xx)",
        "wait; ask the operator of the service",
        "平台内部错误：稍候，询问平台运维",
    ),
    Code(
        Seen.NO_ANSWER,
        "too-large",
        "the answer is larger than any answer may be (4 MiB)",
        "report it: the service does not keep the contract",
        "平台答复过大：报告平台运维",
    ),
    Code(
        Seen.NO_ANSWER,
        "malformed",
        "the answer is not what the contract says, or a guide or catalogue in hand is not",
        "check `issuer` and `base_url`; else report it with the time: the service does not keep the contract",
        "平台答复不符合接口约定：核对 issuer 和 base_url；仍不行则带上时间报告平台运维",
    ),
    Code(
        Seen.NO_ANSWER,
        "department-down",
        "the system of this item's department failed several times in a row; it is left alone for half a "
        "minute, the others work",
        "wait; if it stays, ask the operator of the gateway about that department",
        "该事项主管部门的系统没有回应，其他部门照常：稍候，长时间如此则询问平台运维",
    ),
    Code(
        Seen.NO_ANSWER,
        "status-*",
        "the city asks for patience: 408, 409 (retryable), 425 or 429",
        "wait; the citizen can try again",
        "平台请稍候：等一会儿再试",
    ),
    Code(
        Seen.NO_ANSWER,
        "no-login",
        "a step needs a citizen who is logged in, and the card was read without the platform",
        "none here: it goes on when the network is back",
        "没有联网登录，这一步做不了：网络恢复后再办",
    ),
    Code(
        Seen.NO_ANSWER,
        "not-cached",
        "a guide or the catalogue could not be had, and none is kept here that may still be shown",
        "leave the terminal online for a minute after start, so that it can fetch them",
        "本机没有保存这份内容：让终端联网一会儿，会自动取回",
    ),
    Code(
        Seen.REFUSED,
        "NOT-ELIGIBLE",
        "the department's early verdict is no; every reason stands on the page",
        "none: the page says where to go instead",
        "不符合申请条件，页面上列有全部原因",
    ),
    Code(
        Seen.REFUSED,
        "LEVEL-TOO-LOW",
        "the gateway wants a higher level of identity for this operation than the citizen has (RFC 9470)",
        "log in by phone scan; if an item always ends so, its `identity` is below the city's",
        "身份级别不够：改用手机扫码；总是如此则该事项的级别配置低于平台要求",
    ),
    Code(
        Seen.REFUSED,
        "LOGIN-ENDED",
        "the citizen's token has ended (401); the provider's tokens live for less than the visit lasted",
        "log in again; if it is frequent, ask the platform for tokens of at least half an hour",
        "登录已失效：重新登录；经常如此则请平台把令牌有效期设为不少于半小时",
    ),
    Code(
        Seen.REFUSED,
        "HTTP-*",
        "the gateway refused and named no code; the number is the HTTP status",
        "report it with item, step and time",
        "平台拒绝且未给代码（数字是 HTTP 状态）：带上事项、步骤、时间报告",
    ),
    Code(
        Seen.REFUSED,
        "NO_SUCH_ID",
        "what was typed or scanned cannot be a number of this kind; nothing was asked",
        "none: the citizen checks it",
        "编号不合格式：请市民核对",
    ),
    Code(
        Seen.REFUSED,
        "BODY_TOO_LARGE",
        "what was scanned is larger than the gateway takes (16 MB, 413); nothing was sent",
        "fewer or smaller pages, or the window",
        "材料超过 16 MB，没有发送：减少页数或到窗口提交",
    ),
    Code(
        Seen.REFUSED,
        "MIGRATION-*",
        "the police's migration service refused; its number, without the minus: 50 licence, 901 business id, "
        "902 permit number, 903 applicant, 905 destination",
        "50 and 901: check `licence_file` and report it; the others: the citizen corrects what the page says",
        "公安户口迁移服务的代码（去掉负号）：50 授权、901 业务编号请上报；"
        "902 准迁证、903 申请人、905 迁入地请市民更正",
    ),
    Code(
        Seen.REFUSED,
        "TERMINAL_REFUSED",
        "unified identity does not know this terminal, or no longer trusts it",
        "`kiosk doctor`; check the clock and `client_id`; enrol the terminal's public key again",
        "统一身份不认可这台终端：运行 kiosk doctor，核对时钟和 client_id，重新登记公钥",
    ),
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
        "the disk did not take it (full, read-only, failing); nothing was kept",
        "free or replace the disk under `[store] path`",
        "磁盘写不进去：清理或更换存储所在磁盘",
    ),
    Code(
        Seen.TERMINAL,
        "JOURNAL-BROKEN",
        "the journal cannot be written, so nobody is served",
        "free or replace the disk under `[store] path`, then start the agent again",
        "日志写不进去，暂停服务：清理或更换磁盘，再重启程序",
    ),
    Code(
        Seen.LOGIN,
        "terminal-refused",
        "the platform did not take the terminal's own proof: not enrolled, revoked, or a wrong clock",
        "`kiosk doctor`; check the clock and `client_id`",
        "平台不认可终端证明：运行 kiosk doctor，核对时钟和 client_id",
    ),
    Code(
        Seen.LOGIN,
        "card-refused",
        "the platform did not take the card: no such person, a lost card, names that differ",
        "none: the citizen uses the phone or goes to a counter",
        "平台不认可证件：改用手机扫码或到窗口",
    ),
    Code(
        Seen.LOGIN,
        "number-refused",
        "the platform did not take number, name and face: no such person, or names that differ",
        "none: the citizen checks what was typed, uses the phone or goes to a counter",
        "平台不认可姓名和号码：核对后重试，或改用手机扫码",
    ),
    Code(
        Seen.LOGIN,
        "face-not-found",
        "the platform found no face in the picture, or more than one",
        "if it happens to many: clean the camera, look at its angle",
        "照片中没有人脸或不止一人：多人如此时清洁摄像头、调整角度",
    ),
    Code(
        Seen.LOGIN,
        "face-too-dark",
        "the picture is too dark to compare",
        "if it happens to many: more light in front of the terminal",
        "照片太暗：多人如此时改善终端前的照明",
    ),
    Code(
        Seen.LOGIN,
        "face-differs",
        "the face is not that of the card's holder, says the platform",
        "none: the citizen tries again or uses the phone",
        "人脸与证件不符：重拍或改用手机扫码",
    ),
    Code(
        Seen.LOGIN,
        "launch-refused",
        "the platform did not take the bank host's launch token; its reason stands in the log",
        "check the host's clock, the `terminal` it names, and that the platform has its key",
        "平台不认可银行主机的登录凭证：核对主机时钟、终端编号和银行公钥",
    ),
    Code(
        Seen.LOGIN,
        "declined",
        "the citizen said no on the phone",
        "none",
        "市民在手机上取消",
    ),
    Code(
        Seen.LOGIN,
        "expired",
        "the QR was not approved in time",
        "none",
        "二维码过期",
    ),
    Code(
        Seen.LOGIN,
        "not-offered",
        "this provider does not offer what was asked for",
        "ask the operator of unified identity for the grant",
        "平台未开通这种登录方式：询问统一身份运维",
    ),
    Code(
        Seen.LOGIN,
        "not-verified",
        "the answer's token did not stand up to checking",
        "report it with the time; check the clock",
        "登录结果未通过核验：核对时钟，带上时间上报",
    ),
    Code(
        Seen.PAPER,
        "not-a-code",
        "other text, or cut short",
        "scan it again",
        "不是凭条上的码，或不完整：重新扫描",
    ),
    Code(
        Seen.PAPER,
        "other-key",
        "signed by a key that is none of those asked about",
        "name the keys of all terminals with `--jwks`",
        "不是这些终端签的：用 --jwks 给出全部终端的公钥",
    ),
    Code(
        Seen.PAPER,
        "tampered",
        "names a known key, and the signature does not fit the words",
        "treat the paper as forged",
        "内容被改动：按伪造处理",
    ),
    Code(
        Seen.PAPER,
        "unknown-version",
        "truly signed by a known terminal, in a form that this program does not know",
        "use a newer agent",
        "签名为真但格式较新：升级程序再验",
    ),
    Code(
        Seen.CHAIN,
        "deleted",
        "an entry is missing; later ones are there",
        "keep the disk as it is and report it",
        "有记录被删除：保持磁盘原样并上报",
    ),
    Code(
        Seen.CHAIN,
        "edited",
        "an entry, or the hash before it, is not what was written",
        "keep the disk as it is and report it",
        "有记录被改动：保持磁盘原样并上报",
    ),
    Code(
        Seen.CHAIN,
        "reordered",
        "an entry stands where it was not written",
        "keep the disk as it is and report it",
        "记录顺序被改：保持磁盘原样并上报",
    ),
    Code(
        Seen.CHAIN,
        "truncated",
        "the last entries are gone",
        "keep the disk as it is and report it",
        "末尾记录缺失：保持磁盘原样并上报",
    ),
    Code(
        Seen.CHAIN,
        "rewritten",
        "the chain is whole, but not the one that was anchored elsewhere",
        "keep the disk as it is and report it",
        "整条记录被重写：保持磁盘原样并上报",
    ),
    Code(
        Seen.CHAIN,
        "head-lost",
        "the row that says where the chain ends is gone or was set back",
        "keep the disk as it is and report it",
        "末尾标记丢失或被回退：保持磁盘原样并上报",
    ),
    Code(
        Seen.PRINT,
        "no-outcome",
        "the driver did not say within 90 s what became of the print; it counts as unconfirmed",
        "restart the agent; report it",
        "打印结果 90 秒内未知：重启程序并上报",
    ),
)


def find(code: str) -> tuple[Code, ...]:
    """Every meaning of `code`, which may differ by where it was seen; empty when it is not one of ours."""
    return tuple(each for each in CODES if _fits(each.code, code))


def _fits(declared: str, code: str) -> bool:
    if declared.endswith("*"):
        return code.startswith(declared[:-1]) and code[len(declared) - 1 :].isdigit()
    return declared == code
