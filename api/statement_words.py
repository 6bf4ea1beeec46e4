"""A statement in words, for the person who is about to sign it: in Chinese first, and in English.

What is signed are the bytes of the statement; the sentence says the same of it, with names in place of ids.
"""

from typing import Final

from domain.evidence.statement import Statement
from domain.reporting.identifiers import parts_of

SHOWN_DIGITS: Final = 16
"""How much of a digest a person is shown: enough to tell it from every other of the day."""
_DECISIONS: Final = {
    "sign": ("签字", "signs"),
    "return": ("退回", "returns"),
    "refuse": ("拒签", "refuses to sign"),
    "attest_zero": ("零报告承诺", "attests the zero report"),
}
_EXAMINED: Final = {
    "examined": ("，已审阅", ", examined"),
    "summary_only": ("，仅核概要", ", its summary only"),
}


def in_words(subject: str, signed: Statement, name: str) -> tuple[str, str]:
    """The sentence in Chinese and in English; ``subject`` is the report or roll-up, ``name`` its organisation's."""
    form, day, _ = parts_of(subject)
    is_rollup = form.startswith("f2-")
    form = form.removeprefix("f2-").upper()
    zh_decision, en_decision = _DECISIONS[str(signed["decision"])]
    zh_examined, en_examined = _EXAMINED.get(str(signed.get("examined")), ("", ""))
    digits = str(signed["digest"])[:SHOWN_DIGITS]
    what_zh, what_en = ("汇总", "roll-up") if is_rollup else ("报告", "report")
    level = int(signed["level"])
    who_zh, who_en = ("填报人", "Who prepared it") if level == 0 else (f"第{'一二三'[level - 1]}级", f"Level {level}")
    zh = f"{who_zh}对{name} {day} 的 {form} {what_zh}（摘要 {digits}…）{zh_decision}{zh_examined}。"
    en = f"{who_en} {en_decision}: {form} {what_en} of {name} for {day} (digest {digits}…){en_examined}."
    return zh, en
