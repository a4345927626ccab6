"""Codes that no citizen sees: of logins, papers, the journal's chain and prints."""

from __future__ import annotations

from kiosk.codes.code import Code, Seen

LOGIN: tuple[Code, ...] = (
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
)

PAPER: tuple[Code, ...] = (
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
)

CHAIN: tuple[Code, ...] = (
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
        Seen.CHAIN,
        "file-lost",
        "the file that begins with this entry is not there",
        "keep the disk as it is and report it",
        "从该条开始的日志文件不见了：保持磁盘原样并上报",
    ),
    Code(
        Seen.CHAIN,
        "file-edited",
        "the file's bytes are not those that were written",
        "keep the disk as it is and report it",
        "日志文件的内容被改动：保持磁盘原样并上报",
    ),
)

PRINT: tuple[Code, ...] = (
    Code(
        Seen.PRINT,
        "no-outcome",
        "the driver did not say in time (90 s; a certificate longer) what became of it: unconfirmed",
        "restart the agent; report it",
        "打印结果到时未知（凭条 90 秒，证明更长），按没有确认算：重启程序并上报",
    ),
    Code(
        Seen.PRINT,
        "not-fetched",
        "the sealed certificate did not come from the gateway; nothing was printed",
        "see why: the log, `kiosk doctor`; the citizen tries again or goes to a counter",
        "没有从平台取到证明，没有打印：看运行记录，运行 kiosk doctor；市民可重试或到窗口",
    ),
)

ITEMS: tuple[Code, ...] = (
    Code(
        Seen.ITEMS,
        "unreadable",
        "the file cannot be read",
        "give it to the agent's user; put it there anew",
        "文件读不出来：核对权限，重新放一份",
    ),
    Code(
        Seen.ITEMS,
        "malformed",
        "it is no set of items, or of another format",
        "put there a file that `kiosk flows pack` of the same release made",
        "不是事项文件，或格式不同：换上同一版本 kiosk flows pack 做的文件",
    ),
    Code(
        Seen.ITEMS,
        "unknown-operation",
        "an item in it needs a newer agent: its contract does not have that operation",
        "update the agent first",
        "其中有事项需要更新的程序：先更新程序",
    ),
)
