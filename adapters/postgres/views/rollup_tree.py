"""The roll-up tree of a day: the bureau's roll-up over its districts', with every gap named.

A roll-up stands for what it covered. A report that it covered and that was corrected or withdrawn afterwards makes it
*outdated*: its signatures stay valid for their revision, and the report is named. A gap that was filled afterwards is
named too, and so is a duty that was lifted. The bureau's roll-up is outdated as well when a district's that it covered
is, was sent back, or was built anew since.
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

# The roots of a span of days (the bureau's roll-up, or its districts' while the bureau's is not built; or one
# organisation's), page by page, each with the roll-ups below it; index rollup_by_date, and the primary key for
# the parents (one by one: NOT EXISTS would be planned as a hash of every roll-up there is).
TREE = """
SELECT root.state, ARRAY(
    SELECT below.state FROM views.rollup AS below
    WHERE below.generation = root.generation AND below.business_date = root.business_date
      AND below.parent = root.rollup AND below.rollup <> root.rollup
    ORDER BY below.level, below.organisation)
FROM views.rollup AS root
WHERE root.generation = views.live('rollup_tree') AND root.business_date BETWEEN $1 AND $2
  AND (root.business_date, root.level, root.rollup) > ($3, $4, $5)
  AND (root.organisation = $6 OR $6::text IS NULL AND (root.parent = root.rollup OR (
    SELECT parent.rollup FROM views.rollup AS parent
    WHERE parent.generation = root.generation AND parent.rollup = root.parent) IS NULL))
ORDER BY root.business_date, root.level, root.rollup LIMIT $7
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
    """A report that changed, or a duty that was lifted, after a roll-up was built over it."""

    school: str
    position: int


class RollupFold(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What was recorded about one roll-up; its newest revision with the signatures over all revisions.

    ``outdated`` are covered reports that changed since, ``filled`` are gaps that were filed since,
    ``lifted`` are gaps whose duty was lifted since.
    """

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
    returned: bool = False
    outdated: tuple[Change, ...] = ()
    filled: tuple[Change, ...] = ()
    lifted: tuple[Change, ...] = ()

    @property
    def signature(self) -> RollupSignature | None:
        """The signature over the newest revision."""
        return next((each for each in reversed(self.signatures) if each.revision == self.revision), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupNode:
    """A roll-up with the roll-ups below it; its gaps are the roll-up's ``missing``, ``excused`` and ``unsigned``.

    ``is_outdated``: something that it covered is no longer so, directly or below. ``outdated_below`` names the
    districts of which that is true, ``filled_below`` those that were a gap and have been signed since.
    """

    rollup: RollupFold
    is_outdated: bool
    outdated_below: tuple[str, ...] = ()
    filled_below: tuple[str, ...] = ()
    below: tuple["RollupNode", ...] = ()


async def fetch_rollup_tree(
    connection: Connection,
    first_day: date,
    last_day: date,
    *,
    organisation: str | None = None,
    after: tuple[date, int, str] = (date.min, 0, ""),
    limit: int = 500,
) -> list[RollupNode]:
    """The trees of a span (both ends included), after a root's key (day, level, roll-up), at most ``limit``.

    With ``organisation``, its own roll-ups are the roots.
    """
    rows = await read(connection, TREE, first_day, last_day, *after, organisation, limit)
    return [node_of(_STATE.decode(root), [_STATE.decode(each) for each in below]) for root, below in rows]


def node_of(rollup: RollupFold, below: Sequence[RollupFold] = ()) -> RollupNode:
    """A roll-up over those below it. What it covered of a district is that district's last signed one by then.

    A district whose newest roll-up is unsigned, or was signed later, has built anew since: something had changed.
    """
    covered = [each for each in below if each.organisation not in rollup.unsigned]
    gaps = [each for each in below if each.organisation in rollup.unsigned]
    outdated = tuple(
        each.organisation
        for each in covered
        if each.outdated or each.returned or each.signature is None or each.signature.position > rollup.built_position
    )
    return RollupNode(
        rollup=rollup,
        is_outdated=bool(rollup.outdated or outdated),
        outdated_below=outdated,
        filled_below=tuple(each.organisation for each in gaps if each.signature is not None and not each.returned),
        below=tuple(node_of(each) for each in below),
    )


_STATE: Final = msgspec.json.Decoder(RollupFold)
_ENCODE: Final = msgspec.json.Encoder().encode
_ROLLUPS: Final = (facts.RollupBuilt, facts.RollupSigned, facts.RollupReturned)
_REPORTS: Final = (facts.ReportSubmitted, facts.ReportCorrected, facts.ReportWithdrawn, facts.DutyLifted)


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
        form, day, _ = parts_of(event.report)
        return rollup_id(form, day, event.district)
    return event.rollup if isinstance(event, _ROLLUPS) else None


def _built(before: RollupFold | None, recorded: Recorded, event: facts.RollupBuilt) -> RollupFold:
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
        fold.returned = fold.returned or event.revision == fold.revision
    elif isinstance(event, _REPORTS):
        change = Change(parts_of(event.report)[2], recorded.position)
        if change.school not in fold.missing and change.school not in fold.excused:
            fold.outdated = (*fold.outdated, change)
        elif isinstance(event, facts.DutyLifted):
            fold.lifted = (*fold.lifted, change)
        else:
            fold.filled = (*fold.filled, change)
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
    version=3,
    types=frozenset({*_ROLLUPS, *_REPORTS}),
    project=project,
    clear=CLEAR,
    differences=DIFFERENCES,
)
