"""The part of the school-day's fold that comes from roll-ups: what they cover of its report, and who got it when."""

from typing import TYPE_CHECKING

import msgspec

from domain.reporting import events as facts
from domain.reporting.rollup_cover import names_as_gap
from domain.reporting.school_day_hands import hand_of
from domain.reporting.school_day_parts import Cover, Mark, Signature

if TYPE_CHECKING:
    from domain.reporting.school_day import SchoolDay


def receipt_of(day: "SchoolDay", level: int, digest: str, otherwise: Mark) -> Mark:
    """When a level got the revision with this digest: at level 1 the filing, else what the level below signed."""
    if level == 1:
        return next((each.mark for each in day.revisions if each.digest == digest), otherwise)
    if level == 3:
        rollups = [each.mark for each in day.district_signed if each.digest == digest and not each.returned]
        if rollups:
            return rollups[-1]
    # Level 3 may also send back what no roll-up covers yet: it has that from level 2.
    below = (each.mark for each in reversed(day.signatures) if each.level == level - 1 and each.digest == digest)
    return next(below, otherwise)


def rolled_up(day: "SchoolDay", event: facts.RollupBuilt, mark: Mark) -> None:
    """A roll-up covers what it neither misses, excuses nor found unsigned; the bureau's is over signed ones only."""
    if (event.form, event.business_date) != (day.form, day.business_date) or names_as_gap(
        day.school, missing=event.missing, excused=event.excused, unsigned=event.unsigned
    ):
        return

    def cover(digest: str, receipt: Mark) -> Cover:
        return Cover(rollup=event.rollup, revision=event.revision, digest=digest, mark=mark, receipt=receipt)

    if event.level == 2 and event.organisation == day.district and day.current is not None:
        digest = day.current.digest
        day.district_cover = cover(digest, receipt_of(day, 2, digest, mark))
    below = day.standing_rollup
    if (
        event.level == 3
        and event.organisation == day.bureau
        and below is not None
        and day.district not in event.unsigned
    ):
        day.bureau_cover = cover(below.digest, below.mark)


def rollup_signed(day: "SchoolDay", event: facts.RollupSigned, mark: Mark) -> None:
    """The district's signature hands the report to level 3; the bureau's is the signature of level 3 over it."""
    if event.level == 2:
        if day.district_cover is not None and _is_over(day.district_cover, event):
            signed = msgspec.structs.replace(day.district_cover, mark=mark)
            day.district_signed = (*day.district_signed, signed)
        return
    cover = day.bureau_cover
    if cover is None or not _is_over(cover, event):
        return
    if any(each.level == 3 and each.digest == cover.digest for each in day.signatures):
        return  # a supplementary roll-up signs again what stands; the first signature over this revision counts
    signature = Signature(
        level=3,
        revision=next(each.revision for each in day.revisions if each.digest == cover.digest),
        digest=cover.digest,
        signature=event.signature,
        person=event.person,
        appointment=event.appointment,
        mark=mark,
        receipt=cover.receipt,
        delegation=event.delegation,
        on_behalf_of=event.on_behalf_of,
        examined=event.examined,
        hand=hand_of(event.held),
    )
    day.signatures = (*day.signatures, signature)


def rollup_returned(day: "SchoolDay", event: facts.RollupReturned, _: Mark) -> None:
    """What was sent back no longer counts for level 3, and stays visible."""
    if day.district_cover is not None and _is_over(day.district_cover, event):
        day.district_cover = None
    day.district_signed = tuple(
        msgspec.structs.replace(each, returned=True) if _is_over(each, event) else each for each in day.district_signed
    )


def _is_over(cover: Cover, event: facts.RollupSigned | facts.RollupReturned) -> bool:
    return (cover.rollup, cover.revision) == (event.rollup, event.revision)
