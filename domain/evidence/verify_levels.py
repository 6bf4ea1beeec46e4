"""Three levels, three persons: that nobody stands at two levels of one report, or of one day.

Of one revision: whoever prepared it (level 0), signed level 1 and signed level 2, each with the holder on whose behalf
it was done, and with who attested a paper. Of one form and day: whoever signed a roll-up at level 2 prepared and signed
nothing of that district below, and whoever signed one at level 3 did nothing of the day below. At an exempt small site
the preparer may sign level 1.
Signatures that are void since still count here: they stood at their level.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from domain.evidence.decisions import SignedDecision, Subjects, subject_parts
from domain.evidence.entry import Entry
from domain.evidence.offices_needed import OfficesNeeded
from domain.evidence.verdict import Finding, Reason, Unproved, found

_PREPARED: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stand:
    """That somebody stood at a level of a subject."""

    level: int
    subject: str
    district: str
    side: frozenset[str]
    position: int


def levels_findings(
    decisions: Sequence[SignedDecision], subjects: Subjects, offices: OfficesNeeded
) -> Iterator[Finding]:
    """One finding for every signature of level 1 or above."""
    signed = [each for each in decisions if each.decision == "sign"]
    stands = _stands(signed, subjects, offices)
    for each in signed:
        yield found(partial(_require_apart, each, stands[each.day], subjects, offices), each.entry.position)


def _stands(
    signed: Iterable[SignedDecision], subjects: Subjects, offices: OfficesNeeded
) -> Mapping[str, Sequence[_Stand]]:
    stands: defaultdict[str, list[_Stand]] = defaultdict(list)
    for each in signed:
        stands[each.day].append(
            _Stand(
                level=each.level,
                subject=f"{each.subject} {each.digest}",
                district=_district(each, subjects),
                side=_side(each, offices),
                position=each.entry.position,
            )
        )
        filed = subjects.filed(each) if each.kind == "report" else None
        if filed is not None:
            stands[each.day].append(_prepared(each, filed, _district(each, subjects)))
    return stands


def _side(decision: SignedDecision, offices: OfficesNeeded) -> frozenset[str]:
    """With whoever attests what was signed by hand: otherwise one person could make up two levels."""
    paper = None if decision.held is None else decision.held.fields_or_none("paper")
    return offices.side(decision) | (frozenset() if paper is None else {paper.text("attested_by")})


def _prepared(decision: SignedDecision, filed: Entry, district: str) -> _Stand:
    said = filed.payload
    side = {said.fields("content").text("prepared_by"), said.text_or_none("on_behalf_of")} - {None}
    return _Stand(
        level=_PREPARED,
        subject=f"{decision.subject} {decision.digest}",
        district=district,
        side=frozenset(each for each in side if each is not None),
        position=filed.position,
    )


def _district(decision: SignedDecision, subjects: Subjects) -> str:
    """Of a report as its duty says it: what the decision's own entry says beside its statement, nobody signed."""
    if decision.kind == "rollup":
        return subject_parts(decision.subject)[2]
    try:
        return subjects.duty(decision).text("district")
    except Unproved:
        return decision.entry.payload.text("district")  # the steps about statements and authority say what is missing


def _require_apart(
    decision: SignedDecision, stands: Sequence[_Stand], subjects: Subjects, offices: OfficesNeeded
) -> None:
    subject, district = f"{decision.subject} {decision.digest}", _district(decision, subjects)
    side = _side(decision, offices)
    for each in stands:
        if each.side.isdisjoint(side) or each.level == decision.level:
            continue
        if decision.kind == "report":
            beside = each.subject == subject
        else:
            beside = each.level < decision.level and (decision.level == 3 or each.district == district)
        exempt = (
            decision.level == 1
            and each.level == _PREPARED
            and offices.exemptions.hold(subjects.answering(decision), decision.entry)
        )
        if beside and not exempt:
            raise Unproved.invalid(Reason.SAME_PERSON, person=min(each.side & side), beside=str(each.position))
