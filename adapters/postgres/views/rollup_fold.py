"""What was recorded about one roll-up: its revisions, and what has become of everything that its newest one shows.

A roll-up names its gaps; every other school that owed something it covers, under a valid level 2 signature. At the
first change to a school after the build both are known: what the roll-up shows of it, and what stands now. So the fold
keeps the schools that differ, and no others. ``domain/reporting/rollup_state.py`` decides by the same.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final, Literal, assert_never

import msgspec

from domain.ledger.entry import Recorded
from domain.reporting import events as facts
from domain.reporting.identifiers import parts_of, rollup_id

Standing = Literal["not_owed", "missing", "excused", "unsigned", "signed"]
"""What a roll-up can show of a school; of the bureau's only whether something is owed (``missing``)."""
How = Literal["opened", "lifted", "filed", "corrected", "withdrawn", "signed", "returned", "excused"]


class RollupSignature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signature over one revision of a roll-up. How its key stands, and whether that is disputed, the key tells."""

    revision: int
    level: int
    person: str
    appointment: str
    signature: str
    position: int
    received_at: datetime
    method: str
    credential: str
    examined: str | None = None
    attested_by: str | None = None
    delegation: str | None = None


class Revision(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One revision by the positions at which it was built, signed and sent back."""

    revision: int
    built: int
    signed: int | None = None
    returned: int | None = None

    def stood_at(self, position: int) -> bool:
        """Whether it was signed, and not sent back, before a position."""
        return _before(self.signed, position) and not _before(self.returned, position)


class Change(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A school of which the newest revision shows (``shown``) what no longer stands (``now``), and what did it last.

    ``anew``: the report that stands is another than the one the roll-up was built over.
    """

    school: str
    shown: Standing
    now: Standing
    how: How
    position: int
    anew: bool = False


class RollupFold(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What was recorded about one roll-up; its newest revision, with the signatures over all revisions."""

    rollup: str
    parent: str
    level: int
    form: str
    organisation: str
    business_date: date
    revision: int
    expected: int
    covered: int
    missing: tuple[str, ...]
    excused: tuple[str, ...]
    unsigned: tuple[str, ...]
    not_owed: tuple[str, ...]
    sums: dict[str, int]
    root: str
    digest: str
    built_by: str
    built_at: datetime
    built_position: int
    position: int
    changed: tuple[str, ...] = ()
    signatures: tuple[RollupSignature, ...] = ()
    revisions: tuple[Revision, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def signature(self) -> RollupSignature | None:
        """The signature over the newest revision."""
        return next((each for each in reversed(self.signatures) if each.revision == self.revision), None)

    @property
    def returned(self) -> bool:
        """Whether the newest revision was sent back."""
        return self.revisions[-1].returned is not None

    def covered_at(self, position: int) -> Revision | None:
        """The revision that a roll-up built at this position covered: the last one signed and not sent back by then."""
        return next((each for each in reversed(self.revisions) if each.stood_at(position)), None)


ROLLUPS: Final = (facts.RollupBuilt, facts.RollupSigned, facts.RollupReturned)
DUTIES: Final = (facts.DutyOpened, facts.DutyLifted)
REPORTS: Final = (
    facts.DutyExcused,
    facts.ReportSubmitted,
    facts.ReportCorrected,
    facts.ReportWithdrawn,
    facts.ReportSigned,
    facts.ReportReturned,
)
SchoolEvent = (
    facts.DutyOpened
    | facts.DutyLifted
    | facts.DutyExcused
    | facts.ReportSubmitted
    | facts.ReportCorrected
    | facts.ReportWithdrawn
    | facts.ReportSigned
    | facts.ReportReturned
)


def rollups_of(recorded: Recorded) -> tuple[str, ...]:
    """The roll-ups that an event says something about."""
    event = recorded.event
    if isinstance(event, ROLLUPS):
        return (event.rollup,)
    if isinstance(event, (*DUTIES, *REPORTS)):
        form, day, _ = parts_of(event.report)
        # The bureau's knows every duty; what becomes of the report reaches it through its districts' only.
        offices = (event.district, event.bureau) if isinstance(event, DUTIES) else (event.district,)
        return tuple(rollup_id(form, day, office) for office in offices)
    return ()


def built(before: RollupFold | None, recorded: Recorded, event: facts.RollupBuilt) -> RollupFold:
    """The fold after a build: nothing was touched since."""
    earlier = () if before is None else before.revisions
    return RollupFold(
        rollup=event.rollup,
        parent=event.parent,
        level=event.level,
        form=event.form,
        organisation=event.organisation,
        business_date=event.business_date,
        revision=event.revision,
        expected=event.expected,
        covered=event.covered,
        missing=event.missing,
        excused=event.excused,
        unsigned=event.unsigned,
        not_owed=event.not_owed,
        sums=event.sums,
        root=event.root,
        digest=event.digest,
        built_by=event.person,
        built_at=recorded.received_at,
        built_position=recorded.position,
        position=recorded.position,
        changed=event.changed or (),
        signatures=() if before is None else before.signatures,
        revisions=(*earlier, Revision(revision=event.revision, built=recorded.position)),
    )


def take(fold: RollupFold, recorded: Recorded) -> None:
    """Take one event into account that is not a build of this roll-up."""
    event = recorded.event
    if isinstance(event, facts.RollupSigned):
        signature = RollupSignature(
            revision=event.revision,
            level=event.level,
            person=event.person,
            appointment=event.appointment,
            signature=event.signature,
            position=recorded.position,
            received_at=recorded.received_at,
            method=event.held.method,
            credential=event.held.credential,
            examined=event.examined,
            attested_by=None if event.held.paper is None else event.held.paper.attested_by,
            delegation=event.delegation,
        )
        fold.signatures = (*fold.signatures, signature)
        for each in _of(fold.revisions, event.revision):
            each.signed = recorded.position
    elif isinstance(event, facts.RollupReturned):
        for each in _of(fold.revisions, event.revision):
            each.returned = recorded.position
    elif isinstance(event, (*DUTIES, *REPORTS)):
        change = _change(fold, event)
        _apply(change, event)
        change.position = recorded.position
        others = tuple(each for each in fold.changes if each.school != change.school)
        # What stands again as it is shown is no change; should it change once more, it is shown where it was.
        fold.changes = (*others, change) if change.shown != change.now or change.anew else others
    fold.position = recorded.position


def _apply(change: Change, event: SchoolEvent) -> None:
    match event:
        case facts.DutyOpened():
            change.now, change.anew, change.how = "missing", False, "opened"
        case facts.DutyLifted():
            change.now, change.anew, change.how = "not_owed", False, "lifted"
        case facts.ReportSubmitted():
            change.now, change.anew, change.how = "unsigned", True, "filed"
        case facts.ReportCorrected():
            change.now, change.anew, change.how = "unsigned", True, "corrected"
        case facts.ReportWithdrawn():
            change.now, change.anew, change.how = "missing", False, "withdrawn"
        case facts.ReportSigned():
            if event.level == 2 and change.now == "unsigned":
                change.now, change.how = "signed", "signed"
        case facts.ReportReturned():
            if change.now == "signed":
                change.now, change.how = "unsigned", "returned"
        case facts.DutyExcused():
            if event.level == 1 and change.now == "missing":
                change.now, change.how = "excused", "excused"
        case _:
            assert_never(event)


def _change(fold: RollupFold, event: SchoolEvent) -> Change:
    school = parts_of(event.report)[2]
    found = next((each for each in fold.changes if each.school == school), None)
    if found is not None:
        return found
    # Nothing opens a duty that is open: when the roll-up was built, this school owed nothing.
    shown = "not_owed" if isinstance(event, facts.DutyOpened) else _shown(fold, school)
    return Change(school=school, shown=shown, now=shown, how="opened", position=0)


def _shown(fold: RollupFold, school: str) -> Standing:
    if fold.level == 3 or school in fold.missing:
        return "missing"
    if school in fold.excused:
        return "excused"
    return "unsigned" if school in fold.unsigned else "signed"


def _of(revisions: Sequence[Revision], number: int) -> Iterable[Revision]:
    return (each for each in revisions if each.revision == number)


def _before(happened: int | None, position: int) -> bool:
    return happened is not None and happened < position
