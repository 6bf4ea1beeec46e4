"""The roll-up tree of a day: the bureau's roll-up over its districts', with every gap named.

A roll-up stands for what it covered. A report that it covered and that was corrected or withdrawn afterwards makes it
*outdated*: its signatures stay valid for their revision, and the report is named. A gap that was filled afterwards is
named too. The bureau's roll-up is outdated when a district's is, or was built anew, after the bureau's was built.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import msgspec

from adapters.postgres.view import Connection, View, read
from domain.ledger.entry import Recorded
from domain.reporting import events as facts
from domain.reporting.identifiers import parts_of, rollup_id

NAME: Final = "rollup_tree"

# The folds that a batch touches; primary key.
TOUCHED = "SELECT state FROM views.rollup WHERE generation = $1 AND rollup = ANY ($2::text[])"

# Rows, new or changed, as one JSON array; primary key.
WRITE = """
INSERT INTO views.rollup SELECT * FROM json_populate_recordset(NULL::views.rollup, $1::json)
ON CONFLICT (generation, rollup) DO UPDATE SET
    revision = excluded.revision, expected = excluded.expected, covered = excluded.covered, root = excluded.root,
    digest = excluded.digest, built_by = excluded.built_by, built_at = excluded.built_at,
    built_position = excluded.built_position, signed_by = excluded.signed_by, signed_at = excluded.signed_at,
    signed_revision = excluded.signed_revision, returned = excluded.returned,
    changed_position = excluded.changed_position, position = excluded.position, state = excluded.state
"""

# A generation's rows; primary key.
CLEAR = "DELETE FROM views.rollup WHERE generation = $1"

# The roll-ups whose rows differ between two generations; any index, all lead with generation.
DIFFERENCES = """
SELECT coalesce(one.rollup, other.rollup)
FROM (SELECT rollup, ltrim(each::text, '(0123456789') AS content
      FROM views.rollup AS each WHERE generation = $1) AS one
FULL JOIN
     (SELECT rollup, ltrim(each::text, '(0123456789') AS content
      FROM views.rollup AS each WHERE generation = $2) AS other
    ON one.rollup = other.rollup
WHERE one.content IS DISTINCT FROM other.content
ORDER BY 1 LIMIT 100
"""

# The roll-ups of a span of days, the bureau's after its districts', page by page; index rollup_by_date.
TREE = """
SELECT state FROM views.rollup
WHERE generation = views.live('rollup_tree') AND business_date BETWEEN $1 AND $2
  AND (business_date, level, organisation) > ($3, $4, $5) AND ($6::text IS NULL OR organisation = $6)
ORDER BY business_date, level, organisation LIMIT $7
"""


class RollupSignature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signature over one revision of a roll-up."""

    revision: int
    level: int
    person: str
    appointment: str
    signature: str
    position: int
    received_at: datetime
    delegation: str | None = None


class Change(msgspec.Struct, frozen=True):
    """A report that changed after a roll-up was built over it."""

    school: str
    position: int


class RollupFold(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What was recorded about one roll-up; its newest revision with the signatures over all revisions.

    ``outdated`` are covered reports that changed since, ``filled`` are gaps that were filed since.
    """

    rollup: str
    parent: str
    level: int
    organisation: str
    business_date: date
    revision: int
    expected: int
    covered: int
    missing: tuple[str, ...]
    excused: tuple[str, ...]
    unsigned: tuple[str, ...]
    sums: dict[str, int]
    root: str
    digest: str
    built_by: str
    built_at: datetime
    built_position: int
    position: int
    changed: tuple[str, ...] = ()
    signatures: tuple[RollupSignature, ...] = ()
    returned: bool = False
    outdated: tuple[Change, ...] = ()
    filled: tuple[Change, ...] = ()

    @property
    def signature(self) -> RollupSignature | None:
        """The signature over the newest revision."""
        return next((each for each in reversed(self.signatures) if each.revision == self.revision), None)


@dataclass(frozen=True, slots=True)
class RollupNode:
    """A roll-up with the roll-ups below it. ``is_outdated`` looks at both."""

    rollup: RollupFold
    below: tuple[RollupFold, ...]

    @property
    def is_outdated(self) -> bool:
        """Whether anything it covers changed, directly or below, after it was built."""
        return bool(self.rollup.outdated) or any(
            each.built_position > self.rollup.built_position
            or any(change.position > self.rollup.built_position for change in each.outdated)
            for each in self.below
        )


async def fetch_rollups(
    connection: Connection,
    first_day: date,
    last_day: date,
    *,
    organisation: str | None = None,
    after: tuple[date, int, str] = (date.min, 0, ""),
    limit: int = 500,
) -> list[RollupFold]:
    """The roll-ups of a span (both ends included), after a key (day, level, organisation), at most ``limit``."""
    rows = await read(connection, TREE, first_day, last_day, *after, organisation, limit)
    return [_STATE.decode(row[0]) for row in rows]


async def fetch_tree(connection: Connection, day: date) -> list[RollupNode]:
    """The roots of a day: the bureau's roll-up, or its districts' while the bureau's is not built."""
    rollups = await fetch_rollups(connection, day, day)
    known = {each.rollup for each in rollups}
    return [
        RollupNode(root, tuple(each for each in rollups if each.parent == root.rollup and each is not root))
        for root in rollups
        if root.parent == root.rollup or root.parent not in known
    ]


_STATE: Final = msgspec.json.Decoder(RollupFold)
_ENCODE: Final = msgspec.json.Encoder().encode
_ROLLUPS: Final = (facts.RollupBuilt, facts.RollupSigned, facts.RollupReturned)
_REPORTS: Final = (facts.ReportSubmitted, facts.ReportCorrected, facts.ReportWithdrawn)


async def project(connection: Connection, generation: int, batch: Sequence[Recorded]) -> None:
    """Fold a batch into one generation. The caller owns the transaction."""
    names = {name for name in (_rollup_of(recorded) for recorded in batch) if name is not None}
    rows = await connection.fetch(TOUCHED, generation, sorted(names))
    folds = {fold.rollup: fold for fold in (_STATE.decode(row["state"]) for row in rows)}
    touched: set[str] = set()
    for recorded in batch:
        name = _rollup_of(recorded)
        if name is None:
            continue
        if isinstance(recorded.event, facts.RollupBuilt):
            folds[name] = _built(folds.get(name), recorded, recorded.event)
            touched.add(name)
        elif name in folds:
            _take(folds[name], recorded)
            touched.add(name)
    if touched:
        await connection.execute(
            WRITE, _ENCODE([_stored(generation, folds[name]) for name in sorted(touched)]).decode()
        )


def _rollup_of(recorded: Recorded) -> str | None:
    event = recorded.event
    if isinstance(event, _REPORTS):
        return rollup_id(parts_of(event.report)[1], event.district)
    return event.rollup if isinstance(event, _ROLLUPS) else None


def _built(before: RollupFold | None, recorded: Recorded, event: facts.RollupBuilt) -> RollupFold:
    return RollupFold(
        rollup=event.rollup,
        parent=event.parent,
        level=event.level,
        organisation=event.organisation,
        business_date=event.business_date,
        revision=event.revision,
        expected=event.expected,
        covered=event.covered,
        missing=event.missing,
        excused=event.excused,
        unsigned=event.unsigned,
        sums=event.sums,
        root=event.root,
        digest=event.digest,
        built_by=event.person,
        built_at=recorded.received_at,
        built_position=recorded.position,
        position=recorded.position,
        changed=event.changed or (),
        signatures=() if before is None else before.signatures,
    )


def _take(fold: RollupFold, recorded: Recorded) -> None:
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
            delegation=event.delegation,
        )
        fold.signatures = (*fold.signatures, signature)
    elif isinstance(event, facts.RollupReturned):
        fold.returned = True
    elif isinstance(event, _REPORTS):
        change = Change(parts_of(event.report)[2], recorded.position)
        if change.school in fold.missing or change.school in fold.excused:
            fold.filled = (*fold.filled, change)
        else:
            fold.outdated = (*fold.outdated, change)
    fold.position = recorded.position


def _stored(generation: int, fold: RollupFold) -> dict[str, object]:
    signature = fold.signature
    changes = [each.position for each in fold.outdated]
    return {
        "generation": generation,
        "rollup": fold.rollup,
        "parent": fold.parent,
        "level": fold.level,
        "organisation": fold.organisation,
        "business_date": fold.business_date,
        "revision": fold.revision,
        "expected": fold.expected,
        "covered": fold.covered,
        "root": fold.root,
        "digest": fold.digest,
        "built_by": fold.built_by,
        "built_at": fold.built_at,
        "built_position": fold.built_position,
        "signed_by": None if signature is None else signature.person,
        "signed_at": None if signature is None else signature.received_at,
        "signed_revision": fold.signatures[-1].revision if fold.signatures else None,
        "returned": fold.returned,
        "changed_position": max(changes, default=None),
        "position": fold.position,
        "state": fold,
    }


VIEW: Final = View(
    name=NAME,
    version=1,
    types=frozenset({*_ROLLUPS, *_REPORTS}),
    project=project,
    clear=CLEAR,
    differences=DIFFERENCES,
)
