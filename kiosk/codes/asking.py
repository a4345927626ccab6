"""Codes of pages on which nothing was filed: the city was not to be had, or it says no."""

from __future__ import annotations

from kiosk.codes.code import Code, Seen

NO_ANSWER: tuple[Code, ...] = (
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
        "no-list",
        "the city's list of provinces is empty: the home division cannot be chosen",
        "report it to the operator of the gateway: list and item",
        "平台的地区列表是空的：带上事项报告平台运维",
    ),
    Code(
        Seen.NO_ANSWER,
        "not-cached",
        "a guide or the catalogue could not be had, and none is kept here that may still be shown",
        "leave the terminal online for a minute after start, so that it can fetch them",
        "本机没有保存这份内容：让终端联网一会儿，会自动取回",
    ),
)

REFUSED: tuple[Code, ...] = (
    Code(
        Seen.REFUSED,
        "NO-OPTION",
        "the department has nothing to choose from for this citizen: no bill, no flat, no child",
        "none: the page says what to do; ask the department that the item names if the citizen knows better",
        "主管部门没有可选的内容（账单、房屋、子女等）：按页面提示办；市民认为有误则询问该部门",
    ),
    Code(
        Seen.REFUSED,
        "PROXIED",
        "the list at this step is the citizen's own, and cannot be read for somebody else",
        "none: the other person comes, or a counter does it",
        "这一步查的是本人的记录，不能代查：请本人来办，或到窗口",
    ),
    Code(
        Seen.REFUSED,
        "NO-REGION",
        "the two places have not opened this item to each other (跨省通办)",
        "none: the page says where to go",
        "两地还没有开通这一项的跨省通办：按页面提示办",
    ),
    Code(
        Seen.REFUSED,
        "NO-CASE",
        "no case of this citizen is waiting for documents",
        "none; with a receipt that says otherwise, ask at a counter",
        "没有等待补交材料的办件：与回执不符时到窗口询问",
    ),
    Code(
        Seen.REFUSED,
        "NO-BENEFIT",
        "no benefit of this citizen waits for an account",
        "none: those that need none are on the page",
        "没有缺收款账户的待遇：不缺账户的已列在页面上",
    ),
    Code(
        Seen.REFUSED,
        "NO-ACCOUNT",
        "a benefit was to be confirmed without a benefit or an account; nothing was sent",
        "begin anew; if it comes again, report it with item and step",
        "没有选中待遇或没有收款账户，没有提交：重新办理；再出现则带上事项和步骤上报",
    ),
    Code(
        Seen.REFUSED,
        "NO-AMOUNT",
        "no bill, or one of nothing: there is nothing to pay",
        "look the bill up again; if it stays, ask the department that the item names",
        "没有账单或金额为零，不用缴：重新查询；仍如此则询问主管部门",
    ),
    Code(
        Seen.REFUSED,
        "NO-ITEM",
        "a guide was asked for and no item chosen",
        "begin anew; if it comes again, report it",
        "没有选事项：重新办理；再出现则上报",
    ),
    Code(
        Seen.REFUSED,
        "NO-NUMBER",
        "something was to be looked up and no number was given",
        "begin anew, and type or scan the number",
        "没有填编号：重新办理，输入或扫描编号",
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
)
