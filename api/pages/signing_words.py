"""The words that the scripts of ``/keys`` and ``/sign`` need: sentences with holes, in the reader's language."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from api.pages.words import ROLES, STANDINGS, STRENGTHS, zh

SENTENCES: Final[Mapping[str, str]] = {
    "waiting": zh("请稍候…"),
    "signed_in": zh("您是：{name}"),
    "not_allowed": zh("未完成：设备未验证本人，或操作被取消。"),
    "wrong_pin": zh("口令不对。"),
    "short_pin": zh("口令至少六位。"),
    "other_pin": zh("两次输入的口令不同。"),
    "no_passkeys": zh("此浏览器或此地址不能使用通行密钥；需要 https 或 localhost。"),
    "no_key_here": zh("这台设备上没有您可用的密钥。请先到“密钥”页登记，或改用纸面签字。"),
    "another_key": zh("服务器给出的不是您刚才生成的密钥，请停止并报告。"),
    "another_statement": zh("服务器给出的内容与您所选的不符，没有签字。"),
    "elsewhere": zh("（不在这台设备上）"),
    "made": zh("密钥已生成，待一名负责人确认。"),
    "seen": zh("人员 …{person}，{strength}，密钥指纹 {credential}"),
    "confirm": zh("确认此密钥属于此人：{name}"),
    "enrolled": zh("已登记，序号 {position}。"),
    "because": zh("理由：{reason}"),
    "signs": zh("{act}：{name}"),
    "signed": zh("已签署并入账，序号 {position}。"),
    "no_such_decision": zh("汇总只能签字或退回。"),
    "reason_needed": zh("退回或拒签须写明理由。"),
    "nothing_filed": zh("那里还没有可签的内容。"),
    "second_person": zh("见证须由第二人作出，不能是签字人本人。"),
    "attests": zh("见证：{name} 证实此件由 {signer} 亲笔签字"),
    "scan_needed": zh("请选择扫描件。"),
    "signed_on_paper": zh("纸面签字已见证并入账，序号 {position}；扫描件 SHA-256 {scan}…"),
}


def words_of(say: Callable[[str], str]) -> str:
    """All of them as JSON, for an attribute of the page."""
    told: dict[str, object] = {name: say(sentence) for name, sentence in SENTENCES.items()}
    for name, table in (("roles", ROLES), ("strengths", STRENGTHS), ("standings", STANDINGS)):
        told[name] = {each: say(word) for each, word in table.items()}
    return json.dumps(told, ensure_ascii=False)
