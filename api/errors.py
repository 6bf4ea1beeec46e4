"""The one table from error codes to HTTP status and to a Chinese and an English sentence.

A test asserts that every concrete error class has its row. The sentences say what is wrong and, where it helps, what
to do next; they never hold personal data. ``problems.py`` turns errors into answers.
"""

from typing import Final

from api.error_rows import ERASURE, PUBLISHING, REGISTRY, REPORTING, SIGNING, WITNESSING, Language, Row
from domain.ledger.errors import Invalid, NotFound, Refusal, WenzeError

TABLE: Final[dict[str, Row]] = {
    # What a request looks like, before anything is decided.
    "bad_json": Row(400, "请求正文不是有效的 JSON。", "The request body is not valid JSON."),
    "bad_request": Row(400, "请求无法解析。", "The request cannot be parsed."),
    "token_missing": Row(401, "请提供访问令牌。", "A bearer token is needed."),
    "token_unknown": Row(401, "访问令牌无效、已过期或已吊销。", "The token is unknown, expired or revoked."),
    "no_such_page": Row(404, "没有这个地址。", "There is nothing at this address."),
    "method_not_allowed": Row(405, "该地址不支持此方法。", "This address does not support that method."),
    "body_too_large": Row(413, "请求正文超过允许的大小。", "The request body is larger than allowed."),
    "not_json": Row(415, "请求正文必须是 application/json。", "The request body must be application/json."),
    "invalid_request": Row(422, "请求中有字段不符合要求。", "Some fields of the request are not as they must be."),
    "internal": Row(
        500, "服务器内部错误；未说明已存的，均可用同一键重试。", "Internal error; a retry with the same key is safe."
    ),
    "database_away": Row(
        503, "数据库暂时无法连接，请稍后再试。", "The database cannot be reached at the moment; try again."
    ),
    # Who is asking.
    "no_office": Row(403, "您目前没有任何任职。", "You hold no office at this time."),
    "office_needed": Row(
        422,
        "您有多个任职，请用 Wenze-Appointment 指明一个。",
        "You hold several offices; name one in Wenze-Appointment.",
    ),
    "not_your_office": Row(403, "该任职或委托目前不属于您。", "That appointment or delegation is not yours now."),
    "outside_scope": Row(403, "这不在您的职责范围内。", "This lies outside your office."),
    "office_only": Row(
        403,
        "此页由各校的报送得出，不对外公开。有权的人员可凭访问令牌从接口读取。",
        "This page is told by what schools filed, which is not public. Those entitled may ask the API with a token.",
    ),
    "nonce_foreign": Row(
        403, "该随机数不是本系统发给您的，请重新获取。", "This nonce was not given to you here; ask for a new one."
    ),
    "nonce_expired": Row(409, "该随机数已过期，请重新获取。", "The nonce has expired; ask for a new one."),
    "nothing_to_bundle": Row(404, "没有可导出的内容。", "There is nothing of it to bundle."),
    "bundle_too_large": Row(409, "内容过多，请分次导出。", "It is too much for one bundle; ask for less at a time."),
    "not_published": Row(
        503, "其中有条目尚未发布，请稍后再试。", "Some of it is not published yet; try again in a moment."
    ),
    "disclosure_not_allowed": Row(
        403,
        "个人信息只披露给本校人员与纪检部门。",
        "Personal values are disclosed to the school's own people and to the discipline office.",
    ),
    "key_file_exists": Row(
        409, "该文件已存在；密钥从不覆盖。", "The file is there already; a key is never written over."
    ),
    "key_file_unusable": Row(422, "无法使用该密钥文件。", "The key file cannot be used."),
    "server_away": Row(503, "无法连接服务器，请检查 WENZE_SERVER。", "The server cannot be reached; see WENZE_SERVER."),
    "server_declined": Row(409, "服务器未接受。", "The server declined."),
    "statement_foreign": Row(
        409,
        "服务器给出的陈述与所请求的不符，未签字。",
        "The server's statement is not what was asked for; nothing was signed.",
    ),
    "settings_wrong": Row(500, "设置有误。", "Some settings cannot be used."),
    "not_migrated": Row(
        503, "数据库中还没有台账，请先运行 wenze migrate。", "There is no ledger yet; run `wenze migrate`."
    ),
    "another_log": Row(409, "该数据库中已有另一台账。", "The database holds another log."),
    "roles_missing": Row(
        403, "缺少数据库角色，请由管理员创建。", "Database roles are missing; let the DBA create them."
    ),
    # The ledger.
    "key_destroyed": Row(
        409,
        "此人（或单位）的该类数据已销毁，不能再写入。",
        "The data of this subject are erased; none is sealed again.",
    ),
    "vault_key_wrong": Row(
        503,
        "保险库使用另一把主密钥，请为本进程配置后重启。",
        "The vault has another key-encryption key; give it to this process and start it again.",
    ),
    "nothing_to_rotate": Row(
        409,
        "环境变量中没有上一把主密钥，无可轮换。",
        "The environment gives no previous key-encryption key; there is nothing to rotate from.",
    ),
    "append_rejected": Row(
        409,
        "数据库拒绝了此次追加：编号或承诺值已存在，或密钥已销毁。",
        "The database refused this append: an id or commitment is there already, or a key has been destroyed.",
    ),
    "refused": Row(409, "目前不允许此操作。", "This is not allowed now."),
    "invalid": Row(422, "内容不符合规则。", "The content breaks a rule."),
    "span_too_long": Row(
        422, "时间跨度过长，请分段查询。", "The span has more days than one answer holds; ask for it in parts."
    ),
    "not_found": Row(404, "没有找到，或您无权知道。", "Nothing is known by this name, or not to you."),
    "format": Row(422, "内容无法按格式 1 记入。", "The content cannot be written in format 1."),
    "entry_too_large": Row(422, "内容超过一个条目允许的 65,535 字节。", "The content exceeds an entry's 65,535 bytes."),
    "condition_failed": Row(409, "期间有新的事件，请重试。", "Something happened meanwhile; try again."),
    "key_reused": Row(409, "该键已用于另一个请求。", "This key was used for another request."),
    "window_closed": Row(409, "所依据的任期或时限已结束。", "The office or window that this relied on is over."),
    "ended_before_recorded": Row(
        409,
        "所依据的任期或时限在记入台账之前已结束，未存任何内容。",
        "The office or window that this relied on ended before it could be recorded; nothing was stored.",
    ),
    "contention": Row(
        503, "争用过多，未存任何内容，请稍后再试。", "Too much contention; nothing was stored. Try again."
    ),
    "queue_full": Row(503, "系统繁忙，未存任何内容，请稍后再试。", "The queue is full; nothing was stored. Try again."),
    "outcome_unknown": Row(
        503,
        "结果未知，请用同一键重试，重试是安全的。",
        "The outcome is not known; repeat with the same key, that is safe.",
    ),
    "appends_stopped": Row(503, "台账暂停写入。", "The ledger takes no new events at the moment."),
    "position_beyond_head": Row(
        409, "所要求的序号尚未到达或属于另一台账。", "That position is beyond the head, or of another log."
    ),
    "view_stopped": Row(503, "视图已停止更新，暂不能读取。", "The view has stopped, and cannot be read for now."),
    "rebuild_failed": Row(
        503, "视图无法从台账重建，原视图保留。", "A view cannot be rebuilt from the log; the old one stays."
    ),
    "view_behind": Row(503, "视图尚未跟上，请稍后再试。", "The view is not there yet; try again."),
    **PUBLISHING,
    **ERASURE,
    **REGISTRY,
    **REPORTING,
    **WITNESSING,
    **SIGNING,
}


def row_of(error: WenzeError) -> Row:
    """The row of an error. Without one of its own, that of its nearest kind: the answer is still no accident."""
    row = TABLE.get(error.code)
    if row is not None:
        return row
    for kind in (Refusal, Invalid, NotFound):
        if isinstance(error, kind):
            return TABLE[kind.code]
    return TABLE["internal"]


__all__ = ["TABLE", "Language", "Row", "row_of"]
