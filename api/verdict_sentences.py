"""What a verdict says, in Chinese and English: its steps, its three values, and the reason of every finding.

A reason's sentence may name details of the finding (``{person}``). A test asserts that every step and reason is here.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from api.error_rows import Language
from domain.evidence.verdict import Finding, Reason, State, StepName


class Sentence(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str

    def said(self, language: Language, details: Mapping[str, str] | None = None) -> str:
        """The sentence, with its details; one that is missing shows as a dash."""
        text = self.zh if language == "zh" else self.en
        return text.format_map(_Details({name: printable(each) for name, each in (details or {}).items()}))


class _Details(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "–"


def printable(text: str) -> str:
    """Text of a bundle as it may be shown: what would steer a terminal or turn the line round becomes a mark."""
    return "".join(each if each.isprintable() else "�" for each in text)


STATES: Final[dict[State, Sentence]] = {
    State.VALID: Sentence("有效", "valid"),
    State.INVALID: Sentence("无效", "invalid"),
    State.NOT_CHECKED: Sentence("未核验", "not checked"),
}

WHOLE: Final[dict[State, Sentence]] = {
    State.VALID: Sentence(
        "有效：各项必要步骤均已核验，未发现问题。", "Valid: every step that is needed was checked, and holds."
    ),
    State.INVALID: Sentence(
        "无效：至少一项核验不成立，见标为“无效”的步骤。",
        "Invalid: at least one check does not hold; see the steps marked invalid.",
    ),
    State.NOT_CHECKED: Sentence(
        "未核验：未发现错误，但有必要步骤因缺少材料而无法核验。",
        "Not checked: nothing wrong was found, but a step that is needed could not be checked.",
    ),
}

STEPS: Final[dict[StepName, Sentence]] = {
    StepName.MANIFEST: Sentence("清单：文件齐全且未改动", "Manifest: every file is there and unchanged"),
    StepName.CHECKPOINT: Sentence(
        "检查点：由所信任的账本密钥签名", "Checkpoint: signed by the log's key that is trusted"
    ),
    StepName.WITNESSES: Sentence("见证：见证方已联署", "Witnesses: they have cosigned"),
    StepName.INCLUSION: Sentence("收录：各条目均在账本中", "Inclusion: every entry is in the log"),
    StepName.CONSISTENCY: Sentence(
        "一致：后来的检查点未改动先前内容", "Consistency: a later checkpoint changed nothing before it"
    ),
    StepName.TIMESTAMPS: Sentence("时间戳：外部机构证明的时间", "Timestamps: an outside authority's word on the time"),
    StepName.CONTENT: Sentence("内容：报告与汇总的摘要相符", "Content: the digests of reports and roll-ups are right"),
    StepName.STATEMENTS: Sentence("签署事项：所签即所载", "Statements: what was signed is what is recorded"),
    StepName.SIGNATURES: Sentence("签名：由登记的密钥作出", "Signatures: made by the enrolled keys"),
    StepName.CREDENTIALS: Sentence("凭据：属于本人且当时有效", "Credentials: the person's own, and valid then"),
    StepName.AUTHORITY: Sentence("职权：签署人当时任有该职", "Authority: the signer held the office then"),
    StepName.LEVELS: Sentence("三级三人：各级由不同的人签署", "Levels: three levels, three persons"),
    StepName.COVERAGE: Sentence("汇总：所签汇总含有该报告", "Coverage: the signed roll-up holds the report"),
    StepName.DISCLOSURE: Sentence("披露：个人信息与承诺值相符", "Disclosure: personal values match their commitments"),
}

REASONS: Final[dict[Reason, Sentence]] = {
    Reason.HOLDS: Sentence("成立。", "It holds."),
    Reason.NOTHING_TO_CHECK: Sentence("证据包中没有可核验的内容。", "There is nothing of the kind in the bundle."),
    Reason.EARLIER_STEP: Sentence("前面的步骤未通过，无法核验。", "An earlier step failed; this one needs it."),
    Reason.MALFORMED: Sentence("格式不符：{field}：{rule}", "Not in its form: {field}: {rule}"),
    Reason.WITHOUT_WITNESSES: Sentence(
        "策略未要求见证方：仅有账本自身为证。", "The policy asks for no witness: only the log itself vouches."
    ),
    Reason.QUORUM_MISSED: Sentence(
        "见证未达策略要求（{quorum}）；已联署：{cosigned}。",
        "The policy's quorum ({quorum}) is not reached; cosigned by: {cosigned}.",
    ),
    Reason.LOG_UNKNOWN: Sentence("策略中没有账本 {origin}。", "The policy knows no log {origin}."),
    Reason.LOG_SIGNATURE: Sentence(
        "检查点不是由所信任的密钥签名。", "The checkpoint is not signed by the key that is trusted."
    ),
    Reason.WITNESS_SIGNATURE: Sentence("某见证方的联署是错误的：{said}", "A witness's cosignature is wrong: {said}"),
    Reason.NOT_INCLUDED: Sentence("条目不在该检查点之下：{said}", "The entry is not under this checkpoint: {said}"),
    Reason.OTHER_CHECKPOINT: Sentence("证明指向另一检查点。", "The proof leads to another checkpoint."),
    Reason.TIME_RUNS_BACK: Sentence(
        "入账时间早于前面的条目。", "It says that it was recorded before an entry that stands before it."
    ),
    Reason.RECEIVED_LATER: Sentence(
        "收到时间（{received_at}）晚于入账时间。", "It says that it arrived ({received_at}) after it was recorded."
    ),
    Reason.OTHER_ORIGIN: Sentence("属于另一账本 {origin}。", "It belongs to another log, {origin}."),
    Reason.OPENING_ABSENT: Sentence(
        "证据包中没有账本的开启条目，无从得知其时间是否真实。",
        "The log's opening is not in the bundle: whether its times are real is not shown.",
    ),
    Reason.NO_LATER_CHECKPOINT: Sentence("没有后来的检查点。", "There is no later checkpoint."),
    Reason.INCONSISTENT: Sentence(
        "后来的检查点不是先前的延续：{said}", "The later checkpoint does not extend the first: {said}"
    ),
    Reason.NO_TIMESTAMP: Sentence("没有时间戳。", "There is no timestamp."),
    Reason.NO_AUTHORITY_GIVEN: Sentence(
        "有时间戳，但未指定所信任的机构（--timestamp-ca）。",
        "There are timestamps, but no trusted authority was named (--timestamp-ca).",
    ),
    Reason.TIMESTAMP_WRONG: Sentence("{file}：时间戳不成立：{said}", "{file}: the timestamp does not hold: {said}"),
    Reason.TIMESTAMP_TOO_EARLY: Sentence(
        "{file}：时间戳（{made_at}）早于其所证条目的入账时间（{recorded_at}）。",
        "{file}: the timestamp ({made_at}) is earlier than the entries below it say ({recorded_at}).",
    ),
    Reason.DIGEST_DIFFERS: Sentence(
        "由条目重新计算的摘要不是 {digest}。", "The digest computed from the entry is not {digest}."
    ),
    Reason.VERSION_UNKNOWN: Sentence(
        "本程序不认识第 {version} 版。", "Version {version} is not known to this program."
    ),
    Reason.SUBJECT_ABSENT: Sentence(
        "证据包中没有所签的内容（{subject}）。", "What was signed ({subject}) is not in the bundle."
    ),
    Reason.BELOW_ABSENT: Sentence(
        "证据包中没有其下一级的签字。", "The signature of the level below is not in the bundle."
    ),
    Reason.BELOW_DIFFERS: Sentence("未指明下一级的签字。", "It does not name the signature of the level below."),
    Reason.DUTY_ABSENT: Sentence(
        "证据包中没有相应的报送义务（{subject}）。", "The duty that it answers ({subject}) is not in the bundle."
    ),
    Reason.UNSIGNED: Sentence("该决定没有本人签名。", "The decision carries no signature of the person."),
    Reason.NONCE_USED: Sentence(
        "一次性编号已在条目 {before} 用过：同一签名不能作两次决定。",
        "Its nonce served in entry {before}: one signature does not decide twice.",
    ),
    Reason.EXAMINED_WRONG: Sentence(
        "第 {level} 级的签字未按规定注明已审阅或仅核概要。",
        "The signature of level {level} does not say as it must whether it was examined or only its summary.",
    ),
    Reason.NOT_THE_PREPARER: Sentence(
        "零报告须由填报人 {prepared_by} 本人承诺。", "A zero report is attested by who prepared it, {prepared_by}."
    ),
    Reason.SUPERSEDED: Sentence(
        "所决定的内容当时已被条目 {before} 更正、退回、撤回或重编。",
        "What was decided over no longer stood: entry {before} had corrected, returned, withdrawn or rebuilt it.",
    ),
    Reason.SIGNATURE_WRONG: Sentence("签名不成立：{said}", "The signature does not hold: {said}"),
    Reason.NOT_ENROLLED: Sentence(
        "证据包中没有该凭据的登记（{credential}）。",
        "The enrolment of the credential ({credential}) is not in the bundle.",
    ),
    Reason.ENROLMENT_WRONG: Sentence(
        "凭据的登记有误：密钥与编号不符，或由本人自行担保。",
        "The enrolment is wrong: the key is not of its name, or the holder vouched for it.",
    ),
    Reason.ANOTHERS_CREDENTIAL: Sentence(
        "凭据不属于签署人 {person}。", "The credential is not of the signer {person}."
    ),
    Reason.NOT_YET_VALID: Sentence("凭据自 {valid_from} 起方有效。", "The credential is valid from {valid_from} only."),
    Reason.REVOKED: Sentence("凭据已于 {revoked_at} 吊销。", "The credential was revoked at {revoked_at}."),
    Reason.FROZEN: Sentence(
        "凭据当时已因异议冻结（条目 {dispute}）。", "The credential was frozen then by a dispute (entry {dispute})."
    ),
    Reason.DISPUTED: Sentence(
        "有异议：持有人称此签名并非本人所为（条目 {dispute}），在他人裁定之前不计。",
        "Disputed: the holder says that this was not theirs (entry {dispute}); it does not count until resolved.",
    ),
    Reason.REPUDIATED: Sentence(
        "经裁定并非持有人所为（条目 {dispute}），不计。",
        "It was decided that this is not the holder's (entry {dispute}); it does not count.",
    ),
    Reason.ATTESTED_BY_SIGNER: Sentence(
        "纸质签名须由另一人证明。", "A signature on paper is attested by a second person."
    ),
    Reason.NO_APPOINTMENT: Sentence(
        "证据包中没有该任职（{appointment}）。", "The appointment ({appointment}) is not in the bundle."
    ),
    Reason.NOT_APPOINTED: Sentence("{person} 当时不任该职。", "{person} did not hold the appointment then."),
    Reason.NO_DELEGATION: Sentence(
        "证据包中没有该委托（{delegation}）。", "The delegation ({delegation}) is not in the bundle."
    ),
    Reason.NOT_DELEGATED: Sentence("{person} 当时未受该委托。", "The delegation did not hold for {person} then."),
    Reason.WRONG_ROLE: Sentence("{role} 无权签署第 {level} 级。", "{role} does not sign at level {level}."),
    Reason.WRONG_OFFICE: Sentence("{role} 无权担保或裁定。", "{role} neither vouches for keys nor decides disputes."),
    Reason.WRONG_ORGANISATION: Sentence(
        "任职属于另一单位（{organisation}）。", "The appointment is in another organisation ({organisation})."
    ),
    Reason.ORGANISATION_ABSENT: Sentence(
        "证据包中没有该科室的登记（{organisation}）。", "The section ({organisation}) is not in the bundle."
    ),
    Reason.NO_EXEMPTION: Sentence("证据包中没有小规模单位豁免。", "The bundle shows no small-site exemption."),
    Reason.SAME_PERSON: Sentence(
        "{person} 在另一级也有签署或填报（条目 {beside}）。",
        "{person} stands at another level as well (entry {beside}).",
    ),
    Reason.NOT_COVERED: Sentence("汇总中没有此项：{said}", "The roll-up does not hold it: {said}"),
    Reason.NO_ROLLUP: Sentence("证据包中没有该汇总。", "The roll-up is not in the bundle."),
    Reason.DISCLOSED_DIFFERS: Sentence(
        "所披露的值与承诺值 {commitment} 不符。", "The disclosed value is not what {commitment} commits to."
    ),
    Reason.DISCLOSED_STRANGER: Sentence(
        "没有条目含有承诺值 {commitment}。", "No entry holds the commitment {commitment}."
    ),
    Reason.NOT_DISCLOSED: Sentence("{path}：未披露（或已删除）。", "{path}: not disclosed (or erased)."),
}

WORDS: Final[dict[str, Sentence]] = {
    "sign": Sentence("签字", "signed"),
    "return": Sentence("退回", "returned"),
    "refuse": Sentence("拒签", "refused to sign"),
    "attest_zero": Sentence("零报告承诺", "attested zero"),
    "examined": Sentence("已审阅", "examined"),
    "summary_only": Sentence("仅核概要", "summary only"),
    "passkey_device": Sentence("通行密钥（不可离开设备）", "passkey bound to a device"),
    "passkey_synced": Sentence("通行密钥（跨设备同步）", "passkey synced between devices"),
    "key_file": Sentence("密钥文件", "key file"),
    "key_browser": Sentence("浏览器中的密钥", "key in the browser"),
    "paper": Sentence("纸质签名，经他人证明", "on paper, attested by a second person"),
}
"""Decisions, what was examined, and the strength of credentials."""
VOID: Final = Sentence("（自条目 {position} 起作废）", " (void since entry {position})")
OPTIONAL: Final = Sentence("（非必要）", " (not required)")
LIMITS: Final = Sentence(
    "注意：证据包只能证明其中所载；是否遗漏了吊销、异议等条目，须向账本或见证方查询。",
    "Note: a bundle shows what it holds. Whether a revocation or a dispute was left out, only the log or its "
    "witnesses can tell.",
)
SIMULATED: Final = Sentence(
    "此账本自称为模拟：时间并非真实。", "This log says of itself that it is simulated: its times are not real."
)


def finding_sentence(finding: Finding, language: Language) -> str:
    """Why a finding is as it is."""
    return REASONS[finding.reason].said(language, finding.details)
