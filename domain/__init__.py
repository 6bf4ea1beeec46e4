"""What is true in Wenze (问责). Pure: no I/O, no clock, no randomness, no framework.

The flow, in eight lines:

1. A *command* (one file, e.g. ``reporting/sign_report.py``) names its *boundary*: the events it depends on.
2. ``ledger/handling.py`` reads that boundary and the head from one snapshot, and folds it.
3. The command decides: it *refuses*, or it *records* events.
4. ``EventLog.append`` stores them under the condition that nothing entered the boundary since.
5. Each event becomes an *entry*: canonical bytes, hashed to a *leaf*; its *position* is 1, 2, 3 … without a gap.
6. *Views* are folded from the log by projectors and can be deleted and rebuilt at any time.
7. Reads answer from views, or replay the log *as of* an instant.
8. A *receipt* tells whoever acted the position, the leaf hash and the times.

Start reading at ``ledger/handling.py``, then ``ledger/command.py``, then any command.

Glossary (术语表). No synonym of these words is used anywhere.

event 事件            a stored fact, in the past tense
entry 条目            the canonical bytes of an event with its envelope; what is hashed
position 序号         an event's place in the log, from 1; leaf index = position − 1
tag 标签              what an event is about; the trail's index and the boundary's words
boundary 一致性边界   the events a decision depends on
append condition 追加条件  the boundary unchanged since it was read
command 命令          a use case that decides; a slice
refusal 拒绝          a command is not allowed now
receipt 回执          positions, leaf hashes and times of what was stored; its proof leads to a checkpoint
checkpoint 检查点     origin, size and root of the log, signed by it
tile 哈希片           256 hashes of the log's tree in a file; their entries lie in an entry bundle 条目包
log key 账本密钥      signs the checkpoints; adopted 启用 by an event that the key before it has signed
forked 分叉           the database is not what was signed: nothing more is signed, and everything says so
witness 见证方        another office that has seen only one history; its cosignature 联署 stands under the checkpoint
unwitnessed 未经见证  a checkpoint without the quorum of the policy 信任策略
timestamp 时间戳      an outside authority's word that a checkpoint was there at an instant
projection 投影       folding events into a view
view 视图             a table that answers one question
appointment 任职      a person in a role in an organisation, for an interval
acting appointment 代理任职  one that stands in for another appointment
delegation 委托       another person acting under an appointment, for an interval
relief 免职           the end of an appointment
site 单位             a school, kindergarten or training institution
district 学区         the second level
section 责任科室      the bureau's responsible section, the third level
task force 工作专班 · group 专项小组
duty 报送义务         what an organisation owes: a form for a day, with deadlines and a rule version
lifted 撤销           a duty was ended because nothing was owed
report 日报告         the answer to a duty; revisions supersede each other
zero report 零报告    an attestation that everything was checked and nothing found
roll-up 汇总          a district's or the bureau's summary of the day, with its gaps named
signature 签字        a level's decision over exactly one digest
statement 签署内容    what a signature is over: the digest, the decision, the office, and a nonce that serves once
credential 签名凭证   a key that one person holds, named by its SHA-256
enrolment 凭证登记    a named officer vouched that a credential is a person's
examined 已审阅 · summary only 仅核概要   what level 2 or 3 says, in the statement, of how it looked
batch 批量签署        one signature over at most 20 statements, each provable alone
paper signature 纸质签字  signed by hand, scanned, and attested by a second person
disputed 存疑         the holder says that the credential was not in the own hand; it is frozen, and nothing counts
confirmed 确认 · repudiated 否认  how somebody else resolves that; only what is confirmed counts again
return 退回 · refuse 拒签
correction 更正       a new revision; voids the signatures over the old one
reminder 催报         sent is not served (送达)
missed 未报           an absence, recorded at the deadline by the clock
excused 免责          the level above accepted the absence or lateness, with a reason
outage 故障           filing was impossible for a while
late 迟报 · missing 缺报 · service delay 系统延迟
bundle 证据包         entries with their proofs, for an office outside; nothing in it has to be believed
verdict 核验结论      over a bundle, in numbered steps: valid 有效 · invalid 无效 · not checked 未核验
disclosed 披露        a personal value was given away with its salt, so that it can be checked
vault 保险库          personal values under keys; the ledger holds commitments (承诺值)
key-encryption key 主密钥  wraps every key of the vault, from outside the database; rotation 轮换 puts another in force
purpose 用途 · term 年度   what a value is kept for, and the year it was sealed in; with the subject they name a key
subject 信息主体      the person or organisation under whose key a value lies
erasure 销毁          keys are destroyed, proposed by one person and approved by another; the ledger stays
retention 保存期限    how long values of a purpose are kept after their year; due 到期 when it is over
legal hold 证据保全   nothing of a person or organisation is erased for a time
ground 销毁事由       why data go: one of the five cases of the law
"""
