"""The rows of the codes of the registry, of reporting and of signing: a part of the one table in ``errors.py``.

403: this office may not. 404: what is named is not there. 409: not as things stand now. 422: the content is wrong.
"""

from typing import Final, Literal, NamedTuple

Language = Literal["zh", "en"]


class Row(NamedTuple):
    """What one code means to the outside."""

    status: int
    zh: str
    en: str

    def sentence(self, language: Language) -> str:
        """The sentence in a language."""
        return self.zh if language == "zh" else self.en


REGISTRY: Final[dict[str, Row]] = {
    "not_appointed": Row(403, "此时您不担任该任职。", "You do not hold this appointment at this time."),
    "not_delegated": Row(403, "该委托此时不适用于您。", "This delegation does not hold for you at this time."),
    "wrong_role": Row(403, "该任职的角色无权做此事。", "The appointment's role does not allow this."),
    "wrong_organisation": Row(
        403, "这属于其他单位，不在您的任职范围内。", "This concerns another organisation than yours."
    ),
    "not_the_holder": Row(403, "只有任职者本人可以委托。", "Only the holder of the appointment may delegate."),
    "registry_not_empty": Row(
        409, "登记簿非空，教育局只能设立一次。", "The registry is not empty; a bureau is founded once."
    ),
    "organisation_unknown": Row(404, "没有登记此单位。", "No such organisation is registered."),
    "organisation_taken": Row(409, "此单位已登记。", "This organisation is registered already."),
    "organisation_code_taken": Row(409, "此代码已属于其他单位。", "Another organisation carries this code."),
    "not_a_site": Row(
        409, "该单位不是学校、幼儿园或培训机构。", "The organisation is no school, kindergarten or institution."
    ),
    "wrong_parent": Row(409, "该类单位不能隶属于所指单位。", "This kind of organisation cannot belong to that one."),
    "bureau_only_founded": Row(409, "教育局只能设立，不能登记。", "A bureau is founded, never registered."),
    "not_yet_opened": Row(409, "该日单位尚未开办。", "The organisation is not open yet on that day."),
    "already_closed": Row(409, "该单位届时已关闭或合并。", "The organisation is closed or merged by then."),
    "already_suspended": Row(409, "该单位已停办。", "The site is suspended already."),
    "not_suspended": Row(409, "该日单位并未停办。", "The site is not suspended on that day."),
    "not_in_day_order": Row(409, "已有更晚日期的同类变更。", "A later change of the same kind is recorded already."),
    "heir_unfit": Row(409, "承接单位不适合。", "That organisation cannot be the heir."),
    "stands_as_heir": Row(
        409, "该单位届时须承接另一单位。", "The site inherits from another and must still be there then."
    ),
    "never_abolished": Row(409, "只有学区和科室可以撤销。", "Only a district or a section is abolished."),
    "still_below": Row(
        409, "届时或此前七日内仍有单位隶属于该学区。", "A site belongs to the district then, or did in the week before."
    ),
    "same_district": Row(409, "该单位已属于此学区。", "The site belongs to this district already."),
    "class_repeated": Row(422, "名册中同一班级出现两次。", "The roster names one class twice."),
    "empty_interval": Row(422, "时间区间为空。", "The interval is empty."),
    "already_exempt": Row(409, "该时段已有小规模单位豁免。", "A small-site exemption already holds then."),
    "not_exempt": Row(409, "届时没有小规模单位豁免。", "No small-site exemption runs then."),
    "too_long_ago": Row(409, "追溯生效最多 31 天。", "What takes effect in the past lies at most 31 days back."),
    "person_unknown": Row(404, "没有登记此人员。", "No such person is registered."),
    "person_taken": Row(409, "此人员已登记。", "This person is registered already."),
    "person_code_taken": Row(409, "此代码已属于其他人员。", "Another person carries this code."),
    "appointment_taken": Row(409, "此任职编号已使用。", "An appointment with this id exists already."),
    "appointment_unknown": Row(404, "没有此任职。", "No such appointment exists."),
    "role_unfit": Row(409, "该类单位没有此角色。", "This role does not exist in that kind of organisation."),
    "already_appointed": Row(409, "此人在该时段已担任此职。", "The person already holds this role there then."),
    "outside_appointment": Row(
        409, "时段超出所依据的任职。", "The interval reaches beyond the appointment it rests on."
    ),
    "acting_for_oneself": Row(409, "不能代理或委托本人。", "Nobody stands in for oneself."),
    "already_relieved": Row(409, "该任职届时已结束。", "The appointment has ended by then."),
    "relieved_before_appointed": Row(409, "免职早于任职。", "The relief lies before the appointment."),
    "ends_in_the_past": Row(409, "不能追溯结束。", "Nothing is ended in the past."),
    "last_registrar": Row(
        409, "须先任命另一位无任期限制的登记员。", "Another registrar must first be appointed, without an end."
    ),
    "delegation_taken": Row(409, "此委托编号已使用。", "A delegation with this id exists already."),
    "delegation_unknown": Row(404, "没有此委托。", "No such delegation exists."),
    "delegation_over": Row(409, "该委托已结束。", "The delegation is over."),
    "group_taken": Row(409, "此小组编号已使用。", "A group with this id exists already."),
    "group_unknown": Row(404, "没有此小组。", "No such group exists."),
    "group_over": Row(409, "该小组已撤销。", "The group is dissolved."),
    "covers_nothing": Row(
        422, "小组须至少覆盖一个单位，且不得重复。", "A group covers at least one organisation, each once."
    ),
    "already_member": Row(409, "此人已是小组成员。", "The person is a member already."),
    "not_a_member": Row(409, "此人不是小组成员。", "The person is not a member."),
    "level_unfit": Row(409, "级别与组建单位不符。", "The level is not that of the organisation that forms it."),
    "span_taken": Row(409, "该时段日历已发布，只能逐日更改。", "These days are published; single days are changed."),
    "day_outside_span": Row(422, "例外日不在所发布的时段内。", "An exceptional day lies outside the span."),
    "day_contradicts": Row(422, "同一天重复或互相矛盾。", "A day is named twice, or contradicts itself."),
    "nothing_changed": Row(409, "没有任何变更。", "Nothing would change."),
    "every_day_counts": Row(422, "只有工作日历有休息日。", "Only the working calendar has days of rest."),
    "known_out_of_order": Row(409, "知晓时间的先后不合。", "It cannot be known then."),
    "registrar_needed": Row(
        403, "现任登记员不止一位或没有，请指明任职。", "There is not exactly one registrar; name the appointment."
    ),
    "table_refused": Row(422, "表格中有错误，未存任何内容。", "Rows of the table are wrong; nothing was stored."),
    "table_unreadable": Row(422, "无法读取该表格文件。", "The file is no table that can be read."),
}

REPORTING: Final[dict[str, Row]] = {
    "no_duty": Row(404, "没有此报送义务。", "No such duty was opened."),
    "nothing_to_open": Row(409, "没有可开启的报送义务。", "There is no duty to open."),
    "day_out_of_reach": Row(
        409, "只能开启今日前后七天内的报送义务。", "Duties are opened for days within a week of today."
    ),
    "not_a_district": Row(409, "该日没有此学区。", "No such district is there on that day."),
    "no_rules_in_force": Row(409, "该日没有生效的规则。", "No rules are in force on that day."),
    "rules_exist": Row(409, "同名规则已通过。", "Rules of this name were adopted before."),
    "retroactive_rules": Row(409, "规则不能追溯生效。", "Rules cannot take effect in the past."),
    "form_not_published": Row(404, "该版本表单未发布。", "This version of the form was never published."),
    "form_version_taken": Row(409, "这不是表单的下一个版本。", "This is not the form's next version."),
    "duty_not_over": Row(409, "报送时间尚未结束。", "The time to answer has not ended."),
    "duty_already_closed": Row(409, "该报送义务已关闭。", "The duty was closed before."),
    "duty_owed": Row(
        409, "该报送义务确应履行，或已报送，或已记未报。", "The duty is owed, answered or recorded as missed."
    ),
    "nothing_left": Row(409, "没有遗留给承接单位的事项。", "Nothing is left to an heir."),
    "duty_not_inherited": Row(409, "该报送义务没有由此单位承接。", "This organisation does not inherit the duty."),
    "no_roster": Row(409, "该单位当日尚无名册。", "The site has declared no roster for that day."),
    "already_submitted": Row(409, "已有报告；请使用更正。", "A report stands; a change to it is a correction."),
    "nothing_submitted": Row(409, "目前没有有效的报告。", "No report stands."),
    "withdrawal_too_late": Row(409, "第二级已签字，只能更正。", "Level 2 has signed; it can only be corrected."),
    "not_the_current_revision": Row(
        409, "您看到的不是当前版本，请查看后再定。", "This is not the current revision; look again."
    ),
    "returned_for_correction": Row(
        409, "该版本已退回，须先更正。", "This revision was sent back and needs a correction."
    ),
    "level_skipped": Row(409, "下一级尚未签字。", "The level below has not signed."),
    "already_signed": Row(409, "本级或上级已签字。", "This level, or one above, has signed already."),
    "not_a_zero_report": Row(409, "只有零报告才能作零报告承诺。", "Only a zero report is attested as one."),
    "not_the_preparer": Row(403, "承诺须由填报人本人签署。", "A report is attested by who prepared it."),
    "already_attested": Row(409, "该版本的零报告承诺已签署。", "This revision was attested before."),
    "same_person": Row(409, "三级签字须由三人完成。", "Three levels need three persons."),
    "not_a_section": Row(403, "第三级须为局机关责任科室。", "Level 3 is a responsible section of the bureau."),
    "not_due_yet": Row(409, "尚未到截止时间。", "The deadline has not passed."),
    "not_missing": Row(409, "应报内容已到。", "What was expected has arrived."),
    "nothing_to_excuse": Row(
        409, "该级未缺报也未迟报，无可免责。", "This level is neither missing nor late: there is nothing to excuse."
    ),
    "nothing_owed": Row(
        409, "该校当日已停办或停课，无报送义务。", "The school is closed or suspended on that day and owes nothing."
    ),
    "not_handed_over": Row(409, "下一级尚未递交。", "The level below has not handed it on."),
    "missed_already_recorded": Row(409, "该级未报已记录。", "This absence was recorded before."),
    "already_excused": Row(409, "该级已免责。", "This level was excused before."),
    "nothing_to_roll_up": Row(409, "当日没有可汇总的报送义务。", "No duty of the day is there to roll up."),
    "nothing_new": Row(409, "与上次汇总没有差异。", "Nothing differs from the roll-up before."),
    "supplemented_today": Row(409, "每天至多一次补充汇总。", "At most one supplementary roll-up a day."),
    "rollup_not_built": Row(404, "尚无此汇总。", "There is no such roll-up yet."),
    "outage_exists": Row(409, "此故障已公布。", "This outage was declared before."),
    "reminder_exists": Row(409, "此催报已发出。", "This reminder was sent before."),
    "reminder_unknown": Row(404, "没有此催报。", "No such reminder was sent."),
    "reminder_already_served": Row(409, "此催报已送达。", "The reminder was served before."),
    "not_in_office": Row(409, "被催报人在该级没有任职。", "The addressee holds no office at the level that owes."),
    "not_the_addressee": Row(403, "送达须由收件人本人确认或接听。", "A reminder is served to its addressee only."),
    "unknown_field": Row(422, "表单没有此字段。", "The form has no such field."),
    "missing_field": Row(422, "缺少必填字段。", "A required field is absent."),
    "wrong_value": Row(422, "字段的值不合要求。", "The value is not of the field's kind."),
    "above_maximum": Row(422, "数值超过上限。", "The value exceeds the field's maximum."),
    "arithmetic_broken": Row(422, "数字不满足表内关系。", "The counts break a rule of the form."),
    "class_unknown": Row(422, "名册中没有此班级。", "The roster has no such class."),
    "class_twice": Row(422, "同一班级出现两次。", "A class appears twice."),
    "class_missed_unseen": Row(422, "有班级既未上报也未列为缺报。", "A class has no row and is not named as missing."),
    "person_missed": Row(422, "到校与缺勤之和与班级人数不符。", "Present and absent do not make up the class."),
    "roster_differs": Row(
        422, "人数与登记名册不符，请说明差异原因。", "The counts are not those of the roster; say why they differ."
    ),
    "zero_not_attested": Row(422, "零报告须明确承诺。", "A zero report must be attested."),
    "nature_contradicted": Row(422, "报告性质与数字矛盾。", "The report's nature contradicts its counts."),
    "prepared_by_another": Row(422, "填报人须为报送人本人。", "Who files a report is who prepared it."),
    "form_malformed": Row(422, "表单自相矛盾。", "The form contradicts itself."),
}

PUBLISHING: Final[dict[str, Row]] = {
    "signing_refused": Row(503, "账本目前不予签署。", "The log is not being signed."),
    "log_forked": Row(
        503,
        "数据库与已签署的账本不一致，自所示序号起不再签署。",
        "The database is not what was signed before; from this position on nothing is signed.",
    ),
    "row_corrupt": Row(
        503,
        "该序号的条目缺失、与其哈希不符，或登记时间早于前一条目，不予签署。",
        "The entry at this position is missing, does not match its hash, or is dated before the one before it.",
    ),
    "log_key_not_held": Row(
        503,
        "没有启用的账本密钥，或所启用的密钥曾被停用，不予签署。",
        "The log key that was adopted is not here or was given up before; nothing is signed.",
    ),
    "publisher_state_wrong": Row(
        503, "上次签署的检查点不属于本账本。", "The last signed checkpoint is not one of this log."
    ),
    "secret_exposed": Row(500, "密钥文件对他人可读或可改。", "Others may read or replace a file that holds a secret."),
    "entries_not_readable": Row(
        403, "此条目包中有您无权阅读的条目。", "This bundle holds entries that you may not read."
    ),
    "nothing_to_recover": Row(
        409,
        "已签署的内容都在数据库中，无须恢复。",
        "The database holds all that was signed; nothing is to be recovered.",
    ),
    "tail_not_recoverable": Row(
        409,
        "该序号起无法由条目包恢复，只能以新名续开（--new-origin）。",
        "From this position on the entries cannot be brought back; the log can only go on under a new name"
        " (--new-origin).",
    ),
    "publisher_elsewhere": Row(409, "另一进程正在发布。", "Another process is publishing."),
    "log_key_taken": Row(409, "此账本密钥已启用过。", "This log key was adopted before."),
}

WITNESSING: Final[dict[str, Row]] = {
    "not_yet_published": Row(
        404, "已记入台账，尚未公布，请稍候再取。", "It is stored, and not published yet; ask again in a moment."
    ),
    "tiles_unreadable": Row(
        503, "已公布的文件缺失或损坏，暂不能出具证明。", "A published file is missing or damaged; no proof for now."
    ),
    "timestamp_not_made": Row(
        503, "时间戳机构未能给出可信的时间戳。", "The authority gives no timestamp that can be believed."
    ),
    "witness_refuses": Row(503, "见证方拒绝联署。", "The witness refuses to cosign."),
    "witness_away": Row(503, "暂时无法联系见证方。", "The witness cannot be reached at the moment."),
    "unknown_log": Row(404, "见证方未登记此账本。", "The witness watches no log of this origin."),
    "other_size": Row(409, "证明的起点不是上次联署的大小。", "The proof does not begin at the size cosigned last."),
    "witness_state_wrong": Row(
        503, "见证方的文件夹无法使用，不予联署。", "The witness's folder cannot be used; nothing is cosigned."
    ),
    "witness_elsewhere": Row(
        409, "另一进程正在使用此见证方文件夹。", "Another process serves from this witness's folder."
    ),
    "witness_exists": Row(
        409, "文件夹中已有见证方密钥，不会覆盖。", "The folder has a witness's key already; it is never written over."
    ),
}

SIGNING: Final[dict[str, Row]] = {
    "enrolment_unknown": Row(
        404, "此验证码下没有待确认的密钥，或已过期。", "No key waits under this code, or it has expired."
    ),
    "scan_foreign": Row(422, "文件与其 SHA-256 不符。", "The file has another SHA-256."),
    "scan_missing": Row(422, "签字人尚未交存扫描件。", "Who signed has not handed in the scan."),
    "unknown_credential": Row(404, "没有登记此签名凭证。", "No such credential is enrolled."),
    "not_your_credential": Row(403, "该签名凭证属于他人。", "The credential is another person's."),
    "credential_not_yet_valid": Row(409, "该签名凭证尚未生效。", "The credential is not valid yet."),
    "credential_revoked": Row(
        409, "该签名凭证已吊销，请重新登记。", "The credential is revoked; a new one has to be enrolled."
    ),
    "credential_frozen": Row(409, "该签名凭证存疑，已冻结。", "The credential is disputed and frozen."),
    "signature_wrong": Row(
        422, "签名与所签内容不符，请重新签署。", "The signature is not over exactly this; look again and sign anew."
    ),
    "signature_needed": Row(409, "此决定须附签名。", "This decision needs a signature."),
    "nonce_used": Row(409, "此随机数已用过，请重新签署。", "The nonce has served; ask for another and sign anew."),
    "paper_attested_by_signer": Row(
        409, "纸质签字须由第二人见证。", "A paper is attested by a second person, not by its signer."
    ),
    "batch_too_large": Row(409, "一次签名至多涵盖 20 项决定。", "One signature covers at most 20 decisions."),
    "examined_missing": Row(
        422, "请注明“已审阅”或“仅核概要”。", "Say whether it was examined, or only its summary read."
    ),
    "key_unfit": Row(422, "该密钥或其说明不能登记。", "The key, or what is said about it, cannot be enrolled."),
    "credential_taken": Row(409, "该密钥已登记过。", "This key was enrolled before."),
    "vouched_by_oneself": Row(409, "不能为自己的凭证作保。", "Nobody vouches for the own key."),
    "already_disputed": Row(
        409, "已有存疑在处理，或先前的存疑已涵盖该时段。", "A dispute is open, or an earlier one reached as far back."
    ),
    "dispute_unknown": Row(404, "没有此存疑。", "There is no such dispute over this credential."),
    "dispute_over": Row(409, "该存疑已裁定。", "The dispute was resolved before."),
    "resolved_by_party": Row(
        409, "存疑须由持有人和作保人以外的人裁定。", "Neither the holder nor who vouched for the key resolves it."
    ),
}

ERASURE: Final[dict[str, Row]] = {
    "erasure_unknown": Row(404, "没有此销毁事项。", "No such erasure was proposed."),
    "erasure_taken": Row(409, "此销毁事项编号已使用。", "This erasure was proposed already."),
    "erasure_decided": Row(409, "此销毁事项已批准或已否决。", "This erasure is decided already."),
    "erasure_not_approved": Row(409, "此销毁事项未获批准。", "This erasure is not approved."),
    "destruction_recorded": Row(409, "此销毁事项已记录完毕。", "This destruction is recorded already."),
    "second_person_needed": Row(
        409, "提出人不得批准，须由另一人批准。", "Two persons decide: who proposed does not approve."
    ),
    "under_legal_hold": Row(409, "处于证据保全期间，不得销毁。", "A legal hold protects this; nothing is erased."),
    "still_in_office": Row(
        409, "该人员仍在任，须先免职。", "The person holds an office, and is relieved of it before this."
    ),
    "not_a_person": Row(
        409, "这是单位而非个人，不能整体销毁。", "This is an organisation; it is not erased as a whole."
    ),
    "term_still_runs": Row(409, "该年度尚未结束。", "The year of this key is not over."),
    "not_due": Row(409, "保存期限未届满或未规定。", "The retention period is not over, or none was adopted."),
    "hold_unknown": Row(404, "没有此证据保全。", "No such legal hold was placed."),
    "hold_taken": Row(409, "此证据保全编号已使用。", "This legal hold was placed already."),
    "hold_over": Row(409, "此证据保全已结束。", "This legal hold has ended already."),
    "same_retention": Row(409, "此保存期限已在执行。", "This retention period is in force already."),
}
