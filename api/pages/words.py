"""The words and glyphs of the pages: every state has a glyph, a colour (by its name in the style sheet) and a word.

The glyphs are taken from the symbols of GB 2312, which every Chinese font draws; a state is never told by colour alone.
Source texts are Chinese; ``zh`` only marks them, so that extraction finds them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


def zh(text: str) -> str:
    """Mark a Chinese source text for the catalogue. The pages translate it when they show it."""
    return text


class State(StrEnum):
    """What one school-day shows first. Timeliness wins over nature: a late zero report shows as late."""

    ON_TIME = "on_time"
    ZERO = "zero"
    SERVICE_DELAY = "service_delay"
    LATE = "late"
    MISSING = "missing"
    EXCUSED = "excused"
    OPEN = "open"


class Flag(StrEnum):
    """What else happened to it; shown beside the state, never instead of it."""

    CORRECTED = "corrected"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Look:
    """Glyph, word, the word in one character where space is scarce, and what it means."""

    glyph: str
    word: str
    short: str
    meaning: str


STATES: Final[dict[State, Look]] = {
    State.ON_TIME: Look("●", zh("按时"), zh("准"), zh("截止时刻前收到完整报告")),
    State.ZERO: Look("○", zh("零报告"), zh("零"), zh("按时，并明确声明“经核实无异常”")),
    State.SERVICE_DELAY: Look("△", zh("系统延迟"), zh("延"), zh("按时到达，因系统原因入账较晚；不算迟报")),
    State.LATE: Look("▲", zh("迟报"), zh("迟"), zh("截止时刻之后才收到；照收并标明")),
    State.MISSING: Look("×", zh("缺报"), zh("缺"), zh("至截止时刻未收到，由时钟记录")),
    State.EXCUSED: Look(
        "◇", zh("免责"), zh("免"), zh("上一级说明理由后予以认可，或因已公告的故障未能按时报送；原状仍可见")
    ),
    State.OPEN: Look("…", zh("待报"), zh("待"), zh("尚未到截止时刻")),
}

FLAGS: Final[dict[Flag, Look]] = {
    Flag.CORRECTED: Look("※", zh("更正"), zh("更"), zh("有新的修订；旧修订及其签字作废但可见")),
    Flag.RETURNED: Look("←", zh("退回"), zh("退"), zh("上一级退回并说明理由")),
    Flag.WITHDRAWN: Look("□", zh("撤回"), zh("撤"), zh("在二级签字之前撤回")),
}

KINDS: Final[dict[str, str]] = {
    "bureau": zh("教育局"),
    "section": zh("责任科室"),
    "district": zh("学区"),
    "kindergarten": zh("幼儿园"),
    "primary": zh("小学"),
    "junior": zh("初中"),
    "senior": zh("高中"),
    "vocational": zh("中职"),
    "training": zh("培训机构"),
}

FORMS: Final[dict[str, str]] = {"F1": zh("日报告")}
"""The forms that ship with us; any other is shown by its code alone."""

LEVELS: Final[dict[int, str]] = {1: zh("学校"), 2: zh("学区"), 3: zh("局机关责任科室")}

ROLES: Final[dict[str, str]] = {
    "school.reporter": zh("报告员"),
    "school.class_teacher": zh("班主任"),
    "school.principal": zh("校长"),
    "district.reviewer": zh("学区复核员"),
    "bureau.section": zh("责任科室人员"),
    "bureau.registrar": zh("登记员"),
    "inspector": zh("督查员"),
    "discipline": zh("纪检人员"),
    "machine.clock": zh("时钟"),
}

STRENGTHS: Final[dict[str, str]] = {
    "passkey_device": zh("通行密钥，不离设备"),
    "passkey_synced": zh("通行密钥，可在设备间同步"),
    "key_file": zh("本人持有的密钥文件"),
    "key_browser": zh("浏览器内的密钥，以口令保护"),
    "paper": zh("纸面签字，第二人见证"),
}
"""How a signature was made, strongest first. A paper also has the strength of the key that attests it."""

SIGNATURE_STANDINGS: Final[dict[str, str]] = {
    "disputed": zh("持有人已提出异议，裁定之前不计入"),
    "repudiated": zh("经裁定不是持有人所签，不计入"),
}
"""What is said of a signature that does not count."""

EXAMINED: Final[dict[str, str]] = {"examined": zh("已审阅"), "summary_only": zh("仅核概要")}

STANDINGS: Final[dict[str, str]] = {"usable": zh("可用"), "frozen": zh("已冻结"), "revoked": zh("已吊销")}

WEEKDAYS: Final = (zh("周一"), zh("周二"), zh("周三"), zh("周四"), zh("周五"), zh("周六"), zh("周日"))
WEEKDAYS_SHORT: Final = (zh("一"), zh("二"), zh("三"), zh("四"), zh("五"), zh("六"), zh("日"))

EVENTS: Final[dict[str, str]] = {
    "LogOpened": zh("账本开启"),
    "LogContinued": zh("账本更名续开"),
    "LogKeyAdopted": zh("账本密钥启用"),
    "TokenIssued": zh("令牌签发"),
    "BundleExported": zh("证据包导出"),
    "ServiceInterrupted": zh("服务中断"),
    "BureauFounded": zh("教育局登记"),
    "OrganisationRegistered": zh("单位登记"),
    "RosterDeclared": zh("名册申报"),
    "SiteSuspended": zh("单位停办"),
    "SiteResumed": zh("单位复办"),
    "SiteClosed": zh("单位关闭"),
    "SiteMerged": zh("单位并入"),
    "SiteMoved": zh("单位划转学区"),
    "OrganisationAbolished": zh("学区或科室撤销"),
    "SmallSiteExempted": zh("小规模单位豁免"),
    "SmallSiteExemptionEnded": zh("小规模单位豁免结束"),
    "TaskForceFormed": zh("工作专班成立"),
    "GroupFormed": zh("专项小组成立"),
    "GroupDissolved": zh("小组解散"),
    "GroupMemberAssigned": zh("组员加入"),
    "GroupMemberReleased": zh("组员退出"),
    "PersonRegistered": zh("人员登记"),
    "Appointed": zh("任职"),
    "Relieved": zh("免职"),
    "DelegationGranted": zh("委托"),
    "DelegationRevoked": zh("委托撤销"),
    "CalendarPublished": zh("日历发布"),
    "CalendarChanged": zh("日历变更"),
    "FormPublished": zh("表单发布"),
    "RulesAdopted": zh("规则施行"),
    "DutyOpened": zh("报送义务产生"),
    "DutyClosed": zh("报送义务结束"),
    "DutyLifted": zh("报送义务撤销"),
    "DutyInherited": zh("报送义务承接"),
    "DutyExcused": zh("免责"),
    "DutyMissed": zh("未报"),
    "ReportDrafted": zh("报告起草"),
    "ReportSubmitted": zh("报告报送"),
    "ReportCorrected": zh("报告更正"),
    "ReportWithdrawn": zh("报告撤回"),
    "ReportSigned": zh("报告签字"),
    "ReportReturned": zh("报告退回"),
    "SignatureRefused": zh("拒绝签字"),
    "ZeroAttested": zh("零报告承诺签署"),
    "RollupBuilt": zh("汇总生成"),
    "RollupSigned": zh("汇总签字"),
    "RollupReturned": zh("汇总退回"),
    "ReminderSent": zh("催报发出"),
    "ReminderServed": zh("催报送达"),
    "OutageDeclared": zh("故障公告"),
    "CredentialEnrolled": zh("签名凭证登记"),
    "CredentialRevoked": zh("签名凭证吊销"),
    "SignatureDisputed": zh("签名存疑"),
    "DisputeResolved": zh("签名存疑裁定"),
    "RetentionAdopted": zh("保存期限施行"),
    "ErasureProposed": zh("销毁提出"),
    "ErasureApproved": zh("销毁批准"),
    "ErasureDeclined": zh("销毁否决"),
    "KeysDestroyed": zh("密钥销毁"),
    "LegalHoldPlaced": zh("证据保全"),
    "LegalHoldEnded": zh("证据保全解除"),
}
